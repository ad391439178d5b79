# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to the collection: verification results as one self-contained HTML file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ansible_collections.podroute.calico_f5.plugins.module_utils.verify import picture, report, tree
from jinja2 import Environment, FileSystemLoader, StrictUndefined

# page.html.j2 includes picture.svg.j2, page.css and page.js.
TEMPLATES = Path(__file__).with_name("report")

# A table of passed checks with more rows is collapsed, on screen and in print.
LONG = 12


def as_html(
    findings: Sequence[Mapping[str, Any]],
    fabric: Mapping[str, Any] | None = None,
    blocks: Mapping[str, Sequence[str]] | None = None,
    times: Mapping[str, str] | None = None,
    changes: Sequence[Mapping[str, str]] = (),
    failover: Mapping[str, str] | None = None,
    sampled: Mapping[str, int] | None = None,
    worst_case: Sequence[Mapping[str, Any]] = (),
) -> str:
    """The page. Without a fabric there is no drawing.

    :param fabric: the fabric, as returned by the filter fabric_intent
    :param blocks: networks by node
    :param times: timestamps by event
    :param changes: title and text (a unified diff) of each change
    :param failover: state of each BIG-IP, such as ACTIVE or STANDBY
    :param sampled: ``{nodes, of}`` if not all nodes were read
    :param worst_case: how long packets may be lost: ``{event, seconds, reason}``
    """
    if fabric and failover:
        roles = {name: str(state or "").lower() for name, state in failover.items()}
        fabric = {**fabric, "bigips": [{**unit, "role": roles.get(unit["name"], "")} for unit in fabric["bigips"]]}
    data = report.as_data(findings, times, changes, sampled, worst_case)
    place = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    return place.get_template("page.html.j2").render(
        report=data,
        picture=picture.draw(fabric, findings, blocks or {}) if fabric else None,
        by_group=tree.by_group,
        long=LONG,
        seconds=report.seconds,
    )
