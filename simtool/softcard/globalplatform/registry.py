"""The GlobalPlatform registry: load files, their modules, applications (GPCS §6.4, §6.5), and where each is kept.

Entries live in the card's state file, one value per entry, so a command changes all it has to at once or nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from simtool.codec.globalplatform import CardState, LifeCycle, Privilege
from simtool.files.global_platform import GlobalPlatformSpec
from simtool.softcard.memory import Memory

ARAM_FILE = bytes.fromhex("a00000015141434c")
ARAM = bytes.fromhex("a00000015141434c00")
_FILE, _APPLICATION, _CODE, _CARD = "gp:file:", "gp:application:", "gp:code:", "gp:card"
_DELETED = False


@dataclass(slots=True)
class LoadFile:
    """An executable load file: version, AIDs of its modules and of loaded packages it imports, its domain, its size."""

    aid: bytes
    major: int
    minor: int
    modules: tuple[bytes, ...]
    imports: tuple[bytes, ...]
    domain: bytes
    size: int = 0

    def save(self) -> dict[str, Any]:
        return {
            "version": [self.major, self.minor], "modules": [aid.hex() for aid in self.modules],
            "imports": [aid.hex() for aid in self.imports], "domain": self.domain.hex(), "size": self.size,
        }  # fmt: skip

    @classmethod
    def load(cls, aid: bytes, saved: dict[str, Any]) -> LoadFile:
        modules, imports = (tuple(map(bytes.fromhex, saved[name])) for name in ("modules", "imports"))
        major, minor = saved["version"]
        return cls(aid, major, minor, modules, imports, bytes.fromhex(saved["domain"]), saved["size"])


@dataclass(slots=True)
class AppEntry:
    """An application or security domain. `domain` is the one it is associated with, itself for the issuer's.

    `parameters` is the value of C9 of its installation; `nonvolatile` and `volatile` are the bytes kept for it, `tars`
    and `msl` its toolkit application references and minimum security level (TS 102 226 §8.2.1.3.2.4), `services` the
    global services that it was installed for, `registered` those that it alone has now (GPCS §8.1), `access` the
    parameters that say which files it may use (see `access_domains`).
    """

    aid: bytes
    state: int
    privileges: Privilege
    domain: bytes
    file: bytes
    module: bytes
    parameters: bytes = b""
    access: bytes = field(default=b"", kw_only=True)
    nonvolatile: int = 0
    volatile: int = 0
    tars: tuple[bytes, ...] = ()
    implicit: bytes = b""
    msl: bytes = b""
    services: tuple[int, ...] = ()
    registered: tuple[int, ...] = ()

    @property
    def is_domain(self) -> bool:
        return bool(self.privileges & Privilege.SECURITY_DOMAIN)

    @property
    def locked(self) -> bool:
        return bool(self.state & LifeCycle.LOCKED)

    @property
    def selectable(self) -> bool:
        return not self.locked and self.state & LifeCycle.SELECTABLE == LifeCycle.SELECTABLE

    def save(self) -> dict[str, Any]:
        return {
            "state": self.state, "privileges": int(self.privileges), "domain": self.domain.hex(),
            "access": self.access.hex(),
            "file": self.file.hex(), "module": self.module.hex(), "parameters": self.parameters.hex(),
            "nonvolatile": self.nonvolatile, "volatile": self.volatile, "tars": [tar.hex() for tar in self.tars],
            "implicit": self.implicit.hex(), "msl": self.msl.hex(),
            "services": list(self.services), "registered": list(self.registered),
        }  # fmt: skip

    @classmethod
    def load(cls, aid: bytes, saved: dict[str, Any]) -> AppEntry:
        domain, file, module, parameters, implicit = (
            bytes.fromhex(saved[name]) for name in ("domain", "file", "module", "parameters", "implicit")
        )
        access = bytes.fromhex(saved.get("access", ""))
        return cls(
            aid, saved["state"], Privilege(saved["privileges"]), domain, file, module, parameters,
            saved["nonvolatile"], saved["volatile"], tuple(map(bytes.fromhex, saved["tars"])), implicit,
            bytes.fromhex(saved.get("msl", "")), tuple(saved.get("services", ())), tuple(saved.get("registered", ())),
            access=access,
        )  # fmt: skip


class Registry:
    """All entries of one card. Whoever changes one calls `keep`, whoever takes one away `drop…`."""

    def __init__(self, spec: GlobalPlatformSpec, memory: Memory) -> None:
        self.spec = spec
        self._memory = memory
        self.files: dict[bytes, LoadFile] = {}
        self.applications: dict[bytes, AppEntry] = {}
        self._deliver()
        self._restore()
        self.issuer = self.applications[spec.isd]

    def _deliver(self) -> None:
        spec = self.spec
        self.applications[spec.isd] = AppEntry(spec.isd, 0, Privilege(spec.privileges), spec.isd, b"", b"")
        if spec.domain_package is not None:
            package = spec.domain_package
            self.files[package.file] = LoadFile(package.file, 1, 0, (package.module,), (), spec.isd)
        if spec.access_rules is not None:
            self.files[ARAM_FILE] = LoadFile(ARAM_FILE, 1, 0, (ARAM,), (), spec.isd)
            self.applications[ARAM] = AppEntry(ARAM, LifeCycle.SELECTABLE, Privilege(0), spec.isd, ARAM_FILE, ARAM)

    def _restore(self) -> None:
        for name, saved in self._memory.store.values.items():
            if name.startswith(_FILE):
                aid = bytes.fromhex(name.removeprefix(_FILE))
                self.files.pop(aid, None) if saved is _DELETED else self.files.update({aid: LoadFile.load(aid, saved)})
            elif name.startswith(_APPLICATION):
                aid = bytes.fromhex(name.removeprefix(_APPLICATION))
                if saved is _DELETED:
                    self.applications.pop(aid, None)
                else:
                    self.applications[aid] = AppEntry.load(aid, saved)

    # The card

    @property
    def card_state(self) -> CardState:
        return CardState(self._memory.recall(_CARD, self.spec.life_cycle))

    def set_card_state(self, state: CardState) -> None:
        self._memory.note(_CARD, int(state))

    # Entries

    def keep(self, *entries: AppEntry | LoadFile) -> None:
        """Changes to entries, or new ones, go to the state file with this command."""
        for entry in entries:
            if isinstance(entry, LoadFile):
                self.files[entry.aid] = entry
                self._memory.note(_FILE + entry.aid.hex(), entry.save())
            else:
                self.applications[entry.aid] = entry
                self._memory.note(_APPLICATION + entry.aid.hex(), entry.save())

    def keep_code(self, file: LoadFile, code: bytes) -> None:
        self._memory.note(_CODE + file.aid.hex(), code.hex())

    def code(self, file: LoadFile) -> bytes:
        """The load file data block as it was loaded; empty for what the card was delivered with."""
        return bytes.fromhex(self._memory.recall(_CODE + file.aid.hex(), "") or "")

    def drop(self, entry: AppEntry | LoadFile) -> None:
        delivered = {self.spec.isd, ARAM, ARAM_FILE}
        if self.spec.domain_package is not None:
            delivered.add(self.spec.domain_package.file)
        gone = _DELETED if entry.aid in delivered else None
        if isinstance(entry, LoadFile):
            del self.files[entry.aid]
            self._memory.note(_FILE + entry.aid.hex(), gone)
            self._memory.note(_CODE + entry.aid.hex(), None)
        else:
            del self.applications[entry.aid]
            self._memory.note(_APPLICATION + entry.aid.hex(), gone)

    def in_use(self, aid: bytes) -> bool:
        """Whether an entry has this AID already (§6.4.1)."""
        return aid in self.files or aid in self.applications

    def domain(self, aid: bytes) -> AppEntry | None:
        entry = self.applications.get(aid)
        return entry if entry is not None and entry.is_domain else None

    def instances(self, file: LoadFile) -> list[AppEntry]:
        return [entry for entry in self.applications.values() if entry.file == file.aid]

    def users(self, file: LoadFile) -> list[LoadFile]:
        """Load files that import this one."""
        return [other for other in self.files.values() if file.aid in other.imports]

    def associated(self, domain: AppEntry) -> Iterator[AppEntry | LoadFile]:
        """What belongs to a security domain directly, without itself."""
        yield from (one for one in self.applications.values() if one.domain == domain.aid and one is not domain)
        yield from (one for one in self.files.values() if one.domain == domain.aid)

    def below(self, domain: AppEntry) -> list[AppEntry | LoadFile]:
        """What belongs to a security domain or to one below it."""
        found: list[AppEntry | LoadFile] = []
        for one in self.associated(domain):
            found.append(one)
            if isinstance(one, AppEntry) and one.is_domain:
                found += self.below(one)
        return found

    def is_above(self, domain: AppEntry, entry: AppEntry | LoadFile) -> bool:
        """Whether `domain` is the entry itself, its security domain, or that one's, and so on up (§7.2)."""
        if entry is domain:
            return True
        owner = self.applications[entry.domain]
        return owner is not entry and self.is_above(domain, owner)

    # Memory

    @property
    def free_nonvolatile(self) -> int:
        used = sum(file.size for file in self.files.values())
        return self.spec.nonvolatile - used - sum(entry.nonvolatile for entry in self.applications.values())

    @property
    def free_volatile(self) -> int:
        return self.spec.volatile - sum(entry.volatile for entry in self.applications.values())

    def tars_in_use(self) -> set[bytes]:
        return set(self.spec.tars) | {tar for entry in self.applications.values() for tar in entry.tars}

    def holder(self, privilege: Privilege) -> AppEntry | None:
        """The application that has a privilege; the issuer's domain first."""
        if self.issuer.privileges & privilege:
            return self.issuer
        return next((one for one in self.applications.values() if one.privileges & privilege), None)

    def state_of(self, entry: AppEntry) -> int:
        """Life cycle as the registry tells it: of the issuer's domain that of the card (§5.3.2)."""
        return int(self.card_state) if entry is self.issuer else entry.state
