# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan as a configuration of haproxy. Pure.

Each pool with monitors has a separate backend for checks only (``monitor:…``); the backends that carry the
traffic of virtual servers use its results (``track``), independent of their mode.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping

from bigip.tmm.plan import Listener, Member, MemberKey, Monitor, Plan, Pool
from bigip.tmm.policy import Choice, Test

RUN = "/run/tmm"
SOCKET, STATE = f"{RUN}/haproxy.sock", f"{RUN}/servers"
# Checked by TMM itself (probes.py), because haproxy does not support ICMP and UDP.
PROBED = ("icmp", "gateway-icmp", "udp")
BALANCE = {
    "least-connections-member": "leastconn",
    "least-connections-node": "leastconn",
    "ratio-least-connections-member": "leastconn",
    "weighted-least-connections-member": "leastconn",
    "least-sessions": "leastconn",
}  # everything else is round robin, weighted by ratio
WEIGHTED = ("ratio-member", "ratio-node", "ratio-session", "ratio-least-connections-member")

HEAD = f"""\
global
    stats socket {SOCKET} mode 600 level admin expose-fd listeners
    server-state-file {STATE}
    max-spread-checks 500
    maxconn 4000
defaults
    timeout connect 5s
    timeout client 5m
    timeout server 5m
    load-server-state-from-file global
    default-server on-marked-down shutdown-sessions
"""


def render(plan: Plan) -> str:
    pools = {pool.name: pool for pool in plan.pools}
    parts = [HEAD]
    parts += [_watcher(pool) for pool in plan.pools if pool.monitors]
    for listener in plan.listeners:
        parts.append(_frontend(listener, pools))
        for name in dict.fromkeys([listener.pool, *(choice.pool for choice in listener.choices)]):
            if name in pools:
                parts.append(_backend(listener, pools[name]))
    return "".join(parts)


def mark(text: str) -> str:
    """A name of a configuration, by which a running haproxy shows that it has loaded it."""
    return f"{zlib.crc32(text.encode()):08x}"


def marked(text: str) -> str:
    return text.replace("global\n", f"global\n    description {mark(text)}\n", 1)


def identifier(kind: str, *paths: str) -> str:
    """A valid haproxy name: ``monitor:k8s:pool``. Invalid characters are replaced, with a checksum for uniqueness."""
    plain = ":".join([kind, *(path.strip("/").replace("/", ":") for path in paths)])
    clean = re.sub(r"[^A-Za-z0-9_.:-]", "_", plain)
    return clean if clean == plain else f"{clean}-{zlib.crc32(plain.encode()):08x}"


def server_name(key: MemberKey) -> str:
    return identifier("m", key[1])


def names(plan: Plan) -> tuple[dict[tuple[str, str], MemberKey], dict[str, str]]:
    """How to read statistics: (backend, server) → member for the watchers, frontend → virtual server."""
    members = {
        (identifier("monitor", pool.name), server_name(member.key)): member.key
        for pool in plan.pools
        if pool.monitors
        for member in pool.members
    }
    return members, {identifier("vs", listener.name): listener.name for listener in plan.listeners}


# Columns of "show servers state", version 1 (management guide of haproxy).
_COLUMNS = (
    "be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight "
    "srv_time_since_last_change srv_check_status srv_check_result srv_check_health srv_check_state "
    "srv_agent_state bk_f_forced_id srv_f_forced_id srv_fqdn srv_port srvrecord srv_use_ssl srv_check_port "
    "srv_check_addr srv_agent_addr srv_agent_port"
)


def state(plan: Plan, health: Mapping[MemberKey, str]) -> str:
    """The initial state of haproxy: the last results of the checks.

    A member gets no traffic until a check has found it up; a member that was up goes down only after the
    configured number of failures, while haproxy itself would start with the first.
    """
    lines = ["1", f"# {_COLUMNS}"]
    for backend, pool in enumerate((pool for pool in plan.pools if pool.monitors), 1):
        for number, member in enumerate(pool.members, 1):
            running = 2 if health.get(member.key) == "up" else 0
            lines.append(
                f"{backend} {identifier('monitor', pool.name)} {number} {server_name(member.key)} "
                f"{member.address} {running} 0 1 1 0 1 0 0 6 0 0 0 - {member.port} - 0 0 - - 0"
            )
    return "\n".join([*lines, ""])


# backends


def _watcher(pool: Pool) -> str:
    monitors = [monitor for monitor in pool.monitors if monitor.kind not in PROBED]
    lines = [f"backend {identifier('monitor', pool.name)}", "    mode tcp"]
    check = ""
    if monitors:
        lines += ["    option tcp-check", *(f"    {line}" for monitor in monitors for line in checks(monitor))]
        interval = min(monitor.interval for monitor in monitors)
        fall = max(1, min(monitor.timeout for monitor in monitors) // interval)
        lines.append(f"    timeout check {interval}s")
        check = f" check inter {interval}s fall {fall} rise 1"
    lines += [
        f"    server {server_name(m.key)} {_endpoint(m)}{check}{' disabled' if m.forced_down else ''}"
        for m in pool.members
    ]
    return "\n".join(lines) + "\n"


def checks(monitor: Monitor) -> list[str]:
    """A monitor as a dialogue: connect, send its string, wait for the expected reply."""
    lines = ["tcp-check connect" + (" ssl" if monitor.kind == "https" else "")]
    if monitor.kind == "tcp-half-open":
        return lines
    send = send_bytes(monitor)
    if send:
        lines.append(f"tcp-check send-binary {send.hex()}")
    recv = monitor.recv or ("." if monitor.kind in ("http", "https") else "")
    if recv:
        lines.append(f"tcp-check expect rstring {quoted(recv)}")
    return lines


def send_bytes(monitor: Monitor) -> bytes:
    r"""The bytes of a send string. ``\r`` and ``\n`` are written with a backslash; HTTP gets its empty line."""
    escapes = {"\\r": "\r", "\\n": "\n", "\\t": "\t", "\\\\": "\\"}
    text = re.sub(r"\\[rnt\\]", lambda found: escapes[found[0]], monitor.send)
    if monitor.kind in ("http", "https") and text and not text.endswith("\r\n\r\n"):
        text = text.rstrip("\r\n") + "\r\n\r\n"
    return text.encode()


def quoted(text: str) -> str:
    """One quoted word for haproxy's configuration."""
    return "'" + text.replace("\n", r"\n").replace("\r", r"\r").replace("'", "'\\''") + "'"


def _backend(listener: Listener, pool: Pool) -> str:
    lines = [
        f"backend {identifier('pool', listener.name, pool.name)}",
        f"    mode {'http' if listener.http else 'tcp'}",
        f"    balance {BALANCE.get(pool.balance, 'roundrobin')}",
    ]
    if listener.http and listener.forwarded_for:
        lines.append("    option forwardfor")
    for member in pool.members:
        weight = (member.ratio if pool.balance in WEIGHTED else 1) if member.session else 0
        words = [f"    server {server_name(member.key)} {_endpoint(member)} weight {min(weight, 256)}"]
        if pool.monitors:
            words.append(f"track {identifier('monitor', pool.name)}/{server_name(member.key)}")
        elif member.forced_down:
            words.append("disabled")
        lines.append(" ".join(words))
    return "\n".join(lines) + "\n"


def _endpoint(member: Member) -> str:
    return f"{member.address}:{member.port}"


# frontends


def _frontend(listener: Listener, pools: dict[str, Pool]) -> str:
    """Without an available member the connection is closed immediately, as in TMM; haproxy would return 503."""
    address = f"[{listener.address}]" if ":" in listener.address else listener.address
    lines = [
        f"frontend {identifier('vs', listener.name)}",
        f"    bind {address}:{listener.port} transparent",
        f"    mode {'http' if listener.http else 'tcp'}",
    ]
    if listener.choices:
        for number, choice in enumerate(listener.choices, 1):
            lines += [f"    {line}" for line in _acls(f"rule{number}", choice)]
            if choice.pool in pools:
                conditions = " ".join(f"rule{number}_{index}" for index in range(len(choice.tests)))
                name = identifier("pool", listener.name, choice.pool)
                lines.append(f"    use_backend {name}{f' if {conditions}' if conditions else ''}")
    if listener.pool in pools:
        name = identifier("pool", listener.name, listener.pool)
        if not listener.choices:
            lines.append(f"    tcp-request connection reject if {{ nbsrv({name}) lt 1 }}")
        lines.append(f"    default_backend {name}")
    elif not listener.choices:
        lines.append("    tcp-request connection reject")
    return "\n".join(lines) + "\n"


def _acls(name: str, choice: Choice) -> list[str]:
    return [
        f"acl {name}_{index} {_fetch(test)} {' '.join(quoted(value) for value in test.values)}"
        for index, test in enumerate(choice.tests)
    ]


def _fetch(test: Test) -> str:
    how = {"equals": "str", "starts": "beg", "ends": "end", "contains": "sub"}[test.how]
    if test.subject == "host":
        return f"req.hdr(host) -i -m {how}"
    if test.subject == "path":
        return f"path -m {how}"
    index = int(test.subject.split()[1])
    return f"path,field({index + 1},/) -m {how}"
