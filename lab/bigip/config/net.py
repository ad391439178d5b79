# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The network: VLANs, self IPs, route domains, routes, ARP and FDB records, tunnels."""

from __future__ import annotations

from bigip.config import net_rules as rules
from bigip.config.schema import Kind

ON_OFF = ("enabled", "disabled")

INTERFACE = Kind(
    "net/vlan/interfaces",
    "interface",
    optional=("tagged", "untagged", "tagMode"),
    partitioned=False,
    prepare=rules.prepare_vlan_interface,
)
VLAN = Kind(
    "net/vlan",
    "VLAN",
    {
        "autoLasthop": "default",
        "cmpHash": "default",
        "dagRoundRobin": "disabled",
        "dagTunnel": "outer",
        "failsafe": "disabled",
        "failsafeAction": "failover-restart-tm",
        "failsafeTimeout": 90,
        "fwdMode": "l3",
        "hardwareSyncookie": "disabled",
        "learning": "enable-forward",
        "mtu": 1500,
        "sflow": {"pollInterval": 0, "pollIntervalGlobal": "yes", "samplingRate": 0, "samplingRateGlobal": "yes"},
        "sourceChecking": "disabled",
        "synFloodRateLimit": 1000,
        "syncacheThreshold": 6000,
        "tag": 0,
    },
    optional=("description", "customerTag", "nti"),
    readonly=("ifIndex",),
    children=(INTERFACE,),
    prepare=rules.prepare_vlan,
    created=rules.created_link,
    removable=rules.removable_link,
    removed=rules.removed_link,
)
SELF = Kind(
    "net/self",
    "self IP",
    {
        "addressSource": "from-user",
        "floating": "disabled",
        "inheritedTrafficGroup": "false",
        "trafficGroup": "/Common/traffic-group-local-only",
        "unit": 0,
    },
    optional=("allowService", "description", "fwEnforcedPolicy", "fwStagedPolicy", "servicePolicy"),
    required=("address", "vlan"),
    fixed=("address",),
    references={"vlan": ("net/vlan", "net/tunnels/tunnel"), "trafficGroup": ("cm/traffic-group",)},
    prepare=rules.prepare_self,
)
ROUTE_DOMAIN = Kind(
    "net/route-domain",
    "route domain",
    {"connectionLimit": 0, "strict": "enabled", "throughputCapacity": "infinite"},
    optional=(
        "id",
        "description",
        "parent",
        "routingProtocol",
        "vlans",
        "bwcPolicy",
        "flowEvictionPolicy",
        "servicePolicy",
        "fwEnforcedPolicy",
        "ipIntelligencePolicy",
        "securityNatPolicy",
    ),
    required=("id",),
    fixed=("id",),
    choices={"strict": ON_OFF},
    references={"vlans": ("net/vlan", "net/tunnels/tunnel"), "parent": ("net/route-domain",)},
    prepare=rules.prepare_route_domain,
    removable=rules.removable_route_domain,
)
ROUTE = Kind(
    "net/route",
    "route",
    {"mtu": 0, "network": "default"},
    optional=("gw", "pool", "tmInterface", "blackhole", "description"),
    fixed=("network",),
    references={"tmInterface": ("net/vlan", "net/tunnels/tunnel"), "pool": ("ltm/pool",)},
    prepare=rules.prepare_route,
)
ARP = Kind(
    "net/arp",
    "ARP entry",
    optional=("ipAddress", "macAddress", "description"),
    required=("ipAddress", "macAddress"),
    fixed=("ipAddress",),
    prepare=rules.prepare_arp,
)
RECORD = Kind("net/fdb/tunnel/records", "FDB record", optional=("endpoint",), partitioned=False)
FDB_TUNNEL = Kind("net/fdb/tunnel", "FDB tunnel", optional=("description",), children=(RECORD,), locked=True)
VLAN_RECORD = Kind("net/fdb/vlan/records", "FDB record", optional=("interface", "trunk"), partitioned=False)
FDB_VLAN = Kind("net/fdb/vlan", "FDB VLAN", optional=("description",), children=(VLAN_RECORD,), locked=True)
TUNNEL = Kind(
    "net/tunnels/tunnel",
    "tunnel",
    {
        "autoLasthop": "default",
        "idleTimeout": 300,
        "key": 0,
        "localAddress": "any6",
        "mode": "bidirectional",
        "mtu": 0,
        "remoteAddress": "any6",
        "secondaryAddress": "any6",
        "tos": "preserve",
        "transparent": "disabled",
        "usePmtu": "enabled",
    },
    optional=("profile", "description", "trafficGroup"),
    readonly=("ifIndex",),
    references={"profile": ("net/tunnels/vxlan", "net/tunnels/ipip", "net/tunnels/gre", "net/tunnels/tcp-forward")},
    created=rules.created_link,
    removable=rules.removable_link,
    removed=rules.removed_link,
)
VXLAN = Kind(
    "net/tunnels/vxlan",
    "tunnel profile",
    {"encapsulationType": "vxlan", "floodingType": "multicast", "port": 4789},
    optional=("defaultsFrom", "description"),
    references={"defaultsFrom": ("net/tunnels/vxlan",)},
)
IPIP = Kind("net/tunnels/ipip", "tunnel profile", {"proto": "IPv4"}, optional=("defaultsFrom", "description"))
GRE = Kind(
    "net/tunnels/gre",
    "tunnel profile",
    {"encapsulation": "standard", "floodingType": "none"},
    optional=("defaultsFrom", "description"),
)
PORT = Kind(
    "net/interface",
    "interface",
    {
        "bundle": "not-supported",
        "bundleSpeed": "not-supported",
        "enabled": True,
        "flowControl": "tx-rx",
        "forceGigabitFiber": "disabled",
        "forwardErrorCorrection": "not-supported",
        "lldpAdmin": "txonly",
        "lldpTlvmap": 130943,
        "mediaActive": "10000T-FD",
        "mediaFixed": "10000T-FD",
        "mediaMax": "auto",
        "mediaSfp": "auto",
        "mtu": 1500,
        "portFwdMode": "l3",
        "preferPort": "sfp",
        "qinqEthertype": "0x8100",
        "sflow": {"pollInterval": 0, "pollIntervalGlobal": "yes"},
        "stp": "enabled",
        "stpAutoEdgePort": "enabled",
        "stpEdgePort": "true",
        "stpLinkType": "auto",
    },
    optional=("description", "disabled"),
    readonly=("ifIndex", "macAddress"),
    partitioned=False,
    locked=True,
)
TRUNK = Kind(
    "net/trunk",
    "trunk",
    {"lacp": "disabled", "distributionHash": "dst-mac"},
    optional=("interfaces",),
    partitioned=False,
)
TCP_FORWARD = Kind("net/tunnels/tcp-forward", "tunnel profile", optional=("defaultsFrom", "description"))
SELF_ALLOW = Kind("net/self-allow", "self-allow", optional=("defaults",), single=True)

# BGP of TMOS mode. The collection exists but is empty; creating an instance is rejected, see net_rules.
BGP = Kind(
    "net/routing/bgp",
    "BGP instance",
    optional=(
        "localAs",
        "routerId",
        "routeDomain",
        "description",
        "addressFamily",
        "holdTime",
        "keepAlive",
        "gracefulRestart",
        "neighbor",
        "peerGroup",
    ),
    created=rules.created_tmos_bgp,
)
ROUTING_LISTS = tuple(
    Kind(
        f"net/routing/{word}", word, optional=("entries", "description", "routeDomain"), created=rules.created_tmos_bgp
    )
    for word in ("prefix-list", "route-map", "access-list", "as-path")
)

KINDS = (
    VLAN,
    SELF,
    ROUTE_DOMAIN,
    ROUTE,
    ARP,
    FDB_TUNNEL,
    FDB_VLAN,
    TUNNEL,
    VXLAN,
    IPIP,
    GRE,
    PORT,
    TRUNK,
    TCP_FORWARD,
    SELF_ALLOW,
    BGP,
    *ROUTING_LISTS,
)

# The services of `allow-service default`.
DEFAULT_SERVICES = [
    "igmp:0",
    "ospf:0",
    "pim:0",
    "tcp:161",
    "tcp:22",
    "tcp:4353",
    "tcp:443",
    "tcp:53",
    "udp:1026",
    "udp:161",
    "udp:4353",
    "udp:520",
    "udp:53",
]
