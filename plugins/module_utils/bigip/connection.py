# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One session with one BIG-IP over iControl REST, on f5-sdk.

f5-sdk brings the management root, the URIs and the error type. The rest is done here: TLS is
verified unless the user switches that off (f5-sdk does not by default, and its own upload never does), every
request has a timeout (f5-sdk's has no effect), a token is used and always deleted (a user may hold only
100), an expired one is renewed once, requests are repeated while the device restarts, and no part of a
request is logged.

f5-sdk imports distutils: on Python 3.12 and later any setuptools must be installed beside it.
"""

from __future__ import annotations

import logging
import re
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from ..common import sessions
from ..zebos.secrets import mask
from .errors import BigIpError, CutOff, LoginRefused, NotFound

try:
    import requests
    from f5.bigip import ManagementRoot
    from icontrol.exceptions import iControlUnexpectedHTTPError
    from requests.adapters import HTTPAdapter
    from requests.auth import AuthBase

    F5_SDK_ERROR = None
except ImportError:
    F5_SDK_ERROR = traceback.format_exc()
    ManagementRoot = HTTPAdapter = AuthBase = object

LOGIN = "/mgmt/shared/authn/login"
TOKENS = "/mgmt/shared/authz/tokens/"
UPLOADS = "/mgmt/shared/file-transfer/uploads/"
_CHUNK = 512 * 1024
_VERSION = re.compile(r"[?&]ver=([0-9.]+)")
# Seconds to wait before the login for a port that refuses or does not answer: a device that restarts its web server
# is back by then; no other cause resolves itself.
_OPENING = 4.0
# Text of a BIG-IP's own HTML page while its REST daemons restart. The page of a proxy differs.
_RESTARTING = "Configuration Utility"
_NOT_ICONTROL = (
    "the response is not from iControl REST; check ansible_host and bigip_port, and that no proxy is in between"
)
# Replies of a device whose REST daemons start or whose mcpd restarts: nothing was done yet.
_BUSY = (
    (404, "not registered"),
    (500, "connection to mcpd has been lost"),
    (503, ""),
    (502, ""),
)


def resource(kind: str, name: str, partition: str = "Common") -> str:
    """The path of an object: ``resource("net/self", "internal")`` is ``/mgmt/tm/net/self/~Common~internal``.

    ``%`` of a route domain is encoded, ``/`` of a subfolder becomes ``~``.
    """
    return f"/mgmt/tm/{kind}/~{quote(partition, safe='')}~{quote(name.replace('/', '~'), safe='~')}"


@dataclass
class Endpoint:
    """Address and credentials of a BIG-IP. ``validate_certs`` with ``ca_path`` None means the system's trust store."""

    server: str
    user: str
    password: str = field(repr=False)
    port: int = 443
    login_provider: str = "tmos"
    validate_certs: bool = True
    ca_path: str | None = None
    timeout: float = 30.0


class _Token(AuthBase):
    """Adds the token of the session to each request. It does not log in."""

    value: str | None = None

    def __call__(self, request: Any) -> Any:
        if self.value:
            request.headers["X-F5-Auth-Token"] = self.value
        return request


class _Timed(HTTPAdapter):
    """Gives every request a timeout (seconds), for the connection and between two bytes of the reply."""

    def __init__(self, timeout: float) -> None:
        self.timeout = timeout
        super().__init__()

    def send(self, request: Any, **kwargs: Any) -> Any:
        """Send with this timeout, whatever the caller passes."""
        kwargs["timeout"] = (min(5.0, self.timeout), self.timeout)
        return super().send(request, **kwargs)


class _Root(ManagementRoot):
    """f5-sdk's management root with our HTTP session, set before its first request."""

    def __init__(self, endpoint: Endpoint, token: _Token, login: Callable[[Any], None]) -> None:
        self._podroute = (endpoint, token, login)
        host = f"[{endpoint.server}]" if ":" in endpoint.server else endpoint.server
        verify = (endpoint.ca_path or True) if endpoint.validate_certs else False
        super().__init__(host, endpoint.user, "", port=endpoint.port, verify=verify)

    def post_configuration_setup(self) -> None:
        """f5-sdk reads the version here, with a call of its own. Every reply names it."""

    def _get_icr_session(self, *args: Any, **kwargs: Any) -> Any:
        endpoint, token, login = self._podroute
        icrs = super()._get_icr_session(*args, **kwargs)
        icrs.session.mount("https://", _Timed(endpoint.timeout))
        # A redirect would carry the token to wherever it points.
        icrs.session.max_redirects = 0
        icrs.session.auth = token
        login(icrs)
        return icrs


class BigIp:
    """A session. Use it as a context: leaving it deletes the token, even after an exception.

    Paths begin with ``/mgmt/``. Every method raises BigIpError or one of its kinds, nothing else.
    """

    def __init__(self, endpoint: Endpoint, patience: float = 60.0, sleep: Callable[[float], None] = time.sleep) -> None:
        self.endpoint = endpoint
        self.patience = patience
        self.sleep = sleep
        self._token = _Token()
        self._root: Any = None
        self.seen_version = ""  # from the replies so far
        for name in ("icontrol", "f5", "urllib3", "requests"):
            logging.getLogger(name).setLevel(logging.CRITICAL)

    def __enter__(self) -> BigIp:
        try:
            self._open()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    @property
    def version(self) -> str:
        """The TMOS version, such as ``16.1.3``: replies have it in their links."""
        if not self.seen_version:
            self.get("/mgmt/tm/sys/")
        return self.seen_version

    def _open(self) -> None:
        """Log in. f5-sdk's constructor does it, so the constructor as a whole is retried."""

        def attempt() -> Any:
            self._token.value = None
            return _Root(self.endpoint, self._token, self._login)

        self._root = self._patiently(attempt, f"POST {LOGIN}", safe=True)
        self._end_leftovers()

    def _login(self, icrs: Any) -> None:
        endpoint = self.endpoint
        body = {"username": endpoint.user, "password": endpoint.password, "loginProviderName": endpoint.login_provider}
        reply = icrs.post(self._base() + LOGIN, json=body).json()
        self._token.value = str(reply["token"]["token"])
        self._icrs = icrs
        if sessions.ledger:
            sessions.ledger.opened(self._place, sessions.digest(self._token.value))

    def _end_leftovers(self) -> None:
        """Delete the tokens of a killed run. A user that may not list tokens leaves them until they expire."""
        left = sessions.ledger.leftovers(self._place) if sessions.ledger else set()
        if not left:
            return
        try:
            for item in self.items(TOKENS.rstrip("/")):
                if sessions.digest(str(item.get("token"))) in left:
                    self.delete(TOKENS + str(item["token"]))
        except BigIpError:
            return
        for digest in left:
            if sessions.ledger:
                sessions.ledger.closed(self._place, digest)

    @property
    def _place(self) -> str:
        """The device, in the ledger of sessions."""
        return f"{self.endpoint.server}:{self.endpoint.port}"

    def _base(self) -> str:
        host = self.endpoint.server
        return f"https://{f'[{host}]' if ':' in host else host}:{self.endpoint.port}"

    def close(self) -> None:
        """Delete the token. A device that cannot be reached any more keeps it until it expires."""
        token, self._token.value = self._token.value, None
        if not token:
            return
        try:
            self._icrs.delete(self._base() + TOKENS + token, headers={"X-F5-Auth-Token": token})
        except (iControlUnexpectedHTTPError, requests.RequestException):
            return
        if sessions.ledger:
            sessions.ledger.closed(self._place, sessions.digest(token))

    # ---- requests ----------------------------------------------------------------------------------

    def get(self, path: str, params: dict[str, str] | None = None) -> dict[str, Any]:
        """Read an object or a collection."""
        return self._call("get", path, safe=True, params=params)

    def items(self, path: str) -> list[dict[str, Any]]:
        """The members of a collection; an empty collection has no ``items``."""
        return list(self.get(path).get("items", []))

    def patch(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Change an object."""
        return self._call("patch", path, safe=True, json=body)

    def post(self, path: str, body: dict[str, Any], safe: bool = False) -> dict[str, Any]:
        """Create an object or run a command. ``safe``: it may be sent again after a broken connection."""
        return self._call("post", path, safe=safe, json=body)

    def delete(self, path: str) -> dict[str, Any]:
        """Remove an object."""
        return self._call("delete", path, safe=False)

    def upload(self, name: str, content: bytes) -> None:
        """Put a file into the device's upload folder (``/var/config/rest/downloads/``)."""
        for start in range(0, len(content), _CHUNK):
            chunk = content[start : start + _CHUNK]
            headers = {
                "Content-Type": "application/octet-stream",
                "Content-Range": f"{start}-{start + len(chunk) - 1}/{len(content)}",
            }
            self._call("post", UPLOADS + quote(name), safe=True, data=chunk, headers=headers)

    def _call(self, method: str, path: str, safe: bool, **kwargs: Any) -> dict[str, Any]:
        url = self._base() + path
        response = self._patiently(lambda: getattr(self._icrs, method)(url, **kwargs), f"{method.upper()} {path}", safe)
        try:
            reply = response.json()
        except ValueError:
            return {}
        if not isinstance(reply, dict):
            return {}
        if not self.seen_version and (found := _VERSION.search(str(reply.get("selfLink", "")))):
            self.seen_version = found[1]
        return reply

    def _patiently(self, attempt: Callable[[], Any], what: str, safe: bool) -> Any:
        """Retry until the request succeeds, the device rejects it, or the timeout expires. Renews an expired token
        once."""
        opening = self._root is None
        renewed, delay, waited = False, 0.5, 0.0
        while True:
            patience, began = self.patience, time.monotonic()
            try:
                return attempt()
            except iControlUnexpectedHTTPError as problem:
                error = self._explain(what, problem.response)
                busy = self._busy(error)
                if opening and error.status in (502, 503) and _RESTARTING not in problem.response.text:
                    patience = min(patience, _OPENING)
                if error.status == 401 and self._root is not None and not renewed and "verb=" not in error.message:
                    renewed = True
                    self._renew(what)
                    continue
            except (requests.exceptions.JSONDecodeError, requests.exceptions.TooManyRedirects):
                raise BigIpError(f"{self._who()}: {what}: {_NOT_ICONTROL}") from None
            except requests.exceptions.SSLError as problem:
                raise BigIpError(self._tls(_reason(problem))) from None
            except requests.exceptions.ProxyError as problem:
                raise CutOff(
                    f"{self._who()}: the proxy of the environment variable https_proxy does not reach it: "
                    f"{_reason(problem)}. Set no_proxy for {self.endpoint.server}"
                ) from None
            except requests.RequestException as problem:
                error, busy = CutOff(f"{self._who()}: {what}: {_reason(problem)}{self._hint(opening)}"), safe
                patience = min(patience, _OPENING) if opening else patience
            except (KeyError, TypeError, ValueError):
                raise BigIpError(f"{self._who()}: {what}: {_NOT_ICONTROL}") from None
            if opening:  # an attempt that timed out counts as waiting
                waited += time.monotonic() - began
            if not busy or waited >= patience:
                raise error from None
            delay = min(delay, patience - waited)
            self.sleep(delay)
            waited += delay
            delay = min(delay * 2, 8.0)

    def _renew(self, what: str) -> None:
        self._token.value = None
        try:
            self._login(self._icrs)
        except iControlUnexpectedHTTPError as problem:
            raise self._explain(f"logging in again for {what}", problem.response) from None
        except requests.RequestException as problem:
            raise CutOff(f"{self._who()}: logging in again for {what}: {_reason(problem)}") from None

    # ---- errors ------------------------------------------------------------------------------------

    def _who(self) -> str:
        return f"BIG-IP {self.endpoint.server}:{self.endpoint.port}"

    def _hint(self, opening: bool) -> str:
        return ". Check ansible_host and bigip_port" if opening else ""

    def _tls(self, reason: str) -> str:
        if "certificate" in reason.lower():
            return (
                f"{self._who()}: the certificate is not trusted: {reason}. Set bigip_ca_path (option ca_path) to its CA"
            )
        return f"{self._who()}: the port does not speak TLS as iControl REST does: {reason}. Check bigip_port"

    @staticmethod
    def _busy(error: BigIpError) -> bool:
        return any(error.status == status and words in error.message for status, words in _BUSY)

    def _explain(self, what: str, response: Any) -> BigIpError:
        """The message of the device, with a hint for known messages."""
        status = response.status_code
        try:
            message = str(response.json().get("message", "")).strip()
        except (ValueError, AttributeError):
            message = {401: "Authentication required", 503: "Configuration Utility restarting"}.get(
                status, _NOT_ICONTROL
            )
            if status == 503 and _RESTARTING not in response.text:
                message = f"Service unavailable; {_NOT_ICONTROL}"
        message = self._clean(message)
        if status == 401 and self._token.value is None:
            message += (
                f" (user {self.endpoint.user}, login provider {self.endpoint.login_provider}: check bigip_password, "
            )
            message += "and bigip_login_provider for a remote user)"
        elif "maximum active login tokens" in message:
            message += " (100 per user: delete some under /mgmt/shared/authz/tokens, or wait until they expire)"
        kind = NotFound if status == 404 and "not registered" not in message else BigIpError
        if status == 401 and self._token.value is None:
            kind = LoginRefused
        return kind(f"{self._who()}: {self._clean(what)}: {status} {message}", status)

    def _clean(self, text: str) -> str:
        for secret in (self.endpoint.password, self._token.value):
            if secret:
                text = text.replace(secret, "********")
        return mask(text)[:500]


def _reason(problem: Exception) -> str:
    """The innermost cause of a requests error, without the request."""
    seen: BaseException = problem
    while True:
        inner = getattr(seen, "reason", None) or next((a for a in seen.args if isinstance(a, BaseException)), None)
        if not isinstance(inner, BaseException):
            break
        seen = inner
    text = str(seen)
    return (text.rpartition(": ")[2] if "object at 0x" in text else text)[:300]
