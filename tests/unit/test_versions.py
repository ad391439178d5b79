# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The releases of ansible-core and Python: every file that names them names the same ones."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest
import yaml

TOP = Path(__file__).resolve().parents[2]


def load(path):
    return yaml.safe_load((TOP / path).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def pairs():
    spec = importlib.util.spec_from_file_location("matrix", TOP / "tools/matrix.py")
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    return tool.PAIRS


def ordered(versions):
    return sorted(set(versions), key=lambda version: tuple(map(int, version.split("."))))


def row(subject):
    """(tested, accepted) of the table of requirements in README.md."""
    return re.search(rf"^\| {subject} \| (.*) \| (.*) \|$", (TOP / "README.md").read_text(), re.MULTILINE).groups()


def test_the_oldest_release_of_ansible_core_is_the_same_everywhere(pairs):
    oldest = ordered(core for core, _python in pairs)[0]
    assert load("meta/runtime.yml")["requires_ansible"] == f">={oldest}.0"
    roles = sorted(TOP.glob("roles/*/meta/main.yml"))
    found = {path: load(path)["galaxy_info"]["min_ansible_version"] for path in roles}
    assert set(found.values()) == {oldest}, found
    assert f'"ansible-core>={oldest}"' in (TOP / "docs/execution-environment.yml").read_text()
    assert row("ansible-core")[1] == f"{oldest} and newer"


def test_what_the_matrix_runs_is_what_the_table_calls_tested(pairs):
    cores, pythons = ordered(core for core, _python in pairs), ordered(python for _core, python in pairs)
    assert row("ansible-core")[0] == ", ".join(cores)
    assert row("Python on the controller") == (", ".join(pythons), f"{pythons[0]} to {pythons[-1]}")
    assert load("tests/config.yml")["modules"]["python_requires"] == f">={pythons[0]}"


def test_the_collection_needs_no_other_one():
    """A name of another collection in a role or playbook would need it."""
    names = set()
    for path in [*TOP.glob("roles/*/*/*.yml"), *TOP.glob("playbooks/*.yml")]:
        text = path.read_text(encoding="utf-8")
        names |= set(re.findall(r"^\s*(?:- )?(\w+\.\w+)\.\w+:", text, re.MULTILINE))
    assert names - {"ansible.builtin", "podroute.calico_f5"} == set(load("galaxy.yml")["dependencies"])


def commands(workflow):
    """(job, command with the values of its matrix put in) of each step that runs one."""
    for name, job in workflow["jobs"].items():
        for step in job["steps"]:
            for target in job.get("strategy", {}).get("matrix", {}).get("target", [""]):
                if "run" in step:
                    yield name, step["run"].replace("${{ matrix.target }}", target)


def test_the_forge_and_pre_commit_run_targets_of_the_makefile(pairs):
    targets = set(re.findall(r"^([a-z-]+):.*##", (TOP / "Makefile").read_text(), re.MULTILINE))
    workflow = load(".github/workflows/checks.yml")
    found = [command for _job, command in commands(workflow)]
    assert set(found) == {"make lint", "make check", "make coverage", "make matrix", "make sanity", "make test"}
    assert {command.removeprefix("make ") for command in found} <= targets
    hooks = [hook for repo in load(".pre-commit-config.yaml")["repos"] for hook in repo["hooks"]]
    assert [hook["entry"] for hook in hooks if hook["entry"].startswith("make ")] == ["make lint"]
    # Each Python of the matrix is installed there.
    (setup,) = [step for step in workflow["jobs"]["releases"]["steps"] if "setup-python" in step.get("uses", "")]
    assert set(setup["with"]["python-version"].split()) == {python for _core, python in pairs}


def test_sanity_runs_on_the_oldest_supported_a_middle_and_the_newest_release(pairs):
    releases = re.search(r"^RELEASES = (.*)$", (TOP / "tools/sanity.py").read_text(), re.MULTILINE)[1]
    assert list(yaml.safe_load(releases)) == ["2.18", "2.20", ordered(core for core, _python in pairs)[-1]]
