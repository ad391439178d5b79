# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every class of error, with the real program's words: v3.28 from recordings, v3.31 with its lower-case start."""

from __future__ import annotations

import pytest
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico import errors
from hypothesis import given
from hypothesis import strategies as st

API = "https://10.99.0.1:6443/apis/crd.projectcalico.org/v1"
GATE = "Unable to get Cluster Information to verify version mismatch: "
MISMATCH = (
    "Version mismatch.\nClient Version: v3.22.2\nCluster Version: v3.28.5\nUse --allow-version-mismatch to override.\n"
)

# (class, stdout, stderr), as recorded in tests/fixtures/calico/calicoctl_*.txt.
SAID = [
    (
        "kubeconfig",
        "Failed to create Calico API client: invalid configuration: no configuration has been provided, try "
        "setting KUBERNETES_MASTER environment variable",
        "",
    ),
    ("kubeconfig", "Failed to create Calico API client: stat /nonexistent/kc: no such file or directory", ""),
    (
        "kubeconfig",
        'Failed to create Calico API client: error loading config file "out/kcbad": yaml: line 1: did not '
        "find expected node content",
        "",
    ),
    ("kubeconfig", "Error reading config file: /nonexistent.cfg", ""),
    (
        "kubeconfig",
        "Failed to create Calico API client: syntax error in out/c.cfg: invalid config file: unknown APIVersion 'v1'",
        "",
    ),
    ("kubeconfig", 'Failed to create Calico API client: context "nope" does not exist', ""),
    ("kubeconfig", "Failed to create Calico API client: no etcd endpoints specified", ""),
    ("kubeconfig", "Failed to create Calico API client: unknown datastore type: foo", ""),
    (
        "refused",
        "",
        f'Failed to get resources: {GATE}Get "{API}/clusterinformations/default": dial tcp 10.99.0.1:6444: '
        "connect: connection refused\nUse --allow-version-mismatch to override.\n",
    ),
    (
        "refused",
        "",
        f"Failed to apply 'BGPPeer' resource: [Post \"{API}/bgppeers\": dial tcp 10.99.0.1:6444: connect: "
        "connection refused]",
    ),
    (
        "unreachable",
        "",
        f'Failed to get resources: {GATE}Get "{API}/clusterinformations/default": dial tcp '
        "10.99.0.77:6443: connect: no route to host\n",
    ),
    ("unreachable", "", f'Failed to get resources: Get "{API}/bgppeers": net/http: TLS handshake timeout'),
    (
        "tls",
        "",
        f'Failed to get resources: {GATE}Get "{API}/clusterinformations/default": tls: failed to verify '
        "certificate: x509: certificate signed by unknown authority\n",
    ),
    ("unauthorised", "", f"Failed to get resources: {GATE}connection is unauthorized: Unauthorized\n"),
    (
        "unauthorised",
        "",
        "Failed to get resources: connection is unauthorized: bgppeers.crd.projectcalico.org is "
        'forbidden: User "x" cannot list resource "bgppeers"',
    ),
    ("version_mismatch", "", MISMATCH),
    ("version_mismatch", "", "Failed to get resources: " + MISMATCH),
    (
        "validation",
        "Partial success: applied the first 2 out of 3 'BGPPeer' resources:",
        "Hit error(s): [error with field PeerIP = '10.0.0.999' (Reason: failed to validate Field: PeerIP because of "
        "Tag: IP:port )]",
    ),
    (
        "validation",
        "",
        "Failed to apply 'BGPPeer' resource: [error with the following fields:\n-  PeerIP = "
        "'172.16.40.202' (PeerIP field must be empty when PeerSelector is specified)\n]",
    ),
    (
        "validation",
        "",
        "Failed to execute command: error parsing document: field in document is not recognized or is in "
        "the wrong location: bogus",
    ),
    ("validation", "", "Failed to execute command: Unknown resource type (Nope) and/or version (projectcalico.org/v3)"),
    ("validation", "", "Failed to create 'Node' resource: [operation Create is not supported on Node(nosuch)]"),
    ("conflict", "", "Failed to apply 'BGPPeer' resource: [update conflict: BGPPeer(bigip1)]"),
    ("exists", "", "Failed to create 'BGPPeer' resource: [resource already exists: BGPPeer(bigip1)]"),
    (
        "not_found",
        "",
        "Failed to delete 'BGPPeer' resource: resource does not exist: BGPPeer(nosuch) with error: "
        'bgppeers.crd.projectcalico.org "nosuch" not found\n',
    ),
    ("not_found", "null", "resource does not exist: BGPPeer(nosuch) with error: <nil>"),
    ("not_installed", "", "Failed to get resources: the server could not find the requested resource"),
    ("privileges", "Need super user privileges: Operation not permitted", ""),
    ("no_calico_node", "", "Calico process is not running."),
    ("usage", "", 'Unknown command: "frobnicate"\nUsage:\n  calicoctl [options] <command> [<args>...]'),
    ("unknown", "", "Something that nobody has seen yet"),
]


def lower(text):
    """The texts of v3.31: every line that began with a capital begins with a small letter."""
    return "\n".join(line[:1].lower() + line[1:] for line in text.split("\n"))


@pytest.mark.parametrize(("code", "stdout", "stderr"), SAID)
@pytest.mark.parametrize("style", [str, lower], ids=["v3.28", "v3.31"])
def test_every_class(code, stdout, stderr, style):
    error = errors.classify(style(stdout), style(stderr), 1, "calicoctl apply")
    assert error.code == code
    assert error.hint in str(error) and "calicoctl apply" in str(error)
    assert error.detail


def test_what_may_be_tried_again():
    retryable = {code for code, out, err in SAID if errors.classify(out, err, 1).retryable}
    assert retryable == {"refused", "unreachable", "conflict", "exists"}
    both = "Hit error(s): [update conflict: BGPPeer(a), error with field PeerIP = 'x' (bad)]"
    assert not errors.classify("", both, 1).retryable, "a refused value stays refused"


def test_a_panic(sample):
    text = sample("calicoctl_apply_input_forms.txt")
    start = text.index("panic: runtime error")
    error = errors.classify("", text[start : start + 400], 2)
    assert error.code == "crash" and error.detail.startswith("panic: runtime error: invalid memory address")
    assert errors.classify("", "", -9).detail == "ended by signal 9"


def test_success_that_is_none():
    assert errors.failed("Partial success: applied the first 2 out of 3", "Hit error(s): []", 0)
    assert errors.failed("", "failed to apply 'x'", 0)
    assert not errors.failed("Successfully applied 1 'BGPPeer' resource(s)", "", 0)
    assert not errors.failed('{"items": [{"note": "failed to"}]}', "", 0)


@given(st.text(), st.text(), st.integers(-15, 3))
def test_any_text_has_a_class(stdout, stderr, code):
    assert errors.classify(stdout, stderr, code).code
