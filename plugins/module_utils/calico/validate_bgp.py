# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of BGPPeer, BGPFilter and BGPConfiguration, each together with the rest of the cluster."""

from __future__ import annotations

import ipaddress
import re
import typing as t

from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.normalise import Key, Resource, effective
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.problems import Context, Report, as_list

_PORTED = re.compile(r"(?:\[(?P<six>[^\]]+)\]|(?P<four>[^:\[\]]+)):(?P<port>[0-9]{1,5})")
_COMMUNITY = re.compile(r"[0-9]{1,10}(:[0-9]{1,10}){1,2}")
# A BGPConfiguration of one node may set only these.
_PER_NODE = {"logSeverityScreen", "communities", "prefixAdvertisements", "listenPort", "bindMode", "ignoredInterfaces"}
_OPERATIONS = ("addCommunity", "prependASPath", "setPriority")
_MAX_PRIORITY = 2**31 - 2
_RULES = ("exportV4", "importV4", "exportV6", "importV6")


def split_peer_ip(text: t.Any) -> tuple[str, int]:
    """``10.0.0.1``, ``10.0.0.1:1179`` or ``[fd00::1]:1179`` as (canonical address, port; 179 when not given).

    Raises ``ValueError`` for anything else.
    """
    given = str(text)
    match = _PORTED.fullmatch(given)
    try:
        if match and int(match.group("port")) in range(1, 65536):
            address = ipaddress.ip_address(match.group("six") or match.group("four"))
            if (address.version == 6) == bool(match.group("six")):
                return str(address), int(match.group("port"))
        return str(ipaddress.ip_address(given)), 179
    except ValueError:
        raise ValueError("write an address, address:port or [IPv6 address]:port") from None


def scope_of(spec: t.Mapping[str, t.Any]) -> str:
    """Which nodes a BGPPeer is for, as text: ``all nodes``, ``node x``, ``nodes with <selector>``."""
    if spec.get("node"):
        return f"node {spec['node']}"
    selector = str(spec.get("nodeSelector") or "").strip()
    return f"nodes with {selector}" if selector and selector.replace(" ", "") != "all()" else "all nodes"


def peers(report: Report, context: Context) -> None:
    """Problems of the BGPPeers that would be written."""
    filters = {key.name for key in context.of("BGPFilter")}
    everyone = context.of("BGPPeer")
    for change, after in context.written("BGPPeer"):
        spec, key = after["spec"], change.key
        _peer_target(report, key, spec)
        if spec.get("node") and spec.get("nodeSelector"):
            report.add(key, "spec.nodeSelector", spec["nodeSelector"], f"leave it out: node = {spec['node']} is set")
        for field in ("nodeSelector", "peerSelector", "localWorkloadSelector"):
            _selector(report, key, f"spec.{field}", spec.get(field))
        _peer_filters(report, key, spec, filters)
        if spec.get("keepOriginalNextHop") and spec.get("nextHopMode"):
            report.add(key, "spec.nextHopMode", spec["nextHopMode"], "leave out one: keepOriginalNextHop is true")
        ttl = spec.get("ttlSecurity")
        if ttl is not None and (not _is_int(ttl) or not 1 <= ttl <= 255):
            report.add(key, "spec.ttlSecurity", ttl, "a number of hops from 1 to 255")
        _secret_ref(report, key, "spec.password", spec.get("password"))
        _duplicates(report, key, spec, everyone)


def _peer_target(report: Report, key: Key, spec: Resource) -> None:
    named = [field for field in ("peerIP", "peerSelector", "localWorkloadSelector") if spec.get(field)]
    if not named:
        report.add(key, "spec.peerIP", spec.get("peerIP"), "has no peer: set peerIP and asNumber, or peerSelector")
        return
    if len(named) > 1:
        report.add(key, f"spec.{named[1]}", spec[named[1]], f"leave out one: {named[0]} is set too")
    if "peerSelector" in named and spec.get("asNumber"):
        report.add(
            key, "spec.asNumber", spec["asNumber"], "leave it out: with peerSelector the nodes' own AS numbers are used"
        )
    if "peerSelector" not in named and spec.get("asNumber") in (None, ""):
        report.add(key, "spec.asNumber", spec.get("asNumber"), "set the peer's AS number")
    address = ""
    if "peerIP" in named:
        try:
            address = split_peer_ip(spec["peerIP"])[0]
        except ValueError as problem:
            report.add(key, "spec.peerIP", spec["peerIP"], str(problem))
    via = spec.get("reachableBy")
    if not via:
        return
    if "peerIP" not in named:
        report.add(key, "spec.reachableBy", via, "needs peerIP")
        return
    try:
        family = ipaddress.ip_address(str(via)).version
    except ValueError:
        report.add(key, "spec.reachableBy", via, "write the address of a gateway")
        return
    if address and ipaddress.ip_address(address).version != family:
        report.add(key, "spec.reachableBy", via, f"is not of the same address family as peerIP {address}")


def _peer_filters(report: Report, key: Key, spec: Resource, known: set[str]) -> None:
    named = spec.get("filters")
    if named is None:
        return
    if not isinstance(named, list) or not all(isinstance(name, str) for name in named):
        report.add(key, "spec.filters", named, "a list of names of BGPFilters")
        return
    for name in named:
        if name not in known:
            there = ", ".join(sorted(known)) or "none"
            report.add(key, "spec.filters", name, f"this BGPFilter does not exist (BGPFilters: {there})")


def _duplicates(report: Report, key: Key, spec: Resource, everyone: t.Mapping[Key, Resource]) -> None:
    try:
        mine = split_peer_ip(spec["peerIP"])
    except (KeyError, ValueError):
        return
    scope = scope_of(spec)
    for other_key, other in everyone.items():
        if other_key == key:
            continue
        try:
            theirs = split_peer_ip(other["spec"]["peerIP"])
        except (KeyError, ValueError):
            continue
        their_scope = scope_of(other["spec"])
        if mine == theirs and (scope == their_scope or "all nodes" in (scope, their_scope)):
            report.add(
                key,
                "spec.peerIP",
                spec["peerIP"],
                f"{other_key} names the same peer for {their_scope}, and this one for {scope}: "
                "Calico uses only one of the two; keep one",
            )


def _selector(report: Report, key: Key, field: str, text: t.Any) -> None:
    if text is None or text == "":
        return
    if not isinstance(text, str):
        report.add(key, field, text, "a selector in quotes, like \"rack == 'r1'\"")
    elif text.count("(") != text.count(")") or text.count("'") % 2 or text.count('"') % 2:
        report.add(key, field, text, "the selector has an unclosed bracket or quote")


def _secret_ref(report: Report, key: Key, field: str, value: t.Any) -> None:
    if not value:
        return
    ref = value.get("secretKeyRef") if isinstance(value, dict) else None
    if not isinstance(ref, dict) or not ref.get("name") or not ref.get("key"):
        report.add(key, field, "…", "set secretKeyRef with name and key; the password itself stays in the Secret")


def filters(report: Report, context: Context) -> None:
    """Problems of the BGPFilters that would be written, and of those that would be deleted while in use."""
    for change, after in context.written("BGPFilter"):
        for direction in _RULES:
            rules = after["spec"].get(direction)
            if rules is None:
                continue
            if not isinstance(rules, list):
                report.add(change.key, f"spec.{direction}", rules, "a list of rules")
                continue
            for index, rule in enumerate(rules):
                _rule(report, change.key, f"spec.{direction}[{index}]", rule, direction)
    for change in context.plan.deletes:
        if change.key.kind != "BGPFilter":
            continue
        users = [
            str(key)
            for key, peer in context.of("BGPPeer").items()
            if change.key.name in as_list(peer["spec"].get("filters"))
        ]
        if users:
            report.add(
                change.key,
                "",
                "",
                f"is used by {', '.join(users)}; without it those sessions would be unfiltered",
            )


def _rule(report: Report, key: Key, place: str, rule: t.Any, direction: str) -> None:
    if not isinstance(rule, dict):
        report.add(key, place, rule, "a rule is a mapping with action, cidr, matchOperator, source, interface")
        return
    if not rule.get("action"):
        report.add(key, f"{place}.action", rule.get("action"), "use Accept or Reject")
    if bool(rule.get("cidr")) != bool(rule.get("matchOperator")):
        report.add(key, place, rule, "cidr and matchOperator go together")
    if rule.get("prefixLength") and not rule.get("cidr"):
        report.add(key, f"{place}.prefixLength", rule["prefixLength"], "needs cidr")
    if rule.get("cidr"):
        try:
            family = ipaddress.ip_network(str(rule["cidr"]), strict=False).version
        except ValueError:
            return  # named by values_of
        if f"V{family}" != direction[-2:]:
            report.add(key, f"{place}.cidr", rule["cidr"], f"is IPv{family}, and {direction} is not")
    if len(str(rule.get("interface") or "")) > 15:
        report.add(key, f"{place}.interface", rule["interface"], "at most 15 characters")
    communities = rule.get("communities")
    if communities is not None:
        values = as_list(communities.get("values")) if isinstance(communities, dict) else []
        if len(values) != 1 or not _COMMUNITY.fullmatch(str(values[0])):
            report.add(key, f"{place}.communities", communities, "values with one community like 64512:100")
    _priority(report, key, f"{place}.priority", rule.get("priority"))
    _operations(report, key, place, rule)


def _priority(report: Report, key: Key, place: str, value: t.Any) -> None:
    if value is not None and (not _is_int(value) or not 1 <= value <= _MAX_PRIORITY):
        report.add(key, place, value, f"a number from 1 to {_MAX_PRIORITY}")


def _operations(report: Report, key: Key, place: str, rule: Resource) -> None:
    """Changes that a rule makes to accepted routes (since v3.32)."""
    operations = rule.get("operations")
    if operations is None:
        return
    if not isinstance(operations, list) or not 1 <= len(operations) <= 10:
        report.add(key, f"{place}.operations", operations, "a list of 1 to 10 operations")
        return
    if rule.get("action") != "Accept":
        report.add(key, f"{place}.operations", rule.get("action"), "only with action Accept")
    for number, item in enumerate(operations):
        here = f"{place}.operations[{number}]"
        names = [name for name in item if item[name] is not None] if isinstance(item, dict) else []
        if len(names) != 1 or names[0] not in _OPERATIONS or not isinstance(item[names[0]], dict):
            report.add(key, here, item, f"one of {', '.join(_OPERATIONS)}")
        elif names == ["setPriority"]:
            _priority(report, key, f"{here}.setPriority.value", item["setPriority"].get("value", 0))
        elif names == ["addCommunity"] and not _COMMUNITY.fullmatch(str(item["addCommunity"].get("value", ""))):
            report.add(key, f"{here}.addCommunity.value", item["addCommunity"], "a community like 64512:100")
        elif names == ["prependASPath"] and not 1 <= len(as_list(item["prependASPath"].get("prefix"))) <= 10:
            report.add(key, f"{here}.prependASPath.prefix", item["prependASPath"], "a list of 1 to 10 AS numbers")


def configurations(report: Report, context: Context) -> None:
    """Problems of the BGPConfigurations that would be written."""
    for change, after in context.written("BGPConfiguration"):
        key, spec = change.key, after["spec"]
        if key.name != "default":
            if not key.name.startswith("node."):
                report.add(key, "metadata.name", key.name, "use default, or node.<name> for one node")
            for field in sorted(set(spec) - _PER_NODE):
                report.add(key, f"spec.{field}", spec[field], "only the BGPConfiguration named default may set this")
        for family in ("ipv4", "ipv6"):
            _priority(report, key, f"spec.{family}NormalRoutePriority", spec.get(f"{family}NormalRoutePriority"))
        port = spec.get("listenPort")
        if port is not None and (not _is_int(port) or not 1 <= port <= 65535):
            report.add(key, "spec.listenPort", port, "a port from 1 to 65535 (Calico reads 0 as unset)")
        if spec.get("nodeToNodeMeshEnabled") is False:
            for field in ("nodeMeshPassword", "nodeMeshMaxRestartTime"):
                if spec.get(field):
                    patch = f'calicoctl patch bgpconfiguration default -p \'{{"spec": {{"{field}": null}}}}\''
                    expected = f"only with nodeToNodeMeshEnabled true: keep the mesh, or remove this ({patch})"
                    report.add(key, f"spec.{field}", "…", expected)
        _secret_ref(report, key, "spec.nodeMeshPassword", spec.get("nodeMeshPassword"))
        _communities(report, key, spec)
        for name in as_list(spec.get("ignoredInterfaces")):
            if not isinstance(name, str) or not 0 < len(name) <= 15 or name == "*":
                report.add(key, "spec.ignoredInterfaces", name, "names of at most 15 characters, and not * alone")
        _guards(report, key, change.before, after, context)


def _communities(report: Report, key: Key, spec: Resource) -> None:
    names = set()
    for item in as_list(spec.get("communities")):
        if not isinstance(item, dict) or not item.get("name") or not _COMMUNITY.fullmatch(str(item.get("value", ""))):
            report.add(key, "spec.communities", item, "a name, and a value like 64512:100 or 64512:100:1")
        else:
            names.add(item["name"])
    for item in as_list(spec.get("prefixAdvertisements")):
        for used in as_list(item.get("communities")) if isinstance(item, dict) else ():
            if used not in names and not _COMMUNITY.fullmatch(str(used)):
                report.add(key, "spec.prefixAdvertisements", used, "is neither a community nor one of spec.communities")


def _guards(report: Report, key: Key, before: Resource | None, after: Resource, context: Context) -> None:
    """Changes that take sessions down and are made only if explicitly allowed."""
    empty = {"kind": "BGPConfiguration", "metadata": {"name": key.name}, "spec": {}}
    was, will = effective(before or empty)["spec"], effective(after)["spec"]
    for field in ("listenPort", "bindMode"):
        if was.get(field) != will.get(field) and "listen_change" not in context.allow:
            report.add(
                key,
                f"spec.{field}",
                will.get(field),
                "changes where BIRD listens, and mesh sessions then stay down until calico-node restarts on every "
                "node; set allow: [listen_change] together with a rolling restart (role calico_bgp: "
                "calico_bgp_rolling_restart: true does both)",
            )
    if was.get("nodeToNodeMeshEnabled") and not will.get("nodeToNodeMeshEnabled") and "mesh_off" not in context.allow:
        report.add(
            key,
            "spec.nodeToNodeMeshEnabled",
            False,
            "removes every mesh session; if other sessions carry the routes and you have verified that, set "
            "allow: [mesh_off]",
        )


def _is_int(value: t.Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
