# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lists of problems as a person reads them."""

from __future__ import annotations

from ansible_collections.podroute.calico_f5.plugins.module_utils.common.problem import (
    InventoryError,
    Problem,
    grouped,
    shown,
)


def test_a_shared_problem_is_reported_once_and_a_hosts_problems_together() -> None:
    problems = [
        Problem("n1", "rack", "not set", "a rack"),
        Problem("all", "vip_ranges", "[]", "a list"),
        *(Problem(f"n{number}", "as_number", "0", "a number") for number in range(1, 8)),
        Problem("n2", "rack", "not set", "a rack"),
        "n1: its clock is wrong",
        Problem("all", "vip_ranges", "[]", "a list"),
    ]
    assert grouped(problems) == [
        "n1, n2: rack is not set; expected a rack",
        "n1, n2, n3 and 4 more: as_number is 0; expected a number",
        "n1: its clock is wrong",
        "all: vip_ranges is []; expected a list",
    ]
    error = InventoryError(problems)
    assert str(error).splitlines()[0] == "the inventory has 4 problems; nothing was changed:"
    assert error.lines == grouped(problems)


def test_sentences_without_a_host() -> None:
    assert grouped(["no colon here", "no colon here"]) == ["no colon here"]


def test_every_line_is_one_line() -> None:
    text = str(Problem("a\nb\x1b[0m", "name", shown("x\ny"), "a name"))
    assert text == 'a\\nb\\x1b[0m: name is "x y"; expected a name'
    assert len(shown("x" * 5000)) == 120 and shown(None) == "not set"
