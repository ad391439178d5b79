# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Modules and roles against a real datastore (tests/datastore.py)."""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import subprocess
import sys
import typing as t

import pytest
from ansible_collections.podroute.calico_f5.tests import datastore
from ansible_collections.podroute.calico_f5.tests.datastore import Api

COLLECTION = pathlib.Path(__file__).resolve().parents[3]


@pytest.fixture(scope="session")
def api(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Api]:
    with datastore.start(tmp_path_factory.mktemp("api")) as server:
        yield server


@pytest.fixture
def clean(api: Api) -> Api:
    """The API server without Calico resources and nodes."""
    for kind in ("bgppeers", "bgpfilters", "bgpconfigurations", "ippools", "caliconodestatuses", "clusterinformations"):
        api.request("DELETE", f"/apis/crd.projectcalico.org/v1/{kind}")
    api.request("DELETE", "/api/v1/nodes")
    return api


@dataclasses.dataclass
class Ran:
    """The result of one module run."""

    code: int
    result: dict[str, t.Any]
    output: str


@pytest.fixture
def run_module(api: Api) -> t.Callable[..., Ran]:
    """Runs a module like Ansible's worker: arguments in, JSON out, in a separate process."""

    def run(name: str, /, check: bool = False, diff: bool = True, **options: t.Any) -> Ran:
        options = {
            "kubeconfig": str(api.kubeconfig),
            "calicoctl_path": api.calicoctl,
            "allow_version_mismatch": True,
            **options,
            "_ansible_check_mode": check,
            "_ansible_diff": diff,
        }
        options = {key: value for key, value in options.items() if value is not None}
        call = (
            "import json, sys; from ansible.module_utils import basic; "
            "from ansible.module_utils.testing import patch_module_args; import importlib; "
            f"m = importlib.import_module('ansible_collections.podroute.calico_f5.plugins.modules.{name}')\n"
            "with patch_module_args(json.load(sys.stdin)): m.main()"
        )
        environment = {**os.environ, "PYTHONPATH": _collections_path()}
        done = subprocess.run(
            [sys.executable, "-c", call],
            input=json.dumps(options),
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        output = done.stdout + done.stderr
        assert "Traceback" not in output, output
        return Ran(done.returncode, json.loads(done.stdout.strip().splitlines()[-1]), output)

    return run


def _collections_path() -> str:
    import ansible_collections.podroute.calico_f5 as me

    return str(pathlib.Path(list(me.__path__)[0]).parents[2])
