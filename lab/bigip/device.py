# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The device: one configuration, and everything that depends on it."""

from __future__ import annotations

import json
import logging
import os
import threading
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from bigip import errors
from bigip.as3.worker import As3
from bigip.auth.tokens import Tokens
from bigip.auth.users import User, Users
from bigip.config import factory
from bigip.config.store import Store
from bigip.config.system import users_of
from bigip.config.view import View
from bigip.pair.config_sync import LOCAL_GROUP
from bigip.pair.unit import Unit
from bigip.rest import documents
from bigip.rest.fault_injection import FaultInjection
from bigip.rest.transaction import Transactions
from bigip.routing import Routing
from bigip.services import Nothing, Runit, Supervisor
from bigip.settings import Settings, SettingsError
from bigip.shell.bash import Bash
from bigip.shell.programs import programs
from bigip.shell.unix import Files
from bigip.tmm.engine import Tmm
from bigip.tmm.status import Status

LOG = logging.getLogger(__name__)
SAVED = "/config/bigip.json"


class Device:
    """``lock`` guards the configuration; it is held while a call uses it, never while waiting for a daemon."""

    def __init__(self, settings: Settings, supervisor: Supervisor | None = None) -> None:
        self.settings = settings
        self.lock = threading.RLock()
        self.machine_id = str(uuid.uuid5(uuid.NAMESPACE_DNS, settings.hostname))
        self.users = Users(settings.users)
        self.tokens = Tokens(life=settings.token_life)
        self.files = Files(
            settings.root,
            {
                "/VERSION": lambda: (
                    f"Product: BIG-IP\nVersion: {settings.version}\nBuild: {settings.build}\n"
                    f"Sequence: {settings.version}-0\n"
                    "BaseBuild: 0.0.5\nEdition: Point Release 2\nDate: Fri Jun  7 10:20:26 PDT 2024\n"
                    "Built: 240607102026\n"
                    "Changelist: 3692391\nJobID: 1430000\n"
                )
            },
        )
        self.supervisor: Supervisor = supervisor or (Nothing() if settings.detached else Runit())
        self.transactions = Transactions(self)
        self.fault_injection = FaultInjection(self)
        self.routing = Routing(
            self.supervisor, settings.path("/config/zebos"), settings.hostname, settings.detached, settings.personality
        )
        self.tmm = Tmm(self)
        self.as3 = As3(self)
        # The unit of a pair with a real peer; a simulated unit and a single device have none.
        self.pair = Unit(self, settings.pair) if settings.pair and settings.pair.address else None
        self._held = 0
        self.store: Store
        self.view: View
        self._take(self._boot())
        if self.pair:
            self.pair.start()

    # configuration

    def _boot(self) -> Store:
        """The saved configuration, otherwise a new device with the initial objects."""
        saved = self.settings.path(SAVED)
        if saved.exists():
            return factory.load(json.loads(saved.read_text()), self.settings.personality)
        settings, store = self.settings, self._fresh()
        with store.atomic():
            for path, bodies in settings.initial.items():
                if path not in store.kinds:
                    raise SettingsError(f"initial: there is no collection {path}")
                for body in bodies:
                    store.create(store.kinds[path], body)
        return store

    def _fresh(self) -> Store:
        settings = self.settings
        store = factory.fresh(
            settings.hostname,
            settings.version,
            settings.build,
            settings.management,
            settings.db,
            settings.personality,
            documents.active_modules(self),
            settings.users,
        )
        if settings.pair:
            factory.join(store, settings.hostname, settings.pair)
        return store

    def _take(self, store: Store) -> None:
        self.store = store
        store.live["members"] = self.tmm.health
        self.view = View(store, self.settings.version)
        self.committed()

    def committed(self) -> None:
        """The configuration changed: let routing and TMM follow. Nothing happens while ``held``."""
        if self._held:
            return
        self.users.follow(users_of(self.store))
        if self.pair:
            self.pair.follow(self.store)
        self.routing.follow(self.store)
        self.tmm.follow(self.store)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Changes inside are applied once, at the end of the outermost block."""
        self._held += 1
        try:
            yield
        finally:
            self._held -= 1

    def save(self) -> None:
        """`save sys config`: a restart begins with the configuration on disk."""
        file = self.settings.path(SAVED)
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_name(file.name + ".part")
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
            json.dump(factory.dump(self.store), out)
            out.flush()
            os.fsync(out.fileno())
        part.replace(file)

    def load(self, words: Sequence[str] = ()) -> None:
        """`load sys config [default | merge file F | file F]`. Raises RestError.

        Without words: the saved configuration. `default`: the factory configuration; users and licence stay.
        """
        if not words:
            self._take(self._boot())
        elif list(words) == ["default"]:
            self._take(self._fresh())
        elif "file" in words:
            name = "".join(words[words.index("file") + 1 :][:1])
            found = self.files.find(name if name.startswith("/") else f"/var/local/scf/{name}")
            if found is None or not found.is_file():
                raise errors.configuration(f"Can't open file {name}.")
            raise errors.configuration("this simulator does not load configuration files")
        else:
            raise errors.unexpected(words[0])

    def db(self, name: str) -> str:
        entry = self.store.get("sys/db", name)
        return str(entry.get("value")) if entry else ""

    # queries of other parts

    @property
    def status(self) -> Status:
        return Status(self.store, self.tmm.health, self.tmm.counters, self.holds)

    @property
    def state(self) -> str:
        """active, standby or offline; a standalone device is active."""
        if self.pair:
            return self.pair.state
        return self.settings.pair.state if self.settings.pair else "active"

    def fail_over(self, state: str) -> None:
        """Set the failover state of a unit without a simulated peer. A test sets the state of both units itself."""
        assert self.settings.pair and not self.pair, "only a unit without a simulated peer takes a state"
        self.settings.pair.state = state
        factory.join(self.store, self.settings.hostname, self.settings.pair)

    def holds(self, group: str | None) -> bool:
        """Whether this unit serves a traffic group: a floating one only while it is active for it."""
        if group in (None, "", "none", LOCAL_GROUP):
            return True
        return self.pair.holds(str(group)) if self.pair else self.state == "active"

    def moved(self) -> None:
        """The active units of traffic groups have changed."""
        with self.lock:
            pair = self.pair
            assert pair and self.settings.pair
            states = {self.settings.hostname: pair.state, self.settings.pair.peer: pair.peer_state}
            for name, state in states.items():
                if entry := self.store.get("cm/device", f"/Common/{name}"):
                    entry.fields["failoverState"] = state
            self.tmm.fail_over(self.store)

    def bash(self, user: User) -> Bash:
        return Bash(programs(self, user), self.files.write)

    def close(self) -> None:
        if self.pair:
            self.pair.close()
        self.tmm.close()
        self.routing.close()
