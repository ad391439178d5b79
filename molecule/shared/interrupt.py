"""interrupt.py COMMAND: start a pool migration, and kill it with all its processes once it has restarted a workload.

Exit code 1 when it came to an end before that: then nothing was interrupted.
"""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

LAB = Path(__file__).resolve().parents[2] / "lab" / "bin"
MARK = "podroute.calico-f5/migrated-to"
PATIENCE = 120  # seconds


def marks() -> dict[str, str]:
    """Workload -> what the last migration left on its template."""
    command = [LAB / "on", "k8s-master", "kubectl", "get", "deployments,daemonsets", "-o", "json"]
    found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)["items"]
    noted = {item["metadata"]["name"]: item["spec"]["template"]["metadata"].get("annotations") or {} for item in found}
    return {name: annotations[MARK] for name, annotations in noted.items() if MARK in annotations}


def family(first: int) -> list[int]:
    """The process and all that descend from it. Ansible's workers have sessions of their own: no group has them all."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = entry.read_text().rpartition(")")[2].split()
            children.setdefault(int(fields[1]), []).append(int(entry.parent.name))
    found = [first]
    for one in found:
        found += children.get(one, ())
    return found


def kill(process: subprocess.Popen[bytes]) -> None:
    for one in family(process.pid):
        with contextlib.suppress(ProcessLookupError):
            os.kill(one, signal.SIGKILL)
    process.wait()


def main(command: str) -> int:
    before = marks()
    process = subprocess.Popen(shlex.split(command))
    deadline = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        if marks() != before:
            kill(process)
            print("killed after the first workload was restarted")
            return 0
        time.sleep(0.2)
    if process.poll() is None:
        kill(process)
    print(f"not interrupted: no workload was restarted, exit code {process.returncode}")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
