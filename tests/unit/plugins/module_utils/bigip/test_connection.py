# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The session: trust, timeouts, tokens, busy devices, and no secret anywhere."""

from __future__ import annotations

import http.server
import io
import logging
import os
import socket
import ssl
import subprocess
import sys
import threading
import time

import pytest
import requests
from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip import connection
from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip.connection import BigIp, Endpoint, resource
from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip.errors import (
    BigIpError,
    CutOff,
    LoginRefused,
    NotFound,
)
from ansible_collections.podroute.calico_f5.plugins.module_utils.common import sessions
from ansible_collections.podroute.calico_f5.plugins.module_utils.run.sessions import Sessions
from ansible_collections.podroute.calico_f5.plugins.plugin_utils import local_module
from bigip.testing import certificates

SYS = "/mgmt/tm/sys/version"


def test_one_session_is_a_login_a_look_and_the_end_of_its_token(unit):
    with unit.session() as bigip:
        assert bigip.version == "16.1.5.2"
        assert unit.tokens()["admin"] == 1
    assert unit.calls() == ["POST /mgmt/shared/authn/login", "GET /mgmt/tm/sys/", "DELETE /mgmt/shared/authz/tokens/…"]
    assert unit.tokens()["admin"] == 0


def test_the_token_is_deleted_after_an_error(unit):
    with pytest.raises(ZeroDivisionError), unit.session():
        raise ZeroDivisionError
    assert unit.tokens()["admin"] == 0


def test_the_token_is_deleted_when_the_first_call_fails(unit):
    unit.simulator.fault("status", path="^/mgmt/tm/sys/$", status=400, body={"code": 400, "message": "no"})
    with pytest.raises(BigIpError), unit.session() as bigip:
        bigip.get("/mgmt/tm/sys/")


@pytest.fixture
def ledger(tmp_path, monkeypatch):
    """The sessions of a run."""
    monkeypatch.setattr(sessions, "ledger", Sessions(tmp_path))
    return sessions.ledger


def test_the_tokens_of_a_killed_run_are_deleted_by_the_next_session_and_no_others(unit, ledger):
    killed, other = unit.session().__enter__(), unit.session().__enter__()
    for session in (killed, other):
        session._token.value, session.text = None, session._token.value
    path = ledger.path
    text = path.read_text().splitlines(keepends=True)
    path.write_text(text[0].replace(str(os.getpid()), "999999999"))  # the other one's process lives
    with unit.session():
        assert unit.tokens()["admin"] == 2
    assert unit.tokens()["admin"] == 1
    assert killed.text not in path.read_text()
    before = len(unit.calls())
    with unit.session():
        pass
    assert unit.calls()[before:] == ["POST /mgmt/shared/authn/login", "DELETE /mgmt/shared/authz/tokens/…"]


def test_a_user_who_may_not_list_tokens_leaves_them(unit, ledger):
    ledger.inherit([("999999999-1", f"127.0.0.1:{unit.session().endpoint.port}", "x")])
    unit.simulator.fault("status", path="^/mgmt/shared/authz/tokens$", status=401, body={
        "code": 401, "message": "Authorization failed: user=u resource=/authz/tokens verb=GET"})  # fmt: skip
    with unit.session() as bigip:
        assert bigip.get(SYS)
    assert unit.tokens()["admin"] == 0


def test_any_reply_names_the_version(unit):
    with unit.session() as bigip:
        bigip.get("/mgmt/tm/net/self")
        assert bigip.version == "16.1.5.2"
    assert "GET /mgmt/tm/sys/" not in unit.calls()
    assert unit.tokens()["admin"] == 0


def test_a_certificate_of_an_unknown_ca_is_refused(unit):
    with pytest.raises(BigIpError, match="certificate is not trusted.*bigip_ca_path"), unit.session(ca_path=None):
        pass
    assert unit.calls() == []


def test_trust_can_be_switched_off(unit):
    with unit.session(ca_path=None, validate_certs=False) as bigip:
        assert bigip.get(SYS)


@pytest.fixture
def other_ca(tmp_path):
    """A CA that has nothing to do with the BIG-IP."""
    path = tmp_path / "other.crt"
    command = f"openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=other -days 1 -keyout {tmp_path}/key -out {path}"
    subprocess.run(command.split(), check=True, capture_output=True)
    return str(path)


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_ca_path_has_precedence_over_the_environment(unit, monkeypatch, other_ca, variable):
    monkeypatch.setenv(variable, other_ca)
    with unit.session() as bigip:
        bigip.upload("x", b"data")
        assert bigip.get(SYS)
    with unit.session(ca_path=None, validate_certs=False) as bigip:
        assert bigip.get(SYS)
    monkeypatch.setenv(variable, unit.simulator.ca)
    with pytest.raises(BigIpError, match="certificate is not trusted"), unit.session(ca_path=other_ca):
        pass


def test_the_upload_is_verified_too(unit, monkeypatch):
    """f5-sdk's own upload switches verification off; a candidate holds passwords."""
    seen = []
    with unit.session() as bigip:
        adapter = bigip._icrs.session.get_adapter("https://")
        original = adapter.send
        monkeypatch.setattr(adapter, "send", lambda *a, **k: (seen.append(k["verify"]), original(*a, **k))[1])
        bigip.upload("x", b"data")
    assert seen and set(seen) == {unit.simulator.ca}


def test_a_large_upload_goes_in_pieces(unit):
    content = bytes(range(256)) * 6000
    with unit.session() as bigip:
        bigip.upload("large", content)
    file = unit.simulator.device.settings.path("/var/config/rest/downloads/large")
    assert file.read_bytes() == content
    assert unit.calls().count("upload") == 3


def test_a_server_that_does_not_answer_ends_with_the_timeout():
    """f5-sdk's own timeout has no effect."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        began = time.monotonic()
        endpoint = Endpoint("127.0.0.1", "admin", "canary", port=silent.getsockname()[1], timeout=0.3)
        with pytest.raises(CutOff, match="127.0.0.1") as cut, BigIp(endpoint, sleep=lambda _seconds: None):
            pass
    assert time.monotonic() - began < 10
    assert "canary" not in str(cut.value)


def refused(server, port, **more):
    """The message of a login that cannot work, and the seconds that it was tried for."""
    waited = []
    with (
        pytest.raises(BigIpError) as error,
        BigIp(Endpoint(server, "a", "canary", port=port, **more), sleep=waited.append),
    ):
        pass
    assert "canary" not in str(error.value)
    return str(error.value), sum(waited)


def test_a_refused_connection_is_reported_within_ten_seconds_and_names_the_variables():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    message, waited = refused("127.0.0.1", port)
    assert "refused" in message and message.endswith("Check ansible_host and bigip_port")
    assert waited <= 6


class Page(http.server.BaseHTTPRequestHandler):
    """A web server that is not a BIG-IP."""

    status = 200

    def do_POST(self):
        body = b"<html>Squid</html>"
        self.send_response(self.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


@pytest.mark.parametrize("status", [200, 403, 404, 503])
def test_an_answer_in_html_is_reported_within_ten_seconds(status, monkeypatch):
    keys = certificates()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(keys / "server.crt", keys / "server.key")
    monkeypatch.setattr(Page, "status", status)
    with http.server.HTTPServer(("127.0.0.1", 0), Page) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        message, waited = refused("127.0.0.1", server.server_port, ca_path=str(keys / "ca.crt"))
        server.shutdown()
    assert "the response is not from iControl REST; check ansible_host and bigip_port" in message
    assert waited <= 6


def test_a_port_without_tls_is_reported_as_such():
    with http.server.HTTPServer(("127.0.0.1", 0), Page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        message, waited = refused("127.0.0.1", server.server_port)
        server.shutdown()
    assert "does not speak TLS" in message and "bigip_port" in message and waited == 0


def test_a_missing_library_is_one_sentence(monkeypatch):
    monkeypatch.setattr(connection, "F5_SDK_ERROR", "Traceback:\n  …\nModuleNotFoundError: No module named 'f5'\n")
    options = {"server": "x", "user": "x", "password": "x"}
    result = local_module.execute("bigip_bgp_info", options)
    assert result["msg"].count("\n") == 0 and sys.executable in result["msg"]
    assert "f5-sdk" in result["msg"] and "ansible_python_interpreter" in result["msg"]


def test_a_redirect_is_not_followed(unit, monkeypatch):
    """It would carry the token along."""
    asked = []

    def elsewhere(request, **_kwargs):
        asked.append(request.url)
        response = requests.Response()
        response.status_code, response.url, response.request = 302, request.url, request
        response.headers["Location"] = "https://elsewhere.example/"
        response.raw = io.BytesIO()
        return response

    with unit.session() as bigip:
        with monkeypatch.context() as patched:
            patched.setattr(bigip._icrs.session.get_adapter("https://"), "send", elsewhere)
            with pytest.raises(BigIpError):
                bigip.post("/mgmt/tm/sys/config", {"command": "save"})
    assert len(asked) == 1


def test_a_wrong_password_is_sent_once_and_the_message_names_the_variable(unit):
    with pytest.raises(LoginRefused) as refused, unit.session(password="not-it"):
        pass
    assert "401" in str(refused.value) and "login_provider" in str(refused.value)
    assert "not-it" not in str(refused.value)
    assert unit.calls() == ["POST /mgmt/shared/authn/login"]


def test_a_remote_user_needs_its_login_provider(unit):
    with pytest.raises(BigIpError, match="login_provider"), unit.session("remote"):
        pass
    with unit.session("remote", login_provider="ldap") as bigip:
        assert bigip.get(SYS)


def test_an_expired_token_is_renewed_once(unit):
    with unit.session() as bigip:
        unit.simulator.fault("expire_token", path="sys/version")
        assert bigip.get(SYS)
        assert unit.tokens()["admin"] == 1
    assert unit.calls().count("POST /mgmt/shared/authn/login") == 2
    assert unit.tokens()["admin"] == 0


def test_a_token_that_never_works_is_renewed_once(unit):
    with unit.session() as bigip:
        unit.simulator.fault("expire_token", path="sys/version", times=None)
        with pytest.raises(BigIpError, match="X-F5-Auth-Token does not exist"):
            bigip.get(SYS)
    assert unit.calls().count("POST /mgmt/shared/authn/login") == 2


def test_a_missing_permission_is_not_an_expired_token(unit):
    with unit.session("manager") as bigip, pytest.raises(BigIpError, match="401"):
        bigip.patch("/mgmt/tm/net/route-domain/~Common~0", {"routingProtocol": ["BGP"]})
    assert unit.calls().count("POST /mgmt/shared/authn/login") == 1


def test_the_limit_of_tokens_has_a_remedy_in_its_message(unit):
    body = {"code": 400, "message": "user 1-2-3 has reached maximum active login tokens"}
    unit.simulator.fault("status", path="authn/login", status=400, body=body)
    with pytest.raises(BigIpError, match="100 per user: delete some"), unit.session():
        pass


@pytest.mark.parametrize("action", ["html503", "mcpd_lost"])
def test_a_busy_device_is_waited_for(unit, action):
    with unit.session() as bigip:
        unit.simulator.fault(action, path="sys/version", times=3)
        assert bigip.get(SYS)
    assert unit.slept == [0.5, 1.0, 2.0]


@pytest.mark.parametrize(
    "message",
    [
        "URI path /mgmt/tm/sys/version not registered.  Please verify URI is supported and wait for /available suffix "
        "to be responsive.",
        "Public URI path not registered: /tm/sys/version",
    ],
)
def test_a_device_whose_rest_daemons_start_is_waited_for(unit, message):
    with unit.session() as bigip:
        unit.simulator.fault("status", path="sys/version", status=404, body={"code": 404, "message": message})
        assert bigip.get(SYS)
    assert unit.slept == [0.5]


def test_waiting_has_an_end(unit):
    with unit.session() as bigip:
        unit.simulator.fault("html503", path="sys/version", times=None)
        with pytest.raises(BigIpError, match="503"):
            bigip.get(SYS)
    assert sum(unit.slept) == bigip.patience == 60


def test_login_waits_for_a_busy_device_too(unit):
    unit.simulator.fault("html503", path="authn/login", times=2)
    with unit.session() as bigip:
        assert bigip.get(SYS)


def test_a_broken_connection_is_tried_again_where_that_is_safe(unit):
    with unit.session() as bigip:
        unit.simulator.fault("drop", path="sys/version")
        assert bigip.get(SYS)
        unit.simulator.fault("drop", path="sys/config")
        with pytest.raises(CutOff):
            bigip.post("/mgmt/tm/sys/config", {"command": "save"})


def test_what_is_not_there_and_what_is_refused(unit):
    with unit.session() as bigip:
        with pytest.raises(NotFound, match="01020036"):
            bigip.get(resource("ltm/pool", "nothing"))
        with pytest.raises(BigIpError, match="400") as refused:
            bigip.patch("/mgmt/tm/net/self/~Common~int_self", {"allowService": ["nonsense"]})
    assert refused.value.status == 400


def test_the_path_of_an_object():
    assert resource("ltm/virtual-address", "10.0.0.1%10", "k8s") == "/mgmt/tm/ltm/virtual-address/~k8s~10.0.0.1%2510"
    assert resource("net/self", "10.0.0.1/24") == "/mgmt/tm/net/self/~Common~10.0.0.1~24"
    assert resource("net/self", "a b?c#d") == "/mgmt/tm/net/self/~Common~a%20b%3Fc%23d"


def test_nothing_of_a_request_reaches_a_log(unit, caplog):
    caplog.set_level(logging.DEBUG)
    with unit.session() as bigip:
        token = bigip._token.value
        bigip.upload("x", b"neighbor 10.0.0.1 password upload-canary\n")
    assert not {unit.simulator.password, token, "upload-canary"} & set(caplog.text.split())
    assert token not in caplog.text and unit.simulator.password not in caplog.text


def test_secrets_are_not_in_representations(unit):
    with unit.session() as bigip:
        assert unit.simulator.password not in repr(bigip.endpoint)


def test_a_message_that_repeats_the_password_is_cleaned(unit):
    body = {"code": 400, "message": f"bad password {unit.simulator.password} given"}
    with unit.session() as bigip:
        unit.simulator.fault("status", path="sys/version", status=400, body=body)
        with pytest.raises(BigIpError) as refused:
            bigip.get(SYS)
    assert unit.simulator.password not in str(refused.value)
