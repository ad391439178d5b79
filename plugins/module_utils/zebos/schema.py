# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of the modules that describe BGP, with their documentation, as one tree.

The argument specification and the documentation fragment are generated from it; neighbor options come from the table
in ``options``, route map clauses from the one in ``policy``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from . import policy
from .kinds import TIMERS
from .options import FAMILY, OPTIONS, PARENTS, Option
from .parse_router import PROTOCOLS

Tree = dict[str, Any]


def _text(doc: str, **more: Any) -> Tree:
    return {"description": doc, "type": "str", **more}


def _int(doc: str, **more: Any) -> Tree:
    return {"description": doc, "type": "int", **more}


def _bool(doc: str) -> Tree:
    return {"description": doc, "type": "bool"}


def _dict(doc: str, suboptions: Tree | None = None) -> Tree:
    return {"description": doc, "type": "dict", **({"suboptions": suboptions} if suboptions else {})}


def _list(doc: str, **suboptions: Any) -> Tree:
    return {"description": doc, "type": "list", "elements": "dict", "suboptions": suboptions}


def neighbor_options(rows: Iterable[Option]) -> Tree:
    """The options of a neighbor that these rows have, documented."""
    tree: Tree = {}
    for row in rows:
        *parents, key = row.place
        place = tree
        for parent in parents:
            place = place.setdefault(parent, {**_dict(PARENTS[parent]), "suboptions": {}})["suboptions"]
        place[key] = {"description": row.doc, **row.kind.schema}
    return tree


def _routes() -> Tree:
    prefix = {"type": "str", "required": True}
    return {
        "networks": _list(
            "Networks that are announced.",
            prefix={"description": "The network.", **prefix},
            route_map=_text("Route-map that changes its attributes."),
        ),
        "aggregates": _list(
            "Aggregates that are announced while a more specific route exists.",
            prefix={"description": "The aggregate.", **prefix},
            summary_only=_bool("Whether the more specific routes are suppressed."),
            as_set=_bool("Whether the path lists the AS numbers of the more specific routes."),
        ),
        "redistribute": _list(
            "Routes of other origins that are announced. V(kernel) includes virtual addresses.",
            protocol=_text("Origin of the routes.", required=True, choices=list(PROTOCOLS)),
            route_map=_text(
                "Route map that selects routes. Without one, V(kernel) announces every kernel route of TMM, including "
                "static and default routes."
            ),
        ),
    }


def _config() -> Tree:
    members = [row for row in OPTIONS if row.field != "peer_group"]
    return {
        "as_number": {
            "description": [
                "The BIG-IP's own AS number, as a quoted string, asplain (V(\"64512\")) or asdot (V(\"1.10\")).",
                "Required unless the device already runs BGP.",
            ],
            "type": "raw",
        },
        "extended_asn_cap": _bool(
            "Whether AS numbers of four octets are used. Enabled when a number above 65535 is configured."
        ),
        "router_id": _text(
            "Router identifier. It must differ from that of every other router, including the HA peer."
        ),
        "timers": {"description": "Timers of all sessions, in seconds. The device's defaults are 30 and 90.",
                   **TIMERS.schema},
        "graceful_restart": _dict("Graceful restart.", {
            "restart_time": _int(
                "Seconds that neighbors wait for this side to restart. The device prints its default, 120."
            ),
            "stalepath_time": _int("Seconds that routes of a restarting neighbor are kept."),
            "graceful_reset": _bool("Whether a reset caused by a configuration change is graceful."),
        }),
        "max_paths": _dict("Maximum number of equal-cost paths.", {
            "ebgp": _int("Number of external paths."),
            "ibgp": _int("Number of internal paths."),
        }),
        "peer_groups": _list(
            "Peer groups.", name=_text("Name of the group.", required=True), **neighbor_options(members)
        ),
        "neighbors": _list(
            "Neighbors. Settings of the peer group need not be repeated.",
            address=_text("Address of the neighbor.", required=True),
            **neighbor_options(OPTIONS),
        ),
        **_routes(),
        "address_family_ipv6": _dict("IPv6 routes.", {
            "neighbors": _list(
                "Neighbors and peer groups, which must also be in O(config.neighbors) or O(config.peer_groups).",
                address=_text("Address of the neighbor or name of the peer group.", required=True),
                **neighbor_options(FAMILY),
            ),
            **_routes(),
        }),
    }  # fmt: skip


def tree() -> Tree:
    """All options, each with its documentation."""
    action = {"type": "str", "required": True, "choices": list(policy.ACTIONS)}
    clauses = {
        kind: ", ".join(f"C({key})" for which, key in policy.CLAUSE if which == kind) for kind in ("match", "set")
    }
    return {
        "config": _dict("The configuration of C(router bgp).", _config()),
        "prefix_lists": _list(
            "Prefix-lists.",
            name=_text("Name of the list.", required=True),
            afi=_text("Address family of the list.", choices=["ipv4", "ipv6"], default="ipv4"),
            entries=_list(
                "Entries of the list. At least one; an empty list permits everything.",
                seq=_int("Sequence number. Defaults to five times the position."),
                action={"description": "Action for a matching prefix.", **action},
                prefix=_text("The prefix, or V(any).", required=True),
                ge=_int("Shortest prefix length that matches."),
                le=_int("Longest prefix length that matches."),
            ),
        ),
        "route_maps": _list(
            "Route-maps.",
            name=_text("Name of the map.", required=True),
            entries=_list(
                "Entries of the map.",
                seq=_int("Sequence number. Defaults to ten times the position."),
                action={"description": "Action for a matching route.", **action},
                match=_dict(f"Conditions. Keys are {clauses['match']}. C(ip_address) names an access-list."),
                set=_dict(f"Attributes to set on a matching route. Keys are {clauses['set']}."),
            ),
        ),
        "access_lists": _list(
            "Access-lists. The order of the entries is significant.",
            name=_text("Name or number of the list.", required=True),
            entries=_list(
                "Entries of the list.",
                action=_text("Action for a match.", required=True, choices=[*policy.ACTIONS, "remark"]),
                source=_text(
                    "The match in the syntax of imish, for example V(10.0.0.0/8) or V(any). For a remark, its text.",
                    required=True,
                ),
            ),
        ),
    }


def spec(options: Mapping[str, Any]) -> dict[str, Any]:
    """The argument specification for a tree of documented options."""
    result = {}
    for key, item in options.items():
        entry = {word: value for word, value in item.items() if word not in ("description", "suboptions")}
        if "suboptions" in item:
            entry["options"] = spec(item["suboptions"])
        if key == "password":
            entry["no_log"] = True
        result[key] = entry
    return result
