"""Access rules in their three forms (TS 102 221 §9.2), and that a change of them counts at once."""

from __future__ import annotations

import pytest

from tests.softcard.conftest import Reader

PIN1, PIN2 = "002000010831323334ffffffff", "002000810835363738ffffffff"
ADM1 = "0020000a083132333435363738"


@pytest.mark.parametrize(
    ("fid", "keys", "read", "update"),
    [
        ("2f10", "", True, False),  # compact: update never, read always
        ("2f10", f"{ADM1} {PIN1}", True, False),
        ("2f11", "", False, True),  # expanded: read PIN2, update always
        ("2f11", PIN2, True, True),
        ("2f12", "", True, False),  # by security environment: 01 names record 2
        ("2f12", ADM1, True, True),
        ("2f15", "", False, False),  # read PIN1 or ADM1, update PIN1 and PIN2
        ("2f15", ADM1, True, False),
        ("2f15", PIN1, True, False),
        ("2f15", PIN2, False, False),
        ("2f15", f"{PIN1} {PIN2}", True, True),
        ("2f16", "", False, False),  # condition bytes that the product explains: update 1A, read 11
        ("2f16", PIN1, True, False),
        ("2f16", ADM1, False, True),
    ],
)
def test_rules(small: Reader, fid: str, keys: str, read: bool, update: bool) -> None:
    small.ok(*keys.split(), f"00a4000c02{fid}")
    assert small.tpdu("00b0000001")[-4:] == ("9000" if read else "6982")
    assert small.tpdu("00d600000101") == ("9000" if update else "6982")


def test_a_rule_that_is_not_there_grants_nothing(small: Reader) -> None:
    small.ok("00a4040c0ca0000000871002ff49ff0589", PIN1, ADM1, "00a4000c026f90")
    assert small.tpdu("00b0000001") == "6982"


def test_nearest_ef_arr(small: Reader) -> None:
    """TS 102 221 §9.2.7: 6F06 of the directory above serves DF.PHONEBOOK, which has none."""
    small.ok("00a4080c067f105f3a4f30")
    assert small.tpdu("00b2010408") == "6982"
    small.ok(PIN1, "00b2010408")


def test_a_changed_rule_counts_at_once(small: Reader) -> None:
    small.ok(PIN1, "00a4080c067f105f3a4f30", "00b2010408", ADM1)
    small.ok("00a4080c047f106f06", "00dc010428" + "80010397".ljust(80, "f"))
    assert small.tpdu("00a4080c067f105f3a4f30") == "9000"
    assert small.tpdu("00b2010408") == "6982"
