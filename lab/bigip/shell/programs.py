# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The programs of the device that its bash finds: imish, tmsh, ping and the file commands."""

from __future__ import annotations

from bigip.auth.users import User
from bigip.interface import Device
from bigip.rest.util import ping
from bigip.shell import tmsh
from bigip.shell.bash import Command, Result
from bigip.shell.run_imish import run_imish

DF = (
    "Filesystem                      1K-blocks    Used Available Use% Mounted on\n"
    "/dev/mapper/vg--db--vda-set.1.root    436342  158182    251062  39% /\n"
    "/dev/mapper/vg--db--vda-set.1._config 2171984   35140   2019892   2% /config\n"
    "/dev/mapper/vg--db--vda-set.1._var   3030800  657460   2216352  23% /var\n"
)


def programs(device: Device, user: User) -> dict[str, Command]:
    def imish(words: list[str], stdin: str) -> Result:
        return Result(run_imish(device, words))

    def run_tmsh(words: list[str], stdin: str) -> Result:
        return tmsh.run(device, user, words)

    return {
        **device.files.commands(),
        "imish": imish,
        "tmsh": run_tmsh,
        "ping": lambda words, stdin: Result(ping(device, words)),
        "hostname": lambda words, stdin: Result(f"{device.settings.hostname}\n"),
        "id": lambda words, stdin: Result("uid=0(root) gid=0(root) groups=0(root)\n"),
        "whoami": lambda words, stdin: Result("root\n"),
        "df": lambda words, stdin: Result(DF),
        "curl": lambda words, stdin: Result("", 7, "curl: (7) couldn't connect to host\n"),  # no other host exists
        "bigstart": lambda words, stdin: _bigstart(device, words),
    }


def _bigstart(device: Device, words: list[str]) -> Result:
    """`bigstart restart tmrouted`: the routing daemons restart."""
    if words[:1] != ["restart"] or not set(words[1:]) <= {"tmrouted", "bgpd"}:
        return Result("", 1, "Usage: bigstart restart tmrouted\n")
    for daemon in ("bgpd", "bfdd"):
        if device.supervisor.running(daemon):
            device.supervisor.down(daemon)
            device.supervisor.up(daemon)
    return Result()
