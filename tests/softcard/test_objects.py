"""BER-TLV files (TS 102 221 §11.3) and logical channels (§11.1.17)."""

from __future__ import annotations

from tests.softcard.conftest import Reader

USIM = "00a4040c0ca0000000871002ff49ff0589"
PIN1 = "002000010831323334ffffffff"
LONG = bytes(range(256)) * 1 + b"tail" * 20


def open_file(small: Reader) -> None:
    small.ok(USIM, PIN1, "00a4000c026fee")


def test_retrieve(small: Reader) -> None:
    small.ok(USIM, "00a4000c026fee")
    assert small.tpdu("80cb00800180") == "6982"
    small.script(f"""
        {PIN1} : 9000
        80cb00800180 : 6104
        00c0000004 : 8002aabb 9000
        80cb008001a1 : 6105
        00c0000005 : a1038001ff 9000
        80cb0080015c : 6104
        00c0000004 : 5c0280a1 9000
        80cb00800190 : 6a88
        80cb0080019f : 6a80
        80cb0080040102030400 : 6700
        80cb008000 : 6700
        80cb000000 : 6985              # nothing more to send
        80cb018001 80 : 6a86
        80cb00c001 80 : 6a86
        80cb0089 0180 : 6104           # SFI 9
        00b0000001 : 6981
        00a4000c026f07 : 9000
        80cb00800180 : 6981
    """)


def test_chained(small: Reader) -> None:
    """63F1 until all is there, 62F1 while there is more."""
    open_file(small)
    value = LONG
    whole = bytes.fromhex("8882") + len(value).to_bytes(2) + value
    small.script(f"""
        80db0080ff{whole[:255].hex()} : 63f1
        80cb00800188 : 6a88            # not there yet
        80db000050{whole[255:335].hex()} : 63f1
        80db0000{len(whole) - 335:02x}{whole[335:].hex()} : 9000
        80db000001aa : 6985
        80cb00800188 : 62f1
        00c0000000 : 6cff
        00c00000ff : {whole[:255].hex()} 62f1
        80cb000000 : 6c{len(whole) - 255:02x}
        80cb000050 : {whole[255:335].hex()} 62f1
        80cb004050 : {whole[255:335].hex()} 62f1
        80cb000005 : {whole[335:340].hex()} {"9000" if len(whole) == 340 else "62f1"}
    """)
    assert small.ok("80cb0080015c") == "5c0380a188"
    small.ok("80db00800188")
    assert small.ok("80cb0080015c") == "5c0280a1"


def test_set_data(small: Reader) -> None:
    open_file(small)
    small.script("""
        80db0080038001cc : 9000
        80cb00800180 : 6103
        80db008002 8000 : 9000         # an empty object is one
        80cb00800180 : 6102
        80db008001 80 : 9000           # a tag alone deletes
        80cb00800180 : 6a88
        80db008001 80 : 6a88
        80db008004 8001ccdd : 6a80     # more than the length says
        80db008000 : 6700
        80db008006 880302010203 : 6a80
        80db0080048882ffff : 6a84
        80db004003 8001cc : 6a86
        80db008003 5c01cc : 6a80
        80db008002 9f7f : 6a88
    """)


def test_size_is_live_in_the_fcp(small: Reader) -> None:
    open_file(small)
    assert "80020009" in small.ok("00a40004026fee")
    small.ok("80db0080058003aabbcc")
    assert "8002000a" in small.ok("00a40004026fee")


def test_channels(small: Reader) -> None:
    """TS 102 221 §8.7, §11.1.17: each channel has its own selection."""
    small.script("""
        01a4000c022fe2 : 6881
        0070000000 : 6c01
        00700000 : 6c01
        0070000001 : 01 9000
        0070000001 : 02 9000
        00a4000c022fe2 : 9000
        01a4000c027f10 : 9000
        00b000000a : 98444400000011223344 9000
        01b000000a : 6986
        02b000000a : 6986
        0070800200 : 9000
        02b000000a : 6881
        0070800200 : 6881
        0070800000 : 6a86
        0070800001 : 6700
        01 70 80 00 00 : 9000           # closes the channel it is sent on
        01b000000a : 6881
        0070000500 : 9000
        41a4000c022fe2 : 9000
        41b000000a : *9000
        0070000500 : 6881
        0070001400 : 6a86
        0070010001 : 6a86
    """)


def test_channel_from_channel(small: Reader) -> None:
    """A channel opened from another than the basic one starts where that is."""
    small.ok("0070000001", "01a4080c027f10", "0170000001")
    assert "83027f10" in small.ok("82f2000000")
    small.ok("0070000001")
    assert "83023f00" in small.ok("83f2000000")


def test_all_channels(small: Reader) -> None:
    for number in range(1, 20):
        assert small.tpdu("0070000001") == f"{number:02x}9000"
    assert small.tpdu("0070000001") == "6a81"
    assert small.ok("4fa4000c022fe2", "4fb000000a") == "98444400000011223344"
    assert small.tpdu("cff2000c00") == "9000"


def test_class_bytes(small: Reader) -> None:
    """TS 102 221 §10.1.1, §10.2.1.5."""
    small.script("""
        04a4000c022fe2 : 6882
        0ca4000c022fe2 : 6882
        60a4000c022fe2 : 6882
        84f2000c00 : 6882
        e0f2000c00 : 6882
        10a4000c022fe2 : 6884
        90f2000c00 : 6884
        20a4000c022fe2 : 6e00
        b0a4000c022fe2 : 6e00
        a1a4000c022fe2 : 6e00
        ffa4000c022fe2 : 6e00
        00f2000c00 : 6e00
        80b0000001 : 6e00
        0011000000 : 6d00
        8011000000 : 6d00
        a011000000 : 6d00
        0073000000 : 6d00              # MANAGE SECURE CHANNEL
        0075000000 : 6d00              # TRANSACT DATA
        00 : 6700
        00a400 : 6700
    """)


def test_get_response_is_bound_to_its_channel(small: Reader) -> None:
    small.ok("0070000001")
    small.script("""
        01a40004022fe2 : 6119
        00c0000019 : 6f00
        01a40004022fe2 : 6119
        01c0000019 : *9000
        01a40004022fe2 : 6119
        81c0000019 : *9000
    """)
