# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""BGP of one route domain as a resource: gathered, or changed and saved."""

from __future__ import annotations

from typing import Any

from . import bgp, preflight, transaction
from .connection import BigIp
from .errors import NotEnabled, Unfit
from .imish import Imish
from .observe import observe

_PARTS = ("config", "tmos_routing")


class BgpResource:
    """What M(bigip_bgp) does with a session."""

    def __init__(self, bigip: BigIp, route_domain: int, save_when: str) -> None:
        self.bigip = bigip
        self.route_domain = route_domain
        self.save_when = save_when
        self.change: bgp.Change  # since prepare()
        self.unsaved = False

    def gather(self) -> dict[str, Any]:
        """The configuration in the form of the options. A route domain without BGP has none."""
        return bgp.shown(observe(self.bigip, self.route_domain, ("config",), wait=True).config())

    def prepare(self, wish: bgp.Wish, tidy: bool = False) -> None:
        """Read and plan. Raises Unfit or InvalidConfig with all problems."""
        reading = observe(self.bigip, self.route_domain, _PARTS, tidy=tidy, wait=True)
        if problems := preflight.problems(reading.observation):
            raise Unfit(problems)
        if not reading.running and wish.state != "deleted":
            raise NotEnabled(
                f"{reading.observation['imish']['message']}; enable BGP in the route domain with "
                "podroute.calico_f5.bigip_route_domain first"
            )
        self.change = bgp.prepare(reading.config(), wish, reading.running or "")
        self.unsaved = self.save_when == "changed" and reading.observation["saved"] is False

    @property
    def saves(self) -> bool:
        """Whether the configuration is written to disk."""
        return bool(self.change.running) and (
            self.save_when == "always"
            or (self.save_when == "changed" and bool(self.change.plan.commands or self.unsaved))
        )

    def write(self) -> None:
        """Apply, verify and save."""
        # BGP is the only part, and its write verifies itself.
        transaction.commit(self.bigip, [transaction.BgpWrite(self.route_domain, self.change)], list)
        if self.saves:
            Imish(self.bigip, self.route_domain).save()

    def result(self, check_mode: bool) -> dict[str, Any]:
        """What the module returns."""
        change = self.change
        after = change.target if check_mode else change.after or change.before
        result = {
            "changed": bool(change.plan.commands) or self.saves,
            "before": bgp.shown(change.before, numbered=False),
            "after": bgp.shown(after, numbered=False),
            "commands": change.commands,
            "resets": change.plan.resets,
            "saved": self.saves,
        }
        if change.plan.commands:
            result["diff"] = [bgp.diff(change.before, after)]
        return result
