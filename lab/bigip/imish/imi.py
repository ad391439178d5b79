# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The daemon with a route domain's routing configuration, and the shell command for it."""

from __future__ import annotations

import getopt
import logging
import os
import threading
from collections.abc import Mapping
from pathlib import Path

from ..personality import Personality
from . import frr, render
from .commands_config import LINE
from .edit import Refused, default_line
from .engine import Engine
from .model import Config, Context
from .resets import Resets
from .server import Server
from .shell import NOT_RUNNING, Shell

LOG = logging.getLogger(__name__)
NOT_ENABLED = "% Dynamic routing is not enabled for route domain {}.\n"
POLL = 0.05  # polling interval for closing the imish socket, in seconds
COLUMNS = 80  # of the terminal, where output is wrapped
USAGE = "usage: imish [-r route-domain] [-e command]... [-f file]\n"


def _fresh(imi: Imi) -> Config:
    config = Config(addresses=imi.addresses, personality=imi.personality)
    login = default_line(next(row for row in LINE if row.default == "login"))
    for key, header in (("con", "line con 0"), ("vty", "line vty 0 39")):
        config.consoles[key] = Context("line", header, config.top, {"login": login})
    return config


class Imi:
    """Routing of one route domain.

    The running configuration is stored here, not in FRR: FRR gets each accepted line, and all lines again after
    a restart of bgpd. Only the file `startup` survives this object.

    faults: rules for tests, (regular expression on the typed line, reply instead of running it).
    """

    def __init__(
        self, route_domain: int, engine: Engine, startup: Path, hostname: str, personality: Personality | None = None
    ) -> None:
        self.route_domain = route_domain
        self.engine = engine
        self.startup = Path(startup)
        self.hostname = hostname
        self.personality = personality or Personality()
        self._starting = 0  # how many more times the daemon is reported as not running
        self.addresses: set[str] = set()  # the device's own addresses in this route domain
        self.links: dict[str, str] = {}  # interface → its address
        self.config = _fresh(self)
        self.resets = Resets()
        self.faults: list[tuple[str, str]] = []
        self.enabled = False
        self._told: int | None = None  # the bgpd that has the configuration
        self._lock = threading.RLock()
        self._stop = threading.Event()

    # --- life ---

    def enable(self) -> None:
        """BGP was enabled in the route domain: load the saved configuration, and keep bgpd synchronized."""
        with self._lock:
            if self.enabled:
                return
            self.config, self._told, self.enabled, self.resets = _fresh(self), None, True, Resets()
            self._starting = 2 if self.personality.reply == "late" else 0
            shell = Shell(self, configure=True, loading=True)
            try:
                saved = self.startup.read_text()
            except FileNotFoundError:
                saved = ""
            for line in saved.splitlines():
                reply = shell.run(line)
                if reply.startswith("%") or "\n%" in reply:
                    LOG.warning("%s: %s: %s", self.startup, line.split(" password")[0], reply.strip())
            self._stop = threading.Event()
            threading.Thread(
                target=self._watch, args=(self._stop,), name=f"imi-{self.route_domain}", daemon=True
            ).start()

    def disable(self) -> None:
        """BGP was disabled in the route domain: unsaved configuration is lost."""
        with self._lock:
            self._stop.set()
            self.enabled, self.config, self._told = False, _fresh(self), None

    def ready(self) -> bool:
        """True if bgpd is running; it then has the whole configuration."""
        with self._lock:
            if self._starting:
                self._starting -= 1
                return False
            generation = self.engine.generation()
            if generation is not None and generation != self._told:
                self.engine.reset()
                refusal = self.engine.apply(frr.replay(self.config))
                if refusal:
                    LOG.warning("route domain %d: replay: %s", self.route_domain, refusal)
                # a bgpd that restarted meanwhile has a new generation next time
                self._told = generation
                # the new bgpd has no session yet
                self.engine.log()
                self.resets = Resets()
            return generation is not None

    def _watch(self, stop: threading.Event) -> None:
        """In the background, about once per second: configure a restarted bgpd, and record why sessions ended."""
        while not stop.wait(1.0):
            with self._lock:
                if not stop.is_set() and self.ready():
                    self.listen()

    def listen(self) -> None:
        """Read the log of bgpd."""
        self.resets.read(self.engine.log())
        self.resets.forget(self.config.bgp.peers() if self.config.bgp else ())

    # --- commands ---

    def command(self, argv: list[str]) -> str:
        """Run `imish …` and return its output. `argv` may begin with the program's name."""
        arguments = argv[1:] if argv[:1] and not argv[0].startswith("-") else argv
        try:
            options, rest = getopt.getopt(arguments, "r:e:f:")
        except getopt.GetoptError as error:
            return f"imish: {error}\n{USAGE}"
        if rest:
            return USAGE
        with self._lock:
            if not self.enabled:
                return self.not_enabled()
            shell = Shell(self)
            output = []
            for option, value in options:
                if option == "-e":
                    output.append(shell.run(value))
                elif option == "-f":
                    output.append(self._file(value))
            text = "".join(output)
            return _laid_out(text, self.personality.output)

    def _file(self, path: str) -> str:
        try:
            lines = Path(path).read_text(errors="replace").splitlines()
        except OSError as error:
            return f"% Can't open configuration file {path}: {error.strerror}\n"
        shell = Shell(self, configure=True)
        return "".join(shell.run(line) for line in lines)

    def session(self, line: str, shell: Shell) -> str:
        """Run one line of an interactive session."""
        with self._lock:
            return shell.run(line) if self.enabled else self.not_enabled()

    def not_enabled(self) -> str:
        """The reply while the route domain has no routing protocol."""
        return NOT_ENABLED.format(self.route_domain)

    def write(self) -> None:
        """Save the running configuration; the file contains passwords, so only its owner may read it."""
        self.startup.parent.mkdir(parents=True, exist_ok=True)
        new = self.startup.with_name(self.startup.name + ".new")
        with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(render.running_config(self.config))
            file.flush()
            os.fsync(file.fileno())
        new.replace(self.startup)

    def clear(self, values: Mapping[str, str], group: bool = False) -> str:
        """`clear ip bgp …`."""
        bgp, target = self.config.bgp, values["target"]
        if not self.ready():
            raise Refused(NOT_RUNNING)
        if bgp is None:
            raise Refused("% No BGP process is configured")
        if group:
            known, target = target in bgp.groups(), f"peer-group {target}"
        elif target.isdigit():
            known = any(bgp.remote_as(peer) == int(target) for peer in bgp.peers())
        else:
            known = target == "*" or target in bgp.peers()
        if not known:
            raise Refused(f'% Unknown neighbor or peer-group - "{values["target"]}"')
        how = " ".join(values[word] for word in ("soft", "way") if word in values)
        # without a family FRR clears IPv4 unicast only; a hard reset is one of the session anyway
        self.engine.apply([frr.Op("bgpd", None, f"clear bgp {target} {how}".strip())])
        return ""


def _laid_out(text: str, how: str) -> str:
    if how == "padded":
        return "".join(f"{line}  \n" for line in text.splitlines())
    if how == "wrapped":
        pieces = ((line[at : at + COLUMNS] for at in range(0, len(line) or 1, COLUMNS)) for line in text.splitlines())
        return "".join(f"{piece}\n" for line in pieces for piece in line)
    return text


class Imish:
    """The `imish` program of one device: its route domains by number."""

    def __init__(self, imis: dict[int, Imi]) -> None:
        self.imis = imis

    def command(self, argv: list[str]) -> str:
        """Run `imish …` in the route domain that `-r` names (0 without)."""
        number = _route_domain(argv)
        imi = self.imis.get(number)
        return imi.command(argv) if imi else NOT_ENABLED.format(number)

    def serve(self, socket_path: Path | str) -> None:
        """Serve the program `imish` (cli.py) on a unix socket, in separate threads, until close()."""
        self._server = Server(self, Path(socket_path))
        threading.Thread(target=self._server.serve_forever, args=(POLL,), name="imish", daemon=True).start()

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()


def _route_domain(argv: list[str]) -> int:
    for index, word in enumerate(argv):
        number = word[2:] or "".join(argv[index + 1 : index + 2]) if word.startswith("-r") else ""
        if number.isdigit():
            return int(number)
    return 0
