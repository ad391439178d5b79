# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Classification of calicoctl's error messages.

calicoctl exits 1 for everything (2 is a Go panic), writes some failures to standard output and others to
standard error, and begins them with a lower-case letter since v3.31. So both streams are read, without
regard to case. Source: ``libcalico-go/lib/errors`` and runs of v3.28.5 against unreachable, locked and
broken datastores.
"""

from __future__ import annotations

import re
import typing as t

# Code -> (pattern, what to do about it). In order of precedence: an error that hides others comes first.
_CLASSES: t.Sequence[tuple[str, str, str]] = (
    (
        "version_mismatch",
        r"version mismatch\.\s*client version",
        "use the calicoctl of the cluster's release, or set allow_version_mismatch: true (it may lose new fields)",
    ),
    (
        "tls",
        r"x509:|tls: |certificate signed by unknown authority|server gave http response to https client",
        "the API server's certificate is not trusted: check the CA in the kubeconfig and the server's name",
    ),
    (
        "unauthorised",
        r"connection is unauthorized|unauthorized|is forbidden|etcdserver: (?:authentication|permission|invalid auth)",
        "the credentials are not accepted or lack rights on crd.projectcalico.org: check kubeconfig, context and RBAC",
    ),
    (
        "refused",
        r"connection refused",
        "nothing listens at that address: check the server in the kubeconfig (or etcd_endpoints) and that it runs",
    ),
    (
        "unreachable",
        r"no route to host|network is unreachable|connection reset|i/o timeout|no such host|unexpected eof"
        r"|tls handshake timeout|context deadline exceeded|etcdserver: request timed out|broken pipe"
        r"|client rate limiter wait|server is currently unable|too many requests|http2: ",
        "the datastore is not reachable from this host: check the route, the firewall and the server's health",
    ),
    (
        "kubeconfig",
        r"no configuration has been provided|invalid configuration|error loading config file|error reading config file"
        r"|syntax error in|context \"[^\"]*\" does not exist|stat [^:]*: no such file"
        r"|failed to create calico api client|no etcd endpoints specified|unknown datastore type",
        "there is no usable connection: give kubeconfig (and context), or datastore_type etcdv3 with etcd_endpoints",
    ),
    (
        "not_installed",
        r"the server could not find the requested resource|no matches for kind",
        "Calico's resource definitions are not in this cluster: is Calico installed, and is this the right cluster?",
    ),
    (
        "validation",
        r"error with field|error with the following fields|error parsing document|unknown resource type"
        r"|is not supported|unrecognized output|invalid option|failed to parse datastore entry"
        r"|field in document is not recognized|resource name may not be empty|no resources specified",
        "the datastore rejects the value: correct it; retrying does not help",
    ),
    ("conflict", r"update conflict", "the object was changed by another client at the same time"),
    ("exists", r"resource already exists", "the object was created by another client at the same time"),
    ("not_found", r"resource does not exist", "the object does not exist (any more)"),
    ("privileges", r"need super user privileges", "this command reads BIRD's socket and needs root on the node"),
    ("no_calico_node", r"calico process is not running", "calico-node is not running on this host"),
    ("usage", r"^usage:|unknown command", "this calicoctl does not know the command: which release is it?"),
)
_COMPILED = [(code, re.compile(pattern, re.IGNORECASE | re.MULTILINE), hint) for code, pattern, hint in _CLASSES]
_HINTS = {code: hint for code, _pattern, hint in _CLASSES}
_HINTS.update(
    {
        "no_binary": "install calicoctl of the cluster's release on this host, or name it with calicoctl_path",
        "timeout": "the datastore did not answer in time; check that it is reachable, or raise timeout",
        "crash": "calicoctl itself crashed on this input",
        "output": "unexpected output of calicoctl; check that calicoctl_path names the right program",
        "unknown": "this collection does not know this message of calicoctl",
    }
)

# Only these may be temporary. A rejected value stays rejected.
RETRYABLE = frozenset({"conflict", "exists", "refused", "unreachable"})


class CalicoError(Exception):
    """A failure of calicoctl, classified.

    ``code`` is one of the classes of this module, ``codes`` every class that the text names, ``detail`` the
    program's own message, ``hint`` what to do.
    """

    def __init__(self, code: str, detail: str, command: str = "", codes: t.Iterable[str] = ()) -> None:
        self.code = code
        self.codes = frozenset(codes) or frozenset({code})
        self.detail = detail.strip()
        self.command = command
        self.hint = _HINTS.get(code, _HINTS["unknown"])
        super().__init__(str(self))

    @property
    def retryable(self) -> bool:
        """Whether a retry can help: only if there is no other error."""
        return self.codes <= RETRYABLE

    def __str__(self) -> str:
        detail = f": {self.detail}" if self.detail else ""
        command = f"{self.command}: " if self.command else ""
        return f"{command}{self.code.replace('_', ' ')}{detail} ({self.hint})"


def classify(stdout: str, stderr: str, return_code: int, command: str = "") -> CalicoError:
    """The error in the output, from both streams.

    Call it only when something failed; text that names no class becomes ``unknown``.
    """
    text = "\n".join(part.strip() for part in (stderr, stdout) if part.strip())
    if return_code == 2 and "panic:" in text:
        return CalicoError("crash", text[text.index("panic:") :].splitlines()[0], command)
    if return_code < 0:
        return CalicoError("crash", f"ended by signal {-return_code}", command)
    codes = [code for code, pattern, _hint in _COMPILED if pattern.search(text)]
    if "kubeconfig" in codes and codes[0] != "kubeconfig":
        codes.remove("kubeconfig")  # 'failed to create Calico API client: x509: …' is about the certificate
    if "unreachable" in codes and "refused" in codes:
        codes.remove("unreachable")
    if not codes:
        return CalicoError("unknown", text or f"exit code {return_code} without output", command)
    return CalicoError(codes[0], text, command, codes)


def failed(stdout: str, stderr: str, return_code: int) -> bool:
    """Whether a run failed; an exit code of 0 is not sufficient."""
    return return_code != 0 or bool(_LATE.search(stderr)) or bool(_LATE.search(stdout))


_LATE = re.compile(r"^(?:partial success|hit error|failed to|panic:)", re.IGNORECASE | re.MULTILINE)
