# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Processes of this machine, identified beyond their end."""

from __future__ import annotations

from pathlib import Path


def process_id(pid: int) -> str:
    """Identifies a process, even if its number is reused later: number and start time in clock ticks."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return str(pid)
    return f"{pid}-{stat.rpartition(')')[2].split()[19]}"


def has_ended(process: str) -> bool:
    """Whether the process with this identity has ended; true for any other text."""
    number = process.partition("-")[0]
    return not number.isdigit() or process_id(int(number)) != process
