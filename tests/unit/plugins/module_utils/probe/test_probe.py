# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.sample import sample
from ansible_collections.podroute.calico_f5.plugins.module_utils.probe import script, targets
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.common.fake_cluster import FakeCluster

PROBES = [script.ping("127.0.0.1"), script.http("http://127.0.0.1/"), script.ping("192.0.2.1")]

# What busybox 1.35 and iputils print.
BUSYBOX = """#podroute-probe 0 begin
PING 127.0.0.1 (127.0.0.1): 56 data bytes
64 bytes from 127.0.0.1: seq=0 ttl=64 time=0.063 ms

--- 127.0.0.1 ping statistics ---
2 packets transmitted, 2 packets received, 0% packet loss
round-trip min/avg/max = 0.063/0.063/0.063 ms

#podroute-probe 0 0
#podroute-probe 1 begin
length 615

#podroute-probe 1 0
#podroute-probe 2 begin
PING 192.0.2.1 (192.0.2.1): 56 data bytes

--- 192.0.2.1 ping statistics ---
2 packets transmitted, 0 packets received, 100% packet loss

#podroute-probe 2 1
"""


def test_what_busybox_says() -> None:
    assert script.results(PROBES, BUSYBOX) == [
        {"kind": "ping", "target": "127.0.0.1", "ok": True, "error": None, "sent": 2, "received": 2},
        {
            "kind": "http",
            "target": "http://127.0.0.1/",
            "ok": True,
            "error": None,
            "status": 200,
            "length": 615,
            "reply": None,
        },
        {"kind": "ping", "target": "192.0.2.1", "ok": False, "error": None, "sent": 2, "received": 0},
    ]


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ("wget: server returned error: HTTP/1.1 404 Not Found", 404),
        ("curl: (22) The requested URL returned error: 503", 503),
        ("wget: can't connect to remote host (127.0.0.1): Connection refused", None),
        ("wget: download timed out", None),
    ],
)
def test_requests_that_fail(said: str, status: int | None) -> None:
    output = f"#podroute-probe 0 begin\n{said}\n#podroute-probe 0 1\n"
    (result,) = script.results([PROBES[1]], output)
    assert (result["ok"], result["status"], result["reply"], result["error"]) == (False, status, said, None)


def test_an_empty_answer_is_none() -> None:
    (result,) = script.results([PROBES[1]], "#podroute-probe 0 begin\nlength 0\n#podroute-probe 0 0\n")
    assert not result["ok"]


def test_programs_that_are_not_there() -> None:
    output = "#podroute-probe 0 begin\nsh: ping: not found\n#podroute-probe 0 127\n"
    ping, http, _last = script.results(PROBES, output)
    assert (ping["ok"], ping["error"]) == (False, "ping is not installed")
    assert (http["ok"], http["error"]) == (False, "the script ended before this probe")


def test_ping_without_the_right_to() -> None:
    output = "#podroute-probe 0 begin\nping: permission denied (are you root?)\n#podroute-probe 0 1\n"
    (result,) = script.results(PROBES[:1], output)
    assert result["error"] == "ping: ping: permission denied (are you root?)"


@pytest.mark.parametrize("address", ["", "172.16.40.81; reboot", "$(id)", "fe80::1", "host"])
def test_only_addresses_are_pinged(address: str) -> None:
    with pytest.raises(ValueError):
        script.ping(address)


@pytest.mark.parametrize(
    "url", ["", "ftp://127.0.0.1/", "http://host/", "http://127.0.0.1/$(id)", "http://1.2.3.4:80 -o x"]
)
def test_only_plain_urls_are_requested(url: str) -> None:
    with pytest.raises(ValueError):
        script.http(url)


def test_the_script_runs_in_a_real_shell(tmp_path: Path) -> None:
    """With stand-ins for the programs, so that no packet leaves."""
    for name, text in (
        ("ping", "echo '2 packets transmitted, 2 received, 0% packet loss'"),
        ("curl", "echo hello; exit 0"),
    ):
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\n{text}\n")
        program.chmod(0o755)
    done = subprocess.run(
        ["/bin/sh", "-s"],
        input=script.script(PROBES, 2, 1),
        env={"PATH": f"{tmp_path}"},
        capture_output=True,
        text=True,
        check=True,
    )
    results = script.results(PROBES, done.stdout)
    assert [result["ok"] for result in results] == [True, True, True]
    assert results[1]["length"] == 5


def answers(tmp_path: Path, **programs: str) -> dict:
    """The one request's result in a shell that has these programs."""
    for name, text in programs.items():
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\n{text}\n")
        program.chmod(0o755)
    done = subprocess.run(
        ["/bin/sh", "-s"],
        input=script.script([script.http("http://127.0.0.1:8080/a")], 1, 1),
        env={"PATH": f"{tmp_path}"},
        capture_output=True,
        text=True,
        check=True,
    )
    (result,) = script.results([PROBES[1]], done.stdout)
    return result


CRASH = "kill -SEGV $$"
NC = r"""IFS= read -r line
[ "$line" = "GET /a HTTP/1.0$(printf '\r')" ] || exit 1
[ "$*" = "-w 1 127.0.0.1 8080" ] || exit 1
printf 'HTTP/1.1 STATUS\r\nServer: x\r\n\r\nhello'
"""


def test_a_wget_that_crashes_is_passed_over_for_nc(tmp_path: Path) -> None:
    result = answers(tmp_path, wget=CRASH, nc=NC.replace("STATUS", "200 OK"))
    assert (result["ok"], result["length"]) == (True, 5), result


def test_an_error_through_nc(tmp_path: Path) -> None:
    result = answers(tmp_path, nc=NC.replace("STATUS", "503 Service Unavailable"))
    assert (result["ok"], result["status"]) == (False, 503), result


def test_probes_run_at_the_same_time(tmp_path: Path) -> None:
    """Each ping waits for the other to start."""
    program = tmp_path / "ping"
    program.write_text(
        f"#!/bin/sh\n: > {tmp_path}/$5\nn=0\nwhile [ ! -e {tmp_path}/127.0.0.1 ] || [ ! -e {tmp_path}/127.0.0.2 ]; do\n"
        "n=$((n + 1)); [ $n -lt 200 ] || exit 1; /bin/sleep 0.05; done\necho '1 packets transmitted, 1 received'\n"
    )
    program.chmod(0o755)
    probes = [script.ping("127.0.0.1"), script.ping("127.0.0.2")]
    done = subprocess.run(
        ["/bin/sh", "-s"],
        input=script.script(probes, 1, 1),
        env={"PATH": f"{tmp_path}"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert [result["ok"] for result in script.results(probes, done.stdout)] == [True, True]


def test_no_program_at_all(tmp_path: Path) -> None:
    assert answers(tmp_path)["error"] == "curl, wget and nc are not installed"


def test_a_sample_is_spread_and_steady() -> None:
    assert sample(list(range(100)), 4) == [0, 25, 50, 75]
    assert sample([1, 2], 10) == [1, 2]


def test_pods_of_a_cluster_and_an_api_that_is_gone():
    fake = FakeCluster()
    path = "/api/v1/namespaces/default/pods"
    ready = {"podIP": "10.244.0.5", "conditions": [{"type": "Ready", "status": "True"}]}
    for name, labels in (("probe-a", {"app": "probe"}), ("other", {"app": "other"})):
        metadata = {"name": name, "namespace": "default", "labels": labels}
        fake.objects[f"{path}/{name}"] = {"metadata": metadata, "spec": {"nodeName": "n1"}, "status": ready}
    with targets.Cluster(fake.kubeconfig, None, 5) as cluster:
        assert cluster.pods("default", "app=probe") == [targets.Pod("probe-a", "default", "n1", "10.244.0.5")]
    fake.close()
    with targets.Cluster(fake.kubeconfig, None, 5) as cluster:
        with pytest.raises(targets.ProbeError, match=r"^list Pod default: http://127\.0\.0\.1"):
            cluster.pods("default", "app=probe")
