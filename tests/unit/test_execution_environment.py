# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The execution environment: ansible-builder accepts the definition and finds what the collection needs."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
BUILDER = Path(sys.executable).with_name("ansible-builder")

pytestmark = pytest.mark.skipif(not BUILDER.exists(), reason="ansible-builder is not installed")


def builder(*arguments):
    done = subprocess.run([str(BUILDER), *map(str, arguments)], capture_output=True, text=True, check=False,
                          env={**os.environ, "NO_COLOR": "1"})  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_context_of_the_documented_image_is_created(tmp_path):
    shutil.copy(TOP / "docs/execution-environment.yml", tmp_path)
    (tmp_path / "calicoctl").write_text("a program")
    builder("create", "-f", tmp_path / "execution-environment.yml", "-c", tmp_path / "context")
    (recipe_file,) = (tmp_path / "context").glob("*file")  # its name follows the container runtime of the machine
    recipe = recipe_file.read_text()
    assert "COPY _build/bin/calicoctl /usr/local/bin/calicoctl" in recipe
    assert (tmp_path / "context/_build/bin/calicoctl").is_file()
    assert "podroute.calico_f5" in (tmp_path / "context/_build/requirements.yml").read_text()


def test_what_the_collection_needs_is_found(tmp_path):
    place = tmp_path / "collections/ansible_collections/podroute/calico_f5"
    place.mkdir(parents=True)
    shutil.copytree(TOP / "meta", place / "meta")
    shutil.copy(TOP / "galaxy.yml", place)
    builder("introspect", tmp_path / "collections", "--write-pip", tmp_path / "pip", "--write-bindep", tmp_path / "sys")
    found = {name(line) for line in (tmp_path / "pip").read_text().splitlines()}
    wanted = {name(line) for line in (TOP / "meta/ee-requirements.txt").read_text().splitlines()}
    assert wanted and wanted <= found


# Package -> what is imported of it. ansible-core brings jinja2 and yaml, f5-sdk requests, kubernetes urllib3.
BROUGHT = {"ansible", "ansible_collections", "jinja2", "yaml", "requests", "urllib3"}
IMPORTED = {"f5-sdk": {"f5", "icontrol"}, "jmespath": {"jmespath"}, "kubernetes": {"kubernetes"},
            "netaddr": {"netaddr"}, "setuptools": set()}  # fmt: skip


def test_everything_that_plugins_import_is_required():
    imported = set()
    for path in (TOP / "plugins").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                imported |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
                imported.add(node.module.split(".")[0])
            elif isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "import_module" and node.args:
                imported.add(getattr(node.args[0], "value", "ansible").split(".")[0])
    lines = (TOP / "meta/ee-requirements.txt").read_text().splitlines()
    packages = {re.split(r"[>=<]", name(line))[0] for line in lines}
    assert packages == set(IMPORTED)
    assert imported - set(sys.stdlib_module_names) - BROUGHT == set().union(*IMPORTED.values())


def name(line):
    """The package and its version in a line of a requirements file."""
    return line.partition("#")[0].strip()
