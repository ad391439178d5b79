# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation describes what there is."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent import vocabulary

TOP = Path(__file__).resolve().parents[2]
PAGES = [TOP / "README.md", *sorted((TOP / "docs").glob("*.md"))]


@pytest.mark.parametrize("name", ["variables.md", "content.md"])
def test_the_reference_is_current(name):
    spec = importlib.util.spec_from_file_location("reference", TOP / "tools/reference.py")
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    page = TOP / "docs" / name
    assert page.read_text() == tool.page(page), "run tools/reference.py"


def test_every_inventory_variable_is_in_the_reference():
    inventory = (TOP / "docs/variables.md").read_text().partition("## Roles")[0]
    missing = [name for name in sorted(vocabulary.KNOWN) if f"`{name}`" not in inventory]
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page):
    broken = []
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text()):
        if not target.startswith(("http", "mailto:")) and not (page.parent / target).exists():
            broken.append(target)
    assert broken == []
