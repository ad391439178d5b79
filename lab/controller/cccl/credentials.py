# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The user and password of the BIG-IP, as passed by the controller.

k8s-bigip-ctlr 2.20 (pkg/securecreds): with BIGIP_USERNAME and BIGIP_PASSWORD in its environment, which the driver
inherits, it opens no socket. Otherwise it listens on a unix socket, takes one connection, writes one JSON object
(bigip_username, bigip_password, gtm_username, gtm_password) and closes. It starts to listen in the background, so
the driver may start first.
"""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

SOCKET = "/tmp/secure_cis.sock"
PATIENCE = 10.0  # seconds


class CredentialsError(Exception):
    """No user and password were passed."""


@dataclass(frozen=True)
class Credentials:
    username: str
    password: str = field(repr=False)


def obtain(environment: Mapping[str, str] = os.environ, path: str = SOCKET, patience: float = PATIENCE) -> Credentials:
    """From the environment when it has both, else from the controller's socket. Raises CredentialsError."""
    username, password = environment.get("BIGIP_USERNAME", ""), environment.get("BIGIP_PASSWORD", "")
    if not (username and password):
        said = json.loads(_listen(path, patience))
        username, password = said.get("bigip_username", ""), said.get("bigip_password", "")
    if not (username and password):
        raise CredentialsError(f"neither the environment nor {path} gave a BIG-IP user and password")
    return Credentials(username, password)


def _listen(path: str, patience: float) -> str:
    until = time.monotonic() + patience
    while True:
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
                client.settimeout(patience)
                client.connect(path)
                parts = []
                while part := client.recv(4096):
                    parts.append(part)
                return b"".join(parts).decode()
        except (FileNotFoundError, ConnectionRefusedError) as error:
            if time.monotonic() > until:
                raise CredentialsError(
                    f"BIGIP_USERNAME and BIGIP_PASSWORD are not set, and there is no listener on {path}"
                ) from error
            time.sleep(0.1)
