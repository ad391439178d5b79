# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Properties that hold for every configuration, not only for the samples."""

from __future__ import annotations

import string
from pathlib import Path

from bigip.imish import DetachedEngine, Imi
from bigip.imish.shell import Shell
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from imish_lines import configurations

RELAXED = settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))


def fresh() -> Imi:
    """A route domain without a thread of its own."""
    imi = Imi(0, DetachedEngine(), Path("/nonexistent/ZebOS.conf"), "bigip1")
    imi.enabled = True
    return imi


def feed(imi: Imi, text: str) -> list[str]:
    shell = Shell(imi, configure=True)
    return [reply for reply in map(shell.run, text.splitlines()) if reply]


def running(imi: Imi) -> str:
    return Shell(imi).run("show running-config")


@RELAXED
@given(configurations())
def test_what_is_printed_is_taken_and_printed_again(text):
    first, second = fresh(), fresh()
    feed(first, text)
    assert feed(second, running(first)) == []
    assert running(second) == running(first)


@RELAXED
@given(configurations())
def test_typing_the_same_again_changes_nothing(text):
    imi = fresh()
    feed(imi, text)
    before = running(imi)
    assert feed(imi, before) == []
    assert running(imi) == before


@RELAXED
@given(configurations())
def test_every_printed_line_can_be_taken_back(text):
    """A `no` for every line of the router leaves a router without lines but ZebOS's own."""
    imi = fresh()
    feed(imi, text)
    if imi.config.bgp is None:
        return
    shell = Shell(imi, configure=True)
    shell.run(imi.config.bgp.header)
    for peer in (*imi.config.bgp.groups(), *imi.config.bgp.peers()):
        if imi.config.bgp.known(peer):
            assert shell.run(f"no neighbor {peer}") == ""
    for line in [str(line) for line in imi.config.bgp.lines.values()]:
        undo = line[3:] if line.startswith("no ") else f"no {line}"
        if line != "bgp graceful-restart restart-time 120":
            assert shell.run(undo) == ""
    shell.run("no address-family ipv6")
    left = Shell(imi).run("show running-config router bgp").splitlines()
    assert left == ["!", imi.config.bgp.header, " bgp graceful-restart restart-time 120", "!"]


@RELAXED
@given(st.lists(st.text(string.printable, max_size=60), max_size=12))
def test_no_line_breaks_the_shell(lines):
    """Whatever is typed is run or answered with one `%` reply."""
    imi = fresh()
    shell = Shell(imi, configure=True)
    for line in ["router bgp 64512", "neighbor G peer-group", *lines]:
        reply = shell.run(line)
        assert isinstance(reply, str)
        assert not reply or reply.endswith("\n")


WORDS = [
    "no",
    "neighbor",
    "G",
    "10.0.0.1",
    "peer-group",
    "remote-as",
    "64512",
    "ip",
    "prefix-list",
    "P",
    "seq",
    "5",
    "permit",
    "10.0.0.0/8",
    "le",
    "26",
    "route-map",
    "in",
    "router",
    "bgp",
    "address-family",
    "ipv6",
    "exit",
    "end",
    "redistribute",
    "kernel",
    "show",
    "running-config",
    "|",
    "include",
    "password",
    "timers",
    "?",
    "activate",
]


@RELAXED
@given(st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=8).map(" ".join), max_size=30))
def test_no_order_of_commands_breaks_the_model(lines):
    imi = fresh()
    feed(imi, "\n".join(lines))
    shell = Shell(imi)
    assert shell.run("show running-config").endswith("!\nend\n\n")
    second = fresh()
    assert feed(second, running(imi)) == []
    assert running(second) == running(imi)


def test_a_thousand_neighbors():
    """Size must not make the shell slow: every line costs the same."""
    import time

    imi = fresh()
    lines = ["router bgp 64512", "neighbor G peer-group", "neighbor G remote-as 64512"]
    lines += [f"neighbor 10.1.{n // 250}.{n % 250 + 1} peer-group G" for n in range(1000)]
    start = time.monotonic()
    assert feed(imi, "\n".join(lines)) == []
    assert running(imi).count(" peer-group G\n") == 1000
    assert Shell(imi).run("show ip bgp neighbors").count("BGP neighbor is ") == 1000
    assert time.monotonic() - start < 20
