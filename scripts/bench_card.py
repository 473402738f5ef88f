"""What one card costs on the wire, and how fast the software card answers.

Counts are exact; rates depend on the machine.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import simtool
from simtool.card.meter import Meter, MeterReading
from simtool.card.session import Session
from simtool.card.transport import EndpointTransport
from simtool.crypto.secret import Secret
from simtool.errors import PlanError
from simtool.files.product import load, names
from simtool.perso.read import read_iccid
from simtool.softcard.card import SoftCard
from tests.harness.pcscd import pcscd
from tests.harness.vpcd import seated

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
EXCHANGES = 20000
HELP_RUNS = 5


def main() -> int:
    print("── One sysmoISIM-SJA5: TPDUs and bytes on the wire (T=0)")
    rows = [
        ("reference tool, writes blindly", str(REFERENCE), ""),
        ("write only", str(measure(write_only)), f"aim {AIM_WRITE_ONLY}"),
        ("write, read back, prove by AKA", str(measure(write_and_prove)), f"aim {AIM_PROVED_TPDUS} TPDUs"),
        ("whole visit: read, plan, write, verify", str(measure(whole_visit)), ""),
        ("finished card again: read, empty plan", str(measure_again()), ""),
    ]
    for name, value, aim in rows:
        print(f"{name:42}{value:28}{aim}")
    print("\n── A re-brand: another name on a finished card (aim: under 15 TPDUs with verification)")
    plain, proved = measure_rebrand()
    print(f"{'write and read back':42}{plain}")
    print(f"{'the same with the proof of all keys':42}{proved}")
    print("\n── Every product: identity, keys, network list; write only, and read back with proof")
    for name in names():
        counts = measure_product(name)
        print(
            f"{name:42}"
            + ("keys of this product cannot be written" if counts is None else f"{counts[0]!s:28}{counts[1]}")
        )
    print("\n── Rates on this machine")
    print(f"{'software card in process':42}{in_process():,.0f} TPDUs/s")
    print(f"{'software card through pcscd and pyscard':42}{through_pcsc():,.0f} TPDUs/s")
    print(f"{'simtool --help, CPU':42}{help_seconds() * 1000:.0f} ms")
    return 0


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


def write_only(session: Session, meter: Meter) -> MeterReading:
    plan, _, _ = prepared(session)
    session.reset()
    before = meter.reading
    simtool.apply(plan, session, simtool.Options(read_back=False))
    return meter.reading - before


def write_and_prove(session: Session, meter: Meter) -> MeterReading:
    plan, desired, record = prepared(session)
    session.reset()
    before = meter.reading
    simtool.apply(plan, session)
    simtool.prove(session, desired.model, record.subscription)
    return meter.reading - before


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


def measure_product(name: str) -> tuple[MeterReading, MeterReading] | None:
    """None where the product's keys cannot be written."""
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
            readings.append(meter.reading - before)
    return readings[0], readings[1]


def in_process() -> float:
    endpoint = SoftCard.new(load("sysmoISIM-SJA5"))
    endpoint.power_on()
    return rate(endpoint.transmit)


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
