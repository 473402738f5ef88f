"""Elliptic curves over prime fields: points, ECDSA, and the curves that key pairs get by default (SEC 1, SEC 2, X9.62).

An applet brings its domain parameters as numbers and may take any curve, so this works on numbers, not on names. It
takes no care of timing. A point is a pair of coordinates, None the point at infinity.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

Point = tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class Curve:
    """y² = x³ + a·x + b over p; `g` has order `r`, cofactor `k`. `size` is the bytes of a coordinate."""

    p: int
    a: int
    b: int
    g: tuple[int, int]
    r: int
    k: int = 1

    @property
    def size(self) -> int:
        return (self.p.bit_length() + 7) // 8

    @property
    def order_size(self) -> int:
        return (self.r.bit_length() + 7) // 8

    def has(self, point: tuple[int, int]) -> bool:
        """Whether a point is on the curve."""
        x, y = point
        return x < self.p and y < self.p and (y * y - x * x * x - self.a * x - self.b) % self.p == 0

    def add(self, one: Point, other: Point) -> Point:
        if one is None or other is None:
            return other if one is None else one
        (x1, y1), (x2, y2), p = one, other, self.p
        if x1 == x2 and (y1 + y2) % p == 0:
            return None
        slope = (3 * x1 * x1 + self.a) * pow(2 * y1, -1, p) if x1 == x2 else (y2 - y1) * pow(x2 - x1, -1, p)
        x3 = (slope * slope - x1 - x2) % p
        return x3, (slope * (x1 - x3) - y1) % p

    def multiply(self, factor: int, point: Point) -> Point:
        found: Point = None
        for bit in bin(factor)[2:]:
            found = self.add(found, found)
            if bit == "1":
                found = self.add(found, point)
        return found

    def encode(self, point: tuple[int, int]) -> bytes:
        """A point, uncompressed (SEC 1 §2.3.3)."""
        return b"\x04" + point[0].to_bytes(self.size, "big") + point[1].to_bytes(self.size, "big")

    def _number(self, digest: bytes) -> int:
        """A hash as a number: its first bits, as many as the order has (SEC 1 §4.1.3)."""
        return int.from_bytes(digest, "big") >> max(0, 8 * len(digest) - self.r.bit_length())

    def sign(self, secret: int, digest: bytes, nonce: int) -> tuple[int, int] | None:
        """An ECDSA signature (r, s); None where another `nonce` (1 to r - 1) has to be tried."""
        point = self.multiply(nonce, self.g)
        first = point[0] % self.r if point is not None else 0
        second = pow(nonce, -1, self.r) * (self._number(digest) + first * secret) % self.r
        return (first, second) if first and second else None

    def verify(self, public: tuple[int, int], digest: bytes, signature: tuple[int, int]) -> bool:
        """Whether an ECDSA signature is right."""
        first, second = signature
        if not (0 < first < self.r and 0 < second < self.r):
            return False
        inverse = pow(second, -1, self.r)
        one = self.multiply(self._number(digest) * inverse % self.r, self.g)
        point = self.add(one, self.multiply(first * inverse % self.r, public))
        return point is not None and point[0] % self.r == first


@lru_cache(maxsize=16)
def is_valid(curve: Curve) -> bool:
    """Whether these can be the parameters of a curve: an odd field, a smooth curve, G on it and of order R."""
    p, a, b = curve.p, curve.a, curve.b
    if p < 5 or p % 2 == 0 or curve.r < 2 or a >= p or b >= p or not 0 < curve.k < p:
        return False
    if (4 * a**3 + 27 * b**2) % p == 0 or not curve.has(curve.g):
        return False
    try:
        return curve.multiply(curve.r, curve.g) is None
    except ValueError:  # no inverse: the field is none
        return False


def encode_der(signature: tuple[int, int]) -> bytes:
    """SEQUENCE { r INTEGER, s INTEGER }."""
    parts = b"".join(_integer(one) for one in signature)
    return b"\x30" + _length(len(parts)) + parts


def decode_der(data: bytes) -> tuple[int, int] | None:
    """The numbers of such a sequence; None where it is none, or not in DER."""
    try:
        kind, inner, rest = _element(data)
        first_kind, first, after = _element(inner)
        second_kind, second, end = _element(after)
    except IndexError:
        return None
    if (kind, first_kind, second_kind) != (0x30, 2, 2) or rest or end:
        return None
    found = int.from_bytes(first, "big", signed=True), int.from_bytes(second, "big", signed=True)
    return found if min(found) >= 0 and encode_der(found) == data else None


def _integer(value: int) -> bytes:
    raw = value.to_bytes(value.bit_length() // 8 + 1, "big")
    return b"\x02" + _length(len(raw)) + raw


def _length(length: int) -> bytes:
    return bytes([length]) if length < 0x80 else bytes([0x81, length])


def _element(data: bytes) -> tuple[int, bytes, bytes]:
    start, length = 2, data[1]
    if length == 0x81:
        start, length = 3, data[2]
    if start + length > len(data):
        raise IndexError
    return data[0], data[start : start + length], data[start + length :]
