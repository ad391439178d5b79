# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where BIRD listens: keys of the BGPConfiguration that are changed separately, with a restart. Pure."""

from __future__ import annotations

import copy
import typing as t

from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.normalise import Resource

DEFAULTS: t.Mapping[str, t.Any] = {"listenPort": 179, "bindMode": "None"}
RESTART_MARK = "podroute.calico-f5/restart"  # annotation: written, and not every node has restarted since


def kept(resources: t.Iterable[Resource], configurations: t.Iterable[Resource]) -> list[Resource]:
    """The resources; their BGPConfigurations keep the listening keys that the cluster has.

    If a configuration is replaced as a whole, keys that it does not have are removed, and the sessions with them.
    Annotations are always merged, so the mark stays.
    """
    there = {item["metadata"]["name"]: item for item in configurations}
    return [_kept(item, there.get(item["metadata"]["name"])) if item["kind"] == "BGPConfiguration" else item
            for item in map(dict, resources)]  # fmt: skip


def _kept(wanted: Resource, there: Resource | None) -> Resource:
    if there is None:
        return wanted
    result = copy.deepcopy(wanted)
    spec = result.setdefault("spec", {})
    for key in DEFAULTS:
        if there["spec"].get(key) is not None:
            spec.setdefault(key, there["spec"][key])
    return result


def asked(resources: t.Iterable[Resource], wanted: t.Mapping[str, t.Any]) -> list[Resource]:
    """The resources, with the listening keys that are wanted in the default BGPConfiguration."""
    return [{**item, "spec": {**item.get("spec", {}), **wanted}} if _is_default(item) else item for item in resources]


def restart_is_due(configurations: t.Iterable[Resource], wanted: t.Mapping[str, t.Any]) -> bool:
    """Whether BIRD is to listen on another port or address than the cluster has now."""
    there = next(filter(_is_default, configurations), {})
    spec = {key: value for key, value in (there.get("spec") or {}).items() if value}
    return any(value != spec.get(key, DEFAULTS[key]) for key, value in wanted.items())


def restart_is_pending(configurations: t.Iterable[Resource]) -> bool:
    """Whether an earlier run changed where BIRD listens but did not restart every node, so that sessions are down."""
    there = next(filter(_is_default, configurations), {})
    return RESTART_MARK in ((there.get("metadata") or {}).get("annotations") or {})


def held_back(states: t.Mapping[str, t.Mapping[str, t.Any]], peers: t.Mapping[str, t.Sequence[str]]) -> list[str]:
    """Sessions with other peers that are down, one sentence each: BIRD waits for them after a restart.

    It announces nothing until all its sessions are established or 240 s have passed (BIRD's `graceful restart wait`),
    while the others keep its routes for 120 s. In between, the node's pods cannot be reached.

    ``states`` is ``nodes`` of calico_bgp_status, ``peers`` the sessions of the fabric itself, by node.
    """
    return [
        f"{node}: the session with {session['peer_ip']}, which is not in this inventory, is down"
        for node, state in states.items()
        for session in state.get("sessions", ())
        if session["state"] != "Established" and session["peer_ip"] not in peers.get(node, ())
    ]


def _is_default(resource: Resource) -> bool:
    return resource["kind"] == "BGPConfiguration" and resource["metadata"]["name"] == "default"
