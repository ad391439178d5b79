# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A tenant's declaration as configuration objects: collection, name, body. Pure."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bigip.as3.schema import APPLICATION_META, TENANT_META
from bigip.naming import Name, from_path, join_port


@dataclass(frozen=True)
class Wanted:
    path: str
    name: Name
    body: dict[str, Any]


class Place:
    """The folder of an application's objects, and the resolution of its pointers."""

    def __init__(self, tenant: str, application: str, document: Mapping[str, Any]) -> None:
        self.tenant, self.application, self.document = tenant, application, document

    def name(self, word: str) -> Name:
        return Name(self.tenant, self.application, word)

    def pointed(self, pointer: Any, common: str = "") -> str:
        """``{"bigip": path}``, ``{"use": name or path}`` or a plain name → full path.

        ``common`` is what a plain word means that names none of the application's objects.
        """
        if isinstance(pointer, Mapping):
            if "bigip" in pointer:
                return str(pointer["bigip"])
            pointer = pointer.get("use", "")
        word = str(pointer)
        if word.startswith("/"):
            return word
        if word in self.document or not common:
            return self.name(word).full_path
        return f"{common}/{word}"


def objects(tenant: str, document: Mapping[str, Any]) -> list[Wanted]:
    """In an order in which objects refer only to earlier ones."""
    found: list[Wanted] = []
    for word, application in document.items():
        if word in TENANT_META:
            continue
        place = Place(tenant, word, application)
        found.append(Wanted("sys/folder", Name("", "", f"/{tenant}/{word}"), {}))
        for name, body in application.items():
            if name not in APPLICATION_META and body.get("enable", True) is not False:
                found += _CLASSES[body["class"]](place, name, body)
    order = (
        "sys/folder",
        "ltm/monitor",
        "ltm/rule",
        "ltm/data-group",
        "ltm/node",
        "ltm/pool",
        "ltm/virtual-address",
        "ltm/policy",
        "ltm/virtual",
    )
    unique = {(item.path, item.name): item for item in found}  # an address shared by two services is listed once
    return sorted(
        unique.values(), key=lambda item: next(i for i, p in enumerate(order) if f"{item.path}/".startswith(f"{p}/"))
    )


def _remark(body: Mapping[str, Any]) -> dict[str, Any]:
    return {"description": body["remark"]} if body.get("remark") else {}


# services


def _service(profiles: tuple[str, ...], persistence: str, port: int | None) -> Callable[..., Iterable[Wanted]]:
    def make(place: Place, name: str, body: Mapping[str, Any]) -> Iterable[Wanted]:
        number = body.get("virtualPort", port)
        for index, given in enumerate(body["virtualAddresses"]):
            source = "0.0.0.0/0"
            if isinstance(given, list):
                given, source = given[0], (given[1] if len(given) > 1 else source)
            if isinstance(given, Mapping):
                address = from_path(place.pointed(given), place.tenant)
            else:
                host = str(given).partition("/")[0]
                address = Name(place.tenant, "", host)
                yield Wanted("ltm/virtual-address", address, _address_body({}, host))
            virtual = name if index == 0 else f"{name}-{index}-"
            yield Wanted(
                "ltm/virtual",
                place.name(virtual),
                _virtual(place, body, address, number, source, profiles, persistence),
            )

    return make


def _virtual(
    place: Place,
    body: Mapping[str, Any],
    address: Name,
    port: int,
    source: str,
    profiles: tuple[str, ...],
    persistence: str,
) -> dict[str, Any]:
    made: dict[str, Any] = {
        "destination": join_port(address.full_path, port),
        "ipProtocol": body.get("layer4") or ("udp" if "/Common/udp" in profiles else "tcp"),
        "source": body.get("source", source),
        "sourceAddressTranslation": _snat(place, body.get("snat", "auto")),
        "profiles": _profiles(place, body, profiles),
        "policies": [{"name": item} for item in _pointers(place, body.get("policyEndpoint"))],
        "rules": _pointers(place, body.get("iRules")),
        "translateAddress": "enabled" if body.get("translateServerAddress", True) else "disabled",
        "translatePort": "enabled" if body.get("translateServerPort", True) else "disabled",
        "enabled": True,
        **_remark(body),
    }
    if body.get("pool"):
        made["pool"] = place.pointed(body["pool"])
    methods = body.get("persistenceMethods", [persistence] if persistence else [])
    if methods:
        profile = {
            "source-address": "/Common/source_addr",
            "cookie": "/Common/cookie",
            "destination-address": "/Common/dest_addr",
            "tls-session-id": "/Common/ssl",
        }
        first = methods[0]
        path = profile.get(first, f"/Common/{first}") if isinstance(first, str) else place.pointed(first)
        made["persist"] = [{"name": path.rpartition("/")[2], "partition": "Common", "tmDefault": "yes"}]
    if body.get("allowVlans"):
        made |= {"vlans": _pointers(place, body["allowVlans"]), "vlansEnabled": True}
    return made


def _snat(place: Place, snat: Any) -> dict[str, Any]:
    if snat in ("auto", "self"):
        return {"type": "automap"}
    return {"type": "none"} if snat == "none" else {"type": "snat", "pool": place.pointed(snat)}


def _profiles(place: Place, body: Mapping[str, Any], defaults: tuple[str, ...]) -> list[dict[str, str]]:
    """The default profiles of the class, or those referenced instead."""
    found = list(defaults)
    for key, own in (
        ("profileTCP", "/Common/f5-tcp-progressive"),
        ("profileHTTP", "/Common/http"),
        ("profileL4", "/Common/fastL4"),
        ("profileUDP", "/Common/udp"),
    ):
        given = body.get(key)
        if isinstance(given, Mapping) and own in found:
            given = given.get("ingress", given)
            found[found.index(own)] = place.pointed(given)
    for key in ("profileMultiplex", "profileWebSocket"):
        if isinstance(body.get(key), Mapping):
            found.append(place.pointed(body[key]))
    return [{"name": path, "context": "all"} for path in found]


def _pointers(place: Place, given: Any) -> list[str]:
    if not given:
        return []
    return [place.pointed(item) for item in (given if isinstance(given, list) else [given])]


def _address(place: Place, name: str, body: Mapping[str, Any]) -> Iterable[Wanted]:
    host = str(body["virtualAddress"]).partition("/")[0]
    yield Wanted("ltm/virtual-address", place.name(name), _address_body(body, host) | {"address": host})


def _address_body(body: Mapping[str, Any], host: str) -> dict[str, Any]:
    """All properties, with AS3's defaults: a declaration resets changes of others on the address."""
    words = {"enable": "enabled", "disable": "disabled"}
    group = body.get("trafficGroup", "default")
    return {
        "arp": "enabled" if body.get("arpEnabled", True) else "disabled",
        "icmpEcho": words.get(body.get("icmpEcho", "enable"), body.get("icmpEcho")),
        "routeAdvertisement": words.get(body.get("routeAdvertisement") or "disable", body.get("routeAdvertisement")),
        "spanning": "enabled" if body.get("spanningEnabled") else "disabled",
        "trafficGroup": "/Common/traffic-group-1" if group in ("default", "") else group,
        "autoDelete": "false",
        **_remark(body),
    }


# pools and monitors


def _pool(place: Place, name: str, body: Mapping[str, Any]) -> Iterable[Wanted]:
    members = []
    for member in body.get("members") or []:
        home = "Common" if member.get("shareNodes") else place.tenant
        for address in member.get("serverAddresses") or []:
            yield Wanted("ltm/node", Name(home, "", address), {})
            members.append({"name": f"/{home}/{join_port(address, member['servicePort'])}", **_member(member)})
    made: dict[str, Any] = {
        "loadBalancingMode": body.get("loadBalancingMode") or "round-robin",
        "minActiveMembers": body.get("minimumMembersActive", 1),
        "reselectTries": body.get("reselectTries", 0),
        "serviceDownAction": body.get("serviceDownAction") or "none",
        "slowRampTime": body.get("slowRampTime", 10),
        "members": members,
        **_remark(body),
    }
    monitors = [place.pointed(item, "/Common") for item in body.get("monitors") or []]
    minimum = body.get("minimumMonitors", 1)
    if monitors and minimum == "all":
        made["monitor"] = " and ".join(monitors)
    elif monitors:
        made["monitor"] = f"min {minimum} of {{ {' '.join(monitors)} }}"
    yield Wanted("ltm/pool", place.name(name), made)


def _member(member: Mapping[str, Any]) -> dict[str, Any]:
    state = member.get("adminState", "enable")
    return {
        "session": "user-enabled" if state == "enable" else "user-disabled",
        "state": "user-down" if state == "offline" else "user-up",
        "ratio": member.get("ratio", 1),
        "connectionLimit": member.get("connectionLimit", 0),
        "priorityGroup": member.get("priorityGroup", 0),
    }


def _monitor(place: Place, name: str, body: Mapping[str, Any]) -> Iterable[Wanted]:
    kind = "gateway-icmp" if body["monitorType"] == "icmp" else body["monitorType"]
    made: dict[str, Any] = {
        "interval": body.get("interval", 5),
        "timeout": body.get("timeout", 16),
        "timeUntilUp": body.get("timeUntilUp") or 0,
        **_remark(body),
    }
    if kind in ("http", "https", "tcp", "udp"):
        made["send"] = body.get("send") or ("HEAD / HTTP/1.0\\r\\n\\r\\n" if kind.startswith("http") else "")
        if body.get("receive") not in (None, "", "none"):
            made["recv"] = body["receive"]
        elif kind.startswith("http") and "receive" not in body:
            made["recv"] = "HTTP/1."
        if kind in ("http", "https"):
            made["send"] = made["send"].replace("\r", "\\r").replace("\n", "\\n")
    yield Wanted(f"ltm/monitor/{kind}", place.name(name), made)


# policies, iRules, data groups

_OPERANDS = {"equals": "equals", "starts-with": "startsWith", "ends-with": "endsWith", "contains": "contains"}


def _policy(place: Place, name: str, body: Mapping[str, Any]) -> Iterable[Wanted]:
    rules = []
    for index, rule in enumerate(body.get("rules") or []):
        rules.append(
            {
                "name": rule.get("name") or str(index),
                "ordinal": index,
                "conditions": [_condition(number, c) for number, c in enumerate(rule.get("conditions") or [])],
                "actions": [_action(place, number, a) for number, a in enumerate(rule.get("actions") or [])],
            }
        )
    strategy = body.get("strategy", "best-match")
    path = strategy if isinstance(strategy, str) and strategy.startswith("/") else f"/Common/{strategy}"
    yield Wanted(
        "ltm/policy",
        place.name(name),
        {"strategy": path if isinstance(strategy, str) else place.pointed(strategy), "rules": rules, **_remark(body)},
    )


def _condition(number: int, condition: Mapping[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {"name": str(number), "request": True}
    test: Mapping[str, Any] = {}
    if condition.get("type") == "httpHeader" and str(condition.get("name", "")).lower() == "host":
        made |= {"httpHost": True, "host": True}
        test = condition.get("all") or {}
    elif condition.get("type") == "httpUri":
        made["httpUri"] = True
        for key in ("pathSegment", "path", "host"):
            if condition.get(key):
                made |= {key: True, **({"index": condition.get("index") or 1} if key == "pathSegment" else {})}
                test = condition[key]
    elif condition.get("type") == "tcp":
        made |= {"tcp": True, "address": True, "matches": True}
        test = condition.get("address") or {}
    made["values"] = list(test.get("values") or [])
    made[_OPERANDS.get(test.get("operand", "equals"), "equals")] = True
    return made


def _action(place: Place, number: int, action: Mapping[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {"name": str(number), "request": True}
    match action.get("type"):
        case "forward":
            select = action.get("select") or {}
            made |= {"forward": True, "select": True}
            if select.get("pool"):
                made["pool"] = place.pointed(select["pool"])
        case "httpRedirect":
            made |= {"httpReply": True, "redirect": True, "location": action.get("location", "")}
        case "drop":
            made["reset"] = True
        case "httpHeader" | "httpUri" as kind:
            replace = action.get("replace") or {}
            made |= {
                "httpHeader" if kind == "httpHeader" else "httpUri": True,
                "replace": True,
                "value": replace.get("value", ""),
            }
        case "log":
            made |= {"log": True, "write": True, "message": (action.get("write") or {}).get("message", "")}
    return made


def _rule(place: Place, name: str, body: Mapping[str, Any]) -> Iterable[Wanted]:
    code = body["iRule"]
    if isinstance(code, Mapping):
        code = base64.b64decode(code.get("base64", "")).decode(errors="replace")
    yield Wanted("ltm/rule", place.name(name), {"apiAnonymous": code})


def _data_group(place: Place, name: str, body: Mapping[str, Any]) -> Iterable[Wanted]:
    records = [{"name": str(r.get("key", "")), "data": str(r.get("value", ""))} for r in body.get("records") or []]
    yield Wanted("ltm/data-group/internal", place.name(name), {"type": body["keyDataType"], "records": records})


_CLASSES: dict[str, Callable[[Place, str, Mapping[str, Any]], Iterable[Wanted]]] = {
    "Service_HTTP": _service(("/Common/f5-tcp-progressive", "/Common/http"), "cookie", 80),
    "Service_TCP": _service(("/Common/f5-tcp-progressive",), "source-address", None),
    "Service_UDP": _service(("/Common/udp",), "source-address", None),
    "Service_L4": _service(("/Common/fastL4",), "source-address", None),
    "Service_Address": _address,
    "Pool": _pool,
    "Monitor": _monitor,
    "Endpoint_Policy": _policy,
    "iRule": _rule,
    "Data_Group": _data_group,
}
