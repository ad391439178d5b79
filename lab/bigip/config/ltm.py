# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Local traffic: the tables of virtual servers, pools, nodes, monitors and what they refer to."""

from __future__ import annotations

from bigip.config import ltm_addresses as addresses
from bigip.config import ltm_pool_rules as pools
from bigip.config import ltm_rules as rules
from bigip.config import ltm_virtual_rules as virtuals
from bigip.config.ltm_names import MONITORS, PROFILES
from bigip.config.schema import Kind

ON_OFF = ("enabled", "disabled")
ADMIN_SESSION = ("user-enabled", "user-disabled", "monitor-enabled")
ADMIN_STATE = ("user-up", "user-down", "up", "down", "unchecked", "checking", "fqdn-up", "fqdn-down")
PERSISTENCE = ("cookie", "source-addr", "dest-addr", "hash", "ssl", "universal")
PERSISTENCE_PATHS = tuple(f"ltm/persistence/{name}" for name in PERSISTENCE)
BALANCE = (
    "round-robin",
    "least-connections-member",
    "least-connections-node",
    "ratio-member",
    "ratio-node",
    "dynamic-ratio-member",
    "dynamic-ratio-node",
    "fastest-node",
    "fastest-app-response",
    "observed-member",
    "observed-node",
    "predictive-member",
    "predictive-node",
    "least-sessions",
    "ratio-least-connections-member",
    "ratio-least-connections-node",
    "ratio-session",
    "weighted-least-connections-member",
    "weighted-least-connections-node",
)

PROFILE = Kind(
    "ltm/virtual/profiles",
    "profile",
    {"context": "all"},
    choices={"context": ("all", "clientside", "serverside")},
    canonical=virtuals.canonical_profile,
)
POLICY_USE = Kind("ltm/virtual/policies", "policy", canonical=virtuals.canonical_policy)
VIRTUAL = Kind(
    "ltm/virtual",
    "Virtual Server",
    {
        "addressStatus": "yes",
        "autoLasthop": "default",
        "cmpEnabled": "yes",
        "connectionLimit": 0,
        "enabled": True,
        "evictionProtected": "disabled",
        "gtmScore": 0,
        "ipProtocol": "tcp",
        "mask": "255.255.255.255",
        "destination": "/Common/0.0.0.0:0",
        "mirror": "disabled",
        "mobileAppTunnel": "disabled",
        "nat64": "disabled",
        "rateLimit": "disabled",
        "rateLimitDstMask": 0,
        "rateLimitMode": "object",
        "rateLimitSrcMask": 0,
        "serviceDownImmediateAction": "none",
        "source": "0.0.0.0/0",
        "sourceAddressTranslation": {"type": "none"},
        "sourcePort": "preserve",
        "synCookieStatus": "not-activated",
        "translateAddress": "enabled",
        "translatePort": "enabled",
        "vlansDisabled": True,
    },
    optional=(
        "description",
        "disabled",
        "pool",
        "rules",
        "persist",
        "fallbackPersistence",
        "vlans",
        "vlansEnabled",
        "metadata",
        "internal",
        "ipForward",
        "l2Forward",
        "reject",
        "stateless",
        "lastHopPool",
        "clonePools",
        "securityLogProfiles",
        "trafficClasses",
        "bwcPolicy",
        "rateClass",
        "relatedRules",
        "httpMrfRoutingEnabled",
        "serversslUseSni",
    ),
    readonly=("creationTime", "lastModifiedTime", "vsIndex"),
    flags=(("enabled", "disabled"), ("vlansEnabled", "vlansDisabled")),
    choices={
        "ipProtocol": ("tcp", "udp", "any", "sctp", "icmp", "icmpv6"),
        "translateAddress": ON_OFF,
        "translatePort": ON_OFF,
        "mirror": ON_OFF,
        "nat64": ON_OFF,
    },
    numbers={
        "ipProtocol": {"6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6", "132": "sctp", "0": "any", "255": "any"}
    },
    references={
        "pool": ("ltm/pool",),
        "rules": ("ltm/rule",),
        "vlans": ("net/vlan", "net/tunnels/tunnel"),
        "fallbackPersistence": PERSISTENCE_PATHS,
    },
    children=(PROFILE, POLICY_USE),
    prepare=virtuals.prepare_virtual,
    created=virtuals.created_virtual,
    changed=virtuals.changed_virtual,
    removed=virtuals.removed_virtual,
)

VIRTUAL_ADDRESS = Kind(
    "ltm/virtual-address",
    "Virtual Address",
    {
        "arp": "enabled",
        "autoDelete": "true",
        "connectionLimit": 0,
        "enabled": "yes",
        "floating": "enabled",
        "icmpEcho": "enabled",
        "inheritedTrafficGroup": "false",
        "mask": "255.255.255.255",
        "routeAdvertisement": "disabled",
        "serverScope": "any",
        "spanning": "disabled",
        "trafficGroup": "/Common/traffic-group-1",
        "unit": 1,
    },
    optional=("address", "description", "metadata"),
    fixed=("address",),
    choices={
        "arp": ON_OFF,
        "spanning": ON_OFF,
        "autoDelete": ("true", "false"),
        "enabled": ("yes", "no"),
        "icmpEcho": ("enabled", "disabled", "selective", "any", "all", "always"),
        "routeAdvertisement": ("disabled", "enabled", "selective", "always", "any", "all"),
        "serverScope": ("any", "all", "none"),
    },
    references={"trafficGroup": ("cm/traffic-group",)},
    prepare=virtuals.prepare_virtual_address,
    removable=virtuals.removable_virtual_address,
    canonical=addresses.canonical_address,
    aliases=addresses.address_names,
)

MEMBER = Kind(
    "ltm/pool/members",
    "Pool Member",
    {
        "connectionLimit": 0,
        "dynamicRatio": 1,
        "ephemeral": "false",
        "fqdn": {"autopopulate": "disabled"},
        "inheritProfile": "enabled",
        "logging": "disabled",
        "monitor": "default",
        "priorityGroup": 0,
        "rateLimit": "disabled",
        "ratio": 1,
        "session": "user-enabled",
        "state": "user-up",
    },
    optional=("address", "description", "metadata"),
    fixed=("address",),
    choices={"session": ADMIN_SESSION, "state": ADMIN_STATE},
    prepare=pools.prepare_member,
    show=pools.show_member,
    canonical=addresses.canonical_member,
    aliases=addresses.member_names,
    label=pools.label_member,
)
POOL = Kind(
    "ltm/pool",
    "Pool",
    {
        "allowNat": "yes",
        "allowSnat": "yes",
        "ignorePersistedWeight": "disabled",
        "ipTosToClient": "pass-through",
        "ipTosToServer": "pass-through",
        "linkQosToClient": "pass-through",
        "linkQosToServer": "pass-through",
        "loadBalancingMode": "round-robin",
        "minActiveMembers": 0,
        "minUpMembers": 0,
        "minUpMembersAction": "failover",
        "minUpMembersChecking": "disabled",
        "queueDepthLimit": 0,
        "queueOnConnectionLimit": "disabled",
        "queueTimeLimit": 0,
        "reselectTries": 0,
        "serviceDownAction": "none",
        "slowRampTime": 10,
    },
    optional=("description", "monitor", "metadata"),
    choices={"loadBalancingMode": BALANCE},
    children=(MEMBER,),
    prepare=pools.prepare_pool,
    removable=pools.removable_pool,
)
NODE = Kind(
    "ltm/node",
    "Node",
    {
        "connectionLimit": 0,
        "dynamicRatio": 1,
        "ephemeral": "false",
        "fqdn": {"addressFamily": "ipv4", "autopopulate": "disabled", "downInterval": 5, "interval": "3600"},
        "logging": "disabled",
        "monitor": "default",
        "rateLimit": "disabled",
        "ratio": 1,
        "session": "user-enabled",
        "state": "user-up",
    },
    optional=("address", "description", "metadata"),
    fixed=("address",),
    choices={"session": ADMIN_SESSION, "state": ADMIN_STATE},
    prepare=pools.prepare_node,
    show=pools.show_node,
    removable=pools.removable_node,
    canonical=addresses.canonical_address,
    aliases=addresses.address_names,
)

_SHARED = {
    "adaptive": "disabled",
    "destination": "*:*",
    "interval": 5,
    "manualResume": "disabled",
    "timeUntilUp": 0,
    "timeout": 16,
    "transparent": "disabled",
    "upInterval": 0,
}
_STRINGS = {
    "adaptiveDivergenceType": "relative",
    "adaptiveDivergenceValue": 25,
    "adaptiveLimit": 200,
    "adaptiveSamplingTimespan": 300,
    "ipDscp": 0,
    "reverse": "disabled",
}
_OF = {
    "http": {**_STRINGS, "send": "GET /\\r\\n"},
    "https": {**_STRINGS, "send": "GET /\\r\\n", "cipherlist": "DEFAULT:+SHA:+3DES:+kEDH", "compatibility": "enabled"},
    "tcp": dict(_STRINGS),
    "tcp-half-open": {},
    "udp": {**_STRINGS, "debug": "no", "send": "default send string"},
    "icmp": {
        "adaptiveDivergenceType": "relative",
        "adaptiveDivergenceValue": 25,
        "adaptiveLimit": 200,
        "adaptiveSamplingTimespan": 300,
    },
    "gateway-icmp": {
        "adaptiveDivergenceType": "relative",
        "adaptiveDivergenceValue": 25,
        "adaptiveLimit": 200,
        "adaptiveSamplingTimespan": 300,
    },
}


def _monitor(word: str) -> Kind:
    return Kind(
        f"ltm/monitor/{word}",
        "monitor",
        {**_SHARED, **_OF[word]},
        optional=(
            "defaultsFrom",
            "description",
            "recv",
            "recvDisable",
            "username",
            "password",
            "send",
            "ipDscp",
            "sslProfile",
            "cert",
            "key",
            "metadata",
        ),
        fixed=("defaultsFrom",),
        references={"defaultsFrom": (f"ltm/monitor/{word}",)},
        unlinked=("defaultsFrom",),
        prepare=rules.prepare_monitor,
        removable=rules.removable_monitor,
    )


def _profile(word: str) -> Kind:
    """Profiles are stored as given: the lab's TMM uses only their kind."""
    return Kind(
        f"ltm/profile/{word}",
        "ClientSSL Profile" if word == "client-ssl" else "profile",
        optional=(
            "defaultsFrom",
            "description",
            "idleTimeout",
            "insertXforwardedFor",
            "cert",
            "key",
            "chain",
            "ciphers",
            "certKeyChain",
            "sniDefault",
            "serverName",
            "options",
            "mode",
            "maxSize",
            "maxAge",
            "maxReuse",
            "sourceMask",
            "keepAliveInterval",
            "nagle",
            "redirectRewrite",
            "headerErase",
            "headerInsert",
            "authenticate",
            "peerCertMode",
            "caFile",
            "tmOptions",
            "acceptXff",
            "serverAgentName",
        ),
        fixed=("defaultsFrom",),
        removable=rules.removable_profile,
    )


SIP_SESSION = Kind("ltm/message-routing/sip/profile/session", "profile", optional=("defaultsFrom", "description"))


def _persistence(word: str) -> Kind:
    return Kind(
        f"ltm/persistence/{word}",
        "Persistence Profile",
        {"timeout": "180"},
        optional=(
            "defaultsFrom",
            "description",
            "cookieName",
            "method",
            "mask",
            "matchAcrossServices",
            "matchAcrossPools",
            "matchAcrossVirtuals",
            "rule",
        ),
    )


RULE = Kind("ltm/rule", "iRule", optional=("apiAnonymous", "description", "metadata"), removable=rules.removable_rule)
_CLAUSE = (
    "description",
    "httpUri",
    "httpHost",
    "httpMethod",
    "httpHeader",
    "path",
    "pathSegment",
    "host",
    "tmName",
    "index",
    "values",
    "equals",
    "startsWith",
    "endsWith",
    "contains",
    "caseInsensitive",
    "caseSensitive",
    "request",
    "response",
    "external",
    "present",
    "remote",
    "tcp",
    "address",
    "matches",
    "forward",
    "select",
    "pool",
    "virtual",
    "redirect",
    "httpReply",
    "location",
    "replace",
    "insert",
    "remove",
    "value",
    "code",
    "expirySecs",
    "length",
    "offset",
    "port",
    "status",
    "timeout",
    "vlanId",
    "reset",
    "expression",
    "all",
    "not",
    "missing",
    "datagroup",
    "policy",
    "enable",
    "disable",
    "asm",
    "log",
    "write",
    "message",
)
POLICY_RULE = Kind(
    "ltm/policy/rules",
    "policy rule",
    {"ordinal": 0},
    optional=("description",),
    partitioned=False,
    children=(
        Kind("ltm/policy/rules/conditions", "policy condition", optional=_CLAUSE, partitioned=False),
        Kind("ltm/policy/rules/actions", "policy action", optional=_CLAUSE, partitioned=False),
    ),
)
POLICY = Kind(
    "ltm/policy",
    "policy",
    {"status": "published", "strategy": "/Common/first-match"},
    optional=("description", "legacy", "controls", "requires", "metadata", "lastModified"),
    children=(POLICY_RULE,),
    removable=rules.removable_policy,
)
DATA_GROUP = Kind(
    "ltm/data-group/internal",
    "value list",
    {"type": "string"},
    optional=("records", "description"),
    fixed=("type",),
    choices={"type": ("string", "ip", "integer")},
)
SNAT_POOL = Kind("ltm/snatpool", "SNAT pool", optional=("members", "description"), prepare=pools.prepare_snat_pool)

KINDS = (
    VIRTUAL,
    VIRTUAL_ADDRESS,
    POOL,
    NODE,
    *map(_monitor, MONITORS),
    *map(_profile, PROFILES),
    SIP_SESSION,
    *map(_persistence, PERSISTENCE),
    RULE,
    POLICY,
    DATA_GROUP,
    SNAT_POOL,
)
