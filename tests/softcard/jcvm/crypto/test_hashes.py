"""Hashing from an intermediate value on (FIPS 180-4, RFC 1321): hashlib is the judge for every split of a message."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simtool.softcard.jcvm.crypto.hashes import _COMPRESS, HASHES, Hash, digest, digest_from

# FIPS 180-4 §5.3, RFC 1321 §3.3
STARTS = {
    Hash.SHA_1: "67452301efcdab8998badcfe10325476c3d2e1f0",
    Hash.MD5: "0123456789abcdeffedcba9876543210",
    Hash.SHA_224: "c1059ed8367cd5073070dd17f70e5939ffc00b31685815116" "4f98fa7befa4fa4",
    Hash.SHA_256: "6a09e667bb67ae853c6ef372a54ff53a510e527f9b05688c1f83d9ab5be0cd19",
    Hash.SHA_384: "cbbb9d5dc1059ed8629a292a367cd5079159015a3070dd17152fecd8f70e593967332667ffc00b318eb44a8768581511"
    "db0c2e0d64f98fa747b5481dbefa4fa4",
    Hash.SHA_512: "6a09e667f3bcc908bb67ae8584caa73b3c6ef372fe94f82ba54ff53a5f1d36f1510e527fade682d19b05688c2b3e6c1f"
    "1f83d9abfb41bd6b5be0cd19137e2179",
}  # fmt: skip


@pytest.mark.parametrize("code", STARTS)
@settings(max_examples=20, deadline=None)
@given(blocks=st.integers(0, 3), rest=st.binary(max_size=300))
def test_going_on_from_an_intermediate_value(code: Hash, blocks: int, rest: bytes) -> None:
    info = HASHES[code]
    size, order = info.block // 16, "little" if code is Hash.MD5 else "big"
    chaining, first = bytes.fromhex(STARTS[code]), bytes(range(info.block)) * blocks
    for at in range(0, len(first), info.block):
        words = [int.from_bytes(chaining[one : one + size], order) for one in range(0, len(chaining), size)]  # type: ignore[arg-type]
        words = _COMPRESS[code](words, first[at : at + info.block])
        chaining = b"".join(one.to_bytes(size, order) for one in words)  # type: ignore[arg-type]
    wanted = hashlib.new(info.name, first + rest).digest()
    assert digest_from(code, chaining, len(first), rest) == wanted == digest(code, first + rest)
