"""The curves that key pairs get where the applet brings no domain parameters: SEC 2, by size in bits; a is p - 3."""

from __future__ import annotations

from simtool.softcard.jcvm.crypto.curves import Curve

_NUMBERS: dict[int, tuple[str, str, str, str, str]] = {
    # p, b, x and y of G, r
    112: (
        "db7c2abf62e35e668076bead208b",
        "659ef8ba043916eede8911702b22",
        "09487239995a5ee76b55f9c2f098",
        "a89ce5af8724c0a23e0e0ff77500",
        "db7c2abf62e35e7628dfac6561c5",
    ),
    128: (
        "fffffffdffffffffffffffffffffffff",
        "e87579c11079f43dd824993c2cee5ed3",
        "161ff7528b899b2d0c28607ca52c5b86",
        "cf5ac8395bafeb13c02da292dded7a83",
        "fffffffe0000000075a30d1b9038a115",
    ),
    160: (
        "ffffffffffffffffffffffffffffffff7fffffff",
        "1c97befc54bd7a8b65acf89f81d4d4adc565fa45",
        "4a96b5688ef573284664698968c38bb913cbfc82",
        "23a628553168947d59dcc912042351377ac5fb32",
        "100000000000000000001f4c8f927aed3ca752257",
    ),
    192: (
        "fffffffffffffffffffffffffffffffeffffffffffffffff",
        "64210519e59c80e70fa7e9ab72243049feb8deecc146b9b1",
        "188da80eb03090f67cbf20eb43a18800f4ff0afd82ff1012",
        "07192b95ffc8da78631011ed6b24cdd573f977a11e794811",
        "ffffffffffffffffffffffff99def836146bc9b1b4d22831",
    ),
    224: (
        "ffffffffffffffffffffffffffffffff000000000000000000000001",
        "b4050a850c04b3abf54132565044b0b7d7bfd8ba270b39432355ffb4",
        "b70e0cbd6bb4bf7f321390b94a03c1d356c21122343280d6115c1d21",
        "bd376388b5f723fb4c22dfe6cd4375a05a07476444d5819985007e34",
        "ffffffffffffffffffffffffffff16a2e0b8f03e13dd29455c5c2a3d",
    ),
    256: (
        "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff",
        "5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b",
        "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296",
        "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5",
        "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
    ),
    384: (
        "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffff",
        "b3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aef",
        "aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e3872760ab7",
        "3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5f",
        "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973",
    ),
    521: (
        "01ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
        "ffffffffffffffffffffffffffffffffffff",
        "0051953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109e156193951ec7e937b1652c0bd3bb1"
        "bf073573df883d2c34f1ef451fd46b503f00",
        "00c6858e06b70404e9cd9e3ecb662395b4429c648139053fb521f828af606b4d3dbaa14b5e77efe75928fe1dc127a2ff"
        "a8de3348b3c1856a429bf97e7e31c2e5bd66",
        "011839296a789a3bc0045c8a5fb42c7d1bd998f54449579b446817afbd17273e662c97ee72995ef42640c550b9013fad"
        "0761353c7086a272c24088be94769fd16650",
        "01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709"
        "a5d03bb5c9b8899c47aebb6fb71e91386409",
    ),
}


def default_curve(bits: int) -> Curve | None:
    """The curve for keys of a size; None where there is none."""
    row = _NUMBERS.get(bits)
    if row is None:
        return None
    p, b, x, y, r = (int(one, 16) for one in row)
    return Curve(p, p - 3, b, (x, y), r)
