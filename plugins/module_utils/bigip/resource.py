# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""BGP of one route domain as a resource: gathered, or changed and saved."""

from __future__ import annotations

from typing import Any

from . import bgp, preflight
from .connection import BigIp
from .errors import NotEnabled, Unfit
from .imish import Imish


class BgpResource:
    """What M(bigip_bgp) does with a session."""

    def __init__(self, bigip: BigIp, route_domain: int, save_when: str) -> None:
        self.bigip = bigip
        self.imish = Imish(bigip, route_domain)
        self.save_when = save_when
        self.change: bgp.Change | None = None
        self.unsaved = False

    def gather(self) -> dict[str, Any]:
        """The configuration in the shape of the options. A route domain without BGP has none."""
        config, _running = bgp.read(self.imish)
        return bgp.shown(config)

    def prepare(self, wish: bgp.Wish) -> None:
        """Read and plan. Raises Unfit or InvalidConfig with all problems."""
        problems = preflight.mixing(self.bigip, self.imish.route_domain)
        if problems:
            raise Unfit(problems)
        config, running = bgp.read(self.imish)
        if not running and wish.state != "deleted":
            raise NotEnabled(
                f"route domain {self.imish.route_domain}: Dynamic routing is not enabled; give it BGP with "
                "podroute.calico_f5.bigip_route_domain first"
            )
        self.change = bgp.prepare(config, wish, running)
        if running and self.save_when == "changed":
            self.unsaved = self.imish.unsaved(running)

    @property
    def saves(self) -> bool:
        """Whether the configuration is written to disk."""
        return self.save_when == "always" or (
            self.save_when == "changed" and bool(self.change.plan.commands or self.unsaved)
        )

    def write(self) -> None:
        """Apply, prove and save."""
        bgp.apply(self.imish, self.change)
        if self.saves and self.change.running:
            self.imish.save()

    def result(self, check_mode: bool) -> dict[str, Any]:
        """What the module returns."""
        change = self.change
        after = change.target if check_mode else change.after
        saves = self.saves and bool(change.running)
        result = {
            "changed": bool(change.plan.commands) or saves,
            "before": bgp.shown(change.before, numbered=False),
            "after": bgp.shown(after, numbered=False),
            "commands": change.commands,
            "resets": change.plan.resets,
            "saved": saves,
        }
        if change.plan.commands:
            result["diff"] = [bgp.diff(change.before, after)]
        return result
