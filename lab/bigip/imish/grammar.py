# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command language: patterns, and how lines are matched to them.

A pattern is a line of words. `<name:kind>` is an argument (kinds.py), `<name:in|out>` a choice of
keywords that is kept, `[…]` optional. A semicolon ends what the line's `no` form must repeat: after it,
a `no` may stop at any word.

Keywords may be cut as long as they stay unique. Word by word, the best kind of match is kept and the others
are discarded: a whole keyword, then a cut keyword, then an address or number, then a name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any

from .kinds import Kind, kind

_WHOLE, _CUT, _STRICT, _LOOSE = 4, 3, 2, 1


class CommandError(Exception):
    """A line that does not match the grammar. `reply` is what the shell prints.

    `depth` is the number of matched words: if several modes fail, the deepest failure is reported.
    """

    def __init__(self, reply: str, depth: int) -> None:
        super().__init__(reply)
        self.reply = reply
        self.depth = depth


@dataclass(frozen=True)
class Token:
    """One place in a command: keywords (any of), or an argument of a kind."""

    keywords: tuple[str, ...] = ()
    name: str = ""
    kind: Kind | None = None
    rest: bool = False  # takes the rest of the line

    def match(self, word: str) -> tuple[int, str] | None:
        """Rank and canonical value of a word here, or None."""
        if self.kind is not None:
            value = self.kind.read(word)
            return None if value is None else (_STRICT if self.kind.strict(value) else _LOOSE, value)
        lower = word.lower()
        whole = next((keyword for keyword in self.keywords if keyword.lower() == lower), None)
        if whole is not None:
            return _WHOLE, whole
        cut = next((keyword for keyword in self.keywords if keyword.lower().startswith(lower)), None)
        return None if cut is None else (_CUT, cut)


@dataclass(frozen=True)
class Form:
    """One spelling of a command: its tokens, the row that it belongs to, and whether it begins with `no`."""

    tokens: tuple[Token, ...]
    row: Any
    negated: bool = False


@dataclass
class _Place:
    """What may follow the same words: a node of the tree of forms."""

    token: Token | None = None
    after: dict[int, _Place] = field(default_factory=dict)  # by identity of the token
    whole: dict[str, list[tuple[_Place, str]]] = field(default_factory=dict)  # by keyword in lower case
    form: Form | None = None  # the one that may end here
    number: int = 0  # of the form in its table


class Grammar(list[Form]):
    """The forms of a table, which are searched as a tree."""

    @cached_property
    def start(self) -> _Place:
        start = _Place()
        for number, form in enumerate(self):
            place = start
            for token in form.tokens:
                if id(token) not in place.after:
                    place.after[id(token)] = _Place(token)
                    for keyword in token.keywords:
                        place.whole.setdefault(keyword.lower(), []).append((place.after[id(token)], keyword))
                place = place.after[id(token)]
            if place.form is None:
                place.form, place.number = form, number
        return start


@dataclass
class Match:
    """A matched line."""

    row: Any
    negated: bool
    values: dict[str, str] = field(default_factory=dict)
    text: str = ""  # the canonical line, without `no`


@cache
def _token(text: str) -> Token:
    """The token of a pattern's word; the same word gives the same token, so that a typed word is read once."""
    inner = re.fullmatch(r"<([\w-]+):(.+)>", text)
    if inner is None:
        return Token(keywords=(text,))
    name, spec = inner.groups()
    if "|" in spec or spec.startswith("="):
        return Token(keywords=tuple(spec.removeprefix("=").split("|")), name=name)
    return Token(name=name, kind=kind(spec), rest=spec == "line")


def _expand(words: list[str]) -> list[list[str]]:
    """All spellings of a pattern's words, optional groups with and without (longest first)."""
    if not words:
        return [[]]
    if words[0] != "[":
        return [[words[0], *rest] for rest in _expand(words[1:])]
    depth = 0
    for end, word in enumerate(words):
        depth += {"[": 1, "]": -1}.get(word, 0)
        if depth == 0:
            tails = _expand(words[end + 1 :])
            return [inner + tail for inner in _expand(words[1:end]) for tail in tails] + tails
    raise ValueError(f"unbalanced brackets: {' '.join(words)}")


def _spellings(pattern: str) -> list[list[str]]:
    return _expand(re.findall(r"<[^>]+>|\[|\]|[^\s\[\]]+", pattern))


def compile_row(row: Any, pattern: str, wanted: str) -> list[Form]:
    """The forms of one row's pattern; `wanted` is "both", "set" (without `no`) or "clear" (only with)."""
    forms, seen = [], set()

    def add(words: Sequence[str], negated: bool) -> None:
        if (tuple(words), negated) not in seen:
            seen.add((tuple(words), negated))
            forms.append(Form(tuple(_token(word) for word in words), row, negated))

    for words in _spellings(pattern):
        head = words.index(";") if ";" in words else len(words)
        plain = [word for word in words if word != ";"]
        if wanted != "clear":
            add(plain, False)
        if wanted != "set":
            for end in range(len(plain), head - 1, -1):
                add(["no", *plain[:end]], True)
    return forms


def _caret(line: str, word: re.Match[str], prompt: int) -> str:
    return f"{' ' * (prompt + word.start())}^\n% Invalid input detected at '^' marker.\n"


def resolve(grammar: Grammar, line: str, prompt: int = 0) -> Match:
    """Find the command that a line means.

    `prompt` is the width of the text before the line on the screen, for the caret.
    Raises CommandError for no match, extra words or an incomplete command.
    """
    words = list(re.finditer(r"\S+", line))
    alive: list[tuple[_Place, list[str]]] = [(grammar.start, [])]
    for index, word in enumerate(words):
        lower = word[0].lower()
        following = [
            (there, [*values, keyword])
            for place, values in alive
            if place.whole
            for there, keyword in place.whole.get(lower, ())
        ]
        if not following:
            following = _not_whole(alive, line, word, index, prompt)
        alive = following
    done = [(place, values) for place, values in alive if place.form]
    if not done:
        raise CommandError("% Incomplete command.\n", len(words))
    place, values = min(done, key=lambda one: one[0].number)
    assert place.form is not None
    return _matched(place.form, values, line, words)


def _not_whole(
    alive: list[tuple[_Place, list[str]]], line: str, word: re.Match[str], index: int, prompt: int
) -> list[tuple[_Place, list[str]]]:
    """The places after a word that is no whole keyword, for the best kind of match."""
    ranked: list[tuple[int, _Place, list[str]]] = []
    for place, values in alive:
        for there in place.after.values():
            assert there.token is not None
            if matched := there.token.match(word[0]):
                ranked.append((matched[0], there, [*values, matched[1]]))
        if place.token is not None and place.token.rest:
            ranked.append((_LOOSE, place, values))
    if not ranked:
        raise CommandError(_caret(line, word, prompt), index)
    best = max(rank for rank, _place, _values in ranked)
    found = [(place, values) for rank, place, values in ranked if rank == best]
    if best == _CUT and len({values[-1] for _place, values in found}) > 1:
        raise CommandError(f'% Ambiguous command:  "{line.strip()}"\n', index)
    return found


def _matched(form: Form, values: list[str], line: str, words: list[re.Match[str]]) -> Match:
    if form.tokens and form.tokens[-1].rest:
        values = [*values[:-1], line[words[len(form.tokens) - 1].start() :].rstrip()]
    named = {token.name: value for token, value in zip(form.tokens, values, strict=True) if token.name}
    text = " ".join(values[1:] if form.negated else values)
    return Match(form.row, form.negated, named, text)


def next_words(forms: Iterable[Form], line: str) -> list[str]:
    """What may follow a line, for `?`: keywords, and arguments in capitals."""
    words = line.split()
    open_word = "" if not line or line[-1].isspace() else words.pop()
    found: set[str] = set()
    for form in forms:
        if len(form.tokens) < len(words) or not all(
            token.match(word) for token, word in zip(form.tokens, words, strict=False)
        ):
            continue
        if len(form.tokens) == len(words):
            if not open_word:
                found.add("<cr>")
            continue
        token = form.tokens[len(words)]
        if token.kind is not None:
            if not open_word or token.kind.read(open_word):
                found.add(token.name.upper())
        else:
            found.update(word for word in token.keywords if word.lower().startswith(open_word.lower()))
    return sorted(found)
