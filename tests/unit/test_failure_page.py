# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""docs/failures.md is made of what was measured, for every event of the catalogue and every setting."""

from __future__ import annotations

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from benchmarks import failure_page as failures

MEASURED = json.loads(failures.RESULTS.read_text())


def test_the_page_is_made_of_the_figures() -> None:
    assert failures.PAGE.read_text() == failures.page(MEASURED), "run benchmarks/failures.py --page"


def test_every_figure_is_of_an_event_and_settings_of_the_catalogue() -> None:
    wanted = {(event.name, settings) for event in failures.EVENTS for settings in event.settings}
    measured = [(one["event"], one["settings"]) for one in MEASURED]
    assert set(measured) <= wanted and len(set(measured)) == len(measured)


def test_what_is_not_measured_is_named() -> None:
    tables = failures.page([]).split("### ")[1:]
    assert len(tables) == len(failures.EVENTS)
    for event, table in zip(failures.EVENTS, tables, strict=True):
        assert f"Not measured: {'; '.join(event.settings)}." in table
        assert ("The same with short timers" in table) is not event.timers


def test_a_figure_is_shown_with_what_the_protocol_forces() -> None:
    node = next(event for event in failures.EVENTS if event.key == "node-power")
    one = {"event": node.name, "settings": "short timers, graceful restart", "pod to VIP": 0.0, "client to VIP": 40.5,
           "BIG-IP to pod": None, "from": {"client to VIP": 121.4}, "routes gone after": 8.7}  # fmt: skip
    line = next(line for line in failures.page([one]).splitlines() if "8.7 s" in line)
    assert line == (
        "| short timers, graceful restart | 0 s | 40.5 s, from 121 s on | no answer | – | 8.7 s "
        "| the hold time, 9 s: the loss is not detected earlier |"
    )
