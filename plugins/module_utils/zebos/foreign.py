# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lines that the model does not cover: which of them a plan would remove, and how to restore them.

A command can remove more than its own line: ``no neighbor X`` removes every line about X in every address family, a new
``network P`` replaces ``network P backdoor``, ``no access-list N`` removes entries that the model does not cover.
Such a loss must be known before the first write.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from . import options, values
from .model import Config, Unmanaged
from .secrets import mask

ROUTER, IPV6 = "router bgp", "address-family ipv6"
_FAMILY = "address-family "
_BEFORE_NUMBER = (
    "access-group", "access-class", "distribute-list", "filter-list", "address", "next-hop", "peer", "list",
    "route-source",
)  # fmt: skip


def in_router(line: Unmanaged) -> bool:
    """Whether a line is part of ``router bgp``, in whichever address family."""
    return line.block == ROUTER or line.block.startswith(_FAMILY)


def subject(line: Unmanaged) -> str | None:
    """The neighbor or peer group that a line of ``router bgp`` configures."""
    words = _bare(line)
    return _canonical(words[1]) if in_router(line) and len(words) > 1 and words[0] == "neighbor" else None


def retyped(unmanaged: Iterable[Unmanaged], which: Callable[[Unmanaged], bool]) -> list[tuple[str, list[str]]]:
    """The lines of ``router bgp`` to send again, by block in the order of the text."""
    blocks: dict[str, list[str]] = {}
    for line in unmanaged:
        opens = line.text.startswith(_FAMILY) or line.text == "exit-address-family"
        if in_router(line) and not opens and which(line):
            blocks.setdefault(line.block, []).append(line.text)
    return list(blocks.items())


def lost(have: Config, commands: Iterable[str]) -> list[Unmanaged]:
    """The lines of ``have`` not covered by the model that these commands remove."""
    if not have.unmanaged:
        return []
    groups = {peer.name: peer.peer_group for peer in have.bgp.neighbors.values()} if have.bgp else {}
    # Lines of a neighbor are indexed by its name, because there may be many of both.
    places: dict[str, list[int]] = {}
    for index, line in enumerate(have.unmanaged):
        places.setdefault(subject(line) or "", []).append(index)
    left, block = set(range(len(have.unmanaged))), ""
    gone: set[int] = set()
    for command in commands:
        text, words = command.strip(), command.split()
        if text == "exit":
            block = ""
        elif text == "exit-address-family":
            block = ROUTER
        elif words[0] == "address-family":
            block = text
        again = {index for index in gone if _key(have.unmanaged[index]) == (_place(block), text)}
        gone, left = gone - again, left | again
        bare = words[1:] if words[0] == "no" else words
        names = [_canonical(bare[1])] if bare[0] == "neighbor" else [*places]
        if bare[0] == "neighbor" and words[0] == "no" and bare[2:] in ([], ["peer-group"]):
            if groups.pop(names[0], None) is None:  # a peer group goes with its members of that moment
                names += [name for name, group in groups.items() if group == names[0]]
        elif words[0] == "neighbor" and bare[2] == "peer-group" and len(bare) > 3:
            groups[names[0]] = bare[3]
        removes = _effect(bare, words[0] == "no", block, set(names))
        hit = {
            index for name in names for index in places.get(name, ())
            if removes and index in left - again and removes(have.unmanaged[index])
        }  # fmt: skip
        gone, left = gone | hit, left - hit
        if words[0] == "router":
            block = ROUTER
        elif words[0] == "route-map" and not block:
            block = text
    return [have.unmanaged[index] for index in sorted(gone)]


def _effect(bare: list[str], negated: bool, block: str, names: set[str]) -> Callable[[Unmanaged], bool] | None:
    """The lines that a command removes, given without ``no``; ``names`` are the neighbors concerned."""
    if not block:
        return _top_effect(bare) if negated else None
    if block.startswith("route-map"):
        head = _clause(bare)
        return lambda line: line.block == block and _clause(_bare(line)) == head
    if bare[0] == "neighbor" and negated and bare[2:] in ([], ["peer-group"]):
        return lambda line: subject(line) in names
    if bare[0] == "neighbor":
        same = _option(bare)
        return lambda line: line.block == block and subject(line) in names and _option(_bare(line)) == same
    if bare[0] in ("network", "aggregate-address", "redistribute"):
        head = (bare[0], _prefix(bare[1]))
        return lambda line: line.block == block and len(w := _bare(line)) > 1 and (w[0], _prefix(w[1])) == head
    return lambda line: line.block == block and _bare(line)[:2] == bare[:2] and len(bare) > 1


def _top_effect(bare: list[str]) -> Callable[[Unmanaged], bool] | None:
    if bare[:2] == ["router", "bgp"]:
        return in_router
    if bare[0] == "route-map":
        header = " ".join(bare)
        return lambda line: line.block == header or (len(bare) == 2 and line.block.startswith(header + " "))
    if bare[0] == "access-list" or (bare[0] in ("ip", "ipv6") and len(bare) == 3):
        return lambda line: not line.block and _bare(line)[: len(bare)] == bare
    return None


def _place(block: str) -> str:
    """A block without the action of a route map entry, which may change."""
    words = block.split()
    return " ".join([*words[:2], *words[3:]]) if block.startswith("route-map ") else block


def _key(line: Unmanaged) -> tuple[str, str]:
    return _place(line.block), line.text


def _bare(line: Unmanaged) -> list[str]:
    words = line.text.split()
    return words[1:] if words[0] == "no" else words


def _option(words: list[str]) -> object:
    """The identity of a neighbor option: a second line with the same identity replaces the first."""
    if words[2:4] == ["timers", "connect"]:
        return "timers connect"
    for row in options.OPTIONS:
        if row.arguments(words[2:]) is not None:
            return row.field
    return tuple(words[2:])


def _clause(words: list[str]) -> tuple[str, ...]:
    """The identity of a route map clause: everything except its argument."""
    if words[:2] in (["set", "community"], ["set", "as-path"], ["match", "community"]):
        return tuple(words[:2])
    return tuple(words[:-1])


def _canonical(word: str) -> str:
    return values.address(word) if values.is_address(word) else word.removeprefix(values.COMMON) or word


def _prefix(word: str) -> str:
    try:
        return values.prefix(word)
    except ValueError:
        return word


def missing(before: Config, after: Config) -> list[Unmanaged]:
    """The lines not covered by the model that were there before and are now missing.

    The device does not repeat for a member what its peer group has.
    """
    there = Counter(map(_key, after.unmanaged))
    found = []
    for line in before.unmanaged:
        key = _key(line)
        if there[key] > 0:
            there[key] -= 1
        elif (key[0], _of_group(line, after)) not in there:
            found.append(line)
    return found


def hidden(before: Config, now: Config, commands: Iterable[str]) -> list[str]:
    """The lines to type after commands that take a neighbor out of its group: its own ones that were also the group's,
    which the device does not repeat for a member."""
    rebuilt = {
        line.split()[2] for line in commands if line.strip().startswith("no neighbor ") and line.split()[3:] == []
    }
    there = set(map(_key, now.unmanaged))
    return [
        line.text
        for line in before.unmanaged
        if line.block == ROUTER and subject(line) in rebuilt and _key(line) not in there
        and (ROUTER, _of_group(line, now)) in there
    ]  # fmt: skip


def _of_group(line: Unmanaged, config: Config) -> str | None:
    """The line of the member's peer group that has the same effect."""
    name = subject(line)
    peer = config.bgp.neighbors.get(name) if config.bgp and name else None
    if peer is None or not peer.peer_group:
        return None
    words = line.text.split()
    words[words.index("neighbor") + 1] = peer.peer_group
    return " ".join(words)


def again(now: Config, before: Config, planned: Iterable[str] = ()) -> list[str]:
    """The commands that restore lines not covered by the model that are missing or that ``planned`` removes."""
    gone = missing(before, now)
    there, wanted = set(map(_key, gone)), set(map(_key, before.unmanaged))
    gone += [line for line in lost(now, planned) if _key(line) not in there and _key(line) in wanted]
    commands: list[str] = []
    for block in dict.fromkeys(line.block for line in gone):
        texts = [line.text for line in gone if line.block == block]
        texts = [text for text in texts if text != "exit-address-family" and not text.startswith(_FAMILY)]
        if not texts:
            continue
        inside = block == ROUTER or block.startswith(_FAMILY)
        if inside and before.bgp:
            commands.append(f"router bgp {before.bgp.as_number}")
        if block and block != ROUTER:
            commands.append(block)
        commands += texts
        if block.startswith(_FAMILY):
            commands.append("exit-address-family")
        if block:
            commands.append("exit")
    return commands


def problems(have: Config, target: Config, commands: Iterable[str]) -> list[str]:
    """Why a plan must not be sent: lines that it would remove although they are not to be removed."""
    return (
        [
            f"line {line.line}{f' ({line.block})' if line.block else ''}: {mask(line.text)!r} is not supported by "
            "this collection, and this change would remove it: remove the line first, or leave its object unchanged"
            for line in lost(have, commands)
            if not removed_with(have, target, line)
        ]
        + _mentions(have, target)
        + list(_external_only(have, target))
    )


def _external_only(have: Config, target: Config) -> Iterator[str]:
    """Lines that the device rejects for a neighbor that becomes internal."""
    was, then = have.bgp, target.bgp
    for line in have.unmanaged if was and then else ():
        name = subject(line)
        old, new = (bgp.peer(name) if bgp and name else None for bgp in (was, then))
        if was and then and old and new and "remove-private-AS" in line.text and not line.text.startswith("no "):
            if then.is_internal(new) and not was.is_internal(old):
                yield f"line {line.line}: {line.text!r} is not possible for an internal neighbor: remove it first"


def removed_with(have: Config, target: Config, line: Unmanaged) -> bool:
    """Whether a line belongs to an object that is no longer in the target."""
    if in_router(line):
        if target.bgp is None:
            return True
        name = subject(line)
        return bool(name and have.bgp and have.bgp.peer(name) and not target.bgp.peer(name))
    if line.block.startswith("route-map "):
        _word, name, _action, sequence = line.block.split()
        there = target.route_maps.get(values.name(name))
        return there is None or int(sequence) not in there.entries
    words = _bare(line)
    if words[0] == "access-list" and len(words) > 1:
        return _canonical(words[1]) not in target.access_lists
    if words[1:2] == ["prefix-list"] and len(words) > 2:
        return ("ipv4" if words[0] == "ip" else "ipv6", _canonical(words[2])) not in target.prefix_lists
    return False


def mentions(config: Config, names: Iterable[str]) -> list[tuple[Unmanaged, str]]:
    """The lines not covered by the model that use one of these lists, maps or peer groups, each with the name."""
    spelled = {text: name for name in names for text in (name, config.spelling.get(name, name))}
    found = []
    for line in config.unmanaged if spelled else ():
        words = _bare(line)
        if "description" in words or "remark" in words:
            continue
        for before, word in zip(words, words[1:], strict=False):
            # A number is the name of a list only after such a word.
            if word in spelled and (not word.isdigit() or before in _BEFORE_NUMBER):
                found.append((line, spelled[word]))
    return found


def _mentions(have: Config, target: Config) -> list[str]:
    """Lines that use a list or map that is no longer in the target."""
    gone = {
        *(have.route_maps.keys() - target.route_maps.keys()),
        *(have.access_lists.keys() - target.access_lists.keys()),
        *(name for _afi, name in have.prefix_lists.keys() - target.prefix_lists.keys()),
    }
    return [
        f"line {line.line}: {mask(line.text)!r} uses {name!r}, which would be removed"
        for line, name in mentions(have, gone)
        if not removed_with(have, target, line)
    ]
