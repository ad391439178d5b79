# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The BIG-IP of a benchmark: the detached simulator in a separate process, with sessions and routes of N nodes.

The simulator's configuration, REST and imish are the real ones; the output of FRR is generated from the network.
"""

from __future__ import annotations

import multiprocessing
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from bigip import device as bigip_device
from bigip import routing
from bigip.config import factory
from bigip.imish import DetachedEngine
from bigip.rest import transfer
from bigip.testing import INITIAL, simulator

from benchmarks.network import BIGIP, Network


@dataclass(frozen=True)
class Device:
    """The address of the simulator. ``ca`` is a file."""

    host: str
    port: int
    user: str
    password: str
    ca: str
    _pipe: Any

    def calls(self) -> list[str]:
        """Method and path of the REST calls since the last call, including logins and logouts."""
        self._pipe.send("calls")
        return self._pipe.recv()

    def uploads(self) -> list[str]:
        """Files in the folder for uploads."""
        self._pipe.send("uploads")
        return self._pipe.recv()

    def tokens(self) -> list[str]:
        """The login tokens that are valid."""
        self._pipe.send("tokens")
        return self._pipe.recv()

    def state(self) -> dict[str, Any]:
        """All objects and the configurations of imish, running and saved."""
        self._pipe.send("state")
        return self._pipe.recv()

    def reset(self) -> None:
        """Without BGP again, as at the start."""
        self._pipe.send("reset")
        self._pipe.recv()

    def grow(self, network: Network) -> None:
        """Sessions and routes of another network from now on."""
        self._pipe.send(network)
        self._pipe.recv()


class _Engine(DetachedEngine):
    """Accepts every command, and reports a network in which all sessions are up."""

    network: Network

    def json(self, daemon: str, command: str) -> Any:
        if daemon == "zebra" and command == "show ip route":
            return self.network.frr_routes()
        if daemon == "bgpd" and command == "show bgp neighbors":
            return self.network.frr_neighbors()
        return {}


@contextmanager
def device(network: Network) -> Iterator[Device]:
    """A running BIG-IP without BGP, stopped at the end."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.Process(target=_serve, args=(network, theirs), daemon=True)
    process.start()
    try:
        yield Device(*ours.recv(), _pipe=ours)
    finally:
        process.terminate()
        process.join()


def _serve(network: Network, pipe: Any) -> None:
    _Engine.network = network
    routing.DetachedEngine = _Engine  # the simulator has no other way to pass one
    address = {"name": "int_self", "address": f"{BIGIP}/16", "vlan": "/Common/int_vlan"}
    virtuals = [
        {**INITIAL["ltm/virtual"][0], "name": vip, "destination": f"/Common/{vip}:80"} for vip in _vips(network)
    ]
    with simulator({**INITIAL, "net/self": [address], "ltm/virtual": virtuals}) as bigip:
        pipe.send((bigip.host, bigip.port, bigip.user, bigip.password, bigip.ca))
        while True:
            message = pipe.recv()
            if isinstance(message, Network):
                _Engine.network = message
                pipe.send(True)
                continue
            if message == "uploads":
                folder = bigip.device.settings.path(transfer.DOWNLOADS)
                pipe.send([str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()])
                continue
            if message == "tokens":
                pipe.send([token.text for user in bigip.device.users for token in bigip.device.tokens.of(user)])
                continue
            if message == "state":
                pipe.send(_state(bigip.device))
                continue
            if message == "reset":
                with bigip.device.lock:
                    for part in ("/config/bigip.json", "/config/zebos"):
                        path = bigip.device.settings.path(part)
                        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
                    bigip.device.load()
                pipe.send(True)
                continue
            time.sleep(0.1)  # the last call is logged after its answer
            pipe.send([f"{call['method']} {call['path']}" for call in bigip.calls()])
            bigip.forget_calls()


def _state(device: bigip_device.Device) -> dict[str, Any]:
    """Without the counters of changes."""

    def plain(entry: dict[str, Any]) -> list[Any]:
        below = {word: {str(each["name"]): plain(each) for each in each_kind}
                 for word, each_kind in entry["children"].items()}  # fmt: skip
        return [entry["fields"], below]

    with device.lock:
        objects = factory.dump(device.store)["objects"]
        shown = {f"show {which}": device.routing.imish.command(["imish", "-r", "0", "-e", f"show {which}"])
                 for which in ("running-config", "startup-config")}  # fmt: skip
    return shown | {f"{path} {'/'.join(entry['name'])}": plain(entry)
                    for path, entries in objects.items() for entry in entries}  # fmt: skip


def _vips(network: Network) -> list[str]:
    return [prefix.removesuffix("/32") for prefix in network.frr_routes() if prefix.endswith("/32")]
