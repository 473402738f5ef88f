"""BER-TLV files: SET DATA and RETRIEVE DATA (TS 102 221 §8.2.2.4, §11.3)."""

from __future__ import annotations

import pytest

from simtool.codec import tlv
from simtool.files.product import FileSpec
from tests.conformance.bench import Bench
from tests.conformance.survey import object_ef

pytestmark = pytest.mark.needs("uicc", "objects", "PIN1", "adm")

TAG = 0x81
LONG = bytes((n * 3) & 0xFF for n in range(250))


def ready(bench: Bench) -> FileSpec:
    """The file, current, all rights gained; whatever the test leaves under its tags is deleted afterwards."""
    spec = object_ef(bench.model)
    assert spec is not None

    def clear() -> None:
        bench.open_application(spec.path)
        bench.unlock()
        bench.select(spec.path)
        for tag in ("81", "82", "9f2a", "a5"):
            bench.apdu(f"80db0080{len(tag) // 2:02x}{tag}")

    bench.open_application(spec.path)
    bench.unlock()
    bench.select(spec.path)
    held = {tag for tag, _ in spec.objects}
    assert not held & {0x81, 0x82, 0x9F2A, 0xA5}, "the product delivers objects under the test's tags"
    bench.later(clear)
    return spec


def put(bench: Bench, tag: int, value: bytes, answer: str = "9000") -> None:
    """SET DATA in one block (§11.3.2.2)."""
    data = tlv.encode(tag, value)
    bench.expect(f"80db0080{len(data):02x}{data.hex()}", answer)


def get(bench: Bench, tag: int) -> bytes:
    """RETRIEVE DATA of an object that fits one answer (§11.3.1.2)."""
    raw = tlv.encode_tag(tag)
    return bench.expect(f"80cb0080{len(raw):02x}{raw.hex()}00")


@pytest.mark.parametrize("tag", [0x81, 0x9F2A, 0xA5], ids=["81", "9F2A", "A5"])
@pytest.mark.parametrize("value", [b"", b"\x01", bytes(range(100)), bytes(range(200))], ids=["0", "1", "100", "200"])
def test_stored_and_retrieved(bench: Bench, tag: int, value: bytes) -> None:
    """§11.3.1.1, §11.3.2.1: the whole object comes back, tag and length in front."""
    ready(bench)
    value = tlv.encode(0x80, value[:90]) if tag == 0xA5 else value
    put(bench, tag, value)
    assert get(bench, tag) == tlv.encode(tag, value)


def test_replaced(bench: Bench) -> None:
    """§11.3.2.1: an object that exists is replaced, others stay."""
    ready(bench)
    put(bench, 0x81, b"one")
    put(bench, 0x82, b"two")
    put(bench, 0x81, b"another")
    assert get(bench, 0x81) == tlv.encode(0x81, b"another")
    assert get(bench, 0x82) == tlv.encode(0x82, b"two")


def test_deleted(bench: Bench) -> None:
    """§11.3.2.1, .2: a tag alone deletes the object; 6A88 for one that is not there."""
    ready(bench)
    put(bench, 0x81, b"one")
    put(bench, 0x82, b"two")
    bench.expect("80db00800181")
    bench.expect("80cb0080018100", "6a88")
    assert get(bench, 0x82) == tlv.encode(0x82, b"two")
    bench.expect("80db00800181", "6a88 9000")


def test_survives_reset(bench: Bench) -> None:
    """§8.2.2.4."""
    spec = ready(bench)
    put(bench, 0x81, b"kept")
    bench.reset()
    bench.open_application(spec.path)
    bench.unlock()
    bench.select(spec.path)
    assert get(bench, 0x81) == tlv.encode(0x81, b"kept")


def test_list_of_tags(bench: Bench) -> None:
    """§11.3.0: tag 5C lists the top level tags; it is no object itself."""
    ready(bench)
    before = bench.expect("80cb0080015c00")
    assert before[0] == 0x5C
    put(bench, 0x81, b"one")
    put(bench, 0x9F2A, b"two")
    (listed,) = tlv.parse(bench.expect("80cb0080015c00"))
    assert listed.tag == 0x5C
    added = listed.value
    assert b"\x81" in added and b"\x9f\x2a" in added
    assert len(added) == len(tlv.parse(before)[0].value) + 3


def test_in_blocks(bench: Bench) -> None:
    """§11.3.0, §11.3.2.2: first block, then next blocks; 63F1 while more is expected, 9000 with the last."""
    ready(bench)
    whole = tlv.encode(TAG, LONG)
    bench.expect(f"80db008064{whole[:100].hex()}", "63f1")
    bench.expect(f"80db000064{whole[100:200].hex()}", "63f1")
    bench.expect(f"80db0000{len(whole) - 200:02x}{whole[200:].hex()}")
    assert get(bench, TAG) == whole


def test_interrupted(bench: Bench) -> None:
    """§11.3.0: a transfer goes on after a command that changes neither file nor tag; selecting a file aborts it."""
    spec = ready(bench)
    whole = tlv.encode(TAG, LONG)
    bench.expect(f"80db008064{whole[:100].hex()}", "63f1")
    bench.expect("80f2000000")
    bench.expect(f"80db000064{whole[100:200].hex()}", "63f1")
    bench.select(spec.path)
    bench.expect(f"80db0000{len(whole) - 200:02x}{whole[200:].hex()}", "6985 6a86 6a88 6a80 6b00 6f00 6986")
    assert bench.apdu("80cb0080018100").data != whole


def test_next_block_without_first(bench: Bench) -> None:
    """§11.3.0: a transfer starts with a first block."""
    ready(bench)
    bench.expect("80db00000401020304", "6985 6a86 6a88 6a80 6b00 6f00")
    bench.expect("80cb000000", "6985 6a86 6a88 6a80 6b00 6f00 67xx")


def test_more_than_announced(bench: Bench) -> None:
    """§11.3.0: the blocks together are the object, no more."""
    ready(bench)
    bench.expect("80db0080068103aabbccdd", "6a80 67xx")
    bench.expect("80cb0080018100", "6a88")


def test_retrieved_in_blocks(bench: Bench) -> None:
    """§11.3.0, §11.3.1: 62F1 while more data is available; the next block comes with P2 = 00."""
    ready(bench)
    whole = tlv.encode(TAG, LONG + bytes(30))
    bench.expect(f"80db0080c8{whole[:200].hex()}", "63f1")
    bench.expect(f"80db0000{len(whole) - 200:02x}{whole[200:].hex()}")
    content = bench.expect("80cb0080018100", "62f1")
    assert content
    for _ in range(4):
        content += bench.expect("80cb000000", "62f1 9000")
        if bench.session.last_sw == 0x9000:
            break
    assert content == whole


def test_by_sfi(bench: Bench) -> None:
    """§11.3.1.2, §8.4.3: bits 5 to 1 of P2 with the first block."""
    spec = ready(bench)
    put(bench, TAG, b"by SFI")
    assert spec.path.parent is not None and spec.sfi is not None
    bench.select(spec.path.parent)
    assert bench.expect(f"80cb00{0x80 | spec.sfi:02x}018100") == tlv.encode(TAG, b"by SFI")
    assert get(bench, TAG) == tlv.encode(TAG, b"by SFI"), "the file is current then"


def test_wrong_structure(bench: Bench) -> None:
    """§10.2.1.5.2: 6981 both ways, 6986 without a current EF."""
    ready(bench)
    bench.expect("00b0000001", "6981")
    bench.expect("00b2010401", "6981")
    bench.expect("00a4080c022fe2")
    bench.expect("80cb0080018100", "6981")
    bench.expect("00a4000c023f00")
    bench.expect("80cb0080018100", "6986")


def test_no_room(bench: Bench) -> None:
    """§11.3.2.1, §10.2.1.5.3: 6A84 when the file cannot take the object; what was there stays."""
    ready(bench)
    put(bench, 0x82, b"small")
    huge = bytes.fromhex("8183ffffff") + bytes(50)
    bench.expect(f"80db0080{len(huge):02x}{huge.hex()}", "6a84")
    bench.expect("80cb0080018100", "6a88")
    assert get(bench, 0x82) == tlv.encode(0x82, b"small")


@pytest.mark.parametrize("data", ["", "00", "1f", "8105aa"], ids=["nothing", "no tag", "half a tag", "cut short"])
def test_malformed(bench: Bench, data: str) -> None:
    """§11.3.0: tag and length have to be right. An object cut short may be a first block: 63F1."""
    ready(bench)
    body = f"{len(data) // 2:02x}{data}" if data else ""
    bench.expect(f"80db0080{body}", "6a80 67xx 6a88 63f1" if data == "8105aa" else "6a80 67xx 6a88")
