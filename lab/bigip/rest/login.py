# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""/mgmt/shared/authn/login and /mgmt/shared/authz: tokens are issued, shown, extended, deleted."""

from __future__ import annotations

from bigip import errors
from bigip.auth.tokens import Token
from bigip.interface import Device
from bigip.rest.message import Call, Reply


def login(device: Device, call: Call) -> Reply:
    body = call.json()
    name, password = body.get("username"), body.get("password")
    if not isinstance(name, str) or not isinstance(password, str):
        raise errors.by_rest(400, "username and password must not be null", call.sender)
    provider = body.get("loginProviderName") or "local"
    user = device.users.check(name, password, provider)
    if user is None:
        raise errors.login_failed(call.sender)
    token = device.tokens.issue(user, call.sender)
    return Reply(
        {
            "username": user.name,
            "loginReference": {"link": f"https://localhost/mgmt/cm/system/authn/providers/{provider}/login"},
            "loginProviderName": provider,
            "token": token.document(),
            "generation": 0,
            "lastUpdateMicros": 0,
        }
    )


def tokens(device: Device, call: Call) -> Reply:
    """/mgmt/shared/authz/tokens and one below it."""
    assert call.user is not None
    names = call.below("/mgmt/shared/authz/tokens")
    if not names:
        if call.method != "GET":
            raise errors.method_not_allowed(call.method, call.path)
        seen = [
            t
            for user in device.users
            for t in device.tokens.of(user)
            if call.user.role == "admin" or user.name == call.user.name
        ]
        return Reply(
            {
                "items": [token.document() for token in seen],
                "generation": len(seen),
                "lastUpdateMicros": 0,
                "kind": "shared:authz:tokens:authtokencollectionstate",
                "selfLink": "https://localhost/mgmt/shared/authz/tokens",
            }
        )
    token = _visible(device, call, names[0])
    if call.method == "PATCH":
        timeout = call.json().get("timeout")
        try:
            seconds = None if timeout is None else int(timeout)
        except (TypeError, ValueError):
            raise errors.by_rest(400, f"Invalid timeout {timeout}", call.sender) from None
        device.tokens.extend(token, call.user, seconds, call.sender)
    elif call.method == "DELETE":
        device.tokens.forget(token.text)
    elif call.method != "GET":
        raise errors.method_not_allowed(call.method, call.path)
    return Reply(token.document())


def _visible(device: Device, call: Call, text: str) -> Token:
    token = device.tokens.find(text)
    if token is None:
        raise errors.by_rest(404, f"Object not found - /shared/authz/tokens/{text}", call.sender)
    assert call.user is not None
    if call.method != "PATCH" and token.user.name != call.user.name and call.user.role != "admin":
        raise errors.role_refused(call.user.name, call.method, call.path, call.sender)
    return token


def users(device: Device, call: Call) -> Reply:
    """/mgmt/shared/authz/users: names and links alone."""
    items = [
        {
            "name": user.name,
            "displayName": user.name,
            "kind": "shared:authz:users:usersworkerstate",
            "selfLink": f"https://localhost/mgmt/shared/authz/users/{user.name}",
        }
        for user in device.users
    ]
    names = call.below("/mgmt/shared/authz/users")
    if call.method != "GET":
        raise errors.method_not_allowed(call.method, call.path)
    if names:
        found = next((item for item in items if item["name"] == names[0]), None)
        if found is None:
            raise errors.by_rest(404, f"Object not found - /shared/authz/users/{names[0]}", call.sender)
        return Reply(found)
    return Reply(
        {
            "items": items,
            "kind": "shared:authz:users:userscollectionstate",
            "selfLink": "https://localhost/mgmt/shared/authz/users",
        }
    )
