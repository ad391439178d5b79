# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's own driver behind k8s-bigip-ctlr's cccl agent. F5's (f5-ctlr-agent, f5-cccl) is not available in a package
registry."""
