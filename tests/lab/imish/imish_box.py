# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A route domain to talk to, an engine that takes notes, and the samples of real devices."""

from __future__ import annotations

from pathlib import Path

from bigip.imish import DetachedEngine, Imi
from bigip.imish.frr import Op

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "f5"


class Recorder(DetachedEngine):
    """An engine that keeps what it was told, answers what it was given, and can be away or refuse."""

    def __init__(self) -> None:
        self.told: list[Op] = []
        self.replies: dict[str, object] = {}
        self.number: int | None = 1
        self.refuses: tuple[str, str] | None = None
        self.resets = 0

    def generation(self) -> int | None:
        return self.number

    def reset(self) -> None:
        self.resets += 1

    def apply(self, ops) -> str:
        for op in ops:
            if self.refuses and self.refuses[0] in op.line:
                return self.refuses[1]
            self.told.append(op)
        return ""

    def json(self, daemon: str, command: str):
        return self.replies.get(f"{command} json", {})


class Box:
    """One route domain with short ways to talk to it."""

    def __init__(self, folder: Path, engine: object) -> None:
        self.engine = engine
        self.folder = folder
        self.imi = Imi(0, engine, folder / "ZebOS.conf", "bigip1.example.com")
        self.imi.enable()

    def do(self, *commands: str) -> str:
        """`imish -e … -e …`."""
        return self.imi.command([word for command in commands for word in ("-e", command)])

    def configure(self, text: str) -> str:
        """`imish -f`."""
        path = self.folder / "candidate"
        path.write_text(text)
        return self.imi.command(["imish", "-r", "0", "-f", str(path)])

    def bgp(self, *lines: str) -> str:
        """Lines under `router bgp 64512`."""
        return self.configure("\n".join(("router bgp 64512", *lines)))

    @property
    def running(self) -> str:
        return self.do("show running-config")

    @property
    def lines(self) -> list[str]:
        return self.running.splitlines()


def sample(name: str) -> str:
    """A verbatim sample of a real device, without its source lines."""
    return (FIXTURES / name).read_text().split("verbatim below this line ----\n", 1)[1]
