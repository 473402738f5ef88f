"""ECIES of the SUCI against TS 33.501 Annex C.4."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from simtool.crypto.suci import SuciProfile, conceal, public_key, reveal
from simtool.errors import AuthenticationError, DecodeError, EncodeError

VECTORS = yaml.safe_load((Path(__file__).parents[1] / "vectors" / "suci.yaml").read_text())["vectors"]
HOME = {SuciProfile[row["profile"]]: bytes.fromhex(row["home_private"]) for row in VECTORS}


@pytest.mark.parametrize("row", VECTORS, ids=lambda row: row["clause"])
def test_published_figures(row: dict[str, Any]) -> None:
    profile = SuciProfile[row["profile"]]
    private, plain = bytes.fromhex(row["ephemeral_private"]), bytes.fromhex(row["plain"])
    assert public_key(profile, private).hex() == row["ephemeral_public"]
    assert public_key(profile, HOME[profile]).hex() == row["home_public"]
    for name in ("home_public", "home_public_uncompressed"):
        if name in row:
            assert conceal(profile, bytes.fromhex(row[name]), plain, private).hex() == row["scheme_output"]
    assert reveal(profile, HOME[profile], bytes.fromhex(row["scheme_output"])) == plain


@pytest.mark.parametrize("profile", HOME)
@settings(max_examples=15, deadline=None)
@given(plain=st.binary(max_size=40))
def test_random_keys_go_there_and_back(profile: SuciProfile, plain: bytes) -> None:
    home = public_key(profile, HOME[profile])
    outputs = [conceal(profile, home, plain) for _ in range(2)]
    assert outputs[0] != outputs[1]
    for output in outputs:
        assert len(output) == profile.public_key_bytes + len(plain) + 8
        assert reveal(profile, HOME[profile], output) == plain


@pytest.mark.parametrize("profile", HOME)
def test_every_damaged_byte_is_noticed(profile: SuciProfile) -> None:
    output = conceal(profile, public_key(profile, HOME[profile]), b"12345", HOME[profile])
    for at in range(len(output)):
        damaged = output[:at] + bytes((output[at] ^ 1,)) + output[at + 1 :]
        with pytest.raises((AuthenticationError, DecodeError)):
            reveal(profile, HOME[profile], damaged)


def test_null_scheme() -> None:
    assert conceal(SuciProfile.NULL, b"", b"abc") == b"abc"
    assert reveal(SuciProfile.NULL, b"", b"abc") == b"abc"


@pytest.mark.parametrize(
    ("profile", "home_public"),
    [
        (SuciProfile.A, bytes(31)),
        (SuciProfile.A, bytes(32)),  # a point of small order: the shared secret would be zero
        (SuciProfile.B, bytes(33)),
        (SuciProfile.B, b"\x02" + b"\xff" * 32),
    ],
)
def test_unusable_public_key(profile: SuciProfile, home_public: bytes) -> None:
    with pytest.raises(EncodeError):
        conceal(profile, home_public, b"12345")


@pytest.mark.parametrize("profile", HOME)
@pytest.mark.parametrize("private", [b"", bytes(31), b"\x01" * 33])
def test_unusable_private_key(profile: SuciProfile, private: bytes) -> None:
    with pytest.raises(EncodeError):
        public_key(profile, private)
    with pytest.raises(EncodeError):
        conceal(profile, public_key(profile, HOME[profile]), b"12345", private)


@pytest.mark.parametrize("private", [bytes(32), b"\xff" * 32])
def test_scalar_outside_the_order(private: bytes) -> None:
    with pytest.raises(EncodeError):
        public_key(SuciProfile.B, private)


def test_null_scheme_has_no_keys() -> None:
    with pytest.raises(EncodeError):
        public_key(SuciProfile.NULL, bytes(32))


@pytest.mark.parametrize("profile", HOME)
@pytest.mark.parametrize("length", [0, 8, 32, 39])
def test_too_short(profile: SuciProfile, length: int) -> None:
    with pytest.raises(DecodeError):
        reveal(profile, HOME[profile], bytes(length))
