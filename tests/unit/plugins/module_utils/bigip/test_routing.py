# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The composite: the exact calls of each kind of run, what each prepared state becomes, and what a fault leaves."""

from __future__ import annotations

import copy

import pytest
from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip.errors import BigIpError, Unfit
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.build import InvalidConfig

LOGIN = ["POST /mgmt/shared/authn/login"]
LOGOUT = ["DELETE /mgmt/shared/authz/tokens/…"]
SHOW = "imish show running-config, show startup-config"
LOOKS = ["GET /mgmt/tm/net/route-domain", "GET /mgmt/tm/net/self", "GET /mgmt/tm/ltm/virtual-address", SHOW]
READ = [*LOOKS[:3], "GET /mgmt/tm/auth/partition", SHOW]
APPLY = ["upload", "imish -f", "imish show running-config"]
SAVE = ["imish write", "POST /mgmt/tm/sys/config"]
RD, SELF = "/mgmt/tm/net/route-domain/~Common~0", "/mgmt/tm/net/self/~Common~int_self"
VIP = "/mgmt/tm/ltm/virtual-address/~Common~172.16.40.81"
LINES = [
    "ip prefix-list podroute-pods seq 5 permit 10.244.0.0/16 le 26",
    "ip prefix-list podroute-vips seq 5 permit 172.16.40.80/31 le 32",
    "ip prefix-list podroute-vips seq 10 permit 172.16.99.0/24 le 32",
    "route-map podroute-vips permit 10",
    " match ip address prefix-list podroute-vips",
    "exit",
    "router bgp 64512",
    " bgp router-id 172.16.40.202",
    " neighbor calico-k8s peer-group",
    " neighbor calico-k8s prefix-list podroute-pods in",
    " neighbor calico-k8s maximum-prefix 1000",
    " neighbor 172.16.40.199 remote-as 64512",
    " neighbor 172.16.40.199 peer-group calico-k8s",
    " neighbor 172.16.40.199 description podroute: k8s-master",
    " neighbor 172.16.40.198 remote-as 64512",
    " neighbor 172.16.40.198 peer-group calico-k8s",
    " neighbor 172.16.40.198 description podroute: k8s-node1",
    " redistribute kernel route-map podroute-vips",
    "exit",
]


def objects(unit):
    """What REST shows of everything that a run may touch."""
    with unit.session() as bigip:
        read = {path: bigip.get(path) for path in (RD, SELF, VIP)}
        read["partitions"] = sorted(item["name"] for item in bigip.items("/mgmt/tm/auth/partition"))
    keys = ("routingProtocol", "allowService", "routeAdvertisement")
    return {path: item if path == "partitions" else {key: item.get(key) for key in keys} for path, item in read.items()}


# ---- the calls of a run ----------------------------------------------------------------------------


def test_the_first_run_reads_writes_proves_and_saves(unit, fabric):
    result = unit.routing(fabric)
    assert unit.calls() == [
        *LOGIN,
        *READ,
        "POST /mgmt/tm/auth/partition",
        f"PATCH {RD}",
        f"PATCH {SELF}",
        "imish show running-config",
        "imish show ip bgp summary",
        *APPLY,
        f"PATCH {VIP}",
        *READ,
        *SAVE,
        *LOGOUT,
    ]
    assert result["changed"] and result["saved"]
    assert result["commands"] == LINES
    assert [f"{item['method']} {item['path']}" for item in result["operations"]] == [
        "POST /mgmt/tm/auth/partition", f"PATCH {RD}", f"PATCH {SELF}", f"PATCH {VIP}",
    ]  # fmt: skip
    assert unit.running().strip() == unit.startup().strip()
    assert unit.files() == [] and unit.tokens()["admin"] == 0


def test_the_second_run_writes_nothing(unit, fabric):
    unit.routing(fabric)
    result = unit.routing(fabric)
    assert unit.calls() == [*LOGIN, *READ, *LOGOUT]
    assert (result["changed"], result["saved"], result["commands"], result["operations"], result["diff"]) == (
        False, False, [], [], [],
    )  # fmt: skip
    assert result["before"] == result["after"]


def test_a_check_run_reads_only_although_there_is_no_bgp_yet(unit, fabric):
    before = objects(unit)
    predicted = unit.routing(fabric, check=True)
    assert unit.calls() == [*LOGIN, *READ, *LOGOUT]
    assert objects(unit) == before
    did = unit.routing(fabric)
    for key in ("changed", "saved", "commands", "operations", "resets"):
        assert predicted[key] == did[key]
    assert predicted["before"] == did["before"]
    assert predicted["after"]["route_domain"] == did["after"]["route_domain"]
    assert predicted["after"]["virtual_addresses"] == did["after"]["virtual_addresses"]
    assert predicted["after"]["config"]["neighbors"] == did["after"]["config"]["neighbors"]


def test_a_check_run_of_a_change_shows_what_the_run_does(unit, fabric):
    unit.routing(fabric)
    changed = copy.deepcopy(fabric)
    changed["config"]["neighbors"][0]["description"] = "podroute: renamed"
    changed["virtual_addresses"][0]["route_advertisement"] = "always"
    predicted = unit.routing(changed, check=True)
    assert unit.calls() == [*LOGIN, *READ, *LOGOUT]
    did = unit.routing(changed)
    assert predicted["commands"] == did["commands"]
    assert predicted["after"] == did["after"]
    assert predicted["diff"] == did["diff"]


def test_a_new_node_is_one_apply(unit, fabric):
    unit.routing(fabric)
    fabric["config"]["neighbors"].append(
        {"address": "172.16.40.197", "remote_as": "64512", "peer_group": "calico-k8s", "description": "podroute: n2"}
    )
    result = unit.routing(fabric)
    assert unit.calls() == [
        *LOGIN, *READ, *APPLY, *READ, *SAVE, *LOGOUT,
    ]  # fmt: skip
    assert result["resets"] == {}


def test_a_changed_filter_is_refreshed_without_a_reset(unit, fabric):
    unit.routing(fabric)
    fabric["prefix_lists"][0]["entries"][0]["le"] = 27
    result = unit.routing(fabric)
    assert "imish clear ip bgp * soft" in unit.calls()
    assert result["resets"] == {}


def test_unsaved_changes_not_made_by_this_collection_are_saved(unit, fabric):
    unit.routing(fabric)
    unit.imish("configure terminal", "router bgp 64512", "neighbor 10.9.9.9 remote-as 65001")
    predicted = unit.routing(fabric, check=True)
    result = unit.routing(fabric)
    assert unit.calls() == [*LOGIN, *READ, *SAVE, *LOGOUT]
    assert (result["changed"], result["saved"], result["commands"]) == (True, True, [])
    assert predicted["changed"] and predicted["saved"]
    assert not unit.routing(fabric)["changed"]


def test_a_lost_startup_file_is_written_again(unit, fabric):
    unit.routing(fabric)
    unit.simulator.inject("DELETE", "startup")
    assert unit.routing(fabric)["saved"]
    assert unit.running().strip() == unit.startup().strip()
    assert not unit.routing(fabric)["changed"]


@pytest.mark.parametrize(("when", "saved"), [("never", False), ("always", True)])
def test_saving_as_asked(unit, fabric, when, saved):
    unit.routing(fabric)
    fabric["save_when"] = when
    result = unit.routing(fabric)
    assert unit.calls() == [*LOGIN, *READ, *(SAVE if saved else []), *LOGOUT]
    assert (result["changed"], result["saved"]) == (saved, saved)


def test_the_number_of_calls_does_not_depend_on_the_number_of_nodes(unit, fabric):
    def node(number):
        return {"address": f"10.1.{number // 250}.{number % 250 + 1}", "remote_as": "64512",
                "peer_group": "calico-k8s", "description": f"podroute: n{number}"}  # fmt: skip

    unit.routing(fabric)
    calls = len(unit.calls())
    fabric["config"]["neighbors"] += [node(number) for number in range(500)]
    unit.routing(fabric)
    assert len(unit.calls()) < calls
    unit.routing(fabric)
    assert unit.calls() == [*LOGIN, *READ, *LOGOUT]


# ---- prepared states -------------------------------------------------------------------------------

OTHERS = """
router bgp 64512
 bgp log-neighbor-changes
 network 10.50.0.0/16
 neighbor 10.9.9.9 remote-as 65001
 neighbor 10.9.9.9 description by hand
 neighbor 10.9.9.9 weight 7
 neighbor 10.9.9.9 route-map theirs out
 address-family ipv6
 neighbor 2001:db8::9 activate
 exit-address-family
exit
ip prefix-list theirs seq 5 permit 10.50.0.0/16
route-map theirs permit 10
 match ip address prefix-list theirs
exit
"""
STATES = {
    "nothing": None,
    "bgp of others": OTHERS.replace(
        " address-family ipv6", " neighbor 2001:db8::9 remote-as 65001\n address-family ipv6"
    ),
    "nodes made by hand": "router bgp 64512\nneighbor 172.16.40.199 remote-as 64512\n"
    "neighbor 172.16.40.199 next-hop-self\nneighbor 172.16.40.199 weight 5",
    "group with the number": "router bgp 64512\nneighbor calico-k8s peer-group\nneighbor calico-k8s remote-as 64512\n"
    "neighbor 172.16.40.199 peer-group calico-k8s\nneighbor 172.16.40.198 peer-group calico-k8s",
    "stale node": "router bgp 64512\nneighbor 172.16.40.150 remote-as 64512\n"
    "neighbor 172.16.40.150 description podroute: gone\n"
    "neighbor 172.16.40.199 remote-as 64512\nneighbor 172.16.40.199 description podroute: k8s-master",
    "wide open": "router bgp 64512\nredistribute kernel\nneighbor 172.16.40.199 remote-as 64512",
    "lists with our names, other content": "ip prefix-list podroute-pods seq 5 permit 10.0.0.0/8 le 32\n"
    "ip prefix-list podroute-pods seq 20 permit 0.0.0.0/0\nroute-map podroute-vips deny 10",
}


@pytest.mark.parametrize("state", STATES)
def test_from_any_state_one_run_converges(unit, fabric, state):
    if STATES[state]:
        unit.configure(STATES[state])
    before = unit.running() if STATES[state] else ""
    fabric["owner"] = "podroute: "
    result = unit.routing(fabric)
    assert result["changed"]
    text = unit.running()
    if state == "wide open":
        # It may serve others: it stays, and the fabric's neighbors get a filter.
        assert " redistribute kernel\n" in text and " neighbor calico-k8s prefix-list podroute-vips out\n" in text
    else:
        assert "redistribute kernel route-map podroute-vips\n" in text
    for address in ("172.16.40.198", "172.16.40.199"):
        assert f" neighbor {address} peer-group calico-k8s\n" in text
    assert "172.16.40.150" not in text
    if state == "bgp of others":
        theirs = [line for line in before.splitlines() if "9.9" in line or "::9" in line or "theirs" in line]
        assert len(theirs) > 5 and set(theirs) <= set(text.splitlines())
        assert " network 10.50.0.0/16\n" in text and " bgp log-neighbor-changes\n" in text
    if state == "nodes made by hand":
        assert " neighbor 172.16.40.199 weight 5\n" in text and "next-hop-self" not in text
    if state == "lists with our names, other content":
        assert "0.0.0.0/0" not in text and "permit any" not in text
    assert not unit.routing(fabric)["changed"]
    assert not [call for call in unit.calls() if call.startswith(("upload", "PATCH", "imish write"))]


@pytest.mark.parametrize("option", ["next-hop-self", "send-community standard"])
def test_values_that_members_share_with_their_group_are_removed_from_both(unit, fabric, option):
    """imish does not show what a member has in common with its group: it surfaces when the group loses it."""
    unit.configure(f"router bgp 64512\nneighbor calico-k8s peer-group\nneighbor calico-k8s {option}\n"
                   "neighbor 172.16.40.198 remote-as 64512\nneighbor 172.16.40.198 peer-group calico-k8s\n"
                   f"neighbor 172.16.40.198 {option}")  # fmt: skip
    assert unit.running().count(option) == 1
    assert unit.routing(fabric)["changed"]
    assert option not in unit.running()


def test_another_as_number_must_be_allowed_and_then_everything_is_typed_again(unit, fabric):
    unit.configure(STATES["nodes made by hand"].replace("router bgp 64512", "router bgp 65000"))
    before = unit.running()
    with pytest.raises(InvalidConfig, match="runs router bgp 65000, but the wanted AS is 64512"):
        unit.routing(fabric)
    assert unit.running() == before
    fabric["allow_as_change"] = True
    result = unit.routing(fabric)
    assert result["resets"] == {"172.16.40.199": "AS 65000 becomes 64512"}
    assert " neighbor 172.16.40.199 weight 5\n" in unit.running()
    assert not unit.routing(fabric)["changed"]


def test_other_protocols_of_the_route_domain_stay(unit, fabric):
    unit.enable("BFD", "OSPFv2")
    result = unit.routing(fabric)
    assert result["after"]["route_domain"]["routing_protocol"] == ["BFD", "BGP", "OSPFv2"]


def test_encrypted_passwords_are_not_changed_and_reported(unit, fabric):
    fabric["config"]["neighbors"][0]["password"] = "first-canary"
    unit.routing(fabric)
    unit.imish("configure terminal", "service password-encryption", "end", "write")
    assert "first-canary" not in unit.running()
    fabric["config"]["neighbors"][0]["password"] = "second-canary"
    result = unit.routing(fabric)
    assert not result["changed"]


# ---- what stops a run before its first write -------------------------------------------------------


def test_all_problems_are_reported_at_once(unit, fabric):
    with unit.session() as bigip:
        bigip.patch("/mgmt/tm/sys/db/tmrouted.tmos.routing", {"value": "enable"})
    fabric["self_ip"] = {"address": "172.16.40.9"}
    fabric["virtual_addresses"].append({"address": "172.16.40.250"})
    fabric["partitions"] = [{"name": "bad name"}]
    before = objects(unit)
    with pytest.raises(Unfit) as unfit:
        unit.routing(fabric)
    assert [problem.split(":")[0] for problem in unfit.value.problems] == [
        "route_domain 0", "partition", "self_ip", "virtual_addresses[172.16.40.250]",
    ]  # fmt: skip
    assert "TMOS mode and imish exclude each other" in unfit.value.problems[0]
    assert objects(unit) == before


def test_a_route_domain_that_is_not_there(unit, fabric):
    with pytest.raises(Unfit, match="no route domain 7"):
        unit.routing(fabric | {"route_domain": 7, "self_ip": None})


def test_the_cap_on_removals_stops_the_run(unit, fabric):
    for number in range(1, 7):
        fabric["config"]["neighbors"].append(
            {"address": f"10.1.0.{number}", "remote_as": "64512", "description": f"podroute: n{number}"}
        )
    unit.routing(fabric)
    before = unit.running()
    del fabric["config"]["neighbors"][2:]
    with pytest.raises(InvalidConfig, match="6 of 8 neighbors .* at most 2 may be removed at once"):
        unit.routing(fabric | {"owner": "podroute: "})
    assert unit.running() == before
    assert unit.routing(fabric | {"owner": "podroute: ", "max_removals": 0.8})["changed"]
    assert "10.1.0." not in unit.running()


# ---- faults: no half configuration, no wrong "changed" ---------------------------------------------


def test_a_token_that_ends_in_mid_run(unit, fabric):
    unit.simulator.fault("expire_token", path="util/bash", after=2)
    assert unit.routing(fabric)["changed"]
    assert unit.calls().count("POST /mgmt/shared/authn/login") == 2
    assert not unit.routing(fabric)["changed"]
    assert unit.tokens()["admin"] == 0


@pytest.mark.parametrize("action", ["html503", "mcpd_lost"])
@pytest.mark.parametrize("path", ["net/route-domain", "util/bash", "file-transfer", "virtual-address", "sys/config"])
def test_a_busy_device_is_retried(unit, fabric, action, path):
    unit.simulator.fault(action, path=path, times=2)
    assert unit.routing(fabric)["changed"]
    assert unit.slept[:2] == [0.5, 1.0]
    assert not unit.routing(fabric)["changed"]


def refused_in_the_middle(unit):
    unit.simulator.inject("POST", "imish", {"line": "k8s-node1", "reply": "% Invalid input detected at '^' marker."})


def test_one_refused_line_undoes_the_whole_run(unit, fabric):
    before = objects(unit)
    refused_in_the_middle(unit)
    with pytest.raises(BigIpError) as failed:
        unit.routing(fabric)
    assert "% Invalid input" in str(failed.value)
    assert "neighbor 172.16.40.198 description podroute: k8s-node1" in str(failed.value)
    assert "undone" in str(failed.value)
    assert objects(unit) == before
    assert unit.files() == [] and unit.tokens()["admin"] == 0


def test_one_refused_line_leaves_the_former_configuration(unit, fabric):
    unit.configure(STATES["bgp of others"])
    before = unit.running()
    refused_in_the_middle(unit)
    with pytest.raises(BigIpError, match="The previous configuration was restored"):
        unit.routing(fabric)
    assert unit.running() == before
    assert unit.startup().strip() == before.strip()
    unit.simulator.inject("DELETE", "imish")
    assert unit.routing(fabric)["changed"]


def test_a_daemon_that_does_not_start(unit, fabric):
    before = objects(unit)
    unit.simulator.inject("POST", "imish", {"line": "show", "reply": "% Protocol daemon is not running"})
    with pytest.raises(BigIpError, match="Protocol daemon is not running, after 90 s of waiting"):
        unit.routing(fabric)
    assert objects(unit) == before


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_connection_that_is_cut_while_applying(unit, fabric, when):
    unit.configure(STATES["bgp of others"])
    before, rest = unit.running(), objects(unit)
    unit.simulator.fault("drop", path="util/bash", body_contains="-f /var", when=when)
    with pytest.raises(BigIpError, match="The previous configuration"):
        unit.routing(fabric)
    assert unit.running() == before
    assert objects(unit) == rest
    assert unit.files() == []
    assert unit.routing(fabric)["changed"]


@pytest.mark.parametrize("path", [VIP, SELF, "auth/partition"])
def test_a_refused_write_undoes_the_others(unit, fabric, path):
    unit.configure(STATES["bgp of others"])
    before, rest = unit.running(), objects(unit)
    body = {"code": 400, "message": "01070734:3: Configuration error: no"}
    unit.simulator.fault("status", path=path, method="POST" if "auth" in path else "PATCH", status=400, body=body)
    with pytest.raises(BigIpError, match="01070734"):
        unit.routing(fabric)
    assert unit.running() == before
    assert objects(unit) == rest


def test_a_write_that_is_not_in_effect_is_a_failure(unit, fabric):
    """The device says 200 and keeps what it had."""
    rest = objects(unit)
    unit.simulator.fault("status", path=VIP, method="PATCH", status=200, body={"kind": "x"})
    with pytest.raises(BigIpError, match=f"are not in effect: PATCH {VIP}"):
        unit.routing(fabric)
    assert objects(unit) == rest


def test_lines_that_are_dropped_are_a_failure(unit, fabric):
    """The device prints nothing and does nothing."""
    unit.simulator.inject("POST", "imish", {"line": "maximum-prefix", "reply": ""})
    with pytest.raises(BigIpError, match="maximum-prefix 1000' is not in effect: the device has no such line"):
        unit.routing(fabric)


def test_a_role_without_bash_is_reported_before_the_first_write(unit, fabric):
    unit.routing(fabric)
    fabric["config"]["router_id"] = "172.16.40.203"
    with pytest.raises(BigIpError, match="user oper may not use bash"):
        unit.routing(fabric, user="oper")
    assert "172.16.40.203" not in unit.running()


@pytest.mark.parametrize("user", [None, "oper"])
def test_no_bash_at_all_leaves_everything_as_it_was(unit, fabric, user):
    with unit.session() as bigip:
        bigip.patch("/mgmt/tm/sys/db/systemauth.disablebash", {"value": "true"})
    before = objects(unit)
    with pytest.raises(BigIpError):
        unit.routing(fabric, user=user)
    assert objects(unit) == before


def test_a_write_that_cannot_be_saved_is_a_failure(unit, fabric):
    unit.simulator.inject("POST", "imish", {"line": "^write", "reply": "% Can't open file"})
    with pytest.raises(BigIpError, match="Can't open file"):
        unit.routing(fabric)
    unit.simulator.inject("DELETE", "imish")
    assert unit.routing(fabric)["saved"]


# ---- secrets ---------------------------------------------------------------------------------------


def test_a_neighbors_password_is_in_no_result(unit, fabric):
    for neighbor in fabric["config"]["neighbors"]:
        neighbor["password"] = "Canary7"
    for check in (True, False, False):
        assert "Canary7" not in str(unit.routing(fabric, check=check))
    assert unit.running().count("password Canary7") == 2
    fabric["config"]["neighbors"][0]["password"] = "Canary8"
    result = unit.routing(fabric)
    assert result["changed"] and "Canary" not in str(result)
    assert result["resets"] == {"172.16.40.199": "password changes"}


def test_a_neighbors_password_is_in_no_error(unit, fabric):
    for neighbor in fabric["config"]["neighbors"]:
        neighbor["password"] = "Canary7"
    unit.simulator.inject("POST", "imish", {"line": "password", "reply": "% Invalid input: password Canary7"})
    with pytest.raises(BigIpError) as failed:
        unit.routing(fabric)
    assert "password ********" in str(failed.value) and "Canary7" not in str(failed.value)
