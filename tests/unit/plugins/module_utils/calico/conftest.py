# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import pathlib
import sys
import threading

import pytest
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.calicoctl import Calicoctl, Connection
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.calico import fake_calicoctl

HERE = pathlib.Path(__file__).resolve().parent
FIXTURES = HERE.parents[3] / "fixtures" / "calico"


@pytest.fixture
def sample():
    """A recorded text by its file's name, without the line that says where it comes from."""

    def read(name: str) -> str:
        text = (FIXTURES / name).read_text(encoding="utf-8")
        return text.split("\n", 1)[1] if text.startswith("# SOURCE") else text

    return read


class InProcess(Calicoctl):
    """The fake without a process a call, for tests that are not about the program and make many calls."""

    def __init__(self, fake: Fake) -> None:
        super().__init__(Connection(), sleep=lambda _seconds: None)
        self._fake = fake
        self._lock = threading.Lock()

    def __enter__(self) -> InProcess:
        return self

    def run(self, *arguments: str, stdin: str = "") -> tuple[str, str, int]:
        words = [word for word in arguments if not word.startswith("--")]
        with self._lock:  # nodes are patched by several threads
            state = self._fake.state
            code, out, err = fake_calicoctl.answer(state, words, stdin)
            self._fake.set(**state)
        return out, err, code


class Fake:
    """The fake calicoctl and its datastore."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.path = folder / "state.json"
        self.program = folder / "calicoctl"
        self.program.write_text(
            f"#!/bin/sh\nPYTHONPATH={':'.join(filter(None, sys.path))} exec {sys.executable} -S "
            f'{HERE / "fake_calicoctl.py"} "$@"\n'
        )
        self.program.chmod(0o755)
        self.kubeconfig = folder / "kubeconfig"
        self.kubeconfig.write_text("{}")
        self.set(resources={})

    def set(self, **state) -> None:
        whole = {**(self.state if self.path.exists() else {}), **state}
        fresh = self.path.with_suffix(".new")
        fresh.write_text(json.dumps(whole))
        fresh.replace(self.path)  # a reader in another thread gets the old state or the new one

    @property
    def state(self) -> dict:
        return json.loads(self.path.read_text())

    def put(self, *resources: dict) -> None:
        """Puts resources there as if they had always been there."""
        state = self.state
        for number, item in enumerate(resources):
            item = {"apiVersion": "projectcalico.org/v3", "spec": {}, **json.loads(json.dumps(item))}
            item["metadata"].setdefault("resourceVersion", str(number + 1))
            state["resources"].setdefault(item["kind"], {})[item["metadata"]["name"]] = item
        self.path.write_text(json.dumps(state))

    def get(self, kind: str, name: str) -> dict:
        return self.state["resources"][kind][name]

    def names(self, kind: str) -> list[str]:
        return sorted(self.state["resources"].get(kind, {}))

    @property
    def commands(self) -> list[str]:
        """What was called: 'get bgppeer', 'apply', 'patch node'."""
        told = []
        for call in self.state.get("calls", []):
            words = [word for word in call if not word.startswith("-")]
            told.append(" ".join(words[:2]) if words[0] in ("get", "patch", "ipam") else words[0])
        return told

    def forget_calls(self) -> None:
        self.set(calls=[], stdin=[])

    def client(self, **options) -> Calicoctl:
        options = {"program": str(self.program), "kubeconfig": str(self.kubeconfig), "timeout": 30.0, **options}
        return Calicoctl(Connection(**options), sleep=lambda _seconds: None)

    def in_process(self) -> InProcess:
        return InProcess(self)


@pytest.fixture
def fake(tmp_path, monkeypatch):
    made = Fake(tmp_path)
    monkeypatch.setenv("PODROUTE_FAKE_STATE", str(made.path))
    return made
