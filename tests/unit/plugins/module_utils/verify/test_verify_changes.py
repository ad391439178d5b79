# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.changes import changes


def test_each_change_of_each_side_is_a_diff() -> None:
    domain = {"title": "route domain", "before": {"routing_protocol": []}, "after": {"routing_protocol": ["BGP"]}}
    imish = {"title": "imish", "before": "", "after": "router bgp 64512\n"}
    pool = {"before": "ipipMode: Always\n", "after": "ipipMode: Never\n"}
    found = changes({"bigip1": [domain, imish], "calico": [pool]})
    assert [change["title"] for change in found] == ["bigip1: route domain", "bigip1: imish", "calico"]
    assert '-  "routing_protocol": []' in found[0]["text"] and '+    "BGP"' in found[0]["text"]
    assert found[1]["text"] == "@@ -0,0 +1 @@\n+router bgp 64512"
    assert found[2]["text"] == "@@ -1 +1 @@\n-ipipMode: Always\n+ipipMode: Never"


def test_what_did_not_change_is_left_out() -> None:
    assert changes({"bigip1": [{"before": "a\n", "after": "a\n"}], "bigip2": []}) == []


def test_of_a_long_text_only_what_differs() -> None:
    lines = [f"line {number}" for number in range(1000)]
    more = [*lines[:500], "x", *lines[500:]]
    (change,) = changes({"a": [{"before": "\n".join(lines), "after": "\n".join(more)}]})
    assert len(change["text"].splitlines()) == 8
