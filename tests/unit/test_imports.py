# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Imports go in the direction that the table of packages in docs/architecture.md shows."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
PLUGINS = TOP / "plugins"
COLLECTION = "ansible_collections.podroute.calico_f5."
# A pure package has none of these: programs, files, network, clocks that wait, and clients of devices.
INPUT_OUTPUT = {"asyncio", "f5", "http", "icontrol", "kubernetes", "os", "pathlib", "requests", "select", "shutil",
                "socket", "ssl", "subprocess", "tempfile", "time", "urllib.request", "urllib3"}  # fmt: skip
CONVERSIONS = {"socket.AF_INET", "socket.inet_ntoa", "socket.inet_pton"}


def table() -> dict[str, tuple[str, str]]:
    """Package -> its contents and what it may import, as the table has them."""
    found = {}
    for line in (TOP / "docs" / "architecture.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        for path in re.findall(r"`([\w/]+)/`", cells[0]) if line.startswith("| `") else ():
            found[path.rpartition("/")[2]] = (cells[1], cells[2])
    return found


TABLE = table()
SHARED = sorted(path.name for path in (PLUGINS / "module_utils").iterdir() if (path / "__init__.py").exists())
KINDS = sorted(path.name for path in PLUGINS.iterdir() if path.is_dir() and path.name != "module_utils")


def allowed(package: str) -> set[str]:
    """The packages that the table allows; ``module_utils`` stands for all packages there."""
    names = set(TABLE[package][1].split(", ")) - {"no other package"}
    return names - {"module_utils"} | (set(SHARED) if "module_utils" in names else set())


def imported(source: str, package: str) -> Iterator[str]:
    """The full names that a file imports. ``package``: the file's own package, for relative imports."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: -(node.level - 1) or None] if node.level else []
            base = ".".join([*above, *filter(None, [node.module])])
            yield from (f"{base}.{name.name}" for name in node.names)


@functools.cache
def imports_of(package: str) -> list[tuple[str, str]]:
    """(file, full name) of all imports of a package."""
    found = []
    folder = PLUGINS / ("module_utils" if package in SHARED else "") / package
    for path in sorted(folder.rglob("*.py")):
        name = COLLECTION + ".".join(path.parent.relative_to(TOP).parts)
        for target in imported(path.read_text(encoding="utf-8"), name):
            found.append((path.relative_to(TOP).as_posix(), target))
    return found


def package_of(name: str) -> str | None:
    """The package of this collection that a full name belongs to; None for other code."""
    if not name.startswith(COLLECTION):
        return None
    parts = name.removeprefix(COLLECTION).removeprefix("plugins.").removeprefix("module_utils.").split(".")
    return parts[0]


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("import a.b", "a.b"),
        ("def f():\n    from a import b", "a.b"),
        ("from . import plan", "x.utils.zebos.plan"),
        ("from .plan import Plan", "x.utils.zebos.plan.Plan"),
        ("from ..run import lock", "x.utils.run.lock"),
        ("from ... import y", "x.y"),
    ],
)
def test_every_form_of_import_is_seen(source, name):
    assert list(imported(source, "x.utils.zebos")) == [name]


@pytest.mark.parametrize("package", [*SHARED, *KINDS])
def test_a_package_imports_only_what_the_table_allows(package):
    permitted = allowed(package) | {package, None}
    wrong = [f"{path} imports {name}" for path, name in imports_of(package) if package_of(name) not in permitted]
    assert wrong == []


def test_the_table_allows_no_cycle():
    order = list(TopologicalSorter({package: allowed(package) for package in (*SHARED, *KINDS)}).static_order())
    assert order[0] == "common" and set(order) == {*SHARED, *KINDS}


@pytest.mark.parametrize("package", [name for name, (contents, _part) in TABLE.items() if contents.endswith("(pure)")])
def test_a_pure_package_does_no_input_or_output(package):
    wrong = [
        f"{path} imports {name}"
        for path, name in imports_of(package)
        if name not in CONVERSIONS and any(f"{name}.".startswith(f"{part}.") for part in INPUT_OUTPUT)
    ]
    assert wrong == []


@pytest.mark.parametrize("package", SHARED)
def test_shared_code_uses_of_ansible_only_what_modules_may(package):
    names = [name for _path, name in imports_of(package) if name.split(".")[0] == "ansible"]
    assert [name for name in names if not name.startswith("ansible.module_utils.")] == []


def test_coverage_is_measured_of_every_pure_package_and_of_common():
    settings = (TOP / "pyproject.toml").read_text(encoding="utf-8").partition("[tool.coverage.run]")[2]
    measured = re.findall(r'"plugins/module_utils/(\w+)"', settings)
    pure = {name for name, (contents, _part) in TABLE.items() if contents.endswith("(pure)")}
    assert measured == sorted(pure | {"common"})
    assert f"PURE := {' '.join(measured)}\n" in (TOP / "Makefile").read_text(encoding="utf-8")
