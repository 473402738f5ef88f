"""Multi provider SIMs: the identity shown follows from the provider record in use."""

from __future__ import annotations

from simtool.crypto.comp128 import comp128
from simtool.files.product import load
from simtool.softcard.card import SoftCard
from tests.softcard.conftest import Reader


def test_fakemagicsim() -> None:
    reader = Reader(SoftCard.new(load("fakemagicsim")))
    ki = bytes(range(16))
    identity = "98112233445566778899", "082943010101010101"
    record = "81" + "41" * 14 + "".join(identity) + ki.hex() + "ff" * 40
    reader.tpdu("a0a4000002000c")
    assert reader.tpdu(f"a0dc01045a{record}") == "9000"
    reader.tpdu("a0a40000022fe2")
    assert reader.tpdu("a0b000000a") == identity[0] + "9000"
    reader.tpdu("a0a40000027f20")
    reader.tpdu("a0a40000026f07")
    assert reader.tpdu("a0b0000009") == identity[1] + "9000"
    rand = bytes(range(16, 32))
    sres, kc = comp128(1, ki, rand)
    assert reader.tpdu(f"a088000010{rand.hex()}") == "9f0c"
    assert reader.tpdu("a0c000000c") == (sres + kc).hex() + "9000"
