"""What one card costs on the wire, and how fast the software card answers.

Counts are exact; rates depend on the machine.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import simtool
from simtool.card.meter import Meter, MeterReading
from simtool.card.session import Session
from simtool.card.transport import EndpointTransport
from simtool.files.product import load
from simtool.softcard.card import SoftCard
from tests.harness.pcscd import pcscd
from tests.harness.vpcd import seated

ROOT = Path(__file__).resolve().parent.parent
PROFILE = ROOT / "scripts" / "bench-25-updates.yaml"
REFERENCE = MeterReading(292, 8866)  # today's reference tool: the same 25 updates, nothing read back
AIM_WRITE_ONLY = MeterReading(55, 1800)
AIM_PROVED_TPDUS = 85
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
    simtool.apply(plan, session, read_back=False)
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
