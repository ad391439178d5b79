# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The source of routes: FRR's daemons through their vty sockets, or none."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol

from .frr import Op, cleanup
from .vty import Message, Vty, VtyLost

LOG = logging.getLogger(__name__)


class Engine(Protocol):
    """The routing daemons of one route domain."""

    def generation(self) -> int | None:
        """A number that changes when bgpd restarts; None while it is not running."""

    def reset(self) -> None:
        """Remove the earlier configuration of bgpd."""

    def apply(self, ops: Iterable[Op]) -> str:
        """Send operations to the daemons; returns the first rejection, or an empty string."""

    def json(self, daemon: str, command: str) -> Any:
        """The parsed reply to a show command; an empty dict without a reply."""

    def log(self) -> list[Message]:
        """Log lines of bgpd since the last call."""


class DetachedEngine:
    """No daemons: everything is accepted, no session is ever established."""

    def generation(self) -> int | None:
        """Always the same."""
        return 1

    def reset(self) -> None:
        """Nothing to take away."""

    def apply(self, ops: Iterable[Op]) -> str:
        """Accept everything."""
        return ""

    def json(self, daemon: str, command: str) -> Any:
        """No data."""
        return {}

    def log(self) -> list[Message]:
        """No log lines."""
        return []


class FrrEngine:
    """FRR's daemons, found by their sockets in `vty_dir` (bgpd.vty, zebra.vty, bfdd.vty, staticd.vty).

    `interfaces` maps kernel device names to the names that the BIG-IP shows ("/Part/vlan").
    """

    def __init__(self, vty_dir: Path | str, timeout: float = 10.0, interfaces: Mapping[str, str] | None = None) -> None:
        self._dir = Path(vty_dir)
        self._timeout = timeout
        self._open: dict[str, Vty] = {}
        self._generation = 0
        self.interfaces = interfaces if interfaces is not None else {}

    def _vty(self, daemon: str) -> Vty:
        vty = self._open.get(daemon)
        if vty is not None and not vty.alive():
            self._forget(daemon)
            vty = None
        if vty is None:
            vty = self._open[daemon] = Vty(self._dir / f"{daemon}.vty", self._timeout)
            if daemon == "bgpd":
                vty.monitor()
                self._generation += 1
        return vty

    def _forget(self, daemon: str) -> None:
        vty = self._open.pop(daemon, None)
        if vty is not None:
            vty.close()

    def close(self) -> None:
        """Close all connections."""
        for daemon in list(self._open):
            self._forget(daemon)

    def generation(self) -> int | None:
        """Number of connections to bgpd so far; None if it cannot be reached."""
        try:
            self._vty("bgpd")
        except VtyLost:
            return None
        return self._generation

    def reset(self) -> None:
        """Clear bgpd's configuration, based on its own output."""
        try:
            _ok, running = self._vty("bgpd").run("show running-config")
        except VtyLost as error:
            LOG.warning("bgpd: %s", error)
            return
        self.apply(cleanup(running))

    def apply(self, ops: Iterable[Op]) -> str:
        """Run operations in order, each daemon in its own configuration session."""
        refusal = ""
        where: dict[str, tuple[str, ...] | None] = {}
        for op in ops:
            try:
                vty = self._vty(op.daemon)
                if where.get(op.daemon) != op.path:
                    self._walk(vty, op.daemon in where, op.path)
                    where[op.daemon] = op.path
                ok, text = vty.run(op.line)
            except VtyLost as error:
                self._forget(op.daemon)
                LOG.warning("%s: %s: %s", op.daemon, op.line.split(" password")[0], error)
                if op.daemon == "bgpd":
                    refusal = refusal or "% Protocol daemon is not running"
                continue
            if not ok and op.path is not None:
                LOG.warning("%s refused %r: %s", op.daemon, op.line.split(" password")[0], text.strip())
                refusal = refusal or _refusal(text)
        for daemon, path in where.items():
            if path is not None and daemon in self._open:
                self._end(daemon)
        return refusal

    @staticmethod
    def _walk(vty: Vty, somewhere: bool, path: tuple[str, ...] | None) -> None:
        if somewhere:
            vty.run("end")
        if path is not None:
            vty.run("configure terminal")
            for step in path:
                vty.run(step)

    def _end(self, daemon: str) -> None:
        try:
            self._open[daemon].run("end")
        except VtyLost:
            self._forget(daemon)

    def json(self, daemon: str, command: str) -> Any:
        """Run `<command> json`."""
        try:
            _ok, text = self._vty(daemon).run(f"{command} json")
            return json.loads(text)
        except VtyLost as error:
            self._forget(daemon)
            LOG.info("%s: %s", daemon, error)
        except ValueError:
            LOG.info("%s has no JSON for %r", daemon, command)
        return {}

    def log(self) -> list[Message]:
        """What bgpd logged since the last call; does not wait."""
        vty = self._open.get("bgpd")
        return vty.log() if vty else []


def _refusal(text: str) -> str:
    """A daemon's refusal in the device's form: one line that begins with a percent sign."""
    line = next((line.strip() for line in text.splitlines() if line.strip()), "Command failed")
    if "[BGP]" in line or line.startswith(("% Unknown command", "% Ambiguous command", "% Command incomplete")):
        # a line that this FRR does not know: its words are none of the device's
        line = "Command is not supported by the protocol daemon"
    return line if line.startswith("%") else f"% {line}"
