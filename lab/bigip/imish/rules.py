# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines that match the grammar but that a router rejects, for both modes: FRR is called afterwards.

No public ZebOS text was found for any of these: if FRR rejects a line the text is FRR's, otherwise it is composed
(docs/device-unknowns.md, U7). Clients must rely on the percent sign only. Pure.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable

from .grammar import Match
from .kinds import KINDS
from .model import Bgp, Config, Context

Rule = Callable[[Config, Match], str]  # the reply, or an empty string
_TOP = 4294967295


def _each(bgp: Bgp, peer: str, setting: str) -> bool:
    """Whether a setting holds for a neighbor or group, or for a group's member by its own line."""
    lines = [bgp.effective(peer, setting), *(bgp.lines.get(f"neighbor {each} {setting}") for each in bgp.members(peer))]
    return any(line is not None and not line.negated for line in lines)


def _internal(bgp: Bgp, peer: str) -> bool | None:
    """That of its members for a group without an AS; None while it has none."""
    asn = next((asn for each in (peer, *bgp.members(peer)) if (asn := bgp.remote_as(each)) is not None), None)
    return None if asn is None else asn == bgp.asn


def own_address(config: Config, match: Match) -> str:
    return "% Can not configure the local system as neighbor" if match.values["peer"] in config.addresses else ""


def router_timers(_config: Config, match: Match) -> str:
    hold = int(match.values["holdtime"])
    return "% hold time value must be either 0 or greater than 3" if 0 < hold < 3 else ""


def neighbor_timers(_config: Config, match: Match) -> str:
    return "% Invalid value" if 0 < int(match.values["holdtime"]) < 3 else ""


def local_as(config: Config, match: Match) -> str:
    bgp, peer, asn = config.bgp, match.values["peer"], int(match.values["asn"])
    if _internal(bgp, peer):
        return "% Local-AS allowed only for EBGP peers"
    if asn == bgp.asn:
        return "% Cannot have local-as same as BGP AS number"
    if asn == bgp.remote_as(peer):
        return "% AS specified for local as is the same as the remote as and this is not allowed."
    return ""


def internal_only(config: Config, match: Match) -> str:
    """A group without an AS is refused as well, whatever its members: its lines are printed before them."""
    peer = match.values["peer"]
    internal = config.bgp.remote_as(peer) == config.bgp.asn or not config.bgp.known(peer)
    return "" if internal else "% Invalid command. Not an internal neighbor"


def external_only(config: Config, match: Match) -> str:
    word = match.row.pattern.split()[-1]
    return f"% {word} cannot be configured for IBGP peers" if _internal(config.bgp, match.values["peer"]) else ""


def without(setting: str, reply: str) -> Rule:
    """Not together with another setting; `{way}` is the line's own direction."""

    def rule(config: Config, match: Match) -> str:
        return reply if _each(config.bgp, match.values["peer"], setting.format(**match.values)) else ""

    return rule


def _hops(other: str) -> Rule:
    together = without(other, "% ebgp-multihop and ttl-security cannot be configured together")

    def rule(config: Config, match: Match) -> str:
        return "" if _internal(config.bgp, match.values["peer"]) else together(config, match)

    return rule


def router_id(_config: Config, match: Match) -> str:
    address = ipaddress.ip_address(match.values["id"])
    return "% Invalid router ID" if address.is_unspecified or address >= ipaddress.ip_address("224.0.0.0") else ""


def next_hop(_config: Config, match: Match) -> str:
    address = ipaddress.ip_address(match.values["address"])
    wrong = (
        address.is_unspecified
        or address.is_multicast
        or str(address) == "255.255.255.255"
        or (address.version == 6 and address.is_link_local)
    )
    return "% Invalid next hop address" if wrong else ""


def as_numbers(name: str) -> Rule:
    def rule(_config: Config, match: Match) -> str:
        words = match.values[name].split()
        return "" if all(map(KINDS["asn"].read, words)) else "% Invalid AS number"

    return rule


def community_list(config: Config, match: Match) -> str:
    values = match.values
    number = int(values["name"]) if values["name"].isdigit() and "kind" not in values else 0
    kind = values.get("kind") or ("standard" if number < 100 else "expanded")
    for _slot, line in config.section("ip community-list"):
        if line.values["name"] == values["name"] and line.values.get("kind", kind) != kind:
            return f"% Community name conflict, previously defined as {line.values['kind']} community"
    good = all(map(KINDS["community"].read, values["what"].split())) if kind == "standard" else _pattern(values["what"])
    return "" if good else "% Malformed community-list value"


def _pattern(text: str) -> bool:
    try:
        re.compile(text.replace("_", " "))
    except re.error:
        return False
    return True


def as_path_list(_config: Config, match: Match) -> str:
    return "" if _pattern(match.values["regex"]) else f"% can't compile regexp {match.values['regex']}"


_PLACE = r"(any|host \d+(\.\d+){3}|\d+(\.\d+){3} \d+(\.\d+){3})"


def extended_access_list(_config: Config, match: Match) -> str:
    good = re.fullmatch(f"{_PLACE} {_PLACE}", match.values["what"])
    return "" if good else "% Invalid access-list address"


def aggregate(_config: Config, match: Match) -> str:
    network = ipaddress.ip_network(match.values["net"])
    return (
        ""
        if network.prefixlen < network.max_prefixlen
        else f"% Specified prefix: {network} will not result in any useful aggregation, disallowing"
    )


SHORT_HOLD = "% Warning: hold time is less than three times the keepalive interval"
_POLICY = (
    "prefix-list",
    "distribute-list",
    "filter-list",
    "route-map",
    "maximum-prefix",
    "unsuppress-map",
    "default-originate",
)
_BOTH_LISTS = "% Prefix/distribute list can not co-exist"
_BOTH_CAPABILITIES = "% Can't set override-capability and strict-capability-match at the same time"

# By the beginning of a row's pattern, its arguments' kinds left out.
RULES: dict[str, Rule] = {
    "neighbor <peer> remote-as": own_address,
    "neighbor <peer> peer-group ; <group>": own_address,
    "timers bgp": router_timers,
    "neighbor <peer> timers ; <keepalive>": neighbor_timers,
    "neighbor <peer> local-as": local_as,
    "neighbor <peer> route-reflector-client": internal_only,
    "neighbor <peer> as-override": external_only,
    "neighbor <peer> remove-private-AS": external_only,
    "neighbor <peer> ebgp-multihop": _hops("ttl-security hops"),
    "neighbor <peer> ttl-security hops": _hops("ebgp-multihop"),
    "neighbor <peer> distribute-list": without("prefix-list {way}", _BOTH_LISTS),
    "neighbor <peer> prefix-list": without("distribute-list {way}", _BOTH_LISTS),
    "neighbor <peer> override-capability": without("strict-capability-match", _BOTH_CAPABILITIES),
    "neighbor <peer> strict-capability-match": without("override-capability", _BOTH_CAPABILITIES),
    "bgp router-id": router_id,
    "bgp confederation peers": as_numbers("peers"),
    "set ip next-hop": next_hop,
    "set ipv6 next-hop": next_hop,
    "set as-path prepend": as_numbers("path"),
    "ip community-list <kind> <name> <act>": community_list,
    "ip community-list <name> <act>": community_list,
    "ip as-path access-list <name> <act>": as_path_list,
    "access-list <name> <act> ip <what>": extended_access_list,
    "aggregate-address": aggregate,
}


def _short_hold(match: Match) -> bool:
    values = match.values
    return "holdtime" in values and not match.negated and 0 < int(values["holdtime"]) < 3 * int(values["keepalive"])


def warning(config: Config, match: Match) -> str:
    """The warning for a line that is accepted (U4)."""
    return SHORT_HOLD if config.personality.timers == "warning" and _short_hold(match) else ""


def _by_personality(config: Config, context: Context, match: Match) -> str:
    """Rejections that are neither confirmed nor ruled out for a device."""
    bgp, row, personality = config.bgp, match.row, config.personality
    peer = match.values.get("peer", "") if row.of_neighbor else ""
    if personality.timers == "refused" and _short_hold(match):
        return "% Hold time must be at least three times the keepalive"
    if not (bgp and peer):
        return ""
    active = row.pattern.endswith("> activate")
    if (
        active
        and match.negated
        and peer in bgp.groups()
        and bgp.members(peer)
        and personality.deactivate_group_with_members == "refused"
    ):
        return "% Deactivate the peer-group only if it has no members"
    policy = bool(set(row.pattern.split()[2:3]) & set(_POLICY))
    if (
        context is bgp.ipv6
        and policy
        and not match.negated
        and not bgp.active(peer)
        and personality.ipv6_policy_before_activate == "refused"
    ):
        return "% Activate the neighbor (peer-group) for the address family first"
    return ""


def refusal(config: Config, context: Context, match: Match) -> str:
    """The device's reply to a line that breaks a rule; an empty string for one that does not."""
    if reply := _by_personality(config, context, match):
        return reply
    if match.negated:
        return ""
    pattern = re.sub(r"<([\w-]+):[^>]+>", r"<\1>", match.row.pattern)
    rule = next((rule for start, rule in RULES.items() if f"{pattern} ".startswith(f"{start} ")), None)
    return rule(config, match) if rule else ""
