# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The BGPPeer of one BIG-IP, for a change that is made while that BIG-IP is drained. Pure."""

from __future__ import annotations

import typing as t

from ansible_collections.podroute.calico_f5.plugins.module_utils.calico import session_resets, topology, topology_steps
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.normalise import canonical_spec
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.ownership import is_managed
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.desired_calico import calico_resources
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.fabric import BigIp, Fabric

Resource = dict[str, t.Any]


def change(
    fabric: Fabric, unit: BigIp, seen: t.Mapping[str, t.Any], secret: tuple[str, str] | None = None
) -> list[Resource]:
    """Its BGPPeer with the filters that it names, for calico_resources; empty if there is no such BGPPeer yet.

    Which nodes it is for stays, because a change of the topology has its own order.

    :param seen: an observation of calico_info
    :param secret: name and key that have the password now, None for those of the fabric
    """
    was = _there(unit, seen)
    if was is None:
        return []
    intent = fabric.as_dict()
    final = topology_steps.final_resources(intent, calico_resources(fabric), topology.topology_of(intent, 1))
    peer = next(item for item in final if _names(item) == ("BGPPeer", unit.peer_name))
    spec = {key: value for key, value in peer["spec"].items() if key != "nodeSelector"}
    if is_managed(was):  # a key that the inventory no longer has; the objects of others keep theirs
        spec = {**{key: None for key in session_resets.PEER_FIELDS if key in was["spec"]}, **spec}
    if secret and "password" in spec:
        spec["password"] = {"secretKeyRef": {"name": secret[0], "key": secret[1]}}
    filters = [item for item in final if item["kind"] == "BGPFilter" and _names(item)[1] in (spec.get("filters") or ())]
    return [*filters, {**peer, "spec": spec}]


def resets(fabric: Fabric, unit: BigIp, seen: t.Mapping[str, t.Any]) -> list[str]:
    """The fields of its BGPPeer whose change resets the sessions; ``password`` also if only the Secret changes."""
    was, items = _there(unit, seen), change(fabric, unit, seen)
    if was is None or not items:
        return []
    before, after = ({**was, "spec": canonical_spec("BGPPeer", spec)}
                     for spec in (was["spec"], {**was["spec"], **items[-1]["spec"]}))  # fmt: skip
    fields = session_resets.peer_fields(before, after)
    secret = any(item["kind"] == "Secret" and item["action"] == "update" for item in seen.get("password") or ())
    return list(dict.fromkeys([*fields, *(["password"] if secret and fabric.password_secret else [])]))


def _there(unit: BigIp, seen: t.Mapping[str, t.Any]) -> Resource | None:
    found = (item for item in seen["resources"]["BGPPeer"] if item["metadata"]["name"] == unit.peer_name)
    return next(found, None)


def _names(item: Resource) -> tuple[str, str]:
    return item["kind"], item["metadata"]["name"]
