"""interrupt.py COMMAND: start a pool migration, and kill it with all its processes once it has restarted a workload.

Exit code 1 when it came to an end before that: then nothing was interrupted.
"""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
import time
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT / "tests"))
from live import kill  # noqa: E402

LAB = PROJECT / "lab" / "bin"
MARK = "podroute.calico-f5/migrated-to"
PATIENCE = 120  # seconds


def marks() -> dict[str, str]:
    """Workload -> what the last migration left on its template."""
    command = [LAB / "on", "k8s-master", "kubectl", "get", "deployments,daemonsets", "-o", "json"]
    found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)["items"]
    noted = {item["metadata"]["name"]: item["spec"]["template"]["metadata"].get("annotations") or {} for item in found}
    return {name: annotations[MARK] for name, annotations in noted.items() if MARK in annotations}


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
