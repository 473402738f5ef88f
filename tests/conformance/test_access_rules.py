"""Every class of access rule, on files made for it (TS 102 221 §9.2.5 compact, §9.2.6 expanded, §9.2.7 referenced).

Each file is 16 bytes in the USIM. A rule is tried with nothing verified, with each PIN and key, and with pairs of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import pytest

from simtool.codec.access import AccessMode, decode_expanded
from simtool.files.product import CardModel
from tests.conformance.bench import Bench
from tests.conformance.scratch import DF, EF, OTHER_EF, create, df_template, ef_template, make
from tests.conformance.survey import USIM, is_always, only
from tests.conformance.test_pin import home

pytestmark = [pytest.mark.needs("uicc"), pytest.mark.needs("usim", "create_usim", "PIN1", "PIN2", "adm")]

PIN1 = "a406830101950108"
PIN2 = "a406830181950108"
ADM = "a406{adm}950108"
DELETE_SELF = "8001409000"  # so that the file can be deleted after the test

ALWAYS: tuple[frozenset[str], ...] = (frozenset(),)
NEVER: tuple[frozenset[str], ...] = ()


def needs(*alternatives: str) -> tuple[frozenset[str], ...]:
    """`needs("PIN1 ADM", "PIN2")`: PIN1 and ADM together, or PIN2."""
    return tuple(frozenset(one.split()) for one in alternatives)


# Each row: what, security attribute (tag and value), what READ needs, what UPDATE needs.
ROWS = [
    ("compact, always", "8c", "43000000", ALWAYS, ALWAYS),
    ("compact, read never", "8c", "430000ff", NEVER, ALWAYS),
    ("compact, update never", "8c", "4300ff00", ALWAYS, NEVER),
    ("compact, no update", "8c", "410000", ALWAYS, NEVER),
    ("compact, no read", "8c", "420000", NEVER, ALWAYS),
    ("expanded, always", "ab", f"8001039000{DELETE_SELF}", ALWAYS, ALWAYS),
    ("expanded, never", "ab", f"8001039700{DELETE_SELF}", NEVER, NEVER),
    ("expanded, one rule each", "ab", f"8001019000800102{PIN1}{DELETE_SELF}", ALWAYS, needs("PIN1")),
    ("expanded, PIN1", "ab", f"800103{PIN1}{DELETE_SELF}", needs("PIN1"), needs("PIN1")),
    ("expanded, PIN2", "ab", f"800103{PIN2}{DELETE_SELF}", needs("PIN2"), needs("PIN2")),
    ("expanded, ADM", "ab", f"800103{ADM}{DELETE_SELF}", needs("ADM"), needs("ADM")),
    ("expanded, read not mentioned", "ab", f"8001029000{DELETE_SELF}", NEVER, ALWAYS),
    (
        "expanded, PIN1 or ADM",
        "ab",
        f"800103a010{PIN1}{ADM}{DELETE_SELF}",
        needs("PIN1", "ADM"),
        needs("PIN1", "ADM"),
    ),
    (
        "expanded, PIN1 and PIN2",
        "ab",
        f"800103af10{PIN1}{PIN2}{DELETE_SELF}",
        needs("PIN1 PIN2"),
        needs("PIN1 PIN2"),
    ),
    (
        "expanded, PIN2 and (PIN1 or ADM)",
        "ab",
        f"800103af1a{PIN2}a010{PIN1}{ADM}{DELETE_SELF}",
        needs("PIN2 PIN1", "PIN2 ADM"),
        needs("PIN2 PIN1", "PIN2 ADM"),
    ),
    ("expanded, always or never", "ab", f"800103a00497009000{DELETE_SELF}", ALWAYS, ALWAYS),
    ("expanded, always and never", "ab", f"800103af0497009000{DELETE_SELF}", NEVER, NEVER),
]


def attribute(bench: Bench, tag: str, value: str) -> bytes:
    assert bench.adm is not None
    raw = bytes.fromhex(value.replace("{adm}", f"8301{bench.pin(bench.adm).rule_ref:02x}"))
    return bytes.fromhex(tag) + bytes((len(raw),)) + raw


def attempts(bench: Bench) -> list[tuple[str, ...]]:
    names = ("PIN1", "PIN2", "ADM")
    return [(), *combinations(names, 1), *combinations(names, 2)]


def check(bench: Bench, reading: tuple[frozenset[str], ...], updating: tuple[frozenset[str], ...]) -> None:
    for names in attempts(bench):
        bench.reset()
        home(bench)
        for name in names:
            bench.verify(name if name != "ADM" else bench.adm or "")
        bench.expect(f"00a4000c02{EF:04x}")
        met = any(one <= set(names) for one in reading)
        bench.expect("00b0000001", "9000" if met else "6982", why=f"READ with {names}")
        met = any(one <= set(names) for one in updating)
        bench.expect("00d60000015a", "9000" if met else "6982", why=f"UPDATE with {names}")


@pytest.mark.parametrize(("tag", "value", "reading", "updating"), [r[1:] for r in ROWS], ids=[r[0] for r in ROWS])
def test_rule(
    bench: Bench, tag: str, value: str, reading: tuple[frozenset[str], ...], updating: tuple[frozenset[str], ...]
) -> None:
    """§9.2.5, §9.2.6, ISO/IEC 7816-4 §9.3.3: what no rule mentions is never allowed."""
    home(bench)
    bench.enable("PIN1")
    make(bench, ef_template(security=attribute(bench, tag, value)), USIM)
    check(bench, reading, updating)


def test_disabled_pin_in_a_rule(bench: Bench) -> None:
    """§9.6, §11.1.11.1: a condition that asks for a disabled PIN is met."""
    home(bench)
    bench.enable("PIN1", False)
    make(bench, ef_template(security=attribute(bench, "ab", f"800103{PIN1}{DELETE_SELF}")), USIM)
    bench.reset()
    home(bench)
    bench.expect(f"00a4000c02{EF:04x}")
    bench.expect("00b0000001")


@pytest.mark.parametrize("verified", [False, True], ids=["not verified", "verified"])
def test_directory_rule(bench: Bench, verified: bool) -> None:
    """§9.2: CREATE FILE is guarded by the rule of the directory; SELECT by none."""
    home(bench)
    bench.enable("PIN1")
    security = attribute(bench, "ab", f"800106{PIN1}8001419000")
    make(bench, df_template(security=security), USIM)
    bench.reset()
    home(bench)
    if verified:
        bench.verify("PIN1")
    bench.expect(f"00a4000c02{DF:04x}")
    create(bench, ef_template(OTHER_EF), "9000" if verified else "6982")


# Referenced rules


def arr_fid(model: CardModel) -> int | None:
    """EF.ARR of the USIM, if it has one."""
    return next((s.fid for s in model.children(USIM) if s.path.name == "EF.ARR"), None)


def arr_records(model: CardModel) -> Iterator[tuple[int, str]]:
    """Records of that EF.ARR whose READ rule is simple: `always`, `PIN1` or `ADM`."""
    spec = next((s for s in model.children(USIM) if s.path.name == "EF.ARR"), None)
    adm = model.adm.pin if model.adm else ""
    for number, content in enumerate(spec.contents if spec else (), 1):
        if not content.strip(b"\xff"):
            continue
        condition = decode_expanded(content).condition(AccessMode.READ)
        if is_always(condition):
            yield number, "always"
        elif only(model, condition, "PIN1"):
            yield number, "PIN1"
        elif only(model, condition, adm):
            yield number, "ADM"


def referenced(model: CardModel) -> Iterator[str]:
    """One case for each kind of record, alone and by security environment."""
    kinds = {kind: number for number, kind in arr_records(model)}
    for kind, number in kinds.items():
        yield f"{kind}:{number:02x}"
        yield f"{kind}:01{number:02x}"
        for other, elsewhere in kinds.items():
            if other != kind:
                yield f"{kind}:01{number:02x}00{elsewhere:02x}"
                yield f"{kind}:00{elsewhere:02x}01{number:02x}"


@pytest.mark.destructive
@pytest.mark.per_row(of=referenced)
def test_reference(bench: Bench, row: str) -> None:
    """§9.2.7, §9.3: a record of EF.ARR, alone or for security environment 01, which counts while PIN1 is enabled.

    The rules of the product's EF.ARR need not allow to delete the file, so this may leave it behind.
    """
    kind, _, value = row.partition(":")
    fid = arr_fid(bench.model)
    assert fid is not None
    raw = fid.to_bytes(2) + bytes.fromhex(value)
    home(bench)
    bench.enable("PIN1")
    bench.unlock()
    create(bench, ef_template(security=bytes((0x8B, len(raw))) + raw))
    reading = ALWAYS if kind == "always" else needs(kind)
    for names in attempts(bench):
        bench.reset()
        home(bench)
        for name in names:
            bench.verify(name if name != "ADM" else bench.adm or "")
        bench.expect(f"00a4000c02{EF:04x}")
        met = any(one <= set(names) for one in reading)
        bench.expect("00b0000001", "9000" if met else "6982", why=f"READ with {names}")


@pytest.mark.destructive
@pytest.mark.needs("usim_arr")
@pytest.mark.parametrize("record", ["f0", "fe"], ids=["f0", "fe"])
def test_reference_to_no_record(bench: Bench, record: str) -> None:
    """§9.2.7: where the rule cannot be found nothing is allowed; CREATE FILE may refuse it at once."""
    fid = arr_fid(bench.model)
    assert fid is not None
    home(bench)
    bench.unlock()
    data = ef_template(security=bytes((0x8B, 3)) + fid.to_bytes(2) + bytes.fromhex(record))
    bench.expect(f"00e00000{len(data):02x}{data.hex()}", "9000 6a80 6a88 6a82")
    if bench.session.last_sw == 0x9000:
        bench.expect(f"00a4000c02{EF:04x}")
        bench.expect("00b0000001", "6982")
