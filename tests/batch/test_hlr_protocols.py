"""IPA, GSUP and the target's name: bytes from libosmocore's own tests, and what is not of the form."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simtool.batch.hlr.gsup import AuthTuple, decode_elements, decode_tuple, encode_elements, encode_imsi
from simtool.batch.hlr.ipa import PROTOCOL_CTRL, STREAM_CCM, STREAM_OSMO, Frame, decode
from simtool.batch.hlr.target import Target
from simtool.errors import DecodeError, InputError, RefusedError

IMSI_ELEMENT = "01082143658709 2143f5"
TUPLE_2G = """
03 22
   20 10  01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f 10
   21 04  21 22 23 24
   22 08  31 32 33 34 35 36 37 38
"""


def test_the_imsi_element_of_libosmocores_gsup_test() -> None:
    assert encode_elements([(1, encode_imsi("123456789012345"))]) == bytes.fromhex(IMSI_ELEMENT)


def test_a_2g_tuple_of_libosmocores_gsup_test() -> None:
    ((tag, value),) = decode_elements(bytes.fromhex(TUPLE_2G))
    assert tag == 3
    assert decode_tuple(value) == AuthTuple(
        bytes(range(1, 17)), sres=bytes.fromhex("21222324"), kc=bytes.fromhex("3132333435363738")
    )


def test_no_key_in_the_repr_of_a_vector() -> None:
    assert "11" * 16 not in repr(AuthTuple(bytes(16), ck=b"\x11" * 16, ik=b"\x11" * 16)).replace("\\x", "")


@pytest.mark.parametrize("data", ["01", "0105aabb", "2010" + "00" * 15])
def test_an_element_that_ends_too_early(data: str) -> None:
    with pytest.raises(DecodeError, match="ends too early"):
        list(decode_elements(bytes.fromhex(data)))


@given(st.lists(st.tuples(st.integers(0, 255), st.binary(max_size=255)), max_size=10))
def test_elements_come_back(elements: list[tuple[int, bytes]]) -> None:
    assert list(decode_elements(encode_elements(elements))) == elements


FRAMES = [
    # OsmoHLR's manual: CTRL is protocol 00 of the Osmocom stream EE; CCM (FE) has no protocol byte
    (Frame(STREAM_OSMO, PROTOCOL_CTRL, b"GET 1 x"), "0008ee0047455420312078"),
    (Frame(STREAM_CCM, None, b"\x01"), "0001fe01"),
]


@pytest.mark.parametrize(("frame", "raw"), FRAMES)
def test_frames(frame: Frame, raw: str) -> None:
    assert frame.encode().hex() == raw
    assert decode(frame.stream, frame.encode()[3:]) == frame


def test_an_osmocom_frame_without_protocol() -> None:
    with pytest.raises(DecodeError, match="no protocol byte"):
        decode(STREAM_OSMO, b"")


TARGETS = [
    ("osmo-hlr://127.0.0.1", Target("127.0.0.1")),
    ("osmo-hlr://hlr.example:1234", Target("hlr.example", 1234)),
    ("osmo-hlr://[::1]?gsup=1&vty=2", Target("::1", gsup=1, vty=2)),
]


@pytest.mark.parametrize(("text", "target"), TARGETS)
def test_targets(text: str, target: Target) -> None:
    assert Target.parse(text) == target


@pytest.mark.parametrize(
    "text",
    ["", "osmo-hlr", "osmo-hlr://", "ftp://x", "osmo-hlr://x:y", "osmo-hlr://x:99999", "osmo-hlr://x/y",
     "osmo-hlr://x?ctrl=1", "osmo-hlr://x?gsup=0", "osmo-hlr://a@x", "osmo-hlr://[x"],
)  # fmt: skip
def test_what_is_no_target(text: str) -> None:
    with pytest.raises(InputError, match="names no core network"):
        Target.parse(text)


LOCAL = [("127.9.8.7", True), ("localhost", True), ("::1", True), ("10.0.0.1", False), ("127.0.0.1.example", False)]


@pytest.mark.parametrize(("host", "is_local"), LOCAL)
def test_keys_leave_the_computer_only_when_that_is_said(host: str, is_local: bool) -> None:
    target = Target(host)
    assert target.is_local == is_local
    target.require_trust(trusted=True)
    if not is_local:
        with pytest.raises(RefusedError, match="not encrypted"):
            target.require_trust(trusted=False)
