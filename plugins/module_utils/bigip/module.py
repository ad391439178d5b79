# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the BIG-IP modules share: connection options, the session, failures as messages."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any

from ansible.module_utils.basic import AnsibleModule, env_fallback

from ..common.output import Unreadable
from ..zebos.build import InvalidConfig
from . import connection, transaction
from .errors import BigIpError, LoginRefused, Unfit
from .operations import Operation, predicted


def connection_spec() -> dict[str, Any]:
    """Connection options. Documented in the fragment C(bigip)."""
    return {
        "server": {"type": "str", "required": True, "fallback": (env_fallback, ["F5_SERVER"])},
        "server_port": {"type": "int", "default": 443, "fallback": (env_fallback, ["F5_SERVER_PORT"])},
        "user": {"type": "str", "required": True, "fallback": (env_fallback, ["F5_USER"])},
        "password": {"type": "str", "required": True, "no_log": True, "fallback": (env_fallback, ["F5_PASSWORD"])},
        "login_provider": {"type": "str", "default": "tmos", "fallback": (env_fallback, ["F5_LOGIN_PROVIDER"])},
        "validate_certs": {"type": "bool", "default": True, "fallback": (env_fallback, ["F5_VALIDATE_CERTS"])},
        "ca_path": {"type": "path", "fallback": (env_fallback, ["F5_CA_PATH"])},
        "timeout": {"type": "float", "default": 30.0, "fallback": (env_fallback, ["F5_TIMEOUT"])},
    }


def endpoint(options: Mapping[str, Any]) -> connection.Endpoint:
    """The BIG-IP that the connection options describe. Raises BigIpError if f5-sdk is missing."""
    if connection.F5_SDK_ERROR:
        raise BigIpError(
            "the Python library f5-sdk (with setuptools on Python 3.12 and later) is missing: install it for "
            f"{sys.executable}, or set ansible_python_interpreter to a Python that has it "
            f"({connection.F5_SDK_ERROR.strip().splitlines()[-1]})"
        )
    return connection.Endpoint(
        server=options["server"],
        user=options["user"],
        password=options["password"],
        port=options["server_port"],
        login_provider=options["login_provider"],
        validate_certs=options["validate_certs"],
        ca_path=options["ca_path"],
        timeout=options["timeout"],
    )


def in_session(module: AnsibleModule, work: Callable[[connection.BigIp], dict[str, Any]]) -> None:
    """Do the work in one session and log out. A failure ends the module with one message, without a traceback."""

    def session() -> dict[str, Any]:
        with connection.BigIp(endpoint(module.params)) as bigip:
            return work(bigip)

    offline(module, session)


def change(
    module: AnsibleModule,
    read: Callable[[connection.BigIp], Any],
    plan: Callable[[Any], list[Operation]],
    facts: Callable[[Any], Any],
) -> None:
    """A module about one kind of object: read, plan, write in one transaction, save."""

    def work(bigip: connection.BigIp) -> dict[str, Any]:
        seen = read(bigip)
        planned = _planned(plan, seen)
        before = facts(seen)
        after = facts(predicted(seen, planned))
        if planned and not module.check_mode:
            again: list[Any] = []

            def missing() -> list[str]:
                again.append(read(bigip))
                return transaction.operations_missing(_planned(plan, again[-1]))

            transaction.commit(bigip, planned, missing)
            after = facts(again[-1])
            if module.params["save"]:
                transaction.save(bigip, None)
        result = {
            "changed": bool(planned),
            "before": before,
            "after": after,
            "operations": [item.shown() for item in planned],
        }
        if planned:
            result["diff"] = {"before": _by_name(before), "after": _by_name(after)}
        return result

    in_session(module, work)


def _by_name(side: Any) -> Any:
    """One side of a diff. Ansible shows strings and dictionaries, but not lists."""
    return {str(item["name"]): item for item in side} if isinstance(side, list) else side


def _planned(plan: Callable[[Any], list[Operation]], seen: Any) -> list[Operation]:
    try:
        return plan(seen)
    except ValueError as problem:
        raise Unfit([str(problem)]) from None


def offline(module: AnsibleModule, work: Callable[[], dict[str, Any]]) -> None:
    """Do work that may not need a session, and exit with its result."""
    try:
        result = work()
    except (InvalidConfig, Unfit) as problem:
        listed = "".join(f"\n  - {line}" for line in problem.problems)
        module.fail_json(
            msg=f"{len(problem.problems)} problem(s), nothing was written:{listed}", problems=problem.problems
        )
    except LoginRefused as problem:
        module.fail_json(msg=problem.message, changed=problem.leaves_something, login_refused=True)
    except BigIpError as problem:
        module.fail_json(msg=problem.message, changed=problem.leaves_something)
    except Unreadable as problem:
        module.fail_json(msg=str(problem), changed=False)
    else:
        module.exit_json(**result)
