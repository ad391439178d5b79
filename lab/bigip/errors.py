# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The error responses of a BIG-IP, with the status, number and text of the device.

Wording marked (device) is verbatim from public samples; otherwise the device's form is used
(``nnnnnnnn:3: sentence``) and the README says so.
"""

from __future__ import annotations

import itertools
from typing import Any

_OPERATIONS = itertools.count(7945916)

MCPD = 3  # apiError of a refusal by the configuration daemon
SYNTAX = 26214401  # apiError of a refusal by the REST front itself


class RestError(Exception):
    """A response other than 2xx. ``body`` is the JSON document, or ``html`` a page of the web server."""

    def __init__(self, status: int, message: str, html: bool = False, **more: Any) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.html = html
        self.headers: dict[str, str] = {}
        self.body: dict[str, Any] = {"code": status, "message": message, **more}


def refused(number: str, sentence: str, status: int = 400) -> RestError:
    """A refusal by mcpd: ``01070734:3: Configuration error: …``."""
    return RestError(status, f"{number}:3: {sentence}", errorStack=[], apiError=MCPD)


def syntax(message: str) -> RestError:
    return RestError(400, message, errorStack=[], apiError=SYNTAX)


def configuration(sentence: str) -> RestError:
    return refused("01070734", f"Configuration error: {sentence}")


def not_found(title: str, name: str) -> RestError:
    return refused("01020036", f"The requested {title} ({name}) was not found.", 404)


def exists(title: str, name: str, partition: str) -> RestError:
    where = f" in partition {partition}" if partition else ""
    return refused("01020066", f"The requested {title} ({name}) already exists{where}.", 409)


def unknown_property(name: str) -> RestError:
    return syntax(f'"{name}" unknown property')


def invalid_value(name: str, value: Any) -> RestError:
    return syntax(f'invalid property value "{name}":"{value}"')


def unexpected(word: str) -> RestError:
    """The message of tmsh, which util commands use, for an unknown word (device)."""
    return syntax(f'"{word}" unexpected argument')


def folder_not_found(folder: str) -> RestError:
    """The REST front's own refusal, without a number (device)."""
    return syntax(f"The requested folder ({folder}) was not found.")


def member_not_found(full_path: str) -> RestError:
    """An object of a sub-collection that is read or changed (device); a DELETE is refused by mcpd."""
    return RestError(404, f"Object not found - {full_path}", errorStack=[], apiError=1)


def unsupported(component: str) -> RestError:
    """A call that a collection or an object does not have, such as POST without a name (device)."""
    return RestError(403, f"Operation is not supported on component /{component}.", errorStack=[], apiError=1)


def content_type(received: str) -> RestError:
    """(device)"""
    return RestError(
        415,
        "Found invalid content-type. The content-type must be application/json. The received content-type is "
        f"{received}",
        errorStack=[],
        apiError=1,
    )


def markup() -> RestError:
    """(device)"""
    return syntax("HTML Tag-like Content in the Request URL/Body")


def method_not_allowed(method: str, path: str) -> RestError:
    return RestError(405, f"method {method} not allowed on {path}", errorStack=[], apiError=SYNTAX)


def tm_not_registered(path: str) -> RestError:
    """A path below /mgmt/tm without a worker (device)."""
    short = path.removeprefix("/mgmt")
    return _by_rest(404, f"Public URI path not registered: {short}")


def not_registered(path: str) -> RestError:
    """Any other path without a worker (device)."""
    return _by_rest(
        404,
        f"URI path {path} not registered.  Please verify URI is supported and wait for /available "
        "suffix to be responsive.",
    )


def _by_rest(status: int, message: str, sender: str = "Unknown", **more: Any) -> RestError:
    return RestError(
        status, message, referer=sender, restOperationId=next(_OPERATIONS), **more, kind=":resterrorresponse"
    )


def by_rest(status: int, message: str, sender: str, **more: Any) -> RestError:
    """A rejection by restjavad, before the configuration is accessed."""
    return _by_rest(status, message, sender, **more)


def no_credentials(path: str, sender: str) -> RestError:
    error = _by_rest(
        401,
        "Authorization failed: no user authentication header or token detected. "
        f"Uri:http://localhost:8100{path} Referrer:{sender} Sender:{sender}",
        sender,
    )
    error.headers["WWW-Authenticate"] = 'Basic realm="Enterprise Manager"'
    return error


def no_such_token(sender: str) -> RestError:
    return _by_rest(401, "X-F5-Auth-Token does not exist.", sender)


def role_refused(user: str, method: str, path: str, sender: str) -> RestError:
    return _by_rest(
        401,
        f"Authorization failed: user=https://localhost/mgmt/shared/authz/users/{user} "
        f"resource={path} verb={method} uri:http://localhost:8100{path} referrer:{sender} "
        f"sender:{sender}",
        sender,
    )


def login_failed(sender: str) -> RestError:
    return _by_rest(401, "Authentication failed.", sender)


def wrong_password() -> RestError:
    """Basic authentication is checked by the web server, which returns a page."""
    error = RestError(401, UNAUTHORIZED_PAGE, html=True)
    error.headers["WWW-Authenticate"] = 'Basic realm="Enterprise Manager"'
    return error


def restarting() -> RestError:
    """The page while httpd or the REST framework restarts (device: its words)."""
    return RestError(503, RESTARTING_PAGE, html=True)


def _page(title: str, text: str) -> str:
    return (
        '<!DOCTYPE HTML PUBLIC "-//IETF//DTD HTML 2.0//EN">\n<html><head>\n'
        f"<title>{title}</title>\n</head><body>\n<h1>{title}</h1>\n<p>{text}</p>\n</body></html>\n"
    )


UNAUTHORIZED_PAGE = _page(
    "401 Unauthorized", "This server could not verify that you are authorized to access the document requested."
)
RESTARTING_PAGE = _page("503 Service Unavailable", "Configuration Utility restarting...")
