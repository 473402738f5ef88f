"""READ RECORD and UPDATE RECORD on linear fixed files (TS 102 221 §11.1.5, §11.1.6, §8.2.2.2).

The file's records are made different before each test: record n begins with n.
"""

from __future__ import annotations

import pytest

from simtool.files.product import FileSpec
from tests.conformance.bench import Bench
from tests.conformance.survey import MF, linear_ef

pytestmark = [pytest.mark.needs("uicc"), pytest.mark.needs("linear", "PIN1")]

NEXT, PREVIOUS, ABSOLUTE = 0x02, 0x03, 0x04
LAST = 0xFF  # stands for the number of the last record in the tables below


def record(number: int, length: int) -> bytes:
    return bytes((number,)) + bytes((number * 7 + n) & 0xFF for n in range(1, length))


def fresh(bench: Bench) -> tuple[FileSpec, int, int]:
    """The file, its number of records and their length; records made different, the file selected anew."""
    spec = linear_ef(bench.model)
    assert spec is not None and spec.records is not None and spec.record_length is not None
    count, length = spec.records, spec.record_length
    bench.prepare(spec, b"".join(record(n, length) for n in range(1, count + 1)))
    return spec, count, length


# Each row: what, clause, a walk. A step is (mode, record number) and the record read, or None for an error.
# (ABSOLUTE, 0) is the current record.
WALKS = [
    (
        "next starts at the first",
        "§11.1.5.1: NEXT without pointer",
        [((NEXT, 0), 1), ((NEXT, 0), 2), ((ABSOLUTE, 0), 2)],
    ),
    (
        "previous starts at the last",
        "§11.1.5.1: PREVIOUS without pointer",
        [((PREVIOUS, 0), LAST), ((PREVIOUS, 0), LAST - 1), ((ABSOLUTE, 0), LAST - 1)],
    ),
    (
        "nothing after the last",
        "§11.1.5.1: NEXT at the last record",
        [((PREVIOUS, 0), LAST), ((NEXT, 0), None), ((ABSOLUTE, 0), LAST), ((NEXT, 0), None)],
    ),
    (
        "nothing before the first",
        "§11.1.5.1: PREVIOUS at the first record",
        [((NEXT, 0), 1), ((PREVIOUS, 0), None), ((ABSOLUTE, 0), 1), ((NEXT, 0), 2)],
    ),
    (
        "absolute leaves the pointer",
        "§11.1.5.1: ABSOLUTE",
        [((NEXT, 0), 1), ((ABSOLUTE, 3), 3), ((ABSOLUTE, 0), 1), ((NEXT, 0), 2)],
    ),
    ("absolute sets no pointer", "§11.1.5.1: ABSOLUTE", [((ABSOLUTE, 3), 3), ((NEXT, 0), 1)]),
    (
        "a failure leaves the pointer",
        "§11.1.5.1: unsuccessful READ RECORD",
        [((NEXT, 0), 1), ((NEXT, 0), 2), ((ABSOLUTE, 0xFE), None), ((ABSOLUTE, 0), 2), ((NEXT, 0), 3)],
    ),
    ("current without pointer", "§11.1.5.1: no current record", [((ABSOLUTE, 0), None), ((NEXT, 0), 1)]),
]


@pytest.mark.parametrize(("clause", "walk"), [r[1:] for r in WALKS], ids=[r[0] for r in WALKS])
def test_walk(bench: Bench, clause: str, walk: list[tuple[tuple[int, int], int | None]]) -> None:
    _, count, length = fresh(bench)
    for at, ((mode, number), wanted) in enumerate(walk):
        text = f"00b2{number:02x}{mode:02x}{length:02x}"
        if wanted is None:
            assert bench.expect(text, "6a83 6985", why=f"{clause}, step {at + 1}") == b""
            continue
        wanted = count + wanted - LAST if wanted >= LAST - 1 else wanted
        assert bench.expect(text, why=f"{clause}, step {at + 1}") == record(wanted, length), f"{clause}, step {at + 1}"


def test_selection_clears_the_pointer(bench: Bench) -> None:
    """§8.2.2.2: selecting the file anew leaves no record current."""
    spec, _, length = fresh(bench)
    bench.expect(f"00b20002{length:02x}")
    bench.expect(f"00b20002{length:02x}")
    bench.expect(f"00a4000c02{spec.fid:04x}")
    assert bench.expect(f"00b20002{length:02x}") == record(1, length)


# Each row: what, clause, APDU with L for the record length in hex, status words.
REFUSED = [
    ("a record behind the last", "§10.2.1.5.3: 6A83", "00b2fd04{L}", "6a83"),
    ("mode 00", "§11.1.5.2 table 11.11: RFU", "00b20100{L}", "6a86 6b00"),
    ("mode 01", "§11.1.5.2 table 11.11: RFU", "00b20101{L}", "6a86 6b00"),
    ("mode 06", "§11.1.5.2 table 11.11: RFU", "00b20106{L}", "6a86 6b00"),
    ("update of a record behind the last", "§10.2.1.5.3: 6A83", "00dcfd04{L}{D}", "6a83"),
    ("update with mode 00", "§11.1.6.2", "00dc0100{L}{D}", "6a86 6b00"),
    ("update with mode 05", "§11.1.6.2", "00dc0105{L}{D}", "6a86 6b00"),
    ("update without data", "§11.1.6.2", "00dc0104", "67xx"),
    ("update of the current record, there is none", "§11.1.6.1", "00dc0004{L}{D}", "6a83 6985"),
]


@pytest.mark.parametrize(("clause", "command", "answer"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED])
def test_refused(bench: Bench, clause: str, command: str, answer: str) -> None:
    spec, count, length = fresh(bench)
    text = command.format(L=f"{length:02x}", D="5a" * length)
    assert bench.expect(text, answer, why=clause) == b""
    assert bench.read(spec.path) == b"".join(record(n, length) for n in range(1, count + 1))


def test_read_needs_the_record_length(bench: Bench) -> None:
    """§11.1.5.1 (one complete record), §7.3.1.1.2: any other Le is 6Cxx with the length, or 67xx."""
    _, _, length = fresh(bench)
    bench.expect_tpdu("00b2010400", f"6c{length:02x}")
    for wrong in (length - 1, length + 1):
        bench.expect_tpdu(f"00b20104{wrong:02x}", f"6c{length:02x} 67xx")
    assert bench.expect("00b2010400") == record(1, length)


def test_update_needs_the_record_length(bench: Bench) -> None:
    """§11.1.6.1: one complete record is updated; another length is 67xx and changes nothing."""
    spec, count, length = fresh(bench)
    for wrong in (1, length - 1, length + 1):
        bench.expect(f"00dc0104{wrong:02x}{'5a' * wrong}", "67xx")
    assert bench.read(spec.path) == b"".join(record(n, length) for n in range(1, count + 1))


def test_update_absolute(bench: Bench) -> None:
    """§11.1.6.1: ABSOLUTE changes that record, no other, and not the pointer."""
    spec, count, length = fresh(bench)
    new = bytes(reversed(record(99, length)))
    bench.expect(f"00b20002{length:02x}")
    bench.expect(f"00dc0304{length:02x}{new.hex()}")
    assert bench.expect(f"00b20004{length:02x}") == record(1, length)
    wanted = [new if n == 3 else record(n, length) for n in range(1, count + 1)]
    assert bench.read(spec.path) == b"".join(wanted)


def test_update_next_previous_current(bench: Bench) -> None:
    """§11.1.6.1: NEXT and PREVIOUS move the pointer and update what it points to; CURRENT does not move it."""
    spec, count, length = fresh(bench)
    wanted = [record(n, length) for n in range(1, count + 1)]
    steps = [(NEXT, 1), (NEXT, 2), (NEXT, 3), (PREVIOUS, 2), (ABSOLUTE, 2)]
    for at, (mode, number) in enumerate(steps):
        new = bytes((0xE0 + at,)) * length
        bench.expect(f"00dc00{mode:02x}{length:02x}{new.hex()}", why=f"step {at + 1}")
        wanted[number - 1] = new
        assert bench.expect(f"00b20004{length:02x}") == new
    assert bench.read(spec.path) == b"".join(wanted)


def test_update_at_the_ends(bench: Bench) -> None:
    """§11.1.6.1: NEXT at the last and PREVIOUS at the first record of a linear fixed file update nothing."""
    spec, count, length = fresh(bench)
    new = "5a" * length
    bench.expect(f"00b20003{length:02x}")
    bench.expect(f"00dc0002{length:02x}{new}", "6a83 6985")
    bench.select(spec.path)
    bench.expect(f"00b20002{length:02x}")
    bench.expect(f"00dc0003{length:02x}{new}", "6a83 6985")
    assert bench.expect(f"00b20004{length:02x}") == record(1, length)
    assert bench.read(spec.path) == b"".join(record(n, length) for n in range(1, count + 1))


def test_wrong_structure_and_no_file(bench: Bench) -> None:
    """§10.2.1.5.2: 6981 on a transparent file, 6986 without a current EF."""
    bench.expect("00a4000c022fe2")
    bench.expect("00b201040a", "6981")
    bench.expect("00dc01040a00000000000000000000", "6981 6982")
    bench.expect("00a4000c023f00")
    bench.expect("00b201040a", "6986")
    bench.expect("00dc01040100", "6986")


def test_by_sfi(bench: Bench) -> None:
    """§8.4.3, table 11.11: bits 8 to 4 of P2 are the SFI; the file is current then. EF.DIR has SFI 1E (§13.1)."""
    length = bench.spec("MF/EF.DIR").record_length or 0
    first = bench.expect(f"00b201f4{length:02x}")
    assert first[0] == 0x61
    assert bench.expect(f"00b20104{length:02x}") == first
    assert bench.expect(f"00b20002{length:02x}") == first, "§8.4.3: the record pointer is not set by an SFI"


def test_unknown_sfi(bench: Bench) -> None:
    """§10.2.1.5.3: 6A82."""
    unused = next(n for n in range(1, 31) if all(s.sfi != n for s in bench.model.children(MF)))
    bench.expect(f"00b201{unused << 3 | ABSOLUTE:02x}00", "6a82")
    bench.expect(f"00dc01{unused << 3 | ABSOLUTE:02x}0100", "6a82")


def test_p1_of_next(bench: Bench) -> None:
    """§11.1.5.2: with NEXT and PREVIOUS P1 is 00; a card that gets something else refuses it or does not look at it."""
    _, _, length = fresh(bench)
    answer = bench.expect(f"00b20302{length:02x}", "9000 6a86 6b00")
    assert answer in (b"", record(1, length))
