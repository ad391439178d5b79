from __future__ import annotations

import json
import socket
import threading
from pathlib import Path

import pytest
from cccl.credentials import CredentialsError, obtain


def serve(path: Path, text: str) -> threading.Thread:
    """As the controller does: one connection, one JSON object, closed."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    listener.listen()

    def once() -> None:
        connection, _ = listener.accept()
        connection.sendall(text.encode())
        connection.close()
        listener.close()

    thread = threading.Thread(target=once)
    thread.start()
    return thread


def test_the_environment_comes_first(tmp_path: Path) -> None:
    found = obtain({"BIGIP_USERNAME": "admin", "BIGIP_PASSWORD": "pw"}, str(tmp_path / "none"))
    assert (found.username, found.password) == ("admin", "pw")


def test_else_the_controllers_socket(tmp_path: Path) -> None:
    path = tmp_path / "sock"
    said = {"bigip_username": "ctlr", "bigip_password": "s3cret", "gtm_username": "", "gtm_password": ""}
    thread = serve(path, json.dumps(said))
    found = obtain({}, str(path))
    thread.join()
    assert (found.username, found.password) == ("ctlr", "s3cret")


def test_connection_refused(tmp_path: Path) -> None:
    with pytest.raises(CredentialsError, match="there is no listener"):
        obtain({}, str(tmp_path / "none"), patience=0.2)


def test_the_password_is_not_in_the_representation() -> None:
    assert "pw-x" not in repr(obtain({"BIGIP_USERNAME": "admin", "BIGIP_PASSWORD": "pw-x"}))
