# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shared code of the calico modules: connection options and failures."""

from __future__ import annotations

import signal
import typing as t

from ansible.module_utils.basic import AnsibleModule, env_fallback
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.calicoctl import Connection
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.errors import CalicoError


def connection_options() -> dict[str, t.Any]:
    """The argument spec that the doc fragment ``calico`` describes."""
    return {
        "calicoctl_path": {"type": "str", "default": "calicoctl", "fallback": (env_fallback, ["CALICOCTL_PATH"])},
        "datastore_type": {
            "type": "str",
            "choices": ["kubernetes", "etcdv3"],
            "default": "kubernetes",
            "fallback": (env_fallback, ["DATASTORE_TYPE", "CALICO_DATASTORE_TYPE"]),
        },
        "kubeconfig": {"type": "path", "fallback": (env_fallback, ["KUBECONFIG", "CALICO_KUBECONFIG"])},
        "context": {"type": "str", "fallback": (env_fallback, ["K8S_CURRENT_CONTEXT"])},
        "etcd_endpoints": {
            "type": "list",
            "elements": "str",
            "default": [],
            "fallback": (env_fallback, ["ETCD_ENDPOINTS"]),
        },
        "etcd_username": {"type": "str", "fallback": (env_fallback, ["ETCD_USERNAME"])},
        "etcd_password": {"type": "str", "no_log": True, "fallback": (env_fallback, ["ETCD_PASSWORD"])},
        "etcd_ca_path": {"type": "path", "fallback": (env_fallback, ["ETCD_CA_CERT_FILE"])},
        "etcd_cert_path": {"type": "path", "fallback": (env_fallback, ["ETCD_CERT_FILE"])},
        "etcd_key_path": {"type": "path", "no_log": False, "fallback": (env_fallback, ["ETCD_KEY_FILE"])},
        "client_qps": {"type": "int", "default": 200},
        "timeout": {"type": "int", "default": 120},
        "retries": {"type": "int", "default": 3},
        "allow_version_mismatch": {"type": "bool", "default": False},
    }


def connection_of(module: AnsibleModule) -> Connection:
    """The connection that the module's options describe; fails the module if they are invalid."""
    params = module.params
    wrong = [
        f"{name} = {params[name]} must be at least {least}" for name, least in _LEAST.items() if params[name] < least
    ]
    if params["datastore_type"] == "etcdv3" and not params["etcd_endpoints"]:
        wrong.append("etcd_endpoints is empty, and datastore_type is etcdv3: set at least one URL")
    if ":" in (params["kubeconfig"] or ""):
        wrong.append(f"kubeconfig = {params['kubeconfig']} names several files; use one")
    if wrong:
        module.fail_json(msg="; ".join(wrong))
    if params["allow_version_mismatch"]:
        module.warn("allow_version_mismatch is set: another release may lose fields that it does not know")
    return Connection(
        program=params["calicoctl_path"],
        datastore=params["datastore_type"],
        kubeconfig=params["kubeconfig"],
        context=params["context"],
        etcd_endpoints=",".join(params["etcd_endpoints"]),
        etcd_username=params["etcd_username"],
        etcd_password=params["etcd_password"],
        etcd_ca=params["etcd_ca_path"],
        etcd_cert=params["etcd_cert_path"],
        etcd_key=params["etcd_key_path"],
        qps=params["client_qps"],
        timeout=float(params["timeout"]),
        retries=params["retries"],
        allow_version_mismatch=params["allow_version_mismatch"],
    )


_LEAST = {"client_qps": 1, "timeout": 1, "retries": 0}


def fail_when_stopped(module: AnsibleModule) -> None:
    """End a task that is stopped as one that fails, so that it still removes the objects that it made for itself."""
    signal.signal(signal.SIGTERM, lambda *_: module.fail_json(msg="stopped by SIGTERM"))


def fail(module: AnsibleModule, problem: CalicoError, **more: t.Any) -> t.NoReturn:
    """Fails the module with the message of calicoctl and the remedy."""
    module.fail_json(msg=str(problem), error=problem.code, hint=problem.hint, **more)
    raise SystemExit(1)  # fail_json does not return
