"""Card products: each loads, and those made from a real card answer as that card did."""

from __future__ import annotations

from functools import reduce
from hashlib import sha256
from operator import xor
from pathlib import Path

import pytest
import yaml

from simtool.errors import DecodeError
from simtool.files import product
from simtool.files.path import FilePath
from simtool.files.product import CardModel, FileSpec, FileType, SfiCoding

DUMPS = Path(__file__).parents[1] / "vectors" / "dumps"
BROKEN = {("Fairwaves-SIM", "MF/ADF.USIM/EF.PUCT")}  # the card itself names a record that does not exist
DUMPED = sorted(path.stem for path in DUMPS.glob("*.yaml"))


def rows(name: str) -> list[tuple[str, str, str]]:
    return [tuple(row) for row in yaml.load((DUMPS / f"{name}.yaml").read_text(), Loader=yaml.CSafeLoader)["files"]]


def tlv(tag: int, value: bytes) -> bytes:
    length = bytes((len(value),)) if len(value) < 0x80 else bytes((0x81, len(value)))
    return bytes((tag,)) + length + value


def fcp(model: CardModel, spec: FileSpec) -> bytes:
    """The FCP that follows from a product's row (TS 102 221 §11.1.1.4), coded here a second time on purpose."""
    shape = b""
    if spec.type.has_records:
        shape = spec.record_length.to_bytes(2) + bytes((spec.records,))
    body = tlv(0x82, spec.descriptor + shape)
    if spec.has_fid:
        body += tlv(0x83, spec.fid.to_bytes(2))
    if spec.aid is not None:
        body += tlv(0x84, spec.aid)
    if spec.proprietary:
        body += tlv(0xA5, spec.proprietary)
    body += tlv(0x8A, bytes((spec.life_cycle,)))
    if spec.security:
        body += tlv(*spec.security)
    if not spec.type.is_directory:
        body += tlv(0x80, spec.size.to_bytes(2))
        if spec.sfi_coding is SfiCoding.GIVEN:
            body += tlv(0x88, bytes((spec.sfi << 3,)))
        elif spec.sfi_coding is SfiCoding.NONE:
            body += tlv(0x88, b"")
    else:
        pins = [model.pin(name) for name in spec.pin_status]
        enabled = sum(0x80 >> index for index, pin in enumerate(pins) if pin.enabled)
        body += tlv(0xC6, tlv(0x90, bytes((enabled,))) + b"".join(tlv(0x83, bytes((pin.rule_ref,))) for pin in pins))
    return tlv(0x62, body)


def answer_2g(spec: FileSpec) -> bytes:
    """The answer to SELECT in class A0 as far as a row says it (TS 51.011 §9.2.1)."""
    if spec.type.is_directory:
        return spec.response_2g
    structure = {FileType.TRANSPARENT: 0, FileType.LINEAR_FIXED: 1, FileType.CYCLIC: 3}[spec.type]
    return spec.size.to_bytes(2) + spec.fid.to_bytes(2) + b"\x04" + spec.access_2g + bytes((structure,))


def content(model: CardModel, path: str) -> bytes:
    spec = model.file(model.source(FilePath(path)))
    return spec.content + b"".join(spec.contents)


@pytest.mark.parametrize("name", product.names())
def test_loads(name):
    model = product.load(name)
    assert model.name == name
    assert model.atrs and model.atrs[0].value[0] in (0x3B, 0x3F)
    assert model.has("MF") and model.has("MF/EF.ICCID")
    assert set(model.pin_status) | set(model.conditions.values()) <= {pin.name for pin in model.pins}
    assert model.adm is None or model.pin(model.adm.pin)


@pytest.mark.parametrize("name", product.names())
def test_answers_to_reset_are_whole(name):
    """ISO/IEC 7816-3 §8.2: length as T0 and the TDs say; a check byte unless only T=0 is offered."""
    for atr in product.load(name).atrs:
        place, announced, protocols = 2, atr.value[1], set()
        while True:
            here = announced >> 4
            place += here.bit_count()
            if not here & 8:
                break
            announced = atr.value[place - 1]
            protocols.add(announced & 0x0F)
        place += atr.value[1] & 0x0F
        checked = bool(protocols - {0})
        assert len(atr.value) == place + checked, atr.value.hex()
        assert not checked or reduce(xor, atr.value[1:]) == 0, atr.value.hex()


@pytest.mark.parametrize("name", product.names())
def test_no_two_files_of_one_directory_share_a_fid(name):
    model = product.load(name)
    for spec in model.files.values():
        if spec.type.is_directory:
            fids = [child.fid for child in model.children(spec.path) if child.type is not FileType.INTERNAL]
            fids = [fid for fid in fids if fid != 0x7FFF]
            assert len(fids) == len(set(fids)), spec.path


@pytest.mark.parametrize("name", product.names())
def test_references_to_access_rules_lead_to_a_record(name):
    """TS 102 221 §9.2.7: the EF.ARR in the file's own directory, else in the one above."""
    model = product.load(name)
    for spec in model.files.values():
        if spec.security is None or spec.security[0] != 0x8B or (name, str(spec.path)) in BROKEN:
            continue
        reference = spec.security[1]
        fid, records = int.from_bytes(reference[:2]), reference[3::2] if len(reference) > 3 else reference[2:]
        folder = spec.path if spec.type.is_directory else spec.path.parent
        found = None
        while folder is not None and found is None:
            found = next((child for child in model.children(folder) if child.fid == fid), None)
            folder = folder.parent
        assert found is not None, spec.path
        for record in records:
            assert 1 <= record <= found.records and found.contents[record - 1].strip(b"\xff"), spec.path


@pytest.mark.parametrize("name", DUMPED)
def test_rows_answer_as_the_real_card_did(name):
    model = product.load(name)
    for path, raw, digest in rows(name):
        spec = model.file(path)
        if raw.startswith("62"):
            assert fcp(model, spec).hex() == raw, path
        elif spec.type.is_directory:
            assert answer_2g(spec).hex() == raw, path
        else:
            answer = bytes.fromhex(raw)
            assert answer_2g(spec) == answer[2:7] + answer[8:11] + answer[13:14], path
        if digest:
            assert sha256(content(model, path)).hexdigest()[:16] == digest, path


def test_pin_file_holds_the_pin_as_delivered():
    model = product.load("sysmoISIM-SJA5")
    spec = model.file("MF/DF.SYSTEM/EF.CHV1")
    values = spec.layout.decode(spec.content)
    assert (values["pin"], values["disabled"], values["tries_left"]) == (b"0000\xff\xff\xff\xff", 1, 3)
    assert (values["puk"], values["puk_tries"]) == (b"15091909", 10)
    assert spec.secret


def test_links_end_at_the_file_that_holds_the_content():
    model = product.load("sysmoISIM-SJA5")
    assert model.source(FilePath("MF/DF.GSM/EF.IMSI")) == FilePath("MF/ADF.USIM/EF.IMSI")
    assert model.source(FilePath("MF/DF.GSM/EF.AD")) == FilePath("MF/DF.GSM/EF.AD")


MINIMAL = """
name: x
atr: [{{value: '3b00'}}]
pins: [{{name: PIN1, ref: '01', text: '0000'}}]
files:
  - {{path: MF, fid: '3f00', type: df}}
  - {row}
"""


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("{path: MF/EF.A, fid: '2f01', type: transparent}", "size"),
        ("{path: MF/EF.A, fid: '2f01', type: linear_fixed, record_length: 3}", "record_length and records"),
        ("{path: MF/DF.A/EF.B, fid: '2f01', type: transparent, size: 1}", "directory is missing"),
        ("{path: MF/EF.A, fid: '2f01', type: transparent, size: 1, content: 'ffff'}", "do not fit"),
        ("{path: MF/EF.A, fid: '2f01', type: linear_fixed, record_length: 1, records: 1, contents: {2: '00'}}", "of 1"),
        ("{path: MF/EF.A, fid: '2f01', type: transparent, size: 1, link: MF/EF.B}", "link"),
        ("{path: MF/EF.A, fid: '2f01', type: nothing, size: 1}", "nothing"),
        ("{path: MF, fid: '2f01', type: df}", "twice"),
    ],
)
def test_refuses_what_makes_no_sense(row, reason):
    with pytest.raises(DecodeError, match=reason):
        product.parse(MINIMAL.format(row=row))


def test_unknown_product_names_the_known_ones():
    with pytest.raises(DecodeError, match="sysmoISIM-SJA5"):
        product.load("nothing")


@pytest.mark.parametrize("name", product.names())
def test_authentication_finds_what_it_needs(name):
    """The fields of the named files, as delivered, give an algorithm, a key, and for Milenage an operator code."""
    model = product.load(name)
    assert model.authentication
    for spec in model.authentication:
        assert model.has(spec.application)
        for paths in filter(None, (spec.files, spec.gsm_files)):
            values = dict(spec.fixed)
            for path in paths:
                file = model.file(model.source(path))
                values |= model.file(path).layout.decode(file.contents[0] if file.contents else file.content)
            assert isinstance(values["algorithm"], str)
            assert len(values["k"]) == 16
            if values["algorithm"] == "milenage":
                assert len(values["op"]) == 16 and values["op_is_opc"] in (0, 1)
            if "sqn" in values:
                assert len(values["sqn"]) == 1 << values["ind_bits"]


def test_vendor_commands_of_products():
    key = bytes(range(16))
    gr1 = product.load("sysmosim-gr1")
    assert gr1.commands[0].build({"k": key}).hex() == "80d4020010" + key.hex()
    assert gr1.commands[0].needs == "ADM5" and gr1.commands[0].writes == (("k", FilePath("MF/DF.GSM/EF.KI")),)
    gr2 = {command.name: command for command in product.load("sysmoSIM-GR2").commands}
    assert gr2["set PUK1"].match(bytes.fromhex("a0d43b0108") + b"12345678") == {"value": b"12345678"}
    store = product.load("sysmoUSIM-GR1").commands[0]
    assert sum(hole.length for hole in store.holes) == 0x33


def test_a_product_from_a_file(tmp_path: Path) -> None:
    """A path in place of a name: for a card that simtool does not know, or a test area of one's own."""
    path = tmp_path / "mine.yaml"
    path.write_text("name: mine\natr: [{value: 3b00}]\nfiles: [{path: MF, fid: '3f00', type: df}]\n")
    assert product.load(str(path)).name == "mine"
    with pytest.raises(DecodeError, match="other.yaml cannot be read"):
        product.load(str(tmp_path / "other.yaml"))
