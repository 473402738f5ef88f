"""A fresh software card for an applet's developer: what is put on it, and what only its inside knows."""

from __future__ import annotations

import typing
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from simtool.errors import CodecError, InputError

if typing.TYPE_CHECKING:
    from simtool.card.session import Session
    from simtool.codec.apdu import CommandApdu
    from simtool.crypto.key_set import KeySet
    from simtool.files.global_platform import GlobalPlatformSpec
    from simtool.files.product import CardModel
    from simtool.gp.content import WantedPackage
    from simtool.gp.domain import SecurityDomain
    from simtool.softcard.applets.machine import Machine
    from simtool.softcard.card import SoftCard
    from simtool.softcard.jcvm.inspection import Coverage, Place

_ISO_EXCEPTION = "javacard/framework/ISOException"


@dataclass(frozen=True, slots=True)
class Uncaught:
    """An exception that an applet let go, or a fault that ended its run; `at` has the innermost method first."""

    applet: str
    what: str
    at: tuple[Place, ...]

    @property
    def is_answer(self) -> bool:
        """An ISOException: in answer to a command it is the way to say a status word."""
        return self.what.startswith(_ISO_EXCEPTION)

    def to_json(self) -> dict[str, typing.Any]:
        places = [{"method": one.method, "offset": one.offset, "instruction": one.instruction} for one in self.at]
        return {"applet": self.applet, "what": self.what, "at": places}

    def __str__(self) -> str:
        whose = f" in {self.applet}" if self.applet else ""
        return "\n".join((f"not caught{whose}: {self.what}", *(f"    {place}" for place in self.at)))


@dataclass
class Bench:
    """The card and a session with it. `uncaught` collects what applets let go, `why` what else refused something.

    `packages` are what was wanted on it, in load order.
    """

    card: SoftCard
    session: Session
    model: CardModel
    seen: Coverage
    limit: int
    uncaught: list[Uncaught] = field(default_factory=list)
    why: list[str] = field(default_factory=list)
    packages: list[WantedPackage] = field(default_factory=list)
    _watched: Machine | None = None

    def watch(self) -> None:
        """Look over the machine's shoulder. A card that failed inside has a new one: that is told, and watched too."""
        from simtool.softcard.jcvm.inspection import name_of, origin

        machine = self.card.machine
        if machine is self._watched:
            return
        if self._watched is not None:
            what = "the software card itself failed, which is a defect of simtool: please report it with the text above"
            self.uncaught.append(Uncaught("", what, ()))
        self._watched = machine
        machine.vm.use(translator=False, tracer=self.seen)
        machine.on_uncaught = lambda entry, error: self.uncaught.append(
            Uncaught(entry.aid.hex().upper(), name_of(error), tuple(origin(error)))
        )
        machine.budget = self.limit
        machine.on_refused = self.why.append

    def install(self, packages: tuple[WantedPackage, ...]) -> str:
        """Load packages and install their instances; the text of what went wrong, or nothing.

        Raises `PlanError` where the files themselves tell that the card would refuse them.
        """
        from simtool.errors import StatusError
        from simtool.gp.content import apply_content, plan_content
        from simtool.perso.application_wish import limits_of_product

        self.packages += packages
        with self._domain() as domain:
            self.why += self._lacking(packages)
            steps = plan_content(packages, domain.registry(), product=limits_of_product(self.model))
            try:
                apply_content(steps, domain)
            except StatusError as error:
                self.watch()
                self.why += self._warnings(packages)
                return f"the card answered {error.sw:04X}" if self.uncaught or self.why else str(error)
        self.watch()
        return ""

    @staticmethod
    def _warnings(packages: tuple[WantedPackage, ...]) -> Iterator[str]:
        """What is odd about the install parameters; only worth telling when something went wrong."""
        from simtool.gp.lint import lint

        for package in packages:
            for one in package.applets:
                for finding in lint(one.parameters, one.instance, cap=package.cap, module=one.module):
                    yield f"{package.title}, {one.instance.hex().upper()}: {finding}"

    def _lacking(self, packages: tuple[WantedPackage, ...]) -> Iterator[str]:
        """What the packages import and neither the product nor the others have."""
        from simtool.gp.inspection import Offer, inspect
        from simtool.perso.application_wish import limits_of_product

        brought = {package.cap.package.aid for package in packages}
        for package in packages:
            for need in inspect(package.cap, product=limits_of_product(self.model)).needs:
                if need.offer is not Offer.OFFERED and need.package.aid not in brought:
                    there = f", {self.model.name} has {need.on_card}" if need.on_card else ""
                    yield f"{package.title} imports {need.name} {need.package.version}: {need.offer.words}{there}"

    @property
    def instances(self) -> list[bytes]:
        """AIDs of the instances that were wanted."""
        return [one.instance for package in self.packages for one in package.applets]

    def ask(self, commands: tuple[CommandApdu, ...]) -> list[dict[str, typing.Any]]:
        """Select the first instance and send it commands: each with its answer and the ISOExceptions that led to it."""
        from simtool.codec.apdu import CommandApdu

        found = []
        select = CommandApdu(0x00, 0xA4, 0x04, 0x00, self.instances[0], 256)
        for one in (select, *commands):
            before = len(self.uncaught)
            answer = self.session.send(one)
            self.watch()
            thrown = self.uncaught[before:]
            self.uncaught[before:] = [each for each in thrown if not each.is_answer]
            answers = [each.to_json() for each in thrown if each.is_answer]
            said = {"command": one.encode().hex().upper(), "data": answer.data.hex().upper(), "sw": f"{answer.sw:04X}"}
            found.append(said | {"thrown": answers})
        self.session.reset()
        return found

    @contextmanager
    def _domain(self) -> Iterator[SecurityDomain]:
        """The issuer's domain, opened with a key set that this very card has."""
        from simtool.gp.domain import SecurityDomain, select_domain
        from simtool.gp.secure_channel import ForgetfulMemory, open_channel
        from simtool.perso.applications import protocol_options

        keys, spec = self._keys()
        aid = select_domain(self.session)
        options = protocol_options(SecurityDomain(self.session), keys)
        channel = open_channel(self.session, keys, memory=ForgetfulMemory(), aid=aid or None, options=options)
        yield SecurityDomain(channel, limit=spec.max_load_block)

    def _keys(self) -> tuple[KeySet, GlobalPlatformSpec]:
        platform, spec = self.card.gp, self.model.global_platform
        if platform is not None and spec is not None:
            keys = platform.keys(platform.registry.issuer)
            for version in keys.versions():
                found = keys.key_set(version)
                if found is not None and any(channel.takes(version) for channel in spec.secure_channels):
                    return found, spec
        raise InputError(f"{self.model.name} has no keys that open its issuer's domain", hint=_products_hint())

    def report(self) -> dict[str, typing.Any]:
        """What only the card knows: exceptions, coverage, memory, the longest run."""
        from simtool.softcard.jcvm.inspection import coverage
        from simtool.softcard.jcvm.objects import Lifetime

        self.watch()
        machine = self.card.machine
        vm = machine.vm
        loaded = [vm.packages[one.cap.package.aid] for one in self.packages if one.cap.package.aid in vm.packages]
        rows = [one for package in loaded for one in coverage(package, self.seen)]
        return {
            "uncaught": [one.to_json() for one in self.uncaught],
            "coverage": [
                {"method": one.method, "executed": one.executed, "instructions": one.instructions} for one in rows
            ],
            "memory": {
                "code": sum(len(one.cap.load_file_data_block()) for one in self.packages),
                "heap": vm.heap.used,
                "transient_reset": vm.heap.transient[Lifetime.CLEAR_ON_RESET],
                "transient_deselect": vm.heap.transient[Lifetime.CLEAR_ON_DESELECT],
            },
            "longest_run": machine.longest,
        }


@contextmanager
def bench_of(
    product: str,
    *,
    limit: int,
    tell: Callable[[str], None] | None = None,
    trace: Callable[[str], None] | None = None,
) -> Iterator[Bench]:
    """A fresh card of a product, interpreted and watched. `tell` takes each instruction, `trace` each command.

    A run of more than `limit` byte codes is ended: it is taken for an endless loop.

    Raises `InputError` for a product that is not known or runs no applets.
    """
    from simtool.card.session import Session
    from simtool.files.product import load
    from simtool.opening import SoftCardTransport
    from simtool.softcard.card import SoftCard
    from simtool.softcard.jcvm.inspection import Coverage

    try:
        model = load(product)
    except CodecError as error:
        raise InputError(str(error), hint=_products_hint()) from None
    if model.global_platform is None or not model.global_platform.api:
        raise InputError(f"{model.name} runs no applets", hint=_products_hint())
    card = SoftCard.new(model)
    with Session.open(SoftCardTransport(card, f"soft:{model.name}"), trace=trace) as session:
        bench = Bench(card, session, model, Coverage(tell), limit)
        bench.watch()
        yield bench


def _products_hint() -> str:
    from simtool.files.product import load, names

    able = []
    for name in names():
        spec = load(name).global_platform
        if spec is not None and spec.api:
            able.append(name)
    return f"products that run applets: {', '.join(able)}"


@contextmanager
def code_trace(path: Path | None) -> Iterator[Callable[[str], None] | None]:
    """Takes the lines of a trace into a file. Raises `InputError` for one that cannot be written."""
    if path is None:
        yield None
        return
    try:
        file = path.open("w", encoding="utf-8")
    except OSError as error:
        raise InputError(error.strerror or str(error), place=str(path)) from None
    with file:
        yield lambda line: print(line, file=file)
