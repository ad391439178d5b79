# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The BGP resource module, facts and show commands against the simulator."""

from __future__ import annotations

import pytest
from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip import bgp, commands, info
from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip.errors import BigIpError, NotEnabled, Unfit
from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip.resource import BgpResource
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.build import build

DEVICE = """
router bgp 64512
 bgp log-neighbor-changes
 neighbor 10.0.0.1 remote-as 64512
 neighbor 10.0.0.1 password Canary7
 neighbor 10.0.0.2 remote-as 65001
exit
ip prefix-list theirs seq 5 permit 10.0.0.0/8
"""
LOGIN = ["POST /mgmt/shared/authn/login"]
LOGOUT = ["DELETE /mgmt/shared/authz/tokens/…"]
READ = ["imish show running-config, show startup-config"]
APPLY = ["upload", "imish -f", "imish show running-config", "imish write"]


def run(unit, state, check=False, save_when="changed", **options):
    unit.simulator.forget_calls()
    with unit.session() as bigip:
        resource = BgpResource(bigip, 0, save_when)
        resource.prepare(bgp.Wish(build(**options), state))
        if not check:
            resource.write()
        return resource.result(check)


CHANGES = {
    "merged": {"config": {"neighbors": [{"address": "10.0.0.3", "remote_as": "64512"}]}},
    "replaced": {"config": {"neighbors": [{"address": "10.0.0.1", "remote_as": "64512"}]}},
    "overridden": {"config": {"neighbors": [{"address": "10.0.0.2", "remote_as": "65001"}]}},
    "deleted": {"config": {"neighbors": [{"address": "10.0.0.2"}]}},
}


@pytest.mark.parametrize("state", CHANGES)
def test_each_state_changes_once_as_predicted_and_never_again(unit, state):
    unit.configure(DEVICE)
    predicted = run(unit, state, check=True, **CHANGES[state])
    assert unit.calls() == [*LOGIN, *READ, *LOGOUT]
    did = run(unit, state, **CHANGES[state])
    assert unit.calls() == [*LOGIN, *READ, *APPLY, *LOGOUT]
    assert did == predicted and did["changed"] and did["saved"]
    again = run(unit, state, **CHANGES[state])
    assert unit.calls() == [*LOGIN, *READ, *LOGOUT]
    assert (again["changed"], again["commands"], again["before"]) == (False, [], did["after"])
    assert " bgp log-neighbor-changes\n" in unit.running()


def test_gathered_fed_back_as_overridden_changes_nothing(unit):
    unit.configure(DEVICE)
    with unit.session() as bigip:
        gathered = BgpResource(bigip, 0, "changed").gather()
    assert "Canary7" not in str(gathered)
    del gathered["unmanaged"]
    assert not run(unit, "overridden", **gathered)["changed"]
    assert "Canary7" in unit.running()


def test_what_was_gathered_comes_back_after_a_drift(unit):
    unit.configure(DEVICE.replace(" neighbor 10.0.0.1 password Canary7\n", ""))
    before = unit.running()
    with unit.session() as bigip:
        gathered = BgpResource(bigip, 0, "changed").gather()
    del gathered["unmanaged"]
    unit.imish("configure terminal", "router bgp 64512", "no neighbor 10.0.0.1", "neighbor 10.0.0.2 shutdown",
               "neighbor 10.0.0.9 remote-as 1", "timers bgp 5 15")  # fmt: skip
    assert run(unit, "overridden", **gathered)["changed"]
    assert unit.running() == before


def test_without_bgp_there_is_nothing_to_gather_or_delete_and_no_place_to_merge(unit):
    with unit.session() as bigip:
        assert BgpResource(bigip, 0, "changed").gather()["config"] is None
    assert not run(unit, "deleted")["changed"]
    with pytest.raises(NotEnabled, match="bigip_route_domain"):
        run(unit, "merged", config={"as_number": "1"})


def test_tmos_mode_is_not_mixed(unit):
    unit.configure(DEVICE)
    with unit.session() as bigip:
        bigip.patch("/mgmt/tm/sys/db/tmrouted.tmos.routing", {"value": "enable"})
    with pytest.raises(Unfit, match="exclude each other"):
        run(unit, "merged", **CHANGES["merged"])


def test_a_router_that_is_deleted_whole(unit):
    unit.configure(DEVICE)
    result = run(unit, "deleted")
    assert result["commands"] == ["no router bgp 64512"]
    assert set(result["resets"]) == {"10.0.0.1", "10.0.0.2"}
    assert "router bgp" not in unit.running() and "theirs" in unit.running()


# ---- facts -----------------------------------------------------------------------------------------


def test_all_facts_without_any_write(unit):
    unit.configure(DEVICE)
    with unit.session() as bigip:
        route = {"name": "k8s-node1", "network": "10.244.1.0/26", "gw": "172.16.40.198"}
        bigip.post("/mgmt/tm/net/route", {**route, "partition": "Common"})
    unit.simulator.forget_calls()
    with unit.session() as bigip:
        facts = info.gather(bigip, info.SUBSETS, 0)
    assert list(facts) == list(info.SUBSETS)
    assert facts["device"]["version"] == "16.1.5.2"
    assert facts["route_domain"]["routing_protocol"] == ["BGP"]
    assert facts["config"]["enabled"] and facts["config"]["saved"]
    assert "Canary7" not in str(facts)
    assert [item["address"] for item in facts["summary"]["neighbors"]] == ["10.0.0.1", "10.0.0.2"]
    assert [item["state"] for item in facts["neighbors"]] == ["Active", "Active"]
    assert {item["address"] for item in facts["virtual_addresses"]} == {"172.16.40.81", "172.16.99.99"}
    assert facts["virtual_servers"][0]["members"][0]["address"] == "172.16.40.90"
    assert facts["static_routes"] == [
        {"name": "k8s-node1", "partition": "Common", "network": "10.244.1.0/26", "route_domain": 0,
         "gateway": "172.16.40.198"}
    ]  # fmt: skip
    assert facts["preflight"]["problems"] == []
    written = [call for call in unit.calls() if not call.startswith(("GET", "imish show")) and "auth" not in call]
    assert written == []


def test_virtual_servers_as_a_declaration_makes_them(unit):
    """The address has a name, and the pool is behind a policy: so the controller declares http."""
    forward = {"type": "forward", "event": "request", "select": {"pool": {"use": "p"}}}
    shared = {
        "class": "Application", "template": "shared",
        "a": {"class": "Service_Address", "virtualAddress": "172.16.40.80"},
        "v": {"class": "Service_HTTP", "virtualAddresses": [{"use": "a"}], "virtualPort": 80, "policyEndpoint": "l"},
        "l": {"class": "Endpoint_Policy", "strategy": "first-match", "rules": [{"name": "r", "actions": [forward]}]},
        "p": {"class": "Pool", "members": [{"servicePort": 80, "serverAddresses": ["10.244.0.5"]}]},
    }  # fmt: skip
    tenant = {"class": "Tenant", "Shared": shared}
    with unit.session() as bigip:
        bigip.post("/mgmt/shared/appsvcs/declare", {"class": "ADC", "schemaVersion": "3.18.0", "k8s": tenant})
        (found,) = [
            item for item in info.gather(bigip, ["virtual_servers"], 0)["virtual_servers"] if item["partition"] == "k8s"
        ]
    assert (found["destination"], found["port"], found["pool"]) == ("172.16.40.80", 80, "/k8s/Shared/p")
    assert [member["address"] for member in found["members"]] == ["10.244.0.5"]


def test_facts_of_a_device_without_bgp(unit):
    with unit.session() as bigip:
        facts = info.gather(bigip, ("config", "summary", "neighbors", "rib", "routes", "preflight"), 0)
    assert not facts["config"]["enabled"]
    assert (facts["summary"]["neighbors"], facts["neighbors"], facts["routes"]) == ([], [], [])
    assert facts["preflight"]["dynamic_routing"] is False and facts["preflight"]["problems"] == []


@pytest.mark.parametrize(("disabled", "user", "bash"), [(True, None, "disabled"), (False, "oper", "refused")])
def test_preflight_reports_why_there_is_no_bash(unit, disabled, user, bash):
    with unit.session() as bigip:
        bigip.patch("/mgmt/tm/sys/db/systemauth.disablebash", {"value": str(disabled).lower()})
    with unit.session(user) as bigip:
        facts = info.gather(bigip, ("preflight",), 0)["preflight"]
    assert facts["bash"] == bash and len(facts["problems"]) == 1


def test_all_pings_are_one_call(unit):
    addresses = [f"127.0.0.{last}" for last in range(1, 101)]
    with unit.session() as bigip:
        pinged = info.gather(bigip, [], 0, addresses, 2)["ping"]
        with pytest.raises(Unfit) as unfit:
            info.gather(bigip, [], 0, ["127.0.0.1; reboot", "x"], 0)
    assert len(pinged) == 100 and pinged["127.0.0.1"] == {"sent": 2, "received": 0}, "the simulator has no network"
    assert unit.calls() == [*LOGIN, "bash", *LOGOUT]
    assert len(unfit.value.problems) == 3


def test_pings_as_the_device_prints_them(unit, monkeypatch):
    text = "--- 10.0.0.1 ping statistics ---\n2 packets transmitted, 1 received, 50% packet loss, time 1823ms\n"
    with unit.session() as bigip:
        monkeypatch.setattr(bigip, "post", lambda path, body, safe: {"commandResult": text, "sent": body})
        assert info.gather(bigip, [], 0, ["10.0.0.1"], 2)["ping"] == {"10.0.0.1": {"sent": 2, "received": 1}}
        monkeypatch.setattr(bigip, "post", lambda path, body, safe: {})
        assert info.gather(bigip, [], 0, ["10.0.0.1"], 2)["ping"] == {"10.0.0.1": {"sent": 2, "received": 0}}


# ---- show commands ---------------------------------------------------------------------------------


def test_outputs_are_data_where_they_are_understood(unit):
    unit.configure(DEVICE)
    asked = ["show ip bgp summary", "sh ip bgp nei", "show running-config", "show ip route", "show version",
             "show running-config | include router"]  # fmt: skip
    with unit.session() as bigip:
        outputs, data, unmet = commands.run_until(bigip, 0, asked, [], 0, 0)
    result = commands.result(outputs, data)
    assert unmet == [] and "Canary7" not in str(result)
    kinds = [type(item).__name__ for item in result["structured"]]
    assert kinds == ["dict", "list", "dict", "list", "NoneType", "NoneType"]
    assert [peer["address"] for peer in result["structured"][1]] == ["10.0.0.1", "10.0.0.2"]


@pytest.mark.parametrize(
    ("command", "kind"),
    [
        ("show run", "dict"),
        ("show running-config router bgp", "dict"),
        ("sh bgp ipv4 uni sum", "dict"),
        ("show ip bgp", "dict"),
        ("show ip bgp neighbors 10.0.0.1 received-routes", "dict"),
        ("show bgp neighbors 10.0.0.1", "list"),
        ("show ip route bgp", "list"),
        ("show ip bgp 10.1.0.0/24", "NoneType"),
        ("show ip route 10.1.0.0/24", "NoneType"),
        ("show ip bgp neighbors 10.0.0.1 | include state", "NoneType"),
        ("show", "NoneType"),
    ],
)
def test_only_the_output_of_whole_tables_is_parsed(command, kind):
    assert type(commands.structured(command, "")).__name__ == kind


def test_waiting_until_a_condition_holds(unit):
    unit.configure(DEVICE)
    wanted = commands.conditions(["result[0] contains 10.0.0.3", "result[0] not contains Established"], 1)

    def sleep(_seconds):
        unit.imish("configure terminal", "router bgp 64512", "neighbor 10.0.0.3 remote-as 1")

    with unit.session() as bigip:
        outputs, _data, unmet = commands.run_until(bigip, 0, ["show ip bgp summary"], wanted, 3, 1, sleep)
    assert unmet == [] and "10.0.0.3" in outputs[0]


def test_daemons_that_are_only_starting_are_asked_again(unit):
    unit.configure(DEVICE)
    unit.simulator.inject("POST", "imish", {"line": "bgp", "reply": "% Protocol daemon is not running"})
    with unit.session() as bigip:
        with pytest.raises(NotEnabled, match="not running"):
            commands.run_until(bigip, 0, ["show ip bgp summary"], [], 2, 1.5, unit.slept.append)
        assert unit.slept == [1.5, 1.5]
        outputs, _data, _unmet = commands.run_until(
            bigip, 0, ["show ip bgp summary"], [], 2, 1.5, lambda _seconds: unit.simulator.inject("DELETE", "imish")
        )
    assert "local AS number" in outputs[0]


def test_waiting_has_an_end(unit):
    unit.configure(DEVICE)
    wanted = commands.conditions(["result[0] matches Estab[a-z]+"], 1)
    with unit.session() as bigip:
        *_given, unmet = commands.run_until(bigip, 0, ["show ip bgp summary"], wanted, 2, 1.5, unit.slept.append)
    assert (unmet, unit.slept) == (["result[0] matches Estab[a-z]+"], [1.5, 1.5])


def test_all_invalid_conditions_are_named():
    wrong = ["result[1] contains x", "nonsense", "result[0] matches (", "structured[0].(", "structured[3] == `1`"]
    with pytest.raises(Unfit) as unfit:
        commands.conditions(wrong, 1)
    assert len(unfit.value.problems) == 5
    assert all(text in problem for text, problem in zip(wrong, unfit.value.problems, strict=True))


SUMMARY = """\
BGP router identifier 172.16.40.202, local AS number 64512
Neighbor        V    AS MsgRcvd MsgSent   TblVer  InQ OutQ Up/Down  State/PfxRcd
172.16.40.199   4 64512      15      16        3    0    0 00:05:04        1
172.16.40.198   4 64512       9       9        3    0    0 {}
"""


@pytest.mark.parametrize(
    ("last", "condition", "holds"),
    [
        ("00:05:04        1", "length(structured[0].neighbors[?state == 'Established']) == `2`", True),
        ("never    Active", "length(structured[0].neighbors[?state == 'Established']) == `2`", False),
        ("00:05:04        1", "structured[0].neighbors[?prefixes_received == `1`]", False),  # a list is not true
        ("00:05:04        1", "length(structured[0].neighbours) == `2`", False),  # the length of null
        ("00:05:04        1", "structured[0].neighbours == `2`", False),
    ],
)
def test_a_condition_of_data_holds_when_it_is_true(last, condition, holds):
    (read,) = commands.conditions([condition], 1)
    output = SUMMARY.format(last)
    assert read.holds([output], [commands.structured("show ip bgp summary", output)]) is holds


def test_a_condition_of_text_may_look_for_what_looks_like_data():
    (read,) = commands.conditions(["result[0] contains structured[0]"], 1)
    assert read.holds(["structured[0]"], [None]) and not read.holds(["structured"], [None])


def test_conditions_of_data_say_which_library_they_lack(monkeypatch):
    monkeypatch.setattr(commands, "jmespath", None)
    with pytest.raises(Unfit, match="jmespath"):
        commands.conditions(["structured[0].local_as == '64512'"], 1)


@pytest.mark.parametrize("command", ["write", "clear ip bgp *", "configure terminal", "no router bgp 1", ""])
def test_only_show_commands_are_run(unit, command):
    with unit.session() as bigip, pytest.raises(BigIpError, match="does not begin with show"):
        commands.run_until(bigip, 0, [command], [], 0, 0)
