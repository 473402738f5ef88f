"""What editing keeps, what is refused and with which words, and that no content at all loses a byte."""

from __future__ import annotations

import json
import re
from dataclasses import fields, is_dataclass, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simtool.errors import EncodeError
from simtool.files.contents import decode, encode, plain
from simtool.files.path import FilePath
from tests.files.test_contents_more import VECTORS

U, S, G, T = "MF/ADF.USIM", "MF/ADF.ISIM", "MF/DF.GSM", "MF/DF.TELECOM"
B, F = f"{T}/DF.PHONEBOOK", f"{U}/DF.5GS"

EDITS = [  # path, content with bytes that nobody knows, field, new value, content afterwards
    (f"{U}/EF.AD", "00000002c0ffee", "mnc_length", 3, "00000003c0ffee"),
    (f"{U}/EF.PNN", "430483d3201f" + "8002c0ff", "full", "A", "43028141" + "8002c0ff"),
    ("MF/EF.DIR", "610b4f02a0005002c3a4510178", "label", "xy", "610b4f02a00050027879510178"),
    ("MF/EF.UMPC", "3cff02aabb", "current", 40, "28ff02aabb"),
    (f"{U}/EF.PWS", "01c0ff", "active", ("ignore abroad",), "02c0ff"),
    (f"{U}/EF.PWS", "80", "active", ("bit 8", "ignore at home"), "81"),
    (f"{U}/EF.SMSS", "05feaabb", "last_reference", 6, "06feaabb"),
    (f"{U}/EF.CFIS", "0181" + "ff" * 14 + "c0", "active", ("voice",), "0101" + "ff" * 14 + "c0"),
    (f"{B}/EF.ANR", "01" + "ff" * 14 + "0a07", "label", 2, "02" + "ff" * 14 + "0a07"),
    (f"{U}/EF.NASCONFIG", "8001018f02c0ff", "signalling_priority", 0, "8001008f02c0ff"),
    (f"{U}/EF.MMSUP", "8001018f01c0", "name", "A", "8001018101418f01c0"),
    (f"{U}/EF.EPSNSC", "a0068001078f01c08e0101", "ksi", 6, "a0068001068f01c08e0101"),
    (f"{U}/EF.3GPPPSDATAOFF", "80000102", "home", ("USSI",), "01000102"),
    (f"{F}/EF.DRI", "01f0" + "01020304" + "05" + "c0ff", "enabled", (), "00f0" + "01020304" + "05" + "c0ff"),
    (f"{F}/EF.SUPI_NAI", "8001618f01c0", "network_specific", "b", "8001628f01c0"),
    (f"{U}/DF.HNB/EF.OCSGL", "a008800362f2108f01c0", "display", "listed only", "a00b800362f2108201018f01c0"),
    (f"{T}/DF.GRAPHICS/EF.IMG", "00c0", "instances", (), "00c0"),
    (f"{T}/EF.SUME", "8501411e020103", "title", "B", "8501421e020103"),
    (f"{U}/EF.GBABP", "01aa01620101c0", "b_tid", "c", "01aa01630101c0"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "content", "field", "value", "after"), EDITS, ids=[row[0] for row in EDITS])
def test_what_is_not_known_survives_an_edit(path, content, field, value, after):
    now = decode(FilePath(path), bytes.fromhex(content))
    assert is_dataclass(now), now
    size = len(after) // 2
    changed = encode(FilePath(path), replace(now, **{field: value}), size=size)
    assert changed.hex() == after
    again = {**plain(now), field: plain(value)}
    assert encode(FilePath(path), json.loads(json.dumps(again)), size=size).hex() == after


BAD = [  # path, value, size, what the message says
    (f"{B}/EF.PBR", {"per_entry": [{"kind": "XYZ", "fid": "4f3a"}]}, 40, "XYZ.*phone book"),
    (f"{B}/EF.PBR", {"per_entry": [{"kind": "ADN", "fid": "4f"}]}, 40, "per_entry.*fid: 2 bytes"),
    (f"{B}/EF.EXT1", {"kind": "additional", "digits": "1" * 21}, 13, "20 digits"),
    (f"{B}/EF.EXT1", {"kind": "additional", "digits": "1", "data": "00"}, 13, "either digits or data"),
    (f"{B}/EF.EXT1", {"kind": "other"}, 13, "free, subaddress, additional"),
    (f"{B}/EF.ANR", {"number": "1", "label": 256}, 15, "label.*255"),
    (f"{B}/EF.ANR", {"number": "1"}, 14, "at least 15 bytes"),
    (f"{B}/EF.EMAIL", {"text": "somebody@example.org", "entry_record": 1}, 10, "room for 8"),
    (f"{U}/EF.SMS", {"status": "read"}, 176, "received, read"),
    (f"{U}/EF.SMS", {"tpdu": "0"}, 176, "tpdu.*hex digits"),
    (f"{U}/EF.CBMI", ["a"], 10, "number"),
    (f"{U}/EF.CBMI", list(range(6)), 10, "room for 10"),
    (f"{U}/EF.CBMIR", [{"first": 1}], 10, "last"),
    (f"{U}/EF.OCI", {"time": "yesterday"}, 30, "time: .*ISO 8601"),
    (f"{U}/EF.OCI", {"time": "2026-01-01T00:00:00"}, 30, "offset from UTC"),
    (f"{U}/EF.OCI", {"time": "1999-01-01T00:00:00+00:00"}, 30, "2000 to 2099"),
    (f"{U}/EF.OCI", {"duration": 1 << 24}, 30, "duration"),
    (f"{U}/EF.PUCT", {"currency": "EURO"}, 5, "three letters"),
    (f"{U}/EF.PUCT", {"price": 4096}, 5, "4095"),
    (f"{U}/EF.PUCT", {"exponent": 8}, 5, "-7 to 7"),
    (f"{U}/EF.CFIS", {"active": ["smoke"]}, 16, "smoke.*not a flag"),
    (f"{U}/EF.CFIS", {"active": ["bit 9"]}, 16, "bit 9"),
    (f"{U}/EF.PWS", "01", 1, "not a flag"),
    (f"{U}/EF.PWS", ["ignore"], 1, "not a flag"),
    (f"{U}/EF.ACL", ["a..b"], 100, "no access point name"),
    (f"{U}/EF.ACL", ["x" * 64], 100, "1 to 63"),
    (f"{U}/EF.VGCSS", [51], 7, "1 to 50"),
    (f"{U}/EF.SPNI", [{"uri": "http://i", "image": 1}], 20, "a uri or an image"),
    (f"{U}/EF.DCK", {"network": "123456789"}, 16, "network"),
    (f"{U}/EF.HNBN", 5, 20, "text"),
    (f"{U}/DF.HNB/EF.ACSGL", {"plmn": "262-01", "groups": [1 << 27]}, 40, "27 bits"),
    (f"{U}/EF.EPSNSC", {"ksi": "seven"}, 60, "ksi"),
    (f"{U}/EF.XCAPConfigData", [{"tag": "00", "value": ""}], 10, "tag"),
    (f"{F}/EF.URSP", [{"plmn": "262-01", "rules": "zz"}], 40, "rules"),
    (f"{F}/EF.SUPI_NAI", {"nsi": "a"}, 40, "network_specific"),
    (f"{U}/DF.SNPN/EF.NID", {"assignment": "self", "identifier": "00"}, 6, "identifier: .*5 bytes"),
    (f"{U}/EF.AD", {"mnc_length": "two"}, 4, "mnc_length: .*whole number"),
    (f"{U}/EF.SPN", {"name": ["a"]}, 17, "name: a text"),
    (f"{U}/EF.SPN", {"name": "a", "show_plmn_at_home": "no"}, 17, "yes or no"),
    (f"{U}/EF.UST", ["19 GID1"], 20, "no one service"),
    (f"{T}/DF.MCS/EF.MST", ["telepathy"], 2, "no one service"),
]


@pytest.mark.parametrize(("path", "value", "size", "reason"), BAD, ids=[f"{row[0]} {row[1]}"[:60] for row in BAD])
def test_what_cannot_be_said(path, value, size, reason):
    with pytest.raises(EncodeError) as caught:
        encode(FilePath(path), value, size=size)
    message = f"{caught.value} ({caught.value.hint})"
    assert str(caught.value).startswith(path)
    assert re.search(reason, message), message


def test_services_are_read_back_as_they_are_shown():
    path = FilePath(f"{U}/EF.UST")
    assert encode(path, ["19 SPN", 45, "46", "GID1"], size=20) == encode(path, [17, 19, 45, 46], size=20)
    assert encode(FilePath(f"{G}/EF.SST"), ["17 SPN"], size=8) == encode(FilePath(f"{G}/EF.SST"), [17], size=8)


def test_keys_do_not_show():
    key = bytes(range(32))
    for path, content in (
        (f"{U}/EF.EPSNSC", b"\xa0\x22\x81\x20" + key),
        (f"{F}/EF.5GS3GPPNSC", b"\xa0\x22\x81\x20" + key),
        (f"{F}/EF.5GAUTHKEYS", b"\x80\x20" + key),
    ):
        value = decode(FilePath(path), content)
        assert key.hex() in plain(value).values()
        assert key.hex()[:8] not in repr(value) + str(value)


def _mutated(content: bytes, place: int, byte: int, end: bytes) -> bytes:
    changed = bytearray(content)
    if changed:
        changed[place % len(changed)] = byte
    return bytes(changed) + end


@settings(max_examples=2500, deadline=None)
@given(
    st.sampled_from([(row[0], bytes.fromhex(row[2])) for row in VECTORS]),
    st.integers(min_value=0, max_value=200),
    st.integers(min_value=0, max_value=255),
    st.sampled_from([b"", b"\xff", b"\x00", b"\xff\xff\x01", b"\x80\x00", b"\x8f\x01\xc0"]),
)
def test_nearly_right_contents_lose_no_byte(known, place, byte, end):
    path = FilePath(known[0])
    for content in (_mutated(known[1], place, byte, end), known[1][: place % (len(known[1]) + 1)]):
        value = decode(path, content)
        assert encode(path, value, size=len(content)) == content
        assert encode(path, json.loads(json.dumps(plain(value))), size=len(content)) == content


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["number", "name"]), inner, max_size=2),
    max_leaves=4,
)


def _with_junk(form, place: int, junk):
    """The form with one of its leaves, or itself, replaced."""
    if isinstance(form, dict) and form and place % 5:
        name = sorted(form)[place % len(form)]
        return {**form, name: _with_junk(form[name], place // 3, junk)}
    if isinstance(form, list) and form and place % 5:
        at = place % len(form)
        return [*form[:at], _with_junk(form[at], place // 3, junk), *form[at + 1 :]]
    return junk


@settings(max_examples=3000, deadline=None)
@given(st.sampled_from([(row[0], row[1], len(row[2]) // 2) for row in VECTORS]), st.integers(0, 10**6), JUNK)
def test_any_value_is_taken_or_refused(known, place, junk):
    """Whatever a YAML file says: bytes of the right size, or an error that names the file, and nothing else."""
    path, value, size = FilePath(known[0]), known[1], known[2]
    try:
        assert len(encode(path, _with_junk(plain(value), place, junk), size=size)) == size
    except EncodeError as error:
        assert str(error).startswith(str(path))


KEYS_AND_CODES = (
    "EF.Kc", "EF.KcGPRS", "EF.Keys", "EF.KeysPS", "EF.EPSNSC", "EF.5GS3GPPNSC", "EF.5GSN3GPPNSC", "EF.5GAUTHKEYS",
    "EF.DCK", "EF.Hiddenkey",
)  # fmt: skip


def _spoilt(value, secret):
    """The value once for each of its texts and blanks, with `secret` in the place of that."""
    if value is None or isinstance(value, str):
        yield secret
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from ({**value, name: other} for other in _spoilt(item, secret))
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from ([*value[:place], other, *value[place + 1 :]] for other in _spoilt(item, secret))


@pytest.mark.parametrize("name", KEYS_AND_CODES)
@pytest.mark.parametrize("secret", ["90514873x", "hex:90514873x", "90514873" * 17, "hex:" + "90514873" * 17])
def test_a_refusal_never_repeats_a_key_or_code(name, secret):
    known = [vector for vector in VECTORS if FilePath(vector[0]).name == name]
    values = [spoilt for _, value, *_ in known for spoilt in (secret, *_spoilt(plain(value), secret))]
    for value in values:
        with pytest.raises(EncodeError) as refused:
            encode(FilePath(f"{U}/{name}"), value, size=60)
        assert "90514873" not in f"{refused.value} {refused.value.hint}"


def test_hex_that_does_not_say_so_is_explained():
    with pytest.raises(EncodeError, match=r"EF.PWS: .*\(a content in hex begins with hex:\)"):
        encode(FilePath(f"{U}/EF.PWS"), "00")
    assert encode(FilePath(f"{U}/EF.PWS"), "hex:00") == b"\x00"


def test_every_dataclass_of_a_value_says_itself_in_fields():
    for path, value, _, _ in VECTORS:
        for item in value if isinstance(value, tuple) else (value,):
            if is_dataclass(item):
                assert set(plain(item)) == {field.name for field in fields(item)}, path
