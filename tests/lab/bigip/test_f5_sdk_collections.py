# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every collection that f5-sdk knows is read, or refused with the device's 404, and the README says why."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from f5.bigip.resource import Collection, OrganizingCollection
from f5.sdk_exception import F5SDKError, UnregisteredKind
from icontrol.exceptions import iControlUnexpectedHTTPError

# f5-sdk's registry has these kinds broken over two lines, with blanks inside, and so does not know them. Those of the
# simulator are right: f5-appsvcs-extension (src/lib/map_mcp.js) has all three, and a BIG-IP 14.1.2.1 gave the
# last two (genieparser's fixtures).
MISNAMED = {"ltm/profile/classification", "ltm/profile/response-adapt", "ltm/profile/web-acceleration"}
README = Path(__file__).parents[3] / "lab" / "bigip" / "README.md"


def collections(place: Any) -> Iterator[Any]:
    """Those below an organizing collection of f5-sdk, by the attributes that it offers."""
    for each in place._meta_data.get("allowed_lazy_attributes", []):
        name = each.__name__
        below = getattr(place, name.lower(), None) or getattr(
            place, re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower(), None
        )
        if isinstance(below, Collection):
            yield below
        elif isinstance(below, OrganizingCollection):
            yield from collections(below)


def test_every_collection_is_read_or_refused_for_a_reason_that_is_listed(sdk: Callable[..., Any]) -> None:
    root = sdk()
    read, refused, misnamed = 0, set(), set()
    for each in collections(root.tm):
        path = each._meta_data["uri"].split("/mgmt/tm/")[1].strip("/")
        try:
            each.get_collection()
            read += 1
        except iControlUnexpectedHTTPError as error:
            assert error.response.status_code == 404, path
            refused.add(path)
        except UnregisteredKind as error:
            kind = str(error).split("'")[1]
            assert kind in {"".join(each.split()) for each in each._meta_data["attribute_registry"]}, path
            misnamed.add(path)
        except F5SDKError as error:
            assert "does not support" in str(error) or "UnsupportedOperation" in type(error).__name__, path
    assert read >= 70
    assert misnamed == MISNAMED
    listed = re.findall(r"`tm/([a-z-]+)/…`", README.read_text())
    assert sorted({path.partition("/")[0] for path in refused}) == sorted(listed)
