"""Every reason for 6A80 that can be known beforehand (TS 102 226 §8.2.1.3)."""

from __future__ import annotations

import pytest

from simtool.codec.cap import PackageRef, read_cap
from simtool.codec.install_parameters import (
    AccessDomain,
    AccessParameters,
    InstallParameters,
    MenuEntry,
    SimParameters,
    ToolkitParameters,
)
from simtool.gp.lint import CardLimits, Severity, lint, tar_of
from tests.harness.cap_builder import FRAMEWORK, JAVA_LANG, UICC_TOOLKIT, CapPlan

INSTANCE = bytes.fromhex("d07002ca440001ff89ffffffb00105ff")
USIM = bytes.fromhex("a0000000871002ffffffff8907090000")
GOOD = InstallParameters(toolkit=ToolkitParameters(1, 1, 15, (MenuEntry(1, 1), MenuEntry(2, 2)), 1, b"", (), 1))


def menu(*entries: tuple[int, int]) -> InstallParameters:
    return InstallParameters(toolkit=ToolkitParameters(1, 0, 15, tuple(MenuEntry(*entry) for entry in entries)))


def toolkit(**fields: object) -> InstallParameters:
    return InstallParameters(toolkit=ToolkitParameters(**({"priority": 1} | fields)))  # type: ignore[arg-type]


def access(*entries: AccessParameters) -> InstallParameters:
    return InstallParameters(access=entries)


ERRORS = [
    # parameters, words of the finding
    (toolkit(priority=0), "reserved"),
    (toolkit(max_timers=9), "9 asked for, a card has 8"),
    (toolkit(max_channels=8), "8 asked for, a card has 7"),
    (toolkit(max_services=9), "9 asked for, a card has 8"),
    (menu((1, 1), (1, 2)), "position 1 is given twice"),
    (menu((1, 1), (2, 1)), "identifier 1 is given twice"),
    (menu((1, 0x80)), "above 127"),
    (menu((1, 77)), "identifier 77 is taken"),
    (toolkit(minimum_security_level=b"\x01"), "not by 0 bytes"),
    (toolkit(minimum_security_level=b"\x02"), "needs its data"),
    (toolkit(tars=(b"\x01\x02\x03",) * 2), "given twice"),
    (toolkit(tars=(b"\xb0\x00\x10",)), "B00010 is taken"),
    (toolkit(tars=(bytes(3),)), "issuer security domain"),
    (access(AccessParameters(), AccessParameters()), "named twice"),
    (access(AccessParameters(domain=AccessDomain(0x02, b"\x01"))), "mechanism 02 takes 3 bytes of data, there are 1"),
    (access(AccessParameters(domain=AccessDomain(0x00, b"\x01"))), "takes 0 bytes"),
    (access(AccessParameters(domain=AccessDomain(0x05))), "reserved"),
    (access(AccessParameters(adf=b"\x01")), "5 to 16 bytes"),
    (InstallParameters(sim=SimParameters(priority=1), toolkit=ToolkitParameters(1)), "exclude each other"),
    (InstallParameters(sim=SimParameters(AccessDomain(0x01), 1)), "mechanism 01 takes 1 or 2 or 3"),
]
LIMITS = CardLimits(tars_taken=frozenset((b"\xb0\x00\x10",)), menu_identifiers_taken=frozenset((77,)))


@pytest.mark.parametrize(("parameters", "wanted"), ERRORS)
def test_errors(parameters: InstallParameters, wanted: str) -> None:
    found = lint(parameters.encode(), INSTANCE, limits=LIMITS)
    assert [one for one in found if wanted in str(one) and one.severity is Severity.ERROR], found


RAW = [
    # bytes, words, severity
    ("ea06800401000000", "parameters", Severity.ERROR),
    ("ef04c7020010", "C9: the application's own", Severity.ERROR),
    ("ef04c7020010c900", "C9, EF, EA", Severity.WARNING),
    ("c900ea10" + "810400010000" + "80080100000000000000", "80, 81, 82", Severity.ERROR),
    ("c900c900", "more than once", Severity.ERROR),
    ("c9", "parameters", Severity.ERROR),
]


@pytest.mark.parametrize(("raw", "wanted", "severity"), RAW)
def test_bytes_as_they_come(raw: str, wanted: str, severity: Severity) -> None:
    found = lint(bytes.fromhex(raw), INSTANCE)
    assert [one for one in found if wanted in str(one) and one.severity is severity], found


def test_nothing_to_say_of_what_is_right() -> None:
    full = access(AccessParameters(USIM, AccessDomain(0x02, bytes(3))), AccessParameters())
    for parameters in (GOOD, full, InstallParameters(sim=SimParameters(priority=1))):
        assert lint(parameters.encode(), INSTANCE, limits=LIMITS) == ()


def test_tar_from_the_aid() -> None:
    assert tar_of(INSTANCE) == bytes.fromhex("b00105")
    assert tar_of(INSTANCE[:14]) == b""
    taken = CardLimits(tars_taken=frozenset((bytes.fromhex("b00105"),)))
    (finding,) = lint(GOOD.encode(), INSTANCE, limits=taken)
    assert "B00105" in finding.text
    (finding,) = lint(GOOD.encode(), INSTANCE[:7])
    assert finding.severity is Severity.WARNING and "no bytes 13 to 15" in finding.text


def test_against_the_cap_file() -> None:
    cap = read_cap(CapPlan().jar())
    words = [str(one) for one in lint(b"\xc9\x00", INSTANCE, cap=cap, module=bytes(7))]
    assert any("not in the package; it has D07002CA440001" in one for one in words)
    old = CardLimits(
        packages=(PackageRef(bytes.fromhex(JAVA_LANG[0]), 1, 0), PackageRef(bytes.fromhex(FRAMEWORK[0]), 0, 9))
    )
    (finding,) = lint(b"\xc9\x00", INSTANCE, limits=old, cap=cap, module=cap.applets[0].aid)
    assert finding.text == "javacard.framework 1.0 is needed, the card has 0.9"
    (finding,) = lint(b"\xc9\x00", INSTANCE, limits=CardLimits(packages=cap.imports[:1], all_packages=True), cap=cap)
    assert finding.text == "javacard.framework 1.0 is needed, the card does not have it"
    library = read_cap(CapPlan(applets=()).jar())
    assert "library" in str(lint(b"\xc9\x00", INSTANCE, cap=library)[0])


def test_a_toolkit_applet_without_toolkit() -> None:
    """It may be meant so, but its `install` fails as soon as it asks for its registry entry (TS 102 241 §6.7)."""
    cap = read_cap(CapPlan(imports=(JAVA_LANG, FRAMEWORK, UICC_TOOLKIT)).jar())
    (finding,) = lint(b"\xc9\x00", INSTANCE, cap=cap, module=cap.applets[0].aid)
    assert (finding.severity, finding.field) == (Severity.WARNING, "toolkit")
    assert "imports uicc.toolkit" in finding.text
    assert lint(GOOD.encode(), INSTANCE, cap=cap, module=cap.applets[0].aid) == ()


def test_aids() -> None:
    taken = CardLimits(aids_taken=frozenset((INSTANCE,)))
    assert "on the card already" in str(lint(b"\xc9\x00", INSTANCE, limits=taken)[0])
    assert "5 to 16" in str(lint(b"\xc9\x00", b"\x01")[0])
    cap = read_cap(CapPlan(applets=("d17002ca440001",)).jar())
    (finding,) = lint(b"\xc9\x00", INSTANCE, cap=cap, module=cap.applets[0].aid)
    assert "another RID" in finding.text and finding.severity is Severity.WARNING
