# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The README's tables are those of the code, and the sources that they name are there."""

from __future__ import annotations

import json
from pathlib import Path

import bigrest
import f5
import icontrol
import pytest
from ansible_collections.f5networks import f5_modules
from bigip import reference
from bigip.config import factory
from bigip.rest.documents import DOCUMENTS
from bigip.rest.gate import WORKERS
from bigip.rest.util import WORKERS as UTILITIES
from rest_session import FIXTURES

KINDS = {kind.path for kind in reference._kinds(factory.empty().kinds.values())}


def collection(path: str) -> str:
    """That of a path below /mgmt/tm: the longest that there is."""
    words = [word for word in path.removeprefix("/mgmt/tm/").strip("/").split("/") if word[:1] != "~"]
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


@pytest.mark.parametrize(
    "source, file", [(reference.DRIVER, "cccl-driver-requests"), (reference.GO, "go-client-requests")]
)
def test_the_clients_collections_are_in_their_requests(source: str, file: str) -> None:
    lines = (FIXTURES.parent / "clients" / f"{file}.jsonl").read_text().splitlines()
    asked = {collection(json.loads(line)["path"]) for line in lines}
    assert asked - {""} == set(reference.SOURCES[source])


def test_other_paths_are_called_by_the_code_that_is_named() -> None:
    """By the text of the installed packages; f5-sdk names its paths in its documentation strings."""
    others = [*DOCUMENTS, *WORKERS, *(f"/mgmt/tm/util/{name}" for name in UTILITIES)]
    for caller, packages in (("f5_modules", [f5_modules]), ("f5-sdk", [f5, icontrol]), ("BIGREST", [bigrest])):
        places = [place for package in packages for place in package.__path__]
        files = [path for place in places for path in Path(place).rglob("*.py")]
        text = "\n".join(path.read_text(errors="replace") for path in files)
        found = {path.removeprefix("/mgmt/") for path in others if path in text and path != "/mgmt/tm"}
        assert found == set(reference.CALLERS[caller]), caller


def test_every_collection_that_is_named_is_there() -> None:
    assert {path for paths in reference.SOURCES.values() for path in paths} <= KINDS
