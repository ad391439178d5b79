# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""imish as the device's bash and tmsh start it."""

from __future__ import annotations

from bigip.interface import Device


def run_imish(device: Device, words: list[str]) -> str:
    """``-f FILE`` names a file of the device; the shell gets where it lies on this machine."""
    argv, previous = [], ""
    for word in words:
        real = device.files.find(word) if previous == "-f" else None
        argv.append(str(real) if real else word)
        previous = word
    output = device.routing.imish.command(argv)
    return output.replace(str(device.settings.root).rstrip("/") + "/", "/") if device.settings.detached else output
