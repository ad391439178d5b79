# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Drift: what a run of the site would change, by side, and what cannot be told."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

SCHEMA = 1
VERDICTS = ("no drift", "drift", "cannot tell")

Result = Mapping[str, Any]
Differences = Callable[[Result], Iterator[tuple[str, str]]]


def report(bigips: Mapping[str, Result], calico: Result, controller: Sequence[Result]) -> dict[str, Any]:
    """The report: ``{schema, verdict, code, drift: [{side, object, is}], unknown: [{side, why}]}``.

    ``code`` is 0, 1 or 2 in the order of ``VERDICTS``. The arguments are results of dry runs: bigip_routing by
    inventory name, calico_resources, and of every k8s_objects. One that is missing or failed is never "no drift".
    """
    drift: list[dict[str, str]] = []
    unknown: list[dict[str, str]] = []
    readings: list[tuple[str, Result, Differences, str]] = [
        (name, result, _bigip, "commands") for name, result in sorted(bigips.items())
    ]
    readings.append(("Calico", calico, _calico, "objects"))
    # The controller's partition is an object of the BIG-IP, all else of it are objects of Kubernetes.
    readings += [
        ("controller", result, *((_writes, "operations") if "operations" in result else (_kubernetes, "objects")))
        for result in controller
    ]
    if not bigips:
        unknown.append({"side": "BIG-IPs", "why": "none was looked at"})
    if not controller:
        unknown.append({"side": "controller", "why": "it was not looked at"})
    for side, result, differences, key in readings:
        if result.get("failed") or key not in result:
            why = " ".join(str(result.get("msg") or "it was not looked at").split())
            unknown.append({"side": side, "why": why})
            continue
        drift += [{"side": side, "object": what, "is": how} for what, how in differences(result)]
    code = 2 if unknown else 1 if drift else 0
    return {"schema": SCHEMA, "verdict": VERDICTS[code], "code": code, "drift": drift, "unknown": unknown}


def lines(found: Mapping[str, Any]) -> list[str]:
    """The report for people."""
    count = len(found["drift"])
    said = [f"{found['verdict']}: {count} difference{'' if count == 1 else 's'} from the inventory"]
    said += [f"  {item['side']}: cannot tell: {item['why']}" for item in found["unknown"]]
    said += [f"  {item['side']}: {item['object']}: {item['is']}" for item in found["drift"]]
    return said


def _bigip(result: Result) -> Iterator[tuple[str, str]]:
    """The lines and writes that would make it as wanted, each with the block that it stands in."""
    block = ""
    for command in result["commands"]:
        line = command.strip()
        if line in ("exit", "exit-address-family"):
            block = ""
        elif command.startswith(" ") and block:
            yield block, f"a run would type '{line}'"
        elif line.startswith(("router ", "route-map ", "address-family ")):
            block = line
            if line.startswith("route-map "):
                yield "imish", f"a run would type '{line}'"
        else:
            yield "imish", f"a run would type '{line}'"
    yield from _writes(result)
    if not result["commands"] and not result.get("operations") and result.get("saved"):
        yield "startup-config", "the running configuration is not saved"


def _writes(result: Result) -> Iterator[tuple[str, str]]:
    for item in result.get("operations") or ():
        yield item["path"].removeprefix("/mgmt/tm/"), f"a run would set {item['body']}"


def _calico(result: Result) -> Iterator[tuple[str, str]]:
    words = {"create": "it is missing", "delete": "it should not be there"}
    for item in result["objects"]:
        if item["result"] != "unchanged":
            yield f"{item['kind']} {item['name']}", words.get(item["action"], "it differs")


def _kubernetes(result: Result) -> Iterator[tuple[str, str]]:
    for item in result["objects"]:
        if item.get("changed"):
            yield str(item["object"]), "it differs, or is missing"
