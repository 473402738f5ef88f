"""The arithmetic floor: by hand for small plans, and below what is really sent for all products."""

from __future__ import annotations

from dataclasses import replace

import pytest

import simtool
from simtool.card.meter import Meter, MeterReading
from simtool.card.transport import EndpointTransport
from simtool.crypto.secret import Secret
from simtool.files.path import FilePath
from simtool.files.product import load, names
from simtool.perso.floor import floor
from simtool.perso.image import Unit
from simtool.perso.job import prepare
from simtool.perso.steps import ActivateFile, ChangePin, Plan, PresentPin, Step, WriteBytes
from simtool.softcard.card import SoftCard
from tests.perso.test_products import profile_for, record_for

ADM = PresentPin("ADM1", 0x0A, Secret(b"12345678", kind="adm1"))
VERIFY = 5 + 1 + 8 + 2


def write(path: str, length: int, *, offset: int = 0, record: int = 0) -> WriteBytes:
    return WriteBytes(Unit(FilePath(path), record), offset, bytes(length), False, "")


USIM, GSM, DF5GS = "MF/ADF.USIM", "MF/DF.GSM", "MF/ADF.USIM/DF.5GS"
AID = 8 + 16
BY_HAND: list[tuple[str, list[Step], list[int]]] = [
    # product, steps, the size of each TPDU
    ("sysmoISIM-SJA5", [], []),
    ("sysmoISIM-SJA5", [ADM], [VERIFY]),
    ("sysmoISIM-SJA5", [write("MF/EF.PL", 2)], [8 + 2]),  # has an SFI, and the MF is current
    ("sysmoISIM-SJA5", [write(f"{USIM}/EF.ACC", 2)], [AID, 8 + 2]),  # has an SFI
    ("sysmoISIM-SJA5", [write(f"{USIM}/EF.SPN", 17)], [AID, 8 + 2, 8 + 17]),  # has none
    ("sysmoISIM-SJA5", [write(f"{USIM}/EF.SPN", 5), write(f"{USIM}/EF.SPN", 4, offset=9)], [AID, 8 + 2, 13, 12]),
    ("sysmoISIM-SJA5", [write(f"{USIM}/EF.ACC", 2), write(f"{USIM}/EF.UST", 1)], [AID, 10, 9]),
    ("sysmoISIM-SJA5", [write(f"{GSM}/EF.AD", 1)], [8 + 4, 9]),  # one SELECT by path, two identifiers
    ("sysmoISIM-SJA5", [write(f"{GSM}/EF.AD", 1), write(f"{GSM}/EF.SST", 1)], [8 + 4, 9, 8 + 2, 9]),
    ("sysmoISIM-SJA5", [write(f"{DF5GS}/EF.SUCI_Calc_Info", 3)], [AID, 8 + 4, 11]),  # 7FFF, DF; then by SFI
    ("sysmoISIM-SJA5", [ActivateFile(Unit(FilePath(f"{USIM}/EF.ACC")), "")], [AID, 8 + 2, 7]),
    ("sysmoISIM-SJA5", [ChangePin("PIN1", 1, ADM.value, ADM.value, "")], [8 + 16]),
    ("sysmoSIM-GR2", [write(f"{GSM}/EF.AD", 1), write("MF/EF.ICCID", 10)], [8 + 2, 8 + 2, 9, 8 + 2, 18]),  # class A0
]  # fmt: skip


@pytest.mark.parametrize(("product", "steps", "sizes"), BY_HAND)
def test_by_hand(product: str, steps: list[Step], sizes: list[int]) -> None:
    plan = Plan(load(product), "", "", tuple(steps), "", ())
    assert floor(plan) == MeterReading(len(sizes), sum(sizes))


def test_reading_back_is_one_read_of_the_same() -> None:
    plan = Plan(load("sysmoISIM-SJA5"), "", "", (write("MF/EF.PL", 2),), "", ())
    assert floor(plan, read_back=True) == MeterReading(2, 20)


@pytest.mark.parametrize("product", names())
@pytest.mark.parametrize("read_back", [False, True])
def test_nothing_real_is_below_it(product: str, read_back: bool) -> None:
    card, profile = SoftCard.new(load(product)), profile_for(product)
    record = record_for(product, card, profile)
    meter = Meter(EndpointTransport(card, "soft"))
    with simtool.Session.open(meter) as session:
        plan = replace(prepare(session, profile, (record,), product=product).plan, card_iccid="")
        session.reset()
        before = meter.reading
        simtool.apply(plan, session, simtool.Options(read_back=read_back))
        spent = meter.reading - before
    least = floor(plan, read_back=read_back)
    assert 0 < least.tpdus <= spent.tpdus
    assert 0 < least.wire_bytes <= spent.wire_bytes
