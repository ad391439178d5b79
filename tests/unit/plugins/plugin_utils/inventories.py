# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Inventories read as ansible-playbook reads them, in this process, and judged."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.vars.hostvars import HostVars
from ansible.vars.manager import VariableManager
from ansible_collections.podroute.calico_f5.plugins.module_utils.cis import cluster
from ansible_collections.podroute.calico_f5.plugins.module_utils.cis.settings import Settings
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.problem import grouped
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.notes import notes
from ansible_collections.podroute.calico_f5.plugins.plugin_utils.inventory_check import inventory_problems

CASES = Path(__file__).resolve().parents[3] / "fixtures" / "inventories"

# What the cluster of the cases has. An unknown Service is seen there, and not in the inventory.
_NAME = {"name": "nginx-deploy-svc", "namespace": "default"}
SERVICES = [{"metadata": _NAME, "spec": {"ports": [{"name": "http", "port": 80}]}}]
SLICES = [
    {
        "metadata": {**_NAME, "labels": {"kubernetes.io/service-name": "nginx-deploy-svc"}},
        "endpoints": [{"addresses": ["10.244.0.5"], "nodeName": "n"}],
        "ports": [{"name": "http", "port": 80}],
    }
]


def read(*paths: Path) -> tuple[Mapping[str, Any], dict[str, list[str]]]:
    """``hostvars`` and ``groups`` of the inventory."""
    loader = DataLoader()
    manager = InventoryManager(loader=loader, sources=[str(path) for path in paths])
    variables = VariableManager(loader=loader, inventory=manager)
    hostvars = HostVars(inventory=manager, variable_manager=variables, loader=loader)
    return hostvars, {name: [host.name for host in group.get_hosts()] for name, group in manager.groups.items()}


def wanted(path: Path) -> str:
    """The verdict in the first line of a case: ok, warn or refuse."""
    return path.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# wanted: ")


def judged(path: Path) -> tuple[str, list[str]]:
    """The verdict of the collection, with the lines that it prints."""
    hostvars, groups = read(path)
    problems, fabric, _whole = inventory_problems(hostvars, groups)
    if not problems:
        settings = Settings.read(
            {
                "version": "2.20.1",
                "mode": "configmap",
                "image": "image",
                "bigip_url": "https://192.0.2.1",
                "partition": "k8s",
                "virtual_servers": hostvars["localhost"].get("virtual_servers"),
            }
        )
        problems = cluster.cluster_problems(settings, SERVICES, SLICES, "all")
    if problems:
        return "refuse", grouped(problems)
    lines = notes(fabric) if fabric else []
    return ("warn" if lines else "ok"), lines
