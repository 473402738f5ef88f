"""What SELECT returns: the FCP template (TS 102 221 §11.1.1.3, §11.1.1.4), of every file of the product."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from simtool.codec import tlv
from simtool.files.path import FilePath
from simtool.files.product import CardModel, FileSpec, FileType, SfiCoding
from tests.conformance.bench import Bench
from tests.conformance.survey import MF, USIM

pytestmark = pytest.mark.needs("uicc")

DESCRIPTOR, FID, DF_NAME, PROPRIETARY, LIFE_CYCLE = 0x82, 0x83, 0x84, 0xA5, 0x8A
SECURITY = (0x8B, 0x8C, 0xAB)
PIN_STATUS, SIZE, TOTAL_SIZE, SFI = 0xC6, 0x80, 0x81, 0x88

# §11.1.1.3.1 to .3: the order in which the objects stand. Tag 8A and the security attributes have one place.
ORDER_OF_DF = (DESCRIPTOR, FID, DF_NAME, PROPRIETARY, LIFE_CYCLE, SECURITY, PIN_STATUS, TOTAL_SIZE)
ORDER_OF_EF = (DESCRIPTOR, FID, PROPRIETARY, LIFE_CYCLE, SECURITY, SIZE, TOTAL_SIZE, SFI)

STRUCTURE_BITS = {
    FileType.TRANSPARENT: 0x01,
    FileType.LINEAR_FIXED: 0x02,
    FileType.CYCLIC: 0x06,
    FileType.BER_TLV: 0x39,
    FileType.DF: 0x38,
    FileType.ADF: 0x38,
}


def selectable(model: CardModel) -> Iterator[FilePath]:
    return (path for path, spec in model.files.items() if spec.type is not FileType.INTERNAL)


def objects(bench: Bench, path: FilePath) -> list[tlv.Tlv]:
    if path.parent is not None and bench.spec(path).type is not FileType.ADF:
        bench.select(path.parent)
    answer = bench.expect(f"00{bench.select_command(path, 0x04)}00", "9000 62xx", why=str(path))
    (template,) = tlv.parse(answer)
    assert template.tag == 0x62, "§11.1.1.3.0: FCP template tag"
    return tlv.parse(template.value)


def place(order: tuple[int | tuple[int, ...], ...], tag: int) -> int | None:
    return next((n for n, one in enumerate(order) if tag == one or (isinstance(one, tuple) and tag in one)), None)


@pytest.mark.per_row(of=selectable)
def test_template(bench: Bench, row: FilePath) -> None:
    """§11.1.1.3.1 (MF), .2 (DF, ADF), .3 (EF), §11.1.1.4: what has to be there, its order, and that it is true."""
    spec = bench.spec(row)
    found = objects(bench, row)
    sw = bench.session.last_sw
    _check_presence(spec, [part.tag for part in found])
    values = {part.tag: part.value for part in found}
    _check_description(spec, values)
    assert values[LIFE_CYCLE] == bytes((spec.life_cycle,)), "§11.1.1.4.9 table 11.7b"
    deactivated = spec.life_cycle & 0xFD == 0x04
    assert sw == 0x9000 or (sw == 0x6283 and deactivated), "§11.1.1.1: 6283 tells of a deactivated file"


def _check_presence(spec: FileSpec, tags: list[int]) -> None:
    """The mandatory objects, and the order of those that stand there."""
    is_df = spec.type.is_directory
    mandatory = [DESCRIPTOR, LIFE_CYCLE]
    mandatory += [PIN_STATUS] if is_df else [FID]
    mandatory += [FID] if is_df and spec.has_fid else []
    mandatory += [SIZE] if not is_df and spec.type is not FileType.BER_TLV else []
    mandatory += [DF_NAME] if spec.type is FileType.ADF else []
    missing = [f"{tag:02X}" for tag in mandatory if tag not in tags]
    assert not missing, f"tags {missing} are missing"
    assert sum(tag in SECURITY for tag in tags) == 1, "§11.1.1.4.7: one security attribute"
    order = ORDER_OF_DF if is_df else ORDER_OF_EF
    places = [at for at in (place(order, tag) for tag in tags) if at is not None]
    assert places == sorted(places), [f"{tag:02X}" for tag in tags]
    assert tags[0] == DESCRIPTOR
    assert len(set(tags)) == len(tags), "an object stands twice"


def _check_description(spec: FileSpec, found: dict[int, bytes]) -> None:
    """§11.1.1.4.1 to .8: what the template says is what the product is."""
    descriptor = found[DESCRIPTOR]
    assert descriptor[0] & 0x3F == STRUCTURE_BITS[spec.type], "§11.1.1.4.3 table 11.5"
    if spec.type.has_records:
        assert len(descriptor) == 5, "§11.1.1.4.3: record length and number of records"
        assert int.from_bytes(descriptor[2:4]) == spec.record_length
        assert descriptor[4] == spec.records
    else:
        assert len(descriptor) == 2, "§11.1.1.4.3"
    if FID in found:
        assert int.from_bytes(found[FID]) == (spec.fid if spec.has_fid else 0x7FFF), "§11.1.1.4.4"
    if spec.type is FileType.ADF:
        assert found[DF_NAME] == spec.aid, "§11.1.1.4.5"
    if SIZE in found and spec.type is not FileType.BER_TLV:
        assert len(found[SIZE]) >= 2, "§11.1.1.4.1"
        assert int.from_bytes(found[SIZE]) == spec.size, "§11.1.1.4.1"
    if spec.security is not None:
        assert found.get(spec.security[0]) == spec.security[1], "§11.1.1.4.7"
    if not spec.type.is_directory:
        _check_sfi(found.get(SFI), spec.sfi, spec.sfi_coding)


def _check_sfi(value: bytes | None, sfi: int | None, coding: SfiCoding) -> None:
    """§11.1.1.4.8: the SFI in bits 8 to 4; empty for none; the tag left out where it is the identifier's low bits."""
    if coding is SfiCoding.DEFAULT:
        assert value is None
    elif sfi is None:
        assert value == b""
    else:
        assert value == bytes((sfi << 3,))


def test_mf(bench: Bench) -> None:
    """§11.1.1.3.1, §11.1.1.4.6: the MF's template carries UICC characteristics (80) and perhaps memory (83)."""
    found = {part.tag: part.value for part in objects(bench, MF)}
    assert found[FID] == b"\x3f\x00"
    inside = {part.tag: part.value for part in tlv.parse(found[PROPRIETARY])}
    assert len(inside[0x80]) == 1, "UICC characteristics are mandatory for the MF"


def status_of(bench: Bench, ref: int) -> bool:
    """The bit of one key reference in the PIN status template of the current directory (§9.5.2, §11.1.1.4.10)."""
    (template,) = tlv.parse(bench.expect("80f2000000"))
    found = {part.tag: part.value for part in tlv.parse(template.value)}
    parts = tlv.parse(found[PIN_STATUS])
    assert parts[0].tag == 0x90, "§9.5.2: PS_DO comes first"
    refs = [part.value[0] for part in parts if part.tag == 0x83]
    assert len(parts[0].value) == (len(refs) + 7) // 8, "§9.5.2: one bit for each key reference, padded to bytes"
    at = refs.index(ref)
    return bool(parts[0].value[at // 8] >> (7 - at % 8) & 1)


@pytest.mark.needs("PIN1")
def test_pin_status_is_live(bench: Bench) -> None:
    """§9.5.2: the bit is 1 while the PIN is enabled, 0 while it is disabled, in every directory that lists it."""
    place = USIM if bench.model.has(USIM) else MF
    bench.select(place)
    ref = bench.pin("PIN1").rule_ref
    bench.enable("PIN1", True)
    assert status_of(bench, ref) is True
    bench.select("MF")
    assert status_of(bench, ref) is True
    bench.enable("PIN1", False)
    assert status_of(bench, ref) is False
    bench.select(place)
    assert status_of(bench, ref) is False


def test_no_data_wanted(bench: Bench) -> None:
    """§11.1.1.2 table 11.2: P2 = 0C returns nothing."""
    assert bench.expect("00a4000c023f00") == b""
    assert bench.tpdu("00a4000c023f00").sw == 0x9000


def test_template_same_by_status(bench: Bench) -> None:
    """§11.1.2.2 table 11.9: STATUS with P2 = 00 returns what SELECT of the current directory returned."""
    for path in [MF, *([USIM] if bench.model.has(USIM) else [])]:
        selected = bench.expect(f"00{bench.select_command(path, 0x04)}00")
        assert bench.expect("80f2000000") == selected, path
