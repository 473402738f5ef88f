"""The universal PIN and the security environment (TS 102 221 §9.3, §9.4.1, §9.5.2, §11.1.11, annex G.2)."""

from __future__ import annotations

import pytest

from simtool.codec import tlv
from simtool.codec.access import AccessMode as Mode
from simtool.codec.access import Key, RuleReference, decode_reference, leaves
from simtool.files.product import CardModel, FileSpec, FileType
from tests.conformance.bench import WRONG_PIN, Bench
from tests.conformance.survey import UNIVERSAL_PIN, USIM, elementary, guard, rules
from tests.conformance.test_pin import home

pytestmark = pytest.mark.needs("uicc", "usim", "universal_pin", "PIN1", "UPIN")

REPLACE = (0x80 | UNIVERSAL_PIN, 0x01)  # P1 of DISABLE PIN: bit 8 and the global key that takes over; 01 of older cards


def fresh(bench: Bench) -> None:
    """PIN1 enabled, nothing verified, the USIM current."""
    home(bench)
    bench.enable("PIN1")
    bench.reset()
    home(bench)
    bench.expect(f"002000{UNIVERSAL_PIN:02x}", "63c3", why="the universal PIN should have three tries")


def ef_with(model: CardModel, read: str) -> FileSpec:
    """A transparent EF whose READ rule is a single key: `PIN1` or `UPIN`, or names them both."""
    wanted = {"PIN1": {1}, "UPIN": {UNIVERSAL_PIN}, "both": {1, UNIVERSAL_PIN}}[read]
    for spec in elementary(model, USIM):
        condition = guard(model, spec, Mode.READ)
        refs = {leaf.ref for leaf in leaves(condition) if isinstance(leaf, Key)} if condition else set()
        single = spec.security is None or spec.security[0] != 0x8B or len(spec.security[1]) <= 3
        if spec.type is FileType.TRANSPARENT and refs == wanted and single:
            return spec
    raise AssertionError(f"no EF that {read} opens")


def ef_by_environment(model: CardModel) -> FileSpec:
    """An EF that asks for PIN1 in environment 01 and for the universal PIN in 00 (annex G.2)."""
    for spec in elementary(model, USIM):
        if spec.security is None or spec.security[0] != 0x8B:
            continue
        reference: RuleReference = decode_reference(spec.security[1])
        conditions = [rules(model, spec, environment) for environment in (1, 0)]
        if len(reference.records) == 2 and all(conditions):
            refs = [str(one[Mode.READ]) for one in conditions if one]
            if refs == ["PIN1", "universal PIN"]:
                return spec
    raise AssertionError("no EF with a rule for each environment")


def read(bench: Bench, spec: FileSpec, answer: str) -> None:
    bench.select(spec.path)
    bench.expect("00b0000001", answer, why=str(spec.path))


def test_own_counter(bench: Bench) -> None:
    """§9.4.1: a PIN of its own, with a retry counter of its own."""
    fresh(bench)
    bench.expect(f"002000{UNIVERSAL_PIN:02x}08{WRONG_PIN.hex()}", "63c2")
    bench.expect(f"002000{bench.pin('PIN1').ref:02x}", "63c3")
    bench.verify("UPIN")
    bench.reset()
    home(bench)
    bench.expect(f"002000{UNIVERSAL_PIN:02x}", "63c3")


def test_opens_what_names_it(bench: Bench) -> None:
    """§9.2.6, §9.5.1: key reference 11 in a rule is the universal PIN, and not PIN1."""
    for name, opened in (("UPIN", ("UPIN", "both")), ("PIN1", ("PIN1", "both"))):
        fresh(bench)
        bench.verify(name)
        for kind in ("UPIN", "PIN1", "both"):
            read(bench, ef_with(bench.model, kind), "9000" if kind in opened else "6982")


def test_environment_while_enabled(bench: Bench) -> None:
    """§9.3, annex G.2: while PIN1 is enabled the rule of environment 01 counts, so the universal PIN opens nothing."""
    spec = ef_by_environment(bench.model)
    fresh(bench)
    read(bench, spec, "6982")
    bench.verify("UPIN")
    read(bench, spec, "6982")
    bench.verify("PIN1")
    read(bench, spec, "9000")


def replace(bench: Bench) -> None:
    """DISABLE PIN1, the universal PIN in its place; undone after the test."""
    value = bench.credentials["PIN1"].hex()

    def back() -> None:
        home(bench)
        if not bench.is_enabled("PIN1"):
            bench.expect(f"002800{bench.pin('PIN1').ref:02x}08{value}")

    bench.later(back)
    ref = bench.pin("PIN1").ref
    if bench.apdu(f"0026{REPLACE[0]:02x}{ref:02x}08{value}").sw != 0x9000:
        bench.expect(f"0026{REPLACE[1]:02x}{ref:02x}08{value}")


def test_replacement(bench: Bench) -> None:
    """§11.1.11.1, §9.3, annex G.2: the universal PIN takes the place of PIN1, and the rule of environment 00 counts."""
    spec = ef_by_environment(bench.model)
    fresh(bench)
    replace(bench)
    assert not bench.is_enabled("PIN1")
    for _ in range(2):
        bench.reset()
        home(bench)
        read(bench, spec, "6982")
    bench.verify("UPIN")
    read(bench, spec, "9000")


def test_end_of_replacement(bench: Bench) -> None:
    """§11.1.12.1: with PIN1 enabled again the rule of environment 01 counts."""
    spec = ef_by_environment(bench.model)
    fresh(bench)
    replace(bench)
    bench.expect(f"002800{bench.pin('PIN1').ref:02x}08{bench.credentials['PIN1'].hex()}")
    bench.reset()
    home(bench)
    bench.verify("UPIN")
    read(bench, spec, "6982")
    bench.verify("PIN1")
    read(bench, spec, "9000")


def test_disabled_without_replacement(bench: Bench) -> None:
    """§9.3 tables: PIN1 disabled, universal PIN enabled but not used: environment 01, and no PIN is asked for."""
    fresh(bench)
    bench.enable("PIN1", False)
    bench.reset()
    read(bench, ef_with(bench.model, "PIN1"), "9000")
    read(bench, ef_by_environment(bench.model), "9000")


def test_both_disabled(bench: Bench) -> None:
    """§9.3 tables: PIN1 and universal PIN disabled: environment 00, and no PIN is asked for."""
    fresh(bench)
    bench.enable("UPIN", False)
    bench.enable("PIN1", False)
    bench.reset()
    read(bench, ef_by_environment(bench.model), "9000")
    read(bench, ef_with(bench.model, "UPIN"), "9000")


def usage(bench: Bench) -> bytes | None:
    """The usage qualifier (95) that stands before key reference 11 in the PIN status template."""
    (template,) = tlv.parse(bench.expect("80f2000000"))
    parts = tlv.parse(tlv.first(tlv.parse(template.value), 0xC6) or b"")
    for before, part in zip(parts, parts[1:], strict=False):
        if (part.tag, part.value) == (0x83, bytes((UNIVERSAL_PIN,))):
            return before.value if before.tag == 0x95 else None
    raise AssertionError("the universal PIN is not in the template")


def test_usage_qualifier(bench: Bench) -> None:
    """§9.5.2: a universal PIN comes with a usage qualifier: 08 while it replaces the application's PIN, else 00."""
    fresh(bench)
    assert usage(bench) == b"\x00"
    replace(bench)
    assert usage(bench) == b"\x08"


@pytest.mark.parametrize("p1", [0x80, 0x9F, 0x40], ids=["no key", "unknown key", "another bit"])
def test_no_such_replacement(bench: Bench, p1: int) -> None:
    """§11.1.11.2: P1 is 00, or names a global key; anything else changes nothing."""
    fresh(bench)
    value = bench.credentials["PIN1"].hex()
    bench.expect(f"0026{p1:02x}{bench.pin('PIN1').ref:02x}08{value}", "6a86 6b00 6a88 6985")
    assert bench.is_enabled("PIN1")
