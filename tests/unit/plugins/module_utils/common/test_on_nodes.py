# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.podroute.calico_f5.plugins.module_utils.common import on_nodes


def test_a_script_on_a_node():
    assert on_nodes.run(["env", "NODE={node}"], "k8s-node1", "echo on $NODE", 5) == "on k8s-node1\n"
    # The last command of the script failed, but it ran.
    assert on_nodes.run(["env"], "k8s-node1", "echo done; exit 1", 5, "done") == "done\n"


@pytest.mark.parametrize(
    ("command", "script", "mark", "problem"),
    [
        ("no-such-program", "true", "", "no-such-program sh -s: No such file or directory"),
        ("env", "sleep 5", "", r"env sh -s: no reply within 0\.2 s"),
        ("env", "echo no such node >&2; exit 255", "", r"env sh -s: no such node \(exit code 255\)"),
        ("env", "echo welcome; exit 255", "begin", r"env sh -s: welcome \(exit code 255\)"),
        ("env", "exit 1", "", r"env sh -s: no output \(exit code 1\)"),
    ],
)
def test_a_script_that_cannot_run(command, script, mark, problem):
    with pytest.raises(ValueError, match=f"^{problem}$"):
        on_nodes.run([command], "k8s-node1", script, 0.2, mark)


def test_one_place_that_fails_does_not_hide_the_others():
    good, bad = on_nodes.everywhere(["a", "b"], lambda node: {"a": "fine"}[node], 5)
    assert good == "fine" and isinstance(bad, KeyError)
    assert on_nodes.everywhere([], str, 5) == []
