# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small bash: words, quotes, ``;`` ``&&`` ``||``, pipes and redirections, over a table of commands.

No program of the machine is ever started; a command that is not in the table is "command not found".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass
class Result:
    out: str = ""
    status: int = 0
    err: str = ""


STATUS = "\1?"  # stands for `$?` outside of single quotes
Command = Callable[[list[str], str], Result]  # (words after the name, standard input) → result


class ShellSyntax(Exception):
    """The message of bash for a line that it cannot parse."""


@dataclass
class _Stage:
    words: list[str] = field(default_factory=list)
    target: str = ""
    append: bool = False
    merge: bool = False
    quiet: bool = False


class Bash:
    """``write`` puts text into a file of the device: (path, text, append) → error text or ""."""

    def __init__(self, commands: Mapping[str, Command], write: Callable[[str, str, bool], str]) -> None:
        self._commands = commands
        self._write = write

    def run(self, line: str) -> str:
        """The output of the line as shown by the device: output and errors combined."""
        try:
            words = tokens(line)
        except ShellSyntax as error:
            return f"/bin/bash: {error}\n"
        printed, status = "", 0
        for connector, stages in _lists(words):
            if (connector == "&&" and status) or (connector == "||" and not status):
                continue
            for stage in stages:
                stage.words = [word.replace(STATUS, str(status)) for word in stage.words]
            text, status = self._pipeline(stages)
            printed += text
        return printed

    def _pipeline(self, stages: list[_Stage]) -> tuple[str, int]:
        stdin, errors, result = "", "", Result()
        for stage in stages:
            if not stage.words:
                return "/bin/bash: -c: line 0: syntax error near unexpected token `|'\n", 2
            result = self._command(stage.words, stdin)
            if stage.merge:
                result = Result(result.out + result.err, result.status)
            elif stage.quiet:
                result.err = ""
            errors += result.err
            stdin = result.out
            if stage.target:
                complaint = "" if stage.target == "/dev/null" else self._write(stage.target, stdin, stage.append)
                stdin = ""
                if complaint:
                    errors += f"/bin/bash: {complaint}\n"
                    result.status = 1
        return stdin + errors, result.status

    def _command(self, words: list[str], stdin: str) -> Result:
        name = words[0].rpartition("/")[2] if words[0].startswith(("/bin/", "/usr/bin/")) else words[0]
        command = self._commands.get(name)
        if command is None:
            return Result("", 127, f"/bin/bash: {words[0]}: command not found\n")
        return command(words[1:], stdin)


def tokens(line: str) -> list[str]:
    """Words and operators; an operator is marked by a leading NUL, which a line cannot contain."""
    found: list[str] = []
    word: str | None = None
    quote, position = "", 0
    while position < len(line):
        char = line[position]
        position += 1
        if char == "$" and quote != "'" and line[position : position + 1] == "?":
            word = (word or "") + STATUS
            position += 1
        elif quote:
            if char == quote:
                quote = ""
            elif char == "\\" and quote == '"' and line[position : position + 1] in ('"', "\\", "$", "`"):
                word = (word or "") + line[position]
                position += 1
            else:
                word = (word or "") + char
        elif char in "'\"":
            quote, word = char, word or ""
        elif char == "\\" and position < len(line):
            word = (word or "") + line[position]
            position += 1
        elif char in ";|&>\n":
            if word is not None:
                found.append(word)
                word = None
            if line[position : position + 1] == char and char != "\n" or line[position - 1 : position + 1] == ">&":
                position += 1
                found.append("\0" + line[position - 2 : position])
            else:
                found.append("\0" + char.replace("\n", ";"))
        elif char.isspace():
            if word is not None:
                found.append(word)
                word = None
        else:
            word = (word or "") + char
    if quote:
        raise ShellSyntax(f"-c: line 0: unexpected EOF while looking for matching `{quote}'")
    if word is not None:
        found.append(word)
    return found


def _lists(words: list[str]) -> list[tuple[str, list[_Stage]]]:
    lists: list[tuple[str, list[_Stage]]] = []
    connector, stages = ";", [_Stage()]
    position = 0
    while position < len(words):
        word = words[position]
        stage = stages[-1]
        if word in ("\0;", "\0&&", "\0||", "\0&"):
            lists.append((connector, stages))
            connector, stages = ";" if word == "\0&" else word[1:], [_Stage()]
        elif word == "\0|":
            stages.append(_Stage())
        elif word == "\0>&":
            if stage.words and stage.words[-1] == "2":
                stage.words.pop()
                stage.merge = True
            position += 1
        elif word in ("\0>", "\0>>"):
            target = words[position + 1] if position + 1 < len(words) else ""
            if stage.words and stage.words[-1] == "2":
                stage.words.pop()
                stage.quiet = True
            else:
                stage.target, stage.append = target, word == "\0>>"
            position += 1
        elif not word.startswith("\0"):
            stage.words.append(word)
        position += 1
    lists.append((connector, stages))
    return [(c, s) for c, s in lists if any(stage.words for stage in s)]
