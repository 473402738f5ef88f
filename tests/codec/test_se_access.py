"""Access rules (GlobalPlatform Secure Element Access Control §6; Android carrier privileges)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simtool.codec.se_access import (
    CARRIER_PRIVILEGES,
    AccessRule,
    ApduFilter,
    decode_rules,
    delete_rule,
    store_rule,
)
from simtool.errors import DecodeError, EncodeError

SHA1 = bytes(range(20))
ROWS = [
    # rule, REF-AR-DO
    (
        AccessRule(device_app=SHA1, permissions=CARRIER_PRIVILEGES),
        "e226" + "e118" + "4f00" + "c114" + SHA1.hex() + "e30a" + "db08" + "0000000000000001",
    ),
    (
        AccessRule(device_app=SHA1, package="net.mvno", permissions=CARRIER_PRIVILEGES),
        "e230" + "e122" + "4f00" + "c114" + SHA1.hex() + "ca08" + b"net.mvno".hex() + "e30a" + "db080000000000000001",
    ),
    (
        AccessRule(bytes.fromhex("a000000151"), apdu=True, nfc=False),
        "e213" + "e109" + "4f05a000000151" + "c100" + "e306" + "d00101" + "d10100",
    ),
    (
        AccessRule(None, apdu=(ApduFilter(b"\x80\xca\x00\x00", b"\xff\xff\x00\x00"),)),
        "e212" + "e104" + "c000" + "c100" + "e30a" + "d008" + "80ca0000ffff0000",
    ),
]


@pytest.mark.parametrize(("rule", "coded"), ROWS)
def test_coding(rule: AccessRule, coded: str) -> None:
    assert rule.encode().hex() == coded
    assert decode_rules(bytes.fromhex(coded)) == (rule,)


def test_commands() -> None:
    rule = ROWS[2][0]
    assert store_rule(rule).hex() == "f015" + rule.encode().hex()
    assert delete_rule(rule).hex() == "f115" + rule.encode().hex()


APDU = (
    st.none()
    | st.booleans()
    | st.lists(
        st.builds(ApduFilter, st.binary(min_size=4, max_size=4), st.binary(min_size=4, max_size=4)),
        min_size=1,
        max_size=2,
    ).map(tuple)
)
RULES = st.builds(
    AccessRule, st.none() | st.just(b"") | st.binary(min_size=5, max_size=16),
    st.sampled_from([b"", SHA1, bytes(32)]), st.text("abc.", max_size=9), APDU, st.none() | st.booleans(),
    st.sampled_from([b"", CARRIER_PRIVILEGES]),
)  # fmt: skip


@given(st.lists(RULES, max_size=3))
def test_rules_come_back(rules: list[AccessRule]) -> None:
    assert decode_rules(b"".join(rule.encode() for rule in rules)) == tuple(rules)


@pytest.mark.parametrize(
    "raw", ["e204e1024f00", "e208e1024f00e302d000", "e20be1024f00e305d003010203", "e206e1024f00e3"]
)
def test_rules_that_are_none(raw: str) -> None:
    with pytest.raises(DecodeError):
        decode_rules(bytes.fromhex(raw))


def test_values_without_a_coding() -> None:
    with pytest.raises(EncodeError, match="20"):
        AccessRule(device_app=bytes(21))
    with pytest.raises(EncodeError, match="127"):
        AccessRule(package="a" * 128)
    with pytest.raises(EncodeError, match="8 bytes"):
        AccessRule(permissions=b"\x01")
    with pytest.raises(EncodeError, match="AID"):
        AccessRule(b"\x01")
    with pytest.raises(EncodeError, match="one at least"):
        AccessRule(apdu=())
    with pytest.raises(EncodeError, match="mask"):
        ApduFilter(b"", b"")
