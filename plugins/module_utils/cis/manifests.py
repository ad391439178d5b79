# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Kubernetes objects that run the controller: service account, rights, trust, deployment. Pure."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

from ansible_collections.podroute.calico_f5.plugins.module_utils.cis import versions
from ansible_collections.podroute.calico_f5.plugins.module_utils.cis.rights import (
    cluster_rules,
    namespace_rules,
    trust_rules,
)
from ansible_collections.podroute.calico_f5.plugins.module_utils.cis.settings import (
    AS3,
    CONFIGMAP,
    CRD,
    Settings,
    Unit,
)
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.ownership import (
    LABEL,
    OWNER,
    is_managed,
    mark_of,
    marked_fabric,
)

Definition = dict[str, Any]

RBAC = "rbac.authorization.k8s.io/v1"
PROGRAM = "/app/bin/k8s-bigip-ctlr"
CREDENTIALS = "/etc/bigip-login"  # mount point of the Secret: one file each for username, password and url
HEALTH_PORT = 8080
INSTANCE = "app.kubernetes.io/instance"
# Annotations of the pod: one changes with the Secret's content and so restarts it, the other distinguishes pods of this
# template from those of an earlier one.
CREDENTIALS_MARK = "podroute.calico-f5/credentials"
TEMPLATE_MARK = "podroute.calico-f5/template"
# In a prediction, instead of the mark of a Secret that does not exist yet.
UNKNOWN = "known when the Secret exists"


def pod_labels(settings: Settings) -> dict[str, str]:
    """Labels by which the role identifies pods. A cluster may run several controllers, each with its own instance
    label."""
    return {LABEL: OWNER, INSTANCE: settings.deployment}


def labels(settings: Settings) -> dict[str, str]:
    """Labels by which the role identifies its objects."""
    return {**pod_labels(settings), **mark_of(OWNER, settings.fabric)}


def is_part_of(item: Mapping[str, Any], settings: Settings) -> bool:
    """Whether the role created an object for this controller. Earlier releases set no label of the fabric."""
    instance = (item["metadata"].get("labels") or {}).get(INSTANCE) or settings.deployment
    return is_managed(item) and instance == settings.deployment and marked_fabric(item) in ("", settings.fabric)


def owner_in_words(item: Mapping[str, Any]) -> str:
    """The fabric or controller for which this collection created an object; empty if it did not create it."""
    instance = (item["metadata"].get("labels") or {}).get(INSTANCE)
    if not is_managed(item):
        return ""
    fabric = marked_fabric(item)
    return f"fabric {fabric}" if fabric else f"controller {instance}"


def installation(settings: Settings, mark: str) -> list[Definition]:
    """All objects except the Secret, which must not be shown."""
    everywhere, watched = f"{settings.service_account}-clusterrole", f"{settings.service_account}-namespace"
    objects = [
        _service_account(settings),
        _role("ClusterRole", everywhere, cluster_rules(), settings),
        _binding("ClusterRoleBinding", everywhere, None, settings),
        _role("ClusterRole", watched, namespace_rules(settings), settings),
        *[_binding("RoleBinding", watched, namespace, settings) for namespace in settings.watch_namespaces],
    ]
    if settings.ca:
        trust = trust_name(settings)
        objects += [
            _trusted_certificates(settings),
            _role("Role", trust, trust_rules(trust), settings, settings.namespace),
            _binding("RoleBinding", trust, settings.namespace, settings, "Role"),
        ]
    return [*objects, *(deployment(settings, unit, mark) for unit in settings.controllers)]


def secret(settings: Settings, username: str, password: str) -> Definition:
    """The user and the password of the BIG-IP, in the form that the controller reads from a directory."""
    meta = _metadata(settings, settings.secret, settings.namespace)
    values = {"username": username, "password": password}
    data = {key: base64.b64encode(value.encode()).decode() for key, value in values.items()}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": meta, "type": "Opaque", "data": data}


def credentials_mark(data: Mapping[str, str], uid: str | None) -> str:
    """A mark that changes with the credentials and reveals nothing about them.

    It is keyed with the Secret's uid, which only users who may read the Secret can see: without it, anyone who sees
    the Deployment could test passwords against the mark.

    :param data: the data of the Secret, in base64
    """
    if not uid:
        return UNKNOWN
    content = {key: base64.b64decode(data[key]).decode() for key in ("username", "password", "url") if data.get(key)}
    return hmac.new(uid.encode(), json.dumps(content, sort_keys=True).encode(), hashlib.sha256).hexdigest()[:16]


def template_mark(definition: Mapping[str, Any]) -> str:
    """The mark that distinguishes pods of this Deployment from those of an earlier one."""
    return definition["spec"]["template"]["metadata"]["annotations"][TEMPLATE_MARK]


def arguments(settings: Settings, url: str | None = None) -> list[str]:
    """The program's arguments, with the names of the chosen release."""
    release = settings.release
    given: dict[str, Any] = {
        "bigip-url": url or settings.bigip_url,
        "bigip-partition": settings.partition,
        "credentials-directory": CREDENTIALS,
        "namespace": list(settings.watch_namespaces),
        "pool-member-type": settings.pool_member_type,
        "log-level": settings.log_level,
        "verify-interval": settings.verify_interval,
    }
    if settings.mode == CRD:
        given["custom-resource-mode"] = True
    elif release >= versions.AGENT_ARGUMENT:
        given["agent"] = "as3" if settings.mode == AS3 else "cccl"
    domain = settings.domains()[settings.partition]
    if settings.mode == CRD and domain and release >= versions.SINCE["default-route-domain"]:
        given["default-route-domain"] = domain
    if settings.schema_dir and settings.mode == CONFIGMAP:
        given["schema-db-base-dir"] = _file_url(settings.schema_dir)
    if release >= versions.SINCE["insecure"]:
        given["insecure"] = settings.insecure
    if settings.ca:
        given["trusted-certs-cfgmap"] = f"{settings.namespace}/{trust_name(settings)}"
    for name, value in _quiet(settings).items():
        if release >= versions.SINCE[name]:
            given[name] = value
    given |= settings.extra_args
    return [f"--{name}={_text(item)}" for name, value in given.items()
            for item in (value if isinstance(value, (list, tuple)) else [value])]  # fmt: skip


def trust_name(settings: Settings) -> str:
    return f"{settings.deployment}-trusted-certs"


def _quiet(settings: Settings) -> dict[str, Any]:
    """Arguments that switch off optional functions of the controller: fewer rights, no telemetry."""
    quiet: dict[str, Any] = {"disable-teems": True}
    if settings.mode != CRD:
        quiet |= {"manage-ingress": False, "use-secrets": False}
    return quiet


def _digest(content: object) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _file_url(directory: str) -> str:
    """The controller appends schema names directly to this text."""
    path = directory if directory.startswith("file://") else f"file://{directory}"
    return path if path.endswith("/") else f"{path}/"


def _metadata(settings: Settings, name: str, namespace: str | None) -> Definition:
    meta: Definition = {"name": name, "labels": labels(settings)}
    return meta | {"namespace": namespace} if namespace else meta


def _service_account(settings: Settings) -> Definition:
    meta = _metadata(settings, settings.service_account, settings.namespace)
    return {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": meta}


def _role(
    kind: str, name: str, rules: list[Definition], settings: Settings, namespace: str | None = None
) -> Definition:
    return {"apiVersion": RBAC, "kind": kind, "metadata": _metadata(settings, name, namespace), "rules": rules}


def _binding(
    kind: str, role: str, namespace: str | None, settings: Settings, role_kind: str = "ClusterRole"
) -> Definition:
    account = {"kind": "ServiceAccount", "name": settings.service_account, "namespace": settings.namespace}
    return {
        "apiVersion": RBAC,
        "kind": kind,
        "metadata": _metadata(settings, f"{role}-binding", namespace),
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": role_kind, "name": role},
        "subjects": [account],
    }


def _trusted_certificates(settings: Settings) -> Definition:
    meta = _metadata(settings, trust_name(settings), settings.namespace)
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": {"ca.crt": settings.ca}}


def deployment(settings: Settings, unit: Unit, mark: str) -> Definition:
    """The Deployment of one controller. ``mark`` changes with the credentials, so that the pod restarts with them."""
    selector = {"app": unit.deployment}
    pod: Definition = {
        "serviceAccountName": settings.service_account,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": settings.run_as_user,
            "runAsGroup": settings.run_as_user,
            "fsGroup": settings.run_as_user,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [_container(settings, unit)],
        "volumes": [
            {"name": "bigip-login", "secret": {"secretName": settings.secret, "defaultMode": 0o440}},
            {"name": "tmp", "emptyDir": {}},
        ],
    }
    if settings.image_pull_secrets:
        pod["imagePullSecrets"] = [{"name": name} for name in settings.image_pull_secrets]
    if settings.node_selector:
        pod["nodeSelector"] = dict(settings.node_selector)
    if settings.tolerations:
        pod["tolerations"] = [dict(item) for item in settings.tolerations]
    annotations = {CREDENTIALS_MARK: mark}
    known = mark != UNKNOWN
    annotations[TEMPLATE_MARK] = _digest([pod_labels(settings), annotations, pod]) if known else UNKNOWN
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": _metadata(settings, unit.deployment, settings.namespace),
        "spec": {
            # Two controllers would overwrite each other's changes in a partition, so there is never more than one, not
            # even during an update.
            "replicas": 1,
            "strategy": {"type": "Recreate"},
            "selector": {"matchLabels": selector},
            "template": {
                "metadata": {"labels": selector | pod_labels(settings), "annotations": annotations},
                "spec": pod,
            },
        },
    }


def _container(settings: Settings, unit: Unit) -> Definition:
    ready = "/ready" if settings.mode == CRD else "/health"
    container: Definition = {
        "name": "k8s-bigip-ctlr",
        "image": settings.image,
        "imagePullPolicy": settings.image_pull_policy,
        "command": [PROGRAM],
        "args": arguments(settings, unit.url),
        "env": [{"name": "TZ", "value": settings.timezone}],
        "ports": [{"name": "health", "containerPort": HEALTH_PORT, "protocol": "TCP"}],
        "readinessProbe": _probe(ready, initialDelaySeconds=2, periodSeconds=5),
        "livenessProbe": _probe("/health", initialDelaySeconds=15, periodSeconds=15),
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": settings.read_only_root,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [
            {"name": "bigip-login", "mountPath": CREDENTIALS, "readOnly": True},
            {"name": "tmp", "mountPath": "/tmp"},
        ],
    }
    if settings.resources:
        container["resources"] = dict(settings.resources)
    return container


def _probe(path: str, **times: int) -> Definition:
    return {"httpGet": {"path": path, "port": "health"}, "timeoutSeconds": 5, "failureThreshold": 3, **times}
