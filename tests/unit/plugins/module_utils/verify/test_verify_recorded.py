# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Causes from what the BIG-IP, BIRD and Kubernetes print, through the parsers; its form is that of tests/fixtures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip.info import read_config
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico import (
    cluster_facts,
    node_shell,
    observe,
    password,
)
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify import checks
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.show.neighbors import neighbors
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.show.routes import routes
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.intent.fabrics import fabric
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.verify import catalogue, faults
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.verify.observations import (
    VIRTUAL_SERVERS,
    observed,
    summarised,
)

Raw = dict[str, Any]

PARAGRAPH = """\
BGP neighbor is 172.16.40.199, remote AS 64512, local AS 64512, internal link
  BGP version 4, remote router ID 172.16.40.199
  BGP state = Established, up for 00:12:01
  Last read 00:00:43, hold time is 90, keepalive interval is 30 seconds
  1 accepted prefixes
  2 announced prefixes

Connections established 1; dropped 0

BGP neighbor is 172.16.40.198, remote AS 64512, local AS 64512, internal link
  BGP version 4, remote router ID 0.0.0.0
  BGP state = {state}
  Last read 00:00:43, hold time is {hold}, keepalive interval is 30 seconds
  0 accepted prefixes
  0 announced prefixes

Connections established {count}; dropped {count}
Last Reset: 00:00:31, due to {reset}
"""

PROTOCOLS = """\
BIRD 1.6.8 ready.
name     proto    table    state  since       info
kernel1  Kernel   master   up     00:15:50
Mesh_172_16_40_199 BGP      master   up     00:15:52    Established
  BGP state:          Established
    Neighbor address: 172.16.40.199
    Neighbor AS:      64512

Global_172_16_40_202 BGP      master   start  00:15:50    {info}
  BGP state:          {state}
    Neighbor address: 172.16.40.202
    Neighbor AS:      64512
"""

ROUTES = """\
Codes: K - kernel, C - connected, S - static, R - RIP, B - BGP

C       172.16.40.0/24 is directly connected, int_vlan
{block}
B       10.244.235.192/26 [200/0] via 172.16.40.199, int_vlan, 00:01:49
K       172.16.40.81/32 [0/0] is directly connected, tmm
K       172.16.99.99/32 [0/0] is directly connected, tmm
"""

RUNNING = """\
router bgp 64512
 neighbor calico-k8s peer-group
 neighbor calico-k8s prefix-list podroute-pods in
 neighbor 172.16.40.198 remote-as 64512
 neighbor 172.16.40.198 peer-group calico-k8s
 neighbor 172.16.40.199 remote-as 64512
 neighbor 172.16.40.199 peer-group calico-k8s
 redistribute kernel route-map podroute-vips
!
ip prefix-list podroute-pods seq 5 permit 10.244.0.0/16 le 26
ip prefix-list podroute-vips seq 5 permit 172.16.40.80/31 le 32
ip prefix-list podroute-vips seq 10 permit 172.16.99.0/24 le 32
!
route-map podroute-vips permit 10
 match ip address prefix-list podroute-vips
!
end
"""


def bigip_says(raw: Raw, state: str, reset: str, hold: int = 90, count: int = 1) -> None:
    text = PARAGRAPH.format(state=state, reset=reset, hold=hold, count=count)
    raw["bigips"]["bigip1"]["neighbors"] = neighbors(text)


def bird_says(raw: Raw, state: str, error: str = "") -> None:
    mark = node_shell.script(["protocols"]).split("echo '")[1].split(" ")[0]
    text = PROTOCOLS.format(info=f"{state:<13} {error}", state=state)
    seen = node_shell.observe(f"{mark} protocols begin\n{text}\n{mark} protocols 0\n")
    assert seen["errors"] == [] and len(seen["sessions"]) == 2
    raw["status"]["nodes"]["k8s-node1"]["sessions"] = seen["sessions"]


def route(line: str) -> Callable[[Raw], None]:
    return lambda raw: raw["bigips"]["bigip1"].update(routes=routes(ROUTES.format(block=line)))


def running(*changes: tuple[str, str]) -> Callable[[Raw], None]:
    def change(raw: Raw) -> None:
        text = RUNNING
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        raw["bigips"]["bigip1"]["config"] = {**read_config(text), "enabled": True, "saved": True}

    return change


def down(*changes: Callable[[Raw], None]) -> Callable[[Raw], None]:
    """The session with k8s-node1 is lost, with what it carried."""

    def change(raw: Raw) -> None:
        faults.lose_session(raw, "Active")
        for one in changes:
            one(raw)

    return change


def small_mtu(raw: Raw) -> None:
    faults.pinged(raw)
    bigip_says(
        raw, "Active", "BGP Notification sent\nNotification Error Message: (Hold Timer Expired/Unspecified)", count=5
    )
    bird_says(raw, "Active", "Received: Hold timer expired")


def short_hold_time(raw: Raw) -> None:
    faults.pinged(raw)
    bigip_says(raw, "Active", "Hold Timer Expired", hold=3, count=9)
    bird_says(raw, "Active", "Error: Hold timer expired")


def hold_time_refused(raw: Raw) -> None:
    bigip_says(
        raw, "Idle", "BGP Notification sent\nNotification Error Message: (OPEN Message Error/Unacceptable Hold Time.)"
    )
    bird_says(raw, "Idle", "Received: Unacceptable hold time")


def bad_peer_as(raw: Raw) -> None:
    bigip_says(raw, "Idle", "BGP Notification sent\nNotification Error Message: (OPEN Message Error/Bad Peer AS.)")
    bird_says(raw, "Idle", "Received: Bad peer AS")


def different_passwords(raw: Raw) -> None:
    for neighbor in faults.bgp(raw)["neighbors"]:
        neighbor["password"] = "********"
    faults.spec(raw, "BGPPeer")["password"] = {"secretKeyRef": {"name": "podroute-bgp", "key": "password"}}
    bigip_says(raw, "Active", "never")
    bird_says(raw, "Connect")


def no_multihop(raw: Raw) -> None:
    faults.no_multihop(raw)
    asked = [
        ("router bgp 64512", "router bgp 64513"),
        ("pods in", "pods in\n neighbor calico-k8s prefix-list podroute-vips out"),
    ]
    running(*asked)(raw)


def daemon_set(backend: str, namespace: str) -> list[Raw]:
    variable = {"name": "CALICO_NETWORKING_BACKEND", "value": backend}
    template = {"spec": {"containers": [{"env": [variable]}]}}
    return [{"metadata": {"namespace": namespace}, "spec": {"template": template}}]


def backend(raw: Raw) -> None:
    faults.no_bgp_in_the_cluster(raw)
    raw["calico"]["installation"] = cluster_facts.installation(daemon_set("vxlan", "kube-system"))


class OperatorApi:
    """A cluster that the Tigera operator installed."""

    def __init__(self, bgp: str) -> None:
        self.bgp = bgp

    def list(self, _version: str, kind: str, **_more: Any) -> list[Raw]:
        return daemon_set("bird", "calico-system") if kind == "DaemonSet" else []

    def get(self, _version: str, kind: str, _name: str, _namespace: str | None = None) -> Raw | None:
        return {"spec": {"calicoNetwork": {"bgp": self.bgp}}} if kind == "Installation" else None


def operator(raw: Raw) -> None:
    faults.no_bgp_in_the_cluster(raw)
    raw["calico"]["installation"] = observe.read_installation(OperatorApi("Disabled"))


def secret(raw: Raw) -> None:
    """The password was configured for kube-system; calico-node runs in calico-system and finds no Secret."""
    faults.secret_missing(raw)
    installed = observe.read_installation(OperatorApi("Enabled"))
    wanted = observe.password_wanted({"name": "podroute-bgp", "key": "password", "password": "x"}, installed)
    raw["calico"] |= {"installation": installed, "password": password.plan(wanted, OperatorApi("Enabled"))}


def autodetected(raw: Raw) -> None:
    annotations = {"projectcalico.org/IPv4Address": "10.0.2.15/24", "projectcalico.org/ASNumber": "64512"}
    item = {"metadata": {"name": "k8s-node1", "annotations": annotations}}
    raw["calico"]["nodes"] |= cluster_facts.nodes([observe.node_of(item)], None)
    bird_says(raw, "Connect")


BLOCK = "B       10.244.36.64/26 [200/0] via "


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        (down(small_mtu), "MTU: the session opens but its hold timer expires"),
        (down(short_hold_time), "timers: the hold time of 3 s expires repeatedly"),
        (down(hold_time_refused), "timers: one end rejects the hold time of the other"),
        (down(bad_peer_as), "AS mismatch: the BIG-IP receives another AS than it expects"),
        (down(different_passwords), "password: both sides have one, but no session is established"),
        (
            down(
                running(
                    ("198 remote-as 64512", "198 remote-as 64999"),
                    (" neighbor 172.16.40.198 peer-group calico-k8s\n", ""),
                )
            ),
            "AS mismatch on the BIG-IP's side: neighbor 172.16.40.198 has remote-as 64999",
        ),
        (
            down(running(("198 remote-as 64512", "198 remote-as 64512\n neighbor 172.16.40.198 shutdown"))),
            "neighbor 172.16.40.198 is shut down on the BIG-IP",
        ),
        (down(autodetected), "wrong interface: calico-node on k8s-node1 uses 10.0.2.15"),
        (no_multihop, "multihop: eBGP neighbors outside the BIG-IP's subnet 172.16.40.200/29 have no ebgp-multihop"),
        (secret, "password: Secret calico-system/podroute-bgp does not exist"),
        (backend, "calico-node runs without BGP (CALICO_NETWORKING_BACKEND is vxlan)"),
        (operator, "BGP is disabled by the Tigera operator"),
        (route(f"{BLOCK}172.16.40.1, int_vlan, 00:01:49"), "wrong next hop: 10.244.36.64/26 is via 172.16.40.1"),
        (
            route(f"{BLOCK}172.16.40.198 (recursive is directly connected, mgmt_vlan), 00:01:49"),
            "wrong interface: the route to k8s-node1 uses mgmt_vlan",
        ),
        (
            route("S       10.244.36.64/26 [1/0] via 172.16.40.1, int_vlan"),
            "10.244.36.64/26 is in the route table of the BIG-IP from another protocol (code S)",
        ),
        (
            running(("seq 5 permit 10.244.0.0/16 le 26", "seq 5 deny 10.244.0.0/16 le 32")),
            "filter: prefix-list podroute-pods",
        ),
    ],
)
def test_the_cause_is_found_in_what_is_printed(change: Callable[[Raw], None], cause: str) -> None:
    raw = observed()
    running()(raw)
    network = {"bigip": {"as_number": "64513"}} if change is no_multihop else {}
    change(raw)
    found = checks.findings(fabric(**network), summarised(raw), VIRTUAL_SERVERS)
    (root,) = catalogue.causes(found)
    assert root["cause"].startswith(cause) and root["hint"]


@pytest.mark.parametrize(
    "change",
    [
        running(),
        route(f"{BLOCK}172.16.40.198, int_vlan, 00:01:49"),
        route(f"{BLOCK}172.16.40.198 (recursive is directly connected, int_vlan), 00:01:49"),
        route(f"{BLOCK}172.16.40.198 (recursive via 172.16.40.254), 00:01:49"),
    ],
)
def test_what_is_right_raises_nothing(change: Callable[[Raw], None]) -> None:
    raw = observed()
    change(raw)
    assert catalogue.causes(checks.findings(fabric(), summarised(raw), VIRTUAL_SERVERS)) == []
