# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the devices are reached: one definition for all roles and playbooks, from the inventory's variables."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from ansible.module_utils.parsing.convert_bool import boolean
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.problem import (
    UNSET,
    InventoryError,
    Problem,
    shown,
)

# option of the bigip_* modules -> variable of the inventory
BIGIP_VARIABLES = {
    "server": "ansible_host",
    "server_port": "bigip_port",
    "user": "bigip_user",
    "password": "bigip_password",
    "login_provider": "bigip_login_provider",
    "validate_certs": "bigip_validate_certs",
    "ca_path": "bigip_ca_path",
    "timeout": "bigip_timeout",
}


class Source(Protocol):
    """The source of connection options: a step, or an inventory that is only checked."""

    @property
    def variables(self) -> Mapping[str, Any]:
        """The variables of the task's host, with ``hostvars`` of all."""

    def variable(self, name: str, default: Any = None, host: str | None = None) -> Any:
        """One variable, as a plain value."""


def bigip_connection(step: Source, host: str | None = None) -> dict[str, Any]:
    """The connection options of the ``bigip_*`` modules for one BIG-IP.

    :param host: its inventory name; the host of the task if not given
    :raises InventoryError: with every invalid or missing variable
    """
    host = host or str(step.variables["inventory_hostname"])
    read = _Reader(step, host)
    validate = read("bigip_validate_certs", True, _switch, "true or false")
    return read.finished(
        {
            "server": read("ansible_host", host, _text, "the address of the BIG-IP's management interface"),
            "server_port": read("bigip_port", 443, _port, "a TCP port, 1 to 65535"),
            "user": read("bigip_user", "admin", _text, "a user name"),
            "password": read("bigip_password", None, _text, "the password of bigip_user", secret=True),
            "login_provider": read("bigip_login_provider", "tmos", _text, "the name of a login provider"),
            "validate_certs": validate,
            "ca_path": read("bigip_ca_path", "", _ca_file, "a file with CA certificates in PEM") if validate else None,
            "timeout": read("bigip_timeout", 30.0, _seconds, "a number of seconds greater than 0"),
        }
    )


def calico_connection(step: Source) -> dict[str, Any]:
    """The connection options of the ``calico_*`` modules, from the variables of the task's host.

    :raises InventoryError: with every invalid variable
    """
    read = _Reader(step, str(step.variables["inventory_hostname"]))
    return read.finished(
        {
            "kubeconfig": read("kubeconfig", "", _text, "the path of a kubeconfig") or None,
            "context": read("kube_context", "", _text, "the name of a context of the kubeconfig") or None,
            "calicoctl_path": read("calicoctl_path", "calicoctl", _text, "the name or path of calicoctl"),
            "allow_version_mismatch": read("calicoctl_allow_version_mismatch", False, _switch, "true or false"),
            "client_qps": read(
                "calicoctl_client_qps", 200, _positive, "a number of requests per second greater than 0"
            ),
        }
    )


class _Reader:
    """Reads variables of one host and collects their problems."""

    def __init__(self, step: Source, host: str) -> None:
        self.step, self.host = step, host
        self.problems: list[Problem] = []

    def __call__(
        self, name: str, default: Any, convert: Callable[[Any], Any], expected: str, secret: bool = False
    ) -> Any:
        """The value of a variable, converted. ``default`` None: the variable is required."""
        try:
            value = self.step.variable(name, default, self.host)
        except Exception as error:  # any exception of the user's template or lookup
            why = str(error).strip().partition("\n")[0]
            return self._wrong(name, "a template that fails", f"{expected} ({'not shown' if secret else why})")
        if value is None:
            return self._wrong(name, UNSET, expected)
        try:
            return convert(value)
        except (ValueError, TypeError) as error:
            why = f" ({error})" if isinstance(error, _Wrong) else ""
            return self._wrong(name, "not usable" if secret else shown(value), expected + why)

    def _wrong(self, name: str, value: str, expected: str) -> None:
        self.problems.append(Problem(self.host, name, value, expected))

    def finished(self, options: dict[str, Any]) -> dict[str, Any]:
        """The options. :raises InventoryError: if a variable was wrong"""
        if self.problems:
            raise InventoryError(self.problems)
        return options


class _Wrong(ValueError):
    """A value is invalid for the reason in the text."""


def _text(value: Any) -> str:
    """A string. YAML has changed a number without quotes, such as 0123, before it can be seen."""
    if not isinstance(value, str):
        raise _Wrong(f"in quotes; without them it is of type {type(value).__name__}")
    return value


def _switch(value: Any) -> bool:
    return boolean(value, strict=True)


def _port(value: Any) -> int:
    number = int(str(value))
    if not 1 <= number <= 65535:
        raise ValueError
    return number


def _seconds(value: Any) -> float:
    number = float(value)
    if isinstance(value, bool) or not 0 < number < float("inf"):
        raise ValueError
    return number


def _positive(value: Any) -> int:
    number = int(str(value))
    if number < 1:
        raise ValueError
    return number


def _ca_file(value: Any) -> str | None:
    """The path, after ssl has read the file. requests would report a missing file as a broken connection."""
    if not value:
        return None
    path = Path(_text(value)).expanduser()
    if not path.is_file():
        raise _Wrong("no such file on the Ansible controller")
    try:
        ssl.create_default_context(cafile=path)
    except (ssl.SSLError, ValueError):
        raise _Wrong("the file contains no certificate") from None
    except OSError as error:
        raise _Wrong(str(error.strerror)) from None
    return str(path)
