# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The benchmark's figures as a table, as goals met or not met, and as docs/performance.md with a chart."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

Results = Sequence[dict[str, Any]]
BEGIN, END = "<!-- figures: written by make bench, never by hand -->\n", "<!-- /figures -->\n"
ORDER = ("empty play", "first run", "unchanged", "unchanged, no verify", "expert's tasks", "loops", "check",
         "verify, sampled", "verify, every node", "one node added")  # fmt: skip


def value(result: dict[str, Any], name: str, key: str = "wall") -> float:
    """The median of a command's figure. :raises KeyError: it was not run at this size"""
    return median(run[key] for run in result["runs"][name])


def ratios(result: dict[str, Any], name: str, other: str) -> list[float]:
    """Wall time of one command over that of another, pair by pair in the order in which they ran."""
    pairs = zip(result["runs"][name], result["runs"][other], strict=True)
    return sorted(one["wall"] / two["wall"] for one, two in pairs)


def loops(results: Results, size: int) -> float:
    """Wall seconds of the loops at a size, extrapolated from the two largest sizes at which they were run."""
    known = {result["size"]: value(result, "loops") for result in results if "loops" in result["runs"]}
    if size in known:
        return known[size]
    small, large = sorted(known)[-2:]
    return known[large] + (size - large) * (known[large] - known[small]) / (large - small)


def table(results: Results) -> str:
    """Every command at every size, as a Markdown table."""
    lines = ["| nodes | command | wall s | CPU s | MB | calls to the BIG-IP | requests to the API |",
             "| ---: | --- | ---: | ---: | ---: | ---: | ---: |"]  # fmt: skip
    for result in results:
        for name in ORDER:
            if name in result["runs"]:
                keys = ("wall", "cpu", "memory", "calls", "requests")
                wall, cpu, memory, calls, requests = (value(result, name, key) for key in keys)
                lines.append(f"| {result['size']:,} | {name} | {wall:.1f} | {cpu:.1f} | {memory:.0f} | {calls:.0f} | "
                             f"{requests:.0f} |")  # fmt: skip
            elif name == "loops" and len([r for r in results if "loops" in r["runs"]]) > 1:
                lines.append(f"| {result['size']:,} | loops (extrapolated) | {loops(results, result['size']):.0f} "
                             "| | | | |")  # fmt: skip
    return "\n".join(lines)


def profile(results: Results) -> str:
    """The duration of the parts of an unchanged run, as a Markdown table; parts below 0.1 s at every size are
    combined."""
    known = [result for result in results if result.get("parts")]
    if not known:
        return ""
    sums: dict[str, dict[int, float]] = {}
    for result in known:
        for name, seconds in result["parts"]:
            by_size = sums.setdefault(name.rpartition(" : ")[2], {})
            by_size[result["size"]] = by_size.get(result["size"], 0) + seconds
    small = [name for name, found in sums.items() if max(found.values()) < 0.1]
    rest = {result["size"]: 0.0 for result in known}
    for name in small:
        for size, seconds in sums.pop(name).items():
            rest[size] += seconds
    sums["other tasks"] = rest
    sizes = [result["size"] for result in known]
    lines = ["| part of an unchanged run, s | " + " | ".join(f"{size:,} nodes" for size in sizes) + " |",
             "| --- |" + " ---: |" * len(sizes)]  # fmt: skip
    lines += [f"| {name} | " + " | ".join(f"{found.get(size, 0):.2f}" for size in sizes) + " |"
              for name, found in sums.items()]  # fmt: skip
    return "\n".join(lines)


def goals(results: Results) -> str:
    """Each goal, met or not met, as a Markdown table. Goals whose sizes were not run are left out."""
    by_size = {result["size"]: result for result in results}
    rows: list[tuple[str, str, bool]] = []
    if 2 in by_size:
        found = ratios(by_size[2], "unchanged", "empty play")
        rows.append(("unchanged site, 2 nodes, against an empty play: at most 15 times", _spread(found),
                     median(found) <= 15))  # fmt: skip
        calls = max(run["calls"] for run in by_size[2]["runs"]["unchanged"])
        # A session is a login, a version and a logout in addition to its work.
        rows.append(("calls to the BIG-IP in an unchanged run: at most 6 in each of 3 sessions", f"{calls} in all",
                     calls <= 3 * (6 + 3)))  # fmt: skip
    if {10, 1000} <= set(by_size):
        ratio = value(by_size[1000], "unchanged") / value(by_size[10], "unchanged")
        rows.append(("unchanged site, 1,000 against 10 nodes: at most 3 times", f"{ratio:.1f}", ratio <= 3))
    if 1000 in by_size:
        large = by_size[1000]
        memory = max(run["memory"] for run in large["runs"]["unchanged"])
        rows.append(("unchanged site, 1,000 nodes: at most 400 MB in any process", f"{memory:.0f} MB", memory <= 400))
        found = ratios(large, "unchanged, no verify", "expert's tasks")
        rows.append(("unchanged site without verification, 1,000 nodes: faster than the expert's tasks",
                     _spread(found), median(found) < 1))  # fmt: skip
        cpu = value(large, "verify, every node", "cpu")
        rows.append(("verification of every one of 1,000 nodes: at most 60 s CPU", f"{cpu:.1f} s", cpu <= 60))
        if len([r for r in results if "loops" in r["runs"]]) > 1:
            times = loops(results, 1000) / value(large, "unchanged")
            rows.append(("unchanged site, 1,000 nodes, against the loops (extrapolated): at least 50 times faster",
                         f"{times:.0f}", times >= 50))  # fmt: skip
    lines = ["| goal | measured | |", "| --- | --- | --- |"]
    lines += [f"| {goal} | {found} | {'met' if met else '**not met**'} |" for goal, found, met in rows]
    return "\n".join(lines)


def _spread(found: list[float]) -> str:
    return f"{median(found):.2f} ({found[0]:.2f} to {found[-1]:.2f})"


def write(results: Results, docs: Path) -> None:
    """Put the figures between the marks of docs/performance.md, and the chart beside it."""
    page = docs / "performance.md"
    before, mark, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (mark and end):
        raise SystemExit(f"{page} has no markers for the figures")
    text = [goals(results), "![Wall time by number of nodes](img/performance.svg)", table(results), profile(results)]
    page.write_text(f"{before}{BEGIN}\n" + "\n\n".join(filter(None, text)) + f"\n\n{END}{after}", encoding="utf-8")
    (docs / "performance.json").write_text(json.dumps(results) + "\n", encoding="utf-8")
    (docs / "img" / "performance.svg").write_text(chart(results), encoding="utf-8")


SERIES = (("loops", "#b45309"), ("expert's tasks", "#6b7280"), ("unchanged", "#1d4ed8"), ("empty play", "#9ca3af"))
WIDTH, HEIGHT, LEFT, BOTTOM, RIGHT, ABOVE = 720, 380, 64, 48, 130, 20


def chart(results: Results) -> str:
    """Wall time over the number of nodes, both logarithmic, as SVG."""
    sizes = [result["size"] for result in results]
    points = {name: [(size, seconds) for size in sizes if (seconds := _seconds(results, name, size))]
              for name, _colour in SERIES}  # fmt: skip
    highest = max(seconds for line in points.values() for _size, seconds in line)
    ticks = [10**power for power in range(math.ceil(math.log10(highest)) + 1)]

    def across(size: float) -> float:
        span = math.log(sizes[-1] / sizes[0]) or 1
        return LEFT + (WIDTH - LEFT - RIGHT) * math.log(size / sizes[0]) / span

    def up(seconds: float) -> float:
        low, high = math.log10(0.3), math.log10(ticks[-1])
        return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - ABOVE) * (math.log10(seconds) - low) / (high - low)

    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
             f'font-size="13"><rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>']  # fmt: skip
    for tick in ticks:
        parts.append(f'<path d="M{LEFT} {up(tick):.1f}H{WIDTH - RIGHT}" stroke="#e5e7eb"/>'
                     f'<text x="{LEFT - 8}" y="{up(tick) + 4:.1f}" text-anchor="end">{tick:,} s</text>')  # fmt: skip
    for size in sizes:
        parts.append(f'<text x="{across(size):.1f}" y="{HEIGHT - BOTTOM + 20}" text-anchor="middle">{size:,}</text>')
    parts.append(f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 8}" text-anchor="middle">nodes</text>')
    for name, colour in SERIES:
        line = points[name]
        path = "L".join(f"{across(size):.1f} {up(seconds):.1f}" for size, seconds in line)
        dashes = ' stroke-dasharray="5 4"' if name == "loops" else ""
        parts.append(f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"{dashes}/>')
        size, seconds = line[-1]
        parts.append(f'<text x="{across(size) + 8:.1f}" y="{up(seconds) + 4:.1f}" fill="{colour}">{name}</text>')
    return "\n".join([*parts, "</svg>\n"])


def _seconds(results: Results, name: str, size: int) -> float:
    if name == "loops":
        return loops(results, size) if sum("loops" in result["runs"] for result in results) > 1 else 0
    result = next(result for result in results if result["size"] == size)
    return value(result, name) if name in result["runs"] else 0
