# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One line changed at random in a recorded output: never fewer routes, sessions or pools without a refusal."""

from __future__ import annotations

import random
from collections.abc import Callable, Sized
from pathlib import Path

import pytest
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.parsers import bird, ipam, node_status
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.output import Unreadable
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.show.neighbors import neighbors
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.show.routes import routes
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.show.summary import summary
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.show.table import table
from ansible_collections.podroute.calico_f5.tests.unit.properties.mutation import each

FIXTURES = Path(__file__).parents[2] / "fixtures"
CASES = 500
INSERTED = "xX9 .:/*[]|-"
# (parser, recorded output, number of rows in it)
OUTPUTS: list[tuple[Callable[[str], Sized], str, int]] = [
    (routes, "f5/show-ip-route-agility-aggregate.txt", 10),
    (routes, "f5/show-ip-route-calico-partition-vlan.txt", 5),
    (lambda text: table(text)["paths"], "f5/show-ip-bgp-azure-routeserver.txt", 9),
    (lambda text: table(text)["paths"], "f5/show-ip-bgp-neighbor-routes-appworld-calico.txt", 3),
    (neighbors, "f5/show-bgp-neighbors-calico-two-peers.txt", 2),
    (lambda text: summary(text)["neighbors"], "f5/show-ip-bgp-summary-agility-established.txt", 3),
    (lambda text: summary(text)["neighbors"], "f5/show-ip-bgp-summary-calico-never-up.txt", 2),
    (bird.routes, "calico/birdc_show_route_all_multipath.txt", 12),
    (bird.routes, "calico/birdc_show_route.txt", 7),
    (bird.protocols, "calico/birdc_show_protocols_all_established.txt", 7),
    (lambda text: node_status.parse(text)["sessions"], "calico/node_status_idle_bad_peer_as.txt", 3),
    (ipam.pools, "calico/calicoctl_ipam.txt", 1),
]


def recorded(name: str) -> str:
    """The output itself, without the lines that say where it comes from; of several the first."""
    lines = (FIXTURES / name).read_text(encoding="utf-8").splitlines()
    begin = next((number for number, line in enumerate(lines, 1) if line.startswith(("# ----", "[stdout]"))), 1)
    end = next((number for number, line in enumerate(lines) if line == "[stderr]"), len(lines))
    return "\n".join(lines[begin:end])


def changed(line: str, dice: random.Random) -> str:
    """The line cut, with one character more, less or other, without a word, or with a word more."""
    place, inserted = dice.randrange(len(line)), dice.choice(INSERTED)
    words = line.split()
    words.pop(dice.randrange(len(words)))
    return dice.choice(
        [
            line[:place],
            line[:place] + inserted + line[place:],
            line[:place] + line[place + 1 :],
            line[:place] + inserted + line[place + 1 :],
            " ".join(words),
            f"{line} {dice.choice(['x', '--More--', '1', '% x'])}",
        ]
    )


@pytest.mark.parametrize(("read", "name", "rows"), OUTPUTS, ids=lambda value: value if isinstance(value, str) else "")
def test_a_changed_line_never_loses_a_row_in_silence(read: Callable[[str], Sized], name: str, rows: int) -> None:
    text = recorded(name)
    assert len(read(text)) == rows
    lines = text.splitlines()
    printed = [number for number, line in enumerate(lines) if line.strip()]

    def case(dice: random.Random) -> bool:
        number = dice.choice(printed)
        line = changed(lines[number], dice)
        if not line.strip():
            return False  # a line that is not there cannot be missed
        try:
            found = len(read("\n".join([*lines[:number], line, *lines[number + 1 :]])))
        except Unreadable:
            return True
        assert found >= rows, f"{lines[number]!r} -> {line!r}"
        return False

    refused = each(CASES, case)
    assert any(refused) or len(refused) == 1
