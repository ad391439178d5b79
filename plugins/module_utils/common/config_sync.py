# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The states of a BIG-IP's config sync, as the device names them."""

from __future__ import annotations

IN_SYNC = "In Sync"
STANDALONE = "Standalone"  # in no device group
