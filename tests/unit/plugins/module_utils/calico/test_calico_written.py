# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What several writes together changed."""

from __future__ import annotations

import json

from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.written import Written


def peer(name, number):
    return {"kind": "BGPPeer", "metadata": {"name": name}, "spec": {"asNumber": number}}


def answer(name, result, before, after):
    item = {"kind": "BGPPeer", "name": name, "namespace": "", "result": result}
    sides = {"before": before, "after": after}
    return {"objects": [item], **{key: [peer(name, each)] if each else [] for key, each in sides.items()}}


def numbers(text):
    """Name -> AS number of the resources in a diff's text."""
    found, decoder = {}, json.JSONDecoder()
    while text.strip():
        one, end = decoder.raw_decode(text)
        found[one["metadata"]["name"]] = one["spec"]["asNumber"]
        text = text[end:].lstrip()
    return found


def test_the_first_before_and_the_last_after_of_each_object():
    written = Written()
    for one in (
        answer("steps", "updated", 1, 2),
        answer("steps", "updated", 2, 3),
        answer("new", "created", None, 4),
        answer("gone", "deleted", 5, None),
        answer("temporary", "created", None, 6),
        answer("temporary", "deleted", 6, None),
        answer("same", "unchanged", 7, 7),
        {"changed": False},
    ):
        written.add(one)
    assert numbers(written.diff["before"]) == {"gone": 5, "steps": 1}
    assert numbers(written.diff["after"]) == {"new": 4, "steps": 3}


def test_without_a_change_there_is_no_text():
    assert Written().diff == {"before": "", "after": ""}
