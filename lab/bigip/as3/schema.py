# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The valid content of a declaration, as far as the simulator supports it; all errors at once, like AS3."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

TENANT_META = frozenset(
    {
        "class",
        "label",
        "remark",
        "defaultRouteDomain",
        "enable",
        "verifiers",
        "constants",
        "controls",
        "optimisticLockKey",
        "useCommonRouteDomainTenant",
    }
)
APPLICATION_META = frozenset(
    {"class", "label", "remark", "template", "enable", "constants", "schemaOverlay", "statsProfile"}
)
ADC_META = frozenset(
    {
        "class",
        "schemaVersion",
        "id",
        "label",
        "remark",
        "controls",
        "updateMode",
        "$schema",
        "target",
        "constants",
        "scratch",
    }
)

_NAME = re.compile(r"[A-Za-z][\w.-]{0,189}\Z", re.ASCII)
Check = Callable[[Any], str]  # a complaint, or an empty string


def _is(words: str, *types: type) -> Check:
    return lambda value: (
        ""
        if isinstance(value, types) and not (isinstance(value, bool) and bool not in types)
        else (f"should be {words}")
    )


text, number, flag = _is("string", str), _is("integer", int), _is("boolean", bool)
array, pointer, anything = _is("array", list), _is("string,object", str, dict), _is("anything", object)


def one_of(*values: Any) -> Check:
    return lambda value: "" if value in values else "should be equal to one of the allowed values"


def between(low: int, high: int) -> Check:
    def check(value: Any) -> str:
        if complaint := number(value):
            return complaint
        return "" if low <= value <= high else (f"should be >= {low}" if value < low else f"should be <= {high}")

    return check


def _addresses(value: Any) -> str:
    if complaint := array(value):
        return complaint
    for item in value:
        plain = item[0] if isinstance(item, list) and item else item
        if isinstance(plain, dict) and ("use" in plain or "bigip" in plain):
            continue
        try:
            ipaddress.ip_interface(str(plain).partition("%")[0])
        except ValueError:
            return f'should match format "f5ip" ({plain})'
    return ""


def _address(value: Any) -> str:
    return text(value) or _addresses([value])


_ADVERTISE = one_of("enable", "disable", "selective", "always", "any", "all")
_REMARKS: dict[str, Check] = {"class": text, "label": text, "remark": text}
_SERVICE: dict[str, Check] = _REMARKS | {
    "virtualAddresses": _addresses,
    "virtualPort": between(0, 65535),
    "pool": pointer,
    "snat": pointer,
    "enable": flag,
    "layer4": one_of("any", "tcp", "udp", "sctp"),
    "source": text,
    "persistenceMethods": array,
    "profileTCP": pointer,
    "profileUDP": pointer,
    "profileHTTP": pointer,
    "profileL4": pointer,
    "profileMultiplex": pointer,
    "profileWebSocket": pointer,
    "profileAnalytics": pointer,
    "policyEndpoint": anything,
    "iRules": array,
    "allowVlans": array,
    "rejectVlans": array,
    "mirroring": one_of("none", "L4"),
    "lastHop": pointer,
    "translateServerAddress": flag,
    "translateServerPort": flag,
    "maxConnections": number,
    "shareAddresses": flag,
    "metadata": anything,
    "httpMrfRoutingEnabled": flag,
    "redirect80": flag,
    "securityLogProfiles": array,
    "virtualType": text,
    "clonePools": anything,
    "addressStatus": flag,
}
CLASSES: dict[str, tuple[dict[str, Check], tuple[str, ...]]] = {
    "Service_HTTP": (_SERVICE, ("virtualAddresses",)),
    "Service_TCP": (_SERVICE, ("virtualAddresses", "virtualPort")),
    "Service_UDP": (_SERVICE, ("virtualAddresses", "virtualPort")),
    "Service_L4": (_SERVICE, ("virtualAddresses", "virtualPort")),
    "Service_Address": (
        _REMARKS
        | {
            "virtualAddress": _address,
            "arpEnabled": flag,
            "icmpEcho": one_of("enable", "disable", "selective"),
            "routeAdvertisement": _ADVERTISE,
            "spanningEnabled": flag,
            "trafficGroup": text,
        },
        ("virtualAddress",),
    ),
    "Pool": (
        _REMARKS
        | {
            "loadBalancingMode": text,
            "members": array,
            "monitors": array,
            "minimumMonitors": anything,
            "minimumMembersActive": number,
            "reselectTries": number,
            "serviceDownAction": text,
            "slowRampTime": number,
            "allowNATEnabled": flag,
            "allowSNATEnabled": flag,
            "metadata": anything,
        },
        (),
    ),
    "Monitor": (
        _REMARKS
        | {
            "monitorType": one_of("http", "https", "tcp", "tcp-half-open", "udp", "icmp"),
            "interval": between(1, 3600),
            "timeout": between(0, 900),
            "send": text,
            "receive": text,
            "receiveDown": text,
            "targetAddress": text,
            "targetPort": between(0, 65535),
            "timeUntilUp": number,
            "adaptive": flag,
            "dscp": number,
            "reverse": flag,
            "transparent": flag,
            "upInterval": number,
            "clientCertificate": text,
            "ciphers": text,
            "clientTLS": pointer,
            "username": text,
            "passphrase": anything,
        },
        ("monitorType",),
    ),
    "Endpoint_Policy": (_REMARKS | {"rules": array, "strategy": pointer}, ()),
    "iRule": (_REMARKS | {"iRule": pointer, "expand": flag}, ("iRule",)),
    "Data_Group": (
        _REMARKS
        | {
            "keyDataType": one_of("string", "integer", "ip"),
            "records": array,
            "storageType": one_of("internal"),
            "ignoreChanges": flag,
            "name": text,
        },
        ("keyDataType",),
    ),
}
_MEMBER: dict[str, Check] = {
    "addressDiscovery": one_of("static"),
    "serverAddresses": array,
    "servers": array,
    "servicePort": between(0, 65535),
    "shareNodes": flag,
    "adminState": one_of("enable", "disable", "offline"),
    "ratio": between(0, 100),
    "connectionLimit": number,
    "priorityGroup": number,
    "enable": flag,
    "remark": text,
    "monitors": array,
    "minimumMonitors": anything,
    "rateLimit": number,
}


def is_tenant(value: Any) -> bool:
    return isinstance(value, Mapping) and value.get("class") == "Tenant"


def tenants_of(declaration: Mapping[str, Any]) -> list[str]:
    """The names of all objects that are, or should be, tenants."""
    return [name for name, value in declaration.items() if isinstance(value, Mapping) and name not in ADC_META]


def validate(declaration: Any, tenants: Iterable[str]) -> list[str]:
    """Every error, each with its path. Empty if the declaration is valid."""
    if not isinstance(declaration, Mapping):
        return ["/: should be object"]
    errors = []
    if declaration.get("class") != "ADC":
        errors.append("/class: should be equal to one of the allowed values")
    if not isinstance(declaration.get("schemaVersion"), str):
        errors.append(": should have required property 'schemaVersion'")
    for name in tenants:
        tenant = declaration[name]
        if not _NAME.match(name):
            errors.append(f": should have valid property name ({name})")
        if not is_tenant(tenant):
            errors.append(f"/{name}/class: should be equal to one of the allowed values")
            continue
        for word, application in tenant.items():
            if word in TENANT_META:
                continue
            where = f"/{name}/{word}"
            if not isinstance(application, Mapping) or application.get("class") != "Application":
                errors.append(f"{where}/class: should be equal to one of the allowed values")
                continue
            for item, body in application.items():
                if item not in APPLICATION_META:
                    errors += _object(f"{where}/{item}", body)
    return errors or [fault for name in tenants for fault in _pointers(name, declaration)]


def _object(where: str, body: Any) -> list[str]:
    if not isinstance(body, Mapping):
        return [f"{where}: should be object"]
    known = CLASSES.get(str(body.get("class")))
    if known is None:
        return [f"{where}/class: should be equal to one of the allowed values"]
    checks, required = known
    errors = [f"{where}: should have required property '{name}'" for name in required if name not in body]
    errors += _properties(where, body, checks)
    if body["class"] == "Pool":
        for index, member in enumerate(body.get("members") or []):
            if not isinstance(member, Mapping):
                errors.append(f"{where}/members/{index}: should be object")
                continue
            if "servicePort" not in member:
                errors.append(f"{where}/members/{index}: should have required property 'servicePort'")
            errors += _properties(f"{where}/members/{index}", member, _MEMBER)
    return errors


def _properties(where: str, body: Mapping[str, Any], checks: Mapping[str, Check]) -> list[str]:
    errors = []
    for name, value in body.items():
        check = checks.get(name)
        if check is None:
            errors.append(f"{where}: should NOT have additional properties ({name})")
        elif complaint := check(value):
            errors.append(f"{where}/{name}: {complaint}")
    return errors


def _pointers(tenant: str, declaration: Mapping[str, Any]) -> list[str]:
    """References to objects that are neither in the declaration nor, by ``bigip``, on the device."""
    errors = []
    for word, application in declaration[tenant].items():
        if word in TENANT_META:
            continue
        for item, body in application.items():
            if item in APPLICATION_META:
                continue
            for name in _POINTERS:
                given = body.get(name)
                plain = name not in ("monitors", "virtualAddresses")  # where a string is a name of AS3 or an address
                for index, pointer in enumerate(given if isinstance(given, list) else [given]):
                    target = pointer.get("use") if isinstance(pointer, Mapping) else pointer if plain else None
                    if isinstance(target, str) and not _reaches(target, tenant, application, declaration):
                        place = f"/{index}" if isinstance(given, list) else ""
                        use = "/use" if isinstance(pointer, Mapping) else ""
                        where = f"/{tenant}/{word}/{item}/{name}{place}{use}"
                        errors.append(f"{where}: contains path to non-existent object {target}")
    return errors


_POINTERS = ("pool", "policyEndpoint", "iRules", "monitors", "virtualAddresses")


def _reaches(target: str, tenant: str, application: Mapping[str, Any], declaration: Mapping[str, Any]) -> bool:
    words = target.strip("/").split("/")
    if len(words) == 1:
        return target in application
    if target.startswith("/") and words[0] not in declaration:
        return words[0] == "Common"  # an earlier declaration may have made it
    place: Any = declaration[tenant] if not target.startswith("/") else declaration
    for word in words:
        place = place.get(word) if isinstance(place, Mapping) else None
    return place is not None
