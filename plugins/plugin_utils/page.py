# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to the collection: a proof as one HTML file that needs nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ansible_collections.podroute.calico_f5.plugins.module_utils.proof import picture, report
from jinja2 import Environment, StrictUndefined

TEMPLATE = Path(__file__).with_name("report.html.j2")


def as_html(
    findings: Sequence[Mapping[str, Any]],
    fabric: Mapping[str, Any] | None = None,
    blocks: Mapping[str, Sequence[str]] | None = None,
    times: Mapping[str, str] | None = None,
    changes: Sequence[Mapping[str, str]] = (),
) -> str:
    """The page. Without a fabric there is no drawing; ``blocks`` are networks by node, ``changes`` title and text."""
    place = Environment(autoescape=True, trim_blocks=True, undefined=StrictUndefined)
    return place.from_string(TEMPLATE.read_text(encoding="utf-8")).render(
        report=report.as_data(findings),
        picture=picture.draw(fabric, findings, blocks or {}) if fabric else None,
        vips=[vip["address"] for vip in (fabric or {}).get("vips") or ()],
        times=times or {},
        changes=list(changes),
    )
