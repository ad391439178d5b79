# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The step f5_routing against simulated BIG-IPs: the calls of a run, what it plans from, and a pair of units."""

from __future__ import annotations

import contextlib
import copy
from types import SimpleNamespace

import pytest
from ansible_collections.podroute.calico_f5.plugins.action.f5_routing import ActionModule
from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip import info
from ansible_collections.podroute.calico_f5.plugins.module_utils.run import folder, guard, journal
from ansible_collections.podroute.calico_f5.plugins.plugin_utils import routing_plan
from ansible_collections.podroute.calico_f5.plugins.plugin_utils.inventory import read_fabric
from ansible_collections.podroute.calico_f5.plugins.plugin_utils.step import Step
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.bigip.conftest import Unit, simulator
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.bigip.test_routing import (
    APPLY,
    LOGIN,
    LOGOUT,
    LOOKS,
    RD,
    SAVE,
    SELF,
    VIP,
)
from bigip.settings import Pair

OTHER_VIP = "/mgmt/tm/ltm/virtual-address/~Common~172.16.99.99"
UNITS = {"bigip1": "172.16.40.202", "bigip2": "172.16.40.203"}
NODES = {"k8s-master": "172.16.40.199", "k8s-node1": "172.16.40.198"}
MORE = {f"k8s-node{number}": f"172.16.40.{number}" for number in range(210, 250)}
RESTART = " neighbor calico-k8s capability graceful-restart\n"
REFUSED = {"code": 400, "message": "refused by the test"}


def device(address):
    """A unit's own configuration before the job: its self IP, and the two virtual servers that config sync gives."""
    return {
        "net/vlan": [{"name": "int_vlan"}],
        "net/self": [{"name": "int_self", "address": f"{address}/24", "vlan": "/Common/int_vlan"}],
        "ltm/virtual": [
            {"name": f"legacy_{number}_vs", "destination": f"/Common/{vip}:80"}
            for number, vip in enumerate(("172.16.40.81", "172.16.99.99"))
        ],
    }


class Site:
    """Simulated units by name, an inventory of them, and a way to run the step on one."""

    def __init__(self, units, runs):
        self.units, self.runs = units, runs
        self.nodes = dict(NODES)
        self.shared = {
            "pod_pools": [{"name": "default-ipv4-ippool", "cidr": "10.244.0.0/16", "block_size": 26}],
            "vip_ranges": ["172.16.40.80/31", "172.16.99.0/24"],
            "advertised_vips": [
                {"address": vip, "partition": "Common", "route_advertisement": "selective"}
                for vip in ("172.16.40.81", "172.16.99.99")
            ],
            "as_number": "64512",
            "fabric_run_dir": str(runs),
        }

    def hostvars(self):
        hosts = {
            name: {
                # Units have addresses of their own; these two are the same simulated one.
                "ansible_host": {"bigip1": "127.0.0.1", "bigip2": "localhost"}[name],
                "bigip_port": unit.simulator.port,
                "bigip_ca_path": unit.simulator.ca,
                "bigip_password": unit.simulator.password,
                "bgp_address": UNITS[name],
            }
            for name, unit in self.units.items()
        }
        hosts |= {name: {"node_ip": address} for name, address in self.nodes.items()}
        return {name: {"inventory_hostname": name, **self.shared, **own} for name, own in hosts.items()}

    def run(self, name="bigip1", check=False, **options):
        """The result of the task; the calls of the unit are counted from here."""
        self.units[name].simulator.forget_calls()
        task = SimpleNamespace(
            args=options, check_mode=check, diff=True, action="f5_routing", async_val=0, delegate_to=None
        )
        connection = SimpleNamespace(transport="local", _shell=SimpleNamespace(tmpdir="unused"))
        hostvars = self.hostvars()
        groups = {"bigips": list(self.units), "k8s_nodes": list(self.nodes)}
        templar = SimpleNamespace(template=lambda value: value)
        action = ActionModule(task, connection, None, None, templar, None)
        return action.run(None, {**hostvars[name], "hostvars": hostvars, "groups": groups})

    def calls(self, name="bigip1"):
        return self.units[name].calls()

    def begin(self, name="bigip1", password=None):
        """Begin a run as preflight does: a working folder, and what the unit has in it."""
        work = folder.begin(self.runs, PROCESS)
        with self.units[name].session() as bigip:
            read = info.gather(bigip, (*SUBSETS, "observation"), 0, password=password)
        work.save(f"observed-bigip-{name}", read)
        return work


PROCESS = "test"
SUBSETS = ("device", "route_domain", "self_ips", "static_routes", "config", "failover", "preflight")


@pytest.fixture
def site(tmp_path, monkeypatch):
    monkeypatch.setattr(Step, "process", PROCESS)
    with contextlib.ExitStack() as stack:

        def make(*names, **pairs):
            units = {
                name: Unit(
                    stack.enter_context(
                        simulator(device(UNITS[name]), hostname=f"{name}.example", pair=pairs.get(name))
                    )
                )
                for name in names
            }
            return Site(units, tmp_path / "runs")

        yield make


@pytest.fixture
def one(site):
    return site("bigip1")


# ---- alone: no preflight went before ---------------------------------------------------------------


def test_the_calls_of_a_whole_run(one):
    """A check run reads, a changed run reads, writes and proves in one session, an unchanged run reads."""
    predicted = one.run(check=True)
    assert predicted["changed"] and one.calls() == [*LOGIN, *LOOKS, *LOGOUT]
    assert " neighbor 172.16.40.199 remote-as 64512" in predicted["diff"][1]["after"]

    did = one.run()
    assert did["changed"] and did["saved"] and did["commands"] == predicted["commands"]
    assert one.calls() == [
        *LOGIN,
        *LOOKS,
        f"PATCH {RD}",
        f"PATCH {SELF}",
        "imish show running-config",
        "imish show ip bgp summary",
        *APPLY,
        f"PATCH {VIP}",
        f"PATCH {OTHER_VIP}",
        *LOOKS,
        *SAVE,
        *LOGOUT,
    ]
    assert RESTART.rstrip() in did["commands"], "typed, whether the device prints it or not"

    for check in (False, True):
        again = one.run(check=check)
        assert not again["changed"] and again["diff"] == []
        assert one.calls() == [*LOGIN, *LOOKS, *LOGOUT]
        assert len(one.calls()) <= 6 and one.calls().count(*LOGIN) == 1

    # One node more, or forty: the number of calls stays the same.
    one.nodes |= MORE
    assert one.run()["changed"]
    assert one.calls() == [*LOGIN, *LOOKS, *APPLY, *LOOKS, *SAVE, *LOGOUT]
    assert one.units["bigip1"].tokens()["admin"] == 0 and one.units["bigip1"].files() == []


def test_nodes_that_left_are_removed_up_to_the_limit(one):
    one.nodes |= MORE
    one.run()
    one.nodes = dict(NODES)
    refused = one.run()
    assert refused["failed"] and "at most 14 may be removed at once" in refused["msg"]
    assert one.calls() == [*LOGIN, *LOOKS, *LOGOUT]
    assert not one.run(max_removals=1.0, purge=False)["changed"]
    assert one.run(max_removals=1.0)["changed"]
    assert "172.16.40.2" not in one.units["bigip1"].running().replace("172.16.40.202", "")


def test_another_as_number_must_be_allowed(one):
    one.run()
    one.shared["as_number"] = "64513"
    refused = one.run()
    assert refused["failed"] and refused["problems"] and not refused["changed"]
    assert one.run(allow_as_change=True)["resets"]


def test_all_problems_are_reported_and_nothing_is_written(one):
    one.shared["advertised_vips"].append({"address": "172.16.40.80"})
    refused = one.run(partitions=[{"name": "bad name"}])
    assert refused["failed"] and len(refused["problems"]) == 2
    assert refused["msg"].startswith("Nothing was changed on bigip1: 2 problems:\n- ")
    assert one.units["bigip1"].simulator.writes() == ["POST /mgmt/tm/util/bash"]


def test_partitions_and_saving_as_asked(one):
    assert one.run(partitions=[{"name": "k8s", "route_domain": 0}], save_when="never")["saved"] is False
    assert "POST /mgmt/tm/auth/partition" in one.calls() and "imish write" not in one.calls()
    assert one.run(save_when="always")["changed"]


def test_a_host_that_is_not_a_unit_of_the_fabric(one):
    intent = {**fabric_of(one), "bigips": []}
    assert "bigip1 is not one of the fabric's BIG-IPs" in one.run(intent=intent)["msg"]


def fabric_of(one):
    """The fabric as the filter fabric_intent returns it."""
    return read_fabric(one.hostvars(), {"bigips": list(one.units), "k8s_nodes": list(one.nodes)}).as_dict()


def test_a_fabric_of_another_source(one):
    intent = fabric_of(one)
    intent["nodes"] = intent["nodes"][:1]
    assert sum("remote-as" in line for line in one.run(intent=intent)["commands"]) == 1


def test_certificates_are_not_verified_if_the_inventory_disables_it(one):
    one.shared |= {"bigip_validate_certs": False}
    hostvars = one.hostvars()
    hostvars["bigip1"]["bigip_ca_path"] = ""
    one.hostvars = lambda: hostvars
    assert one.run(check=True)["changed"]


def test_the_limit_of_tokens_ends_the_run_before_any_write(one):
    inside = one.units["bigip1"].simulator.device
    for _number in range(100):  # automation that never deletes its tokens
        inside.tokens.issue(inside.users.get("admin"), "127.0.0.1")
    result = one.run()
    assert result["failed"] and not result["changed"]
    assert "maximum active login tokens" in result["msg"] and "100 per user: delete some" in result["msg"]
    assert one.units["bigip1"].simulator.writes() == []


# ---- after a preflight -----------------------------------------------------------------------------


def test_an_unchanged_run_makes_no_call(one):
    one.run()
    one.begin()
    assert not one.run()["changed"]
    assert one.calls() == []


def test_a_check_run_predicts_from_what_preflight_read(one):
    one.begin()
    predicted = one.run(check=True)
    assert predicted["changed"] and one.calls() == []
    did = one.run()
    assert all(predicted[key] == did[key] for key in ("commands", "operations", "resets", "saved"))
    assert predicted["diff"] == did["diff"]


def test_no_later_step_sees_what_was_there_before_the_write(one):
    work = one.begin()
    one.run()
    after = work.load("observed-bigip-bigip1")
    assert after["config"]["enabled"] and after["config"]["saved"] is True
    assert after["self_ips"][0]["allow_service"] == ["tcp:179"]
    assert after["failover"]["state"] == "ACTIVE", "what a write does not change is kept"
    assert not one.run()["changed"] and one.calls() == []
    titles = [item["title"] for item in work.load("changes-bigip1")]
    assert titles == ["TMOS", "imish"]


def test_a_failed_write_leaves_no_observation(one):
    work = one.begin()
    one.units["bigip1"].simulator.fault("status", path=SELF, method="PATCH", status=400, body=REFUSED)
    failed = one.run()
    assert failed["failed"] and "refused by the test" in failed["msg"] and not failed["changed"]
    assert work.load("observed-bigip-bigip1")["failed"] and not work.has("changes-bigip1")


def test_what_changed_since_the_preflight_is_seen_before_the_write(one):
    one.begin()
    one.run()
    one.units["bigip1"].imish("configure terminal", "router bgp 64512", "neighbor 10.9.9.9 remote-as 65001")
    one.nodes |= {"k8s-node2": "172.16.40.197"}
    one.run()
    assert "neighbor 10.9.9.9 remote-as 65001" in one.units["bigip1"].running()


@pytest.mark.parametrize(("first", "later", "lost"), [("Canary7", "Canary8", True), (None, "Canary8", False)])
def test_a_replaced_password_is_recorded_before_the_write(one, tmp_path, first, later, lost):
    if first:
        one.begin(password=first)
        assert one.run(bgp_password=first)["changed"]
    work = one.begin(password=later)
    run, _resumed = journal.open_run(tmp_path / "record", 5)
    work.save(guard.RECORD, {"path": str(run.folder)})
    work.save(guard.PREFLIGHT, {"passed": True})
    one.shared["fabric_run_required"] = True
    assert not one.run(bgp_password=later, check=True).get("failed") and run.lost_passwords("bigip1") == []
    one.units["bigip1"].simulator.inject("POST", "imish", {"line": "password", "reply": "% Invalid input"})
    assert one.run(bgp_password=later)["failed"]
    assert run.lost_passwords("bigip1") == (sorted(one.nodes.values()) if lost else [])
    assert "Canary" not in "".join(path.read_text() for path in run.folder.iterdir())


@pytest.mark.parametrize("later", ["Canary8", ""])
def test_a_changed_password_is_seen_in_an_observation_without_passwords(one, later):
    one.begin(password="Canary7")
    assert one.run(bgp_password="Canary7")["changed"]
    work = one.begin(password="Canary7")
    assert not one.run(bgp_password="Canary7")["changed"] and one.calls() == []
    work = one.begin(password=later)
    assert one.run(bgp_password=later)["changed"]
    assert one.units["bigip1"].running().count(f"password {later}\n") == (2 if later else 0)
    assert not [file for file in work.path.iterdir() if "Canary" in file.read_text()]


def test_an_observation_of_another_route_domain_or_release_is_not_used(one):
    work = one.begin()
    read = work.load("observed-bigip-bigip1")
    for key in ("number", "schema"):
        other = copy.deepcopy(read)
        other["observation"][key] += 1
        work.save("observed-bigip-bigip1", other)
        assert one.run(check=True)["changed"]
        assert one.calls() == [*LOGIN, *LOOKS, *LOGOUT]


# ---- a pair ----------------------------------------------------------------------------------------


def test_a_pair_is_configured_unit_by_unit(site):
    """Each unit gets its own router-id and sessions; the standby unit gets them too, and announces nothing."""
    pair = site(
        "bigip1",
        "bigip2",
        bigip1=Pair("bigip2.example"),
        bigip2=Pair("bigip1.example", state="standby", sync="Changes Pending"),
    )
    for name, unit in pair.units.items():
        result = pair.run(name)
        assert result["changed"], result
        shown = unit.running().splitlines()
        assert f" bgp router-id {UNITS[name]}" in shown
        assert {f" neighbor {address} remote-as 64512" for address in NODES.values()} <= set(shown)
        assert not [line for line in shown if line.startswith(" neighbor 172.16.40.20")], "not with one another"
        assert unit.running().strip() == unit.startup().strip()
    assert announced(pair) == {"bigip1": [], "bigip2": []} | {"bigip1": ["172.16.40.81", "172.16.99.99"]}

    # The other unit takes over: it has all that it needs, and a run finds nothing to do.
    pair.units["bigip1"].simulator.device.fail_over("standby")
    pair.units["bigip2"].simulator.device.fail_over("active")
    assert announced(pair) == {"bigip1": [], "bigip2": ["172.16.40.81", "172.16.99.99"]}
    assert not any(pair.run(name)["changed"] for name in pair.units)


def announced(pair):
    """Unit -> virtual addresses that its tmrouted makes kernel routes."""
    found = {}
    for name, unit in pair.units.items():
        simulated = unit.simulator.device
        addresses = simulated.store.objects("ltm/virtual-address")
        found[name] = sorted(
            item.name.name.partition("%")[0] for item in addresses if simulated.status.advertised(item)
        )
    return found


def test_what_a_unit_of_a_pair_reports(site):
    pair = site(
        "bigip1",
        "bigip2",
        bigip1=Pair("bigip2.example", sync="Changes Pending"),
        bigip2=Pair("bigip1.example", state="standby"),
    )
    reported = {}
    for name, unit in pair.units.items():
        with unit.session() as bigip:
            reported[name] = info.gather(bigip, ("failover", "device"), 0)
    group = {"device_groups": [{"name": "/Common/pair", "auto_sync": False}]}
    active, standby = ({"traffic_groups": {"traffic-group-1": state}, **group} for state in ("active", "standby"))
    assert reported["bigip1"]["failover"] == {"state": "ACTIVE", "sync": "Changes Pending", **active}
    assert reported["bigip2"]["failover"] == {"state": "STANDBY", "sync": "In Sync", **standby}
    assert [item["device"]["hostname"] for item in reported.values()] == ["bigip1.example", "bigip2.example"]


# ---- its plan as part of preflight -----------------------------------------------------------------


def preflight_problems(one):
    """What fabric_preflight adds to its list, from what it read."""
    hostvars = one.hostvars()

    def variable(name, default=None, host=None):
        value = hostvars[host].get(name)
        return default if value in (None, "") else value

    with one.units["bigip1"].session() as bigip:
        read = info.gather(bigip, (*SUBSETS, "observation"), 0)
    fabric = read_fabric(hostvars, {"bigips": list(one.units), "k8s_nodes": list(one.nodes)})
    return routing_plan.preview(SimpleNamespace(variable=variable), fabric, "bigip1", read)[0]


def test_preflight_knows_what_the_plan_would_refuse(one):
    one.nodes |= MORE
    one.run()
    assert preflight_problems(one) == []
    one.nodes = dict(NODES)
    one.shared["advertised_vips"].append({"address": "172.16.40.80"})
    assert "no such virtual address" in preflight_problems(one)[0]
    one.shared["advertised_vips"].pop()
    assert "at most 14 may be removed at once" in preflight_problems(one)[0]
    one.shared["f5_routing_max_removals"] = 1.0
    assert preflight_problems(one) == []
    one.shared["f5_routing_protocols"] = ["nonsense"]
    assert preflight_problems(one)[0].startswith("f5_routing: value of routing_protocols must be one or more of")
