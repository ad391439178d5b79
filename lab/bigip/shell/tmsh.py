# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""tmsh: list, show, create, modify, delete, save, load and run, as far as clients use them through bash."""

from __future__ import annotations

import re
from typing import Any

from bigip import errors
from bigip.auth.users import User
from bigip.config.schema import Kind
from bigip.config.store import Entry
from bigip.interface import Device
from bigip.naming import Name, from_path
from bigip.pair import commands
from bigip.rest.util import ping
from bigip.shell.bash import Result
from bigip.shell.run_imish import run_imish
from bigip.shell.tmsh_show import SHOW
from bigip.shell.tmsh_text import TmshSyntax, camel, listing, properties, words

WRITES = {"create", "modify", "delete"}


def run(device: Device, user: User, arguments: list[str]) -> Result:
    """`tmsh WORDS…` or `tmsh -c "WORDS…; WORDS…"`."""
    while arguments[:1] in (["-a"], ["-q"], ["-m"]):
        arguments = arguments[1:]
    if arguments[:1] == ["-v"]:
        return Result(f"tmsh version {device.settings.version}\n")
    text = arguments[1] if arguments[:1] == ["-c"] and len(arguments) > 1 else _joined(arguments)
    if not text.strip():
        return Result("", 1, "usage: tmsh [-a] [-c command] [-q] [command]\n")
    folder, printed = "/Common", ""
    for line in _commands(text):
        try:
            if line.split()[:1] == ["cd"]:
                folder = "/" + line.split()[1].strip("/")
                continue
            printed += _command(device, user, line.replace("\\'", "'"), folder)
        except (TmshSyntax, errors.RestError) as error:
            return Result(printed, 1, f"{error}\n")
    return Result(printed)


def _joined(arguments: list[str]) -> str:
    return " ".join(f'"{word}"' if re.search(r"[\s;]", word) else word for word in arguments)


def _commands(text: str) -> list[str]:
    """Split at semicolons outside of quotes and braces."""
    found, depth, quoted, current = [], 0, False, ""
    for char in text:
        quoted ^= char == '"'
        depth += {"{": 1, "}": -1}.get(char, 0) if not quoted else 0
        if char == ";" and not depth and not quoted:
            found.append(current)
            current = ""
        else:
            current += char
    return [line.strip() for line in (*found, current) if line.strip()]


def _command(device: Device, user: User, line: str, folder: str) -> str:
    found = words(line)
    verb, rest = found[0], [word.lstrip("/") if index == 0 else word for index, word in enumerate(found[1:])]
    if verb in WRITES and not user.may("POST", "/mgmt/tm/net/"):
        raise TmshSyntax(f'Syntax Error: unexpected argument "{verb}"')
    match verb:
        case "list":
            return _list(device, rest, folder)
        case "show":
            return _show(device, rest)
        case "create" | "modify" | "delete":
            return _write(device, verb, rest, folder)
        case "save" | "load" if [word for word in rest if not word.startswith("\0")][:2] == ["sys", "config"]:
            with device.lock:
                if verb == "save":
                    device.save()
                else:
                    device.load([word for word in rest[2:] if not word.startswith("\0") and word != "partitions"])
            return "Saving running configuration...\n" if verb == "save" else "Loading configuration...\n"
        case "run":
            return _run(device, user, rest)
    raise TmshSyntax(f'Syntax Error: unexpected argument "{verb}"')


def _kind(device: Device, rest: list[str]) -> tuple[Kind, list[str]]:
    for length in range(min(3, len(rest)), 0, -1):
        kind = device.store.kinds.get("/".join(rest[:length]))
        if kind:
            return kind, rest[length:]
    raise TmshSyntax(f'Syntax Error: unexpected argument "{rest[min(len(rest), 2) - 1] if rest else ""}"')


def _name(kind: Kind, text: str, folder: str) -> Name:
    if not kind.partitioned:
        return Name("", "", text)
    return from_path(text if text.startswith("/") else f"{folder}/{text}")


def _list(device: Device, rest: list[str], folder: str) -> str:
    words_ = [word for word in rest if word not in ("one-line", "recursive")]
    below = folder.rstrip("/") + "/" if "recursive" in rest else None
    kind, rest = _kind(device, words_)
    every = "all-properties" in rest
    rest = [word for word in rest if word != "all-properties" and not word.startswith("\0")]
    with device.lock:
        store = device.store
        entries = sorted(store.objects(kind.path), key=lambda entry: entry.full_path)
        if kind.partitioned and not kind.single:
            entries = [
                entry
                for entry in entries
                if entry.name.folder == folder or (below and entry.full_path.startswith(below))
            ]
        if rest and not kind.single:
            named = _name(kind, rest[0], folder)
            there = [store.find(kind, named)] if _is_object(device, kind, named, rest[0]) else []
            if there:
                entries, rest = there, rest[1:]
        return "".join(listing(store, entry, every, rest) for entry in entries)


def _is_object(device: Device, kind: Kind, name: Name, text: str) -> bool:
    """The first word after a component is a property when it is known as one and there is no such object."""
    known = camel(text) in kind.known
    return not known or name.full_path in device.store.trees[kind.path]


def _show(device: Device, rest: list[str]) -> str:
    for length in range(min(4, len(rest)), 0, -1):
        show = SHOW.get(" ".join(rest[:length]))
        if show:
            with device.lock:
                return show(device, rest[length:])
    raise TmshSyntax(f'Syntax Error: unexpected argument "{rest[-1] if rest else ""}"')


def _write(device: Device, verb: str, rest: list[str], folder: str) -> str:
    if verb == "modify" and rest[:2] == ["cli", "preference"]:
        return ""
    kind, rest = _kind(device, rest)
    with device.lock:
        store = device.store
        if kind.single:
            store.modify(store.find(kind, Name("", "", "")), properties(kind, rest, store, None))
        elif not rest:
            raise TmshSyntax(f'Syntax Error: "{kind.word}" requires a name')
        elif verb == "create":
            name = _name(kind, rest[0], folder)
            body: dict[str, Any] = properties(kind, _unwrapped(rest[1:]), store, None)
            store.create(kind, {"name": name.name, "partition": name.partition, "subPath": name.sub_path} | body)
        else:
            entry: Entry = store.find(kind, _name(kind, rest[0], folder))
            if verb == "delete":
                store.delete(entry)
            else:
                store.modify(entry, properties(kind, _unwrapped(rest[1:]), store, entry))
        device.committed()
    return ""


def _unwrapped(found: list[str]) -> list[str]:
    """`create ltm pool p { monitor http }`: the braces around all properties may be there or not."""
    return found[1:-1] if found[:1] == ["\0{"] and found[-1:] == ["\0}"] else found


def _run(device: Device, user: User, rest: list[str]) -> str:
    if rest[:2] in (["sys", "failover"], ["cm", "config-sync"]):
        commands.run(device, " ".join(rest[:2]), rest[2:])
        return ""
    if rest[:1] != ["util"] or len(rest) < 2:
        raise TmshSyntax(f'Syntax Error: unexpected argument "{rest[0] if rest else ""}"')
    program, words_ = rest[1], rest[2:]
    if program == "imish":
        return run_imish(device, words_)
    if program == "ping":
        return ping(device, words_)
    if program == "bash" and words_[:1] == ["-c"] and len(words_) == 2:
        if not user.may_use_bash or device.db("systemauth.disablebash") == "true":
            raise TmshSyntax('Syntax Error: unexpected argument "bash"')
        return device.bash(user).run(words_[1])
    raise TmshSyntax(f'Syntax Error: unexpected argument "{program}"')
