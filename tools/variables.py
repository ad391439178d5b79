"""Write the reference of role variables into docs/variables.md, from roles/*/meta/argument_specs.yml and defaults.

    tools/variables.py            write it
    tools/variables.py --check    exit code 1 when it is not current
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import yaml

TOP = Path(__file__).resolve().parent.parent
PAGE = TOP / "docs" / "variables.md"
BEGIN = "<!-- roles: written by tools/variables.py, never by hand -->\n"
END = "<!-- /roles -->\n"
# Variables of the inventory that defaults of roles refer to.
INVENTORY = re.compile(
    r"\b(?:bigip_\w+|bgp_\w+|kubeconfig|kube_context|calicoctl_path|node_command|virtual_servers)\b"
)
ORDER = ("fabric_preflight", "f5_routing", "calico_bgp", "bigip_ctlr", "fabric_verify", "fabric_rollback")


def plain(text: str | list[str]) -> str:
    """A description without Ansible's markup, on one line."""
    joined = " ".join(text) if isinstance(text, list) else text
    joined = re.sub(r"\b[OVCE]\(([^)]*)\)", r"`\1`", joined)
    joined = re.sub(r"\b[PM]\(([^)#]*)(#[a-z]*)?\)", r"`\1`", joined)
    return " ".join(joined.replace("|", "\\|").split())


def default(name: str, option: dict[str, Any], defaults: dict[str, Any]) -> str:
    """What holds when the variable is not set."""
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


def page() -> str:
    """The whole page, its generated part current."""
    before, mark, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (mark and end):
        raise SystemExit(f"{PAGE} has no place for the roles' variables")
    roles = sorted((path.name for path in (TOP / "roles").iterdir() if (path / "meta/argument_specs.yml").is_file()),
                   key=lambda name: (ORDER.index(name) if name in ORDER else len(ORDER), name))  # fmt: skip
    return before + BEGIN + "\n" + "\n\n".join(section(role) for role in roles) + "\n\n" + END + after


def main() -> int:
    if "--check" in sys.argv:
        if PAGE.read_text(encoding="utf-8") != page():
            print(f"{PAGE.relative_to(TOP)} is not current: run tools/variables.py")
            return 1
        return 0
    PAGE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
