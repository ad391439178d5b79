# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The release of Calico that introduced each field, and the defaults of unset fields.

Source: ``api/pkg/apis/projectcalico/v3`` at the tags v3.22 to v3.32. Fields older than v3.23 need no
entry: every release that the collection supports has them.
"""

from __future__ import annotations

import typing as t

Version = tuple[int, int]

# kind -> path below spec (``[]`` steps into a list) -> first release.
SINCE: t.Mapping[str, t.Mapping[str, Version]] = {
    "BGPConfiguration": {
        "bindMode": (3, 23),
        "ignoredInterfaces": (3, 25),
        "localWorkloadPeeringIPV4": (3, 30),
        "localWorkloadPeeringIPV6": (3, 30),
        "serviceLoadBalancerAggregation": (3, 31),
        "programClusterRoutes": (3, 32),
        "ipv4NormalRoutePriority": (3, 32),
        "ipv6NormalRoutePriority": (3, 32),
    },
    "BGPPeer": {
        "numAllowedLocalASNumbers": (3, 23),
        "ttlSecurity": (3, 25),
        "reachableBy": (3, 25),
        "filters": (3, 26),
        "nextHopMode": (3, 30),
        "localWorkloadSelector": (3, 30),
        "reversePeering": (3, 30),
        "localASNumber": (3, 31),
        "keepaliveTime": (3, 32),
    },
    "BGPFilter": {
        f"{direction}{family}[].{field}": since
        for direction in ("export", "import")
        for family in ("V4", "V6")
        for field, since in {
            "source": (3, 27),
            "interface": (3, 27),
            "prefixLength": (3, 29),
            "peerType": (3, 32),
            "communities": (3, 32),
            "asPathPrefix": (3, 32),
            "priority": (3, 32),
            "operations": (3, 32),
        }.items()
    },
    "IPPool": {
        "assignmentMode": (3, 30),
        "namespaceSelector": (3, 31),
    },
}

# Calico's defaults. Servers of different releases store different ones in the object, so they are filled
# in on both sides before comparing and never written.
DEFAULTS: t.Mapping[str, t.Mapping[str, t.Any]] = {
    "IPPool": {
        "ipipMode": "Never",
        "vxlanMode": "Never",
        "natOutgoing": False,
        "disabled": False,
        "disableBGPExport": False,
        "nodeSelector": "all()",
        "allowedUses": ["Workload", "Tunnel"],
        "assignmentMode": "Automatic",
    },
    "BGPConfiguration": {
        "logSeverityScreen": "Info",
        "listenPort": 179,
        "bindMode": "None",
        "serviceLoadBalancerAggregation": "Enabled",
        "ipv4NormalRoutePriority": 1024,
        "ipv6NormalRoutePriority": 1024,
    },
    "BGPPeer": {
        "sourceAddress": "UseNodeIP",
        "keepOriginalNextHop": False,
        "maxRestartTime": "2m0s",
    },
}
# Only the object named ``default`` has the settings of the cluster.
DEFAULTS_OF_DEFAULT: t.Mapping[str, t.Mapping[str, t.Any]] = {
    "BGPConfiguration": {"nodeToNodeMeshEnabled": True, "asNumber": 64512, "nodeMeshMaxRestartTime": "2m0s"},
}

AS_FIELDS: t.Mapping[str, t.Sequence[str]] = {
    "BGPConfiguration": ("asNumber",),
    "BGPPeer": ("asNumber", "localASNumber"),
    "BGPFilter": tuple(
        f"{way}{family}[].{field}"
        for way in ("export", "import")
        for family in ("V4", "V6")
        for field in ("asPathPrefix[]", "operations[].prependASPath.prefix[]")
    ),
    "Node": ("bgp.asNumber",),
}
DURATION_FIELDS: t.Mapping[str, t.Sequence[str]] = {
    "BGPConfiguration": ("nodeMeshMaxRestartTime",),
    "BGPPeer": ("maxRestartTime", "keepaliveTime"),
}
NETWORK_FIELDS: t.Mapping[str, t.Sequence[str]] = {
    "IPPool": ("cidr",),
    "BGPConfiguration": (
        "serviceLoadBalancerIPs[].cidr",
        "serviceExternalIPs[].cidr",
        "serviceClusterIPs[].cidr",
        "prefixAdvertisements[].cidr",
    ),
    "BGPFilter": tuple(f"{way}{family}[].cidr" for way in ("export", "import") for family in ("V4", "V6")),
    "IPReservation": ("reservedCIDRs[]",),
}


def enums(kind: str) -> t.Mapping[str, t.Sequence[str]]:
    """Fields with a fixed set of values, as Calico spells them."""
    return _ENUMS.get(kind, {})


_ENUMS: t.Mapping[str, t.Mapping[str, t.Sequence[str]]] = {
    "IPPool": {
        "ipipMode": ("Never", "Always", "CrossSubnet"),
        "vxlanMode": ("Never", "Always", "CrossSubnet"),
        "allowedUses[]": ("Workload", "Tunnel", "LoadBalancer"),
        "assignmentMode": ("Automatic", "Manual"),
    },
    "BGPPeer": {
        "sourceAddress": ("UseNodeIP", "None"),
        "nextHopMode": ("Auto", "Self", "Keep"),
        "reversePeering": ("Auto", "Manual"),
    },
    "BGPConfiguration": {
        "logSeverityScreen": ("Trace", "Debug", "Info", "Warning", "Error", "Fatal"),
        "bindMode": ("None", "NodeIP"),
        "serviceLoadBalancerAggregation": ("Enabled", "Disabled"),
    },
    "BGPFilter": {
        f"{way}{family}[].{field}": words
        for way in ("export", "import")
        for family in ("V4", "V6")
        for field, words in {
            "action": ("Accept", "Reject"),
            "matchOperator": ("Equal", "NotEqual", "In", "NotIn"),
            "source": ("RemotePeers",),
            "peerType": ("eBGP", "iBGP"),
        }.items()
    },
}


def walk(spec: t.Any, path: str, where: str = "") -> t.Iterator[tuple[t.Any, t.Any, t.Any, str]]:
    """Every match of ``path`` below ``spec``, as (container, key, value, readable path).

    >>> [place[3] for place in walk({"a": [{"b": 1}, {"b": 2}]}, "a[].b")]
    ['a[0].b', 'a[1].b']
    """
    head, _dot, rest = path.partition(".")
    many = head.endswith("[]")
    key = head[:-2] if many else head
    if not isinstance(spec, dict) or key not in spec:
        return
    here = f"{where}.{key}" if where else key
    value = spec[key]
    if not many:
        if rest:
            yield from walk(value, rest, here)
        else:
            yield spec, key, value, here
        return
    if not isinstance(value, list):
        return
    for index, item in enumerate(value):
        if rest:
            yield from walk(item, rest, f"{here}[{index}]")
        else:
            yield value, index, item, f"{here}[{index}]"
