# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs dataplane.py on a BIG-IP with its daemons, in namespaces of its own over the lab's root file system."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from topology import build

HERE = Path(__file__).parent
LAB = HERE.parents[2] / "lab"
LIMIT = 240  # seconds


def missing() -> str:
    """Why the box cannot be had here; an empty string if it can."""
    if os.geteuid() != 0:
        return "a network namespace and its mounts need root"
    if not (build.rootfs().is_dir() and build.libraries().is_dir()):
        return "the lab's root file system is not built: run lab/bin/lab build"
    return ""


def start() -> subprocess.Popen[str]:
    """Everything inside is mounted in the box's own namespace, on an empty directory of this machine."""
    place = Path(tempfile.mkdtemp(prefix="bigip-box-"))
    output, errors = ((place.parent / f"{place.name}.{name}").open("w+") for name in ("out", "err"))
    process = subprocess.Popen(
        [
            "unshare",
            "--mount",
            "--net",
            "--pid",
            "--ipc",
            "--fork",
            "--kill-child",
            HERE / "box.sh",
            build.rootfs(),
            LAB,
            build.libraries(),
            HERE,
            place,
        ],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=errors,
        text=True,
    )
    for file in (output, errors):
        os.unlink(file.name)
    process.output, process.errors, process.place = output, errors, place  # type: ignore[attr-defined]
    return process


def result(process: subprocess.Popen[str]) -> dict[str, Any]:
    """Wait for the end; the JSON object that was printed last."""
    code = process.wait(LIMIT)
    process.place.rmdir()  # type: ignore[attr-defined]
    texts = []
    for file in (process.output, process.errors):  # type: ignore[attr-defined]
        file.seek(0)
        texts.append(file.read())
    lines = texts[0].splitlines()
    assert lines, texts[1][-4000:]
    found = json.loads(lines[-1])
    assert code == 0, f"{found}\n{texts[1][-4000:]}"
    return found
