# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""f5-sdk as it comes from the registry, against the simulator: basic authentication and tokens."""

from __future__ import annotations

import pytest
import sdk_session
from icontrol.exceptions import iControlUnexpectedHTTPError


@pytest.fixture(params=[False, True, "tmos"], ids=["basic", "token", "tmos"])
def root(request, sdk):
    return sdk(request.param)


def test_version(root):
    assert root.tmos_version == "16.1.5.2"


def test_pool_from_creation_to_deletion(root):
    sdk_session.pool_from_creation_to_deletion(root)


def test_virtual_server_with_profiles_and_its_address(root):
    virtual = root.tm.ltm.virtuals.virtual.create(
        name="vs",
        partition="Common",
        destination="/Common/10.5.5.5:80",
        pool="/Common/legacy_pool",
        profiles=[{"name": "/Common/tcp"}, {"name": "/Common/http"}],
    )
    assert sorted(p.name for p in virtual.profiles_s.get_collection()) == ["http", "tcp"]
    address = root.tm.ltm.virtual_address_s.virtual_address.load(name="10.5.5.5", partition="Common")
    address.modify(routeAdvertisement="selective")
    address.refresh()
    assert address.routeAdvertisement == "selective"
    virtual.delete()
    assert not root.tm.ltm.virtual_address_s.virtual_address.exists(name="10.5.5.5", partition="Common")


def test_route_domain_self_ip_partition_and_db(root):
    domain = root.tm.net.route_domains.route_domain.load(name="0", partition="Common")
    domain.modify(routingProtocol=["BGP"])
    domain.refresh()
    assert domain.routingProtocol == ["BGP"]
    self_ip = root.tm.net.selfips.selfip.load(name="int_self", partition="Common")
    self_ip.modify(allowService=["tcp:179"])
    assert self_ip.allowService == ["tcp:179"]
    partition = root.tm.auth.partitions.partition.create(name="k8s")
    assert partition.defaultRouteDomain == 0
    partition.delete()
    variable = root.tm.sys.dbs.db.load(name="tmrouted.queryperiod")
    variable.modify(value="3")
    assert root.tm.sys.dbs.db.load(name="tmrouted.queryperiod").value == "3"


def test_bash_and_imish(root):
    root.tm.net.route_domains.route_domain.load(name="0", partition="Common").modify(routingProtocol=["BGP"])
    shown = root.tm.util.bash.exec_cmd("run", utilCmdArgs="-c 'imish -r 0 -e \"show running-config\"'")
    assert shown.commandResult.startswith("!\nno service password-encryption\n")
    silent = root.tm.util.bash.exec_cmd("run", utilCmdArgs="-c 'true'")
    assert "commandResult" not in silent.__dict__
    with pytest.raises(iControlUnexpectedHTTPError) as error:
        root.tm.util.bash.exec_cmd("run", utilCmdArgs='-c "imish')
    assert "quotes are not balanced" in str(error.value)


def test_save_and_upload(root, bigip, tmp_path):
    root.tm.sys.config.exec_cmd("save")
    assert bigip.device.settings.path("/config/bigip.json").exists()
    file = tmp_path / "candidate.txt"
    file.write_text("router bgp 64512\n")
    root.shared.file_transfer.uploads.upload_file(str(file))
    there = bigip.device.settings.path("/var/config/rest/downloads/candidate.txt")
    assert there.read_text() == "router bgp 64512\n"
    root.tm.util.unix_rm.exec_cmd("run", utilCmdArgs="/var/config/rest/downloads/candidate.txt")
    assert not there.exists()


def test_transactions(root):
    with pytest.raises(Exception, match="transaction failed"):
        change_two_pools(root, "legacy_pool")
    assert not root.tm.ltm.pools.pool.exists(name="first", partition="Common")
    change_two_pools(root, "second")
    assert root.tm.ltm.pools.pool.exists(name="first", partition="Common")


def change_two_pools(root, name):
    from f5.bigip.contexts import TransactionContextManager

    with TransactionContextManager(root.tm.transactions.transaction) as api:
        api.tm.ltm.pools.pool.create(name="first", partition="Common")
        api.tm.ltm.pools.pool.create(name=name, partition="Common")


def test_a_missing_object_is_an_error_with_the_answer(root):
    with pytest.raises(iControlUnexpectedHTTPError) as error:
        root.tm.ltm.pools.pool.load(name="none_such", partition="Common")
    assert error.value.response.status_code == 404
