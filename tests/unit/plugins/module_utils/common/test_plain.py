# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nothing below an action or filter sees a type of Ansible's."""

from collections import UserDict, UserList

import ansible.template
import pytest
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.plain import plain


class Tagged(str):
    pass


class Count(int):
    pass


def exact(value):
    """Whether a value is made of exact built-in types only."""
    kind = type(value)
    if kind is dict:
        return all(exact(key) and exact(item) for key, item in value.items())
    if kind is list:
        return all(exact(item) for item in value)
    return kind in (str, int, float, bool, type(None))


def test_containers_and_strings_become_built_in_types():
    value = UserDict({Tagged("hosts"): UserList([Tagged("a"), Count(3), True, None, 1.5, ("x",), {"y"}, b"z"])})
    made = plain(value)
    assert exact(made)
    assert made == {"hosts": ["a", 3, True, None, 1.5, ["x"], ["y"], "z"]}


@pytest.mark.skipif(
    not hasattr(ansible.template, "trust_as_template"),
    reason="before ansible-core 2.19 templating returns built-in types: there is nothing to convert",
)
def test_what_the_templating_of_this_ansible_makes_becomes_plain():
    from ansible.parsing.dataloader import DataLoader
    from ansible.template import Templar, trust_as_template

    name, ports, more = (trust_as_template(text) for text in ("{{ 'a' ~ 1 }}", "{{ ports }}", "{{ more }}"))
    templar = Templar(DataLoader(), variables={"ports": [{"name": name}, 2], "more": {"k": ports}})
    made = plain(templar.template(more))
    assert exact(made)
    assert made == {"k": [{"name": "a1"}, 2]}


def test_an_undefined_variable_is_an_error():
    from jinja2 import StrictUndefined, UndefinedError

    with pytest.raises(UndefinedError):
        plain({"a": [StrictUndefined(name="vault_password")]})
