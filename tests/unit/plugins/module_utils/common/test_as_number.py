# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.podroute.calico_f5.plugins.module_utils.common import as_number
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("written", "number"),
    [("64512", 64512), (" 64512 ", 64512), (64512, 64512), ("1.10", 65546), ("0.1", 1), ("65535.65535", 2**32 - 1)],
)
def test_notations(written: object, number: int) -> None:
    assert as_number.parse(written) == number


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        (65000.1, "an unquoted number with a point is read as a fraction and loses its trailing zeros"),
        (64512.0, "an unquoted number with a point is read as a fraction and loses its trailing zeros"),
        (True, "a boolean is no AS number"),
        ("0", "0 is outside 1 to 4294967295"),
        ("0.0", "0 is outside 1 to 4294967295"),
        (-1, "-1 is outside 1 to 4294967295"),
        ("4294967296", "4294967296 is outside 1 to 4294967295"),
        ("65536.1", "each half of an asdot number is at most 65535"),
        ("AS64512", "neither asplain nor asdot"),
        ("1.2.3", "neither asplain nor asdot"),
        ("٦٤", "neither asplain nor asdot"),
        (None, "a NoneType is no AS number"),
        ([64512], "a list is no AS number"),
    ],
)
def test_refusals(written: object, reason: str) -> None:
    with pytest.raises(ValueError, match=f"^{reason}$"):
        as_number.parse(written)


@given(st.integers(1, 2**32 - 1))
def test_both_notations_mean_the_same(number: int) -> None:
    assert as_number.parse(str(number)) == as_number.parse(f"{number >> 16}.{number & 0xFFFF}") == number


@given(st.one_of(st.text(), st.floats(), st.binary(), st.none()))
def test_anything_else_is_a_value_error(value: object) -> None:
    try:
        assert 1 <= as_number.parse(value) < 2**32
    except ValueError:
        pass


def test_four_octets() -> None:
    assert not as_number.needs_four_octets(65535)
    assert as_number.needs_four_octets(65536)
