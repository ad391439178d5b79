"""The driver as the controller starts it, against the lab's BIG-IP without network."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from bigip.testing import Simulator, certificates, simulator

DRIVER = Path(__file__).parents[3] / "lab" / "controller" / "bigipconfigdriver.py"
POOL = "/mgmt/tm/ltm/pool/~k8s~cfgmap_default_nginx-deploy-svc.vs_nginx-deploy-svc"
VIRTUAL = "/mgmt/tm/ltm/virtual/~k8s~default_nginx-deploy-svc.vs"
PATIENCE = 20  # seconds


@dataclass
class Running:
    """A driver at work: its file can be written, its log read."""

    file: Path
    log: Path
    process: subprocess.Popen[bytes]
    sections: dict[str, Any] = field(default_factory=dict)

    def write(self) -> None:
        self.file.write_text(json.dumps(self.sections))

    @property
    def resources(self) -> dict[str, Any]:
        return self.sections["resources"]["k8s"]

    def said(self) -> str:
        return self.log.read_text()


@pytest.fixture
def bigip() -> Iterator[Simulator]:
    with simulator() as device:
        yield device


@contextmanager
def driver(bigip: Simulator, folder: Path, recorded: str, **environment: str) -> Iterator[Running]:
    sections = json.loads(recorded)
    sections["bigip"]["url"] = bigip.url
    sections["global"]["verify-interval"] = 0.05
    file, log = folder / "config.json", folder / "log"
    given = {"BIGIP_USERNAME": bigip.user, "BIGIP_PASSWORD": bigip.password, "BIGIP_CA_FILE": bigip.ca}
    with log.open("wb") as err:
        process = subprocess.Popen(
            [sys.executable, str(DRIVER), "--config-file", str(file), "--ctlr-prefix", "k8s"],
            stderr=err,
            env=os.environ | given | environment,
        )
        running = Running(file, log, process, sections)
        running.write()
        try:
            yield running
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(10)


def eventually(look: Callable[[], Any], words: str) -> Any:
    """Wait until a look is true; a call that the device refuses counts as not yet."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            if seen := look():
                return seen
        except LookupError:
            pass
        time.sleep(0.05)
    raise AssertionError(f"never: {words}")


def get(bigip: Simulator, path: str) -> dict[str, Any]:
    """Read an object by the driver's own session. Raises LookupError when it is not there."""
    from cccl.credentials import Credentials
    from cccl.icontrol import BigipError, Session

    session = Session(bigip.url, Credentials(bigip.user, bigip.password), bigip.ca)
    try:
        return session.get(path)
    except BigipError as error:
        raise LookupError(str(error)) from error
    finally:
        session.close()


def partition(bigip: Simulator, name: str = "k8s") -> None:
    from cccl.credentials import Credentials
    from cccl.icontrol import Session

    session = Session(bigip.url, Credentials(bigip.user, bigip.password), bigip.ca)
    session.post("/mgmt/tm/auth/partition", {"name": name})
    session.close()


def members(bigip: Simulator) -> list[str]:
    return sorted(item["address"] for item in get(bigip, f"{POOL}/members").get("items", []))


def reads(bigip: Simulator) -> int:
    """How often the partition was compared."""
    return sum(call["path"].startswith("/mgmt/tm/ltm/virtual") for call in bigip.calls())


def is_silent(bigip: Simulator) -> bool:
    """No comparison during two looks at the file."""
    before = reads(bigip)
    time.sleep(0.5)
    return reads(bigip) == before


def in_sync(running: Running) -> bool:
    return "nothing to change" in running.said()


def test_makes_what_the_file_says_and_then_keeps_quiet(bigip: Simulator, tmp_path: Path, recorded: str) -> None:
    partition(bigip)
    with driver(bigip, tmp_path, recorded) as running:
        virtual = eventually(lambda: get(bigip, VIRTUAL), "the virtual server is there")
        assert virtual["pool"] == POOL.rpartition("/")[2].replace("~", "/")
        assert virtual["sourceAddressTranslation"]["type"] == "automap"
        assert members(bigip) == ["10.244.0.5", "10.244.1.7"]
        eventually(lambda: in_sync(running), "a second look finds nothing to change")
        bigip.forget_calls()
        eventually(lambda: reads(bigip) >= 3, "it compares three times more")
        assert bigip.writes() == []


def test_members_follow_the_file(bigip: Simulator, tmp_path: Path, recorded: str) -> None:
    partition(bigip)
    with driver(bigip, tmp_path, recorded) as running:
        eventually(lambda: in_sync(running), "the partition is in sync")
        bigip.forget_calls()
        running.resources["pools"][0]["members"][1]["address"] = "10.244.1.9"
        running.write()
        eventually(lambda: members(bigip) == ["10.244.0.5", "10.244.1.9"], "the new member is there")
        eventually(lambda: len(bigip.writes()) == 2, "the old member's node is cleaned")
        methods = [line.split()[0] for line in bigip.writes()]
        assert methods == ["PUT", "DELETE"]


def test_every_write_is_the_published_driver_s_field_by_field(bigip: Simulator, recorded: str) -> None:
    """The scenario of the recording: everything is made, a member goes, everything goes.

    Compared are the calls with their bodies, without what the device counts or numbers itself.
    """
    from cccl.credentials import Credentials
    from cccl.icontrol import Session
    from cccl.partition import reconcile

    def told(method: str, path: str, body: dict[str, Any] | None) -> tuple[str, str, dict[str, Any]]:
        fields = {key: value for key, value in (body or {}).items() if key not in ("generation", "selfLink")}
        return method, path.rstrip("/"), fields

    strangers = ("vs80", "cccl_pool", "cccl_pool2")  # lay in the partition when the recording was made
    lines = (DRIVER.parents[2] / "tests/fixtures/clients/cccl-driver-requests.jsonl").read_text().splitlines()
    theirs = [
        told(each["method"], each["path"], each.get("json"))
        for each in map(json.loads, lines)
        if each["method"] != "GET" and not each["path"].rstrip("/").endswith(strangers)
    ]
    partition(bigip)
    session = Session(bigip.url, Credentials(bigip.user, bigip.password), bigip.ca)
    ours: list[tuple[str, str, dict[str, Any]]] = []
    send = session._send

    def noted(method: str, path: str, body: Any, headers: dict[str, str]) -> Any:
        if method != "GET" and "/shared/" not in path:
            ours.append(told(method, path, body))
        return send(method, path, body, headers)

    session._send = noted  # type: ignore[method-assign]
    resources = json.loads(recorded)["resources"]["k8s"]
    reconcile(session, "k8s", resources)
    resources["pools"][0]["members"].pop()
    reconcile(session, "k8s", resources)
    reconcile(session, "k8s", {})
    session.close()
    assert ours == theirs
    assert {method for method, _path, _body in theirs} == {"POST", "PUT", "DELETE"}


def test_manual_changes_are_reverted_but_not_the_route_advertisement(
    bigip: Simulator, tmp_path: Path, recorded: str
) -> None:
    from cccl.credentials import Credentials
    from cccl.icontrol import Session

    partition(bigip)
    address = "/mgmt/tm/ltm/virtual-address/~k8s~172.16.40.80"
    with driver(bigip, tmp_path, recorded) as running:
        eventually(lambda: in_sync(running), "the partition is in sync")
        session = Session(bigip.url, Credentials(bigip.user, bigip.password), bigip.ca)
        for path, change in (
            (address, {"routeAdvertisement": "selective"}),
            (POOL, {"loadBalancingMode": "round-robin"}),
        ):
            session.put(path, session.get(path) | change)
        session.close()
        eventually(lambda: get(bigip, POOL)["loadBalancingMode"] == "least-connections-member", "the pool is mended")
        assert get(bigip, address)["routeAdvertisement"] == "selective"


def test_everything_goes_and_only_in_its_partition(bigip: Simulator, tmp_path: Path, recorded: str) -> None:
    partition(bigip)
    with driver(bigip, tmp_path, recorded) as running:
        eventually(lambda: in_sync(running), "the partition is in sync")
        running.sections["resources"] = {}
        running.write()
        for kind in ("virtual", "pool", "monitor/http", "node", "virtual-address"):
            eventually(
                lambda kind=kind: not [i for i in get(bigip, f"/mgmt/tm/ltm/{kind}").get("items", [])
                                       if i.get("partition") == "k8s"],
                f"no {kind} is left in the partition",
            )  # fmt: skip
        assert len(get(bigip, "/mgmt/tm/ltm/virtual")["items"]) == 2  # the hand-made ones


def test_no_resources_yet_writes_nothing(bigip: Simulator, tmp_path: Path, recorded: str) -> None:
    partition(bigip)
    with driver(bigip, tmp_path, recorded) as running:
        eventually(lambda: in_sync(running), "the partition is in sync")
        bigip.forget_calls()
        del running.sections["resources"]
        running.write()
        eventually(lambda: is_silent(bigip), "it waits for resources")
        assert bigip.writes() == []


def test_a_wrong_password_is_reported_and_the_driver_keeps_running(
    bigip: Simulator, tmp_path: Path, recorded: str
) -> None:
    with driver(bigip, tmp_path, recorded, BIGIP_PASSWORD="wrong-canary") as running:
        eventually(
            lambda: "ERROR] BIG-IP connection error: the BIG-IP refuses the user" in running.said(), "it says so"
        )
        assert running.process.poll() is None
        assert "wrong-canary" not in running.said()


def test_an_untrusted_certificate_is_reported(bigip: Simulator, tmp_path: Path, recorded: str) -> None:
    stranger = certificates.__wrapped__() / "ca.crt"  # past its cache: another CA than the simulator's
    with driver(bigip, tmp_path, recorded, BIGIP_CA_FILE=str(stranger)) as running:
        eventually(lambda: "certificate verify failed" in running.said(), "it says so")


def test_a_missing_partition_is_reported_and_found_when_it_comes(
    bigip: Simulator, tmp_path: Path, recorded: str
) -> None:
    with driver(bigip, tmp_path, recorded) as running:
        eventually(lambda: "partition k8s does not exist on the BIG-IP" in running.said(), "it says so")
        partition(bigip)
        eventually(lambda: get(bigip, VIRTUAL), "the virtual server is there")
        eventually(lambda: "INFO] BIG-IP connection established." in running.said(), "it says that all is well")


def test_a_lost_token_is_asked_for_again(bigip: Simulator, tmp_path: Path, recorded: str) -> None:
    partition(bigip)
    with driver(bigip, tmp_path, recorded) as running:
        eventually(lambda: in_sync(running), "the partition is in sync")
        bigip.inject("DELETE", "tokens")
        bigip.forget_calls()
        running.resources["pools"][0]["members"].pop()
        running.write()
        eventually(lambda: members(bigip) == ["10.244.0.5"], "the member is gone")
        assert "ERROR]" not in running.said()


def test_the_token_is_deleted_at_the_end(bigip: Simulator, tmp_path: Path, recorded: str) -> None:
    partition(bigip)
    with driver(bigip, tmp_path, recorded) as running:
        eventually(lambda: in_sync(running), "the partition is in sync")
        bigip.forget_calls()
    ended = [c for c in bigip.calls() if c["method"] == "DELETE" and c["path"].startswith("/mgmt/shared/authz/tokens/")]
    assert len(ended) == 1
