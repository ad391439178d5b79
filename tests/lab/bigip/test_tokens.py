# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The life of a login token."""

from __future__ import annotations

import pytest
from bigip.auth.tokens import Tokens
from bigip.auth.users import User
from bigip.errors import RestError

LOGIN = "/mgmt/shared/authn/login"
TOKENS = "/mgmt/shared/authz/tokens"


def login(rest, **more):
    body = {"username": "admin", "password": rest.bigip.password, "loginProviderName": "tmos"} | more
    return rest("POST", LOGIN, body)


def test_login_gives_what_clients_need(rest):
    status, document = login(rest)
    token = document["token"]
    assert status == 200
    assert token["timeout"] == 1200
    assert token["expirationMicros"] - token["lastUpdateMicros"] == 1200 * 10**6
    assert isinstance(token["expirationMicros"], int)
    assert token["kind"] == "shared:authz:tokens:authtokenitemstate"


def test_a_wrong_password_gets_no_token(rest):
    status, document = login(rest, password="wrong")
    assert (status, document["message"]) == (401, "Authentication failed.")
    assert "wrong" not in str(document)


def test_use_extension_and_end(rest):
    token = login(rest)[1]["token"]["token"]
    rest.session.auth = None
    header = {"headers": {"X-F5-Auth-Token": token}}
    rest.ok("GET", "/mgmt/tm/sys", **header)
    assert rest.ok("PATCH", f"{TOKENS}/{token}", {"timeout": 36000}, **header)["timeout"] == 36000
    assert rest("PATCH", f"{TOKENS}/{token}", {"timeout": 36001}, **header)[0] == 406
    rest.ok("PATCH", f"{TOKENS}/{token}", **header)  # without a body: its time begins anew
    rest.ok("DELETE", f"{TOKENS}/{token}", **header)
    status, message = rest.refused("GET", "/mgmt/tm/sys", **header)
    assert (status, message) == (401, "X-F5-Auth-Token does not exist.")


def test_the_token_of_another_is_not_extended(rest, as_user):
    token = login(rest)[1]["token"]["token"]
    assert as_user("manager").refused("PATCH", f"{TOKENS}/{token}", {"timeout": 100})[0] == 400


def test_no_more_than_a_hundred(rest):
    names = [login(rest)[1]["token"]["token"] for _number in range(100)]
    status, document = login(rest)
    assert status == 400
    assert document["message"].startswith("user ")
    assert document["message"].endswith(" has reached maximum active login tokens")
    rest.ok("DELETE", f"{TOKENS}/{names[0]}")
    assert login(rest)[0] == 200


def test_tokens_age():
    now = [1000.0]
    tokens = Tokens(clock=lambda: now[0], life=100)
    user = User("u", "p")
    token = tokens.issue(user, "here")
    now[0] += 99
    assert tokens.use(token.text) is token
    tokens.extend(token, user, 200, "here")
    now[0] += 199
    assert tokens.use(token.text) is token
    now[0] += 1
    assert tokens.use(token.text) is None


def test_no_token_outlives_ten_hours():
    now = [0.0]
    tokens = Tokens(clock=lambda: now[0])
    user = User("u", "p")
    token = tokens.issue(user, "here")
    for _hour in range(9):
        now[0] += 3600
        tokens.extend(token, user, 36000, "here")
    now[0] = 35999
    assert tokens.use(token.text)
    now[0] = 36000
    assert tokens.use(token.text) is None
    with pytest.raises(RestError):
        tokens.extend(token, User("other", "p"), 1, "here")
