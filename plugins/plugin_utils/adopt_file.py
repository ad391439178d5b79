# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The inventory file that adopt.yml writes, with settings that it cannot express in comments at the top."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import yaml


def render(adopted: Mapping[str, Any], drift: Mapping[str, Any]) -> str:
    """The text of the file.

    :param adopted: ``inventory``, ``secrets`` and ``notes`` as in ``adopt.inventory.Adopted``
    :param drift: what a run with this inventory would change, from ``drift.report``
    """
    rest = [f"{item['side']}: {item['object']}: {item['difference']}" for item in drift["drift"]]
    unknown = [f"{item['side']}: unknown: {item['reason']}" for item in drift["unknown"]]
    lines = [
        "---",
        *_comment(
            "The network as it was found, as an inventory of podroute.calico_f5. How it is reached (user and password "
            "of the BIG-IPs, kubeconfig) is in the inventory that adopt.yml was given; use both. The controller was "
            "not read: describe it with virtual_servers and bigip_ctlr_*."
        ),
        *_list("Set these variables too. They are secrets, so they are not in this file:", adopted["secrets"]),
        *_list("Check these:", adopted["notes"]),
        *_list("Not compared:", unknown),
        *_list("Settings the inventory cannot express. A run would change them:", rest),
        *([] if rest or unknown else ["#", "# A run changes nothing in this network except the controller."]),
    ]
    # Innermost mappings on one line, so that each host is one line. AS numbers stay strings: 65000.10 is not a
    # fraction.
    body = yaml.safe_dump(adopted["inventory"], sort_keys=False, default_flow_style=None, width=118)
    return "\n".join(lines) + "\n" + body


def _list(title: str, items: Iterable[str]) -> Iterator[str]:
    for number, item in enumerate(items):
        if not number:
            yield "#"
            yield f"# {title}"
        yield from _comment(f"- {item}", "  ")


def _comment(text: str, indent: str = "") -> list[str]:
    return textwrap.wrap(
        " ".join(text.split()), 118, initial_indent="# ", subsequent_indent=f"# {indent}", break_long_words=False
    )
