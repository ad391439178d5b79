# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""docs/traps.md names tests; each of them must exist, and each pitfall must have one."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROWS = [
    line
    for line in (ROOT / "docs" / "traps.md").read_text().splitlines()
    if line.startswith("| ") and not line.startswith(("| pitfall |", "| ---"))
]


def test_every_pitfall_has_a_test_and_every_test_exists() -> None:
    assert len(ROWS) > 30
    missing = []
    for row in ROWS:
        named = re.findall(r"`([\w/]+\.py)::(\w+)`", row)
        assert named, f"no test: {row}"
        for path, test in named:
            file = ROOT / path if path.startswith("tests/") else ROOT / "tests/unit/plugins/module_utils" / path
            if not file.is_file() or not re.search(rf"^def {test}\(", file.read_text(), re.MULTILINE):
                missing.append(f"{path}::{test}")
    assert missing == []
