# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""f5-sdk against a simulator: its session, and a pool from creation to deletion.

Run as a program, against that of the lab: ``BIGIP_PASSWORD=… python sdk_session.py ADDRESS PORT CA``.
"""

from __future__ import annotations

import os
import sys

from f5.bigip import ManagementRoot


def connect(host: str, port: int, password: str, ca: str, token: bool | str = True) -> ManagementRoot:
    """REQUESTS_CA_BUNDLE and CURL_CA_BUNDLE must not be set: requests would take them before ``ca``."""
    return ManagementRoot(host, "admin", password, port=port, token=token, verify=ca)


def pool_from_creation_to_deletion(root: ManagementRoot) -> None:
    pools = root.tm.ltm.pools.pool
    pool = pools.create(name="clients_sdk", partition="Common", monitor="/Common/http")
    member = pool.members_s.members.create(name="192.0.2.7:80", partition="Common")
    assert member.address == "192.0.2.7"
    pool.loadBalancingMode = "least-connections-member"
    pool.update()
    pool.refresh()
    assert pool.loadBalancingMode == "least-connections-member"
    assert [each.name for each in pool.members_s.get_collection()] == ["192.0.2.7:80"]
    generation = pool.generation
    for _twice in range(2):
        pool.modify(description="x")
    assert pools.load(name="clients_sdk", partition="Common").generation == generation + 1, "the second is no change"
    member.delete()
    pool.delete()
    assert not pools.exists(name="clients_sdk", partition="Common")
    root.tm.ltm.nodes.node.load(name="192.0.2.7", partition="Common").delete()


if __name__ == "__main__":
    session = connect(sys.argv[1], int(sys.argv[2]), os.environ["BIGIP_PASSWORD"], sys.argv[3])
    pool_from_creation_to_deletion(session)
    print(session.tmos_version, len(session.tm.net.selfips.get_collection()))
