# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read one host's variables: each value is returned in its type, or a problem is recorded and ``None`` returned.

Variables come from YAML, INI or ``-e name=value``, so "30" is accepted as 30 and "yes" as True.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from ansible_collections.podroute.calico_f5.plugins.module_utils.common import as_number
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.problem import Problem, shown
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.unusable import UNUSABLE

_TRUE = frozenset({"true", "yes", "on", "1"})
_FALSE = frozenset({"false", "no", "off", "0"})
_DIGITS = re.compile(r"0|[1-9][0-9]{0,9}")
_IPV6 = re.compile(r"[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(%\w+)?")
ONLY_IPV4 = "the collection configures IPv4 only, and leaves IPv6 as it is"


class Variables:
    """The variables of one host, or of one entry in one of its lists.

    :param path: prefix of a name in messages: ``pod_pools[0].`` for the first pool
    """

    def __init__(self, host: str, values: Mapping[str, Any], problems: list[Problem], path: str = "") -> None:
        self.host = host
        self.values = values
        self.problems = problems
        self.path = path

    def problem(self, name: str, expected: str, value: str | None = None) -> None:
        """Record that variable ``name`` is not ``expected``; ``value`` is shown instead of its value."""
        held = shown(self.values.get(name)) if value is None else value
        self.problems.append(Problem(self.host, self.path + name, held, expected))

    def is_set(self, name: str) -> bool:
        """Whether the variable is set. An empty string counts as unset in an inventory."""
        return self.values.get(name) not in (None, "")

    def text(self, name: str, pattern: re.Pattern[str], expected: str, default: str | None = None) -> str | None:
        """A string that matches ``pattern`` as a whole."""
        if not self._given(name, expected, default):
            return default
        value = self.values[name]
        if isinstance(value, str) and pattern.fullmatch(value):
            return str(value)
        return self.problem(name, expected)

    def choice(self, name: str, among: Iterable[str], default: str) -> str | None:
        expected = f"one of {', '.join(among)}"
        value = self.values[name] if self.is_set(name) else default
        if isinstance(value, str) and value in among:
            return str(value)
        return self.problem(name, expected)

    def integer(self, name: str, low: int, high: int, unit: str = "", default: int | None = None) -> int | None:
        expected = f"a whole number from {low} to {high}{' ' if unit else ''}{unit}"
        if not self._given(name, expected, default):
            return default
        value = self.values[name]
        if isinstance(value, str) and _DIGITS.fullmatch(value):
            value = int(value)
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            return int(value)
        return self.problem(name, expected)

    def boolean(self, name: str, default: bool) -> bool | None:
        if not self.is_set(name):
            return default
        value = self.values[name]
        if isinstance(value, bool):
            return value
        word = str(value).lower()
        if word in _TRUE or word in _FALSE:
            return word in _TRUE
        return self.problem(name, "true or false")

    def as_number(self, name: str) -> int | None:
        expected = f"an AS number: {as_number.EXPECTED}"
        if not self._given(name, expected, None):
            return None
        try:
            number = as_number.parse(self.values[name])
        except as_number.InvalidAsNumber as error:
            return self.problem(name, f"an AS number: {error.expected}")
        if as_number.is_documentation(number):
            return self.problem(name, "your own or a private AS number: RFC 5398 reserves this one for documentation")
        return number

    def address(self, name: str, default: str | None = None, unusable: Mapping[str, str] | None = None) -> str | None:
        """An IPv4 address of one host, in its usual form.

        :param unusable: ranges that it is not in, with the reason; by default all that no host can have
        """
        expected = "an IPv4 address without a prefix length, such as 172.16.40.199"
        if not self._given(name, expected, default):
            return default
        text = str(self.values[name])
        if _IPV6.fullmatch(text):
            return self.problem(name, f"{expected}: {ONLY_IPV4}")
        try:
            address = IPv4Address(text)
        except ValueError:
            return self.problem(name, expected)
        for cidr, why in (UNUSABLE if unusable is None else unusable).items():
            if address in IPv4Network(cidr):
                return self.problem(name, f"the IPv4 address of a host, not one of {cidr}: {why}")
        return str(address)

    def network(self, name: str, value: Any = None) -> str | None:
        """An IPv4 network without host bits; ``value`` if it is an entry of a list and has no name."""
        value = self.values.get(name) if value is None else value
        expected = "an IPv4 network such as 10.244.0.0/16"
        text = value if isinstance(value, str) else ""
        address, slash, length = text.partition("/")
        if _IPV6.fullmatch(address):
            return self.problem(name, f"{expected}: {ONLY_IPV4}", shown(value))
        try:
            network = IPv4Network(text, strict=False)
        except ValueError:
            return self.problem(name, expected, shown(value))
        if not slash:
            return self.problem(name, f"a network with its prefix length: {text}/32 for one address", shown(value))
        if not _DIGITS.fullmatch(length):
            return self.problem(
                name, f"a prefix length after the slash, not a mask: {address}/{network.prefixlen}?", shown(value)
            )
        if IPv4Address(address) != network.network_address:
            return self.problem(name, f"{network}: the address has bits set after the prefix", shown(value))
        return str(network)

    def networks(self, name: str, required: bool) -> tuple[str, ...]:
        """A list of networks; invalid ones are recorded and left out."""
        entries = self._list(name, "a list of IPv4 networks", required)
        found = [self.network(f"{name}[{index}]", entry) for index, entry in enumerate(entries)]
        return tuple(network for network in found if network is not None)

    def names(self, name: str, expected: str) -> tuple[str, ...]:
        """A list of names; invalid ones are recorded and left out."""
        found = []
        for index, entry in enumerate(self._list(name, expected, required=False)):
            if isinstance(entry, str) and entry:
                found.append(str(entry))
            else:
                self.problem(f"{name}[{index}]", "a name", shown(entry))
        return tuple(found)

    def entries(self, name: str, known: Iterable[str], required: bool) -> list[Variables]:
        """A list of dicts, each as its own ``Variables``; keys that are not ``known`` are recorded."""
        known = tuple(known)
        expected = f"a list of entries with {', '.join(known)}"
        found = []
        for index, entry in enumerate(self._list(name, expected, required)):
            path = f"{self.path}{name}[{index}]"
            if not isinstance(entry, Mapping):
                self.problems.append(Problem(self.host, path, shown(entry), f"an entry with {', '.join(known)}"))
                continue
            found.append(Variables(self.host, entry, self.problems, f"{path}."))
            found[-1]._refuse_unknown(known)
        return found

    def entry(self, name: str, known: Iterable[str]) -> Variables | None:
        """A dict as its own ``Variables``; ``None`` if unset."""
        if not self.is_set(name):
            return None
        known = tuple(known)
        value = self.values[name]
        if not isinstance(value, Mapping):
            return self.problem(name, f"an entry with {', '.join(known)}")
        nested = Variables(self.host, value, self.problems, f"{self.path}{name}.")
        nested._refuse_unknown(known)
        return nested

    def _list(self, name: str, expected: str, required: bool) -> list[Any]:
        value = self.values.get(name)
        if value is None and not required:
            return []
        if not isinstance(value, (list, tuple)) or (required and not value):
            self.problem(name, expected)
            return []
        return list(value)

    def _given(self, name: str, expected: str, default: Any) -> bool:
        """Whether there is a value to read; a missing one without a default is a problem."""
        if self.is_set(name):
            return True
        if default is None:
            self.problem(name, expected, shown(None))
        return False

    def _refuse_unknown(self, known: tuple[str, ...]) -> None:
        for key in self.values:
            if key not in known:
                self.problem(str(key), f"one of {', '.join(known)} (unknown key)")

    def kind(self, name: str, wanted: type, expected: str) -> Any:
        """The value, unchanged, if it is an instance of ``wanted``."""
        value = self.values[name]
        return value if isinstance(value, wanted) else self.problem(name, expected)
