#!/usr/bin/env python3
# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answer the open questions of docs/device-unknowns.md on a real BIG-IP, and print an answer sheet.

Only show commands and GET requests are sent. With --scratch N a few lines are also typed into route domain N, which
must run BGP and have an empty BGP configuration; they are removed again and never saved. Their neighbors are addresses
of RFC 5737 and shut down. The sheet contains no passwords, hashes, names or addresses.

    BIGIP_PASSWORD=… tools/ask_bigip.py --server 192.0.2.10 --user admin --ca-path ca.pem [--scratch 99]
"""

from __future__ import annotations

import argparse
import getpass
import json
import os
import re
import secrets
import ssl
import sys
import time
import urllib.error
import urllib.request
from typing import Any

ADDRESS = re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b|\b[0-9a-fA-F]*:[0-9a-fA-F:]*:[0-9a-fA-F]*\b")
RESTART = "capability graceful-restart"
CAPABILITY = re.compile(rf"^ *(no )?neighbor (\S+) {RESTART}", re.MULTILINE)
PASSWORD = re.compile(r"^ *neighbor \S+ password (.+)$", re.MULTILINE)
MEMBER = re.compile(r"^ *neighbor (\S+) (?:remote-as|peer-group \S)", re.MULTILINE)
INACTIVE = re.compile(r"^ *no neighbor (\S+) activate", re.MULTILINE)
PEER, MEMBER_OF_ASK, RESERVED_AS = "192.0.2.1", "192.0.2.2", "192.0.2.3"
# The two replies of which the words are known: F5's own modules look for them.
NOT_ENABLED, NOT_RUNNING = "% Dynamic routing is not enabled", "% Protocol daemon is not running"
TRIES, PAUSE = 10, 1.0  # seconds: the daemons of a route domain start after it was created
Answer = tuple[str, str, str]  # number, question, answer


class Failed(Exception):
    """The BIG-IP cannot be queried; the text is the reason."""


class Device:
    """A session over iControl REST; use it as a context manager, so that its token is deleted."""

    def __init__(self, server: str, user: str, password: str, ca_path: str | None) -> None:
        self._base = f"https://{server}/mgmt"
        self._context = ssl.create_default_context(cafile=ca_path)
        self._headers = {"Content-Type": "application/json"}
        self._login = {"username": user, "password": password, "loginProviderName": "tmos"}

    def __enter__(self) -> Device:
        token = self.call("POST", "/shared/authn/login", self._login)["token"]["token"]
        self._headers["X-F5-Auth-Token"] = token
        return self

    def __exit__(self, *_error: object) -> None:
        self.call("DELETE", f"/shared/authz/tokens/{self._headers['X-F5-Auth-Token']}")

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """Raises Failed."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._base + path, data, self._headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60, context=self._context) as reply:
                return json.loads(reply.read() or b"{}")
        except urllib.error.HTTPError as error:
            raise Failed(f"{method} {path.split('/tokens/')[0]}: status {error.code}") from error
        except OSError as error:
            raise Failed(f"{path.split('/tokens/')[0]}: {error}") from error

    def imish(self, route_domain: int, *commands: str) -> str:
        """Raises Failed for a route domain without routing daemons."""
        words = " ".join(f'-e "{command}"' for command in commands)
        body = {"command": "run", "utilCmdArgs": f"-c 'imish -r {route_domain} {words}'"}
        for _try in range(TRIES):
            output = str(self.call("POST", "/tm/util/bash", body).get("commandResult") or "")
            if NOT_ENABLED in output:
                raise Failed(f"route domain {route_domain} has no routing protocol: give one with BGP")
            if NOT_RUNNING not in output:
                return output
            time.sleep(PAUSE)
        raise Failed(f"route domain {route_domain}: the routing daemons do not run")


def masked(text: str) -> str:
    """Text on one line, without addresses, passwords and hashes."""
    text = re.sub(r"(password )(?:(\w{1,9}) )?\S+", lambda m: f"{m[1]}{m[2] + ' ' if m[2] else ''}***", text)
    return " / ".join(line.strip() for line in ADDRESS.sub("ADDRESS", text).splitlines() if line.strip())


def graceful_restart(running: str, neighbors: str) -> str:
    lines = CAPABILITY.findall(running)
    typed = {peer for _no, peer in lines}
    groups = dict(re.findall(r"^ *neighbor (\S+) peer-group (\S+)", running, re.MULTILINE))
    shown = re.split(r"^BGP neighbor is ", neighbors, flags=re.MULTILINE)[1:]
    silent = [
        block
        for block in shown
        if not {block.split(",")[0], groups.get(block.split(",")[0])} & typed and "Established" in block
    ]
    on = sum("Graceful restart: advertised" in block for block in silent)
    negative = sum(bool(no) for no, _peer in lines)
    return (
        f"{negative} negative and {len(lines) - negative} positive lines printed; "
        f"of {len(silent)} established neighbors without a line, {on} advertise it"
    )


def passwords(running: str) -> str:
    encrypted = "no service password-encryption" not in running
    forms = sorted(
        {f"{text.split()[0]} HASH" if len(text.split()) > 1 else "one word" for text in PASSWORD.findall(running)}
    )
    return f"service password-encryption is {'on' if encrypted else 'off'}; forms: {', '.join(forms) or 'no password'}"


def summary(running: str, shown: str) -> str:
    peers = {peer for peer in MEMBER.findall(running) if ADDRESS.fullmatch(peer)}
    listed = {word for line in shown.splitlines() for word in line.split()[:1]}
    inactive = peers & set(INACTIVE.findall(running))
    return (
        f"{len(peers & listed)} of {len(peers)} configured neighbors are listed under IPv4; of {len(inactive)} "
        f"without `activate`, {len(inactive & listed)} are"
    )


def suffix(kind: str, items: list[dict[str, Any]]) -> str:
    names = [str(item.get("name")) for item in items]
    return (
        f"{sum('%0' in name for name in names)} of {len(names)} {kind} have %0 in their names, "
        f"{sum('%0' in str(item.get('address')) for item in items)} in their addresses"
    )


def ask(device: Device, route_domain: int) -> list[Answer]:
    """The answers that show output gives."""

    def show(command: str) -> str:
        return device.imish(route_domain, f"show {command}")

    running = show("running-config")
    empty = device.call("GET", "/tm/ltm/pool?$filter=partition+eq+no-such-partition")
    kinds = {"nodes": "node", "virtual addresses": "virtual-address"}
    suffixes = [suffix(kind, device.call("GET", f"/tm/ltm/{path}").get("items") or []) for kind, path in kinds.items()]
    return [
        ("U1", "graceful restart by default, and printed?", graceful_restart(running, show("ip bgp neighbors"))),
        ("U5", "form of hidden passwords", passwords(running)),
        ("U8", "neighbors in `show ip bgp summary`", summary(running, show("ip bgp summary"))),
        ("U9", "%0 in route domain 0", "; ".join(suffixes)),
        # without a file name nothing can be written, whatever the device makes of the word
        ("U10", "`| redirect` without a file", masked(show("version | redirect")) or "accepted without a reply"),
        ("U11", "an empty collection of REST", "`items` is []" if "items" in empty else "`items` is left out"),
    ]


# Number, question, lines, and what of the running configuration shows their effect.
EXPERIMENTS: tuple[tuple[str, str, tuple[str, ...], str], ...] = (
    ("U1", "the positive form, typed", (f"neighbor {PEER} {RESTART}",), RESTART),
    ("U1", "the negative form, typed", (f"no neighbor {PEER} {RESTART}",), RESTART),
    ("U2", "an IPv6 policy line before `activate`", ("address-family ipv6", f"neighbor {PEER} prefix-list ASK in"), ""),
    ("U3", "`no activate` of a group with members", ("no neighbor ASK activate",), ""),
    ("U4", "hold time below three times the keepalive", (f"neighbor {PEER} timers 30 60",), "timers 30 60"),
    ("U4", "keepalive below the default", (f"neighbor {PEER} timers 5 15",), "timers 5 15"),
    ("U4", "AS 23456", (f"neighbor {RESERVED_AS} remote-as 23456", f"neighbor {RESERVED_AS} shutdown"),
     "remote-as 23456"),
    ("U6", "a policy line", ("exit", "ip prefix-list ASK permit 10.0.0.0/8 le 24"), "ip prefix-list ASK"),
    ("U7", "an unknown word", ("frobnicate",), ""),
)  # fmt: skip


def experiment(device: Device, route_domain: int) -> list[Answer]:
    """The answers that need a few lines to be typed into an empty route domain. Raises Failed if it is not empty."""

    def running() -> str:
        return device.imish(route_domain, "show running-config")

    def type_in(*lines: str) -> str:
        return masked(device.imish(route_domain, "configure terminal", *lines, "end")) or "accepted without a reply"

    def effect(pattern: str) -> str:
        found = re.search(rf"^.*{re.escape(pattern)}.*$", running(), re.MULTILINE)
        return f"; printed as `{masked(found[0])}`" if found else "; not printed"

    before = running()
    if "router bgp" in before or "prefix-list" in before:
        raise Failed(f"route domain {route_domain} must run BGP and have an empty configuration")
    router = "router bgp 65001"
    type_in(router, f"neighbor {PEER} remote-as 65010", f"neighbor {PEER} shutdown", "neighbor ASK peer-group",
            "neighbor ASK remote-as 65001", "neighbor ASK shutdown",
            f"neighbor {MEMBER_OF_ASK} peer-group ASK")  # fmt: skip
    try:
        answers = [
            (number, question, type_in(router, *lines) + (effect(pattern) if pattern else ""))
            for number, question, lines, pattern in EXPERIMENTS
        ]
        type_in("service password-encryption", router, f"neighbor {PEER} password {secrets.token_hex(8)}")
        answers.append(("U5", "a password, typed", passwords(running())))
        type_in(router, f"no neighbor {PEER} activate")
        listed = PEER in device.imish(route_domain, "show ip bgp summary").split()
        answers.append(("U8", "a neighbor without IPv4 `activate`", "listed" if listed else "not listed"))
        return answers
    finally:
        undo = ("no service password-encryption",) if "no service password-encryption" in before else ()
        type_in("no router bgp 65001", "no ip prefix-list ASK", *undo)
        if running() != before:
            print(f"route domain {route_domain} differs from its initial state: check `show running-config`",
                  file=sys.stderr)  # fmt: skip


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", required=True, help="address of the BIG-IP, with :port if it is not 443")
    parser.add_argument("--user", default="admin")
    parser.add_argument("--ca-path", help="CA certificate that signed the BIG-IP's")
    parser.add_argument("--route-domain", type=int, default=0, help="the one whose show output is read")
    parser.add_argument("--scratch", type=int, metavar="N", help="type test lines into this empty route domain")
    options = parser.parse_args(argv)
    password = os.environ.get("BIGIP_PASSWORD") or getpass.getpass(f"Password of {options.user}: ")
    try:
        with Device(options.server, options.user, password, options.ca_path) as device:
            version = next(iter(device.call("GET", "/tm/sys/version")["entries"].values()))["nestedStats"]["entries"]
            print(f"TMOS {version['Version']['description']}, build {version['Build']['description']}")
            answers = ask(device, options.route_domain)
            if options.scratch is not None:
                answers += experiment(device, options.scratch)
    except Failed as error:
        print(error, file=sys.stderr)
        return 1
    for number, question, answer in sorted(answers, key=lambda each: int(each[0][1:])):
        print(f"{number:<3} {question}: {answer}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
