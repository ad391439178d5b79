# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""With FRR behind it and without, the shell has one grammar and one rule set."""

from __future__ import annotations

import contextlib
import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import imish_net
import pytest
from bigip.imish import DetachedEngine, FrrEngine
from bigip.imish.shell import Shell
from imish_box import Box
from imish_net import BIGIP, Net
from test_configs import PRINTED, TYPED, imish_part

REASON = imish_net.missing()
pytestmark = pytest.mark.skipif(bool(REASON), reason=f"no FRR to speak to: {REASON}")
SEQUENCES = [
    line.split("; ")
    for line in (Path(__file__).parent / "sequences.txt").read_text().splitlines()
    if not line.startswith("#")
]
BASE = (
    "router bgp 65001",
    "neighbor 192.0.2.1 remote-as 65010",
    "neighbor G peer-group",
    "neighbor G remote-as 65010",
    "neighbor 192.0.2.2 peer-group G",
    "neighbor 192.0.2.9 remote-as 65001",
    "neighbor 2001:db8::1 remote-as 65010",
)


@contextlib.contextmanager
def box_on(engine: FrrEngine | DetachedEngine, folder: Path) -> Iterator[Box]:
    folder.mkdir()
    box = Box(folder, engine)
    box.imi.addresses.add(BIGIP)
    assert box.imi.ready()
    assert box.configure("\n".join(BASE)) == ""
    try:
        yield box
    finally:
        box.imi.disable()


@pytest.fixture(scope="module")
def attached(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FrrEngine]:
    net = Net(tmp_path_factory.mktemp("n"))
    engine = FrrEngine(net.vty)
    yield engine
    engine.close()
    net.close()


def typed_in_both(attached: FrrEngine, place: Path, lines: list[str]) -> list[tuple[str, str]]:
    """The replies and the running configuration, with FRR and without."""
    seen = []
    for name, engine in (("attached", attached), ("detached", DetachedEngine())):
        with box_on(engine, place.with_name(f"{place.name}-{name}")) as box:
            seen.append((box.configure("\n".join(lines)), box.running))
    return seen


def test_replies_and_running_configuration_are_the_same(attached: FrrEngine, tmp_path: Path) -> None:
    assert len(SEQUENCES) >= 300
    differing, refused = [], 0
    for number, lines in enumerate(SEQUENCES):
        seen = typed_in_both(attached, tmp_path / str(number), lines)
        refused += "%" in seen[0][0]
        if seen[0] != seen[1]:
            differing.append((lines, seen[0][0], seen[1][0]))
    assert differing == []
    assert refused > 80, "sequences that test no refusal prove little"


def mixed(choice: random.Random) -> list[str]:
    """Some of the sequences, one after the other, with lines taken back at once."""
    lines = [line for sequence in choice.sample(SEQUENCES, choice.randint(2, 4)) for line in sequence]
    return [each for line in lines for each in (line, *taken_back(choice, line))]


def taken_back(choice: random.Random, line: str) -> list[str]:
    if line.startswith(("router ", "address-family", "exit", "route-map")) or choice.random() > 0.15:
        return []
    return [line.removeprefix("no ") if line.startswith("no ") else f"no {line}"]


def about_neighbors(choice: random.Random) -> list[str]:
    """Any settings of any neighbors and groups, in any order, set and taken back."""
    known = sorted({line for lines in SEQUENCES for line in lines if line.removeprefix("no ").startswith("neighbor ")})
    lines = ["router bgp 65001", "neighbor H peer-group"]
    for line in choice.choices(known, k=choice.randint(6, 16)):
        _word, _peer, *setting = line.removeprefix("no ").split()
        peer = choice.choice(("192.0.2.1", "192.0.2.2", "192.0.2.9", "2001:db8::1", "G", "H"))
        lines.append(" ".join((*choice.choice(((), (), ("no",))), "neighbor", peer, *setting)))
    return lines


@pytest.mark.parametrize("made", [mixed, about_neighbors])
def test_random_sequences(attached: FrrEngine, tmp_path: Path, made: Callable[[random.Random], list[str]]) -> None:
    """A few, always the same. For more: RANDOM_SEQUENCES=2000."""
    differing = []
    for seed in range(int(os.environ.get("RANDOM_SEQUENCES", "25"))):
        lines = made(random.Random(seed))
        seen = typed_in_both(attached, tmp_path / str(seed), lines)
        if seen[0] != seen[1]:
            differing.append((seed, "; ".join(lines), seen[0][0], seen[1][0]))
    assert differing == []


@pytest.mark.parametrize("name", PRINTED + TYPED)
def test_a_device_s_print_typed_line_by_line_is_printed_again(attached: FrrEngine, tmp_path: Path, name: str) -> None:
    """In the order of the print, in one session of the shell, with FRR and without."""
    for mode, engine in (("attached", attached), ("detached", DetachedEngine())):
        source, copy = (
            Box(made, engine if made.name == mode else DetachedEngine()) for made in folders(tmp_path, mode)
        )
        try:
            source.configure("bgp extended-asn-cap\n" + imish_part(name))
            printed = source.running
            assert copy.imi.ready()
            shell = Shell(copy.imi)
            replies = [shell.run(line) for line in ("enable", "configure terminal", *printed.splitlines())]
            assert "".join(replies) == "", mode
            assert copy.running == printed, mode
        finally:
            source.imi.disable()
            copy.imi.disable()


def folders(place: Path, mode: str) -> Iterator[Path]:
    for made in (place / f"source-{mode}", place / mode):
        made.mkdir()
        yield made
