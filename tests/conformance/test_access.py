"""Access conditions of the files that the product has (TS 102 221 §9.2, §9.6; each file's rule from its description).

Every readable kind of EF is read with nothing verified, with each PIN, and with ADM. Nothing is written: whether UPDATE
is allowed shows by writing back what was read, and only where reading is allowed too.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from simtool.codec.access import AccessMode
from simtool.files.path import FilePath
from simtool.files.product import CardModel, FileSpec, FileType
from tests.conformance.bench import Bench
from tests.conformance.survey import elementary, guard, met_with, understood
from tests.conformance.test_pin import home

pytestmark = [pytest.mark.needs("uicc"), pytest.mark.needs("PIN1", "PIN2", "adm")]

DENIED = "6982"


def readable(model: CardModel) -> Iterator[FilePath]:
    """EFs whose rules the description explains, and that have content to read."""
    for spec in elementary(model):
        known = understood(model, guard(model, spec, AccessMode.READ))
        known = known and understood(model, guard(model, spec, AccessMode.UPDATE))
        if known and spec.type is not FileType.BER_TLV:
            yield spec.path


def read_command(spec: FileSpec) -> str:
    if spec.type.has_records:
        return f"00b20104{(spec.record_length or 0) & 0xFF:02x}"
    return "00b0000001"


def enable_all(bench: Bench) -> None:
    """PIN1 enabled, nothing verified: the state for which the rules are read."""
    home(bench)
    bench.enable("PIN1")


@pytest.mark.per_row(of=readable)
def test_rule(bench: Bench, row: FilePath) -> None:
    """§9.2, §9.6: READ and UPDATE are possible exactly with what the file's rule asks for; 6982 otherwise."""
    spec = bench.spec(row)
    assert bench.adm is not None
    enable_all(bench)
    reading = guard(bench.model, spec, AccessMode.READ)
    updating = guard(bench.model, spec, AccessMode.UPDATE)
    for names in ((), ("PIN1",), ("PIN2",), (bench.adm,), ("PIN1", "PIN2", bench.adm)):
        bench.reset()
        home(bench)
        for name in names:
            bench.verify(name)
        bench.select(spec.path)
        can_read = met_with(bench.model, reading, *names)
        content = bench.expect(read_command(spec), "9000" if can_read else DENIED, why=f"{row} with {names}: {reading}")
        command = update_command(spec, content or bytes(1))
        if met_with(bench.model, updating, *names):
            if content and not spec.secret and spec.layout is None and spec.type is not FileType.CYCLIC:
                bench.expect(command, why=f"{row} with {names}: {updating}")
        else:
            bench.expect(command, DENIED, why=f"{row} with {names}: {updating}")


def update_command(spec: FileSpec, content: bytes) -> str:
    """An UPDATE of what was read; of a whole record if the file has records, so that its length is right."""
    if spec.type is FileType.CYCLIC:
        return f"00dc0003{spec.record_length or 0:02x}{'00' * (spec.record_length or 0)}"
    if spec.type.has_records:
        content = content.ljust(spec.record_length or 0, b"\xff")
        return f"00dc0104{len(content):02x}{content.hex()}"
    return f"00d6000001{content[:1].hex()}"


def deactivated(model: CardModel) -> Iterator[FilePath]:
    for spec in model.files.values():
        if spec.life_cycle & 0xFD == 0x04 and spec.type in (FileType.TRANSPARENT, FileType.LINEAR_FIXED):
            yield spec.path


@pytest.mark.per_row(of=deactivated)
def test_deactivated_file(bench: Bench, row: FilePath) -> None:
    """§11.1.14.1: only SELECT, ACTIVATE, and what the administration needs work on a deactivated EF; READ is 6984."""
    home(bench)
    bench.unlock()
    bench.select(row)
    bench.expect(read_command(bench.spec(row)), "6984 6985")
