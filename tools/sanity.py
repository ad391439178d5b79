"""Run ansible-test sanity over the tracked files of the collection, also where its pip cannot be downloaded.

ansible-test wants a path that ends in ansible_collections/podroute/calico_f5, and writes below it; so it gets a
copy in .build. Left out is what is no part of the collection: the lab and the benchmarks (programs of their own,
held by ruff and their tests) and recorded output of devices.

Before it installs a test's requirements, ansible-test downloads a script that installs pip. Python carries
one already: where the script is not in ansible-test's cache, one that asks ensurepip is put there.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from ansible_test._internal.python_requirements import get_venv_packages

TOP = Path(__file__).resolve().parent.parent
ROOT = TOP / ".build" / "sanity" / "ansible_collections" / "podroute" / "calico_f5"
LEFT_OUT = ("lab/", "benchmarks/", "tests/fixtures/", "tests/lab/", "tools/")
GET_PIP = """\
# Put here by tools/sanity.py of podroute.calico_f5: pip comes from what Python itself carries.
import subprocess
import sys

subprocess.check_call([sys.executable, "-m", "ensurepip", "--default-pip"])
# The script that it stands for knows two options more than pip does.
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


def copy_tracked() -> None:
    shutil.rmtree(ROOT, ignore_errors=True)
    names = subprocess.run(["git", "ls-files", "-z"], cwd=TOP, check=True, capture_output=True, text=True).stdout
    for name in filter(None, names.split("\0")):
        if not name.startswith(LEFT_OUT) and (TOP / name).exists():
            target = ROOT / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(TOP / name, target, follow_symlinks=False)
    # Without a repository of its own the copy belongs to the checkout's, which ignores .build and all in it.
    subprocess.run(["git", "init", "--quiet"], cwd=ROOT, check=True)


def main() -> int:
    provide_pip()
    copy_tracked()
    program = Path(sys.executable).with_name("ansible-test")
    environment = {**os.environ, "PATH": f"{program.parent}:{os.environ['PATH']}"}
    command = [program, "sanity", "--local", "--python", Python.version, "--junit", "--color", "no", *sys.argv[1:]]
    return subprocess.run(command, cwd=ROOT, env=environment).returncode


if __name__ == "__main__":
    sys.exit(main())
