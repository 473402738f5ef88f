"""What one card costs on the wire, and how fast the software card answers.

Counts are exact; rates depend on the machine.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import simtool
from simtool.card.meter import Meter, MeterReading
from simtool.card.session import Session
from simtool.card.transport import EndpointTransport
from simtool.crypto.secret import Secret
from simtool.errors import PlanError
from simtool.files.product import load, names
from simtool.perso.compiled import compile_profile
from simtool.perso.floor import floor
from simtool.perso.forecast import CardTiming, Line
from simtool.perso.memory.attempts import Attempts
from simtool.perso.memory.journal import Journals
from simtool.perso.read import read_iccid
from simtool.perso.verify import Check
from simtool.perso.visit import visit
from simtool.softcard.card import SoftCard
from tests.harness.pcscd import pcscd
from tests.harness.vpcd import seated
from tests.perso.rig import Reader, Rig, load_profile, plain_profile

ROOT = Path(__file__).resolve().parent.parent
PROFILE = ROOT / "scripts" / "bench-25-updates.yaml"
REFERENCE = MeterReading(292, 8866)  # today's reference tool: the same 25 updates, nothing read back
AIM_WRITE_ONLY = MeterReading(55, 1800)
AIM_PROVED_TPDUS = 85
SMALL_PROFILE = """
operator: {{kind: full, name: Bench, plmn: 901-070}}
identity: {{iccid: {{first: '894944000000115531'}}, imsi: {{first: '901070000004711'}}}}
authentication: {{algorithm: {algorithm}}}
network: {{user: [{{plmn: 901-070, technologies: [GERAN]}}]}}
"""
FLOOR = """\
floor: a VERIFY per PIN, the SELECTs that cannot be saved (short identifiers save them, a path reaches any file below
the MF or the application), and an UPDATE of exactly the bytes that differ; read back: a READ of the same
(simtool.perso.floor). Seconds: line rate of the ATR, and round times per command, write and byte
(simtool.perso.forecast)."""
EXCHANGES = 20000
HELP_RUNS = 5
COMPILED = ("sysmoISIM-SJA5", "gialersim")
"""A product that has every file of the profile, and one on whose cards some are made."""
CPU_CARDS = 12


def main() -> int:
    print("── One sysmoISIM-SJA5, 25 updates: TPDUs and bytes on the wire (T=0), forecast seconds")
    work, floors = measure_one()
    rows = [
        ("reference tool, writes blindly", str(REFERENCE), ""),
        ("write only", str(work[0]), f"aim {AIM_WRITE_ONLY}; floor {floors[0]}"),
        ("write and read back", str(work[1]), f"floor {floors[1]}"),
        ("write, read back, prove by AKA", str(work[2]), f"aim {AIM_PROVED_TPDUS} TPDUs"),
        ("whole visit: read, plan, write, verify", str(measure(whole_visit)), ""),
        ("finished card again: read, empty plan", str(measure_again()), ""),
    ]
    for name, value, aim in rows:
        print(f"{name:42}{value:36}{aim}")
    print(FLOOR)
    print("\n── A re-brand: another name on a finished card (aim: under 15 TPDUs with verification)")
    plain, proved = measure_rebrand()
    print(f"{'write and read back':42}{plain}")
    print(f"{'the same with the proof of all keys':42}{proved}")
    print("\n── Every product: identity, keys, network list")
    print(f"{'':22}{'write only':32}{'its floor':24}{'read back, keys proved'}")
    for name in names():
        found = measure_product(name)
        print(f"{name:22}" + (f"{found[0]!s:32}{found[1]!s:24}{found[2]}" if found else "its keys cannot be written"))
    print("\n── Rates on this machine")
    print(f"{'software card in process':42}{in_process():,.0f} TPDUs/s")
    print(f"{'software card through pcscd and pyscard':42}{through_pcsc():,.0f} TPDUs/s")
    print(f"{'simtool --help, CPU':42}{help_seconds() * 1000:.0f} ms")
    print("\n── The tool's own CPU for a card, the software card's left out: profile compiled anew, and once for all")
    print(f"{'':42}{'wanted content':24}{'whole visit, read back':28}{'visit, keys proved only'}")
    for name in COMPILED:
        anew, once = (cpu_of_a_card(name, compiled=compiled) for compiled in (False, True))
        cells = (f"{one * 1000:.2f} → {other * 1000:.2f} ms" for one, other in zip(anew, once, strict=True))
        print(f"{name:42}" + "".join(f"{cell:{width}}" for cell, width in zip(cells, (24, 28, 0), strict=True)))
    return 0


@dataclass(frozen=True, slots=True)
class Cost:
    """Counted TPDUs and bytes, and the seconds that the model of `simtool.perso.forecast` makes of them."""

    reading: MeterReading
    seconds: float

    def __str__(self) -> str:
        return f"{self.reading}, {self.seconds:.2f} s"


def cost_of(reading: MeterReading, plan: simtool.Plan) -> Cost:
    """The line and the time per command as counted; the card's own time for writing from the forecast of the plan."""
    line, timing = Line.from_atr(plan.model.atrs[0].value), CardTiming()
    written = simtool.forecast(plan, read_back=False)
    writing = written.seconds - line.seconds(written.wire_bytes) - written.tpdus * timing.command
    return Cost(reading, line.seconds(reading.wire_bytes) + reading.tpdus * timing.command + writing)


def card() -> tuple[Session, Meter]:
    meter = Meter(EndpointTransport(SoftCard.new(load("sysmoISIM-SJA5")), "soft"))
    return Session.open(meter), meter


def measure(job: Callable[[Session, Meter], MeterReading]) -> MeterReading:
    session, meter = card()
    with session:
        return job(session, meter)


def prepared(session: Session) -> tuple[simtool.Plan, simtool.DesiredCard, simtool.CardRecord]:
    profile = simtool.Profile.load(PROFILE)
    record = profile.issue(1)[0]
    model = simtool.identify(session)
    desired = simtool.render(profile, record, model)
    current = simtool.read_image(session, model, only=desired.image.units)
    return simtool.plan(current, desired, model), desired, record


def measure_one() -> tuple[tuple[Cost, Cost, Cost], tuple[MeterReading, MeterReading]]:
    """Write only, with reading back, with proof; and the floors of the first two."""
    found = []
    for read_back, proved in ((False, False), (True, False), (True, True)):
        session, meter = card()
        with session:
            plan, desired, record = prepared(session)
            session.reset()
            before = meter.reading
            simtool.apply(plan, session, simtool.Options(read_back=read_back))
            if proved:
                simtool.prove(session, desired.model, record.subscription)
            found.append(cost_of(meter.reading - before, plan))
    return (found[0], found[1], found[2]), (floor(plan), floor(plan, read_back=True))


def whole_visit(session: Session, meter: Meter) -> MeterReading:
    plan, desired, record = prepared(session)
    simtool.apply(plan, session)
    if not simtool.verify(session, desired, record):
        raise SystemExit("the card did not verify")
    return meter.reading


def measure_again() -> MeterReading:
    session, meter = card()
    with session:
        plan, desired, _ = prepared(session)
        simtool.apply(plan, session)
        session.reset()
        before = meter.reading
        current = simtool.read_image(session, desired.model, only=desired.image.units, credentials=desired.credentials)
        if simtool.plan(current, desired, desired.model):
            raise SystemExit("the plan for a finished card is not empty")
        return meter.reading - before


def measure_rebrand() -> tuple[MeterReading, MeterReading]:
    session, meter = card()
    with session:
        plan, desired, record = prepared(session)
        simtool.apply(plan, session)
        session.reset()
        text = PROFILE.read_text().replace("name: Benchmark", "name: Rebranded")
        profile = simtool.Profile.parse(text, folder=PROFILE.parent)
        wanted = simtool.render(profile, record, desired.model)
        current = simtool.read_image(session, desired.model, only=wanted.image.units, credentials=wanted.credentials)
        change = simtool.plan(current, wanted, desired.model)
        session.reset()
        before = meter.reading
        simtool.apply(change, session)
        plain = meter.reading - before
        simtool.prove(session, desired.model, record.subscription)
        return plain, meter.reading - before


def measure_product(name: str) -> tuple[Cost, MeterReading, Cost] | None:
    """Write only, its floor, and read back with proof; None where the product's keys cannot be written."""
    readings = []
    for read_back in (False, True):
        model, endpoint = load(name), SoftCard.new(load(name))
        meter = Meter(EndpointTransport(endpoint, name))
        with Session.open(meter) as session:
            simtool.identify(session, product=name)
            fixed = {spec.fixed.get("algorithm") for spec in model.authentication}
            algorithm = "comp128v1" if "comp128v1" in fixed else "milenage"
            profile = simtool.Profile.parse(SMALL_PROFILE.format(algorithm=algorithm))
            credentials = tuple(
                simtool.Credential(pin.name, Secret(pin.value, kind=pin.name.lower()))
                for pin in model.pins
                if pin.value
            )
            iccid = None if model.iccid_writable else read_iccid(session, model)
            issued = profile.issue(1)[0]
            record = replace(issued, iccid=iccid or issued.iccid, credentials=credentials)
            desired = simtool.render(profile, record, model)
            current = simtool.read_image(session, model, only=desired.image.units)
            try:
                plan = simtool.plan(current, desired, model)
            except PlanError:
                return None
            session.reset()
            before = meter.reading
            simtool.apply(plan, session, simtool.Options(read_back=read_back))
            if read_back:
                simtool.prove(session, model, record.subscription)
            readings.append(cost_of(meter.reading - before, plan))
    return readings[0], floor(plan), readings[1]


def in_process() -> float:
    endpoint = SoftCard.new(load("sysmoISIM-SJA5"))
    endpoint.power_on()
    return rate(endpoint.transmit)


def cpu_of_a_card(product: str, *, compiled: bool) -> tuple[float, float, float]:
    """Seconds of CPU: to render, for a whole visit, for one that only proves the keys; the card's own are left out."""
    rig = Rig(product, plain_profile() if product == COMPILED[0] else load_profile())
    whole = compile_profile(rig.profile, rig.model) if compiled else None
    compile_profile(rig.profile, rig.model).render(rig.record, rig.model)
    began = time.process_time()
    for _ in range(CPU_CARDS):
        (whole or compile_profile(rig.profile, rig.model)).render(rig.record, rig.model)
    found = [(time.process_time() - began) / CPU_CARDS]
    for checking in (Check.FULL, Check.PROOF):
        cards = [Watched(rig.card()) for _ in range(CPU_CARDS)]
        with TemporaryDirectory() as folder:
            began = time.process_time()
            for number, card in enumerate(cards):
                journals = Journals(Path(folder) / str(number), durable=False)
                with rig.session(card) as session:
                    done = visit(
                        session, rig.profile, (rig.record,), journals, keep=lambda _: None, product=product,
                        attempts=Attempts(), compiled=whole, checking=checking,
                    )  # fmt: skip
                if not done.good:
                    raise SystemExit("the card is not good")
            found.append((time.process_time() - began - sum(card.seconds for card in cards)) / CPU_CARDS)
    return found[0], found[1], found[2]


class Watched(Reader):
    """A reader that counts the CPU seconds of its card."""

    seconds = 0.0

    def transmit(self, tpdu: bytes) -> bytes:
        began = time.process_time()
        try:
            return super().transmit(tpdu)
        finally:
            self.seconds += time.process_time() - began


def through_pcsc() -> float:
    from simtool.card.pcsc import open_reader

    with pcscd(), seated(SoftCard.new(load("sysmoISIM-SJA5"))) as reader:
        transport = open_reader(reader)
        try:
            return rate(transport.exchange)
        finally:
            transport.close()


def rate(exchange: Callable[[bytes], bytes]) -> float:
    """Half SELECT, half READ BINARY, as a personaliser's reading would be."""
    select, read = bytes.fromhex("00a4000c022fe2"), bytes.fromhex("00b000000a")
    start = time.perf_counter()
    for _ in range(EXCHANGES // 2):
        exchange(select)
        exchange(read)
    return EXCHANGES / (time.perf_counter() - start)


def help_seconds() -> float:
    """CPU time of `simtool --help`, best of a few runs."""
    best = float("inf")
    for _ in range(HELP_RUNS):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-m", "simtool.cli", "--help"], check=True, stdout=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        best = min(best, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return best


if __name__ == "__main__":
    sys.exit(main())
