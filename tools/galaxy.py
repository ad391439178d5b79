"""Build the collection's archive, import it as a Galaxy server would, and use it without anything else.

A collection must work with only meta, plugins, roles and playbooks. So the
archive is installed into an empty place, and from there every plugin's documentation is read and every
playbook is parsed by its full name.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
WORK = TOP / ".build" / "galaxy"
NAME = "podroute.calico_f5"
# What must not be in an archive, by the first part of its path.
STRANGERS = {".build", ".ci", ".git", ".github", ".venv", "benchmarks", "lab", "molecule", "tests"}
# Files as pages name them. docs/config_examples is in the repository of F5's controller.
NAMED = re.compile(
    r"(?<![\w/.-])(?!docs/config_examples)(?:(?:tools|meta|inventories|tests|lab|molecule|benchmarks|docs)/[\w/.-]*\w|requirements[\w.-]*\.txt)"
)
# What the importer checks in addition to metadata, changelog and documentation. It runs ansible-test in a container
# only, which may not be available: tools/sanity.py runs the same tests. Its flake8 contradicts ruff format (W503,
# E203): ruff check replaces it. Its ansible-lint applies fewer rules to the same files than the step ansible-lint.
IMPORTER = {"run_ansible_lint": False, "run_flake8": False, "check_required_tags": True,
            "check_changelog": True, "run_ansible_doc": True, "run_ansible_test": False}  # fmt: skip
TOOLS = {"tools", "tools/ask_bigip.py", "tools/drift"}


def run(*command: str, **environment: str) -> str:
    """Run a program of this virtual environment and return its output; exit with the output if it fails."""
    here = os.path.dirname(sys.executable)
    done = subprocess.run([f"{here}/{command[0]}", *command[1:]], text=True, cwd=WORK,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          env={**os.environ, "PATH": f"{here}:{os.environ['PATH']}", **environment})  # fmt: skip
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout}")
    return done.stdout


def named() -> set[str]:
    """Files that pages mention as part of the archive: not in comments, and not where a page refers to the source
    tree."""
    pages = [TOP / "README.md", *(TOP / "docs").glob("*.md"), *(TOP / "roles").glob("*/README.md")]
    found: set[str] = set()
    for page in pages:
        text = re.sub(r"<!--.*?-->", "", page.read_text(), flags=re.DOTALL)
        for paragraph in text.split("\n\n"):
            names = set(NAMED.findall(paragraph))
            if "source tree" in text:
                names = {
                    name
                    for name in names
                    if name.split("/")[0] not in STRANGERS and not name.startswith("inventories/lab")
                }
            names = {name for name in names if not (page.parent / name).exists()}  # of the role itself
            found |= set() if "source tree" in paragraph else {f"{name} ({page.name})" for name in names}
    return found


def main() -> None:
    shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir(parents=True)
    (WORK / "ansible.cfg").touch()
    run("ansible-galaxy", "collection", "build", str(TOP), "--output-path", str(WORK))
    (archive,) = WORK.glob("*.tar.gz")
    print(f"built {archive.name}")

    installed = WORK / "collections"
    # Only this path is searched: the source tree is a collection of the same name.
    alone = {"ANSIBLE_COLLECTIONS_PATH": str(installed), "ANSIBLE_CONFIG": str(WORK / "ansible.cfg")}
    # Dependencies come with the ansible package; there may be no Galaxy server to ask.
    run("ansible-galaxy", "collection", "install", str(archive), "--no-deps", "-p", str(installed), **alone)
    root = installed / "ansible_collections" / Path(*NAME.split("."))
    paths = {entry["name"] for entry in json.loads((root / "FILES.json").read_text())["files"]}
    if strangers := sorted(p for p in paths if p.split("/")[0] in STRANGERS
                        or p.split("/")[0] == "tools" and p not in TOOLS):  # fmt: skip
        sys.exit(f"the archive has files that build_ignore should leave out: {', '.join(strangers[:5])}")

    if missing := sorted(name for name in named() if name.split(" (")[0] not in paths):
        sys.exit(f"pages mention files that are not in the archive: {', '.join(missing)}")

    config = WORK / "galaxy-importer.cfg"
    config.write_text("[galaxy-importer]\n" + "".join(f"{name} = {value}\n" for name, value in IMPORTER.items()))
    report = run("python", "-m", "galaxy_importer.main", str(archive), GALAXY_IMPORTER_CONFIG=str(config))
    print("\n".join(line for line in report.splitlines() if "WARNING" in line or "ERROR" in line))
    if "ERROR" in report or "Importer processing completed successfully" not in report:
        sys.exit(report)

    for kind in ("module", "filter"):
        documented = json.loads(run("ansible-doc", "-t", kind, "--json", "--list", NAME, **alone))
        folder = root / "plugins" / {"module": "modules"}.get(kind, kind)
        # A file contains one plugin with its documentation, or several with documentation in separate files.
        files = {p.stem for p in folder.glob("*.py") if "\nDOCUMENTATION" in p.read_text()}
        files |= {p.stem for p in folder.glob("*.yml")}
        if not files or {name.rpartition(".")[2] for name in documented} != files:
            sys.exit(f"{kind}s found {sorted(documented)}, files {sorted(files)}")
        run("ansible-doc", "-t", kind, "--json", *documented, **alone)
        print(f"{len(documented)} {kind}s documented")
    playbooks = sorted(p.stem for p in (root / "playbooks").glob("*.yml"))
    if "site" not in playbooks:
        sys.exit("the archive has no playbook site")
    run("ansible-playbook", "--syntax-check", "-i", "localhost,", *(f"{NAME}.{name}" for name in playbooks), **alone)
    print(f"playbooks parsed by name: {', '.join(playbooks)}")


if __name__ == "__main__":
    main()
