# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The README's tables are those of the code, and the sources that they name are there."""

from __future__ import annotations

import json

from bigip import reference
from bigip.config import factory
from rest_session import FIXTURES

KINDS = {kind.path for kind in reference._kinds(factory.empty().kinds.values())}


def collection(path: str) -> str:
    """That of a path below /mgmt/tm: the longest that there is."""
    words = path.removeprefix("/mgmt/tm/").strip("/").split("/")
    return next((found for end in range(len(words), 0, -1) if (found := "/".join(words[:end])) in KINDS), "")


def test_the_readme_is_current() -> None:
    text = reference.README.read_text()
    assert reference.written(text) == text, "run: PYTHONPATH=lab python3 -m bigip.reference"
    assert "| `ltm/pool/members` |" in text


def test_collections_that_are_said_to_be_recorded_are_recorded() -> None:
    links = [json.loads(path.read_text()).get("selfLink", "") for path in FIXTURES.glob("rest-*.json")]
    lines = (FIXTURES / "objects-14.1.2.1.jsonl").read_text().splitlines()
    recorded = {collection(link.removeprefix("https://localhost").partition("?")[0]) for link in links}
    recorded |= {json.loads(line)["path"] for line in lines}
    assert recorded - {""} == set(reference.SOURCES[reference.RECORDED])


def test_the_driver_s_collections_are_in_its_recorded_requests() -> None:
    lines = (FIXTURES.parent / "clients" / "cccl-driver-requests.jsonl").read_text().splitlines()
    asked = {collection(json.loads(line)["path"]) for line in lines}
    assert asked - {""} == set(reference.SOURCES[reference.DRIVER])


def test_every_collection_that_is_named_is_there() -> None:
    assert {path for paths in reference.SOURCES.values() for path in paths} <= KINDS
