# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json

from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.schema import tree


class ModuleDocFragment:
    """The options that describe BGP. C(bigip_bgp) and C(bigip_routing) have exactly these."""

    # JSON is YAML. The annotation is for ansible-test: its yamllint takes a plain assignment for a literal.
    DOCUMENTATION: str = json.dumps({"options": tree()})
