# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: fabric_probe_targets
short_description: What must answer in a fabric
version_added: "0.1.0"
author: podroute contributors (@podroute)
description:
  - The addresses that must answer pings, and the URLs that must answer requests.
positional: virtual_servers
options:
  _input:
    description: The fabric, from P(podroute.calico_f5.fabric_intent#filter).
    type: dict
    required: true
  virtual_servers:
    description: The inventory's variable of that name.
    type: list
    elements: dict
    default: []
"""

EXAMPLES = r"""
- name: Probe it all
  podroute.calico_f5.fabric_probe:
    vips: "{{ targets.vips }}"
    urls: "{{ targets.urls }}"
    pod_selector: app=busybox
  vars:
    fabric: "{{ hostvars | podroute.calico_f5.fabric_intent(groups) }}"
    targets: "{{ fabric | podroute.calico_f5.fabric_probe_targets(virtual_servers) }}"
"""

RETURN = r"""
_value:
  description: A dictionary with C(vips) and C(urls).
  type: dict
"""

from collections.abc import Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.fabric import Fabric
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.reach import targets
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.servers import servers


def fabric_probe_targets(
    intent: Mapping[str, Any], virtual_servers: Sequence[Mapping[str, Any]] = ()
) -> dict[str, list[str]]:
    """The targets. :raises AnsibleFilterError: the input is no fabric, or an entry no virtual server"""
    try:
        vips, urls = targets(Fabric.from_dict(intent), servers(virtual_servers, ""))
    except (KeyError, TypeError, ValueError) as error:
        raise AnsibleFilterError(f"fabric_probe_targets: {error}") from error
    return {"vips": vips, "urls": urls}


class FilterModule:
    """The filter, as Ansible looks for it."""

    def filters(self) -> dict[str, Any]:
        return {"fabric_probe_targets": fabric_probe_targets}
