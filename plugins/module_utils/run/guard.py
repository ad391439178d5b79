# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Requirements before the first write of a run: a passed preflight, and a snapshot of both sides.

Both are files in the working folder of the run, so they cannot come from an earlier run or another process.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .folder import Folder

PREFLIGHT = "preflight"  # saved by fabric_preflight: {"passed": bool, ...}
RECORD = "record"  # saved by fabric_run after the snapshot: {"path": str}

_REASONS = (
    "Nothing was changed: this run has {missing}. Run the whole playbook: --start-at-task, --skip-tags, --limit or an "
    "unreachable host left a required play out"
)


class NoVerdict(Exception):
    """A step that writes was reached without its requirements. The message has what is missing and the remedy."""


def require_preflight(folder: Folder | None) -> None:
    """Return if preflight passed in this run. :raises NoVerdict: it did not"""
    if folder is None or not folder.has(PREFLIGHT):
        raise NoVerdict(_REASONS.format(missing="no preflight verdict"))
    if not folder.load(PREFLIGHT).get("passed"):
        raise NoVerdict("Nothing was changed: preflight failed in this run. Fix the problems that it listed")


def require_verdict(folder: Folder | None) -> None:
    """Return if this run may write. :raises NoVerdict: no preflight passed, or no snapshot was taken, in this run"""
    require_preflight(folder)
    if folder is None or not folder.has(RECORD):
        raise NoVerdict(_REASONS.format(missing="no snapshot of both sides"))


def excluded(required: Iterable[str], hosts: Sequence[str]) -> list[str]:
    """The required hosts that ``--limit`` leaves out, in the order given."""
    return [host for host in dict.fromkeys(required) if host not in hosts]
