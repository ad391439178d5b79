#!/usr/bin/python3
# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The driver that k8s-bigip-ctlr starts for its cccl agent: it watches the controller's file and applies it to the
BIG-IP.

The controller looks for a program of this name on its PATH, starts it with ``--config-file FILE --ctlr-prefix k8s``,
expects it to stay, dies when it exits, and sorts its stderr into its own log by `DEBUG]`, `WARNING]`, `ERROR]` and
`CRITICAL]`. F5's driver of that name is not available in a package registry; this one belongs to the lab, and supports
what the lab needs: monitors, pools, members, virtual servers.
"""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
import threading
import time

from cccl.configfile import Config, ConfigError, ConfigFile
from cccl.credentials import CredentialsError, obtain
from cccl.icontrol import BigipError, Session
from cccl.objects import UnsupportedError
from cccl.partition import reconcile

LOG = logging.getLogger("bigipconfigdriver")

LOOK = 0.2  # seconds between two reads of the file
LONGEST_BACKOFF = 32.0  # seconds
CA_FILE = "BIGIP_CA_FILE"  # environment: verify the BIG-IP's certificate against this; F5's driver cannot


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--config-file", required=True, help="the file that the controller writes")
    arguments.add_argument("--ctlr-prefix", required=True, help="the kind of controller (k8s)")
    options = arguments.parse_args()
    logging.basicConfig(format="[%(asctime)s %(name)s %(levelname)s] %(message)s", level=logging.INFO)

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    try:
        credentials = obtain()
        file = ConfigFile(options.config_file)
        config = None
        while config is None and not stop.wait(LOOK):
            config = file.changed()
        if config is not None:
            ca_file = os.environ.get(CA_FILE)
            if not ca_file:
                LOG.warning("the certificate of %s is not verified: %s is not set", config.url, CA_FILE)
            follow(file, config, Session(config.url, credentials, ca_file), stop)
    except (ConfigError, CredentialsError) as error:
        LOG.critical("%s", error)
        return 1
    return 0


def follow(file: ConfigFile, config: Config, session: Session, stop: threading.Event) -> None:
    """Apply the file whenever it changes, every verify interval, and again after a failure with a growing pause."""
    due, pause, well = 0.0, 1.0, True
    try:
        while not stop.wait(LOOK):
            if (new := file.changed()) is not None:
                config, due = new, 0.0
            if config.resources is None or config.disable_ltm or time.monotonic() < due:
                continue
            logging.getLogger().setLevel(logging.getLevelNamesMapping().get(config.log_level, logging.INFO))
            if apply(config, session):
                if not well:
                    LOG.info("BIG-IP connection established.")
                due, pause, well = time.monotonic() + config.verify_interval, 1.0, True
            else:
                well = False
                LOG.error("Error applying config, will try again in %.0f seconds", pause)
                due, pause = time.monotonic() + pause, min(2 * pause, LONGEST_BACKOFF)
    finally:
        session.close()


def apply(config: Config, session: Session) -> bool:
    """Reconcile every partition; False when one of them could not be configured as wanted."""
    whole = True
    for partition in config.partitions:
        try:
            made = reconcile(session, partition, (config.resources or {}).get(partition, {}))
            LOG.debug("partition %s: %s", partition, f"{len(made)} calls" if made else "nothing to change")
        except (BigipError, UnsupportedError, KeyError, ValueError) as error:
            LOG.error("%s", _in_words(error, partition))
            whole = False
    return whole


def _in_words(error: Exception, partition: str) -> str:
    match error:
        case BigipError(status=401):
            return f"BIG-IP connection error: the BIG-IP refuses the user or the password: {error}"
        case BigipError(status=0):
            return f"BIG-IP connection error: {error}"
        case KeyError() | ValueError():
            return f"partition {partition}: the controller's file is not valid: {error!r}"
    return str(error)


if __name__ == "__main__":
    sys.exit(main())
