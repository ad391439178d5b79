# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""/mgmt/tm/util: bash, ping, unix-rm, unix-mv, unix-ls; and /mgmt/tm/sys/config with save and load."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Callable
from typing import Any

from bigip import errors
from bigip.interface import Device
from bigip.rest.message import Call, Reply

PING_LIMIT = 60  # seconds


def handle(device: Device, call: Call) -> Reply:
    words = call.below("/mgmt/tm/util")
    worker = WORKERS.get(words[0]) if len(words) == 1 else None
    if worker is None:
        raise errors.tm_not_registered(call.path)
    if call.method != "POST":
        raise errors.method_not_allowed(call.method, call.path)
    body = call.json()
    if body.get("command") != "run":
        raise errors.syntax(f'invalid command "{body.get("command")}"')
    arguments = body.get("utilCmdArgs")
    if not isinstance(arguments, str):
        raise errors.syntax("utilCmdArgs must be specified")
    try:
        split = shlex.split(arguments)
    except ValueError:
        raise errors.syntax("quotes are not balanced") from None
    result = worker(device, call, split)
    shown: dict[str, Any] = {"kind": f"tm:util:{words[0]}:runstate", "command": "run", "utilCmdArgs": arguments}
    if result:
        shown["commandResult"] = result  # a device leaves it out when nothing was printed
    return Reply(shown)


def _bash(device: Device, call: Call, words: list[str]) -> str:
    assert call.user is not None
    disabled = device.db("systemauth.disablebash") == "true"
    if disabled or not call.user.may_use_bash:
        raise errors.unexpected("bash")
    if len(words) < 2 or words[0] != "-c":
        raise errors.unexpected(words[0] if words else "")
    return device.bash(call.user).run(words[1])


def _unix(name: str) -> Callable[[Device, Call, list[str]], str]:
    def run(device: Device, call: Call, words: list[str]) -> str:
        assert call.user is not None
        if call.user.role in ("guest", "operator", "auditor"):
            raise errors.unexpected(f"unix-{name}")
        result = device.files.commands()[name](words, "")
        text = result.out + result.err
        return f"/bin/{text}" if result.err else text

    return run


def ping(device: Device, words: list[str]) -> str:
    """A real ping from the device's namespace, bounded in time."""
    if "-c" not in " ".join(words):
        words = ["-c", "5", *words]
    program = "ping6" if any(":" in word for word in words) else "ping"
    if device.settings.detached:
        return f"{program}: the device is detached: it has no network\n"
    try:
        done = subprocess.run(["ping", *words], capture_output=True, text=True, timeout=PING_LIMIT, check=False)
    except subprocess.TimeoutExpired as error:
        output = error.stdout or b""
        return output.decode(errors="replace") if isinstance(output, bytes) else output
    return done.stdout + done.stderr


def _ping(device: Device, call: Call, words: list[str]) -> str:
    return ping(device, words)


WORKERS: dict[str, Callable[[Device, Call, list[str]], str]] = {
    "bash": _bash,
    "ping": _ping,
    "unix-rm": _unix("rm"),
    "unix-mv": _unix("mv"),
    "unix-ls": _unix("ls"),
}


def _load_words(body: dict[str, Any]) -> list[str]:
    """``options: [{"merge": true}, {"file": F}]``, or the same in ``utilCmdArgs``, as tmsh's words."""
    words = str(body.get("utilCmdArgs") or "").split()
    for option in body.get("options") or []:
        for name, value in option.items():
            words += [name] if value in (True, "") else [name, str(value)]
    if body.get("name"):
        words.append(str(body["name"]))
    return words


def config(device: Device, call: Call) -> Reply:
    """POST /mgmt/tm/sys/config: save, or load what was saved."""
    assert call.user is not None
    if call.method != "POST":
        raise errors.method_not_allowed(call.method, call.path)
    if call.user.role in ("guest", "operator", "auditor"):
        raise errors.role_refused(call.user.name, call.method, call.path, call.sender)
    body = call.json()
    command = body.get("command")
    with device.lock:
        if command == "save":
            device.save()
        elif command == "load":
            device.load(_load_words(body))
        else:
            raise errors.syntax(f'invalid command "{command}"')
    return Reply({"kind": f"tm:sys:config:{command}state", **body})
