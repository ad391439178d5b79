# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults as changes of a good observation (``observations.observed``): each breaks one thing on one or both sides."""

from __future__ import annotations

from typing import Any

from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.verify.observations import BIGIP

Raw = dict[str, Any]


def spec(raw: Raw, kind: str) -> Raw:
    return raw["calico"]["resources"][kind][0]["spec"]


def bgp(raw: Raw) -> Raw:
    return raw["bigips"]["bigip1"]["config"]["config"]


def lose_session(raw: Raw, state: str = "Active", error: str | None = None, **heard: Any) -> None:
    """The session with k8s-node1 (172.16.40.198) is down, and what it carried is gone, on both sides."""
    bigip, node = raw["bigips"]["bigip1"], raw["status"]["nodes"]["k8s-node1"]
    for neighbor in bigip["neighbors"]:
        if neighbor["address"] == "172.16.40.198":
            neighbor.update({"state": "Active", "uptime": None, "accepted_prefixes": 0, **heard})
    bigip["routes"] = [route for route in bigip["routes"] if route["via"] != "172.16.40.198"]
    for session in node["sessions"]:
        if session["peer_ip"] == BIGIP:
            session.update(state=state, last_error=error)
    node["routes"] = [route for route in node["routes"] if route["peer_ip"] != BIGIP]
    node["kernel_routes"] = [route for route in node["kernel_routes"] if route["gateway"] != BIGIP]


def wrong_as_on_the_bigip(raw: Raw) -> None:
    lose_session(raw, "Idle", "Received: Bad peer AS")
    bgp(raw)["as_number"] = "64999"


def wrong_remote_as(raw: Raw) -> None:
    lose_session(raw, "Idle", "Received: Bad peer AS")
    neighbor = bgp(raw)["neighbors"][1]
    neighbor["remote_as"] = "64999"
    del neighbor["peer_group"]


def wrong_as_on_the_peer(raw: Raw) -> None:
    lose_session(raw, "Idle", "BGP Error: Bad peer AS")
    spec(raw, "BGPPeer")["asNumber"] = 64999


def wrong_as_on_the_node(raw: Raw) -> None:
    lose_session(raw, "Idle", "Received: Bad peer AS")
    raw["calico"]["nodes"]["k8s-node1"]["as_number"] = 64999


def bad_as_by_the_nodes_word(raw: Raw) -> None:
    lose_session(raw, "Idle", "BGP Error: Bad peer AS")


def no_neighbor(raw: Raw) -> None:
    lose_session(raw, "Active", "Socket: Connection reset by peer")
    del bgp(raw)["neighbors"][1], raw["bigips"]["bigip1"]["neighbors"][1]


def neighbor_shut(raw: Raw) -> None:
    lose_session(raw, "Idle", "Received: Administrative shutdown")
    bgp(raw)["neighbors"][1]["shutdown"] = True


def no_peer(raw: Raw) -> None:
    lose_session(raw)
    raw["calico"]["resources"]["BGPPeer"] = []
    raw["status"]["nodes"]["k8s-node1"]["sessions"].pop()


def lockdown_closed(raw: Raw) -> None:
    lose_session(raw, "Connect")
    raw["bigips"]["bigip1"]["self_ips"][0]["allow_service"] = ["default"]


def password_on_one_side(raw: Raw) -> None:
    lose_session(raw, "Connect")
    spec(raw, "BGPPeer")["password"] = {"secretKeyRef": {"name": "podroute-bgp", "key": "password"}}


def passwords_differ(raw: Raw) -> None:
    password_on_one_side(raw)
    for neighbor in bgp(raw)["neighbors"]:
        neighbor["password"] = "********"


def link_down(raw: Raw) -> None:
    lose_session(raw, "Active", "Socket: No route to host")


def peer_unreachable(raw: Raw) -> None:
    lose_session(raw, "Connect")
    raw["bigips"]["bigip1"]["ping"]["172.16.40.198"] = {"sent": 1, "received": 0}


def silence(raw: Raw) -> None:
    lose_session(raw, "Connect")


def bird_stopped(raw: Raw) -> None:
    lose_session(raw, last_reset_reason="Hold Timer Expired")
    raw["status"]["nodes"]["k8s-node1"].update(agent={"state": "NotReady"}, sessions=[], routes=[], kernel_routes=[])


def node_unread(raw: Raw) -> None:
    lose_session(raw, last_reset_reason="Hold Timer Expired")
    raw["status"]["nodes"]["k8s-node1"] = {"error": "no report within 15 s"}


def bgpd_stopped(raw: Raw) -> None:
    lose_session(raw, "Active", "Socket: Connection refused")


def daemon_not_running(raw: Raw) -> None:
    raw["bigips"]["bigip1"] = {"failed": True, "msg": "imish: % Protocol daemon is not running"}
    raw["status"]["nodes"]["k8s-node1"]["sessions"][1].update(state="Active")


def bigip_unreachable(raw: Raw) -> None:
    raw["bigips"]["bigip1"] = {"failed": True, "msg": "172.16.20.202: connection refused"}


def routing_off(raw: Raw) -> None:
    lose_every_session(raw, "Active", "Socket: Connection refused")
    off = {"enabled": False, "config": None, "saved": None}
    raw["bigips"]["bigip1"] |= {"config": off, "routes": [], "neighbors": []}


def no_router_bgp(raw: Raw) -> None:
    lose_session(raw, "Active", "Socket: Connection refused")
    raw["bigips"]["bigip1"]["config"] = {"enabled": True, "config": None, "saved": True}


def too_many_prefixes(raw: Raw) -> None:
    lose_session(
        raw, "Idle", last_reset_reason="BGP Notification sent", notification="Cease/Maximum Number of Prefixes Reached."
    )


def not_saved(raw: Raw) -> None:
    raw["bigips"]["bigip1"]["config"]["saved"] = False


def filter_on_the_bigip(raw: Raw) -> None:
    bigip = raw["bigips"]["bigip1"]
    bigip["neighbors"][1]["accepted_prefixes"] = 0
    bigip["routes"] = [route for route in bigip["routes"] if route["via"] != "172.16.40.198"]


def block_behind_another_node(raw: Raw) -> None:
    for route in raw["bigips"]["bigip1"]["routes"]:
        if route["prefix"] == "10.244.36.64/26":
            route["via"] = "172.16.40.199"


def filter_on_the_nodes(raw: Raw) -> None:
    node = raw["status"]["nodes"]["k8s-node1"]
    node["routes"] = [route for route in node["routes"] if route["destination"] != "172.16.99.99/32"]
    node["kernel_routes"] = [route for route in node["kernel_routes"] if route["dst"] != "172.16.99.99/32"]


def leak_to_the_nodes(raw: Raw) -> None:
    raw["status"]["nodes"]["k8s-node1"]["routes"].append(
        {"destination": "10.3.99.0/24", "gateway": BIGIP, "type": "FIB", "learned_from": "BGPPeer", "peer_ip": BIGIP}
    )


def leak_to_the_bigip(raw: Raw) -> None:
    raw["bigips"]["bigip1"]["routes"].append({"code": "B", "prefix": "0.0.0.0/0", "via": "172.16.40.199"})


def all_kernel_routes_redistributed(raw: Raw) -> None:
    bgp(raw)["redistribute"] = [{"protocol": "kernel"}]


def no_kernel_route(raw: Raw, vip: str = "172.16.99.99") -> None:
    bigip = raw["bigips"]["bigip1"]
    bigip["routes"] = [route for route in bigip["routes"] if route["prefix"] != f"{vip}/32"]
    for node in raw["status"]["nodes"].values():
        node["routes"] = [route for route in node["routes"] if route["destination"] != f"{vip}/32"]
        node["kernel_routes"] = [route for route in node["kernel_routes"] if route["dst"] != f"{vip}/32"]


def vip_not_advertised(raw: Raw) -> None:
    no_kernel_route(raw)
    raw["bigips"]["bigip1"]["virtual_addresses"][1]["route_advertisement"] = "disabled"


def vip_missing(raw: Raw) -> None:
    no_kernel_route(raw)
    del raw["bigips"]["bigip1"]["virtual_addresses"][1]


def vip_unavailable(raw: Raw) -> None:
    no_kernel_route(raw)
    raw["bigips"]["bigip1"]["virtual_servers"][2].update(
        pool="/Common/p", members=[{"address": "192.0.2.1", "port": 80, "state": "down"}]
    )


def vip_in_a_service_range(raw: Raw) -> None:
    for node in raw["status"]["nodes"].values():
        node["kernel_routes"] = [route for route in node["kernel_routes"] if route["dst"] != "172.16.99.99/32"]
    spec(raw, "BGPConfiguration")["serviceLoadBalancerIPs"] = [{"cidr": "172.16.99.0/24"}]


def restart_wait(raw: Raw) -> None:
    node = raw["status"]["nodes"]["k8s-node1"]
    node.update(graceful_restart_wait=True, kernel_routes=[])


def pool_encapsulated(raw: Raw) -> None:
    """Routes to the pods of other nodes go through tunnels."""
    spec(raw, "IPPool")["ipipMode"] = "Always"
    for node in raw["status"]["nodes"].values():
        node["kernel_routes"] = [route for route in node["kernel_routes"] if not route["dst"].startswith("10.244.")]
    raw["bigips"]["bigip1"]["ping"]["10.244.36.70"] = {"sent": 1, "received": 0}


def another_pool(raw: Raw) -> None:
    raw["calico"]["resources"]["IPPool"].append(
        {"kind": "IPPool", "metadata": {"name": "more"}, "spec": {"cidr": "10.245.0.0/16", "vxlanMode": "Always"}}
    )


def mesh_off(raw: Raw) -> None:
    spec(raw, "BGPConfiguration")["nodeToNodeMeshEnabled"] = False


def mesh_session_down(raw: Raw) -> None:
    raw["status"]["nodes"]["k8s-node1"]["sessions"][0]["state"] = "Passive"


def api_unreachable(raw: Raw) -> None:
    raw["calico"] = {"failed": False, "msg": "calicoctl: connection refused", "error": "refused"}
    raw["status"] = {"failed": False, "msg": "list nodes: connection refused"}


def pod_unreachable(raw: Raw) -> None:
    raw["bigips"]["bigip1"]["ping"]["10.244.36.70"] = {"sent": 1, "received": 0}


def vip_unanswered(raw: Raw) -> None:
    for probe in raw["probes"]["probes"]:
        if probe["target"] == "172.16.99.99" and probe["source"] == "k8s-node1":
            probe.update(ok=False, received=0)


def http_refused(raw: Raw) -> None:
    for probe in raw["probes"]["probes"]:
        if probe["kind"] == "http":
            probe.update(ok=False, status=503)


def probes_did_not_run(raw: Raw) -> None:
    raw["probes"] = {"probes": [], "pods": []}


def controller_crashes(raw: Raw) -> None:
    raw["controller"]["deployments"]["resources"][0]["status"] = {}
    raw["controller"]["pods"]["resources"][0]["status"]["containerStatuses"] = [
        {"state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 10s restarting failed container"}}}
    ]


def node_port_members(raw: Raw) -> None:
    raw["controller"]["deployments"]["resources"][0]["spec"]["template"]["spec"]["containers"][0]["args"].pop()


def stale_members(raw: Raw) -> None:
    raw["bigips"]["bigip1"]["virtual_servers"][0]["members"].append(
        {"address": "10.244.36.99", "port": 80, "state": "up"}
    )


def no_virtual_server(raw: Raw) -> None:
    del raw["bigips"]["bigip1"]["virtual_servers"][0]


def members_down(raw: Raw) -> None:
    for member in raw["bigips"]["bigip1"]["virtual_servers"][0]["members"]:
        member["state"] = "down"


def confd_stuck(raw: Raw) -> None:
    raw["status"]["nodes"]["k8s-node1"]["bird"]["config"]["global"] = []


def node_removed(raw: Raw) -> None:
    no_neighbor(raw)
    del raw["calico"]["nodes"]["k8s-node1"]
    raw["status"]["nodes"]["k8s-node1"] = {"error": "no CalicoNodeStatus report"}
    master = raw["status"]["nodes"]["k8s-master"]
    master["sessions"] = [one for one in master["sessions"] if one["type"] != "NodeMesh"]
    master["routes"] = [one for one in master["routes"] if one["learned_from"] != "NodeMesh"]
    master["kernel_routes"] = [one for one in master["kernel_routes"] if not one["dst"].startswith("10.244.")]
    master["bird"]["config"]["mesh"] = []


def stale_block(raw: Raw) -> None:
    raw["calico"]["ipam"]["by_node"]["k8s-gone"] = ["10.244.77.0/26"]


def peer_without_filters(raw: Raw) -> None:
    del spec(raw, "BGPPeer")["filters"]


def filter_missing(raw: Raw) -> None:
    raw["calico"]["resources"]["BGPFilter"] = []


def filter_changed(raw: Raw) -> None:
    spec(raw, "BGPFilter")["importV4"] = [{"action": "Accept"}]


def second_peer(raw: Raw) -> None:
    raw["calico"]["resources"]["BGPPeer"].append(
        {"kind": "BGPPeer", "metadata": {"name": "manual"}, "spec": {"peerIP": f"{BIGIP}:179", "asNumber": 64512}}
    )


def pod_outside_of_the_blocks(raw: Raw) -> None:
    """One pod of a node that has a block got its address from another IPAM."""
    raw["probes"]["pods"].append({"name": "odd", "namespace": "default", "node": "k8s-node1", "ip": "192.168.7.9"})
    raw["bigips"]["bigip1"]["ping"]["192.168.7.9"] = {"sent": 1, "received": 1}


def disabled_by_a_duplicate(raw: Raw) -> None:
    """Of two BGPPeers for one address Calico configures one; here it is one that the BIG-IP does not answer."""
    second_peer(raw)
    lose_session(raw)
    raw["status"]["nodes"]["k8s-node1"]["sessions"].pop()


def no_block(raw: Raw) -> None:
    """host-local IPAM: the node has pods, and neither side has a route to them."""
    del raw["calico"]["ipam"]["by_node"]["k8s-node1"]


def no_blocks_at_all(raw: Raw) -> None:
    raw["calico"]["ipam"]["by_node"] = {}
    raw["probes"]["pods"] = []
    raw["controller"]["endpoints"]["resources"] = []


# ---- below: what keeps a whole side, route or next hop from working ----------------------------------


def lose_every_session(raw: Raw, bird: str = "Active", error: str | None = None, **heard: Any) -> None:
    """No session is Established, and what they carried is gone, on both sides."""
    bigip = raw["bigips"]["bigip1"]
    for neighbor in bigip["neighbors"]:
        neighbor.update({"state": "Active", "uptime": None, "accepted_prefixes": 0, **heard})
    bigip["routes"] = [route for route in bigip["routes"] if route["code"] != "B"]
    for node in raw["status"]["nodes"].values():
        for session in node["sessions"]:
            if session["peer_ip"] == BIGIP:
                session.update(state=bird, last_error=error)
        node["routes"] = [route for route in node["routes"] if route["peer_ip"] != BIGIP]
        node["kernel_routes"] = [route for route in node["kernel_routes"] if route["gateway"] != BIGIP]


def no_bgp_in_the_cluster(raw: Raw) -> None:
    """calico-node starts neither BIRD nor confd; a node's status cannot even be asked for sessions."""
    lose_every_session(raw)
    for node in raw["status"]["nodes"].values():
        node.update(agent={"state": "NotReady"}, sessions=[], routes=[], kernel_routes=[], bird=None)


def backend_without_bgp(raw: Raw) -> None:
    no_bgp_in_the_cluster(raw)
    raw["calico"]["installation"] = {"namespace": "kube-system", "backend": "vxlan", "operator_bgp": None}


def operator_without_bgp(raw: Raw) -> None:
    no_bgp_in_the_cluster(raw)
    raw["calico"]["installation"] = {"namespace": "calico-system", "backend": "none", "operator_bgp": "Disabled"}


def pool_not_exported(raw: Raw) -> None:
    spec(raw, "IPPool")["disableBGPExport"] = True
    bigip = raw["bigips"]["bigip1"]
    bigip["routes"] = [route for route in bigip["routes"] if route["code"] != "B"]
    for neighbor in bigip["neighbors"]:
        neighbor["accepted_prefixes"] = 0
    for node in raw["status"]["nodes"].values():
        node["routes"] = [route for route in node["routes"] if route["learned_from"] != "NodeMesh"]
        node["kernel_routes"] = [route for route in node["kernel_routes"] if not route["dst"].startswith("10.244.")]


def wrong_node_address(raw: Raw) -> None:
    lose_session(raw, "Connect")
    raw["calico"]["nodes"]["k8s-node1"]["address"] = "10.0.2.15"


def wrong_interface(raw: Raw) -> None:
    for route in raw["bigips"]["bigip1"]["routes"]:
        if route["via"] == "172.16.40.198":
            route["interface"] = "mgmt_vlan"


def wrong_next_hop(raw: Raw) -> None:
    """A router between the nodes and the BIG-IP sets itself as the next hop."""
    for route in raw["bigips"]["bigip1"]["routes"]:
        if route["via"] == "172.16.40.198":
            route["via"] = "172.16.40.1"


def static_route(raw: Raw) -> None:
    for route in raw["bigips"]["bigip1"]["routes"]:
        if route["via"] == "172.16.40.198":
            route.update(code="S", via="172.16.40.1")


def wrong_next_hop_on_the_node(raw: Raw) -> None:
    for route in raw["status"]["nodes"]["k8s-node1"]["kernel_routes"]:
        if route["gateway"] == BIGIP:
            route["gateway"] = "172.16.40.1"


def recursive_on_the_bigip(raw: Raw) -> None:
    """iBGP from another subnet: the prefix is accepted, and its next hop has no route that BGP may use."""
    raw["bigips"]["bigip1"]["self_ips"][0]["prefix_length"] = 29
    bigip = raw["bigips"]["bigip1"]
    bigip["routes"] = [route for route in bigip["routes"] if route["via"] != "172.16.40.198"]


def recursive_on_the_node(raw: Raw) -> None:
    """The BIG-IP announces a next hop in a subnet that the node has no route to."""
    node = raw["status"]["nodes"]["k8s-node1"]
    raw["calico"]["nodes"]["k8s-node1"]["prefix_length"] = 24
    for route in node["routes"]:
        if route["destination"] in ("172.16.40.81/32", "172.16.99.99/32"):
            route.update(gateway="192.0.2.202", type="RIB")
    node["kernel_routes"] = [route for route in node["kernel_routes"] if route["gateway"] != BIGIP]


def no_multihop(raw: Raw) -> None:
    """eBGP over a router; the BIG-IP's neighbors are expected on its own subnet."""
    lose_every_session(raw, "Active", None, state="Idle")
    raw["bigips"]["bigip1"]["self_ips"][0]["prefix_length"] = 29
    bgp(raw)["as_number"] = "64513"
    bgp(raw)["peer_groups"][0]["prefix_list"]["out"] = "podroute-vips"
    spec(raw, "BGPPeer").update(asNumber=64513, filters=["podroute-vips-only", "podroute-own-routes-only"])
    own = {"action": "Reject", "source": "RemotePeers"}
    raw["calico"]["resources"]["BGPFilter"].append(
        {"kind": "BGPFilter", "metadata": {"name": "podroute-own-routes-only"}, "spec": {"exportV4": [own]}}
    )


def ttl_security(raw: Raw) -> None:
    lose_every_session(raw, "Active")
    spec(raw, "BGPPeer")["ttlSecurity"] = 1


def timers_of_the_bigip(raw: Raw) -> None:
    small_mtu(raw)
    bgp(raw)["timers"] = {"keepalive": 3, "holdtime": 9}


def hold_time_refused(raw: Raw) -> None:
    lose_every_session(raw, "Idle", "Received: Unacceptable hold time")


def hold_time_too_short(raw: Raw) -> None:
    pinged(raw)
    lose_session(raw, "Active", "Error: Hold timer expired", hold_time=3, connections_dropped=7)


def small_mtu(raw: Raw) -> None:
    pinged(raw)
    lose_session(raw, "Active", "Error: Hold timer expired", hold_time=90, connections_dropped=4)


def pinged(raw: Raw) -> None:
    raw["bigips"]["bigip1"]["ping"]["172.16.40.198"] = {"sent": 1, "received": 1}


def secret_missing(raw: Raw) -> None:
    """The Secret is in kube-system; calico-node of an operator's installation runs in calico-system."""
    lose_every_session(raw, "Connect")
    spec(raw, "BGPPeer")["password"] = {"secretKeyRef": {"name": "podroute-bgp", "key": "password"}}
    for neighbor in bgp(raw)["neighbors"]:
        neighbor["password"] = "********"
    raw["calico"]["installation"] = {"namespace": "calico-system", "backend": "bird", "operator_bgp": "Enabled"}
    secret = {"kind": "Secret", "namespace": "calico-system", "name": "podroute-bgp", "action": "create"}
    raw["calico"]["password"] = [secret, {**secret, "kind": "Role", "action": "none"}]


def list_of_the_bigip(raw: Raw, name: str) -> Raw:
    lists = {item["name"]: item for item in raw["bigips"]["bigip1"]["config"]["prefix_lists"]}
    return lists[name]


def pods_list_too_tight(raw: Raw) -> None:
    list_of_the_bigip(raw, "podroute-pods")["entries"] = [{"seq": 1, "action": "deny", "prefix": "10.244.0.0/16"}]
    filter_on_the_bigip(raw)


def vips_list_too_tight(raw: Raw) -> None:
    list_of_the_bigip(raw, "podroute-vips")["entries"].pop()
    filter_on_the_nodes(raw)


def vips_map_missing(raw: Raw) -> None:
    raw["bigips"]["bigip1"]["config"]["route_maps"] = []


def calico_rejects_vips(raw: Raw) -> None:
    spec(raw, "BGPFilter")["importV4"] = [{"action": "Reject"}]
    filter_on_the_nodes(raw)


def server_in_another_domain(raw: Raw) -> None:
    raw["bigips"]["bigip1"]["virtual_servers"][0]["route_domain"] = 52


def no_deployment(raw: Raw) -> None:
    raw["controller"]["deployments"]["resources"] = []


def controller_down_from_the_start(raw: Raw) -> None:
    controller_crashes(raw)
    no_virtual_server(raw)
