# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every fault of the catalogue is one root cause, two are two, and healthy networks have none."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.verify import catalogue
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.verify.catalogue import (
    BY_NAME,
    COMBINED,
    HEALTHY,
    SINGLE,
    Fault,
    Network,
)

DOCS = Path(__file__).resolve().parents[5] / "docs"


@pytest.mark.parametrize("fault", SINGLE, ids=[fault.name.replace(" ", "-") for fault in SINGLE])
def test_a_fault_is_told_as_one_cause_with_all_that_follows_from_it(fault: Fault) -> None:
    found = catalogue.judge([fault.name])
    (root,) = catalogue.causes(found)
    assert root["cause"].startswith(fault.cause)
    assert fault.hint in root["hint"]
    bad = [(one.group, one.subject) for one in found if not one.ok]
    assert fault.subject in bad
    assert [(one["group"], one["subject"]) for one in root["findings"]] == bad


@pytest.mark.parametrize("names", COMBINED, ids=[" and ".join(names).replace(" ", "-") for names in COMBINED])
def test_two_faults_are_two_causes(names: tuple[str, str]) -> None:
    found = catalogue.causes(catalogue.judge(names))
    told = {name for name in names for root in found if root["cause"].startswith(BY_NAME[name].cause)}
    assert told == set(names) and len(found) == 2, [root["cause"] for root in found]


@pytest.mark.parametrize("network", HEALTHY, ids=[network.name.replace(" ", "-") for network in HEALTHY])
def test_a_healthy_network_raises_nothing(network: Network) -> None:
    found = catalogue.judge_network(network)
    assert [one for one in found if not one.ok] == []
    assert len(found) > 10


def test_the_size_of_the_catalogue() -> None:
    assert len(SINGLE) >= 40 and len(COMBINED) >= 10 and len(HEALTHY) >= 8
    assert len({fault.name for fault in SINGLE}) == len(SINGLE)


def test_the_page_is_made_of_the_catalogue() -> None:
    assert (DOCS / "faults.md").read_text() == catalogue.page(), "run tools/fault_tables.py"
