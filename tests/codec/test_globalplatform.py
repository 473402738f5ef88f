"""What cards say about themselves, and the data fields of commands (GlobalPlatform Card Specification §11, §H)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simtool.codec import install
from simtool.codec.globalplatform import (
    CardRecognition,
    KeyInformation,
    Privilege,
    RegistryEntry,
    Scope,
    decode_cplc,
    decode_key_information,
    decode_registry,
    decode_registry_legacy,
    encode_key_information,
    state_name,
)
from simtool.codec.install import DataStructure, ForInstall, ForLoad, blocks, decode_dgis, encode_dgi
from simtool.errors import DecodeError, EncodeError

AIDS = st.binary(min_size=5, max_size=16)
PRIVILEGES = st.integers(0, 0xFFFFFF).map(Privilege)
ENTRIES = st.builds(
    RegistryEntry, aid=AIDS, state=st.integers(0, 255), privileges=PRIVILEGES, load_file=AIDS, security_domain=AIDS,
    version=st.binary(min_size=2, max_size=2), modules=st.lists(AIDS, max_size=3).map(tuple),
)  # fmt: skip

PRIVILEGE_ROWS = [
    # value, coded, names (tables 11-7 to 11-9)
    (Privilege(0), "00", ()),
    (Privilege.SECURITY_DOMAIN | Privilege.DAP_VERIFICATION, "c0", ("security domain", "dap verification")),
    (Privilege.CARD_RESET, "04", ("card reset",)),
    (
        Privilege.SECURITY_DOMAIN | Privilege.AUTHORIZED_MANAGEMENT,
        "804000",
        ("security domain", "authorized management"),
    ),
]


@pytest.mark.parametrize(("value", "coded", "names"), PRIVILEGE_ROWS)
def test_privileges(value: Privilege, coded: str, names: tuple[str, ...]) -> None:
    assert value.encode().hex() == coded
    assert Privilege.decode(bytes.fromhex(coded)) == value
    assert value.names == names


def test_registry_of_a_real_shape() -> None:
    raw = bytes.fromhex(
        "e3264f08a0000001510000009f70010fc5039efe80c407a0000001515350cc08a000000151000000"
        "e3184f07a00000015153509f700101ce02010084050102030405"
    )
    isd, load_file = decode_registry(raw)
    assert (isd.aid.hex(), isd.state, isd.load_file.hex()) == ("a000000151000000", 0x0F, "a0000001515350")
    assert Privilege.TOKEN_VERIFICATION in isd.privileges
    assert (load_file.version.hex(), [m.hex() for m in load_file.modules]) == ("0100", ["0102030405"])


@given(st.lists(ENTRIES, max_size=4))
def test_registry_comes_back(entries: list[RegistryEntry]) -> None:
    assert decode_registry(b"".join(entry.encode() for entry in entries)) == tuple(entries)


def test_registry_of_older_cards() -> None:
    plain = decode_registry_legacy(bytes.fromhex("05010203040507040601020304050607 00"))
    assert [(e.aid.hex(), e.state, e.privileges) for e in plain] == [
        ("0102030405", 7, Privilege.CARD_RESET),
        ("010203040506", 7, Privilege(0)),
    ]
    (one,) = decode_registry_legacy(bytes.fromhex("0501020304050100 01 060102030405ff"), modules=True)
    assert [module.hex() for module in one.modules] == ["0102030405ff"]


STATES = [
    (Scope.ISSUER_SECURITY_DOMAIN, 0x0F, Privilege(0), "SECURED"),
    (Scope.ISSUER_SECURITY_DOMAIN, 0x7F, Privilege(0), "CARD_LOCKED"),
    (Scope.APPLICATIONS, 0x07, Privilege(0), "SELECTABLE"),
    (Scope.APPLICATIONS, 0x0F, Privilege.SECURITY_DOMAIN, "PERSONALIZED"),
    (Scope.APPLICATIONS, 0x0F, Privilege(0), "application state 0F"),
    (Scope.APPLICATIONS, 0x87, Privilege(0), "LOCKED"),
    (Scope.LOAD_FILES, 0x01, Privilege(0), "LOADED"),
]


@pytest.mark.parametrize(("scope", "state", "privileges", "name"), STATES)
def test_state_names(scope: Scope, state: int, privileges: Privilege, name: str) -> None:
    assert state_name(scope, state, privileges) == name


def test_key_information() -> None:
    keys = (KeyInformation(1, 0x30, ((0x88, 16),)), KeyInformation(2, 0x01, ((0x80, 16),)))
    raw = encode_key_information(keys)
    assert raw.hex() == "e00c" + "c00401308810" + "c00402018010"
    assert decode_key_information(raw) == keys
    assert decode_key_information(bytes.fromhex("e00ac008 0173ffa1010001 00")) == (
        KeyInformation(1, 0x73, ((0xA1, 0x0100),)),
    )


def test_card_recognition_data() -> None:
    """§H.2, as a card of GlobalPlatform 2.3 with SCP02 i = 55 and SCP03 i = 70 gives it."""
    value = CardRecognition((2, 3), ((2, 0x55), (3, 0x70)))
    raw = value.encode()
    assert raw.hex().startswith("66") and "06092a864886fc6b040255" in raw.hex()
    assert CardRecognition.decode(raw) == value
    with pytest.raises(DecodeError):
        CardRecognition.decode(bytes.fromhex("660573030601aa"))


def test_production_data() -> None:
    fields = dict(decode_cplc(bytes.fromhex("9f7f2a") + bytes(range(42))))
    assert fields["ic_serial_number"].hex() == "0c0d0e0f"
    assert fields["personalization_equipment"].hex() == "26272829"
    with pytest.raises(DecodeError, match="42"):
        decode_cplc(bytes(41))


INSTALL_ROWS = [
    # request, data field (§11.5.2.3)
    (ForLoad(bytes.fromhex("0102030405")), "05010203040500000000"),
    (
        ForInstall(bytes(5), bytes(6), bytes(7), Privilege.CARD_RESET, bytes.fromhex("c900")),
        "05" + "00" * 5 + "06" + "00" * 6 + "07" + "00" * 7 + "0104" + "02c900" + "00",
    ),
    (install.ForExtradition(bytes(5), bytes(6)), "0500000000000006000000000000000000"),
    (install.ForRegistryUpdate(bytes(5), privileges=Privilege(0)), "000005000000000001000000"),
    (install.ForRegistryUpdate(bytes(5)), "0000050000000000000000"),
    (install.ForPersonalization(bytes(5)), "0000050000000000000000"),
]


@pytest.mark.parametrize(("request_", "coded"), INSTALL_ROWS)
def test_install_data(request_: ForLoad | ForInstall, coded: str) -> None:
    assert request_.encode().hex() == coded
    assert type(request_).decode(bytes.fromhex(coded)) == request_


@given(AIDS, AIDS, AIDS, PRIVILEGES, st.binary(max_size=200), st.binary(max_size=200))
def test_install_comes_back(
    load_file: bytes, module: bytes, instance: bytes, privileges: Privilege, parameters: bytes, token: bytes
) -> None:
    """Lengths above 127 are coded as BER does."""
    request = ForInstall(load_file, module, instance, privileges, parameters, token)
    assert ForInstall.decode(request.encode()) == request


@pytest.mark.parametrize("raw", ["05", "0501020304050000000000", "0601"])
def test_install_data_that_is_cut(raw: str) -> None:
    with pytest.raises(DecodeError):
        ForLoad.decode(bytes.fromhex(raw))


@given(st.binary(max_size=1000), st.integers(1, 255))
def test_blocks_hold_everything(data: bytes, size: int) -> None:
    if -(-len(data) // size) > 256:
        with pytest.raises(EncodeError):
            list(blocks(data, size))
        return
    pieces = list(blocks(data, size))
    assert b"".join(piece for _, piece, _ in pieces) == data
    assert [last for _, _, last in pieces] == [False] * (len(pieces) - 1) + [True]
    assert [number for number, _, _ in pieces] == list(range(len(pieces)))


@given(st.lists(st.tuples(st.integers(0, 0xFFFF), st.binary(max_size=300)), max_size=4))
def test_data_groupings_come_back(groups: list[tuple[int, bytes]]) -> None:
    assert decode_dgis(b"".join(encode_dgi(tag, value) for tag, value in groups)) == tuple(groups)


def test_data_groupings() -> None:
    assert encode_dgi(0x0070, b"\x01").hex() == "00700101"
    assert encode_dgi(0x8201, bytes(255)).hex().startswith("8201ff00ff")
    with pytest.raises(DecodeError):
        decode_dgis(bytes.fromhex("00700501"))
    assert DataStructure.BER_TLV | install.LAST_BLOCK == 0x90


def test_load_file_and_dap() -> None:
    dap = install.DapBlock(bytes.fromhex("a000000151000000"), bytes(8))
    raw = install.load_file_bytes(b"\x01" * 200, (dap,))
    assert raw.hex().startswith("e2144f08a000000151000000c308" + "00" * 8 + "c481c8")


def test_delete_data() -> None:
    assert install.delete_object(bytes(5), b"\xaa").hex() == "4f0500000000009e01aa"
    assert install.delete_key(version=0x30).hex() == "d20130"
    assert install.delete_key(identifier=1, version=0x30).hex() == "d00101d20130"
    with pytest.raises(EncodeError):
        install.delete_key()
