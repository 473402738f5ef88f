"""simtool's own CSV and Parquet: what is written comes back, under a transport key too; bad files are told of whole."""

from __future__ import annotations

import csv
import stat
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simtool.batch.block import blocks_of
from simtool.batch.fields import PublicPart, block_of, secret_fields
from simtool.batch.own_files import read_own, write_csv, write_parquet
from simtool.codec.identifiers import Iccid, Imsi
from simtool.crypto.key_set import KeyCipher, KeySet
from simtool.crypto.secret import Secret
from simtool.crypto.transport_key import TransportCipher, TransportKey
from simtool.errors import EncodeError, InputError
from simtool.perso.record import CardRecord, Credential, Subscription

WRITERS = {"csv": write_csv, "parquet": write_parquet}
UNDER = [
    TransportKey(255, TransportCipher.AES_CBC, Secret(bytes(range(32))), bytes(range(16))),
    TransportKey(1, TransportCipher.DES3_ECB, Secret(bytes(range(24)))),
    TransportKey(1, TransportCipher.DES3_CBC, Secret(bytes(range(24)))),
]
K5 = TransportKey(5, TransportCipher.AES_ECB, Secret(bytes(range(1, 17))))
K4 = TransportKey(3, TransportCipher.AES_ECB, Secret(bytes(range(16))))


def binary(length: int) -> st.SearchStrategy[Secret]:
    return st.binary(min_size=length, max_size=length).map(Secret)


def codes(*names: str) -> st.SearchStrategy[tuple[Credential, ...]]:
    value = st.one_of(
        st.text("0123456789", min_size=4, max_size=8).map(lambda digits: digits.encode().ljust(8, b"\xff")),
        st.binary(min_size=8, max_size=8),
    ).map(Secret)
    return st.tuples(*(value.map(lambda secret, name=name: Credential(name, secret)) for name in names))


@st.composite
def records(draw: st.DrawFn) -> list[CardRecord]:
    """Cards of one shape."""
    count = draw(st.integers(1, 6))
    body = draw(st.integers(10**17, 10**18 - 10))
    two, plus, keyless = draw(st.booleans()), draw(st.booleans()), draw(st.booleans())
    algorithm = draw(st.sampled_from(("milenage", "tuak", "comp128v3")))
    cipher = draw(st.sampled_from(list(KeyCipher)))
    made = []
    for index in range(count):
        subscriptions = []
        for number in range(1 + two):
            opc = {"milenage": 16, "tuak": 32}.get(algorithm)
            subscriptions.append(
                Subscription(
                    Imsi(f"00101{number}{index:09d}"),
                    None if keyless else draw(binary(16)),
                    None if opc is None or keyless else draw(binary(opc)),
                    algorithm,
                    "+" * plus + f"88228{number}{index:06d}",
                    draw(st.integers(0, 2**48 - 1)),
                )
            )
        keys, new = (KeySet(version, cipher, *(draw(binary(16)) for _ in range(3))) for version in (2, 3))
        iccid = Iccid.from_body(str(body + index))
        made.append(
            CardRecord(iccid, tuple(subscriptions), draw(codes("ADM1", "PIN1")), draw(codes("PUK2")), (keys,), (new,))
        )
    return made


@pytest.mark.parametrize("form", WRITERS)
@pytest.mark.parametrize("transport", [None, K4, *UNDER])
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(made=records())
def test_round_trip(tmp_path: Path, form: str, transport: TransportKey | None, made: list[CardRecord]) -> None:
    path = tmp_path / f"cards.{form}"
    path.unlink(missing_ok=True)
    assert WRITERS[form](blocks_of(made, 2), path, transport=transport) == len(made)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(read_own(path, transport=() if transport is None else (K5, transport))) == made


@given(made=records())
def test_blocks_and_their_fields(made: list[CardRecord]) -> None:
    (block,) = blocks_of(made)
    assert list(block.records()) == made
    assert list(block.part(0, 1).records()) == made[:1]
    parts = [PublicPart(i.imsi, i.msisdn, i.msisdn_plus, i.algorithm, i.sqn) for i in block.subscriptions]
    assert block_of(block.iccid, parts, {field.name: field.values for field in secret_fields(block)}) == block


def one() -> CardRecord:
    subscription = Subscription(Imsi("001010000000101"), Secret(b"k" * 16), Secret(b"o" * 16), msisdn="+88228000101")
    adm = Credential("ADM1", Secret(b"01234567"))
    return CardRecord(Iccid("8949440000001155314"), (subscription,), (adm,))


def test_what_stands_in_the_csv(tmp_path: Path) -> None:
    path = tmp_path / "cards.csv"
    write_csv(blocks_of([one()]), path)
    assert path.read_text().splitlines() == [
        "iccid,imsi,msisdn,algorithm,sqn,k,opc,ADM1",
        f"8949440000001155314,001010000000101,+88228000101,milenage,0,{b'k'.hex() * 16},{b'o'.hex() * 16},01234567",
    ]
    with pytest.raises(InputError, match="the file exists"):
        write_csv(blocks_of([one()]), path)


def test_a_key_under_a_transport_key(tmp_path: Path) -> None:
    path, encryptor = tmp_path / "cards.csv", Cipher(algorithms.AES(bytes(range(16))), modes.ECB()).encryptor()  # noqa: S305
    write_csv(blocks_of([one()]), path, transport=K4)
    (row,) = csv.DictReader(path.read_text().splitlines())
    assert row["k@aes-ecb-3"] == encryptor.update(b"k" * 16).hex()
    assert "k" not in row
    for wrong in ((), (replace(K4, index=4), TransportKey(3, TransportCipher.DES3_ECB, Secret(bytes(range(16)))))):
        with pytest.raises(InputError, match="stands under aes-ecb transport key 3"):
            list(read_own(path, transport=wrong))
    with pytest.raises(EncodeError, match="needs a key of 16 or 24 or 32 bytes"):
        TransportKey(1, TransportCipher.AES_ECB, Secret(b"short"))


def test_parquet_is_read_by_its_own_library(tmp_path: Path) -> None:
    path = tmp_path / "cards.parquet"
    write_parquet(blocks_of([one()] * 1), path)
    assert pq.read_table(path).to_pylist() == [
        {
            "iccid": "8949440000001155314", "imsi": "001010000000101", "msisdn": "+88228000101",
            "algorithm": "milenage", "sqn": 0, "k": b"k" * 16, "opc": b"o" * 16, "ADM1": "01234567",
        }
    ]  # fmt: skip


def test_cards_of_another_shape(tmp_path: Path) -> None:
    path, plain = tmp_path / "cards.csv", replace(one(), credentials=())
    write_csv(blocks_of([one(), plain]), path)
    assert list(read_own(path)) == [one(), plain]
    with pytest.raises(InputError, match="has a ADM1, which the first cards have not"):
        write_csv(blocks_of([plain, one()]), tmp_path / "other.csv")
    assert [item.name for item in tmp_path.iterdir()] == ["cards.csv"]


HEAD = "iccid,imsi,k,opc\n"
ROW = f"8949440000001155314,001010000000101,{'6b' * 16},{'6f' * 16}\n"
BAD = [
    # content, what is said
    (HEAD + ROW.replace("5314", "5315"), "2: iccid: ICCID 8949440000001155315: the check digit is 5"),
    (HEAD + ROW.replace("6b" * 16, "6b" * 15), "2: k: 15 bytes do not go with milenage"),
    (HEAD + ROW.replace("6b" * 16, "zz" * 16), "2: k: is not hex digits"),
    (HEAD + ROW.replace("6b" * 16, ""), "2: k: is missing, and there is an OPc"),
    (HEAD + ROW.replace("6f" * 16, ""), "2: opc: milenage needs one"),
    (HEAD + ROW.replace("0010", "x010", 1), "2: imsi:"),
    (HEAD + ROW + "1,2\n", "3: the line has more or fewer values"),
    ("iccid,nonsense\n", "unknown column 'nonsense'"),
    ("imsi,k\n", "no column iccid"),
    ("iccid,iccid\n", "stands twice"),
    (HEAD + "\udcff", "damaged"),
]


@pytest.mark.parametrize(("content", "said"), BAD)
def test_bad_files(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "cards.csv"
    path.write_bytes(content.encode(errors="surrogateescape"))
    with pytest.raises(InputError, match=said) as raised:
        list(read_own(path))
    assert "6b" * 15 not in str(raised.value)


def test_all_problems_at_once(tmp_path: Path) -> None:
    path = tmp_path / "cards.csv"
    path.write_text(HEAD + "".join(ROW.replace("6b" * 16, "6b") for _ in range(220)))
    with pytest.raises(InputError) as raised:
        list(read_own(path))
    assert len(str(raised.value).splitlines()) == 201
    assert "and 20 more problems" in str(raised.value)
    (tmp_path / "no.parquet").write_text("nothing")
    for name in ("no.parquet", "nowhere.csv"):
        with pytest.raises(InputError):
            list(read_own(tmp_path / name))
