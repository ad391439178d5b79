# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The README's tables are those of the code."""

from __future__ import annotations

from bigip import reference


def test_the_readme_is_current() -> None:
    text = reference.README.read_text()
    assert reference.written(text) == text, "run: PYTHONPATH=lab python3 -m bigip.reference"
    assert "| `ltm/pool/members` |" in text
