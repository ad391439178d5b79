# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible_collections.podroute.calico_f5.plugins.action.fabric_preflight import SUBSETS, ActionModule
from ansible_collections.podroute.calico_f5.plugins.module_utils.run import folder
from ansible_collections.podroute.calico_f5.plugins.module_utils.run.process import process_id
from ansible_collections.podroute.calico_f5.plugins.plugin_utils import local_module, step
from ansible_collections.podroute.calico_f5.tests.unit.plugins.action.steps import Bench
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.bigip.conftest import Unit, simulator
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.verify.observations import observed

EXECUTE = local_module.execute  # which the bench replaces


@pytest.fixture
def ready(bench: Bench) -> Bench:
    raw = observed()
    raw["calico"] |= {"mesh": True, "versions": {"client": "v3.30.0", "cluster": "v3.30.0"}, "password": []}
    raw["calico"] |= {"cluster_as_number": 64512, "installation": {}, "pool_owners": {"default-ipv4-ippool": ""}}
    for node in raw["calico"]["nodes"].values():
        node |= {"prefix_length": 24, "own_as_number": False, "route_reflector_cluster_id": None, "labels": {}}
    for kind in ("BGPPeer", "BGPFilter"):
        for item in raw["calico"]["resources"][kind]:
            item["metadata"]["labels"] = {"app.kubernetes.io/managed-by": "podroute.calico_f5"}
    bench.answers = {"bigip_bgp_info": raw["bigips"]["bigip1"], "calico_info": raw["calico"]}
    return bench


def test_both_sides_are_read_once_and_kept_for_the_run(ready: Bench) -> None:
    result = ready.run(ActionModule)
    assert "failed" not in result, result
    assert ready.called() == ["bigip_bgp_info", "calico_info"]
    assert "Note: bigip1 gets 2 BGP sessions" in ready.printed
    runs = ready.shared["fabric_run_dir"]
    kept = folder.current(Path(runs), process_id(os.getppid()))
    assert kept is not None and kept.load("observed-calico")["ipam"] and kept.load("observed-bigip-bigip1")["config"]
    assert "canary" not in "".join(path.read_text() for path in kept.path.iterdir())


def test_what_a_run_keeps_and_takes_over_is_said_before_it_writes(ready: Bench) -> None:
    with simulator() as device:
        unit = Unit(device)
        unit.configure(
            "router bgp 64512\nneighbor 172.16.40.198 remote-as 64512\nneighbor 172.16.40.198 next-hop-self\n"
            "neighbor 172.16.40.198 maximum-prefix 90"
        )
        endpoint = {"server": device.host, "server_port": device.port, "ca_path": device.ca, "user": device.user}
        wanted = {**endpoint, "password": device.password, "gather_subset": SUBSETS}
        seen = EXECUTE("bigip_bgp_info", wanted)
    seen["self_ips"] = ready.answers["bigip_bgp_info"]["self_ips"]
    seen["observation"]["self_ips"][0]["address"] = "172.16.40.202/24"
    ready.shared["advertised_vips"] = []
    ready.answers["bigip_bgp_info"] = seen
    notes = ready.run(ActionModule)["notes"]
    assert "bigip1: neighbors[172.16.40.198]: next-hop-self is not managed and is kept" in notes
    assert "bigip1: Peers of the inventory that are taken over: 172.16.40.198 (removes maximum-prefix 90)" in notes
    assert all(f"Note: {note}" in ready.printed for note in notes)


def test_all_problems_of_all_stages_are_one_list(ready: Bench) -> None:
    ready.answers["bigip_bgp_info"]["preflight"] = {"problems": ["bash is switched off"], "licence": False}
    ready.answers["bigip_bgp_info"]["self_ips"] = []
    ready.answers["calico_info"]["nodes"]["k8s-node1"]["address"] = "172.16.40.9"
    result = ready.run(ActionModule)
    *rest, last = result["msg"].splitlines()
    assert last.startswith("- k8s-node1: node_ip is 172.16.40.198, but calico-node uses 172.16.40.9")
    assert result["failed"] and rest == [
        "Nothing was changed: 4 problems:",
        "- bigip1: bash is switched off",
        "- bigip1: its licence has no routing module; BGP needs one (tmsh show sys license)",
        "- bigip1: bgp_address 172.16.40.202 is not a self IP in route domain 0; its self IPs are: none",
    ]


def test_what_cannot_be_read_is_a_problem_like_any_other(ready: Bench) -> None:
    ready.answers["bigip_bgp_info"] = {"failed": True, "msg": "172.16.20.202:443: connection refused"}
    ready.answers["calico_info"] = {"failed": True, "msg": "calicoctl: not found"}
    ready.answers["k8s_objects_info"] = {"failed": True, "msg": "no kubeconfig"}
    assert ready.run(ActionModule)["problems"] == [
        "bigip1: cannot be read: 172.16.20.202:443: connection refused",
        "Calico: cannot be read: calicoctl: not found",
    ]


def test_a_module_that_crashes_does_not_hide_other_problems(ready: Bench) -> None:
    def crash(_arguments: object) -> dict:
        raise RuntimeError("bug")

    ready.answers["bigip_bgp_info"] = crash
    assert ready.run(ActionModule)["problems"] == ["bigip1: cannot be read: RuntimeError: bug"]


def test_what_can_be_read_despite_a_wrong_value_is_judged_by_itself(ready: Bench) -> None:
    """Without all nodes, what both sides have cannot be compared with the inventory."""
    ready.hosts["k8s-node1"]["as_number"] = "x"
    ready.answers["bigip_bgp_info"]["preflight"] = {"licence": False}
    ready.answers["bigip_bgp_info"]["self_ips"] = []
    ready.answers["calico_info"] = {"failed": True, "msg": "calicoctl: not found"}
    ready.answers["k8s_objects_info"] = {"failed": True, "msg": "no kubeconfig"}
    first, *rest = ready.run(ActionModule)["problems"]
    assert first.startswith('k8s-node1: as_number is "x"') and rest == [
        "bigip1: its licence has no routing module; BGP needs one (tmsh show sys license)",
        "Calico: cannot be read: calicoctl: not found",
    ]


def test_relations_that_do_not_hold_are_listed_with_what_both_sides_show(ready: Bench) -> None:
    ready.shared["vip_ranges"].append("10.244.9.0/24")
    ready.shared["bgp_timer"] = {"keepalive": 10}
    ready.answers["bigip_bgp_info"]["self_ips"] = []
    ready.answers["calico_info"]["nodes"]["k8s-node1"]["address"] = "172.16.40.9"
    problems = ready.run(ActionModule)["problems"]
    expected = ("bigip1: bgp_timer is", "bigip1: bgp_address 172.16.40.202 is not a self IP", "all: vip_ranges is")
    assert all(any(line.startswith(words) for line in problems) for words in expected), problems
    assert any(line.startswith("k8s-node1: node_ip is") for line in problems) and len(problems) == 4


def test_nothing_is_kept_of_a_wrong_inventory(ready: Bench) -> None:
    ready.shared["vip_ranges"].append("10.244.9.0/24")
    assert ready.run(ActionModule)["failed"]
    kept = folder.current(Path(ready.shared["fabric_run_dir"]), process_id(os.getppid()))
    assert kept is not None and not kept.has(step.FABRIC)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("calicoctl_client_qps", "fast"),
        ("calico_bgp_listen_port", "bgp"),
        ("calico_bgp_routed_underlay", "x"),
        ("f5_routing_max_removals", "all"),
    ],
)
def test_a_wrong_variable_of_a_role_does_not_hide_other_problems(ready: Bench, variable: str, value: str) -> None:
    ready.shared[variable] = value
    ready.answers["bigip_bgp_info"]["preflight"] = {"licence": False}
    problems = ready.run(ActionModule)["problems"]
    assert [line for line in problems if f"{variable} is" in line] and len(problems) == 2
    assert "bigip1: its licence has no routing module; BGP needs one (tmsh show sys license)" in problems


def test_a_wrong_connection_variable_is_listed_with_the_rest(ready: Bench) -> None:
    ready.hosts["bigip1"]["bigip_port"] = "https"
    ready.answers["calico_info"]["nodes"]["k8s-node9"] = ready.answers["calico_info"]["nodes"]["k8s-node1"]
    problems = ready.run(ActionModule)["problems"]
    assert problems[0].startswith("bigip1: bigip_port is ") and problems[1].startswith("k8s-node9: "), problems


def test_a_folder_that_cannot_be_written(ready: Bench) -> None:
    ready.shared["fabric_run_dir"] = "/proc/nowhere"
    result = ready.run(ActionModule)
    assert result["failed"] and result["msg"].startswith("fabric_run_dir is /proc/nowhere, which cannot be written")


@pytest.mark.parametrize(
    ("partitions", "problems"),
    [
        ([{"name": "web", "route_domain": 3}], []),
        (
            [{"name": "web"}, {"route_domain": "three"}, "web"],
            [
                "bigip1: f5_routing_partitions[1]: missing required arguments: name",
                "bigip1: f5_routing_partitions[1]: argument 'route_domain' is of type",
                'bigip1: f5_routing_partitions[2] is "web"; expected an entry with name, route_domain, description',
            ],
        ),
        ([{"name": "web", "routeDomain": 3}], ["bigip1: f5_routing_partitions[0]: routeDomain. Supported parameters"]),
    ],
)
def test_a_wrong_entry_of_a_list_is_named_with_host_variable_and_index(
    ready: Bench, partitions: list, problems: list[str]
) -> None:
    ready.shared["f5_routing_partitions"] = partitions
    found = ready.run(ActionModule).get("problems", [])
    assert len(found) == len(problems)
    assert all(line.startswith(problem) for line, problem in zip(found, problems, strict=True)), found


@pytest.mark.parametrize("by_lines", [True, False])
def test_a_list_of_problems_is_printed_as_a_list_by_every_ansible(
    ready: Bench, monkeypatch: pytest.MonkeyPatch, by_lines: bool
) -> None:
    """Before ansible-core 2.19 a message is printed as JSON, with its line ends escaped."""
    monkeypatch.setattr(step, "PRINTS_LINES", by_lines)
    ready.hosts["bigip1"]["bigip_port"] = "https"
    ready.answers["calico_info"]["nodes"]["k8s-node1"]["address"] = "172.16.40.9"
    message = ready.run(ActionModule)["msg"]
    assert len(message.splitlines()) == 3
    assert (message in ready.printed) is not by_lines
