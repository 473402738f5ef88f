"""Files that a test makes for itself with CREATE FILE, and that are deleted afterwards (TS 102 222 §6.3, §6.4)."""

from __future__ import annotations

from simtool.codec import tlv
from simtool.files.path import FilePath
from tests.conformance.bench import Bench
from tests.conformance.survey import MF

EF = 0x2F7A  # identifiers that no product uses
OTHER_EF = 0x2F7B
DF = 0x7F7A
ALL_ALLOWED = bytes.fromhex("8c087f00000000000000")  # compact: every operation always (§9.2.5)


def template(*parts: tuple[int, bytes]) -> bytes:
    return tlv.encode(0x62, b"".join(tlv.encode(tag, value) for tag, value in parts))


def ef_template(
    fid: int = EF,
    *,
    descriptor: str = "4121",
    size: int = 16,
    security: bytes = ALL_ALLOWED,
    life_cycle: int = 0x05,
    sfi: int | None = None,
    special: bytes | None = None,
) -> bytes:
    """The command data of CREATE FILE for an EF (TS 102 222 §6.3.2.2 table 3)."""
    parts = [
        (0x82, bytes.fromhex(descriptor)),
        (0x83, fid.to_bytes(2)),
        (0x8A, bytes((life_cycle,))),
        (security[0], security[2:]),
        (0x80, size.to_bytes(2)),
    ]
    if special is not None:
        parts.append((0xA5, special))
    parts.append((0x88, b"" if sfi is None else bytes((sfi << 3,))))
    return template(*parts)


def df_template(fid: int = DF, *, security: bytes = ALL_ALLOWED, life_cycle: int = 0x05) -> bytes:
    """The command data of CREATE FILE for a DF (TS 102 222 §6.3.2.2 table 2)."""
    return template(
        (0x82, bytes.fromhex("7821")),
        (0x83, fid.to_bytes(2)),
        (0x8A, bytes((life_cycle,))),
        (security[0], security[2:]),
        (0x81, (512).to_bytes(2)),
        (0xC6, bytes.fromhex("90014083010195010883010a")),
    )


def create(bench: Bench, data: bytes, answer: str = "9000") -> None:
    bench.expect(f"00e00000{len(data):02x}{data.hex()}", answer)


def make(bench: Bench, data: bytes, where: FilePath = MF) -> int:
    """Create the file that the template describes, with all rights gained; it is deleted after the test.

    Returns its identifier. Ends with the file current.
    """
    bench.select(where)
    bench.unlock()
    fid = int.from_bytes(tlv.first(tlv.parse(tlv.parse(data)[0].value), 0x83) or b"")
    create(bench, data)
    bench.later(lambda: remove(bench, fid, where))
    return fid


def remove(bench: Bench, fid: int, where: FilePath = MF) -> None:
    """Delete the file if it is there."""
    bench.select(where)
    bench.unlock()
    if bench.apdu(f"00a4000c02{fid:04x}").sw != 0x6A82:
        bench.select(where)
        bench.expect(f"00e4000002{fid:04x}")
