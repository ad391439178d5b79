# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Drift: what a run of site.yml would change, by side, and what is unknown."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

SCHEMA = 1
VERDICTS = ("no drift", "drift", "unknown")
CONTROLLER = "controller"

Result = Mapping[str, Any]
Differences = Callable[[Result], Iterator[tuple[str, str]]]


def report(bigips: Mapping[str, Result], calico: Result, controller: Result) -> dict[str, Any]:
    """The report: ``{schema, verdict, code, drift: [{side, object, difference}], unknown: [{side, reason}], drained}``.

    ``code`` is 0, 1 or 2 in the order of ``VERDICTS``; ``drained`` has the drained hosts, which are not drift. The
    arguments are the roles' results in check mode, those of the BIG-IPs by inventory name. A result that is missing or
    failed is never "no drift".
    """
    drift: list[dict[str, str]] = []
    unknown: list[dict[str, str]] = []
    readings: list[tuple[str, Result, Differences, str]] = [
        (name, result, _bigip, "commands") for name, result in sorted(bigips.items())
    ]
    readings += [("Calico", calico, _calico, "objects"), (CONTROLLER, controller, _controller, "objects")]
    if not bigips:
        unknown.append({"side": "BIG-IPs", "reason": "the inventory has none"})
    for side, result, differences, key in readings:
        if result.get("failed") or key not in result:
            reason = " ".join(str(result.get("msg") or "it was not compared").split())
            unknown.append({"side": side, "reason": reason})
            continue
        drift += [{"side": side, "object": what, "difference": how} for what, how in differences(result)]
    code = 2 if unknown else 1 if drift else 0
    drained = list(
        dict.fromkeys(name for _host, result in sorted(bigips.items()) for name in result.get("drained") or ())
    )
    found = {"schema": SCHEMA, "verdict": VERDICTS[code], "code": code, "drift": drift, "unknown": unknown}
    return {**found, "drained": drained}


def lines(found: Mapping[str, Any]) -> list[str]:
    """The report as text."""
    count = len(found["drift"])
    text = [f"{found['verdict']}: {count} difference{'' if count == 1 else 's'} from the inventory"]
    text += [f"  {item['side']}: unknown: {item['reason']}" for item in found["unknown"]]
    text += [f"  {item['side']}: {item['object']}: {item['difference']}" for item in found["drift"]]
    text += [f"Drained: {', '.join(found['drained'])}"] if found["drained"] else []
    return text


def _bigip(result: Result) -> Iterator[tuple[str, str]]:
    """The commands and writes of a run, each command with its block."""
    block = ""
    for command in result["commands"]:
        line = command.strip()
        if line in ("exit", "exit-address-family"):
            block = ""
        elif command.startswith(" ") and block:
            yield block, f"a run would send '{line}'"
        elif line.startswith(("router ", "route-map ", "address-family ")):
            block = line
            if line.startswith("route-map "):
                yield "imish", f"a run would send '{line}'"
        else:
            yield "imish", f"a run would send '{line}'"
    yield from _writes(result)
    if not result["commands"] and not result.get("operations") and result.get("saved"):
        yield "startup-config", "the running configuration is not saved"


def _writes(result: Result) -> Iterator[tuple[str, str]]:
    for item in result.get("operations") or ():
        yield item["path"].removeprefix("/mgmt/tm/"), f"a run would set {item['body']}"


_BY_ACTION = {"create": "it is missing", "delete": "it is not in the inventory"}


def _calico(result: Result) -> Iterator[tuple[str, str]]:
    for item in result["objects"]:
        if item["result"] != "unchanged":
            how = "; ".join(item.get("differences") or ["it differs"])
            yield f"{item['kind']} {item['name']}", _BY_ACTION.get(item["action"], how)
    for item in result.get("password") or ():
        yield f"{item.get('kind')} {item.get('name')}", _BY_ACTION.get(str(item.get("action")), "it differs")


def _controller(result: Result) -> Iterator[tuple[str, str]]:
    yield from _writes(result)
    for item in result["objects"]:
        if item.get("changed"):
            yield str(item["object"]), _BY_ACTION.get(str(item.get("action")), "it differs")
