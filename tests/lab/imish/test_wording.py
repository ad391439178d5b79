# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every `%` reply of the shell has a mark of where its words are from, and no mark is left over."""

from __future__ import annotations

import ast
from pathlib import Path

from bigip import imish
from bigip.imish import wording

FOLDER = Path(imish.__file__).parent


def replies() -> set[str]:
    """The beginnings of all replies in the code."""
    trees = [ast.parse(path.read_text()) for path in FOLDER.rglob("*.py") if path.name != "wording.py"]
    texts = {node.value for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    return {text.strip() for text in texts if isinstance(text, str) and text.startswith("% ") and text.strip() != "%"}


def test_every_reply_has_its_source() -> None:
    found = replies()
    assert len(found) > 40
    assert [text for text in sorted(found) if not any(map(text.startswith, wording.SOURCES))] == []
    assert [words for words in wording.SOURCES if not any(text.startswith(words) for text in found)] == []


def test_the_two_that_clients_go_by_have_one() -> None:
    """The product and f5_modules look for these; all others are the simulator's guess."""
    sourced = {words for words, source in wording.SOURCES.items() if source == wording.CODE}
    assert sourced == {"% Dynamic routing is not enabled", "% Protocol daemon is not running"}
    assert wording.source("% Dynamic routing is not enabled for route domain 3.") == wording.CODE
