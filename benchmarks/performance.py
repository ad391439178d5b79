# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The benchmark's figures as a table, as goals met or not met, and as docs/performance.md with a chart."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from statistics import median
from typing import Any

Results = Sequence[dict[str, Any]]
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
    lines = ["| nodes | command | wall s | CPU s | MB | BIG-IP calls | API calls | API CPU s |",
             "| ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: |"]  # fmt: skip
    for result in results:
        for name in ORDER:
            if name in result["runs"]:
                keys = ("wall", "cpu", "memory", "calls", "requests")
                wall, cpu, memory, calls, requests = (value(result, name, key) for key in keys)
                lines.append(f"| {result['size']:,} | {name} | {wall:.1f} | {cpu:.1f} | {memory:.0f} | {calls:.0f} | "
                             f"{requests:.0f} | {_server(result, name)} |")  # fmt: skip
            elif name == "loops" and len([r for r in results if "loops" in r["runs"]]) > 1:
                lines.append(f"| {result['size']:,} | loops (extrapolated) | {loops(results, result['size']):.0f} "
                             "| | | | | |")  # fmt: skip
    return "\n".join(lines)


def _server(result: dict[str, Any], name: str) -> str:
    """CPU of the API server and etcd; empty for figures without it."""
    return f"{value(result, name, 'server'):.1f}" if "server" in result["runs"][name][0] else ""


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


@dataclass(frozen=True)
class Goal:
    """A goal with its figure. ``reason``: why it is not met, and what it would take."""

    text: str
    measured: str
    met: bool
    reason: str


def goals(results: Results) -> list[Goal]:
    """Every goal whose sizes were run."""
    by_size = {result["size"]: result for result in results}
    found: list[Goal] = []
    if 2 in by_size:
        small = ratios(by_size[2], "unchanged", "empty play")
        found.append(Goal("unchanged site, 2 nodes, against an empty play: at most 15 times", _spread(small),
                          median(small) <= 15, FEWER_TASKS))  # fmt: skip
        calls = max(run["calls"] for run in by_size[2]["runs"]["unchanged"])
        # A session is a login, a version and a logout in addition to its work.
        found.append(
            Goal(
                "calls to the BIG-IP in an unchanged run: at most 6 in each of 3 sessions",
                f"{calls} in all",
                calls <= 3 * (6 + 3),
                "A step reads the BIG-IP again although nothing was written.",
            )
        )
    if {10, 1000} <= set(by_size):
        ratio = value(by_size[1000], "unchanged") / value(by_size[10], "unchanged")
        found.append(Goal("unchanged site, 1,000 against 10 nodes: at most 3 times", f"{ratio:.1f}", ratio <= 3,
                          _growth(by_size[10], by_size[1000])))  # fmt: skip
    if 1000 in by_size:
        large = by_size[1000]
        memory = max(run["memory"] for run in large["runs"]["unchanged"])
        found.append(Goal("unchanged site, 1,000 nodes: at most 400 MB in any process", f"{memory:.0f} MB",
                          memory <= 400, "Observations would have to be read in parts."))  # fmt: skip
        against = ratios(large, "unchanged, no verify", "expert's tasks")
        found.append(Goal("unchanged site without verification, 1,000 nodes: faster than the expert's tasks",
                          _spread(against), median(against) < 1, FEWER_TASKS))  # fmt: skip
        cpu = value(large, "verify, every node", "cpu")
        found.append(Goal("verification of every one of 1,000 nodes: at most 60 s CPU", f"{cpu:.1f} s", cpu <= 60,
                          "Most of it is the decoding of reports; fewer nodes can be read."))  # fmt: skip
        if len([r for r in results if "loops" in r["runs"]]) > 1:
            times = loops(results, 1000) / value(large, "unchanged")
            found.append(Goal("unchanged site, 1,000 nodes, against the loops (extrapolated): at least 50 times faster",
                              f"{times:.0f}", times >= 50, _growth(None, large)))  # fmt: skip
    return found


FEWER_TASKS = (
    "Most of it is the start of Ansible and of each task, as the table of parts shows: fewer tasks would help."
)


def _growth(small: dict[str, Any] | None, large: dict[str, Any]) -> str:
    """Where the time of an unchanged run at 1,000 nodes goes, in figures, and what would shorten it."""
    wall, without = value(large, "unchanged"), value(large, "unchanged, no verify")
    text = f"Verification takes {wall - without:.1f} of {wall:.1f} s"
    if small:
        ratio = without / value(small, "unchanged, no verify")
        text += f"; without it, the run at 1,000 nodes takes {ratio:.1f} times the run at 10"
    text += ". The API server decodes, stores and sends a report per node, which has a route per block of the cluster"
    if "server" in large["runs"]["unchanged"][0]:
        server = value(large, "unchanged", "server") - value(large, "unchanged, no verify", "server")
        text += f": {server:.1f} s CPU with etcd, on the processors that the run uses too"
    return (
        f"{text}. It would take smaller reports, which is Calico's to change, or a smaller `fabric_verify_node_sample`."
    )


def goal_table(results: Results) -> str:
    """The goals as a Markdown table; below it, for each that is not met, why and what it would take."""
    found = goals(results)
    lines = ["| goal | measured | |", "| --- | --- | --- |"]
    lines += [f"| {goal.text} | {goal.measured} | {'met' if goal.met else '**not met**'} |" for goal in found]
    missed = [f"**Not met** — {goal.text}: {goal.reason}" for goal in found if not goal.met]
    return "\n\n".join(["\n".join(lines), *missed])


def conditions(results: Results) -> str:
    """On what machine, beside what, and how long the figures were taken. Empty for figures without a record of it."""
    known = [result for result in results if result.get("load")]
    if not known:
        return ""
    day = datetime.fromtimestamp(known[0]["begin"], timezone.utc).strftime("%Y-%m-%d")
    loads = [load for result in known for load in result["load"]]
    minutes = ", ".join(f"{result['size']:,} nodes {result['minutes']:.0f}" for result in known)
    return (f"Taken on {day} with {known[0]['processors']} processors, at a load of {min(loads):.1f} to "
            f"{max(loads):.1f} (the benchmark itself included). Minutes it took: {minutes}.")  # fmt: skip


def _spread(found: list[float]) -> str:
    return f"{median(found):.2f} ({found[0]:.2f} to {found[-1]:.2f})"


def write(results: Results, docs: Path) -> None:
    """Put the figures between the markers of docs/performance.md, and the chart beside it."""
    text = [goal_table(results), conditions(results), "![Wall time by number of nodes](img/performance.svg)",
            table(results), profile(results)]  # fmt: skip
    put(docs / "performance.md", "figures", "\n\n".join(filter(None, text)))
    (docs / "performance.json").write_text(json.dumps(results) + "\n", encoding="utf-8")
    (docs / "img" / "performance.svg").write_text(chart(results), encoding="utf-8")


def put(page: Path, name: str, text: str) -> None:
    """Replace what is between the markers of that name in a page."""
    before, mark, rest = page.read_text(encoding="utf-8").partition(f"<!-- {name}: written by a program -->\n")
    _, end, after = rest.partition(f"<!-- /{name} -->\n")
    if not (mark and end):
        raise SystemExit(f"{page} has no markers for the {name}")
    page.write_text(f"{before}{mark}\n{text}\n\n{end}{after}", encoding="utf-8")


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
