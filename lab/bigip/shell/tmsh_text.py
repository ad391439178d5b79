# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""tmsh's form of objects: `ltm pool p { members { … } }`, rendered from the configuration and parsed into it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from bigip.config.schema import Kind
from bigip.config.store import Entry, Store

_BARE = re.compile(r"[A-Za-z0-9_./:%*@+,=-]+$")
_PORTS = {
    "80": "http",
    "443": "https",
    "179": "bgp",
    "22": "ssh",
    "53": "domain",
    "161": "snmp",
    "520": "efs",
    "1026": "cap",
    "4353": "f5-iquery",
}
# Properties that tmsh never lists, because they are part of others or only of REST.
_HIDDEN = frozenset({"floating", "unit", "addressSource", "inheritedTrafficGroup"})


def kebab(name: str) -> str:
    return re.sub(r"[A-Z]", lambda found: "-" + found[0].lower(), name)


def camel(name: str) -> str:
    return re.sub(r"-(\w)", lambda found: found[1].upper(), name)


def word(value: Any) -> str:
    text = str(value)
    if _BARE.match(text):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"' if text else '""'


# writing


def listing(store: Store, entry: Entry, every: bool = False, only: Iterable[str] = ()) -> str:
    """One object. Without ``every``, defaults are left out, as in tmsh."""
    head = f"{entry.kind.path.replace('/', ' ')} {shown_name(entry)}".rstrip()
    lines = _body(store, entry, every, frozenset(only))
    if not lines:
        return f"{head} {{ }}\n"
    return "\n".join([f"{head} {{", *(f"    {line}" for line in lines), "}", ""])


def shown_name(entry: Entry) -> str:
    """Objects of /Common are named without their folder."""
    name = entry.name
    return name.name if name.partition in ("", "Common") and not name.sub_path else name.full_path.lstrip("/")


def _body(store: Store, entry: Entry, every: bool, only: frozenset[str]) -> list[str]:
    lines = []
    fields = dict(entry.fields) | (entry.kind.show(store, entry) if entry.kind.show else {})
    for name in sorted(fields):
        value = fields[name]
        if name in _HIDDEN or (only and kebab(name) not in only):
            continue
        default = entry.kind.defaults.get(name)
        if not every and not only and value == default and name not in ("mask", "ipProtocol", "source", "destination"):
            continue
        if name == "monitor":
            value = str(value).replace("/Common/", "")
        elif name in entry.kind.references:
            value = [_short(item) for item in value] if isinstance(value, list) else _short(value)
        if name.endswith("Time") and isinstance(value, str) and value.endswith("Z"):
            value = value.replace("T", ":").rstrip("Z")
        lines += _property(kebab(name), value)
    for child in entry.kind.children:
        items = entry.members(child.word)
        if not items or (only and child.word not in only):
            continue
        lines.append(f"{child.word} {{")
        for item in items:
            inner = _body(store, item, every, frozenset())
            lines += [f"    {shown_name(item)} {{", *(f"        {line}" for line in inner), "    }"]
        lines.append("}")
    if only:  # asked for by name and not set
        shown = {kebab(name) for name in fields} | {child.word for child in entry.kind.children}
        lines += [f"{name} none" for name in sorted(only - shown) if camel(name) in entry.kind.known]
    return lines


def _short(path: Any) -> str:
    """Objects in /Common are named without it."""
    return str(path).removeprefix("/Common/")


def _property(name: str, value: Any) -> list[str]:
    if isinstance(value, bool):
        return [name] if value else []
    if isinstance(value, Mapping):
        inner = [line for key, item in value.items() for line in _property(kebab(key), item)]
        return [f"{name} {{", *(f"    {line}" for line in inner), "}"]
    if isinstance(value, list):
        return [f"{name} {{", *(f"    {line}" for item in value for line in _item(item)), "}"]
    return [f"{name} {word(value)}"]


def _item(item: Any) -> list[str]:
    """One entry of a list: a word, or a name with properties."""
    if isinstance(item, Mapping):
        return _property(str(item.get("name")), {key: value for key, value in item.items() if key != "name"})
    return [_service(str(item))]


def _service(text: str) -> str:
    """REST shows `tcp:179`, tmsh `tcp:bgp`."""
    protocol, colon, port = text.partition(":")
    if protocol in ("tcp", "udp") and colon:
        return f"{protocol}:{_PORTS.get(port, port)}"
    if protocol in ("igmp", "ospf", "pim", "gre") and port == "0":
        return f"{protocol}:any"
    return text


# reading


class TmshSyntax(Exception):
    """The message of tmsh for a line."""


def words(text: str) -> list[str]:
    """Words, quoted strings and braces. Raises TmshSyntax."""
    found = []
    for piece in re.finditer(r'"((?:[^"\\]|\\.)*)"|\'([^\']*)\'|([{}])|([^\s{}"\']+)', text):
        quoted, single, brace, plain = piece.groups()
        if brace:
            found.append("\0" + brace)
        elif plain is not None:
            found.append(plain)
        else:
            found.append(re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else single)
    if text.count('"') % 2:
        raise TmshSyntax("Syntax Error: quotes are not balanced")
    return found


def properties(kind: Kind, found: list[str], store: Store, entry: Entry | None) -> dict[str, Any]:
    """`monitor http members add { 10.0.0.1:80 { ratio 2 } }` → the body of a REST call. Raises TmshSyntax."""
    body: dict[str, Any] = {}
    position = 0
    while position < len(found):
        name = camel(found[position])
        position += 1
        if name not in kind.known:
            raise TmshSyntax(f'Syntax Error: "{kebab(name)}" unknown property')
        verb = ""
        if position < len(found) and found[position] in ("add", "delete", "replace-all-with", "modify"):
            verb = found[position]
            position += 1
        if position < len(found) and found[position] == "\0{":
            items, position = _block(found, position)
            child = kind.child(name)
            body[name] = _merge(kind, name, verb, _children(child, items, store) if child else _list(items), entry)
        elif isinstance(kind.defaults.get(name), bool) or name in ("enabled", "disabled", "vlansEnabled"):
            body[name] = True
        elif position < len(found):
            value = found[position]
            body[name] = [] if value == "none" and (kind.child(name) or name == "routingProtocol") else value
            position += 1
        else:
            raise TmshSyntax(f'Syntax Error: "{kebab(name)}" requires a value')
    return body


def _block(found: list[str], position: int) -> tuple[list[str], int]:
    depth, start = 0, position + 1
    while position < len(found):
        depth += {"\0{": 1, "\0}": -1}.get(found[position], 0)
        position += 1
        if not depth:
            return found[start : position - 1], position
    raise TmshSyntax("Syntax Error: braces are not balanced")


def _list(items: list[str]) -> Any:
    """Plain words are a list; `type automap` inside braces is a property of its own."""
    if len(items) == 2 and items[0] == "type":
        return {"type": items[1]}
    if "\0{" in items:
        return _records(items)
    return [item for item in items if item != "none"]


def _records(items: list[str]) -> list[dict[str, str]]:
    """`all-partitions { role admin }`: names with properties, in an object that has no children of that kind."""
    found, position = [], 0
    while position < len(items):
        record = {"name": items[position]}
        position += 1
        if items[position : position + 1] == ["\0{"]:
            inner, position = _block(items, position)
            record |= {camel(key): value for key, value in zip(inner[::2], inner[1::2], strict=False)}
        found.append(record)
    return found


def _children(kind: Kind, items: list[str], store: Store) -> list[dict[str, Any]]:
    found, position = [], 0
    while position < len(items):
        body: dict[str, Any] = {"name": items[position]}
        position += 1
        if position < len(items) and items[position] == "\0{":
            inner, position = _block(items, position)
            body |= properties(kind, inner, store, None)
        found.append(body)
    return found


def _merge(kind: Kind, name: str, verb: str, given: Any, entry: Entry | None) -> Any:
    if entry is None or verb in ("", "replace-all-with") or not isinstance(given, list):
        return given
    if kind.child(name):
        there = {child.full_path: {"name": child.full_path} for child in entry.members(name)}
        named = {
            item["name"] if item["name"].startswith("/") else f"/{entry.name.partition}/{item['name']}": item
            for item in given
        }
        if verb == "delete":
            return [item for path, item in there.items() if path not in named]
        return list((there | named).values())
    there_list = entry.get(name) or []
    there_list = [there_list] if isinstance(there_list, str) else there_list
    if verb == "delete":
        return [item for item in there_list if item not in given]
    return [*there_list, *(item for item in given if item not in there_list)]
