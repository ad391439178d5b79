# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of the modules that talk to the Kubernetes API (doc fragment ``kubernetes``)."""

from __future__ import annotations

from typing import Any

from ansible.module_utils.basic import env_fallback
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.kubernetes import Cluster


def connection_options() -> dict[str, Any]:
    """The argument spec that the doc fragment ``kubernetes`` describes."""
    return {
        # A path, or the content as a dictionary, which holds keys and tokens.
        "kubeconfig": {"type": "raw", "no_log": True, "fallback": (env_fallback, ["KUBECONFIG"])},
        "context": {"type": "str", "fallback": (env_fallback, ["K8S_CURRENT_CONTEXT"])},
        "timeout": {"type": "int", "default": 30},
    }


def connect(module: Any) -> Cluster:
    """The connection that the module's options describe. :raises KubernetesError: it cannot be made"""
    params = module.params
    return Cluster(params["kubeconfig"] or None, params["context"], params["timeout"])
