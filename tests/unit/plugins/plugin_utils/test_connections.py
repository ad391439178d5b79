# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One definition of how a BIG-IP is reached."""

from __future__ import annotations

import pytest
from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip.module import connection_spec
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.problem import InventoryError
from ansible_collections.podroute.calico_f5.plugins.plugin_utils.connections import BIGIP_VARIABLES, bigip_connection


class Step:
    """What connections use of a step."""

    def __init__(self, **variables):
        self.variables = {"inventory_hostname": "bigip1"}
        self.given = variables

    def variable(self, name, default=None, host=None):
        assert host == "bigip1"
        value = self.given.get(name)
        if isinstance(value, Exception):
            raise value
        return default if value in (None, "") else value


def problems(**variables):
    with pytest.raises(InventoryError) as refused:
        bigip_connection(Step(**variables))
    return [str(problem) for problem in refused.value.problems]


def test_the_defaults():
    assert bigip_connection(Step(bigip_password="canary")) == {
        "server": "bigip1",
        "server_port": 443,
        "user": "admin",
        "password": "canary",
        "login_provider": "tmos",
        "validate_certs": True,
        "ca_path": None,
        "timeout": 30.0,
    }


def test_every_option_of_the_modules_has_a_variable():
    options = bigip_connection(Step(bigip_password="canary"))
    assert set(BIGIP_VARIABLES) == set(options) == set(connection_spec())


@pytest.mark.parametrize("written", [False, "false", "no", 0])
def test_validate_certs_false_is_honoured_and_needs_no_ca(written):
    options = bigip_connection(Step(bigip_password="canary", bigip_validate_certs=written, bigip_ca_path="/missing"))
    assert options["validate_certs"] is False and options["ca_path"] is None


def test_numbers_may_be_strings():
    options = bigip_connection(Step(bigip_password="canary", bigip_port="8443", bigip_timeout="5"))
    assert (options["server_port"], options["timeout"]) == (8443, 5.0)


def test_a_missing_ca_file_is_one_problem():
    assert problems(bigip_password="canary", bigip_ca_path="/missing/ca.pem") == [
        'bigip1: bigip_ca_path is "/missing/ca.pem"; expected a file with CA certificates in PEM '
        "(no such file on the Ansible controller)"
    ]


def test_a_ca_file_without_certificates(tmp_path):
    (tmp_path / "ca.pem").write_text("<html>")
    assert "contains no certificate" in problems(bigip_password="canary", bigip_ca_path=str(tmp_path / "ca.pem"))[0]


def test_all_problems_at_once_and_no_secret():
    found = problems(
        bigip_password=ValueError("canary"), bigip_port=70000, bigip_timeout="soon", bigip_validate_certs="perhaps"
    )
    assert [line.split()[1] for line in found] == [
        "bigip_validate_certs", "bigip_port", "bigip_password", "bigip_timeout",
    ]  # fmt: skip
    assert "canary" not in "".join(found)


def test_a_password_is_required():
    assert problems() == ["bigip1: bigip_password is not set; expected the password of bigip_user"]
