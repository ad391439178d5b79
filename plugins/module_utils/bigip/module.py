# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the BIG-IP modules share: connection options, the way from options to a session, failures as messages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible.module_utils.basic import AnsibleModule, env_fallback, missing_required_lib

from ..zebos.build import InvalidConfig
from ..zebos.show.text import Unreadable
from . import connection
from .errors import STAYS, BigIpError, NotAsPlanned, Unfit
from .operations import SAVE, Operation, predicted, take_back


def connection_spec() -> dict[str, Any]:
    """Where the BIG-IP is. Documented in the fragment C(bigip)."""
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


def endpoint(module: AnsibleModule) -> connection.Endpoint:
    """The BIG-IP that the options name."""
    options = module.params
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


def run(module: AnsibleModule, work: Callable[[connection.BigIp], dict[str, Any]]) -> None:
    """Open one session, do the work, leave; every failure becomes one message without a traceback."""
    if connection.F5_SDK_ERROR:
        module.fail_json(
            msg=missing_required_lib("f5-sdk", reason="with setuptools beside it on Python 3.12 and later"),
            exception=connection.F5_SDK_ERROR,
        )
    offline(module, lambda: _session(module, work))


def change(
    module: AnsibleModule,
    read: Callable[[connection.BigIp], Any],
    plan: Callable[[Any], list[Operation]],
    facts: Callable[[Any], Any],
) -> None:
    """The life of a module about one kind of object: read, plan, write, read again, save."""

    def work(bigip: connection.BigIp) -> dict[str, Any]:
        seen = read(bigip)
        planned = _planned(plan, seen)
        before = facts(seen)
        after = facts(predicted(seen, planned))
        if planned and not module.check_mode:
            after = facts(_write(bigip, planned, read, plan))
            if module.params["save"]:
                SAVE.send(bigip)
        result = {
            "changed": bool(planned),
            "before": before,
            "after": after,
            "operations": [item.shown() for item in planned],
        }
        if planned:
            result["diff"] = {"before": _by_name(before), "after": _by_name(after)}
        return result

    run(module, work)


def _by_name(side: Any) -> Any:
    """One side of a diff. Ansible shows texts and dictionaries, but no list."""
    return {str(item["name"]): item for item in side} if isinstance(side, list) else side


def _planned(plan: Callable[[Any], list[Operation]], seen: Any) -> list[Operation]:
    try:
        return plan(seen)
    except ValueError as problem:
        raise Unfit([str(problem)]) from None


def _write(bigip: connection.BigIp, planned: list[Operation], read: Callable, plan: Callable) -> Any:
    """Send the writes and read again: nothing may be left to do. Otherwise take them back."""
    done: list[Operation] = []
    try:
        for operation in planned:
            done.append(operation)
            operation.send(bigip)
        seen = read(bigip)
        left = plan(seen)
        if left:
            raise NotAsPlanned(
                "the device took the write and does not show it: "
                + "; ".join(f"{item.method} {item.path} {item.body}" for item in left)
            )
    except BigIpError as problem:
        failed = take_back(bigip, done)
        how = f"{STAYS} taken back: {'; '.join(failed)}" if failed else "was taken back"
        raise type(problem)(f"{problem.message}. What was written {how}") from None
    return seen


def _session(module: AnsibleModule, work: Callable[[connection.BigIp], dict[str, Any]]) -> dict[str, Any]:
    with connection.BigIp(endpoint(module)) as bigip:
        return work(bigip)


def offline(module: AnsibleModule, work: Callable[[], dict[str, Any]]) -> None:
    """Do work that may not need a session, and exit with its result."""
    try:
        result = work()
    except (InvalidConfig, Unfit) as problem:
        listed = "".join(f"\n  - {line}" for line in problem.problems)
        module.fail_json(
            msg=f"{len(problem.problems)} problem(s), nothing was written:{listed}", problems=problem.problems
        )
    except BigIpError as problem:
        module.fail_json(msg=problem.message, changed=problem.leaves_something)
    except Unreadable as problem:
        module.fail_json(msg=str(problem), changed=False)
    else:
        module.exit_json(**result)
