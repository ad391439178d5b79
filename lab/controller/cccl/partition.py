# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bring one partition of the BIG-IP to the controller's wanted state: read, plan, write what differs.

The partition belongs to the controller, as with F5's driver: unwanted objects in it are deleted. Nothing outside it is
changed, nor is the route advertisement of a virtual address.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from cccl import objects
from cccl.icontrol import BigipError, Session
from cccl.objects import POOL, VIRTUAL, Item, Items

LOG = logging.getLogger(__name__)

LTM = "/mgmt/tm/ltm/"
# The mark of F5's driver on its objects; the controller does not pass its version.
METADATA = [{"name": "user_agent", "persist": "true", "value": "k8s-bigip-ctlr-VERSION-UNKNOWN"}]
MONITOR_KINDS = tuple(f"monitor/{name}" for name in objects.MONITORS)


@dataclass(frozen=True)
class Step:
    """One write call."""

    verb: str  # post, put, delete
    path: str
    body: dict[str, Any] | None = None


def reconcile(session: Session, partition: str, resources: dict[str, Any]) -> list[Step]:
    """Bring the partition to the state of ``resources`` and return the calls made (empty if nothing differed).

    Raises UnsupportedError before any write; BigipError with every refused call's words after all were tried.
    """
    try:
        found = session.get(f"/mgmt/tm/auth/partition/{quote(partition)}")
    except BigipError as error:
        if error.status == 404:
            message = f"partition {partition} does not exist on the BIG-IP"
            raise BigipError(error.method, error.path, 404, message) from error
        raise
    route_domain = int(found.get("defaultRouteDomain") or 0)
    wanted = objects.desired(resources, partition, route_domain)
    steps = list(plan(wanted, read(session, partition, route_domain), partition))
    refused = [error for step in steps if (error := _apply(session, step))]
    if steps:
        leftovers = list(plan_leftovers(session, partition, route_domain))
        # A node may still be in use from another partition: that refusal is no failure.
        for step in leftovers:
            _apply(session, step, level=logging.WARNING)
        steps += leftovers
    if refused:
        first = refused[0]
        message = "; ".join(dict.fromkeys(str(error) for error in refused))
        raise BigipError(first.method, first.path, first.status, message)
    return steps


def read(session: Session, partition: str, route_domain: int) -> Items:
    """Every monitor, pool and virtual server of the partition."""
    items: Items = {}
    for kind in (*MONITOR_KINDS, POOL, VIRTUAL):
        for entry in session.list(LTM + kind, partition, expand=kind in (POOL, VIRTUAL)):
            item = objects.actual(kind, entry, route_domain)
            items[kind, item.name] = item
    return items


def plan(wanted: Items, found: Items, partition: str) -> Iterator[Step]:
    """The calls that change ``found`` to ``wanted``, in an order that the BIG-IP accepts. Pure.

    Referenced objects are created before and deleted after the objects that refer to them. Virtual servers are
    deleted before new ones are created, because two may not share a destination.
    """
    gone = [item for key, item in found.items() if key not in wanted and not item.protected]
    for kind in (*MONITOR_KINDS, POOL):
        yield from _changes(wanted, found, partition, kind)
    yield from (Step("delete", _path(item, partition)) for item in gone if item.kind == VIRTUAL)
    yield from _changes(wanted, found, partition, VIRTUAL)
    for kind in (POOL, *MONITOR_KINDS):
        yield from (Step("delete", _path(item, partition)) for item in gone if item.kind == kind)


def _changes(wanted: Items, found: Items, partition: str, kind: str) -> Iterator[Step]:
    for key, item in wanted.items():
        if item.kind != kind:
            continue
        there = found.get(key)
        if there is None:
            yield Step("post", LTM + kind, _creation(item, partition))
        elif not there.protected and _differs(item, there):
            yield Step("put", _path(item, partition), _creation(item, partition))


def _differs(item: Item, there: Item) -> bool:
    """Whether a property that is wanted has another value, or the members are not the wanted ones."""
    return (
        any(there.properties.get(key) != value for key, value in item.properties.items())
        or set(item.members) != set(there.members)
        or any(
            there.members[where].get(key) != value
            for where, settings in item.members.items()
            for key, value in settings.items()
        )
    )


def plan_leftovers(session: Session, partition: str, route_domain: int) -> Iterator[Step]:
    """The nodes that no pool of the partition has as a member, and the virtual addresses that no server uses."""
    items = read(session, partition, route_domain)
    used = {where.address for item in items.values() for where in item.members}
    for node in session.list(LTM + "node", partition):
        if str(node.get("address") or node["name"]).partition("%")[0] not in used:
            yield Step("delete", f"{LTM}node/{_quoted(partition, node['name'])}")
    served = {item.properties["destination"] for item in items.values() if item.kind == VIRTUAL}
    for entry in session.list(LTM + "virtual-address", partition):
        address = str(entry.get("address") or entry["name"]).partition("%")[0]
        if not any(address == place.rpartition("/")[2].partition("%")[0] for place in served):
            yield Step("delete", f"{LTM}virtual-address/{_quoted(partition, entry['name'])}")


def _apply(session: Session, step: Step, level: int = logging.ERROR) -> BigipError | None:
    try:
        match step.verb:
            case "post":
                session.post(step.path, step.body or {})
            case "put":
                session.put(step.path, replaced(session.get(step.path), step.body or {}))
            case _:
                session.delete(step.path)
    except BigipError as error:
        if step.verb == "delete" and error.status == 404:
            return None
        LOG.log(level, "%s", error)
        return error
    LOG.info("%s %s", step.verb.upper(), step.path + (f" {step.body['name']}" if step.verb == "post" else ""))
    return None


def replaced(there: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
    """What f5-sdk, which F5's driver is built on, puts in place of an object: all that it read, and what is wanted."""
    opposite = {"enabled": "disabled", "disabled": "enabled", "vlansDisabled": "vlansEnabled"}
    gone = {opposite[key] for key in body if key in opposite}
    return {key: value for key, value in there.items() if key not in gone} | body


def _creation(item: Item, partition: str) -> dict[str, Any]:
    """The body that F5's published driver sends: fields and names as recorded from it (tests/fixtures/clients)."""
    body = {"name": item.name, "partition": partition, **_body(item.properties)}
    body = {key: value for key, value in body.items() if value not in ("", [], {})}
    if item.kind == POOL:
        members = [_created_member(where, settings, partition) for where, settings in item.members.items()]
        return {
            "description": None,
            "monitor": "default",
            **body,
            "metadata": METADATA,
            "membersReference": {"isSubcollection": True, "items": members},
        }
    if item.kind == VIRTUAL:
        where = objects.destination(body["destination"], 0)[1]
        source = f"{'::' if ':' in where.address else '0.0.0.0'}%{where.route_domain}/0"
        return {
            "connectionLimit": 0,
            "policies": [],
            "rules": [],
            "vlans": [],
            "vlansDisabled": True,
            "source": source,
            "metadata": METADATA,
            **body,
        }
    return body


def _created_member(where: objects.Endpoint, settings: dict[str, Any], partition: str) -> dict[str, Any]:
    state = {} if settings.get("state", "user-up") == "user-up" else {"state": settings["state"]}
    return {
        "connectionLimit": 0,
        "description": None,
        "name": where.name,
        "partition": partition,
        "priorityGroup": 0,
        "ratio": 1,
        **{key: value for key, value in settings.items() if key != "state"},
        **state,
    }


def _body(properties: dict[str, Any]) -> dict[str, Any]:
    """The properties in the form of a write: two keys stand for one flag."""
    body = {key: objects.unescaped(value) if key in ("send", "recv") else value for key, value in properties.items()}
    if "enabled" in body:
        body |= {"enabled": True} if body.pop("enabled") else {"disabled": True}
    return body


def _path(item: Item, partition: str) -> str:
    return f"{LTM}{item.kind}/{_quoted(partition, item.name)}"


def _quoted(partition: str, name: str) -> str:
    """`~k8s~10.0.0.1%250:80`: a percent sign of a route domain is part of the name and must be encoded."""
    return quote(f"~{partition}~{name}", safe="~:")
