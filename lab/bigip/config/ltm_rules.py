# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects that mcpd refuses to delete: monitors, profiles, iRules and policies in use."""

from __future__ import annotations

from bigip import errors
from bigip.config.ltm_pool_rules import monitor_names
from bigip.config.store import Entry, Store


def prepare_monitor(store: Store, entry: Entry, old: Entry | None) -> None:
    parent = entry.fields.get("defaultsFrom")
    if old is None and not parent and not entry.name.full_path == f"/Common/{_factory(entry)}":
        entry.fields["defaultsFrom"] = f"/Common/{_factory(entry)}"


def _factory(entry: Entry) -> str:
    return entry.kind.word.replace("-", "_")


def removable_monitor(store: Store, entry: Entry) -> None:
    if entry.full_path == f"/Common/{_factory(entry)}":
        raise errors.refused("01070342", f"Cannot delete default monitor {entry.full_path}.")
    for pool in store.objects("ltm/pool"):
        rules = [pool.get("monitor")] + [member.get("monitor") for member in pool.members("members")]
        if any(entry.full_path in monitor_names(rule) for rule in rules if rule):
            raise errors.refused("01070083", f"Monitor {entry.full_path} is in use.")


def removable_profile(store: Store, entry: Entry) -> None:
    for virtual in store.objects("ltm/virtual"):
        if any(use.full_path == entry.full_path for use in virtual.members("profiles")):
            raise errors.refused(
                "01070319", f"The profile {entry.full_path} is in use by a virtual server ({virtual.full_path})."
            )


def removable_rule(store: Store, entry: Entry) -> None:
    for virtual in store.objects("ltm/virtual"):
        if entry.full_path in (virtual.get("rules") or []):
            raise errors.refused(
                "01070265",
                f"The rule ({entry.full_path}) cannot be deleted because it is in use "
                f"by a Virtual Server ({virtual.full_path}).",
            )


def removable_policy(store: Store, entry: Entry) -> None:
    for virtual in store.objects("ltm/virtual"):
        if any(use.full_path == entry.full_path for use in virtual.members("policies")):
            raise errors.refused(
                "01070265",
                f"The policy ({entry.full_path}) cannot be deleted because it is in use "
                f"by a Virtual Server ({virtual.full_path}).",
            )
