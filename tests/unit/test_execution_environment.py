# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The execution environment: ansible-builder accepts the definition and finds what the collection needs."""

from __future__ import annotations

import os
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


def name(line):
    """The package and its version in a line of a requirements file."""
    return line.partition("#")[0].strip()
