# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator's modules import each other in one direction, and nothing that is released imports them."""

from __future__ import annotations

import ast
import graphlib
import subprocess
from pathlib import Path

TOP = Path(__file__).parents[3]
PACKAGE = TOP / "lab" / "bigip"


def modules() -> dict[str, Path]:
    found = {}
    for path in PACKAGE.rglob("*.py"):
        name = ".".join(("bigip", *path.relative_to(PACKAGE).with_suffix("").parts))
        found[name.removesuffix(".__init__")] = path
    return found


def imports(name: str, path: Path, known: dict[str, Path]) -> set[str]:
    """All imports, those of functions and of type checkers too."""
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parts = package.split(".")
            above = parts[: len(parts) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            names = [f"{base}.{alias.name}" for alias in node.names]
            found.update(each if each in known else base for each in names)
    return {each for each in found if each in known and each != name}


def test_no_import_is_circular() -> None:
    known = modules()
    graph = {name: imports(name, path, known) for name, path in known.items()}
    assert len(graph) > 60
    list(graphlib.TopologicalSorter(graph).static_order())  # raises CycleError with the circle


def test_nothing_that_is_released_imports_it() -> None:
    listed = subprocess.run(["git", "ls-files", "*.py"], cwd=TOP, capture_output=True, text=True, check=True)
    outside = [name for name in listed.stdout.split() if not name.startswith(("lab/", "tests/", "benchmarks/"))]
    assert len(outside) > 50
    guilty = []
    for name in outside:
        for node in ast.walk(ast.parse((TOP / name).read_text())):
            base = node.module if isinstance(node, ast.ImportFrom) and not node.level else ""
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [base or ""]
            guilty += [name for each in names if each.split(".")[0] == "bigip"]
    assert guilty == []


def test_it_uses_nothing_of_the_collection() -> None:
    """A mistake that both sides share would be seen by no test."""
    found = {}
    for path in (TOP / "lab").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module or ""]
            else:
                continue
            if any(name.split(".")[0] in ("ansible_collections", "plugins") for name in names):
                found[str(path.relative_to(TOP))] = names
    assert {name for name in found if name.startswith("lab/bigip/")} == set()
