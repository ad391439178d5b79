# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is wrong with the list of virtual servers, before anything is read or written. Pure; all problems at once."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ansible_collections.podroute.calico_f5.plugins.module_utils.cis.check_declared import declared_problems
from ansible_collections.podroute.calico_f5.plugins.module_utils.cis.check_settings import address_problem, twice
from ansible_collections.podroute.calico_f5.plugins.module_utils.cis.settings import (
    AS3,
    CONFIGMAP,
    Monitor,
    Settings,
    VirtualServer,
)
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.problem import UNSET, Problem, shown

PROTOCOLS = ("http", "tcp", "udp")
LONGEST_NAME, LONGEST_LABEL = 253, 63  # RFC 1123, as Kubernetes limits them
LONGEST = 86400  # seconds: the schema's bound of interval and timeout
BALANCES = frozenset(
    """dynamic-ratio-member dynamic-ratio-node fastest-app-response fastest-node least-connections-member
    least-connections-node least-sessions observed-member observed-node predictive-member predictive-node
    ratio-least-connections-member ratio-least-connections-node ratio-member ratio-node ratio-session round-robin
    weighted-least-connections-member weighted-least-connections-node""".split()
)
# The first schema of legacy ConfigMaps with each feature, as N of bigip-virtual-server_v0.1.N.json.
BALANCE_SINCE, MONITOR_SINCE, DOMAIN_SINCE, UDP_SINCE, RECV_SINCE, NEWEST_SCHEMA = 1, 2, 4, 5, 6, 7

_LABEL = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_SUBDOMAIN = re.compile(rf"{_LABEL}(\.{_LABEL})*")  # RFC 1123, as Kubernetes names objects

Found = Iterator[tuple[str, object, str]]  # field of the entry, value, what is expected


def virtual_problems(settings: Settings, networks: Mapping[str, Any], host: str) -> list[Problem]:
    """Every problem of the list.

    :param networks: what the fabric uses: lists of CIDRs `vip_ranges`, `pods`, `services`; missing ones are not
        checked
    :param host: the inventory host whose variable the list is
    """
    problems = []
    entries = settings.virtual_servers
    for index, entry in enumerate(entries):
        found = [*_entry(entry, settings), *_networks(entry, networks)]
        problems += [
            Problem(host, f"virtual_servers[{index}].{key}", shown(value), expected) for key, value, expected in found
        ]
    places: dict[str, list[tuple[object, ...]]] = {
        "name": [(entry.namespace, entry.name) for entry in entries],
        "address and port": [(entry.address, entry.port, entry.protocol == "udp") for entry in entries],
    }
    for what, values in places.items():
        for value in sorted(twice(values), key=str):
            used = " and ".join(str(i) for i, other in enumerate(values) if other == value)
            seen = ":".join(str(part) for part in value if not isinstance(part, bool))
            problems.append(
                Problem(host, "virtual_servers", f"the same {what} {seen} in entries {used}", f"each {what} once")
            )
    problems += _domains(settings, host)
    if settings.mode != CONFIGMAP:
        problems += declared_problems(settings, host)
    return problems


def _domains(settings: Settings, host: str) -> Iterator[Problem]:
    """The pool members of a partition are in its one default route domain, so its virtual servers must be there too."""
    first: dict[str, tuple[int, int]] = {}  # partition -> index and route domain of its first virtual server
    for index, entry in enumerate(settings.virtual_servers):
        domain, partition = settings.domain_of(entry), settings.partition_of(entry)
        earlier, expected = first.setdefault(partition, (index, domain))
        if domain != expected:
            yield Problem(
                host,
                f"virtual_servers[{index}].address",
                shown(entry.address),
                f"an address in route domain {expected}, as in entry {earlier} of the same partition {partition}",
            )


def _entry(entry: VirtualServer, settings: Settings) -> Found:
    if not _SUBDOMAIN.fullmatch(entry.name) or len(entry.name) > LONGEST_NAME:
        wanted = f"at most {LONGEST_NAME} lower-case letters, digits, hyphens and dots, as Kubernetes names objects"
        yield "name", entry.name, wanted
    if not re.fullmatch(_LABEL, entry.service) or len(entry.service) > LONGEST_LABEL:
        wanted = f"the name of a Service: at most {LONGEST_LABEL} lower-case letters, digits and hyphens"
        yield "service", entry.service, wanted
    if entry.namespace not in settings.watch_namespaces:
        yield (
            "namespace",
            entry.namespace,
            f"a namespace of bigip_ctlr_watch_namespaces ({', '.join(settings.watch_namespaces) or 'none is valid'})",
        )
    for key in ("port", "service_port"):
        if not 1 <= getattr(entry, key) <= 65535:
            yield key, getattr(entry, key), "a port from 1 to 65535"
    wrong = address_problem(entry.address)
    if wrong:
        yield "address", entry.address, wrong
    if entry.protocol not in PROTOCOLS:
        yield "protocol", entry.protocol, f"one of {', '.join(PROTOCOLS)}"
    if entry.balance not in BALANCES:
        yield "balance", entry.balance, f"a method of the BIG-IP: {', '.join(sorted(BALANCES))}"
    if entry.host and (settings.mode == AS3 or entry.protocol != "http"):
        yield "host", entry.host, "nothing: only http in mode crd selects by host name"
    if entry.partition == "Common":
        yield "partition", "Common", "a dedicated partition"
    if entry.monitor:
        yield from _monitor(entry.monitor, entry.protocol)
    if settings.mode == CONFIGMAP:
        yield from _legacy(entry, settings)


def _monitor(monitor: Monitor, protocol: str) -> Found:
    if monitor.type not in PROTOCOLS:
        yield "monitor.type", monitor.type, f"one of {', '.join(PROTOCOLS)}"
    elif (monitor.type == "udp") != (protocol == "udp") and protocol in PROTOCOLS:
        yield "monitor.type", monitor.type, f"one that supports the protocol {protocol}"
    for key in ("interval", "timeout"):
        if not 1 <= getattr(monitor, key) <= LONGEST:
            yield f"monitor.{key}", getattr(monitor, key), f"seconds from 1 to {LONGEST}"
    if monitor.timeout <= monitor.interval:
        yield (
            "monitor.timeout",
            monitor.timeout,
            f"more than the interval of {monitor.interval}: otherwise a member is down before its next check",
        )
    if monitor.recv and not monitor.send:
        yield "monitor.send", UNSET, "what to send, because recv is set"


def _legacy(entry: VirtualServer, settings: Settings) -> Found:
    """What the schema of the ConfigMap cannot express, and what the cccl agent does not support."""
    found = re.fullmatch(r"v0\.1\.(\d)", settings.schema)
    if not found or int(found[1]) > NEWEST_SCHEMA:
        return  # reported once, with the settings
    schema = int(found[1])
    lacks = [
        ("balance", entry.balance, entry.balance != "round-robin", BALANCE_SINCE),
        ("monitor", "given", entry.monitor is not None, MONITOR_SINCE),
        ("address", entry.address, "%" in entry.address, DOMAIN_SINCE),
        ("protocol", "udp", entry.protocol == "udp", UDP_SINCE),
        ("monitor.recv", entry.monitor.recv if entry.monitor else None,
         bool(entry.monitor and entry.monitor.recv), RECV_SINCE),
    ]  # fmt: skip
    for key, value, used, since in lacks:
        if used and schema < since:
            yield key, value, f"nothing with schema {settings.schema}: it was introduced with v0.1.{since}"
    if entry.partition and entry.partition != settings.partition:
        yield (
            "partition",
            entry.partition,
            f"{settings.partition}: the cccl agent supports only the controller's partition",
        )
    if entry.host and entry.protocol == "http":
        yield "host", entry.host, "nothing: a legacy ConfigMap cannot select by host name (mode crd can)"


def _networks(entry: VirtualServer, networks: Mapping[str, Any]) -> Found:
    try:
        address = ipaddress.ip_address(entry.address.partition("%")[0])
    except ValueError:
        return
    ranges = list(networks.get("vip_ranges") or ())
    if ranges and not _inside(address, ranges):
        yield "address", entry.address, f"an address inside vip_ranges: {', '.join(map(str, ranges))}"
    for key, words in (("pods", "the pods' addresses"), ("services", "the Services' addresses")):
        hit = _inside(address, networks.get(key) or ())
        if hit:
            yield "address", entry.address, f"an address outside {words} {hit}"


def _inside(address: ipaddress.IPv4Address | ipaddress.IPv6Address, cidrs: Iterable[str]) -> str | None:
    return next((cidr for cidr in map(str, cidrs) if address in ipaddress.ip_network(cidr, strict=False)), None)
