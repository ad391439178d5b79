# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Configuration lines by the thousand, made from the command tables themselves."""

from __future__ import annotations

import re
import string

from bigip.imish import commands_bgp, commands_config
from bigip.imish.table import Row
from hypothesis import strategies as st

PEERS = ("192.0.2.1", "192.0.2.20", "2001:db8::5")
GROUPS = ("G1", "calico-k8s")
_WORD = st.text(string.ascii_letters + string.digits + "-_/", min_size=1, max_size=12)
_V4 = st.ip_addresses(v=4).map(str)
KINDS = {
    "ip4": _V4,
    "ip6": st.ip_addresses(v=6).map(str),
    "ip": st.sampled_from(PEERS),
    "net4": st.tuples(_V4, st.integers(0, 32)).map(lambda pair: f"{pair[0]}/{pair[1]}"),
    "net6": st.tuples(st.ip_addresses(v=6), st.integers(0, 128)).map(lambda pair: f"{pair[0]}/{pair[1]}"),
    "asn": st.integers(1, 4294967295).map(str),
    "name": _WORD,
    "group": st.sampled_from(GROUPS),
    "peer": st.sampled_from(PEERS + GROUPS),
    "line": st.lists(_WORD, min_size=1, max_size=3).map(" ".join),
}


def _argument(word: str) -> st.SearchStrategy[str]:
    name, kind = re.fullmatch(r"<([\w-]+):(.+)>", word).groups()
    if name == "password":
        return st.text(string.ascii_letters + string.digits, min_size=1, max_size=20)
    if (name, kind) == ("value", "line"):
        communities = st.sampled_from(("65000:1", "no-export", "internet", "2:2"))
        return st.lists(communities, min_size=1, max_size=3).map(" ".join)
    if "|" in kind or kind.startswith("="):
        return st.sampled_from(kind.removeprefix("=").split("|"))
    bounds = re.fullmatch(r"(\d+)-(\d+)", kind)
    return st.integers(int(bounds[1]), int(bounds[2])).map(str) if bounds else KINDS[kind]


@st.composite
def lines(draw: st.DrawFn, row: Row) -> str:
    """A line of a row, optional parts now and then."""
    words, skipped = [], 0
    for word in re.findall(r"<[^>]+>|\[|\]|[^\s\[\]]+", row.pattern):
        if word == "[":
            skipped += 1 if skipped or draw(st.booleans()) else 0
        elif word == "]":
            skipped -= 1 if skipped else 0
        elif word != ";" and not skipped:
            words.append(draw(_argument(word)) if word.startswith("<") else word)
    negated = row.forms == "both" and row.action in ("", "graceful-restart") and draw(st.integers(0, 4)) == 0
    return f"{'no ' if negated else ''}{' '.join(words)}"


def _some(rows: list[Row], most: int) -> st.SearchStrategy[list[str]]:
    usable = [row for row in rows if row.forms == "both" and not row.action.startswith(("enter", "drop", "leave"))]
    return st.lists(st.sampled_from(usable).flatmap(lines), max_size=most)


@st.composite
def configurations(draw: st.DrawFn) -> str:
    """A configuration as a user might type it; single lines may be rejected."""
    text = ["bgp extended-asn-cap", *draw(_some(commands_config.CONFIG, 8))]
    for name in draw(st.lists(_WORD, max_size=2)):
        text += [f"route-map {name} permit {draw(st.integers(1, 65535))}", *draw(_some(commands_config.ROUTE_MAP, 5))]
    for name in draw(st.lists(_WORD, max_size=2)):
        text += [f"interface {name}", *draw(_some(commands_config.INTERFACE, 3))]
    text += [f"router bgp {draw(st.integers(1, 4294967295))}"]
    text += [f"neighbor {group} peer-group" for group in GROUPS]
    text += [f"neighbor {peer} remote-as {draw(st.integers(1, 4294967295))}" for peer in PEERS if draw(st.booleans())]
    text += draw(_some(commands_bgp.ROUTER, 25))
    if draw(st.booleans()):
        text += ["address-family ipv6", *draw(_some(commands_bgp.IPV6, 10)), "exit-address-family"]
    return "\n".join(text) + "\n"
