"""The section `global_platform` of card products."""

from __future__ import annotations

from typing import Any

import pytest

from simtool.errors import DecodeError
from simtool.files.global_platform import ApiPackage, parse_global_platform
from simtool.files.product import load, names

SMALL: dict[str, Any] = {"isd": "a000000151000000", "secure_channels": [{"scp": "03", "i": "70"}]}
KEYS = {"version": "30", "cipher": "aes", "enc": "11" * 16, "mac": "22" * 16, "dek": "33" * 16}


def test_the_smallest() -> None:
    spec = parse_global_platform(SMALL)
    assert spec.secure_channels[0].takes(0x30)
    assert not spec.secure_channels[0].takes(0x20)
    assert (spec.tries, spec.access_rules, spec.api, len(spec.diversification)) == (0, None, (), 10)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"colour": "red"}, "colour"),
        ({"cplc": "00"}, "CPLC"),
        ({"secure_channels": [{"scp": "10", "i": "02"}]}, "SCP10"),
        ({"keys": [KEYS | {"cipher": "rot13"}]}, "key set 30"),
        ({"keys": [KEYS | {"mac": "22" * 24}]}, "key set 30"),
        ({"access_rules": {"store": "sometimes"}}, "access_rules"),
        ({"api": {"packages": {"javacard.framework": "9.9"}}}, "javacard.framework"),
    ],
)
def test_what_cannot_be(change: dict[str, Any], said: str) -> None:
    with pytest.raises(DecodeError, match=said):
        parse_global_platform(SMALL | change)


def test_no_key_is_shown() -> None:
    assert "2222" not in repr(parse_global_platform(SMALL | {"keys": [KEYS]}))


@pytest.mark.parametrize(
    ("major", "minor", "fits"), [(1, 0, True), (1, 4, True), (1, 5, False), (2, 0, False), (0, 4, False)]
)
def test_versions_of_packages(major: int, minor: int, *, fits: bool) -> None:
    """JCVM §4.5.2: the same major version, and a minor one that is not later."""
    aid = bytes.fromhex("a0000000620101")
    assert ApiPackage("javacard.framework", aid, 1, 4).serves(aid, major, minor) is fits
    assert not ApiPackage("javacard.framework", aid, 1, 4).serves(aid + b"\1", major, minor)


def test_products_that_have_one() -> None:
    """Those of `facts` with security domains, and the made-up ones."""
    found = {name: load(name).global_platform for name in names()}
    assert {name for name, spec in found.items() if spec is not None} == {
        "generic-usim", "sysmoISIM-SJA2", "sysmoISIM-SJA5", "sysmoUSIM-SJS1", "uicc-api-test",
    }  # fmt: skip
    framework = {name: next(p.minor for p in spec.api if p.name == "javacard.framework") for name, spec in found.items()
                 if spec is not None}  # fmt: skip
    assert framework == {
        "generic-usim": 6,
        "sysmoISIM-SJA2": 4,
        "sysmoISIM-SJA5": 5,
        "sysmoUSIM-SJS1": 2,
        "uicc-api-test": 6,
    }
