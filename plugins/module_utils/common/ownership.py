# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which objects of a cluster this collection manages, and the mark in descriptions of BIG-IP neighbors.

An object carries the mark, with the name of its fabric, if this collection created it. Only such objects are removed or
replaced; in any other object, a run changes only what the inventory names. Earlier releases marked objects without the
fabric, which is then known by the names that the object uses.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

LABEL = "app.kubernetes.io/managed-by"
OWNER = "podroute.calico_f5"
FABRIC_LABEL = "app.kubernetes.io/part-of"
OPERATOR = "tigera-operator"  # the same label's value on objects of the Tigera operator
MARK: Mapping[str, str] = {LABEL: OWNER}
SELECTOR = f"{LABEL}={OWNER}"
# Graceful restart of a peer whose description ends with this was switched off, even if the device does not print that.
NO_GRACEFUL_RESTART = "no graceful restart"


def owner_of(resource: Mapping[str, Any]) -> str:
    """The program named by the resource's label, or an empty string."""
    return str(((resource.get("metadata") or {}).get("labels") or {}).get(LABEL) or "")


def is_managed(resource: Mapping[str, Any]) -> bool:
    """Whether this collection created the resource, for whichever fabric."""
    return owner_of(resource) == OWNER


def mark_of(owner: str, fabric: str = "") -> dict[str, str]:
    """The labels of what ``owner`` creates for a fabric."""
    return {**({LABEL: owner} if owner else {}), **({FABRIC_LABEL: fabric} if owner and fabric else {})}


def marked_fabric(resource: Mapping[str, Any]) -> str:
    """The fabric that the resource's label names, or an empty string."""
    return str(((resource.get("metadata") or {}).get("labels") or {}).get(FABRIC_LABEL) or "")


_NAMED = re.compile(r"(.+)-(?:vips-only|own-routes-only|reflect-vips)")


def fabric_of(resource: Mapping[str, Any]) -> str:
    """The fabric of a marked resource: its label, else that of the names which it has or uses; empty if none does."""
    # Filters have names of their fabric, and so have the peers that use them.
    names = [resource["metadata"]["name"], *((resource.get("spec") or {}).get("filters") or ())]
    found = (match[1] for name in names if (match := _NAMED.fullmatch(str(name))))
    return marked_fabric(resource) or next(found, "")


def is_part_of(resource: Mapping[str, Any], fabrics: Sequence[str], owner: str = OWNER) -> bool:
    """Whether ``owner`` created the resource for the first of these fabrics. Without fabrics, the owner alone counts.

    What has no label of a fabric belongs to those whose names it uses. A peer of route reflectors without such a name
    was handed over to the fabric that asks.
    """
    if not owner or owner_of(resource) != owner:
        return False
    if not fabrics or marked_fabric(resource):
        return not fabrics or marked_fabric(resource) == fabrics[0]
    name = fabric_of(resource)
    return name in fabrics or (not name and not peer_address(resource))


def peer_address(peer: Mapping[str, Any]) -> str:
    """The address of a BGPPeer without its port, empty for one with a peerSelector."""
    return str((peer.get("spec") or {}).get("peerIP") or "").partition(":")[0]


def secret_of(peer: Mapping[str, Any]) -> str:
    """The name of the Secret with the password of a BGPPeer, or an empty string."""
    return str((((peer.get("spec") or {}).get("password") or {}).get("secretKeyRef") or {}).get("name") or "")


def former_names(addresses: Collection[str], peers: Iterable[Mapping[str, Any]]) -> list[str]:
    """By which names objects of a fabric are known that earlier releases marked without it.

    They are those that its peers with the former mark use; empty text if such a peer uses none.

    :param addresses: of its BIG-IPs
    """
    former = (peer for peer in peers if is_managed(peer) and not marked_fabric(peer))
    return list(dict.fromkeys(fabric_of(peer) for peer in former if peer_address(peer) in addresses))
