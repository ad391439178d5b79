# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.changes import changes


def test_each_diff_of_each_side_is_told_in_order() -> None:
    routing = {
        "changed": True,
        "diff": [
            {"before_header": "TMOS (before)", "before": {"route_domain": {"routing_protocol": []}},
             "after": {"route_domain": {"routing_protocol": ["BGP"]}}},
            {"before_header": "imish (before)", "before": "", "after": "router bgp 64512\n"},
        ],
    }  # fmt: skip
    pool = {"diff": {"before": "ipipMode: Always\n", "after": "ipipMode: Never\n"}}
    found = changes({"bigip1": routing, "Calico": [{}, pool]})
    assert [change["title"] for change in found] == ["bigip1: TMOS", "bigip1: imish", "Calico"]
    assert '-    "routing_protocol": []' in found[0]["text"] and '+      "BGP"' in found[0]["text"]
    assert found[1]["text"] == "@@ -0,0 +1 @@\n+router bgp 64512"
    assert found[2]["text"] == "@@ -1 +1 @@\n-ipipMode: Always\n+ipipMode: Never"


def test_what_did_not_change_is_not_told() -> None:
    same = {"diff": {"before": "a\n", "after": "a\n"}}
    assert changes({"bigip1": same, "bigip2": {"diff": []}, "Calico": {}, "controller": []}) == []


def test_only_what_differs_is_told_of_a_long_text() -> None:
    lines = [f"line {number}" for number in range(1000)]
    more = [*lines[:500], "x", *lines[500:]]
    (change,) = changes({"a": {"diff": {"before": "\n".join(lines), "after": "\n".join(more)}}})
    assert len(change["text"].splitlines()) == 8
