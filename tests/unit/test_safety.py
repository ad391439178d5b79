# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""docs/safety.md: every rule has tests that exist; and the test of its first rule."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

PROJECT = Path(__file__).resolve().parents[2]
PAGE = (PROJECT / "docs/safety.md").read_text()
RULES = re.findall(r"^\| (\d+) \| (.+?) \| (.+?) \|$", PAGE, re.MULTILINE)
OWNED = re.findall(r"^\| ([a-zA-Z].+?) \|.*\| (.+?) \|$", PAGE.partition("## Ownership")[2], re.MULTILINE)[1:]
TESTS = list((PROJECT / "tests").rglob("test_*.py"))
PLAYS = [
    pytest.param(play, id=f"{path.stem}: {play['name']}")
    for path in sorted((PROJECT / "playbooks").glob("*.yml"))
    for play in yaml.safe_load(path.read_text())
    if "hosts" in play
]


def test_rules_are_numbered_in_their_order():
    assert [int(number) for number, _rule, _tests in RULES] == list(range(1, len(RULES) + 1))


@pytest.mark.parametrize(("rule", "named"), [*((rule, named) for _number, rule, named in RULES), *OWNED])
def test_a_rule_has_tests_that_exist(rule: str, named: str) -> None:
    references = re.findall(r"`([\w/]+\.py)(?:::(\w+))?`", named)
    assert references, f"'{rule}' names no test"
    for file, name in references:
        found = [path for path in TESTS if str(path).endswith(f"/{file}")]
        assert found, f"{file} does not exist"
        assert not name or any(re.search(rf"^def {name}\(", path.read_text(), re.MULTILINE) for path in found), name


@pytest.mark.parametrize("play", PLAYS)
def test_no_variable_of_an_inventory_changes_how_a_play_connects(play) -> None:
    """Variables of a play have precedence over those of an inventory; keywords would not."""
    variables = play["vars"]
    assert variables["ansible_become"] is False
    assert not {"connection", "become", "become_user", "remote_user"} & set(play)
    on_bigips = "bigips" in str(play["hosts"])
    assert variables["ansible_connection"] == "local" or (
        not on_bigips and "'local' if inventory_hostname in ['localhost'" in variables["ansible_connection"]
    )


@pytest.mark.parametrize("playbook", ["site", "verify", "decommission", "rollback"])
def test_the_plays_run_on_the_control_host_of_the_inventory(playbook: str, tmp_path: Path) -> None:
    """The hosts of a play cannot use variables of an inventory before its first play; neither side is reached here."""
    unit = {"ansible_host": "127.0.0.1", "bigip_port": 1, "bgp_address": "192.0.2.1", "as_number": "64512"}
    children = {"bigips": {"hosts": {"b1": unit}}, "control": {"hosts": {"jump": {"ansible_connection": "local"}}}}
    variables = {"fabric_control_host": "{{ groups['control'][0] }}", "fabric_run_dir": str(tmp_path / "runs"),
                 "kubeconfig": str(tmp_path / "none"), "decommission": "all"}  # fmt: skip
    (tmp_path / "hosts.json").write_text(json.dumps({"all": {"children": children, "vars": variables}}))
    program = Path(sys.executable).with_name("ansible-playbook")
    command = [program, "-i", tmp_path / "hosts.json", PROJECT / f"playbooks/{playbook}.yml"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, cwd=PROJECT,
                          env={**os.environ, "ANSIBLE_NOCOLOR": "1"})  # fmt: skip
    recap = done.stdout.rpartition("PLAY RECAP")[2]
    assert re.findall(r"^(\S+) +: ok", recap, re.MULTILINE) == ["jump"], done.stdout + done.stderr
