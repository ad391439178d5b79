# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every example of the documentation names what there is: playbooks, tags, variables, roles and options.

Examples that can run alone do so in other tests: inventories, getting-started.md, and the modules of BIG-IP and Calico.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

TOP = Path(__file__).resolve().parents[2]
NAME = "podroute.calico_f5"
CODE = f"ansible_collections.{NAME}.plugins"
PAGES = [TOP / "README.md", *sorted((TOP / "docs").glob("*.md")), *sorted((TOP / "roles").glob("*/README.md"))]
PLAYBOOKS = {path.stem: path.read_text(encoding="utf-8") for path in (TOP / "playbooks").glob("*.yml")}
ROLES = {path.parts[-3]: path for path in TOP.glob("roles/*/meta/argument_specs.yml")}
MODULES = sorted(path.stem for path in (TOP / "plugins/modules").glob("*.py"))
# Of Ansible itself.
ANSIBLE = {"all", "ansible_python_interpreter", "module_defaults"}


def blocks(page: Path, *kinds: str) -> Iterator[str]:
    """The blocks of code of a page, of these kinds."""
    for kind, text in re.findall(
        r"^ *```(\w*)\n(.*?)^ *```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    ):
        if kind in kinds:
            yield text


def commands(page: Path) -> Iterator[str]:
    """The calls of ansible-playbook and ansible-navigator on a page, each on one line."""
    for text in blocks(page, "console", ""):
        for line in text.replace("\\\n", " ").splitlines():
            found = re.match(r"(?:\$ )?(ansible-(?:playbook|navigator run) .*)", line)
            if found:
                yield found[1].partition(" #")[0]


def variables() -> set[str]:
    """Every variable of the reference."""
    reference = (TOP / "docs/variables.md").read_text(encoding="utf-8")
    return set(re.findall(r"^\| (?:[^|`]*`\w+`(?:, `\w+`)* \| )?`(\w+)` \|", reference, re.MULTILINE)) | ANSIBLE


COMMANDS = sorted({command for page in PAGES for command in commands(page)})


def test_there_are_commands_of_every_playbook():
    named = {name for command in COMMANDS for name in re.findall(rf"{NAME}\.(\w+)", command)}
    assert set(PLAYBOOKS) - named == {"migrate_pool"}, "its command is in its own first lines"


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_names_a_playbook_tags_and_variables_that_exist(command):
    (name,) = re.findall(rf" {NAME}\.(\w+)", command)
    tags = set(re.findall(r"[\w_]+", ",".join(re.findall(r"--(?:skip-)?tags (\S+)", command))))
    there = {tag for text in re.findall(r"tags: \[(.*)\]", PLAYBOOKS[name]) for tag in text.split(", ")}
    assert tags <= there, f"tags of {name}.yml: {sorted(there)}"
    given = set(re.findall(r"-e (\w+)=", command))
    assert given <= variables()


def test_every_variable_of_a_playbook_is_in_the_reference():
    used = {name for text in PLAYBOOKS.values() for name in re.findall(r"\b(\w+) \| default\(", text)}
    used |= {name for text in PLAYBOOKS.values() for name in re.findall(r'"{{ (migrate_pool_\w+) }}"', text)}
    assert {name for name in used if name.partition("_")[0] in ("adopt", "decommission", "drain", "failover", "migrate")
            or name.startswith("fabric_drift_")} <= variables()  # fmt: skip


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(TOP).as_posix())
def test_variables_in_an_example_exist(page):
    for text in blocks(page, "yaml"):
        read = yaml.safe_load(text)
        for play in read if isinstance(read, list) else ():
            for role in play["roles"]:
                specs = yaml.safe_load(ROLES[role["role"].removeprefix(f"{NAME}.")].read_text(encoding="utf-8"))
                assert set(role.get("vars", {})) <= set(specs["argument_specs"]["main"]["options"])
        if isinstance(read, dict) and not {"fields", "extra_vars"} & set(read):  # those are of AWX
            assert set(read) <= variables()


def accepted(module: str) -> dict[str, Any]:
    """The arguments of ``ArgumentSpecValidator`` for a module, or for the action of the same name."""
    if (TOP / f"plugins/action/{module}.py").exists():
        return importlib.import_module(f"{CODE}.action.{module}").ActionModule.SPEC
    return {key: value for key, value in importlib.import_module(f"{CODE}.modules.{module}").options().items()
            if key != "supports_check_mode"}  # fmt: skip


@pytest.mark.parametrize("module", MODULES)
def test_the_options_of_an_example_are_accepted(module):
    tasks = yaml.safe_load(importlib.import_module(f"{CODE}.modules.{module}").EXAMPLES)
    own = [task[f"{NAME}.{module}"] or {} for task in tasks if f"{NAME}.{module}" in task]
    assert own, "no example"
    specification = accepted(module)
    for options in own:
        values = {key: value for key, value in options.items() if "{{" not in str(value)}
        kept = {key: dict(option) for key, option in specification["argument_spec"].items()}
        for key in set(options) - set(values):
            kept[key] = {"type": "raw"}  # a template: its type is known only when it is evaluated
        result = ArgumentSpecValidator(**{**specification, "argument_spec": kept}).validate(options)
        assert result.error_messages == []
