"""What a profile wants for each card, made in columns: Profile.issue and batches have it from the same place."""

from __future__ import annotations

from pathlib import Path

from simtool.crypto.column import Column
from simtool.crypto.key_source import RandomSource
from simtool.crypto.milenage import derive_opc
from simtool.crypto.tuak import derive_topc
from simtool.perso.material import make_material
from simtool.perso.profile import Profile

ICCIDS = Column.of(f"89494400000011553{number:02d}".encode() for number in range(20))
TEXT = """\
operator: {{kind: full, name: X, plmn: 001-01}}
identity: {{iccid: {{first: '894944000000115531'}}, imsi: {{first: '001010000000101'}}}}
authentication:
  algorithm: {algorithm}
  op_file: op.hex
  pins: {{PIN1: {{value: random}}, PUK1: {{value: random}}, ADM1: {{value: '12345678'}}, PIN2: {{value: keep}}}}
  key_sets: [{{version: 1, cipher: aes, length: 32}}, {{version: 2, cipher: des, length: 16}}]
"""


def profile(folder: Path, algorithm: str = "milenage", op: bytes = b"\x5a\xa5" * 8) -> Profile:
    (folder / "op.hex").write_text(op.hex())
    (folder / "op.hex").chmod(0o600)
    return Profile.parse(TEXT.format(algorithm=algorithm), folder=folder)


def test_everything_that_the_profile_wants(tmp_path: Path) -> None:
    made = make_material(profile(tmp_path).material_policy(), RandomSource(), ICCIDS, subscriptions=2)
    assert len(made.subscriptions) == 2
    for keys in made.subscriptions:
        assert keys.opc is not None
        assert keys.opc.values() == [derive_opc(k, b"\x5a\xa5" * 8) for k in keys.k]
    assert [(codes.pin, len(codes.values)) for codes in made.targets] == [("PIN1", 20), ("PUK1", 20), ("ADM1", 20)]
    assert all(value[:4].isdigit() and value[4:] == b"\xff" * 4 for value in made.targets[0].values)
    assert all(value.isdigit() for value in made.targets[1].values)
    assert set(made.targets[2].values) == {b"12345678"}
    assert [(sets.version, sets.cipher.value, sets.enc.width) for sets in made.key_sets] == [
        (1, "aes", 32),
        (2, "des", 16),
    ]
    keys = [key for sets in made.key_sets for column in (sets.enc, sets.mac, sets.dek) for key in column]
    keys += [key for item in made.subscriptions for key in item.k]
    assert len(set(keys)) == 20 * (2 * 3 + 2)


def test_tuak_has_a_topc(tmp_path: Path) -> None:
    top = bytes(range(32, 64))
    made = make_material(profile(tmp_path, "tuak", top).material_policy(), RandomSource(), ICCIDS)
    (keys,) = made.subscriptions
    assert keys.opc is not None
    assert keys.opc.values() == [derive_topc(k, top) for k in keys.k]


def test_issue_gives_the_same_material_as_records(tmp_path: Path) -> None:
    records = profile(tmp_path).issue(3)
    assert [record.iccid.luhn_ok for record in records] == [True] * 3
    assert [item.pin for item in records[0].targets] == ["PIN1", "PUK1", "ADM1"]
    assert [(item.version, item.enc.length) for item in records[2].key_set_targets] == [(1, 32), (2, 16)]
    assert len({record.subscription.k.reveal() for record in records}) == 3
