# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The file and text commands that clients use on a device, limited to a few directories."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath

from bigip.shell.bash import Command, Result

# Paths that a client may read and write. Others do not exist for it.
PLACES = ("/var/config/rest/downloads", "/config", "/var/tmp", "/var/log", "/shared/images", "/tmp")


class Files:
    """The part of the device's file system that clients may touch. ``root`` is its path on this machine.

    ``shown``: files outside of it that can be read, by path.
    """

    def __init__(self, root: Path, shown: Mapping[str, Callable[[], str]] | None = None) -> None:
        self.root = root
        self._shown = {"/proc/uptime": lambda: f"{time.monotonic():.2f} {time.monotonic():.2f}\n", **(shown or {})}
        for place in PLACES[:3]:
            self.real(place).mkdir(parents=True, exist_ok=True)

    def real(self, path: str) -> Path:
        return self.root / path.lstrip("/")

    def find(self, path: str) -> Path | None:
        """The file on this machine; None when it is outside of the places that clients may touch."""
        pure = PurePosixPath(path)
        if not pure.is_absolute() or ".." in pure.parts:
            return None
        if not any(pure == PurePosixPath(place) or PurePosixPath(place) in pure.parents for place in PLACES):
            return None
        return self.real(str(pure))

    def glob(self, path: str) -> list[str]:
        """Device paths that match a pattern; the pattern itself without matches, as in bash."""
        if not re.search(r"[*?\[]", path):
            return [path]
        base = next((place for place in PLACES if path.startswith(place + "/")), None)
        if base is None:
            return [path]
        found = sorted(self.real(base).glob(path[len(base) + 1 :]))
        return ["/" + str(item.relative_to(self.root)) for item in found] or [path]

    def write(self, path: str, text: str, append: bool) -> str:
        real = self.find(path)
        if real is None:
            return f"{path}: Permission denied"
        try:
            with real.open("a" if append else "w") as file:
                file.write(text)
        except OSError as error:
            return f"{path}: {error.strerror}"
        return ""

    # commands

    def cat(self, words: list[str], stdin: str) -> Result:
        if not words:
            return Result(stdin)
        out, err = "", ""
        for path in (item for word in words if not word.startswith("-") for item in self.glob(word)):
            real = self.find(path)
            try:
                if path in self._shown:
                    out += self._shown[path]()
                    continue
                if real is None:
                    raise FileNotFoundError(2, "No such file or directory")
                out += real.read_text(errors="replace")
            except OSError as error:
                err += f"cat: {path}: {error.strerror}\n"
        return Result(out, 1 if err else 0, err)

    def ls(self, words: list[str], stdin: str) -> Result:
        flags = "".join(word[1:] for word in words if word.startswith("-"))
        if bad := flags.translate(str.maketrans("", "", "lah1tr")):
            return Result("", 2, f"ls: invalid option -- '{bad[0]}'\nTry 'ls --help' for more information.\n")
        paths = [item for word in words if not word.startswith("-") for item in self.glob(word)]
        out, err = "", ""
        for path in paths or ["/config"]:
            real = self.find(path)
            if real is None or not real.exists():
                err += f"ls: cannot access {path}: No such file or directory\n"
            elif real.is_dir():
                out += "".join(f"{item.name}\n" for item in sorted(real.iterdir()) if not item.name.startswith("."))
            elif "l" in flags:
                out += f"-rw-r--r--. 1 root root {real.stat().st_size} {path}\n"
            else:
                out += f"{path}\n"
        return Result(out, 2 if err else 0, err)

    def rm(self, words: list[str], stdin: str) -> Result:
        flags = "".join(word[1:] for word in words if word.startswith("-"))
        if bad := flags.translate(str.maketrans("", "", "frv")):
            return Result("", 1, f"rm: invalid option -- '{bad[0]}'\nTry 'rm --help' for more information.\n")
        err = ""
        for path in (item for word in words if not word.startswith("-") for item in self.glob(word)):
            real = self.find(path)
            try:
                if real is None:
                    raise FileNotFoundError(2, "No such file or directory")
                if real.is_dir():
                    raise IsADirectoryError(21, "Is a directory")
                real.unlink()
            except FileNotFoundError as error:
                if "f" not in flags:
                    err += f"rm: cannot remove `{path}': {error.strerror}\n"
            except OSError as error:
                err += f"rm: cannot remove `{path}': {error.strerror}\n"
        return Result("", 1 if err else 0, err)

    def find_files(self, words: list[str], stdin: str) -> Result:
        """`find FOLDER -maxdepth 1 -name PATTERN -mmin +MINUTES -delete`: the files of one folder."""
        options = dict(zip(words[1::2], words[2::2], strict=False))
        if unknown := [word for word in options if word not in ("-maxdepth", "-name", "-mmin", "-delete")]:
            return Result("", 1, f"find: unknown predicate `{unknown[0]}'\n")
        folder = self.find(words[0].rstrip("/")) if words else None
        if folder is None or not folder.is_dir():
            return Result("", 1, f"find: `{words[0] if words else '.'}': No such file or directory\n")
        oldest = time.time() - 60 * int(options.get("-mmin", "+0").lstrip("+"))
        found = [
            file
            for file in sorted(folder.glob(options.get("-name", "*")))
            if file.is_file() and ("-mmin" not in options or file.stat().st_mtime < oldest)
        ]
        if words[-1] == "-delete":
            for file in found:
                file.unlink(missing_ok=True)
            return Result()
        return Result("".join(f"/{file.relative_to(self.root)}\n" for file in found))

    def mv(self, words: list[str], stdin: str) -> Result:
        return self._two("mv", words, move=True)

    def cp(self, words: list[str], stdin: str) -> Result:
        return self._two("cp", words, move=False)

    def _two(self, name: str, words: list[str], move: bool) -> Result:
        paths = [word for word in words if not word.startswith("-")]
        if len(paths) != 2:
            return Result("", 1, f"{name}: missing file operand\n")
        source, target = self.find(paths[0]), self.find(paths[1])
        if source is None or not source.is_file():
            return Result("", 1, f"{name}: cannot stat `{paths[0]}': No such file or directory\n")
        if target is None:
            return Result("", 1, f"{name}: cannot create regular file `{paths[1]}': Permission denied\n")
        if target.is_dir():
            target /= source.name
        try:
            if move:
                source.replace(target)
            else:
                target.write_bytes(source.read_bytes())
                target.chmod(source.stat().st_mode & 0o777)
        except OSError as error:
            return Result("", 1, f"{name}: cannot create regular file `{paths[1]}': {error.strerror}\n")
        return Result()

    def mkdir(self, words: list[str], stdin: str) -> Result:
        err = ""
        for path in (word for word in words if not word.startswith("-")):
            real = self.find(path)
            try:
                if real is None:
                    raise PermissionError(13, "Permission denied")
                real.mkdir(parents="-p" in words, exist_ok="-p" in words)
            except OSError as error:
                err += f"mkdir: cannot create directory `{path}': {error.strerror}\n"
        return Result("", 1 if err else 0, err)

    def test(self, words: list[str], stdin: str) -> Result:
        words = [word for word in words if word != "]"]
        if len(words) == 2 and words[0] in ("-e", "-f", "-d", "-s"):
            real = self.find(words[1])
            checks = {
                "-e": Path.exists,
                "-f": Path.is_file,
                "-d": Path.is_dir,
                "-s": lambda p: p.is_file() and p.stat().st_size > 0,
            }
            return Result("", 0 if real is not None and checks[words[0]](real) else 1)
        return Result("", 2, "/bin/bash: test: unsupported expression\n")

    def commands(self) -> dict[str, Command]:
        return {
            "cat": self.cat,
            "ls": self.ls,
            "rm": self.rm,
            "mv": self.mv,
            "cp": self.cp,
            "mkdir": self.mkdir,
            "test": self.test,
            "[": self.test,
            "find": self.find_files,
            "wait": lambda words, stdin: Result(),
            "echo": echo,
            "printf": echo,
            "grep": grep,
            "head": head,
            "tail": tail,
            "wc": wc,
            "sort": sort,
            "true": lambda words, stdin: Result(),
            "false": lambda words, stdin: Result("", 1),
        }


def echo(words: list[str], stdin: str) -> Result:
    if words[:1] == ["-n"]:
        return Result(" ".join(words[1:]))
    return Result(" ".join(words) + "\n")


def grep(words: list[str], stdin: str) -> Result:
    flags = "".join(word[1:] for word in words if word.startswith("-") and word != "-")
    plain = [word for word in words if not word.startswith("-")]
    if not plain:
        return Result("", 2, "Usage: grep [OPTION]... PATTERN [FILE]...\n")
    text = plain[0] if "E" in flags or "P" in flags else re.sub(r"\\([|+?(){}])", r"\1", plain[0])
    try:
        pattern = re.compile(re.escape(plain[0]) if "F" in flags else text, re.IGNORECASE if "i" in flags else 0)
    except re.error as error:
        return Result("", 2, f"grep: {error}\n")
    lines = [line for line in stdin.splitlines() if bool(pattern.search(line)) != ("v" in flags)]
    if "q" in flags:
        return Result("", 0 if lines else 1)
    if "c" in flags:
        return Result(f"{len(lines)}\n", 0 if lines else 1)
    return Result("".join(f"{line}\n" for line in lines), 0 if lines else 1)


def _count(words: list[str]) -> int:
    joined = " ".join(words)
    found = re.search(r"-n?\s*(\d+)", joined)
    return int(found[1]) if found else 10


def head(words: list[str], stdin: str) -> Result:
    return Result("".join(stdin.splitlines(keepends=True)[: _count(words)]))


def tail(words: list[str], stdin: str) -> Result:
    number = _count(words)
    return Result("".join(stdin.splitlines(keepends=True)[-number:] if number else []))


def wc(words: list[str], stdin: str) -> Result:
    counts = {"-l": stdin.count("\n"), "-w": len(stdin.split()), "-c": len(stdin)}
    chosen = [counts[word] for word in words if word in counts] or list(counts.values())
    return Result(" ".join(map(str, chosen)) + "\n")


def sort(words: list[str], stdin: str) -> Result:
    return Result("".join(sorted(stdin.splitlines(keepends=True), reverse="-r" in words)))
