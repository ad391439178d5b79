# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One imish session: its mode, and the effect of each line."""

from __future__ import annotations

import re

from . import actions, commands_bgp, commands_config, commands_exec, pipes
from .edit import Refused
from .grammar import CommandError, Grammar, Match, next_words, resolve
from .interface import Imi
from .model import Context
from .show import SHOWS
from .table import forms
from .wording import reworded

_TABLES = {
    "router": forms(commands_bgp.ROUTER),
    "ipv4": forms(commands_bgp.IPV4),
    "ipv6": forms(commands_bgp.IPV6),
    "interface": forms(commands_config.INTERFACE),
    "route-map": forms(commands_config.ROUTE_MAP),
    "line": forms(commands_config.LINE),
    "config": forms(commands_config.CONFIG),
}
_VIEW = forms(commands_exec.VIEW)
_EXEC = forms(commands_exec.VIEW + commands_exec.PRIVILEGED)
_ANY = forms(commands_exec.ANY_CONFIG)
_NAMES = {
    "config": "config",
    "router": "config-router",
    "ipv4": "config-router-af",
    "ipv6": "config-router-af",
    "interface": "config-if",
    "route-map": "config-route-map",
    "line": "config-line",
}
_PARENT = {"ipv4": "router", "ipv6": "router"}
NOT_RUNNING = "% Protocol daemon is not running"


class Shell:
    """A session on one route domain.

    privileged: starts after `enable`; configure: starts in configuration mode (as `imish -f` does).
    loading: lines come from the startup file: they are sent to the daemons later, all at once.
    """

    def __init__(
        self,
        imi: Imi,
        privileged: bool = True,
        configure: bool = False,
        loading: bool = False,
        interactive: bool = False,
    ) -> None:
        self.imi = imi
        self.privileged = privileged or configure
        self.mode = "config" if configure else ""
        self.context: Context = imi.config.top
        self.closed = False
        self._loading = loading
        self._interactive = interactive

    @property
    def prompt(self) -> str:
        """The prompt."""
        where = f"({_NAMES[self.mode]})" if self.mode else ""
        return f"{self.imi.hostname}[{self.imi.route_domain}]{where}{'#' if self.privileged else '>'}"

    def run(self, line: str) -> str:
        """Run one line; returns its output."""
        line = line.rstrip("\r\n")
        self._settle()
        if not line.strip() or line.lstrip().startswith("!"):
            return ""
        for pattern, reply in list(self.imi.faults):
            if re.search(pattern, line):
                return f"{reply}\n"
        if line.rstrip().endswith("?") and self._interactive:
            return self.help(line.rstrip()[:-1])
        output = self._output(line)
        return reworded(output) if self.imi.personality.wording == "other" else output

    def _output(self, line: str) -> str:
        command, pipe = pipes.split(line) if re.match(r"\s*(do\s+)?sh", line) else (line, None)
        try:
            output = self._dispatch(command)
        except CommandError as error:
            return error.reply
        except Refused as error:
            return f"{error}\n"
        return pipes.apply(pipe, output) if pipe is not None and not output.startswith("%") else output

    def _settle(self) -> None:
        """Leave a mode whose context another session removed."""
        config = self.imi.config
        there = {
            "router": [config.bgp],
            "ipv4": [config.bgp],
            "ipv6": [config.bgp and config.bgp.ipv6],
            "interface": config.interfaces.values(),
            "route-map": config.route_maps.values(),
            "line": config.consoles.values(),
            "config": [config.top],
        }
        if self.mode and not any(context is self.context for context in there[self.mode]):
            self.mode, self.context = "config", config.top

    def help(self, line: str) -> str:
        """The possible next words, one per line."""
        words = {word for _mode, table in self._tables() for word in next_words(table, line)}
        return "".join(f"  {word}\n" for word in sorted(words)) or "% Unrecognized command\n"

    def _tables(self) -> list[tuple[str, Grammar]]:
        """Tables in which a line is looked up: a mode's own, then those of the modes around it."""
        if not self.mode:
            return [("", _EXEC if self.privileged else _VIEW)]
        modes = [self.mode, _PARENT.get(self.mode, ""), "config"]
        wanted = [mode for index, mode in enumerate(modes) if mode and mode not in modes[:index]]
        return [
            (wanted[0], _TABLES[wanted[0]]),
            ("any", _ANY),
            *((mode, _TABLES[mode]) for mode in wanted[1:]),
            ("", _EXEC),
        ]

    def _dispatch(self, line: str) -> str:
        worst: CommandError | None = None
        for mode, table in self._tables():
            try:
                match = resolve(table, line, len(self.prompt) if self._interactive else 0)
            except CommandError as error:
                # the reply refers to the closest match
                if worst is None or error.depth > worst.depth:
                    worst = error
                continue
            return self._configure(mode, match) if mode in _TABLES else self._exec(match)
        assert worst is not None
        raise worst

    def _configure(self, mode: str, match: Match) -> str:
        """A configuration line, in the mode whose table matched it."""
        imi, config = self.imi, self.imi.config
        context = self._context(mode)
        needs_bgpd = mode in ("router", "ipv4", "ipv6") or match.row.action == "enter-bgp"
        ready = self._loading or imi.ready()
        if needs_bgpd and not ready:
            raise Refused(NOT_RUNNING)
        change = actions.plan(config, context, match)
        if change.ops and ready and not self._loading:
            refusal = imi.engine.apply(change.ops)
            if refusal:
                raise Refused(refusal)
        change.commit()
        self.mode, self.context = change.enter or (mode, context)
        return f"{change.warning}\n" if change.warning and not self._loading else ""

    def _context(self, mode: str) -> Context:
        """The context of a mode's lines: that of the session, or an outer one."""
        if mode == self.mode:
            return self.context
        return self.imi.config.bgp if mode == "router" and self.imi.config.bgp else self.imi.config.top

    def _exec(self, match: Match) -> str:
        action = match.row.action
        if action in SHOWS:
            return SHOWS[action](self.imi, match.values)
        return getattr(self, f"_do_{action.replace('-', '_')}")(match)

    def _do_nothing(self, _match: Match) -> str:
        return ""

    def _do_enable(self, _match: Match) -> str:
        self.privileged = True
        return ""

    def _do_disable(self, _match: Match) -> str:
        self.privileged, self.mode = False, ""
        return ""

    def _do_configure(self, _match: Match) -> str:
        if not self.mode:
            self.mode, self.context = "config", self.imi.config.top
        return ""

    def _do_end(self, _match: Match) -> str:
        self.mode, self.context = "", self.imi.config.top
        return ""

    def _do_exit(self, _match: Match) -> str:
        if not self.mode:
            self.closed = True
        elif self.mode == "config":
            self.mode = ""
        else:
            self.mode = _PARENT.get(self.mode, "config")
            self.context = self._context(self.mode) if self.mode == "router" else self.imi.config.top
        return ""

    def _do_do(self, match: Match) -> str:
        return self._exec(resolve(_EXEC, match.values["command"]))

    def _do_write(self, _match: Match) -> str:
        self.imi.write()
        return "Building configuration...\n[OK]\n"

    def _do_clear(self, match: Match) -> str:
        return self.imi.clear(match.values)

    def _do_clear_group(self, match: Match) -> str:
        return self.imi.clear(match.values, group=True)
