"""pySim's CSV: both forms read, every problem told at once, nothing secret in a message."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simtool.codec.identifiers import Iccid, Imsi, Plmn
from simtool.crypto.secret import Secret
from simtool.errors import InputError
from simtool.perso.pysim.cards_csv import CsvCards, parse_cards, read_cards
from simtool.perso.pysim.cards_out import CsvForm, format_cards, write_cards
from simtool.perso.pysim.column_keys import read_column_keys
from simtool.perso.record import CardRecord, Credential, Subscription

K, OPC = "465b5ce8b199b49faa5f0a2ee238a6bc", "cd63cb71954a9f4e48a5994e37a02baf"
ICCID, IMSI = "8988211000000530108", "999700000053010"
ICCID_2, IMSI_2 = "8988211000000530116", "999700000053011"
PROG = f'"imsi","iccid","acc","ki","opc","adm1"\n"{IMSI}","{ICCID}","0001","{K.upper()}","{OPC.upper()}","65942330"\n'


def parse(text: str, **options: str) -> CsvCards:
    return parse_cards(text, "cards.csv", **options)


def one(text: str, **options: str) -> CardRecord:
    (record,) = parse(text, **options).records
    return record


def shown(record: CardRecord) -> dict[str, str]:
    """A record as text, secrets and all."""
    values = {"iccid": record.iccid.digits}
    for item in record.subscriptions:
        values |= {"imsi": item.imsi.digits, "k": item.k.reveal().hex(), "algorithm": item.algorithm}
        values |= {"opc": item.opc.reveal().hex()} if item.opc else {}
    return values | {credential.pin: credential.value.reveal().hex() for credential in record.credentials}


FULL = {"iccid": ICCID, "imsi": IMSI, "k": K, "algorithm": "milenage", "opc": OPC, "ADM1": b"65942330".hex()}
DELIVERED = {"iccid": ICCID, "ADM1": b"65942330".hex()}

FORMS = [
    # what is special, text, the record
    ("pySim-prog's quoted form", PROG, FULL),
    ("a byte order mark", "\ufeff" + PROG, FULL),
    ("semicolons", PROG.replace(",", ";"), FULL),
    ("tabs, no quotes", PROG.replace(",", "\t").replace('"', ""), FULL),
    ("the case of the head", PROG.replace("iccid", "Iccid").replace("adm1", "ADM1").replace("ki", "Ki"), FULL),
    ("Windows line ends", PROG.replace("\n", "\r\n"), FULL),
    ("blank lines and cells", "\n\n" + PROG.rstrip("\n") + ",,\n\n,,\n", FULL),
    ("blanks around cells", PROG.replace('"', "").replace(",", " , "), FULL),
    ("no last line end", PROG.rstrip("\n"), FULL),
    ("pin_adm", PROG.replace("adm1", "pin_adm"), FULL),
    ("pin_adm_hex", PROG.replace("adm1", "pin_adm_hex").replace("65942330", b"65942330".hex()), FULL),
    ("network columns that fit", f"iccid,imsi,mcc,mnc,ki,opc,adm1\n{ICCID},{IMSI},999,70,{K},{OPC},65942330\n", FULL),
    ("network of a spreadsheet", f"iccid,imsi,mcc,mnc,ki,opc\n{ICCID},001010000000101,1,1,{K},{OPC}\n",
     {"iccid": ICCID, "imsi": "001010000000101", "k": K, "algorithm": "milenage", "opc": OPC}),
    ("what pySim-prog --write-csv writes", f"Magic,{ICCID},999,70,{IMSI},e1ffff,{K},{OPC}\n",
     {name: FULL[name] for name in FULL if name != "ADM1"}),
    ("the key provider's form", f"ICCID,ADM1,KIC1\n{ICCID},65942330,{K}\n", DELIVERED),
    ("an IMSI without Ki", f"iccid,imsi,adm1\n{ICCID},{IMSI},65942330\n", DELIVERED),
    ("0 for none", f"eid,iccid,adm1,pin1,ki,opc\n0,{ICCID},65942330,0,0,0\n", DELIVERED),
    ("an ADM of 16 hex digits", f"iccid,adm1\n{ICCID},CAE743DB9C5B5A58\n",
     {"iccid": ICCID, "ADM1": "cae743db9c5b5a58"}),
    ("an ADM of letters", f"iccid,adm1\n{ICCID},DDDDDDDD\n", {"iccid": ICCID, "ADM1": b"DDDDDDDD".hex()}),
    ("PINs and PUKs", f"iccid,pin1,puk1,pin2,adm2\n{ICCID},0000,15091909,1234,9999999999999999\n",
     {"iccid": ICCID, "PIN1": "30303030ffffffff", "PUK1": b"15091909".hex(), "PIN2": "31323334ffffffff",
      "ADM2": "9999999999999999"}),
]  # fmt: skip


@pytest.mark.parametrize("row", FORMS, ids=[row[0] for row in FORMS])
def test_forms(row: tuple[str, str, dict[str, str]]) -> None:
    assert shown(one(row[1])) == row[2]


PROBLEMS = [
    # what is wrong, head, row, line, column, reason
    ("a wrong check digit", "iccid,adm1", "8988211000000530109,65942330", 2, "iccid", "check digit"),
    ("no ICCID", "iccid,adm1", ",65942330", 2, "iccid", "missing"),
    ("a short ICCID", "ICCID,adm1", "89882110000005301,65942330", 2, "ICCID", "17 digits"),
    ("an ICCID out of a spreadsheet", "iccid,adm1", "8.98821E+18,65942330", 2, "iccid", "as text"),
    ("a Ki out of a spreadsheet", "iccid,imsi,Ki,opc", f"{ICCID},{IMSI},4.65E+31,{OPC}", 2, "Ki", "as text"),
    ("a short Ki", "iccid,imsi,ki,opc", f"{ICCID},{IMSI},{K[:-2]},{OPC}", 2, "ki", "30 hex digits, 32"),
    ("a Ki that is not hex", "iccid,imsi,ki,opc", f"{ICCID},{IMSI},{'x' * 32},{OPC}", 2, "ki", "hex digits"),
    ("a Ki without IMSI", "iccid,imsi,ki,opc", f"{ICCID},,{K},{OPC}", 2, "imsi", "missing"),
    ("an OPc without Ki", "iccid,imsi,ki,opc", f"{ICCID},{IMSI},,{OPC}", 2, "ki", "missing"),
    ("a Ki without OPc", "iccid,imsi,ki", f"{ICCID},{IMSI},{K}", 2, "opc", "algorithm must be named"),
    ("a long IMSI", "iccid,imsi,ki,opc", f"{ICCID},{IMSI}0,{K},{OPC}", 2, "imsi", "16 digits"),
    ("an IMSI of another network", "iccid,imsi,mcc,mnc,ki,opc", f"{ICCID},{IMSI},999,71,{K},{OPC}", 2, "imsi", "mnc"),
    ("an unknown algorithm", "iccid,imsi,ki,opc,algorithm", f"{ICCID},{IMSI},{K},{OPC},rot13", 2, "algorithm", "tuak"),
    ("an OPc for COMP128", "iccid,imsi,ki,opc,algorithm", f"{ICCID},{IMSI},{K},{OPC},comp128v1", 2, "opc", "none"),
    ("a huge SQN", "iccid,imsi,ki,opc,sqn", f"{ICCID},{IMSI},{K},{OPC},{2**48}", 2, "sqn", "2^48"),
    ("a PIN of letters", "iccid,pin1", f"{ICCID},abcd", 2, "pin1", "digits"),
    ("an ADM of 9 characters", "iccid,adm1", f"{ICCID},659423301", 2, "adm1", "16 hex"),
    ("an ADM of 3 characters", "iccid,adm1", f"{ICCID},659", 2, "adm1", "4 to 8"),
    ("two ADMs", "iccid,adm1,pin_adm_hex", f"{ICCID},65942330,3131313131313131", 2, "pin_adm_hex", "another"),
    ("too many cells", "iccid,adm1", f"{ICCID},65942330,1", 2, "row", "3 cells"),
    ("an open quote", "iccid,adm1", f'{ICCID},"65942330', 2, "", "quoted"),
]  # fmt: skip


@pytest.mark.parametrize("row", PROBLEMS, ids=[row[0] for row in PROBLEMS])
def test_problems(row: tuple[str, str, str, int, str, str]) -> None:
    _, head, cells, line, column, reason = row
    with pytest.raises(InputError) as caught:
        parse(f"{head}\n{cells}\n")
    assert str(caught.value).startswith(f"cards.csv:{line}: {column}: " if column else f"cards.csv:{line}: ")
    assert reason in str(caught.value)
    for cell in cells.split(","):
        assert len(cell) < 10 or cell not in str(caught.value)


def test_every_problem_at_once() -> None:
    text = f"iccid,imsi,ki,opc,pin1\n1,2,3,4,5\n{ICCID},{IMSI},{K},{OPC},1234\n{ICCID},{IMSI},{K},zz,1234\n"
    with pytest.raises(InputError) as caught:
        parse(text)
    lines = str(caught.value).splitlines()
    assert [line.partition(": ")[0] for line in lines] == ["cards.csv:2"] * 5 + ["cards.csv:4"]
    assert {line.split(": ")[1] for line in lines} == {"iccid", "imsi", "ki", "opc", "pin1"}
    assert K not in str(caught.value) and caught.value.__cause__ is None


def test_the_same_number_twice() -> None:
    text = f"iccid,imsi,ki,opc\n{ICCID},{IMSI},{K},{OPC}\n\n{ICCID_2},{IMSI},{K},{OPC}\n{ICCID},{IMSI_2},{K},{OPC}\n"
    with pytest.raises(InputError) as caught:
        parse(text)
    assert str(caught.value).splitlines() == [
        "cards.csv:4: imsi: the same number stands in cards.csv:2",
        "cards.csv:5: iccid: the same number stands in cards.csv:2",
    ]


def test_lines_of_cells_with_line_ends_are_counted() -> None:
    with pytest.raises(InputError, match="cards.csv:4: iccid"):
        parse(f'name,iccid\n"a\nb",{ICCID}\nc,1\n')


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        ("\n \n", "empty"),
        ("name,imsi\nx,1\n", "no column ICCID"),
        ("iccid,ICCID\n1,1\n", "stands twice"),
    ],
)
def test_no_table(text: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        parse(text)


def test_an_algorithm_for_all() -> None:
    text = f"iccid,imsi,ki\n{ICCID},{IMSI},{K}\n"
    assert one(text, algorithm="comp128v1").subscription.algorithm == "comp128v1"
    tuak = f"iccid,imsi,ki,opc\n{ICCID},{IMSI},{K},{OPC * 2}\n"
    assert one(tuak, algorithm="tuak").subscription.opc == Secret(bytes.fromhex(OPC * 2))


COLUMN_KEY = "000102030405060708090a0b0c0d0e0f"
KI_ENCRYPTED = "82916286ee3bf17274b425ab2cce7f91"


def test_encrypted_columns(tmp_path: Path) -> None:
    """The cipher text was made with openssl: -aes-128-cbc -nopad -iv 2323…23."""
    keys_file, path = tmp_path / "keys", tmp_path / "cards.csv"
    path.write_text(f"iccid,imsi,KI,opc\n{ICCID},{IMSI},{KI_ENCRYPTED},{OPC}\n")
    keys_file.write_text(f"# transport keys\n\nKi:{COLUMN_KEY}\n")
    keys_file.chmod(0o600)
    (record,) = read_cards(path, column_keys=read_column_keys(keys_file)).records
    assert record.subscription.k.reveal().hex() == K
    path.write_text(f"iccid,imsi,KI,opc\n{ICCID},{IMSI},{KI_ENCRYPTED[:-2]},{OPC}\n")
    with pytest.raises(InputError, match="cards.csv:2: KI: is not encrypted"):
        read_cards(path, column_keys=read_column_keys(keys_file))


def test_files_of_column_keys(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    path.write_text(f"ki:{COLUMN_KEY}\nopc {COLUMN_KEY}\npin1:{COLUMN_KEY[2:]}\nadm1:zz\n")
    with pytest.raises(InputError, match="others can read this file"):
        read_column_keys(path)
    path.chmod(0o600)
    with pytest.raises(InputError) as caught:
        read_column_keys(path)
    assert [line.split(": ")[0] for line in str(caught.value).splitlines()] == [f"{path}:{n}" for n in (2, 3, 4)]
    assert COLUMN_KEY[2:] not in str(caught.value)


def test_the_adm_of_other_products() -> None:
    record = one(f"iccid,adm1,puk1\n{ICCID},65942330,11111111\n", adm="ADM4")
    assert [credential.pin for credential in record.credentials] == ["ADM4", "PUK1"]


def test_what_is_not_taken_is_told() -> None:
    head, eid = "eid,iccid,imsi,KIC1,ACC,note,empty", "89049044900000000000000000102355"
    text = f"{head}\n0,{ICCID},{IMSI},{K},0001,blue,\n{eid},0,,,,,\n"
    cards = parse(text)
    assert cards.blank == cards.records and len(cards.records) == 1
    assert cards.not_taken == (
        "column KIC1", "column ACC", "column note", "cards.csv:2: the IMSI (there is no Ki)",
        "cards.csv:3: an eUICC (it has an EID and no ICCID)",
    )  # fmt: skip


def test_files(tmp_path: Path) -> None:
    path = tmp_path / "cards.csv"
    path.write_bytes(PROG.encode("utf-16"))
    assert shown(read_cards(path).records[0]) == FULL
    path.write_bytes(PROG.encode() + b"\xe4,1\n")
    with pytest.raises(InputError, match=r"cards.csv:3: this is not UTF-8") as caught:
        read_cards(path)
    assert caught.value.__cause__ is None
    with pytest.raises(InputError, match="No such file"):
        read_cards(tmp_path / "none.csv")


def test_a_written_file_is_private_and_never_overwritten(tmp_path: Path) -> None:
    path, records = tmp_path / "cards.csv", parse(PROG).records
    write_cards(records, path, CsvForm.CARD_DATA)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    before = path.read_bytes()
    with pytest.raises(InputError, match="the file exists"):
        write_cards(records, path, CsvForm.PROG)
    assert path.read_bytes() == before


def test_the_form_for_pysim_prog() -> None:
    records = (*parse(PROG).records, one(f"iccid,imsi,ki,opc,adm1\n{ICCID_2},{IMSI_2},{K},{OPC},CAE743DB9C5B5A58\n"))
    text = format_cards(records, CsvForm.PROG, name="Nordlicht, GmbH", plmn=Plmn("999", "70"), smsp=b"\xe1\xff")
    assert text.splitlines() == [
        "name,iccid,mcc,mnc,imsi,smsp,ki,opc,adm1,pin_adm_hex",
        f'"Nordlicht, GmbH",{ICCID},999,70,{IMSI},e1ff,{K},{OPC},65942330,',
        f'"Nordlicht, GmbH",{ICCID_2},999,70,{IMSI_2},e1ff,{K},{OPC},,cae743db9c5b5a58',
    ]


def test_the_form_for_the_key_provider() -> None:
    text = f"iccid,imsi,ki,opc,puk1,adm1,adm2,pin1\n{ICCID},{IMSI},{K},{OPC},11111111,65942330,11112222,0000\n"
    assert format_cards(parse(text).records, CsvForm.CARD_DATA).splitlines() == [
        "ICCID,IMSI,KI,OPC,PIN1,PUK1,ADM2,ADM1",
        f"{ICCID},{IMSI},{K},{OPC},0000,11111111,11112222,65942330",
    ]


def test_what_a_row_cannot_hold_is_refused_all_at_once() -> None:
    record = parse(PROG).records[0]
    double = CardRecord(record.iccid, record.subscriptions * 2, record.credentials)
    blank = CardRecord(Iccid(ICCID_2), ())
    with pytest.raises(InputError) as caught:
        format_cards((double, blank), CsvForm.PROG, adm="ADM5")
    assert [line.partition(": ")[0] for line in str(caught.value).splitlines()] == [
        f"ICCID {ICCID}", f"ICCID {ICCID}", f"ICCID {ICCID_2}",
    ]  # fmt: skip
    assert K not in str(caught.value)
    with pytest.raises(InputError, match="no record"):
        format_cards((), CsvForm.PROG)


DIGITS = st.characters(codec="ascii", categories=["Nd"])
CREDENTIALS = st.dictionaries(
    st.sampled_from(["PIN1", "PUK1", "2PIN1", "ADM1", "ADM2", "SUPER_ADM"]),
    st.one_of(
        st.text(DIGITS, min_size=4, max_size=8).filter(lambda text: text != "0").map(lambda text: text.encode()),
        st.binary(min_size=8, max_size=8),
    ).map(lambda raw: raw.ljust(8, b"\xff")),
)
SUBSCRIPTIONS = st.one_of(
    st.builds(
        Subscription,
        st.text(DIGITS, min_size=6, max_size=15).filter(lambda text: text.strip("0") != "").map(Imsi),
        st.binary(min_size=16, max_size=16).map(Secret),
        st.binary(min_size=16, max_size=16).map(Secret),
        msisdn=st.none() | st.text(DIGITS, min_size=5, max_size=15).map(lambda text: "+1" + text),
        sqn=st.integers(0, 2**48 - 1),
    ),
    st.builds(
        Subscription,
        st.just(Imsi(IMSI)),
        st.sampled_from([16, 32]).flatmap(lambda size: st.binary(min_size=size, max_size=size)).map(Secret),
        st.binary(min_size=32, max_size=32).map(Secret),
        st.just("tuak"),
    ),
    st.builds(
        Subscription,
        st.just(Imsi(IMSI)),
        st.binary(min_size=16, max_size=16).map(Secret),
        algorithm=st.sampled_from(["comp128v1", "comp128v3", "xor"]),
    ),
)
RECORDS = st.builds(
    lambda body, subscription, credentials: CardRecord(
        Iccid.from_body(body),
        (subscription,),
        tuple(Credential(pin, Secret(value)) for pin, value in sorted(credentials.items())),
    ),
    st.text(DIGITS, min_size=18, max_size=19),
    SUBSCRIPTIONS,
    CREDENTIALS,
)


@given(RECORDS, st.sampled_from(CsvForm))
def test_records_come_back(record: CardRecord, form: CsvForm) -> None:
    back = one(format_cards((record,), form, name='a "b"; c', smsp=b"\x01"))
    assert (back.iccid, back.subscriptions) == (record.iccid, record.subscriptions)
    assert sorted(back.credentials, key=lambda item: item.pin) == list(record.credentials)


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        parse("iccid,imsi,ki,opc\n" + text)
    except InputError as error:
        assert str(error).startswith("cards.csv:")
