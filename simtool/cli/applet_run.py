"""`simtool applet run`: a CAP file on a fresh software card, with a phone to try it, and a look inside."""

from __future__ import annotations

import typing
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import click

from simtool.cli.outcome import ExitCode, Outcome, command, table
from simtool.errors import InputError

if typing.TYPE_CHECKING:
    from simtool.card.session import Session
    from simtool.codec.cap import CapFile
    from simtool.files.product import CardModel
    from simtool.gp.domain import SecurityDomain
    from simtool.softcard.card import SoftCard
    from simtool.softcard.jcvm.inspection import Coverage

_FILE = click.Path(path_type=Path, dir_okay=False)
_FOLDER = click.Path(path_type=Path, file_okay=False)


@click.command("run")
@click.argument("file", type=_FILE)
@click.option("--parameters", metavar="HEX", default="C900", show_default=True, help="Install parameters.")
@click.option("--library", multiple=True, type=_FILE, help="A CAP file that FILE imports; repeat, in load order.")
@click.option("--product", default="generic-usim", show_default=True, help="The software card's product.")
@click.option("--walk", "walk_file", type=_FILE, help="Take the steps of this file instead of asking a person.")
@click.option("--screens", type=_FOLDER, help="Write each screen as a picture into this folder.")
@click.option("--speed", default=1.0, show_default=True, type=click.FloatRange(0, 100000), help="Times real time.")
@click.option("--trace-code", type=_FILE, help="Write every byte code that is executed into this file.")
@command
def run(
    file: Path,
    parameters: str,
    library: tuple[Path, ...],
    product: str,
    walk_file: Path | None,
    screens: Path | None,
    speed: float,
    trace_code: Path | None,
) -> Outcome:
    """Install FILE on a fresh software card, open the phone, and report what happened inside.

    Exceptions that the applet did not catch, with method and byte code; coverage; memory; the longest run. Exit code 1
    where a walk failed or an exception was not caught.
    """
    from simtool.card.handset.phone import Handset
    from simtool.card.handset.walk import Walk
    from simtool.cli.domain_options import parsed
    from simtool.cli.phone import Album, by_hand
    from simtool.perso.sections.fields import parse_hex

    raw = parsed("--parameters", parameters, parse_hex)
    walk = Walk.load(walk_file) if walk_file is not None else None
    album = Album(screens, dark=False) if screens is not None else None
    with _trace_file(trace_code) as tell, _bench(product, tell) as bench:
        for path in (*library, file):
            bench.install(path, raw if path is file else None)
        if walk is None:
            shown = by_hand(Handset(bench.session), speed, album)
            text, value, passed = "", shown.value, True
        else:
            handset = walk.handset(bench.session)
            report = walk.run(
                handset, watch=None if album is None else lambda result: album.keep(handset, result.screen)
            )
            text, value, passed = str(report), report.to_json(), report.passed
        inside = bench.report(file)
    good = passed and not inside["uncaught"]
    return Outcome(
        "\n".join(part for part in (text, _text(inside)) if part),
        {"phone": value, **inside},
        ExitCode.DONE if good else ExitCode.ERROR,
    )


@dataclass
class _Bench:
    """A fresh card with what was installed on it, and a session with it. `uncaught` collects what applets let go."""

    card: SoftCard
    session: Session
    model: CardModel
    seen: Coverage
    uncaught: list[dict[str, typing.Any]] = field(default_factory=list)

    def install(self, path: Path, parameters: bytes | None) -> None:
        """Load a CAP file, and install its applets where `parameters` are given. Raises `SimtoolError`."""
        from simtool.gp.content import WantedApplet, WantedPackage, apply_content, plan_content
        from simtool.perso.applets import load_cap
        from simtool.perso.application_wish import limits_of_product

        cap = load_cap(path)
        modules = cap.applets if parameters is not None else ()
        applets = tuple(WantedApplet(one.aid, one.aid, parameters or b"") for one in modules)
        with self._domain() as domain:
            steps = plan_content(
                (WantedPackage(cap, applets),), domain.registry(), product=limits_of_product(self.model)
            )
            apply_content(steps, domain)

    @contextmanager
    def _domain(self) -> Iterator[SecurityDomain]:
        """The issuer's domain, opened with the keys that the product is delivered with."""
        from simtool.crypto.key_set import KeyCipher, KeySet
        from simtool.crypto.secret import Secret
        from simtool.gp.domain import SecurityDomain, select_domain
        from simtool.gp.secure_channel import ForgetfulMemory, open_channel

        spec = self.model.global_platform
        if spec is None or not spec.keys:
            raise InputError(f"{self.model.name} has no keys for a fresh card", hint="take --product generic-usim")
        first = spec.keys[0]
        enc, mac, dek = (Secret(key) for key in first.keys)
        keys = KeySet(first.version, KeyCipher.AES if first.cipher == "aes" else KeyCipher.DES, enc, mac, dek)
        aid = select_domain(self.session)
        yield SecurityDomain(
            open_channel(self.session, keys, memory=ForgetfulMemory(), aid=aid or None), limit=spec.max_load_block
        )

    def report(self, path: Path) -> dict[str, typing.Any]:
        """What only the card knows: exceptions, coverage, memory, the longest run."""
        from simtool.perso.applets import load_cap
        from simtool.softcard.jcvm.inspection import coverage
        from simtool.softcard.jcvm.objects import Lifetime

        cap: CapFile = load_cap(path)
        machine = self.card.machine
        vm = machine.vm
        methods = coverage(vm.packages[cap.package.aid], self.seen)
        return {
            "uncaught": self.uncaught,
            "coverage": [
                {"method": one.method, "executed": one.executed, "instructions": one.instructions} for one in methods
            ],
            "memory": {
                "code": len(cap.load_file_data_block()),
                "heap": vm.heap.used,
                "transient_reset": vm.heap.transient[Lifetime.CLEAR_ON_RESET],
                "transient_deselect": vm.heap.transient[Lifetime.CLEAR_ON_DESELECT],
            },
            "longest_run": machine.longest,
        }


@contextmanager
def _bench(product: str, tell: Callable[[str], None] | None) -> Iterator[_Bench]:
    """A fresh card of a product, interpreted and watched."""
    from simtool.card.session import Session
    from simtool.errors import CodecError
    from simtool.files.product import load
    from simtool.opening import SoftCardTransport
    from simtool.softcard.card import SoftCard
    from simtool.softcard.jcvm.inspection import Coverage, name_of, origin

    try:
        model = load(product)
    except CodecError as error:
        raise InputError(str(error), hint="simtool card models lists the products") from None
    card, seen = SoftCard.new(model), Coverage(tell)
    with Session.open(SoftCardTransport(card, f"soft:{model.name}")) as session:
        bench = _Bench(card, session, model, seen)
        card.machine.vm.use(translator=False, tracer=seen)
        card.machine.on_uncaught = lambda entry, error: bench.uncaught.append(
            {"applet": entry.aid.hex().upper(), "what": name_of(error), "at": [str(one) for one in origin(error)]}
        )
        yield bench


@contextmanager
def _trace_file(path: Path | None) -> Iterator[Callable[[str], None] | None]:
    if path is None:
        yield None
        return
    try:
        with path.open("w", encoding="utf-8") as file:
            yield lambda line: print(line, file=file)
    except OSError as error:
        raise InputError(error.strerror or str(error), place=str(path)) from None


def _text(inside: dict[str, typing.Any]) -> str:
    lines = []
    for one in inside["uncaught"]:
        lines.append(f"not caught in {one['applet']}: {one['what']}")
        lines += [f"    {place}" for place in one["at"]]
    rows = [(one["method"], f"{one['executed']} of {one['instructions']}") for one in inside["coverage"]]
    lines.append(table(rows, head=("method", "instructions executed")))
    memory = inside["memory"]
    lines.append(
        f"code {memory['code']} bytes, heap {memory['heap']}, transient {memory['transient_reset']} until reset and "
        f"{memory['transient_deselect']} until deselected; longest run {inside['longest_run']} byte codes"
    )
    return "\n".join(lines)
