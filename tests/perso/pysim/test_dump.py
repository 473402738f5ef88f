"""pySim's dumps and exports as our image: nothing lost, nothing made up, every broken line told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simtool.card.session import Session
from simtool.card.transport import EndpointTransport
from simtool.errors import DecodeError, InputError
from simtool.files.path import FilePath
from simtool.files.product import load
from simtool.perso.image import CardImage, Content, Unit
from simtool.perso.model import identify
from simtool.perso.pysim.dump import Dump, parse_dump, read_dump
from simtool.perso.read import read_image
from simtool.softcard.card import SoftCard
from tests.perso.pysim.samples import (
    ACM,
    ATR_SJA5,
    EXPORT,
    FCP,
    ICCID,
    IMSI,
    PLMNSEL,
    SMALL,
    SPN,
    SST,
    fcps,
    file,
    fsdump,
    whole_export,
    whole_fsdump,
)  # fmt: skip

PRODUCTS = ("sysmoISIM-SJA5", "sysmoUSIM-SJS1", "sysmosim-gr1")
NOWHERE = "3b00"  # an ATR that no product has


def parse(text: str, **options: Any) -> Dump:
    return parse_dump(text, "dump", **options)


def held(dump: Dump) -> dict[str, str]:
    return {str(unit): content.data.hex() for unit, content in dump.image.units.items()}


RECORDS = {f"MF/DF.GSM/EF.ACM[{number}]": row for number, row in enumerate(ACM, 1)}
AS_DUMPED = {"MF/EF.ICCID": ICCID, "MF/DF.GSM/EF.IMSI": IMSI, **RECORDS, "MF/DF.GSM/EF.SPN": SPN}


@pytest.mark.parametrize("text", [fsdump(SMALL, atr=NOWHERE), EXPORT], ids=["fsdump", "export"])
def test_small_samples_without_a_product(text: str) -> None:
    dump = parse(text)
    assert held(dump) == AS_DUMPED
    assert all(content.is_complete for content in dump.image.units.values())
    assert dump.image.deactivated == {FilePath("MF/ADF.USIM/EF.EHPLMN")}
    reasons = dict(dump.not_taken)
    assert "6982" in reasons["MF/DF.GSM/EF.Kc"] and reasons["MF/ADF.USIM/EF.EHPLMN"] == "switched off"
    assert "MF/DF.GSM/EF.CPBCCH" not in reasons  # it is not on the card
    assert dump.iccid == "8949440000001155314" and dump.model is None


@pytest.mark.parametrize(
    ("text", "atr"), [(fsdump(SMALL), b""), (EXPORT, bytes.fromhex(ATR_SJA5))], ids=["fsdump", "export"]
)
def test_small_samples_of_a_known_product(text: str, atr: bytes) -> None:
    """What two files share is one: DF.GSM has links to ADF.USIM on this product."""
    dump = parse(text, atr=atr)
    assert dump.model is not None and dump.model.name == "sysmoISIM-SJA5"
    assert held(dump) == {name.replace("DF.GSM", "ADF.USIM"): value for name, value in AS_DUMPED.items()}


def test_what_is_no_content_is_told() -> None:
    assert ("aram_delete_all in MF/ADF.ARA-M", "is no content of a file") in parse(EXPORT).not_taken


def test_the_name_that_pysim_gives_to_backups(tmp_path: Path) -> None:
    path = tmp_path / f"card_backup_{ATR_SJA5}_8949440000001155314.script"
    path.write_text(f"select MF/DF.GSM/EF.SPN\nupdate_binary {SPN}\n")
    dump = read_dump(path)
    assert dump.model is not None and dump.model.name == "sysmoISIM-SJA5"
    assert dump.iccid == "8949440000001155314" and dump.atr.hex() == ATR_SJA5


def whole(product: str) -> tuple[CardImage, str, str]:
    """Everything on a factory card that can be read without a PIN, and both of pySim's forms of it."""
    with Session.open(EndpointTransport(SoftCard.new(load(product)), product)) as session:
        model = identify(session)
        image = read_image(session, model)
        answers = fcps(session, model, image)
        return image, whole_fsdump(model, image, answers), whole_export(model, image, answers)


@pytest.mark.parametrize("product", PRODUCTS)
def test_whole_cards(product: str) -> None:
    image, dumped, exported = whole(product)
    first, second = parse(dumped), parse(exported, product=product)
    assert first.image.units == second.image.units == image.units
    assert first.image.digest() == second.image.digest() == image.digest()
    assert first.not_taken == second.not_taken == () and first.iccid == second.iccid


SCRIPTS = [
    # what it is, script, units
    ("an absolute path", f"select /DF.GSM/EF.SPN\nupdate_binary {SPN}", {"MF/DF.GSM/EF.SPN": SPN}),
    ("step by step", f"select MF\nselect DF.GSM\nselect EF.SPN\nupdate_binary {SPN}", {"MF/DF.GSM/EF.SPN": SPN}),
    ("a neighbour", "select MF/DF.GSM/EF.SPN\nselect EF.Phase\nupdate_binary 03", {"MF/DF.GSM/EF.Phase": "03"}),
    ("up", f"select MF/DF.GSM/EF.SPN\nselect ..\nselect ..\nselect EF.ICCID\nupdate_binary {ICCID}",
     {"MF/EF.ICCID": ICCID}),
    ("an application from anywhere", "select MF/DF.GSM\nselect ADF.USIM/EF.HPPLMN\nupdate_binary 05",
     {"MF/ADF.USIM/EF.HPPLMN": "05"}),
    ("an AID", "select a0000000871002\nselect EF.HPPLMN\nupdate_binary 05", {"MF/ADF.USIM/EF.HPPLMN": "05"}),
    ("file identifiers", f"select 3f00/7f20/6F46\nupdate_binary {SPN}", {"MF/DF.GSM/EF.SPN": SPN}),
    ("a name made of an identifier", f"select MF/DF.GSM/EF.6F46\nupdate_binary {SPN}", {"MF/DF.GSM/EF.SPN": SPN}),
    ("identifiers below an application", "select MF/ADF.USIM/5fc0/4f0a\nupdate_binary f0ffffff",
     {"MF/ADF.USIM/DF.5GS/EF.Routing_Indicator": "f0ffffff"}),
    ("a file of the vendor's", "select MF/DF.SYSTEM/EF.SIM_AUTH_KEY\nupdate_binary 00",
     {"MF/DF.SYSTEM/EF.SIM_AUTH_KEY": "00"}),
    ("upper case hex, a comment, blank lines", f"# x\n\n  select MF/DF.GSM/EF.SPN \nupdate_binary {SPN.upper()} \n",
     {"MF/DF.GSM/EF.SPN": SPN}),
    ("a record by a hex number", "select MF/DF.GSM/EF.ACM\nupdate_record 0x0A 000001",
     {"MF/DF.GSM/EF.ACM[10]": "000001"}),
    ("PINs and settings are passed over", f"set debug true\nverify_adm 12345678\nselect MF/DF.GSM/EF.SPN\n"
     f"read_binary\nupdate_binary {SPN}\nquit", {"MF/DF.GSM/EF.SPN": SPN}),
    ("written twice, the last counts", f"select MF/DF.GSM/EF.SPN\nupdate_binary {'00' * 17}\nupdate_binary {SPN}",
     {"MF/DF.GSM/EF.SPN": SPN}),
    ("decoded, with the size in a comment", f"# RAW FCP Template: {FCP['MF/DF.GSM/EF.SPN']}\nselect MF/DF.GSM/EF.SPN\n"
     """update_binary_decoded '{"rfu": 0, "hide_in_oplmn": true, "show_in_hplmn": true, "spn": "Magic"}'""",
     {"MF/DF.GSM/EF.SPN": SPN}),
    ("a decoded record", """select MF/DF.TELECOM/EF.ADN\nupdate_record_decoded 2 '{"raw": "0102"}'""",
     {"MF/DF.TELECOM/EF.ADN[2]": "0102"}),
]  # fmt: skip


@pytest.mark.parametrize("row", SCRIPTS, ids=[row[0] for row in SCRIPTS])
def test_scripts(row: tuple[str, str, dict[str, str]]) -> None:
    dump = parse(row[1])
    assert held(dump) == row[2] and dump.not_taken == ()


@pytest.mark.parametrize("words", ["--offset 2 6d61", "6d61 --offset=0x2", "--offset=2 6d61"])
def test_part_of_a_file(words: str) -> None:
    """What a script does not write is not known."""
    dump = parse(f"select MF/DF.GSM/EF.SPN\nupdate_binary {words}\nupdate_binary --offset 6 69\n")
    assert dump.image.units == {
        Unit(FilePath("MF/DF.GSM/EF.SPN")): Content(bytes.fromhex("00006d61000069"), bytes.fromhex("0000ffff0000ff"))
    }
    known = parse(f"select MF/DF.GSM/EF.SPN\nupdate_binary {words}\n", product="sysmoUSIM-SJS1")
    assert [len(content.data) for content in known.image.units.values()] == [17]


BROKEN = [
    # what is wrong, script, line, reason
    ("half a byte", "select MF/EF.PL\nupdate_binary 123", 2, "not hex"),
    ("no data", "select MF/EF.PL\nupdate_binary", 2, "nothing"),
    ("a record without data", "select MF/EF.DIR\nupdate_record 1", 2, "nothing"),
    ("record 0", "select MF/EF.DIR\nupdate_record 0 00", 2, "1 to 254"),
    ("no record number", "select MF/EF.DIR\nupdate_record x 00", 2, "1 to 254"),
    ("a wild offset", "select MF/EF.PL\nupdate_binary --offset 40000 00", 2, "0 to 32767"),
    ("no file", "update_binary 00", 1, "no file is selected"),
    ("no JSON", "select MF/EF.PL\nupdate_binary_decoded '{'", 2, "not JSON"),
    ("a file name that is none", "select MF//EF.PL", 1, "name"),
    ("an escape sequence", "select MF/\x1b[2J", 1, "name"),
]  # fmt: skip


@pytest.mark.parametrize("row", BROKEN, ids=[row[0] for row in BROKEN])
def test_broken_scripts(row: tuple[str, str, int, str]) -> None:
    with pytest.raises(InputError) as caught:
        parse(row[1] + "\n")
    assert str(caught.value).startswith(f"dump:{row[2]}: ") and row[3] in str(caught.value)


def test_every_broken_line_is_told_and_no_data_repeated() -> None:
    key = "465b5ce8b199b49faa5f0a2ee238a6bx"
    with pytest.raises(InputError) as caught:
        parse(f"select MF/EF.PL\nupdate_binary {key}\nselect MF/\x07\nupdate_binary 00\nupdate_record 0 {key}\n")
    assert [line.split(": ")[0] for line in str(caught.value).splitlines()] == ["dump:2", "dump:3", "dump:4", "dump:5"]
    assert key not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", "dump: there is no content"),
        ("hello\n", "dump: there is no content"),
        ('{\n "files": {\n', "dump:3: not the JSON"),
        ('{"files": {}}', "dump: files: there are no files"),
        ('{"files": [1]}', "dump: files: there are no files"),
        (fsdump({"MF": file("MF")}), "dump: there is no content"),
    ],
)
def test_no_dump(text: str, place: str) -> None:
    with pytest.raises(InputError) as caught:
        parse(text)
    assert str(caught.value).startswith(place)


def test_a_dump_of_which_nothing_can_be_taken() -> None:
    with pytest.raises(InputError, match=r"MF/DF.GSM/EF.Phase: decoded only"):
        parse(fsdump({"MF/DF.GSM/EF.Phase": file("MF/DF.GSM/EF.Phase", body={"phase": 3})}))


def test_an_unknown_product() -> None:
    with pytest.raises(DecodeError):
        parse(EXPORT, product="no such card")


def test_what_the_shell_prints_around_the_json() -> None:
    text = f"Info: Card is of type: UICC\nAIDs on card:\n{fsdump(SMALL, atr=NOWHERE)}\npySIM-shell (00:MF)> \n"
    assert held(parse(text)) == AS_DUMPED


def test_a_dump_without_a_head() -> None:
    assert held(parse(json.dumps(SMALL))) == AS_DUMPED


UST = {str(number): {"activated": number in (1, 12, 13), "description": "x"} for number in range(1, 17)}
SST_DECODED = {
    str(4 * index + slot + 1): {"allocated": bool(byte >> 2 * slot & 1), "activated": bool(byte >> 2 * slot & 2)}
    for index, byte in enumerate(bytes.fromhex(SST))
    for slot in range(4)
}
ACC = {f"ACC{number}": number in (0, 1, 3, 5, 15) for number in range(16)}
SPN_DECODED = {"rfu": 0, "hide_in_oplmn": True, "show_in_hplmn": True, "spn": "Magic"}

DECODED = [
    # path, FCP, what pySim decodes, the bytes (None: not taken)
    ("MF/EF.ICCID", "MF/EF.ICCID", {"iccid": "8949440000001155314"}, ICCID),
    ("MF/EF.ICCID", "", {"iccid": "8988211000000430010"}, "988812010000400310f0"),
    ("MF/EF.ICCID", "", {"iccid": "89"}, None),
    ("MF/DF.GSM/EF.IMSI", "MF/DF.GSM/EF.IMSI", {"imsi": "228062800000208"}, "082982608200002080"),
    ("MF/ADF.USIM/EF.IMSI", "", {"imsi": "262011106487504"}, "082926101160845740"),
    ("MF/DF.GSM/EF.SPN", "MF/DF.GSM/EF.SPN", SPN_DECODED, SPN),
    ("MF/DF.GSM/EF.SPN", "MF/DF.GSM/EF.SPN", SPN_DECODED | {"spn": "GSM-R CH", "hide_in_oplmn": False},
     "0147534d2d52204348ffffffffffffffff"),
    ("MF/DF.GSM/EF.SPN", "MF/DF.GSM/EF.SPN", SPN_DECODED | {"spn": "Jø"}, None),
    ("MF/DF.GSM/EF.SPN", "MF/DF.GSM/EF.SPN", SPN_DECODED | {"rfu": 1}, None),
    ("MF/DF.GSM/EF.SPN", "MF/DF.GSM/EF.SPN", {"spn": "Magic"}, None),
    ("MF/DF.GSM/EF.ACC", "", ACC, "802b"),
    ("MF/DF.GSM/EF.ACC", "", {"ACC0": True}, None),
    ("MF/DF.GSM/EF.PLMNsel", "MF/DF.GSM/EF.PLMNsel", [{"mcc": "001", "mnc": "01"}] + [None] * 19, PLMNSEL),
    ("MF/DF.GSM/EF.PLMNsel", "MF/DF.GSM/EF.PLMNsel", [{"mcc": "001", "mnc": "01"}], None),
    ("MF/DF.GSM/EF.PLMNsel", "", [{"mcc": "001", "mnc": "01"}], None),
    ("MF/DF.GSM/EF.SST", "MF/DF.GSM/EF.SST", SST_DECODED, SST),
    ("MF/DF.GSM/EF.SST", "MF/DF.GSM/EF.SST", UST, None),
    ("MF/DF.GSM/EF.Phase", "", {"phase": 3}, None),
    ("MF/DF.GSM/EF.GID1", "", {"raw": "ff00"}, "ff00"),
    ("MF/DF.GSM/EF.SPN", "MF/DF.GSM/EF.SPN", {"raw": "ff00"}, None),
    ("MF/DF.CDMA/EF.SPN", "", {"rfu1": 0, "show_in_hsa": True, "spn": "x"}, None),
]  # fmt: skip


@pytest.mark.parametrize("row", DECODED, ids=[f"{index} {row[0]}" for index, row in enumerate(DECODED)])
def test_decoded_values(row: tuple[str, str, Any, str | None]) -> None:
    """fsdump --json and export --json: exact, or not taken at all."""
    path, fcp, value, expected = row
    one = {path: file(path, fcp_raw=FCP.get(fcp, ""), body=value), "MF/EF.PL": file("MF/EF.PL", body="ff")}
    script = f"# RAW FCP Template: {FCP.get(fcp, 'None')}\nselect {path}\nupdate_binary_decoded '{json.dumps(value)}'\n"
    for dump in (parse(fsdump(one, atr=NOWHERE)), parse(f"{script}select MF/EF.PL\nupdate_binary ff\n")):
        assert held(dump) == ({path: expected} if expected is not None else {}) | {"MF/EF.PL": "ff"}
        assert [name for name, _ in dump.not_taken] == ([] if expected is not None else [path])


def test_service_tables_need_their_size() -> None:
    fcp = "621e8202412183026f38a506d00120d2010f8a01058b036f0607800200028800"
    one = {"MF/ADF.USIM/EF.UST": file("MF/ADF.USIM/EF.UST", fcp_raw=fcp, body=UST)}
    assert held(parse(fsdump(one, atr=NOWHERE))) == {"MF/ADF.USIM/EF.UST": "0118"}


ODD = [
    # what is odd, path, body, reason
    ("a body longer than the file", "MF/DF.GSM/EF.IMSI", IMSI + "00", "decoded only"),
    ("a short record", "MF/DF.GSM/EF.ACM", ["000000", "00"], "decoded only"),
    ("more records than the file has", "MF/DF.GSM/EF.ACM", [*ACM, "000000"], "20 records"),
    ("objects", "MF/EF.ICCID", {"80": "01"}, "not in the form"),
]  # fmt: skip


@pytest.mark.parametrize("row", ODD, ids=[row[0] for row in ODD])
def test_odd_bodies(row: tuple[str, str, Any, str]) -> None:
    _, path, body, reason = row
    dump = parse(fsdump({path: file(path, body=body), "MF/EF.PL": file("MF/EF.PL", body="ff")}, atr=NOWHERE))
    assert len(dump.not_taken) == 1 and reason in dump.not_taken[0][1]


def test_a_short_record_in_a_script_is_not_filled_up() -> None:
    """pySim fills some files up from the left, some from the right."""
    dump = parse(f"# RAW FCP Template: {FCP['MF/DF.GSM/EF.ACM']}\nselect MF/DF.GSM/EF.ACM\nupdate_record 1 01\n"
                 "update_record 2 000002\n")  # fmt: skip
    assert held(dump) == {"MF/DF.GSM/EF.ACM[2]": "000002"}
    assert "filled up" in dict(dump.not_taken)["MF/DF.GSM/EF.ACM[1]"]


def test_ber_tlv_files_are_told() -> None:
    fcp = "6214820279218302" + "6f4d" + "8a01058b036f060780020000"
    files = SMALL | {"MF/ADF.USIM/EF.X": file("MF/ADF.USIM/EF.X", fcp_raw=fcp, body={"128": "00"})}
    assert "BER-TLV" in dict(parse(fsdump(files, atr=NOWHERE)).not_taken)["MF/ADF.USIM/EF.X"]


def test_another_card_than_the_product_named() -> None:
    """Sizes that do not fit the product are told file by file; nothing is cut or filled up."""
    files = {
        "MF/EF.ICCID": file("MF/EF.ICCID", body=ICCID),
        "MF/DF.GSM/EF.AD": file("MF/DF.GSM/EF.AD", body="00000002"),
        "MF/DF.GSM/EF.SPN": file("MF/DF.GSM/EF.SPN", fcp_raw="", body=["00"]),
        "MF/DF.TELECOM/EF.ADN": file("MF/DF.TELECOM/EF.ADN", body=["ff" * 31] * 251),
        "MF/DF.GSM/EF.NEW": file("MF/DF.GSM/EF.NEW", body="00"),
    }
    dump = parse(fsdump(files), product="sysmosim-gr1")
    assert dict(dump.not_taken) == {
        "MF/DF.GSM/EF.AD": "has 4 bytes, there is room for 3",
        "MF/DF.GSM/EF.SPN[1]": "is transparent in sysmosim-gr1",
        "MF/DF.TELECOM/EF.ADN[251]": "the file has 250 records",
        "MF/DF.GSM/EF.NEW": "sysmosim-gr1 has no such file",
    }
    assert held(dump)["MF/EF.ICCID"] == ICCID


def test_twins_that_differ() -> None:
    """Files that share their content on the product cannot hold two things."""
    usim = file("MF/ADF.USIM/EF.SPN", fcp_raw=FCP["MF/DF.GSM/EF.SPN"], body="01" + SPN[2:])
    dump = parse(fsdump(SMALL | {"MF/ADF.USIM/EF.SPN": usim}))
    assert any("shares its content" in reason for _, reason in dump.not_taken)


def test_files_by_another_name() -> None:
    """An older spelling: the identifier decides (ProSe, TS 31.102 §4.4.8)."""
    fcp = "621e8202412183024f11a506d00120d2010f8a01058b036f0604800200028800"
    path = "MF/ADF.USIM/DF.ProSe/EF.UIRC"
    assert list(held(parse(fsdump({path: file(path, fcp_raw=fcp, body="0102")}, atr=NOWHERE)))) == [
        "MF/ADF.USIM/DF.ProSe/EF.PROSE_UIRC"
    ]


def test_a_stranger_s_names_do_not_reach_the_screen() -> None:
    files = SMALL | {"MF/\x1b[2J": file("MF/\x1b[2J", body="00")}
    dump = parse(fsdump(files, name="\x1b[31mred", iccid="\x1b[0m", atr=NOWHERE))
    assert all(name.isprintable() for name, _ in dump.not_taken)
    assert dump.card == "?[31mred" and dump.iccid == "8949440000001155314"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=10,
)


@given(st.dictionaries(st.sampled_from(["path", "fcp_raw", "body", "error", "fcp"]), JSON), JSON)
def test_any_json_is_read_or_refused(entry: dict[str, Any], head: Any) -> None:
    document = {"files": SMALL | {"MF/EF.X": entry}, "name": head, "iccid": head}
    assert held(parse(json.dumps(document))).items() >= AS_DUMPED.items()


@given(st.lists(st.sampled_from(EXPORT.splitlines()) | st.text(max_size=30), max_size=30))
def test_any_script_is_read_or_refused(lines: list[str]) -> None:
    try:
        parse("\n".join(lines))
    except InputError as error:
        assert str(error).startswith("dump")
