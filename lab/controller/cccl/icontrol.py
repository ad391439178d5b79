# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A session of the BIG-IP's iControl REST with a token, with the standard library only (the image has nothing else)."""

from __future__ import annotations

import http.client
import json
import logging
import ssl
import time
from typing import Any
from urllib.parse import quote, urlsplit

from cccl.credentials import Credentials

LOG = logging.getLogger(__name__)

TIMEOUT = 15  # timeout of a response in seconds
LOGIN = "/mgmt/shared/authn/login"
TOKENS = "/mgmt/shared/authz/tokens/"
RENEW = 0.8  # fraction of a token's lifetime after which a new one is requested


class BigipError(Exception):
    """A failed call: the request, the status, and the device's message. Status 0: no response."""

    def __init__(self, method: str, path: str, status: int, message: str) -> None:
        self.method, self.path, self.status, self.message = method, path, status, message
        super().__init__(f"{method} {path}: {status or 'no answer'}: {message}")


class Session:
    """One BIG-IP, one token, one kept connection. ``close()`` deletes the token: a user may have no more than 100."""

    def __init__(self, url: str, credentials: Credentials, ca_file: str | None = None) -> None:
        address = urlsplit(url)
        self._credentials = credentials
        self._token = ""
        self._renew_at = 0.0
        context = ssl.create_default_context(cafile=ca_file)
        if not ca_file:  # as F5's driver: it never verifies
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        self._connection = http.client.HTTPSConnection(
            address.hostname or "", address.port or 443, timeout=TIMEOUT, context=context
        )

    def get(self, path: str) -> dict[str, Any]:
        return self._call("GET", path)

    def list(self, path: str, partition: str, expand: bool = False) -> list[dict[str, Any]]:
        """The objects of one partition, with their sub-collections when ``expand``."""
        query = f"?$filter=partition+eq+{quote(partition)}" + ("&expandSubcollections=true" if expand else "")
        return self._call("GET", path + query).get("items") or []

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        return self._call("POST", path, body)

    def put(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        return self._call("PUT", path, body)

    def delete(self, path: str) -> None:
        self._call("DELETE", path)

    def close(self) -> None:
        self._forget_token()
        self._connection.close()

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        if not self._token or time.monotonic() > self._renew_at:
            self._login()
        status, answer = self._send(method, path, body, {"X-F5-Auth-Token": self._token})
        if status == 401:  # the token may have gone: once again with a new one
            self._token = ""
            self._login()
            status, answer = self._send(method, path, body, {"X-F5-Auth-Token": self._token})
        return _checked(method, path, status, answer)

    def _login(self) -> None:
        self._forget_token()
        body = {
            "username": self._credentials.username,
            "password": self._credentials.password,
            "loginProviderName": "tmos",
        }
        status, answer = self._send("POST", LOGIN, body, {})
        token = _checked("POST", LOGIN, status, answer).get("token") or {}
        if not token.get("token"):
            raise BigipError("POST", LOGIN, status, "the answer holds no token")
        self._token = token["token"]
        self._renew_at = time.monotonic() + RENEW * float(token.get("timeout") or 1200)

    def _forget_token(self) -> None:
        token, self._token = self._token, ""
        if token:
            try:
                self._send("DELETE", TOKENS + token, None, {"X-F5-Auth-Token": token})
            except BigipError as error:
                LOG.debug("the token could not be deleted, it will expire: %s", error.message)

    def _send(self, method: str, path: str, body: dict[str, Any] | None, headers: dict[str, str]) -> tuple[int, bytes]:
        data = None if body is None else json.dumps(body)
        shown = TOKENS + "…" if path.startswith(TOKENS) else path
        for attempt in (1, 2):
            try:
                self._connection.request(method, path, data, {"Content-Type": "application/json", **headers})
                answer = self._connection.getresponse()
                content = answer.read()
                LOG.debug("%s %s: %s", method, shown, answer.status)
                return answer.status, content
            except (http.client.HTTPException, OSError) as error:
                self._connection.close()
                # A kept connection that the other side has closed by now fails at once: try on a new one.
                stale = isinstance(error, (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError))
                if attempt == 2 or not stale:
                    raise BigipError(method, shown, 0, str(error) or type(error).__name__) from error
        raise AssertionError("unreachable")


def _checked(method: str, path: str, status: int, content: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(content) if content else {}
    except ValueError:
        answer = {"message": content.decode(errors="replace")[:200]}
    if not 200 <= status < 300:
        raise BigipError(method, path, status, str(answer.get("message") or "no message"))
    return answer
