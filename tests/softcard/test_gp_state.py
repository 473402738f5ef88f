"""The registry after any sequence of changes, and after a tear at any command: always that of a simple model."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from simtool.errors import CardRemovedError
from simtool.files.product import load as product
from simtool.softcard import SoftCard
from simtool.softcard.faults import Fault, FaultyCard, Kind
from tests.harness.cap_builder import FRAMEWORK, CapPlan
from tests.harness.gp_host import Host, load_file, lv
from tests.softcard.test_gp_content import CAP, INSTANCE, ISD, MODULE, OTHER, PACKAGE, SSD_FILE, SSD_MODULE

PACKAGES = [bytes.fromhex("d07002ca55") + bytes((n,)) for n in range(4)]
INSTANCES = [bytes.fromhex("d07002ca5500") + bytes((n,)) for n in range(5)]
FREE = 131072


def module(package: bytes) -> bytes:
    return package + b"\x01"


def cap(package: bytes, *, needs: bytes | None = None, code: int = 40, minor: int = 0) -> CapPlan:
    imports = (FRAMEWORK, *(((needs.hex(), 1, 0),) if needs else ()))
    return CapPlan(package.hex(), version=(1, minor), applets=(module(package).hex(),), imports=imports, filler=code)


def size(file: CapPlan) -> int:
    return len(file.block())


@dataclass
class Model:
    """What should be on the card: packages with size and what they need, instances with their package and state."""

    packages: dict[bytes, tuple[int, bytes | None]] = field(default_factory=dict)
    instances: dict[bytes, tuple[bytes, int]] = field(default_factory=dict)

    @property
    def free(self) -> int:
        return FREE - sum(taken for taken, _ in self.packages.values())


class Registry(RuleBasedStateMachine):
    """Installing, replacing, deleting, locking, power cycles, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.card = SoftCard.new(product("generic-usim"))
        self.card.power_on()
        self.host = Host(self.card).open(ISD)
        self.model = Model()

    @rule(
        package=st.sampled_from(PACKAGES),
        needs=st.none() | st.sampled_from(PACKAGES),
        code=st.sampled_from([10, 40, 50000]),
    )
    def load(self, package: bytes, needs: bytes | None, code: int) -> None:
        file = cap(package, needs=needs, code=code)
        if package in self.model.packages:
            expected = "6985"
        elif size(file) > self.model.free:
            expected = "6a84"
        elif needs is not None and needs not in self.model.packages:
            expected = "6a80"
        else:
            expected = "9000"
            self.model.packages[package] = (size(file), needs)
        assert self.host.load(file, size=230) == expected

    @rule(pair=st.permutations(PACKAGES))
    def load_library_and_user(self, pair: list[bytes]) -> None:
        """One package, another that needs it, and then the first may not go."""
        self.load(pair[0], None, 40)
        self.load(pair[1], pair[0], 40)
        self.delete_package(pair[0], related=True)

    @rule(package=st.sampled_from(PACKAGES))
    def break_off(self, package: bytes) -> None:
        """Half a package, then something else."""
        if self.host.send(0xE6, 0x02, 0, lv(package, b"", b"", b"", b"")).ok:
            assert self.host.send(0xE8, 0, 0, load_file(cap(package).block())[:30]).ok

    @rule(package=st.sampled_from(PACKAGES), instance=st.sampled_from(INSTANCES), ready=st.booleans())
    def install(self, package: bytes, instance: bytes, *, ready: bool) -> None:
        if package not in self.model.packages:
            expected = "6a88"
        elif instance in self.model.instances:
            expected = "6985"
        else:
            expected = "9000"
            self.model.instances[instance] = (package, 0x07 if ready else 0x03)
        assert self.host.install(package, module(package), instance, p1=0x0C if ready else 0x04) == expected

    @rule(instance=st.sampled_from(INSTANCES))
    def make_selectable(self, instance: bytes) -> None:
        package, state = self.model.instances.get(instance, (b"", 0))
        expected = "9000" if state == 0x03 else "6985" if state else "6a88"
        if expected == "9000":
            self.model.instances[instance] = (package, 0x07)
        assert self.host.send(0xE6, 0x08, 0, lv(b"", b"", instance, b"\0", b"", b"")).sw == expected

    @rule(instance=st.sampled_from(INSTANCES), lock=st.booleans())
    def set_state(self, instance: bytes, *, lock: bool) -> None:
        package, state = self.model.instances.get(instance, (b"", 0))
        expected = "9000"
        if not state:
            expected = "6a88"
        elif lock:
            self.model.instances[instance] = (package, state | 0x80)
        elif state & 0x80:
            self.model.instances[instance] = (package, state & 0x7F)
        elif state == 0x03:
            expected = "6985"
        assert self.host.send(0xF0, 0x40, 0x80 if lock else 0x07, instance).sw == expected

    @rule(instance=st.sampled_from(INSTANCES))
    def delete_instance(self, instance: bytes) -> None:
        expected = "9000" if self.model.instances.pop(instance, None) else "6a88"
        assert self.host.delete(instance) == expected

    @rule(package=st.sampled_from(PACKAGES), related=st.booleans())
    def delete_package(self, package: bytes, *, related: bool) -> None:
        own = [one for one, (file, _) in self.model.instances.items() if file == package]
        if package not in self.model.packages:
            expected = "6a88"
        elif (own and not related) or any(needs == package for _, needs in self.model.packages.values()):
            expected = "6985"
        else:
            expected = "9000"
            del self.model.packages[package]
            for one in own:
                del self.model.instances[one]
        assert self.host.delete(package, related=related) == expected

    @rule(package=st.sampled_from(PACKAGES), instance=st.sampled_from(INSTANCES))
    def replace(self, package: bytes, instance: bytes) -> None:
        """An older version goes, with what is made of it, and a newer one comes."""
        self.delete_package(package, related=True)
        self.load(package, None, 40)
        self.install(package, instance, ready=True)

    @rule()
    def power_cycle(self) -> None:
        self.card.power_off()
        self.card.power_on()
        self.host.open(ISD)

    @invariant()
    def same(self) -> None:
        told = "".join(self.host.status(0x40, INSTANCES[0][:5], tags=b"\x4f\x9f\x70\xc4"))
        wanted = [
            f"4f07{instance.hex()}9f7001{state:02x}c406{package.hex()}"
            for instance, (package, state) in self.model.instances.items()
        ]
        assert told == ("".join(f"e3{len(one) // 2:02x}{one}" for one in wanted) or "6a88")
        files = "".join(self.host.status(0x20, PACKAGES[0][:5], tags=b"\x4f"))
        assert files == ("".join(f"e3084f06{one.hex()}" for one in self.model.packages) or "6a88")
        free = int.from_bytes(self.host.send(0xCA, 0xFF, 0x21).data[8:12])
        assert free == self.model.free


TestRegistry = Registry.TestCase
TestRegistry.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)


# Tearing


def script(host: Host) -> list[str]:
    """A whole job, one status word per step: load, install, a domain with keys, lock, delete."""
    host.open(ISD)
    return [
        host.load(CAP, size=40),
        host.install(PACKAGE, MODULE, INSTANCE, p1=0x04),
        host.send(0xE6, 0x08, 0, lv(b"", b"", INSTANCE, b"\0", b"", b"")).sw,
        host.install(PACKAGE, MODULE, OTHER),
        host.install(SSD_FILE, SSD_MODULE, bytes.fromhex("d07002ca44aa01"), privileges="80"),
        host.send(0xE2, 0x90, 0, bytes.fromhex("4203112233")).sw,
        host.send(0xF0, 0x40, 0x87, INSTANCE).sw,
        host.delete(OTHER),
        host.delete(PACKAGE, related=True),
    ]


def registry(card: SoftCard) -> list[str]:
    """All that the card tells of itself, in a session of its own."""
    host = Host(card).open(ISD)
    return [*host.status(0x80), *host.status(0x40), *host.status(0x10), host.send(0xCA, 0xFF, 0x21).data.hex()]


def count(path: Path | None = None) -> tuple[int, list[list[str]]]:
    """Commands of the script, and the registries it goes through."""
    card = SoftCard.new(product("generic-usim"), state=path)
    card.power_on()
    host = Host(card)
    seen: list[list[str]] = []

    class Watching:
        def transmit(self, tpdu: bytes) -> bytes:
            answer = card.transmit(tpdu)
            now = [str(one) for one in (*sorted(store_view(card)),)]
            if not seen or now != seen[-1]:
                seen.append(now)
            return answer

    host.card = Watching()
    assert set(script(host)) == {"9000"}
    commands = len(host.sent) + sum(1 for _ in host.sent)  # each may be followed by GET RESPONSE
    card.close()
    return commands, seen


def store_view(card: SoftCard) -> list[str]:
    """What is in the state of applications and load files, by name."""
    return [
        f"{name}={value}"
        for name, value in card.store.values.items()
        if name.startswith(("gp:application:", "gp:file:", "gp:code:", "gp:card", "gp:data:"))
    ]


@pytest.mark.parametrize("kind", [Kind.TEAR_BEFORE, Kind.TEAR_AFTER])
def test_tear_at_every_command(kind: Kind) -> None:
    """After the tear the card is in a state the whole run goes through as well, and never between two of them."""
    commands, states = count()
    for at in range(1, commands + 1):
        card = SoftCard.new(product("generic-usim"))
        torn = FaultyCard(card, [Fault(kind, at)])
        torn.power_on()
        try:
            script(Host(torn))
        except CardRemovedError:
            pass
        torn.power_on()
        assert sorted(store_view(card)) in [sorted(one) for one in ([], *states)], at
        before = registry(card)
        card.power_off()
        card.power_on()
        assert registry(card) == before


def test_torn_between_load_blocks_and_again(tmp_path: Path) -> None:
    """The half package is gone after power up, and the same again completes; also from a state file."""
    path = tmp_path / "card.state"
    data = load_file(CAP.block())
    for blocks in range(1, 4):
        card = SoftCard.new(product("generic-usim"), state=path)
        card.power_on()
        host = Host(card).open(ISD)
        free = host.send(0xCA, 0xFF, 0x21).data
        assert host.send(0xE6, 0x02, 0, lv(PACKAGE, b"", b"", b"", b"")).ok
        for number in range(blocks):
            assert host.send(0xE8, 0, number, data[30 * number : 30 * number + 30]).ok
        card.power_loss()
        card.power_on()
        host.open(ISD)
        assert host.status(0x20, PACKAGE) == ["6a88"]
        assert host.send(0xCA, 0xFF, 0x21).data == free
        assert host.send(0xE8, 0x80, blocks, data[30 * blocks :]).sw == "6985"
        assert host.load(CAP, size=30) == "9000"
        card.close()
        card = SoftCard.new(product("generic-usim"), state=path)
        card.power_on()
        host = Host(card).open(ISD)
        assert host.status(0x20, PACKAGE)[0].startswith("e3")
        assert host.delete(PACKAGE) == "9000"
        card.close()


def test_the_code_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "card.state"
    card = SoftCard.new(product("generic-usim"), state=path)
    card.power_on()
    assert Host(card).open(ISD).load(CAP) == "9000"
    card.close()
    card = SoftCard.new(product("generic-usim"), state=path)
    assert card.gp is not None
    assert card.gp.registry.code(card.gp.registry.files[PACKAGE]) == CAP.block()
    card.close()
