"""GBA keys: no published figures are at hand, so the input strings are laid out by hand (TS 33.220 Annex B)."""

import hashlib
import hmac

import pytest

from simtool.crypto.gba import gba_u_mac, kdf, ks, ks_ext_naf, ks_int_naf, naf_id
from simtool.errors import EncodeError

CK, IK, RAND = bytes(range(16)), bytes(range(16, 32)), bytes(range(32, 48))
IMPI = "001010123456789@ims.mnc001.mcc001.3gppnetwork.org"
UA = bytes.fromhex("0100000002")
NAF = b"naf.example.org" + UA


@pytest.mark.parametrize(
    ("key", "label"),
    [
        (ks_ext_naf, "6762612d6d65" "0006"),  # "gba-me"
        (ks_int_naf, "6762612d75" "0005"),  # "gba-u"
    ],
)  # fmt: skip
def test_naf_keys(key, label: str) -> None:  # type: ignore[no-untyped-def]
    text = bytes.fromhex("01" + label + RAND.hex() + "0010" + IMPI.encode().hex() + "0031" + NAF.hex() + "0014")
    assert key(ks(CK, IK), RAND, IMPI, naf_id("naf.example.org", UA)) == hmac.digest(CK + IK, text, hashlib.sha256)


def test_strings_are_normalised() -> None:
    """TS 33.220 Annex B.2.1.2: form KC, then UTF-8."""
    assert naf_id("\ufb01", UA) == b"fi" + UA


def test_gba_u_mac_undoes_itself() -> None:
    mac = bytes(range(8))
    marked = gba_u_mac(mac, bytes(16))
    assert marked == bytes(a ^ b for a, b in zip(mac, bytes.fromhex("e129f27c5103bc5c"), strict=True))
    assert gba_u_mac(marked, bytes(16)) == mac


def test_refuses() -> None:
    for call in (
        lambda: ks(CK, IK[1:]),
        lambda: naf_id("x", b""),
        lambda: ks_ext_naf(CK, RAND, IMPI, NAF),
        lambda: ks_int_naf(CK + IK, b"", IMPI, NAF),
        lambda: kdf(CK, 256),
        lambda: kdf(CK, 1, bytes(65536)),
        lambda: gba_u_mac(b"", IK),
        lambda: gba_u_mac(bytes(8), b""),
    ):
        with pytest.raises(EncodeError):
            call()
