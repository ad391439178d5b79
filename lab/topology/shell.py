"""Running programs, saying what is done, and waiting: the three things every part of the lab does."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path


class LabError(Exception):
    """What went wrong, in one line that says what to do about it."""


def run(
    *argv: str | Path,
    input: str | None = None,
    check: bool = True,
    env: dict | None = None,
    cwd: Path | None = None,
    timeout: float = 600,
) -> str:
    """Run a program and give its standard output; a failure names the program and its last words."""
    try:
        done = subprocess.run(
            [str(a) for a in argv], input=input, capture_output=True, text=True, env=env, cwd=cwd, timeout=timeout
        )
    except FileNotFoundError as error:
        raise LabError(f"{argv[0]} is not installed") from error
    except subprocess.TimeoutExpired as error:
        raise LabError(f"{argv[0]} did not end within {timeout:.0f} s") from error
    if check and done.returncode:
        words = (done.stderr.strip() or done.stdout.strip()).splitlines()[-6:]
        raise LabError(f"{' '.join(str(a) for a in argv[:6])} … failed ({done.returncode}): " + " | ".join(words))
    return done.stdout


def succeeds(*argv: str | Path) -> bool:
    try:
        return subprocess.run([str(a) for a in argv], capture_output=True, timeout=60).returncode == 0
    except (FileNotFoundError, subprocess.TimeoutExpired):
        return False


def say(text: str) -> None:
    print(text, flush=True)


@contextlib.contextmanager
def step(text: str) -> Iterator[None]:
    """Say that a step begins; then a sign of life every 10 s, and its time at the end."""
    begin = time.monotonic()
    done = threading.Event()

    def beat() -> None:
        while not done.wait(10):
            say(f"      … {text}: {time.monotonic() - begin:.0f} s")

    say(f"  {text}")
    threading.Thread(target=beat, daemon=True).start()
    try:
        yield
    finally:
        done.set()
    if (took := time.monotonic() - begin) > 1:
        say(f"      done in {took:.1f} s")
    sys.stdout.flush()


def wait_for(what: str, condition: Callable[[], object], seconds: float, hint: str = "") -> object:
    """Ask until the condition gives something true; else say what did not come about."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise LabError(f"{what} did not come about within {seconds:.0f} s{'; ' + hint if hint else ''}")
        time.sleep(0.3)
    return found


def write(path: Path, text: str, mode: int = 0o644) -> Path:
    """Write a file whole or not at all, with its mode from the first byte on."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(path.name + ".new")
    new.unlink(missing_ok=True)
    new.touch(mode=mode)
    new.write_text(text)
    new.chmod(mode)
    new.replace(path)
    return path


def lines(values: Sequence[str]) -> str:
    return "".join(v + "\n" for v in values)
