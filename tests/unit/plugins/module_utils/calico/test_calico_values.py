# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico import kinds, schema, values
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("120s", "2m0s"),
        ("2m", "2m0s"),
        ("60s", "1m0s"),
        ("1h", "1h0m0s"),
        ("0", "0s"),
        ("0s", "0s"),
        ("1.5s", "1.5s"),
        ("90m", "1h30m0s"),
        ("250ms", "250ms"),
        ("1m30s", "1m30s"),
        ("45s", "45s"),
        ("1us", "1µs"),
    ],
)
def test_durations(text, canonical):
    assert values.go_duration(values.duration(text)) == canonical


@pytest.mark.parametrize("wrong", ["", "120", "2 m", "s", "1x", "1m 2s", None, True, 1.5, "-"])
def test_what_is_not_a_duration(wrong):
    with pytest.raises(ValueError, match="duration"):
        values.duration(wrong)


@given(st.integers(0, 10**18))
def test_a_printed_duration_reads_back(nanoseconds):
    again = values.duration(values.go_duration(nanoseconds))
    assert abs(again - nanoseconds) <= max(1, nanoseconds // 10**14)


def test_networks():
    assert values.network("10.244.0.0/16") == "10.244.0.0/16"
    assert values.network("FD00:0::/64") == "fd00::/64"
    with pytest.raises(ValueError, match=r"host bits set; the network is 10\.244\.0\.0/16"):
        values.network("10.244.3.7/16")
    for wrong in ("10.244.0.0", "x/8", "", "10.0.0.0/33"):
        with pytest.raises(ValueError, match="no network|not a network"):
            values.network(wrong)


def test_versions():
    assert values.version("v3.28.5") == values.version("3.28.0-0.dev") == (3, 28)
    assert values.version("") is values.version(None) is values.version("master") is None


def test_kinds_by_every_name():
    for word in ("BGPPeer", "bgppeer", "bgppeers", "bgpp", " BGPPEER "):
        assert kinds.lookup(word).name == "BGPPeer"
    assert kinds.lookup("globalnetworkpolicies").name == "GlobalNetworkPolicy"
    with pytest.raises(ValueError, match="calico_bgp_status"):
        kinds.lookup("CalicoNodeStatus")
    with pytest.raises(ValueError, match="use one of BGPConfiguration"):
        kinds.lookup("Nope")


def test_what_others_refer_to_is_written_first():
    order = {name: kind.order for name, kind in kinds.KINDS.items()}
    assert order["BGPFilter"] < order["Node"] < order["BGPConfiguration"] < order["BGPPeer"]


def test_walk():
    spec = {"a": {"b": [{"c": 1}, {"d": 2}, {"c": 3}]}, "l": ["x"]}
    assert [(value, place) for _box, _key, value, place in schema.walk(spec, "a.b[].c")] == [
        (1, "a.b[0].c"),
        (3, "a.b[2].c"),
    ]
    assert [place for *_rest, place in schema.walk(spec, "l[]")] == ["l[0]"]
    for path in ("none", "a[]", "l.x", "a.b.c"):
        assert list(schema.walk(spec, path)) == []
