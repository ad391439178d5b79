# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page of a report, by its structure: what it draws, what it escapes, and that it asks no network for anything."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from ansible_collections.podroute.calico_f5.plugins.plugin_utils.page import as_html

VOID = ("meta", "input", "br")


class Page(HTMLParser):
    """Tags with their attributes; fails where tags do not close."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags = [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def all(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]


def fabric(nodes, bigips=1):
    return {
        "bigips": [{"name": f"bigip{n}", "bgp_address": f"10.0.1.{n}", "as_number": 64512} for n in range(bigips)],
        "nodes": [{"name": f"n{n}", "node_ip": f"10.1.{n // 250}.{n % 250}", "as_number": 64512} for n in range(nodes)],
        "vips": [{"address": "172.16.40.81"}],
    }


def finding(subject, ok=True, group="sessions", **more):
    return {
        "group": group,
        "subject": subject,
        "expected": "Established",
        "observed": "Established" if ok else "Active",
        "ok": ok,
        "cause": "" if ok else "AS mismatch",
        "hint": "",
        **more,
    }


def sessions(nodes, down=(), bigips=1):
    return [finding(f"bigip{b} - n{n}", n not in down) for b in range(bigips) for n in range(nodes)]


@pytest.mark.parametrize(("nodes", "bigips"), [(1, 1), (2, 2), (24, 2)])
def test_every_box_and_session_is_drawn_inside_the_picture(nodes, bigips):
    page = Page(as_html(sessions(nodes, bigips=bigips), fabric(nodes, bigips), {"n0": ["10.244.0.0/26"]}))
    _x, _y, width, height = map(float, page.all("svg")[0]["viewbox"].split())
    boxes = [box for box in page.all("rect") if box["class"].startswith("box")]
    assert len(boxes) == nodes + bigips + 1  # and one VIP
    assert len(page.all("line")) == nodes * bigips
    places = [tuple(float(box[key]) for key in ("x", "y", "width", "height")) for box in boxes]
    assert all(x >= 0 and y >= 0 and x + w <= width and y + h <= height for x, y, w, h in places)
    for one, (x, y, w, h) in enumerate(places):
        for a, b, c, d in places[one + 1 :]:
            assert x + w <= a or a + c <= x or y + h <= b or b + d <= y, "two boxes overlap"


def test_a_thousand_nodes_are_squares_and_only_what_is_down_has_a_line():
    text = as_html(sessions(1000, down=(7, 900)), fabric(1000))
    page = Page(text)
    squares = [box for box in page.all("rect") if box["class"].startswith("square")]
    assert len(squares) == 1000 and len({(box["x"], box["y"]) for box in squares}) == 1000
    assert sum(box["class"] == "square down" for box in squares) == 2
    assert [line["class"] for line in page.all("line")] == ["down", "down"]
    assert "998 of 1000 up" in text and len(text) < 1_500_000


def test_a_session_is_as_bad_as_its_worse_end_and_unknown_where_nobody_looked():
    both = [finding("bigip0 - n0"), finding("n0 - bigip0", False, group="peers")]
    page = Page(as_html(both, fabric(2)))
    assert [line["class"] for line in page.all("line")] == ["down", "unknown"]


def test_a_session_that_is_shut_down_for_a_drain_is_not_shown_as_up():
    shut = {**finding("bigip0 - n0"), "observed": "shut down (drained)"}
    page = Page(as_html([shut, finding("bigip0 - n1")], fabric(2), failover={"bigip0": "STANDBY, drained"}))
    assert [line["class"] for line in page.all("line")] == ["unknown", "up"]
    assert "standby, drained" in as_html([shut], fabric(2), failover={"bigip0": "STANDBY, drained"})


def test_it_asks_no_network_for_anything():
    text = as_html(sessions(2), fabric(2))
    page = Page(text)
    assert not re.search(r"https?:|url\(|@import|\bfetch\(|XMLHttpRequest", text)
    assert not any({"src", "href"} & set(attributes) for _tag, attributes in page.tags)


def test_what_a_device_says_is_text_and_never_markup():
    text = as_html(
        [finding("<script>alert(1)</script>", False, cause="\"'><img src=x onerror=y>")],
        fabric(1),
        changes=[{"title": "bigip0", "text": "- a\n+ <b>"}],
    )
    assert "<script>alert" not in text and "<img" not in text and "+ &lt;b&gt;" in text
    Page(text)


def test_what_failed_comes_first_and_everything_is_there():
    text = as_html(sessions(3, down=(2,)), fabric(3), times={"finished": "2026-11-23T06:00:00Z"})
    assert text.index("<td>bigip0 - n2") < text.index("<td>bigip0 - n0")
    assert "AS mismatch" in text and "2026-11-23T06:00:00Z" in text and "172.16.40.81" in text
    assert "@media print" in text and 'type="search"' in text


def test_without_a_fabric_and_without_a_finding():
    page = Page(as_html([]))
    assert page.all("svg") == []
