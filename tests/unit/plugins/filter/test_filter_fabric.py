# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.podroute.calico_f5.plugins.filter import fabric_intent
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.intent.fabrics import (
    BIGIPS,
    NODES,
    fabric,
    inventory,
)

GROUPS = {"k8s_nodes": NODES, "bigips": BIGIPS}


class CountingVars(dict):
    """Host variables that count how often each is evaluated."""

    def __init__(self, values: dict[str, Any], counts: dict[str, int]) -> None:
        super().__init__(values)
        self.counts = counts

    def __getitem__(self, name: str) -> Any:
        self.counts[name] = self.counts.get(name, 0) + 1
        value = super().__getitem__(name)
        if isinstance(value, Exception):
            raise value
        return value


def filters(module: Any) -> dict[str, Any]:
    return module.FilterModule().filters()


def test_each_variable_is_evaluated_once() -> None:
    counts: dict[str, dict[str, int]] = {name: {} for name in inventory()}
    hostvars = {name: CountingVars(values, counts[name]) for name, values in inventory().items()}
    assert filters(fabric_intent)["fabric_intent"](hostvars, GROUPS) == fabric().as_dict()
    assert counts["k8s-master"] == {"node_ip": 1, "as_number": 1}
    assert set(counts["bigip1"].values()) == {1}


def test_a_template_that_fails_is_a_problem_among_the_others() -> None:
    hosts = inventory({"bgp_address": ValueError("'vault_x' is undefined\nmore")})
    hosts["k8s-master"]["node_ip"] = "nowhere"
    hostvars = {name: CountingVars(values, {}) for name, values in hosts.items()}
    with pytest.raises(AnsibleFilterError) as raised:
        fabric_intent.fabric_intent(hostvars, GROUPS)
    assert str(raised.value).splitlines()[1:] == [
        "  - bigip1: bgp_address is a template that fails; expected one that evaluates ('vault_x' is undefined)",
        '  - k8s-master: node_ip is "nowhere"; expected an IPv4 address without a prefix length, such as 172.16.40.199',
    ]


def test_missing_groups_are_said() -> None:
    with pytest.raises(AnsibleFilterError, match="group k8s_nodes is empty"):
        fabric_intent.fabric_intent({}, {})
