# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The observation of the cluster, shared by the steps of a run: read once, and again only after a write."""

from __future__ import annotations

from typing import Any

from ansible_collections.podroute.calico_f5.plugins.plugin_utils.connections import calico_connection
from ansible_collections.podroute.calico_f5.plugins.plugin_utils.step import Step, StepFailed

OBSERVED = "observed-calico"  # file name in the working folder
# While BIG-IPs get a new password one after the other: the Secret with both, and who has set the second one.
TURN_SECRET, TURN_MANAGER = "turn-secret", "podroute.calico_f5.turn"
KINDS = ["BGPConfiguration", "BGPFilter", "BGPPeer", "IPPool"]


def observe_calico(step: Step) -> dict[str, Any]:
    """Read the cluster and save the observation in the working folder, if there is one.

    The result is that of calico_info; on failure it has ``failed`` and ``msg`` and is not saved.
    """
    arguments = {
        **calico_connection(step),
        "kinds": KINDS,
        "nodes": True,
        "ipam": True,
        "installation": True,
        "password": password_options(step),
    }
    result = step.call("calico_info", arguments, check_mode=False)
    result.pop("invocation", None)
    if not result.get("failed") and step.folder:
        step.folder.save(OBSERVED, result)
    return result


def observed_calico(step: Step) -> dict[str, Any]:
    """The observation of this run; read now if there is none. :raises StepFailed: the cluster cannot be read"""
    result = step.folder.load(OBSERVED) if step.folder and step.folder.has(OBSERVED) else {}
    if "password" not in result and not result.get("failed"):
        result = observe_calico(step)
    if result.get("failed"):
        raise StepFailed(f"Calico cannot be read: {result.get('msg')}")
    return dict(result)


def forget_turns(step: Step) -> dict[str, Any]:
    """Remove the second key of the Secret, which turns of BIG-IPs needed for a new password; the module's result."""
    if not (step.folder and step.folder.has(TURN_SECRET)):
        return {}
    connection = {key: calico_connection(step).get(key) for key in ("kubeconfig", "context")}
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": step.folder.load(TURN_SECRET)}
    return step.call("k8s_objects", {**connection, "definitions": [secret], "field_manager": TURN_MANAGER})


def password_options(step: Step) -> dict[str, Any]:
    """Options of calico_bgp_password: the password of the sessions, or the removal of one that is no longer wanted."""
    secret = step.fabric.password_secret
    options: dict[str, Any] = {
        "state": "present" if secret else "absent",
        "name": secret.name if secret else step.fabric.names.password_secret,
        "key": secret.key if secret else "password",
        "namespace": step.variable("calico_bgp_node_namespace"),
        "subject": step.variable("calico_bgp_node_subject"),
    }
    if secret:
        options["password"] = step.variable("bgp_password") or _password_of_bigip(step)
    return {name: value for name, value in options.items() if value is not None}


def _password_of_bigip(step: Step) -> Any:
    """The password is a variable of the group of BIG-IPs; the control host need not have it."""
    return next((step.variable("bgp_password", host=unit.name) for unit in step.fabric.bigips), None)
