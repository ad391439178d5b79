# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """The connection options of the BIG-IP modules."""

    DOCUMENTATION = r"""
options:
  server:
    description:
      - Address or name of the BIG-IP's management interface.
      - If not set, the environment variable E(F5_SERVER) is used.
    type: str
    required: true
  server_port:
    description:
      - Port of iControl REST.
      - If not set, the environment variable E(F5_SERVER_PORT) is used.
    type: int
    default: 443
  user:
    description:
      - Name of the user. imish needs bash, so it must be an Administrator or Resource Administrator with the advanced
        shell.
      - If not set, the environment variable E(F5_USER) is used.
    type: str
    required: true
  password:
    description:
      - Password of the user. It is sent once, to get a token; the token is deleted at the end of the task.
      - If not set, the environment variable E(F5_PASSWORD) is used.
    type: str
    required: true
  login_provider:
    description:
      - The login provider that knows the user, V(tmos) for local users.
      - If not set, the environment variable E(F5_LOGIN_PROVIDER) is used.
    type: str
    default: tmos
  validate_certs:
    description:
      - Whether the certificate of the BIG-IP is verified. Set this to V(false) in a lab only.
      - If not set, the environment variable E(F5_VALIDATE_CERTS) is used.
    type: bool
    default: true
  ca_path:
    description:
      - File with the certificates of the trusted CAs. Defaults to those of Python's C(requests).
      - If not set, the environment variable E(F5_CA_PATH) is used.
    type: path
  timeout:
    description:
      - Timeout of each request to the BIG-IP in seconds.
      - If not set, the environment variable E(F5_TIMEOUT) is used.
    type: float
    default: 30.0
requirements:
  - f5-sdk
  - setuptools (Python 3.12 and later)
"""

    SAVE = r"""
options:
  save:
    description: Whether the change is saved to disk, so that it survives a restart.
    type: bool
    default: true
"""
