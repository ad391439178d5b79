# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is written twice in a collection drifts apart: hold the hand-kept lists against the files."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

TOP = Path(__file__).resolve().parents[2]
NAME = "podroute.calico_f5"
# Action group -> an option that every member takes from the shared fragment, and that no stranger has.
GROUPS = {"bigip": "login_provider", "calico": "calicoctl_path"}


def modules() -> list[str]:
    return sorted(p.stem for p in (TOP / "plugins/modules").glob("*.py") if p.stem != "__init__")


def roles() -> list[str]:
    return sorted(p.name for p in (TOP / "roles").iterdir() if (p / "tasks").is_dir())


@pytest.fixture(scope="session")
def documentation() -> dict[str, dict]:
    """What ansible-doc says about each module, fragments merged in."""
    program = Path(sys.executable).with_name("ansible-doc")
    environment = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": os.pathsep.join(p for p in sys.path if p)}
    command = [program, "--json", *(f"{NAME}.{module}" for module in modules())]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    found = {name.rpartition(".")[2]: entry["doc"] for name, entry in json.loads(done.stdout).items()}
    assert sorted(found) == modules()
    return found


@pytest.mark.parametrize("group", sorted(GROUPS))
def test_action_group_holds_the_modules_that_share_its_options(group, documentation):
    listed = yaml.safe_load((TOP / "meta/runtime.yml").read_text())["action_groups"][group]
    sharing = sorted(module for module, doc in documentation.items() if GROUPS[group] in doc["options"])
    assert len(sharing) > 1, "no module takes the option that makes the group"
    assert sorted(listed) == sharing
    assert [m for m in modules() if m.startswith(f"{group}_")] == sharing


@pytest.mark.parametrize("group", sorted(GROUPS))
def test_members_say_in_their_documentation_that_they_are(group, documentation):
    groups = {module: doc.get("attributes", {}).get("action_group", {}) for module, doc in documentation.items()}
    saying = sorted(module for module, entry in groups.items() if f"{NAME}.{group}" in entry.get("membership", []))
    assert saying == [m for m in modules() if m.startswith(f"{group}_")]


def test_no_action_group_is_unknown_here():
    assert sorted(yaml.safe_load((TOP / "meta/runtime.yml").read_text())["action_groups"]) == sorted(GROUPS)


@pytest.mark.parametrize("module", modules())
def test_module_says_what_check_and_diff_mode_do(module, documentation):
    attributes = documentation[module].get("attributes", {})
    for name in ("check_mode", "diff_mode", "idempotent"):
        assert attributes.get(name, {}).get("support") in ("full", "partial", "none", "N/A"), name
        if attributes[name]["support"] == "partial":
            assert attributes[name].get("details"), f"{name} is partial: details must say where"


def described(options, nested):
    """Each option in the words that a specification and the documentation of an action have in common."""
    keys = ("default", "elements", "choices")
    return {
        name: {
            "type": option.get("type", "str"),
            "required": bool(option.get("required")),
            **{key: option[key] for key in keys if option.get(key) is not None},
            "nested": described(option.get(nested) or {}, nested),
        }
        for name, option in options.items()
    }


@pytest.mark.parametrize("action", sorted(p.stem for p in (TOP / "plugins/action").glob("*.py")))
def test_the_options_of_an_action_are_those_of_its_documentation(action, documentation):
    """ansible-test compares the options of modules only; what is documented here is done by an action."""
    spec = importlib.import_module(f"ansible_collections.{NAME}.plugins.action.{action}").ActionModule.SPEC
    documented = documentation[action].get("options", {})
    assert described(spec["argument_spec"], "options") == described(documented, "suboptions")


@pytest.mark.parametrize("role", roles())
def test_role_is_described_for_people_and_for_ansible(role):
    specs = yaml.safe_load((TOP / "roles" / role / "meta/argument_specs.yml").read_text())["argument_specs"]
    readme = (TOP / "roles" / role / "README.md").read_text()
    options = specs["main"]["options"]
    # A table may say `role_server`, `_port` for two options that belong together.
    missing = [o for o in options if o not in readme and f"`{o.removeprefix(role)}`" not in readme]
    assert options and not missing, f"roles/{role}/README.md does not name {missing}"


@pytest.mark.parametrize("name", [*modules(), *roles()])
def test_the_docs_name_it(name):
    assert f"`{name}`" in (TOP / "docs/content.md").read_text()


def releases() -> dict[tuple[int, ...], dict]:
    """The releases of the changelog by version."""
    read = yaml.safe_load((TOP / "changelogs/changelog.yaml").read_text())["releases"]
    return {tuple(map(int, version.split("."))): release for version, release in read.items()}


def test_the_changelog_lists_every_module_filter_role_and_playbook():
    listed: dict[str, set[str]] = {"module": set(), "filter": set(), "role": set(), "playbook": set()}
    for release in releases().values():
        entries = {"module": release.get("modules"), **release.get("plugins", {}), **release.get("objects", {})}
        for kind, items in entries.items():
            listed[kind] |= {item["name"] for item in items or ()}
    assert listed == {
        "module": set(modules()),
        "filter": {path.stem for path in (TOP / "plugins/filter").glob("*.py")},
        "role": set(roles()),
        "playbook": {path.stem for path in (TOP / "playbooks").glob("*.yml")},
    }


def test_the_version_is_the_newest_release_of_the_changelog():
    version = tuple(map(int, yaml.safe_load((TOP / "galaxy.yml").read_text())["version"].split(".")))
    assert version == max(releases())


def test_nothing_was_added_before_the_first_release_or_after_the_newest_one(documentation):
    added = {name: doc["version_added"] for name, doc in documentation.items()}
    for path in (TOP / "roles").glob("*/meta/argument_specs.yml"):
        added[path.parts[-3]] = yaml.safe_load(path.read_text())["argument_specs"]["main"]["version_added"]
    assert {name: v for name, v in added.items() if tuple(map(int, v.split("."))) not in releases()} == {}
