# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Virtual servers that the AS3 modes cannot express, or that the controller would not create. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterator

from ansible_collections.podroute.calico_f5.plugins.module_utils.cis import as3, custom
from ansible_collections.podroute.calico_f5.plugins.module_utils.cis.settings import AS3, Settings, VirtualServer
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.problem import Problem, shown

TENANT_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*")
LONGEST_LABEL = 63  # of a value of a Kubernetes label
LONGEST_INTERVAL, LONGEST_TIMEOUT = 3600, 900  # seconds: AS3's bounds for monitors

Found = Iterator[tuple[str, object, str]]  # field of the entry, value, what is expected


def declared_problems(settings: Settings, host: str) -> list[Problem]:
    """Every problem of the list in the modes as3 and crd."""
    problems = []
    for index, entry in enumerate(settings.virtual_servers):
        for field, value, expected in [*_entry(entry, settings), *_among(index, entry, settings)]:
            problems.append(Problem(host, f"virtual_servers[{index}].{field}", shown(value), expected))
    return problems


def _entry(entry: VirtualServer, settings: Settings) -> Found:
    tenant = settings.partition_of(entry)
    if not TENANT_NAME.fullmatch(tenant):
        yield "partition", tenant, "a name that begins with a letter, of letters, digits, _ . -"
    if entry.monitor and entry.monitor.interval > LONGEST_INTERVAL:
        yield "monitor.interval", entry.monitor.interval, f"at most {LONGEST_INTERVAL} seconds, the maximum of AS3"
    if entry.monitor and entry.monitor.timeout > LONGEST_TIMEOUT:
        yield "monitor.timeout", entry.monitor.timeout, f"at most {LONGEST_TIMEOUT} seconds, the maximum of AS3"
    if settings.mode != AS3:
        return
    if tenant == settings.partition:
        yield (
            "partition",
            tenant,
            "a partition other than the controller's own, which it rejects in AS3 ConfigMaps (leave it out for "
            f"{settings.partition}_NAMESPACE)",
        )
    for field, value in (("partition", tenant), ("name", as3.pool_name(entry))):
        if len(value) > LONGEST_LABEL:
            yield field, value, f"a name that fits into a label of the Service: at most {LONGEST_LABEL} characters"


def _among(index: int, entry: VirtualServer, settings: Settings) -> Found:
    """Conflicts with an earlier entry."""

    def first(same: Callable[[VirtualServer], Hashable]) -> int | None:
        earlier = enumerate(settings.virtual_servers[:index])
        return next((number for number, other in earlier if same(other) == same(entry)), None)

    def address(one: VirtualServer) -> Hashable:
        return settings.partition_of(one), one.address

    shared = first(address)
    if shared is not None:
        other = settings.virtual_servers[shared]
        if custom.advertisement(other) != custom.advertisement(entry):
            yield (
                "route_advertisement",
                entry.route_advertisement,
                f"{other.route_advertisement}, as in entry {shared} with the same address",
            )
    if settings.mode != AS3:
        return
    same = first(lambda one: (one.namespace, one.service))
    if same is not None:
        yield (
            "service",
            entry.service,
            f"a Service other than that of entry {same}: the controller finds a pool's Service by its labels, so a "
            "Service can have only one pool (mode crd has no such limit)",
        )
    same = first(lambda one: (settings.partition_of(one), as3.application_name(one)))
    if same is not None:
        yield "name", entry.name, f"a name that differs from that of entry {same} in letters or digits"
    same = first(settings.partition_of)
    home = entry.namespace if same is None else settings.virtual_servers[same].namespace
    if home != entry.namespace:
        yield (
            "partition",
            settings.partition_of(entry),
            f"a partition other than that of entry {same} in namespace {home}: a ConfigMap replaces every "
            "declaration of the same partition",
        )
