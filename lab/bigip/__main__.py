# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""python3 -m bigip --config FILE: the simulator, in the foreground."""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path

from bigip import settings
from bigip.device import Device
from bigip.rest.app import server


def main() -> int:
    parser = argparse.ArgumentParser(prog="bigip", description="A simulated BIG-IP: iControl REST, imish and TMM.")
    parser.add_argument("--config", type=Path, required=True, help="JSON file, see README.md")
    parser.add_argument("--detached", action="store_true", help="no FRR, no haproxy, no network: REST and imish alone")
    parser.add_argument("--verbose", action="store_true")
    arguments = parser.parse_args()
    logging.basicConfig(
        level=logging.DEBUG if arguments.verbose else logging.INFO,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    try:
        chosen = settings.read(arguments.config)
    except settings.SettingsError as error:
        print(f"bigip: {error}", file=sys.stderr)
        return 2
    chosen.detached = chosen.detached or arguments.detached
    device = Device(chosen)
    try:
        server(device).run()
    finally:
        device.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
