# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation describes what there is."""

from __future__ import annotations

import ast
import functools
import importlib.util
import re
import shutil
from pathlib import Path

import certifi
import pytest
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico import errors
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent import vocabulary
from ansible_collections.podroute.calico_f5.plugins.plugin_utils.inventory_check import inventory_problems
from ansible_collections.podroute.calico_f5.tests.unit.plugins.plugin_utils.inventories import read

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


@functools.cache
def texts():
    """Every string in the code of the plugins, with "…" for each value that is filled in."""
    found = set()
    for path in (TOP / "plugins").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.JoinedStr):
                parts = [part.value if isinstance(part, ast.Constant) else "…" for part in node.values]
                found.add("".join(parts))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(re.sub(r"\{\w+\}", "…", node.value))
    return found


def troubleshooting():
    """The messages of the page, with "…" for each value that is filled in."""
    return re.findall(r"^\| `([^`]+)` \|", (TOP / "docs/troubleshooting.md").read_text(), re.MULTILINE)


def test_every_message_of_the_troubleshooting_page_exists():
    messages = troubleshooting()
    assert len(messages) > 30
    patterns = {message: ".*".join(map(re.escape, message.split("…"))) for message in messages}
    known = texts()
    missing = [m for m, pattern in patterns.items() if not any(re.search(pattern, text, re.DOTALL) for text in known)]
    assert missing == []


# Reasons of a failed calicoctl for which nothing is wrong with the resource itself.
CONNECTION = ("tls", "unauthorised", "refused", "unreachable", "kubeconfig", "not_installed")


def test_the_main_refusals_are_on_the_troubleshooting_page():
    refusals = {text for text in texts() if re.match(r"Nothing was changed: .*\w{3}", text)}
    refusals |= {hint for code, _pattern, hint in errors._CLASSES if code in CONNECTION}
    assert len(refusals) > 10
    patterns = [".*".join(re.escape(part) for part in message.split("…")) for message in troubleshooting()]
    missing = [
        text for text in sorted(refusals) if not any(re.search(pattern, text, re.DOTALL) for pattern in patterns)
    ]
    assert missing == []


def test_the_inventory_of_getting_started_is_complete(tmp_path):
    page = (TOP / "docs/getting-started.md").read_text()
    (text,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    (tmp_path / "podroute.kubeconfig").touch()
    shutil.copy(certifi.where(), tmp_path / "bigip-ca.pem")
    (tmp_path / "hosts.yml").write_text(text.replace("~/podroute", str(tmp_path)))
    (tmp_path / "group_vars").mkdir()
    (tmp_path / "group_vars/all.yml").write_text("vault_bigip_password: x\n")
    problems, fabric, _whole = inventory_problems(*read(tmp_path / "hosts.yml"))
    assert problems == []
    assert [node.name for node in fabric.nodes] == ["node1", "node2"]
