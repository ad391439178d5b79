"""Run ansible-test sanity over the files of the collection, even if its pip cannot be downloaded.

    tools/sanity.py                       with the ansible-core of this environment (make test)
    tools/sanity.py --core 2.18 2.20 …    with these releases, each in an environment of its own (make sanity)
    tools/sanity.py --core                with RELEASES
    tools/sanity.py --test import …       any other options are ansible-test's

ansible-test needs a path that ends in ansible_collections/podroute/calico_f5, and writes below it, so it gets a
copy in .build. The copy excludes files that are not part of the collection: the lab and the benchmarks (separate
programs, checked by ruff and their tests) and recorded output of devices. pylint leaves out the tests, too: they took
most of its time, ansible-test switches off its checks that follow values from file to file, and ruff does the rest.

Before it installs a test's requirements, ansible-test downloads a script that installs pip. Python already
contains pip: if the script is not in ansible-test's cache, one that uses ensurepip is put there.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from ansible_test._internal.python_requirements import get_venv_packages
from matrix import Failed, find_python, run

TOP = Path(__file__).resolve().parent.parent
# Release of ansible-core -> the Python that runs ansible-test.
RELEASES = {"2.18": "3.12", "2.20": "3.12", "2.21": "3.13"}
LEFT_OUT = ("lab/", "benchmarks/", "tests/fixtures/", "tests/lab/", "tools/")
GET_PIP = """\
# Put here by tools/sanity.py of podroute.calico_f5: pip comes from what Python itself carries.
import subprocess
import sys

subprocess.check_call([sys.executable, "-m", "ensurepip", "--default-pip"])
# The script that it replaces has two options more than pip does.
wanted = [word for word in sys.argv[1:] if word not in ("--no-setuptools", "--no-wheel")]
subprocess.check_call([sys.executable, "-m", "pip", "install", *wanted])
"""


class Python:
    """What get_venv_packages asks of a Python: its version."""

    version = f"{sys.version_info.major}.{sys.version_info.minor}"


def provide_pip() -> None:
    version = get_venv_packages(Python)["pip"]
    script = Path.home() / ".ansible/test/cache" / f"get_pip_{version.replace('.', '_')}.py"
    if not script.exists():
        script.parent.mkdir(parents=True, exist_ok=True)
        script.write_text(GET_PIP)


def copy_files(root: Path) -> None:
    shutil.rmtree(root, ignore_errors=True)
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=TOP, check=True, capture_output=True, text=True).stdout
    for name in filter(None, names.split("\0")):
        if not name.startswith(LEFT_OUT) and (TOP / name).exists():
            target = root / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(TOP / name, target, follow_symlinks=False)
    # Without a repository of its own the copy belongs to the checkout's, which ignores .build and all in it.
    subprocess.run(["git", "init", "--quiet"], cwd=root, check=True)


def sanity(place: Path, options: list[str]) -> int:
    """Run the sanity tests of this environment's ansible-core in ``place``; the exit code."""
    root = place / "ansible_collections" / "podroute" / "calico_f5"
    provide_pip()
    copy_files(root)
    program = Path(sys.executable).with_name("ansible-test")
    environment = {**os.environ, "PATH": f"{program.parent}:{os.environ['PATH']}"}
    command = [program, "sanity", "--local", "--python", Python.version, "--junit", "--color", "no"]
    runs = [options] if options else [["--skip-test", "pylint"], ["--test", "pylint", "--exclude", "tests/"]]
    return max(subprocess.run([*command, *run], cwd=root, env=environment).returncode for run in runs)


def environment_of(core: str) -> Path | None:
    """The Python of an environment with this release, made if need be; None if its Python is not on this machine."""
    interpreter = find_python(RELEASES[core])
    if interpreter is None:
        return None
    place = TOP / ".build" / f"sanity-{core}" / "venv"
    uv = str(Path(sys.executable).with_name("uv"))
    run([uv, "venv", "--quiet", "--clear", "--no-python-downloads", "--python", interpreter, str(place)])
    run([uv, "pip", "install", "--quiet", "--python", str(place / "bin/python"), f"ansible-core~={core}.0"])
    return place / "bin/python"


def releases(chosen: list[str]) -> int:
    """Run this program with each release; 0 if every one that ran passed."""
    lines, failures = [], 0
    for core in chosen:
        try:
            python = environment_of(core)
        except Failed as problem:
            sys.exit(str(problem))
        if python is None:
            lines.append(f"not run  ansible-core {core}: no Python {RELEASES[core]} on this machine")
            continue
        code = subprocess.run([python, __file__, "--place", str(python.parents[2])]).returncode
        failures += bool(code)
        lines.append(f"{'FAILED' if code else 'passed'}   ansible-core {core}, Python {RELEASES[core]}")
    print("\n".join(["", *lines]))
    return 1 if failures else 0


def main() -> int:
    options = sys.argv[1:]
    if options[:1] == ["--core"]:
        return releases(options[1:] or list(RELEASES))
    if options[:1] == ["--place"]:
        return sanity(Path(options[1]), options[2:])
    return sanity(TOP / ".build" / "sanity", options)


if __name__ == "__main__":
    sys.exit(main())
