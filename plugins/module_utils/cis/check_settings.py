# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is wrong with the role's variables, before anything is read or written. Pure; all problems at once."""

from __future__ import annotations

import ipaddress
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TypeVar
from urllib.parse import urlsplit

from ansible_collections.podroute.calico_f5.plugins.module_utils.cis import versions
from ansible_collections.podroute.calico_f5.plugins.module_utils.cis.settings import (
    AS3,
    CONFIGMAP,
    CRD,
    MODES,
    Settings,
)
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.problem import Problem, shown

POOL_MEMBER_TYPES = ("cluster", "nodeport", "nodeportlocal", "auto")
PARTITION = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*")
KUBERNETES_NAME = re.compile(r"(?=.{1,253}\Z)[a-z0-9]([-.a-z0-9]*[a-z0-9])?")

# Arguments that the role sets from its own variables.
OWN = {
    "agent": "bigip_ctlr_mode",
    "bigip-partition": "bigip_ctlr_partition",
    "bigip-url": "bigip_ctlr_bigip_url",
    "controller-mode": "bigip_ctlr_mode",
    "credentials-directory": "bigip_ctlr_secret",
    "custom-resource-mode": "bigip_ctlr_mode",
    "insecure": "bigip_ctlr_insecure",
    "log-level": "bigip_ctlr_log_level",
    "manage-configmaps": "bigip_ctlr_mode",
    "namespace": "bigip_ctlr_watch_namespaces",
    "pool-member-type": "bigip_ctlr_pool_member_type",
    "schema-db-base-dir": "bigip_ctlr_schema_dir",
    "trusted-certs-cfgmap": "bigip_ctlr_ca",
    "verify-interval": "bigip_ctlr_verify_interval",
}
SECRETS = ("bigip-username", "bigip-password", "gtm-bigip-username", "gtm-bigip-password")
TUNNELS = ("flannel-name", "openshift-sdn-name", "cilium-name")
STATIC_ROUTES = ("static-routing-mode", "shared-static-routes", "static-route-node-cidr")


def settings_problems(settings: Settings, host: str) -> list[Problem]:
    """Every problem of the controller's own settings; those of the virtual servers are in `check_virtuals`."""
    return [
        Problem(host, f"bigip_ctlr_{variable}", shown(value), expected)
        for variable, value, expected in _found(settings)
    ]


Found = Iterator[tuple[str, object, str]]  # variable without its prefix, value, what is expected


def _found(settings: Settings) -> Found:
    yield from _release(settings)
    yield from _bigip(settings)
    yield from _tls(settings)
    yield from _arguments(settings)
    if settings.pool_member_type not in POOL_MEMBER_TYPES:
        yield "pool_member_type", settings.pool_member_type, f"one of {', '.join(POOL_MEMBER_TYPES)}"
    elif settings.pool_member_type == "auto" and settings.mode != CRD:
        yield "pool_member_type", "auto", "cluster: the controller supports auto in mode crd only"
    if not settings.image:
        yield "image", settings.image, "an image of the controller"
    if settings.mode == CONFIGMAP and not re.fullmatch(r"v0\.1\.[0-7]", settings.schema):
        yield "schema", settings.schema, "v0.1.0 to v0.1.7, the schemas of legacy ConfigMaps"
    for name in ("namespace", "deployment", "service_account", "secret"):
        if not KUBERNETES_NAME.fullmatch(getattr(settings, name)):
            yield name, getattr(settings, name), "a Kubernetes name: lower-case letters, digits, '-' and '.'"
    if not settings.watch_namespaces:
        yield "watch_namespaces", [], "at least one namespace; an empty list would let the controller act on all"


def _release(settings: Settings) -> Found:
    if settings.mode not in MODES:
        yield "mode", settings.mode, f"one of {', '.join(MODES)}"
    try:
        release = settings.release
    except ValueError:
        yield "version", settings.version, "a release of k8s-bigip-ctlr such as 2.20.1"
        return
    if release < versions.OLDEST:
        yield "version", settings.version, f"{versions.shown(versions.OLDEST)} or later"
    needs = {AS3: versions.AS3_CONFIGMAPS, CRD: versions.CUSTOM_RESOURCES}.get(settings.mode)
    if needs and release < needs:
        yield (
            "mode",
            settings.mode,
            f"configmap with release {settings.version}, or bigip_ctlr_version {versions.shown(needs)} or later",
        )


def _bigip(settings: Settings) -> Found:
    url = urlsplit(settings.bigip_url)
    if url.scheme != "https" or not url.hostname or url.path not in ("", "/") or url.query or url.username:
        yield "bigip_url", settings.bigip_url, "https://ADDRESS or https://ADDRESS:PORT, without path or user"
    if settings.partition == "Common":
        yield (
            "partition",
            "Common",
            "a dedicated partition: the controller rejects Common, and deletes objects that it does not know",
        )
    elif not PARTITION.fullmatch(settings.partition):
        yield "partition", settings.partition, "a name that begins with a letter"


def _tls(settings: Settings) -> Found:
    try:
        release = settings.release
    except ValueError:
        return
    if settings.mode == CONFIGMAP:
        if not settings.insecure:
            yield (
                "insecure",
                False,
                "true, to accept that the certificate is not verified: the cccl driver, which legacy ConfigMaps need, "
                "cannot verify it (modes as3 and crd can)",
            )
        if settings.ca:
            yield "ca", "a certificate", "nothing: the cccl driver cannot verify certificates"
        return
    able = versions.VERIFIES_TLS_CUSTOM_RESOURCES if settings.mode == CRD else versions.VERIFIES_TLS_AS3
    if release < able and not settings.insecure:
        yield (
            "insecure",
            False,
            f"true, to accept that the certificate is not verified: in this mode that is possible from "
            f"{versions.shown(able)} on",
        )
    if settings.ca and settings.insecure:
        yield "ca", "a certificate", "nothing with bigip_ctlr_insecure=true, or bigip_ctlr_insecure=false"
    if settings.ca and "-----BEGIN CERTIFICATE-----" not in settings.ca:
        yield "ca", "no certificate", "the text of one or more PEM certificates"


def _arguments(settings: Settings) -> Found:
    try:
        release = settings.release
    except ValueError:
        return
    for name, value in settings.extra_args.items():
        where = f"extra_args[{name}]"
        if name in SECRETS:
            yield (
                where,
                "(hidden)",
                f"nothing: arguments are visible in process lists; Secret {settings.secret} holds the user and "
                "password",
            )
        elif name in OWN:
            yield where, value, f"nothing here: set {OWN[name]}"
        elif name in STATIC_ROUTES:
            yield (
                where,
                value,
                "nothing: static routes on the BIG-IP are an alternative to BGP and cannot be combined with it",
            )
        elif name in TUNNELS:
            yield where, value, "nothing: with BGP the BIG-IP uses no overlay and no tunnel"
        elif name not in versions.SINCE:
            if release <= versions.NEWEST_KNOWN:
                yield where, value, f"an argument of k8s-bigip-ctlr {settings.version}; this one does not exist"
        elif release < versions.SINCE[name]:
            yield (
                where,
                value,
                f"nothing with {settings.version}: the argument came with {versions.shown(versions.SINCE[name])}",
            )


def address_problem(text: str) -> str | None:
    """Why ``text`` is not a valid address of a virtual server, or None."""
    address, _percent, domain = str(text).partition("%")
    try:
        ipaddress.ip_address(address)
    except ValueError:
        return "an IP address, with %N for a route domain other than the partition's own"
    return None if not domain or domain.isdigit() else "a number after the percent sign"


T = TypeVar("T")


def twice(values: Iterable[T]) -> set[T]:
    """Values that occur more than once."""
    return {value for value, times in Counter(values).items() if times > 1}
