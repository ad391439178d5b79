# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the inventory to a ``Fabric``: typed values, and all problems at once."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

from ansible_collections.podroute.calico_f5.plugins.module_utils.common.problem import (
    ALL,
    InventoryError,
    Problem,
    shown,
)
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent import (
    capacity,
    checks,
    secrets,
    vocabulary,
)
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent import (
    names as fabric_names,
)
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.fabric import (
    CLUSTER_ID,
    MODES,
    BigIp,
    Fabric,
    Node,
    PasswordSecret,
    Pool,
    Timers,
    Topology,
    TrafficGroup,
    Vip,
)
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.unusable import NO_HOST
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.variables import Variables

DEFAULT_BLOCK_SIZE = 26
DEFAULT_RESTART_TIME = 120
DEFAULT_PEER_GROUP = fabric_names.DEFAULT_PEER_GROUP
DEFAULT_MAXIMUM_PREFIX = capacity.DEFAULT_MAXIMUM_PREFIX
DEFAULT_PARTITION = "Common"
DEFAULT_ADVERTISEMENT = "selective"

# routeAdvertisement of a virtual address. One with "disabled" is not a VIP of the fabric.
ADVERTISEMENTS = ("selective", "enabled", "any", "all", "always")

# Kinds of topologies.
TOPOLOGIES = ("global", "racks", "reflectors")

# An RFC 1123 subdomain, as Kubernetes names nodes and objects.
_SUBDOMAIN = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*"
_KUBERNETES_NAME = re.compile(rf"(?=.{{1,253}}\Z){_SUBDOMAIN}")
_KUBERNETES_NAME_WANTED = "a Kubernetes name: lower-case letters, digits, '-' and '.'"
_LABEL = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")
_LABEL_WANTED = "the value of a Kubernetes label: letters, digits, '-', '_' and '.', at most 63, in quotes if a number"
# RFC 4456 7: four octets, which need not be the address of a host.
_CLUSTER_ID = re.compile(r"((25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])(\.(?=[0-9])|$)){4}")
_CLUSTER_ID_WANTED = f"four octets in the form of an IPv4 address, such as {CLUSTER_ID}"
_FABRIC_NAME = re.compile(rf"[a-z]([-a-z0-9]{{0,{fabric_names.LONGEST - 2}}}[a-z0-9])?")
_FABRIC_NAME_WANTED = f"1 to {fabric_names.LONGEST} lower-case letters, digits and '-', beginning with a letter"
_ZEBOS_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,62}")
_ZEBOS_NAME_WANTED = "a name that begins with a letter and has letters, digits, '-' and '_'"
_PARTITION = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}")
_TMOS_NAME = re.compile(r"(/[A-Za-z][A-Za-z0-9_.-]*/)?[A-Za-z0-9][A-Za-z0-9_./%-]*")
_HOST = re.compile(r"(?=.{1,253}\Z)[A-Za-z0-9]([-A-Za-z0-9.]*[A-Za-z0-9])?|[0-9A-Fa-f:]*:[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*")
_DIGITS_AND_DOTS = re.compile(r"[0-9.]+")
_HOST_WANTED = (
    "the address or DNS name of the BIG-IP's management interface, without https:// and port (set bigip_port)"
)
_TRAFFIC_GROUP = re.compile(r"(?:/Common/)?([A-Za-z][A-Za-z0-9_.-]{0,29})")
_TRAFFIC_GROUP_WANTED = "the name of a traffic group, at most 30 characters, such as traffic-group-1"
_Part = TypeVar("_Part")
_UNIT_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")


def build(
    hosts: Mapping[str, Mapping[str, Any]],
    nodes: Sequence[str],
    bigips: Sequence[str],
    names: Mapping[str, Iterable[str]] | None = None,
) -> Fabric:
    """The fabric that an inventory describes.

    :param hosts: the evaluated variables of ``vocabulary.KNOWN`` of each host
    :param nodes: the Kubernetes nodes among the hosts
    :param bigips: the BIG-IPs among the hosts
    :param names: all variable names of each host, to find misspelled ones; default: those of ``hosts``
    :raises InventoryError: with every problem that was found, and the part of the fabric that could be read
    """
    problems = _membership(nodes, bigips)
    if not nodes and not bigips:
        raise InventoryError(problems)
    for members, wanted in ((bigips, vocabulary.ON_BIGIPS), (nodes, vocabulary.ON_NODES)):
        for host in members:
            problems += vocabulary.misspelt(host, names[host] if names else hosts[host], wanted)
    problems += _disagreements(hosts, bigips)

    before_values = len(problems)
    built_nodes = _valid(_node(Variables(name, hosts[name], problems)) for name in nodes)
    built_bigips = _valid(_bigip(Variables(name, hosts[name], problems)) for name in bigips)
    shared = Variables(ALL, hosts[(*bigips, *nodes)[0]], problems)
    pools = _valid(map(_pool, shared.entries("pod_pools", ("name", "cidr", "block_size", "nat_outgoing"), True)))
    vips = _valid(map(_vip, shared.entries("advertised_vips", ("address", "partition", "route_advertisement"), False)))
    timers = _timers(shared)
    secrets.check_password(shared)
    before_ranges = len(problems)
    vip_ranges = shared.networks("vip_ranges", required=True)
    ranges_complete = len(problems) == before_ranges

    # The valid parts are compared with each other, so that the same run reports these problems too.
    fabric = Fabric(
        nodes=built_nodes,
        bigips=built_bigips,
        pools=pools,
        vips=vips,
        timers=timers,
        vip_ranges=vip_ranges,
        cluster_as=_commonest_as(built_nodes),
        **_settings(shared, len(nodes), pools),
    )
    whole = bool(nodes and bigips) and len(problems) == before_values
    problems += checks.relations(fabric, ranges_complete)
    if problems:
        raise InventoryError(problems, fabric, whole)
    return fabric


def _valid(parts: Iterable[_Part | None]) -> tuple[_Part, ...]:
    """The parts without a problem; the problems of the others are already noted."""
    return tuple(part for part in parts if part is not None)


def _membership(nodes: Sequence[str], bigips: Sequence[str]) -> list[Problem]:
    """What is wrong with the groups themselves."""
    problems = []
    if not nodes:
        problems.append(Problem(ALL, "group k8s_nodes", "empty", "at least one Kubernetes node"))
    if not bigips:
        problems.append(Problem(ALL, "group bigips", "empty", "at least one BIG-IP"))
    wanted = "only one of the two groups: a host is either a node or a BIG-IP"
    both = sorted(set(nodes) & set(bigips))
    return problems + [Problem(host, "groups", "k8s_nodes and bigips", wanted) for host in both]


def _settings(shared: Variables, node_count: int, pools: tuple[Pool, ...]) -> dict[str, Any]:
    """The fabric-wide settings, as arguments of ``Fabric``."""
    fabric_name = shared.text("fabric_name", _FABRIC_NAME, _FABRIC_NAME_WANTED, fabric_names.DEFAULT)
    names = fabric_names.Names(fabric_name or fabric_names.DEFAULT)
    topology = _topology(shared)
    default_prefix = capacity.maximum_prefix(node_count, pools, topology.kind == "reflectors")
    traffic_groups = shared.entries("traffic_groups", ("name", "floating_address", "ranges"), False)
    return {
        "name": names.fabric,
        "mesh": shared.boolean("node_mesh", True),
        "topology": topology,
        "graceful_restart": shared.boolean("bgp_graceful_restart", True),
        "restart_time": shared.integer("bgp_restart_time", 1, 3600, "seconds", DEFAULT_RESTART_TIME),
        "peer_group": shared.text("bgp_peer_group", _ZEBOS_NAME, _ZEBOS_NAME_WANTED, names.peer_group),
        "maximum_prefix": shared.integer("bgp_maximum_prefix", 1, 2**32 - 1, "", default_prefix),
        "manage_policy": shared.boolean("bgp_manage_policy", True),
        "service_cidrs": shared.networks("service_cidrs", required=False),
        "announced_ranges": shared.networks("announced_ranges", required=False),
        "mode": shared.choice("bigip_mode", MODES, MODES[0]) if shared.is_set("bigip_mode") else None,
        "traffic_groups": _valid(map(_traffic_group, traffic_groups)),
        "multihop": shared.integer("bgp_multihop", 2, 255, "hops") if shared.is_set("bgp_multihop") else None,
        "password_secret": (
            PasswordSecret(names.password_secret, "password") if shared.is_set("bgp_password") else None
        ),
    }


def _node(variables: Variables) -> Node | None:
    if not _KUBERNETES_NAME.fullmatch(variables.host):
        wanted = "the name of the Kubernetes node: lower-case letters, digits, '-' and '.'"
        variables.problem("inventory_hostname", wanted, shown(variables.host))
    node_ip = variables.address("node_ip")
    as_number = variables.as_number("as_number")
    rack = _rack(variables)
    return Node(variables.host, node_ip, as_number, rack) if node_ip and as_number else None


def _rack(variables: Variables) -> str | None:
    return variables.text("rack", _LABEL, _LABEL_WANTED) if variables.is_set("rack") else None


def _bigip(variables: Variables) -> BigIp | None:
    name = variables.host
    if not _UNIT_NAME.fullmatch(name):
        variables.problem("inventory_hostname", "letters, digits, '.', '-' and '_', at most 63", shown(name))
    ansible_host = _management(variables, name)
    bgp_address = variables.address("bgp_address")
    as_number = variables.as_number("as_number")
    route_domain = variables.integer("route_domain", 0, 65534, default=0)
    router_id = variables.address("router_id", default=bgp_address) if bgp_address else None
    self_ip_name = None
    if variables.is_set("self_ip_name"):
        self_ip_name = variables.text("self_ip_name", _TMOS_NAME, "the name of a self IP, such as /Common/internal")
    peer_name = variables.text(
        "bgp_peer_name", _KUBERNETES_NAME, _KUBERNETES_NAME_WANTED, default=f"bgppeer-global-{name}".lower()
    )
    if peer_name and _UNIT_NAME.fullmatch(name) and not _KUBERNETES_NAME.fullmatch(peer_name):
        wanted = f"{_KUBERNETES_NAME_WANTED}; set it, because the default {peer_name} is not a valid one"
        variables.problem("bgp_peer_name", wanted)
    rack = _rack(variables)
    if not (ansible_host and bgp_address and as_number and router_id and peer_name) or route_domain is None:
        return None
    return BigIp(name, ansible_host, bgp_address, as_number, route_domain, router_id, self_ip_name, peer_name, rack)


def _management(variables: Variables, default: str) -> str | None:
    """The management address: a DNS name, an IPv6 address, or, if it has only digits, a usable IPv4 address."""
    found = variables.text("ansible_host", _HOST, _HOST_WANTED, default)
    if found and variables.is_set("ansible_host") and _DIGITS_AND_DOTS.fullmatch(found):
        return variables.address("ansible_host", unusable=NO_HOST)
    return found


def _pool(variables: Variables) -> Pool | None:
    name = variables.text("name", _KUBERNETES_NAME, _KUBERNETES_NAME_WANTED)
    cidr = variables.network("cidr")
    block_size = variables.integer("block_size", 20, 32, default=DEFAULT_BLOCK_SIZE)
    nat_outgoing = variables.boolean("nat_outgoing", True)
    if not (name and cidr and block_size) or nat_outgoing is None:
        return None
    if int(cidr.split("/")[1]) > block_size:
        variables.problem("block_size", f"at least {cidr.split('/')[1]}, the prefix length of {cidr}", str(block_size))
    return Pool(name, cidr, block_size, nat_outgoing)


def _vip(variables: Variables) -> Vip | None:
    address = variables.address("address")
    partition = variables.text("partition", _PARTITION, "the name of a partition", DEFAULT_PARTITION)
    advertisement = variables.choice("route_advertisement", ADVERTISEMENTS, DEFAULT_ADVERTISEMENT)
    return Vip(address, partition, advertisement) if address and partition and advertisement else None


def _traffic_group(variables: Variables) -> TrafficGroup | None:
    name = variables.text("name", _TRAFFIC_GROUP, _TRAFFIC_GROUP_WANTED)
    address = variables.address("floating_address")
    ranges = variables.networks("ranges", required=False)
    return TrafficGroup(name.rpartition("/")[2], address, ranges) if name and address else None


def _topology(shared: Variables) -> Topology:
    """Whether its names are names of nodes is checked later (``checks``)."""
    entry = shared.entry("topology", ("kind", "reflectors", "cluster_id"))
    if entry is None:
        return Topology(TOPOLOGIES[0], (), CLUSTER_ID)
    kind = entry.choice("kind", TOPOLOGIES, TOPOLOGIES[0]) or TOPOLOGIES[0]
    cluster_id = entry.text("cluster_id", _CLUSTER_ID, _CLUSTER_ID_WANTED, CLUSTER_ID) or CLUSTER_ID
    reflectors = entry.names("reflectors", "a list of nodes by name")
    return Topology(kind, reflectors, cluster_id)


def _timers(shared: Variables) -> Timers | None:
    """RFC 4271 4.2 and 10: a hold time of 0 or at least 3 seconds, and a keepalive interval of a third of it."""
    entry = shared.entry("bgp_timers", ("keepalive", "holdtime"))
    if entry is None:
        return None
    keepalive = entry.integer("keepalive", 0, 21845, "seconds")
    holdtime = entry.integer("holdtime", 0, 65535, "seconds")
    if keepalive is None or holdtime is None:
        return None
    if holdtime in (1, 2):
        entry.problem("holdtime", "0 or at least 3 seconds")
    elif (keepalive == 0) != (holdtime == 0):
        entry.problem("keepalive", "0 exactly when holdtime is 0")
    elif keepalive * 3 > holdtime:
        entry.problem("keepalive", f"at most {holdtime // 3} seconds, a third of the hold time")
    return Timers(keepalive, holdtime)


def _disagreements(hosts: Mapping[str, Mapping[str, Any]], bigips: Sequence[str]) -> list[Problem]:
    """Fabric-wide variables that differ between a BIG-IP and the first one."""
    problems = []
    for other in bigips[1:]:
        for name in vocabulary.FABRIC_VARIABLES:
            ours, theirs = hosts[bigips[0]].get(name), hosts[other].get(name)
            if ours != theirs:
                hidden = name in secrets.NAMES
                held = "another value" if hidden else shown(theirs)
                wanted = "the same value" if hidden else shown(ours)
                problems.append(Problem(other, name, held, f"{wanted} as on {bigips[0]}: it is a fabric-wide variable"))
    return problems


def _commonest_as(nodes: Sequence[Node]) -> int:
    """The AS number for BGPConfiguration: that of most nodes, in a tie the lowest."""
    counted = Counter(node.as_number for node in nodes)
    return min(counted, key=lambda number: (-counted[number], number)) if counted else 0
