# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Known causes in the controller's log: login, certificates, partition, AS3, rights. Pure.

A line counts until a later one shows that the problem is over: a device that is restarting is not a failure.
The patterns match messages of k8s-bigip-ctlr 2.20, of F5's driver (f5-ctlr-agent, f5-cccl), and of the lab's driver.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Cause:
    """The meaning of a log line, and the later line that cancels it."""

    name: str
    line: re.Pattern[str]
    message: str
    over: re.Pattern[str] | None = None
    may_pass: bool = False


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.IGNORECASE)


_CONNECTED = _pattern(
    r"BIG-IP connection established|code: 20[02]\b.*success|\bsuccessfully fetched AS3 version|post resulted in SUCCESS"
)
CAUSES = (
    Cause(
        "login",
        _pattern(r"refuses the user or the password|\b401\b.*(unauthori[sz]ed|authentication|authn/login)"
                 r"|Unauthorized for url|(authentication|login) failed|status code: 401|code: 401\b"
                 r"|Got error : Unauthorized"),
        "the BIG-IP rejects the user or the password of the Secret {secret}",
        _CONNECTED,
    ),
    Cause(
        "certificate",
        _pattern(r"x509: |certificate verify failed|CERTIFICATE_VERIFY_FAILED|tls: failed to verify certificate"),
        "the certificate of the BIG-IP is not trusted: set bigip_ctlr_ca to its CA",
        _CONNECTED,
    ),
    Cause(
        "partition",
        _pattern(r"partition \S+ does not exist|01020036:3: The requested (folder|partition)"
                 r"|Folder \(/\S+\) was not found"),
        "the partition {partition} does not exist on the BIG-IP",
        _CONNECTED,
        may_pass=True,
    ),
    Cause(
        "as3",
        _pattern(r"AS3 RPM is not installed|appsvcs/info.*404|code: 404.*appsvcs"),
        "AS3 is not installed on the BIG-IP: install its package (3.18 or later), or use bigip_ctlr_mode=configmap",
    ),
    Cause(
        "declaration",
        _pattern(r"code: 422\b|declaration is invalid|code: 207\b|declaration failed|\[AS3\] Template is not valid"
                 r"|should not be used in ConfigMaps as a Tenant"),
        "the BIG-IP or the controller rejects the AS3 declaration",
        _CONNECTED,
    ),
    Cause(
        "unreachable",
        _pattern(r"(BIG-IP|bigip).*(connection refused|no route to host|timed out|i/o timeout|no such host|no answer)"
                 r"|BIG-IP connection error|dial tcp .*: (connect|i/o)"),
        "the BIG-IP cannot be reached at {url} from a pod: check that it is up and has a route to the pods",
        _CONNECTED,
        may_pass=True,
    ),
    Cause(
        "rights",
        _pattern(r"is forbidden: User|cannot (list|watch|get|update|patch|create) resource"),
        "the service account {account} lacks rights: this release may need more than the role grants",
        may_pass=True,
    ),
    Cause(
        "argument",
        _pattern(r"unknown (shorthand )?flag|invalid argument .* for .* flag"),
        "the image does not support an argument of bigip_ctlr_extra_args, or bigip_ctlr_version={version} is not the "
        "version of the image {image}",
    ),
    Cause(
        "nodeless",
        _pattern(r"getEndpointsForCluster"),
        "the controller crashed on Endpoints whose addresses have no node name, which is common for manually created "
        "Endpoints",
    ),
    Cause(
        "schema",
        _pattern(r"configMap is not valid, errors|does not match '\S+' that the controller watches"
                 r"|Could not (get config for|process) ConfigMap|no such file or directory.*bigip-virtual-server"),
        "the controller rejects a ConfigMap: see bigip_ctlr_schema and bigip_ctlr_schema_dir",
    ),
    Cause(
        "socket",
        _pattern(r"secure_cis\.sock.*address already in use"),
        "a crash left a socket in the pod: delete the pod once",
    ),
    Cause(
        "driver",
        _pattern(r"failed to start config driver|Config driver exited"),
        "the image has no working bigipconfigdriver.py, which the cccl agent needs",
    ),
)  # fmt: skip
_LONGEST = 300


def connected(log: str) -> bool:
    """Whether the controller has reached the BIG-IP and logged in."""
    return any(_CONNECTED.search(line) for line in log.splitlines())


def findings(log: str, facts: dict[str, str]) -> list[dict[str, Any]]:
    """`[{cause, message, line, may_pass}]`, each cause once, with the last line that shows it.

    `may_pass`: it may resolve itself while the role waits.

    :param log: the log in chronological order
    :param facts: `secret`, `partition`, `url`, `account`, `version`, `image` for the messages
    """
    last: dict[str, str] = {}
    for line in log.splitlines():
        for cause in CAUSES:
            if cause.over and cause.over.search(line):
                last.pop(cause.name, None)
        # The first match is the most specific: a rejected login is not an unreachable device.
        meant = next((cause for cause in CAUSES if cause.line.search(line)), None)
        if meant:
            last[meant.name] = line.strip()[:_LONGEST]
    return [
        {"cause": cause.name, "message": cause.message.format_map(facts), "line": last[cause.name],
         "may_pass": cause.may_pass}
        for cause in CAUSES
        if cause.name in last
    ]  # fmt: skip
