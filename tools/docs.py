"""make docs: the documentation as a site of HTML pages in .build/docs/html.

antsibull-docs makes a page for each module, filter and role. The guides in docs/ and the README files are Markdown and
keep links that also work on GitHub; docs/docsite/index.md puts all of them into sections. A broken link or anchor,
or a page that is not in a section, is an error. Links to other sites are not followed. Links to files of the
source tree that are not pages point to GitHub.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

TOP = Path(__file__).resolve().parent.parent
WORK = TOP / ".build" / "docs"
SOURCE = WORK / "source"
NAME = "podroute.calico_f5"
PAGES = ("*.md", "docs/*.md", "roles/*/README.md")
LINK = re.compile(r"(?<=\]\()(?!https?:|#)([^)#\s]+)(?=[)#\s])")
# Labels of Ansible's own site -> their pages there. Its index cannot be fetched without a network.
ANSIBLE = "https://docs.ansible.com/ansible/latest"
LABELS = {
    "action_plugins": "plugins/action.html",
    "ansible_collections.kubernetes.core.k8s_drain_module": "collections/kubernetes/core/k8s_drain_module.html",
    "ansible_collections.kubernetes.core.k8s_module": "collections/kubernetes/core/k8s_module.html",
    "common_return_values": "reference_appendices/common_return_values.html",
}
REF = re.compile(r":ref:`([^`<]+?)\s*<([\w.]+)>`")
BIN = Path(sys.executable).parent


def copy_pages(forge: str) -> None:
    """The Markdown pages and pictures, with the same relative paths, so that their links stay valid."""
    shutil.copytree(TOP / "docs" / "img", SOURCE / "docs" / "img")
    for pattern in PAGES:
        for page in sorted(TOP.glob(pattern)):
            target = SOURCE / page.relative_to(TOP)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(LINK.sub(lambda link, page=page: moved(page, link[1], forge), page.read_text()))
    shutil.copy(TOP / "docs/docsite/index.md", SOURCE / "index.md")


def link_ansible(folder: Path) -> None:
    """References to Ansible's own site, as links."""
    for page in folder.glob("*.rst"):
        page.write_text(REF.sub(_link, page.read_text()))


def _link(ref: re.Match[str]) -> str:
    return f"`{ref[1]} <{ANSIBLE}/{LABELS[ref[2]]}>`__" if ref[2] in LABELS else ref[0]


def moved(page: Path, link: str, forge: str) -> str:
    """A link in the form of the site. A broken link is kept and then reported."""
    target = (page.parent / link).resolve()
    if target.suffix in (".md", ".png", ".svg") or not target.exists():
        return link
    return f"{forge}/blob/main/{target.relative_to(TOP)}"


def run(*command: str) -> None:
    environment = {**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}", "ANSIBLE_CONFIG": str(TOP / "ansible.cfg"),
                   "ANSIBLE_COLLECTIONS_PATH": str(TOP / ".build/collections")}  # fmt: skip
    code = subprocess.run([str(BIN / command[0]), *command[1:]], cwd=TOP, env=environment, check=False).returncode
    if code:
        sys.exit(code)


def main() -> None:
    galaxy = yaml.safe_load((TOP / "galaxy.yml").read_text())
    shutil.rmtree(WORK, ignore_errors=True)
    reference = SOURCE / "reference"
    reference.mkdir(parents=True)
    for folder in (SOURCE, reference):
        folder.chmod(0o755)  # antsibull-docs refuses a group-writable folder
    run("antsibull-docs", "collection", "--use-current", "--squash-hierarchy", "--fail-on-error", "--dest-dir",
        str(reference), NAME)  # fmt: skip
    (reference / "environment_variables.rst").unlink()  # no plugin has one
    link_ansible(reference)
    copy_pages(galaxy["repository"])
    settings = {
        "project": NAME,
        "copyright": galaxy["authors"][0],
        "version": galaxy["version"],
        "extensions": "myst_parser,sphinx_antsibull_ext",
        "html_theme": "sphinx_ansible_theme",
        "myst_heading_anchors": "4",
        "myst_links_external_new_tab": "0",
        "highlight_language": "yaml+jinja",
    }
    run("sphinx-build", "-q", "-W", "--keep-going", "-C", "-b", "html",
        *(part for key, value in settings.items() for part in ("-D", f"{key}={value}")),
        str(SOURCE), str(WORK / "html"))  # fmt: skip
    pages = len(list((WORK / "html").rglob("*.html")))
    print(f"{pages} pages: {(WORK / 'html/index.html').relative_to(TOP)}")


if __name__ == "__main__":
    main()
