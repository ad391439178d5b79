"""make matrix: the collection on the oldest, middle and newest ansible-core, each in an environment of its own.

    tools/matrix.py                 every pair whose Python is installed
    tools/matrix.py 2.16 2.21       these releases of ansible-core only

For each pair, a virtual environment in .build/matrix gets ansible-core, the packages of meta/ee-requirements.txt and
those of the tests. In it, every plugin is imported, every playbook is parsed by its full name, and the unit tests
run that need neither the lab nor a browser. No Python is downloaded: a pair whose Python is missing is listed as not
run, which is not a failure. Exit code 0 means that every pair that ran passed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
WORK = TOP / ".build" / "matrix"
NAME = "podroute.calico_f5"
# (release of ansible-core, Python). README.md has the same releases, see tests/unit/test_versions.py.
PAIRS = (("2.16", "3.10"), ("2.18", "3.12"), ("2.19", "3.11"), ("2.21", "3.13"))
TEST_NEEDS = ("hypothesis", "httpx", "jsonschema", "pytest", "pytest-timeout", "pytest-xdist", "starlette", "uvicorn")
UNITS = ("filter", "plugin_utils", "action", *(f"module_utils/{name}" for name in (
    "adopt", "common", "decommission", "intent", "run", "verify")))  # fmt: skip
IMPORT_ALL = """\
import importlib, pathlib, sys, warnings
warnings.simplefilter("ignore")
top = pathlib.Path(sys.argv[1])
for path in sorted((top / "plugins").rglob("*.py")):
    name = ".".join(path.relative_to(top).with_suffix("").parts).removesuffix(".__init__")
    importlib.import_module(f"ansible_collections.podroute.calico_f5.{name}")
"""


class Failed(Exception):
    """A step failed. The text is the end of its output."""


def main() -> int:
    chosen = [pair for pair in PAIRS if pair[0] in sys.argv[1:]] if sys.argv[1:] else list(PAIRS)
    lines, failures = [], 0
    for core, python in chosen:
        label = f"ansible-core {core}, Python {python}"
        interpreter = find_python(python)
        if interpreter is None:
            lines.append(f"not run  {label}: no Python {python} on this machine")
            continue
        began = time.monotonic()
        try:
            lines.append(f"passed   {label}: {one(core, python, interpreter)} in {time.monotonic() - began:.0f} s")
        except Failed as problem:
            failures += 1
            lines.append(f"FAILED   {label}")
            print(problem, file=sys.stderr)
        print(lines[-1], flush=True)
    print("\n".join(["", *lines]))
    return 1 if failures else 0


def find_python(version: str) -> str | None:
    """A working interpreter of this release, from PATH or pyenv."""
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    found = [shutil.which(f"python{version}"), *map(str, sorted(pyenv.glob(f"versions/{version}.*/bin/python")))]
    for candidate in filter(None, found):
        done = subprocess.run([candidate, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"],
                              capture_output=True, text=True, check=False)  # fmt: skip
        if done.stdout.strip() == version:
            return candidate
    return None


def one(core: str, python: str, interpreter: str) -> str:
    """Test one pair; returns a summary. :raises Failed: something did not work"""
    place = WORK / f"{core}-{python}"
    uv = str(Path(sys.executable).with_name("uv"))
    programs = place / "venv" / "bin"
    run([uv, "venv", "--quiet", "--clear", "--no-python-downloads", "--python", interpreter, str(place / "venv")])
    run([uv, "pip", "install", "--quiet", "--python", str(programs / "python"), f"ansible-core~={core}.0",
         "--requirement", "meta/ee-requirements.txt", *TEST_NEEDS])  # fmt: skip
    link = place / "collections/ansible_collections/podroute/calico_f5"
    link.parent.mkdir(parents=True, exist_ok=True)
    if not link.is_symlink():
        link.symlink_to(TOP)
    environment = {
        "PATH": f"{programs}:{os.environ['PATH']}",
        "PYTHONPATH": str(place / "collections"),
        "ANSIBLE_COLLECTIONS_PATH": str(place / "collections"),
        "ANSIBLE_CONFIG": str(TOP / "ansible.cfg"),
        "ANSIBLE_COLLECTIONS_ON_ANSIBLE_VERSION_MISMATCH": "error",
    }
    run([str(programs / "python"), "-c", IMPORT_ALL, str(TOP)], environment)
    playbooks = sorted(path.stem for path in (TOP / "playbooks").glob("*.yml"))
    for name in playbooks:
        run([str(programs / "ansible-playbook"), "--syntax-check", "-i", "inventories/examples/minimal.yml",
             f"{NAME}.{name}"], environment)  # fmt: skip
    output = run([str(programs / "python"), "-m", "pytest", "-q", "-p", "no:cacheprovider",
                  "--ignore=tests/unit/plugins/plugin_utils/test_page_in_browser.py",
                  *(f"tests/unit/plugins/{name}" for name in UNITS)], environment)  # fmt: skip
    return f"imports, {len(playbooks)} playbooks, units: {output.strip().splitlines()[-1].strip('= ')}"


def run(command: list[str], environment: dict[str, str] | None = None) -> str:
    """The output of a command. :raises Failed: with the end of its output"""
    done = subprocess.run(command, cwd=TOP, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
                          env={**os.environ, **(environment or {})})  # fmt: skip
    if done.returncode:
        raise Failed(f"{' '.join(command[:6])} … failed:\n" + "\n".join(done.stdout.splitlines()[-60:]))
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
