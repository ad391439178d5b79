# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run a step in this process, with modules that return recorded results."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible.utils.display import Display
from ansible_collections.podroute.calico_f5.plugins.plugin_utils import local_module

FABRIC = {
    "fabric_run_dir": "",
    "bigip_password": "canary",
    "pod_pools": [{"name": "default-ipv4-ippool", "cidr": "10.244.0.0/16"}],
    "vip_ranges": ["172.16.40.80/31", "172.16.99.0/24"],
    "advertised_vips": [{"address": "172.16.40.81"}, {"address": "172.16.99.99"}],
}
NODES = {"k8s-master": "172.16.40.199", "k8s-node1": "172.16.40.198"}


class Bench:
    """An inventory, recorded results by module, and the calls that were made.

    :ivar answers: module name -> its result, or what makes it of the arguments
    :ivar printed: what the step displayed
    :ivar task_host: the host whose variables the task has
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
        self.hosts: dict[str, dict[str, Any]] = {
            "localhost": {},
            **{name: {"node_ip": address, "as_number": "64512"} for name, address in NODES.items()},
            "bigip1": {"ansible_host": "172.16.20.202", "bgp_address": "172.16.40.202", "as_number": "64512"},
        }
        self.shared = {**copy.deepcopy(FABRIC), "fabric_run_dir": str(folder)}
        self.answers: dict[str, dict[str, Any] | Callable[[Mapping[str, Any]], dict[str, Any]]] = {}
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.printed = ""
        self.task_host = "localhost"
        monkeypatch.setattr(local_module, "execute", self._execute)
        monkeypatch.setattr(Display, "display", self._display)

    def run(self, step: type, check_mode: bool = False, **arguments: Any) -> dict[str, Any]:
        """The result of the task."""
        hostvars = {name: {**self.shared, **own, "inventory_hostname": name} for name, own in self.hosts.items()}
        groups = {
            "k8s_nodes": [name for name in self.hosts if "node_ip" in self.hosts[name]],
            "bigips": [name for name in self.hosts if "bgp_address" in self.hosts[name]],
        }
        task = SimpleNamespace(
            args=arguments, check_mode=check_mode, diff=False, action=step.__module__, async_val=0, delegate_to=None
        )
        connection = SimpleNamespace(transport="local", _shell=SimpleNamespace(tmpdir="unused"))
        action = step(task, connection, None, None, None, None)
        variables = {**hostvars[self.task_host], "hostvars": hostvars, "groups": groups}
        return action.run(None, variables)

    def called(self) -> list[str]:
        return sorted(name for name, _arguments in self.calls)

    def _execute(self, name: str, arguments: Mapping[str, Any], *_more: Any) -> dict[str, Any]:
        self.calls.append((name, dict(arguments)))
        answer = self.answers[name]
        return copy.deepcopy(answer(arguments) if callable(answer) else answer)

    def _display(self, msg: str, *_more: Any, **_options: Any) -> None:
        self.printed += msg + "\n"
