# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The README's grammar is the grammar. `python test_readme.py` writes it anew."""

from __future__ import annotations

import re
import sys
from pathlib import Path

HERE = Path(__file__)
README = HERE.parents[3] / "lab" / "bigip" / "imish" / "README.md"
MARKS = ("<!-- grammar -->\n", "<!-- /grammar -->\n")


def grammar() -> str:
    """All command tables as Markdown."""
    from bigip.imish import commands_bgp, commands_config, commands_exec
    from bigip.imish.table import SAME

    parts = []
    for title, rows in (
        ("exec, before `enable`", commands_exec.VIEW),
        ("exec, after `enable`", commands_exec.PRIVILEGED),
        ("configuration", commands_config.CONFIG),
        ("interface", commands_config.INTERFACE),
        ("line", commands_config.LINE),
        ("route-map", commands_config.ROUTE_MAP),
        ("router bgp", commands_bgp.ROUTER),
        ("address-family ipv6", commands_bgp.IPV6),
    ):
        told = not title.startswith("exec")
        parts += [f"### {title}\n", "| line | `no` | FRR |\n| --- | --- | --- |" if told else "| line |\n| --- |"]
        for row in rows:
            line = row.pattern if row.forms != "clear" else f"no {row.pattern}"
            line = re.sub(r"<[\w-]+:=([^>]+)>", r"\1", line.replace(" ;", ""))
            line = re.sub(r"<([\w-]+):([\w-]+\|[^>]+)>", r"(\2)", line)
            line = re.sub(r"<([\w-]+):(\d+-\d+)>", r"<\2>", line)
            line = re.sub(r"<([\w-]+):(\w+)>", r"<\1>", line).replace("|", "\\|")
            frr = "same" if row.frr == SAME else f"`{row.frr}`" if row.frr else "by rule" if row.action else "-"
            no = {"both": "yes", "set": "-", "clear": "only"}[row.forms]
            entry = f"| `{line.strip()}` | {no} | {frr} |" if told else f"| `{line.strip()}` |"
            if entry != parts[-1]:  # lines that differ only in the kind of an argument are one to a reader
                parts.append(entry)
        parts.append("")
    return "\n".join(parts)


def test_the_readme_shows_the_tables():
    text = README.read_text()
    shown = text[text.index(MARKS[0]) + len(MARKS[0]) : text.index(MARKS[1])]
    assert shown == grammar(), f"run: python {HERE.name}"


if __name__ == "__main__":
    sys.path.insert(0, str(HERE.parents[3] / "lab"))
    old = README.read_text()
    start, end = old.index(MARKS[0]) + len(MARKS[0]), old.index(MARKS[1])
    README.write_text(old[:start] + grammar() + old[end:])
