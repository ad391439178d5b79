# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Shell scripts on nodes, through a command that reaches a node, and the same question to many nodes at a time."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Place = TypeVar("Place")
Answer = TypeVar("Answer")


def run(command: Sequence[str], node: str, script: str, timeout: float, mark: str = "") -> str:
    """What a shell script prints on a node, through ``command`` with ``{node}`` filled in and ``sh -s`` behind it.

    :param mark: a text that the script prints when it runs: without it, an exit code other than 0 is a failure
    :raises ValueError: the command does not exist, does not end in time, or fails; one sentence
    """
    words = [word.replace("{node}", node) for word in command] + ["sh", "-s"]
    shown = " ".join(words)
    try:
        done = subprocess.run(  # pylint: disable=ansible-bad-function
            words, input=script, capture_output=True, text=True, errors="replace", timeout=timeout, check=False
        )
    except subprocess.TimeoutExpired:
        raise ValueError(f"{shown}: no reply within {timeout:g} s") from None
    except OSError as problem:
        raise ValueError(f"{shown}: {problem.strerror}") from None
    if done.returncode and not (done.stdout and mark in done.stdout):
        printed = (done.stderr.strip() or done.stdout.strip() or "no output").splitlines()[-1]
        raise ValueError(f"{shown}: {printed} (exit code {done.returncode})")
    return done.stdout


def everywhere(places: Sequence[Place], ask: Callable[[Place], Answer], concurrency: int) -> list[Answer | Exception]:
    """The answer of each place, or its exception; at most ``concurrency`` places at a time."""

    def one(place: Place) -> Answer | Exception:
        try:
            return ask(place)
        except Exception as problem:  # a failure of one must not hide the answers of the others
            return problem

    with ThreadPoolExecutor(max_workers=max(1, min(concurrency, len(places)))) as pool:
        return list(pool.map(one, places))
