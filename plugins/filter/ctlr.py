# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filters of the role bigip_ctlr: thin covers over plugins/module_utils/cis. Each has its own .yml of words."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.podroute.calico_f5.plugins.module_utils.cis import (
    cluster,
    leftovers,
    logs,
    manifests,
    proof,
)
from ansible_collections.podroute.calico_f5.plugins.module_utils.cis import rollout as pods
from ansible_collections.podroute.calico_f5.plugins.module_utils.cis.check_settings import settings_problems
from ansible_collections.podroute.calico_f5.plugins.module_utils.cis.check_virtuals import virtual_problems
from ansible_collections.podroute.calico_f5.plugins.module_utils.cis.settings import Settings
from ansible_collections.podroute.calico_f5.plugins.module_utils.cis.virtuals import virtual_objects

Object = Mapping[str, Any]
CREDENTIALS = ("username", "password", "url")


def ctlr_problems(variables: Object, networks: Object, host: str) -> list[str]:
    """What is wrong with the role's variables."""
    settings = Settings.read(variables)
    return [
        str(problem) for problem in (*settings_problems(settings, host), *virtual_problems(settings, networks, host))
    ]


def ctlr_cluster_problems(
    variables: Object, services: Iterable[Object], endpoints: Iterable[Object], host: str
) -> list[str]:
    """What the cluster lacks for the virtual servers."""
    return [str(p) for p in cluster.cluster_problems(Settings.read(variables), services, endpoints, host)]


def ctlr_secret(variables: Object, username: str, password: str) -> dict[str, Any]:
    """The Secret with the BIG-IP's user and password."""
    return manifests.secret(Settings.read(variables), username, password)


def ctlr_credentials_mark(data: Object, uid: str | None) -> str:
    """A mark that changes with the credentials and tells nothing of them.

    It is keyed with the Secret's uid, which only those learn who may read the Secret as well: without it, whoever
    sees the Deployment could try passwords against the mark.
    """
    if not uid:
        return manifests.UNKNOWN
    content = json.dumps({key: data[key] for key in CREDENTIALS if data.get(key)}, sort_keys=True)
    return hmac.new(uid.encode(), content.encode(), hashlib.sha256).hexdigest()[:16]


def ctlr_secret_text(secret: Object) -> dict[str, str]:
    """The values of a Secret as text."""
    return {key: base64.b64decode(value).decode() for key, value in (secret.get("data") or {}).items()}


def ctlr_objects(variables: Object, credentials_mark: str) -> list[dict[str, Any]]:
    """All Kubernetes objects but the Secret."""
    settings = Settings.read(variables)
    return [*manifests.installation(settings, credentials_mark), *virtual_objects(settings)]


def ctlr_stale(existing: Iterable[Object], wanted: Iterable[Object]) -> list[dict[str, Any]]:
    """Those of the existing objects that are not wanted any more, as references for a removal."""
    return leftovers.stale(existing, wanted)


def ctlr_unlabelled(
    services: Iterable[Object], variables: Object, existing: Iterable[Object], wanted: Iterable[Object]
) -> list[dict[str, Any]]:
    """Services with labels for AS3 of this role that are not wanted any more, as they shall be applied."""
    partitions = leftovers.all_partitions(existing, Settings.read(variables))
    return leftovers.unlabelled(services, wanted, partitions)


def ctlr_left_partitions(existing: Iterable[Object], variables: Object) -> list[str]:
    """Partitions of an earlier mode, to be emptied before the controller starts in its new one."""
    return leftovers.left_partitions(existing, Settings.read(variables))


def ctlr_partitions(existing: Iterable[Object], variables: Object) -> list[str]:
    """All partitions that the controller fills, or filled."""
    return leftovers.all_partitions(existing, Settings.read(variables))


def ctlr_rollout(found: Iterable[Object], definitions: Iterable[Object]) -> dict[str, Any]:
    """How the rollout of the Deployment among the definitions goes."""
    return pods.rollout(found, _template_mark(definitions))


def ctlr_earlier_pods(found: Iterable[Object], definitions: Iterable[Object]) -> list[str]:
    """Names of pods that an earlier Deployment than the one among the definitions made."""
    return pods.earlier(found, _template_mark(definitions))


def ctlr_log_findings(log: str, variables: Object) -> list[dict[str, Any]]:
    """What the controller's log complains of, in words."""
    settings = Settings.read(variables)
    facts = {
        "secret": f"{settings.namespace}/{settings.secret}",
        "partition": settings.partition,
        "url": settings.bigip_url,
        "account": f"{settings.namespace}/{settings.service_account}",
        "version": settings.version,
        "image": settings.image,
    }
    return logs.findings(log, facts)


def ctlr_sentence(finding: Object) -> str:
    """A complaint of the log as one sentence, with the line that shows it."""
    return f"{finding['words']} (log: {finding['line']})"


def ctlr_missing(
    variables: Object,
    services: Iterable[Object],
    endpoints: Iterable[Object],
    observed: Iterable[Object],
    existed: Iterable[Object] = (),
    addresses: Iterable[Object] = (),
) -> list[str]:
    """What the BIG-IP does not hold as the virtual servers ask for it."""
    return proof.missing(Settings.read(variables), services, endpoints, observed, existed, addresses)


def ctlr_announced(variables: Object) -> list[dict[str, Any]]:
    """The VIPs whose route advertisement is given, each once, as bigip_virtual_address takes them."""
    settings = Settings.read(variables)
    found = {
        (settings.partition_of(virtual), virtual.address): virtual.route_advertisement
        for virtual in settings.virtual_servers
        if virtual.route_advertisement
    }
    return [
        {"address": address, "partition": partition, "route_advertisement": word}
        for (partition, address), word in found.items()
    ]


def _template_mark(definitions: Iterable[Object]) -> str:
    (deployment,) = [item for item in definitions if item["kind"] == "Deployment"]
    return deployment["spec"]["template"]["metadata"]["annotations"][manifests.TEMPLATE_MARK]


class FilterModule:
    """The filters, as Ansible looks for them."""

    def filters(self) -> dict[str, Any]:
        return {
            filter_.__name__: filter_
            for filter_ in (
                ctlr_problems,
                ctlr_cluster_problems,
                ctlr_secret,
                ctlr_secret_text,
                ctlr_credentials_mark,
                ctlr_objects,
                ctlr_stale,
                ctlr_unlabelled,
                ctlr_left_partitions,
                ctlr_partitions,
                ctlr_rollout,
                ctlr_earlier_pods,
                ctlr_log_findings,
                ctlr_sentence,
                ctlr_missing,
                ctlr_announced,
            )
        }
