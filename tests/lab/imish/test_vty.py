# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The vty protocol, against a small server that speaks it as FRR's daemons do."""

from __future__ import annotations

import os
import socket
import struct
import threading
import time
from pathlib import Path

import pytest
from bigip.imish import FrrEngine
from bigip.imish.frr import Op
from bigip.imish.vty import Message, Vty, VtyLost


class Daemon:
    """A daemon's vty: takes commands, answers in pieces, can vanish."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.heard: list[str] = []
        self.answers: dict[str, tuple[bytes, int]] = {}
        self.vanish_at = ""
        self.log: socket.socket | None = None
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        path.unlink(missing_ok=True)
        self._listener.bind(str(path))
        self._listener.listen()
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _address = self._listener.accept()
            except OSError:
                return
            self._open.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        pending = b""
        while True:
            try:
                data = connection.recv(4096)
            except OSError:
                return
            if not data:
                return
            pending += data
            while b"\0" in pending:
                command, pending = pending.split(b"\0", 1)
                self._answer(connection, command.decode())

    def _answer(self, connection: socket.socket, command: str) -> None:
        self.heard.append(command)
        if self.vanish_at and command == self.vanish_at:
            connection.close()
            return
        text, status = self.answers.get(command, (b"", 0))
        reply = text + b"\0\0\0" + bytes([status])
        if command == "terminal monitor":
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            self.log = ours
            socket.send_fds(connection, [reply], [theirs.fileno()])
            theirs.close()
            return
        for start in range(0, len(reply), 3):
            connection.sendall(reply[start : start + 3])

    def stop(self) -> None:
        self._listener.close()
        for connection in self._open:
            try:
                connection.shutdown(socket.SHUT_RDWR)  # wakes the thread that reads from it
            except OSError:
                pass
            connection.close()
        self.path.unlink(missing_ok=True)


@pytest.fixture
def daemon(tmp_path):
    found = Daemon(tmp_path / "bgpd.vty")
    yield found
    found.stop()


def test_text_and_status(daemon):
    daemon.answers = {
        "show x": (b"a line\nanother\n", 0),
        "bad": (b"% Unknown command: bad\n", 2),
        "": (b"", 0),
        "warned": ("grüße\0\0 x".encode(), 1),
    }
    vty = Vty(daemon.path)
    assert vty.run("show x") == (True, "a line\nanother\n")
    assert vty.run("bad") == (False, "% Unknown command: bad\n")
    assert vty.run("warned") == (False, "grüße\0\0 x")
    assert daemon.heard[0] == "enable"
    vty.close()
    vty.close()


def test_a_reply_longer_than_a_packet(daemon):
    daemon.answers = {"show": (b"x" * 200_001, 0)}
    assert Vty(daemon.path).run("show") == (True, "x" * 200_001)


def test_no_daemon(tmp_path):
    with pytest.raises(VtyLost, match=r"none\.vty"):
        Vty(tmp_path / "none.vty")


def test_silence_ends_in_time(daemon):
    vty = Vty(daemon.path, timeout=0.2)
    daemon._answer = lambda connection, command: None
    with pytest.raises(VtyLost, match="timed out"):
        vty.run("show")


def test_a_daemon_that_goes_away(daemon):
    vty = Vty(daemon.path)
    assert vty.alive()
    daemon.vanish_at = "die"
    with pytest.raises(VtyLost):
        vty.run("die")
    assert not vty.alive()


def packet(text: bytes, heading: bytes = b"[ABCDE-FGHIJ] ") -> bytes:
    """A message of FRR's live log (lib/zlog_live.h)."""
    tail = struct.pack("=12sIIII", b"ABCDE-FGHIJ\0", 0, 1, 0, 4)
    whole = heading + text
    header = struct.pack("=QIIqqIIIII", 1000, 500_000_000, 52 + len(tail), 7, 7, 0, 6, 0, len(whole), len(heading))
    return header + tail + whole


def test_the_log(daemon):
    vty = Vty(daemon.path)
    assert vty.log() == []
    vty.monitor()
    assert vty.log() == []
    daemon.log.send(packet(b"%NOTIFICATION: sent to neighbor 10.0.0.1 2/2 (x) 2 bytes "))
    daemon.log.send(b"short")
    daemon.log.send(packet(b"plain", b""))
    assert vty.log() == [
        Message(1000.5, "%NOTIFICATION: sent to neighbor 10.0.0.1 2/2 (x) 2 bytes "),
        Message(1000.5, "plain"),
    ]
    daemon.log.close()
    assert vty.log() == []
    assert vty.log() == []


def test_the_engine_walks_to_each_node_once(daemon, tmp_path):
    engine = FrrEngine(tmp_path)
    router = ("router bgp 64512",)
    refusal = engine.apply(
        [
            Op("bgpd", router, "neighbor a"),
            Op("bgpd", router, "neighbor b"),
            Op("bgpd", (*router, "address-family ipv4 unicast"), "neighbor c"),
            Op("bgpd", None, "clear bgp x"),
            Op("staticd", (), "ip route x"),
        ]
    )
    assert refusal == ""
    assert daemon.heard[2:] == [
        "configure terminal",
        "router bgp 64512",
        "neighbor a",
        "neighbor b",
        "end",
        "configure terminal",
        "router bgp 64512",
        "address-family ipv4 unicast",
        "neighbor c",
        "end",
        "clear bgp x",
    ]
    engine.close()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (b"% Local-AS allowed only for EBGP peers\n", "% Local-AS allowed only for EBGP peers"),
        (b"\nBGP is already running; AS is 1\n", "% BGP is already running; AS is 1"),
        (b"% [BGP] Unknown command: neighbor a\n", "% Command is not supported by the protocol daemon"),
        (b"", "% Command failed"),
    ],
)
def test_a_refusal_is_in_the_devices_form(daemon, tmp_path, text, told):
    daemon.answers = {"neighbor a": (text, 13)}
    engine = FrrEngine(tmp_path)
    assert engine.apply([Op("bgpd", (), "neighbor a"), Op("bgpd", (), "neighbor b")]) == told
    assert "neighbor b" in daemon.heard
    engine.close()


def test_generations(daemon, tmp_path):
    engine = FrrEngine(tmp_path)
    assert [engine.generation(), engine.generation()] == [1, 1]
    daemon.stop()
    deadline = time.monotonic() + 5
    while engine.generation() is not None and time.monotonic() < deadline:
        time.sleep(0.01)
    assert engine.generation() is None
    assert engine.apply([Op("bgpd", (), "x")]) == "% Protocol daemon is not running"
    assert engine.json("bgpd", "show bgp") == {}
    again = Daemon(tmp_path / "bgpd.vty")
    assert engine.generation() == 2
    again.stop()
    engine.close()


def test_json(daemon, tmp_path):
    daemon.answers = {"show a json": (b'{"a": 1}', 0), "show b json": (b"% no\n", 1)}
    engine = FrrEngine(tmp_path)
    assert engine.json("bgpd", "show a") == {"a": 1}
    assert engine.json("bgpd", "show b") == {}
    assert engine.json("zebra", "show c") == {}
    engine.close()


def test_a_reset_reads_what_is_there_and_takes_it_away(daemon, tmp_path):
    daemon.answers = {"show running-config": (b"router bgp 64512\n neighbor x\nroute-map R permit 10\n", 0)}
    engine = FrrEngine(tmp_path)
    engine.reset()
    assert daemon.heard[-4:] == ["configure terminal", "no router bgp 64512", "no route-map R permit 10", "end"]
    engine.close()


def test_no_password_in_the_log(daemon, tmp_path, caplog):
    daemon.answers = {"neighbor a password canary": (b"% no\n", 1)}
    engine = FrrEngine(tmp_path)
    engine.apply([Op("bgpd", (), "neighbor a password canary")])
    assert "neighbor a" in caplog.text
    assert "canary" not in caplog.text
    engine.close()


def test_descriptors_are_not_leaked(daemon, tmp_path):
    before = len(os.listdir("/proc/self/fd"))
    for _round in range(5):
        vty = Vty(daemon.path)
        vty.monitor()
        vty.close()
        daemon.log.close()
    daemon.stop()
    deadline = time.monotonic() + 5
    while len(os.listdir("/proc/self/fd")) > before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert len(os.listdir("/proc/self/fd")) <= before
