"""Write the generated parts of the reference: docs/variables.md (variables of roles) and docs/content.md (plugins).

tools/reference.py            write them
tools/reference.py --check    exit code 1 if one is not current
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import yaml

TOP = Path(__file__).resolve().parent.parent
VARIABLES, CONTENT = TOP / "docs" / "variables.md", TOP / "docs" / "content.md"
BEGIN = "<!-- generated: written by tools/reference.py, never by hand -->\n"
END = "<!-- /generated -->\n"
# Variables of the inventory that defaults of roles refer to.
INVENTORY = re.compile(r"\b(?:bigip_\w+|bgp_\w+|kubeconfig|kube_context|calicoctl_path|node_command|virtual_servers)\b")
ORDER = ("fabric_preflight", "f5_routing", "calico_bgp", "bigip_ctlr", "fabric_verify", "fabric_rollback")


def plain(text: str | list[str]) -> str:
    """A description without Ansible's markup, on one line."""
    joined = " ".join(text) if isinstance(text, list) else text
    joined = re.sub(r"\b[OVCE]\(([^)]*)\)", r"`\1`", joined)
    joined = re.sub(r"\b[PM]\(([^)#]*)(#[a-z]*)?\)", r"`\1`", joined)
    return " ".join(joined.replace("|", "\\|").split())


def default(name: str, option: dict[str, Any], defaults: dict[str, Any]) -> str:
    """The default of the variable."""
    if option.get("required"):
        return "required"
    value = defaults.get(name, option.get("default"))
    if isinstance(value, str) and "{{" in value:
        used = [word for word in INVENTORY.findall(value) if word != name]
        return f"`{used[0]}`" if used else "computed"
    return f"`{yaml.safe_dump(value, default_flow_style=True).strip().removesuffix('...').strip()}`"


def section(role: str) -> str:
    """The variables of one role as a table."""
    folder = TOP / "roles" / role
    spec = yaml.safe_load((folder / "meta/argument_specs.yml").read_text())["argument_specs"]["main"]
    file = folder / "defaults/main.yml"
    defaults = (yaml.safe_load(file.read_text()) or {}) if file.is_file() else {}
    lines = [f"### {role}", "", plain(spec["short_description"]) + ".", ""]
    lines += ["| variable | type | default | meaning |", "| --- | --- | --- | --- |"]
    for name, option in spec.get("options", {}).items():
        kind = option.get("type", "str")
        if kind == "list":
            kind = f"list of {option.get('elements', 'str')}"
        choices = f" One of {', '.join(f'`{word}`' for word in option['choices'])}." if "choices" in option else ""
        meaning = plain(option["description"]) + choices
        lines.append(f"| `{name}` | {kind} | {default(name, option, defaults)} | {meaning} |")
    return "\n".join(lines)


def roles() -> list[str]:
    """In the order in which the site runs them."""
    found = (path.name for path in (TOP / "roles").iterdir() if (path / "meta/argument_specs.yml").is_file())
    return sorted(found, key=lambda name: (ORDER.index(name) if name in ORDER else len(ORDER), name))


def plugins(kind: str) -> str:
    """The modules or filters as a table of names and short descriptions."""
    lines = ["| name | does |", "| --- | --- |"]
    for path in sorted((TOP / "plugins" / kind).glob("*.py")):
        found = re.search(r"^short_description: *(.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
        if found:
            lines.append(f"| `{path.stem}` | {plain(found[1])} |")
    return "\n".join(lines)


def content() -> str:
    """The generated part of docs/content.md."""
    table = ["| role | does |", "| --- | --- |"]
    for role in roles():
        spec = yaml.safe_load((TOP / "roles" / role / "meta/argument_specs.yml").read_text())["argument_specs"]["main"]
        table.append(f"| [`{role}`](../roles/{role}/README.md) | {plain(spec['short_description'])} |")
    return "\n\n".join(
        ["## Roles", "\n".join(table), "## Modules and actions", plugins("modules"), "## Filters", plugins("filter")]
    )


def page(path: Path) -> str:
    """The whole page, its generated part current."""
    before, mark, rest = path.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (mark and end):
        raise SystemExit(f"{path} has no place for what is generated")
    made = content() if path == CONTENT else "\n\n".join(section(role) for role in roles())
    return f"{before}{BEGIN}\n{made}\n\n{END}{after}"


def main() -> int:
    stale = [path for path in (VARIABLES, CONTENT) if path.read_text(encoding="utf-8") != page(path)]
    if "--check" in sys.argv:
        print(*(f"{path.relative_to(TOP)} is not current: run tools/reference.py" for path in stale), sep="\n")
        return 1 if stale else 0
    for path in stale:
        path.write_text(page(path), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
