"""A card's content as dictionaries: the simplest thing that obeys the rules of INSTALL, LOAD and DELETE."""

from __future__ import annotations

from simtool.codec.apdu import CommandApdu, ResponseApdu
from simtool.codec.cap import read_cap
from simtool.codec.globalplatform import NO_PRIVILEGES, CardState, LifeCycle, Privilege, RegistryEntry
from simtool.codec.install import DapBlock, DataEncryption, DataStructure, ForInstall, ForLoad
from simtool.errors import CardRemovedError, StatusError
from simtool.gp.domain import Registry, SecurityDomain

ISD = bytes.fromhex("a000000151000000")


class NoLink:
    """Nothing is ever sent over it."""

    def send(self, command: CommandApdu, *, secret: bool = False) -> ResponseApdu:
        raise AssertionError(f"{command} has no card to go to")


class ModelDomain(SecurityDomain):
    """A security domain without a card. `tear_after` commands the card is taken out; -1 for never."""

    def __init__(self) -> None:
        super().__init__(NoLink())
        self.packages: dict[bytes, tuple[bytes, tuple[bytes, ...], tuple[bytes, ...]]] = {}
        self.instances: dict[bytes, tuple[bytes, int, Privilege]] = {}
        self.tear_after = -1
        self.log: list[str] = []
        self._announced = b""

    def _spend(self, what: str) -> None:
        if self.tear_after == 0:
            self._announced = b""  # a card without power forgets a load that was not finished
            raise CardRemovedError("the card is gone")
        self.tear_after -= 1
        self.log.append(what)

    def registry(self) -> Registry:
        applications = tuple(
            RegistryEntry(aid, state, rights, load_file=package)
            for aid, (package, state, rights) in self.instances.items()
        )
        files = tuple(
            RegistryEntry(aid, LifeCycle.LOADED, version=version, modules=modules)
            for aid, (version, modules, _) in self.packages.items()
        )
        return Registry(RegistryEntry(ISD, CardState.SECURED), applications, files)

    def install_for_load(self, request: ForLoad) -> bytes:
        self._spend(f"install for load {request.load_file.hex()}")
        if request.load_file in self.packages:
            raise StatusError("package is there", sw=0x6985)
        self._announced = request.load_file
        return b"\x00"

    def load(
        self, data_block: bytes, *, daps: tuple[DapBlock, ...] = (), aid: bytes = b"", progress: object = None
    ) -> bytes:
        for number in range(3):
            self._spend(f"load {aid.hex()} {number}")
        if self._announced != aid:
            raise StatusError("nothing announced", sw=0x6985)
        cap = read_cap(data_block)
        imports = tuple(one.aid for one in cap.imports)
        version = bytes((cap.package.major, cap.package.minor))
        self.packages[aid] = (version, tuple(one.aid for one in cap.applets), imports)
        return b"\x00"

    def install(self, request: ForInstall, *, selectable: bool = True) -> bytes:
        self._spend(f"install {request.instance.hex()}")
        package = self.packages.get(request.load_file)
        if package is None or request.module not in package[1]:
            raise StatusError("no such module", sw=0x6A88)
        if request.instance in self.instances:
            raise StatusError("AID in use", sw=0x6985)
        state = LifeCycle.SELECTABLE if selectable else LifeCycle.INSTALLED
        self.instances[request.instance] = (request.load_file, state, request.privileges)
        return b"\x00"

    def make_selectable(
        self, instance: bytes, *, privileges: Privilege = NO_PRIVILEGES, parameters: bytes = b"", token: bytes = b""
    ) -> bytes:
        self._spend(f"make selectable {instance.hex()}")
        package, _, rights = self.instances[instance]
        self.instances[instance] = (package, LifeCycle.SELECTABLE, rights)
        return b"\x00"

    def personalize(
        self,
        application: bytes,
        data: bytes,
        *,
        structure: DataStructure = DataStructure.NONE,
        encryption: DataEncryption = DataEncryption.NONE,
    ) -> bytes:
        self._spend(f"store data {data.hex()}")
        package, _, rights = self.instances[application]
        self.instances[application] = (package, LifeCycle.PERSONALIZED, rights)
        return b""

    def delete(self, aid: bytes, *, related: bool = False, token: bytes = b"") -> bytes:
        self._spend(f"delete {aid.hex()}")
        if aid in self.instances:
            del self.instances[aid]
        elif aid in self.packages:
            used = any(package == aid for package, _, _ in self.instances.values())
            imported = any(aid in imports for other, (_, _, imports) in self.packages.items() if other != aid)
            if used or imported:
                raise StatusError("still in use", sw=0x6985)
            del self.packages[aid]
        else:
            raise StatusError("not there", sw=0x6A88)
        return b"\x00"
