# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""AS numbers in every notation that users, YAML, BIG-IPs and Calico have for them."""

from __future__ import annotations

import pytest
import yaml
from ansible_collections.podroute.calico_f5.plugins.module_utils.common import as_number
from hypothesis import given
from hypothesis import strategies as st

HIGHEST = 2**32 - 1


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("'64512'", 64512), ("64512", 64512), ("' 64512 '", 64512), ("'3356'", 3356), ("'1.10'", 65546),
        ("'0.1'", 1), ("'65000.100'", 4259840100), ("4200000000", 4200000000), ("'4294967294'", HIGHEST - 1),
    ],
)  # fmt: skip
def test_what_a_user_may_write_in_yaml(written: str, number: int) -> None:
    assert as_number.parse(yaml.safe_load(written)) == number


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("064512", "YAML reads 064512 as 26954"),
        ("1:10", "1:10 as 70"),
        ("3356", "put a public AS number in quotes"),
        ("65000.100", "YAML reads 65000.100 as 65000.1"),
        ("64512.0", "YAML reads"),
        ("'23456'", "AS_TRANS"),
        ("23456", "AS_TRANS"),
        ("'65535'", "reserved"),
        ("65535", "reserved"),
        ("'0'", "reserved"),
        ("'4294967295'", "reserved"),
        ("'65535.65535'", "reserved"),
        ("-64512", ""),
        ("4294967296", ""),
        ("'4294967296'", ""),
        ("'65536.1'", ""),
        ("'1.65536'", ""),
        ("'064512'", ""),
        ("AS64512", ""),
        ("'64512,64513'", ""),
        ("1.2.3", ""),
        ("'６４５１２'", ""),
        ("'٦٤'", ""),
        ("yes", ""),
        ("null", ""),
        ("[64512]", ""),
        ("{as: 64512}", ""),
    ],
)
def test_what_is_not_valid(written: str, reason: str) -> None:
    value = yaml.safe_load(written)
    with pytest.raises(as_number.InvalidAsNumber) as caught:
        as_number.parse(value)
    wanted = f'{value!r} is not a valid AS number: use 1-4294967295 or asdot notation in quotes ("65000.1")'
    assert str(caught.value).startswith(wanted) and reason in str(caught.value)


@pytest.mark.parametrize("reported", ["64512", 64512, "26954", 70, "1.10", HIGHEST])
def test_what_a_device_reports_is_not_judged(reported: object) -> None:
    assert as_number.read(reported) > 0


@pytest.mark.parametrize("reported", [0, -1, 2**32, True, 1.1, None, "", "x", "1.65536", []])
def test_what_no_device_reports(reported: object) -> None:
    with pytest.raises(ValueError, match="is not a valid AS number"):
        as_number.read(reported)


@pytest.mark.parametrize("number", [64512, 3356, "65001", "1.10"])
def test_manifests_have_integers(number: object) -> None:
    assert as_number.from_manifest(number) == as_number.read(number)


@pytest.mark.parametrize("number", [yaml.safe_load("064512"), yaml.safe_load("04200000000"), 23456, "65535", 65000.1])
def test_what_no_manifest_means(number: object) -> None:
    with pytest.raises(ValueError, match="is not a valid AS number"):
        as_number.from_manifest(number)


@given(st.integers(1, HIGHEST))
def test_both_notations_mean_the_same(number: int) -> None:
    assert as_number.read(str(number)) == as_number.read(f"{number >> 16}.{number & 0xFFFF}") == number


@given(st.one_of(st.text(), st.floats(), st.binary(), st.none(), st.integers()))
def test_anything_else_is_a_value_error(value: object) -> None:
    for function in (as_number.parse, as_number.read, as_number.from_manifest):
        try:
            assert 1 <= function(value) <= HIGHEST
        except ValueError:
            pass


@pytest.mark.parametrize(
    ("number", "documentation", "four_octets"),
    [(64495, False, False), (64496, True, False), (64511, True, False), (64512, False, False), (65535, False, False),
     (65536, True, True), (65551, True, True), (65552, False, True)],
)  # fmt: skip
def test_kinds_of_numbers(number: int, documentation: bool, four_octets: bool) -> None:
    assert as_number.is_documentation(number) is documentation
    assert as_number.needs_four_octets(number) is four_octets
