"""The papers of a shift's end and of a first article: what poppler reads in them is what was counted."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from simtool.batch.order import Batch, BatchState, Order
from simtool.crypto.secret import Secret
from simtool.crypto.signed import sign
from simtool.errors import DecodeError
from simtool.inventory.audit import Audit, Entry
from simtool.inventory.find import Standing
from simtool.inventory.finished import Made
from simtool.inventory.gate import ArticleState, FirstArticle
from simtool.inventory.life import RecordState, reconcile
from simtool.inventory.visits import Tally
from simtool.station.article.sheet import NamedValue, ProofRow, UnitRow
from simtool.station.paper.audit_extract import Extract, extract_json, extract_pdf
from simtool.station.paper.certificate import Certificate, certificate_pdf, iccids_digest
from simtool.station.paper.first_article_sheet import make_sheet
from simtool.station.paper.reconciliation import Shift, reconciliation_json, reconciliation_pdf
from tests.harness.papers import codes_of, pages_of, text_of
from tests.station.paper.conftest import AT
from tests.station.web.sheet import sheet as article

LONG = "Überregionale Telekommunikations- und Beteiligungsgesellschaft für Ελλάδα und Україна mbH & Co. KG " * 2
DIGEST = "1f" * 32
COUNTS = {RecordState.GOOD: 6, RecordState.SHIPPED: 1, RecordState.REJECTED: 2, RecordState.QUARANTINED: 1}
KEY = Secret(bytes(range(32)))


def iccid(number: int) -> str:
    return f"89494400000011{number:05d}"


def rejects(count: int, state: RecordState = RecordState.REJECTED) -> tuple[Standing, ...]:
    return tuple(
        Standing(iccid(n), state, "2026-11-25T03:14:15.123+00:00", "Ann", "bench-A/3", f"cause {n % 3}")
        for n in range(count)
    )


def shift(*, customer: str = "ACME", bad: int = 2, **others: Any) -> Shift:
    order = Order(customer, "/products/full-mvno.yaml", "ab" * 32, 10, 0)
    batch = Batch(1, "spring26", order, BatchState.GENERATED, 10, False, "2026-11-24T08:00:00+00:00", (), ())
    approval = FirstArticle(
        1, "spring26", "SJA5", DIGEST, iccid(0), ArticleState.APPROVED, "Ann", "2026-11-25T01:00:00+00:00", "Bob",
        "2026-11-25T01:30:00+00:00", "", "{}",
    )  # fmt: skip
    values: dict[str, Any] = {
        "count": reconcile(10, 10, COUNTS),
        "tallies": (
            Tally("bench-A", "1", "Ann", "SJA5", 4, 1, 0, 2, 90.0),
            Tally("bench-B", "2", "Eve", "SJS1", 3, 1, 1, 0, 30.0),
        ),
        "made": (Made("SJA5", DIGEST, "full", True, 4), Made("SJS1", "22" * 32, "proof", True, 3)),
        "rejected": rejects(bad),
        "waiting": rejects(1, RecordState.QUARANTINED),
        "articles": (approval,),
    }  # fmt: skip
    return Shift("0123456789abcdef", batch, AT, "Ann at bench-A", **(values | others))


def rows(pdf: bytes) -> list[list[str]]:
    """The lines of the page as words."""
    return [line.split() for line in text_of(pdf, layout=True).splitlines() if line.strip()]


def test_reconciliation_says_where_every_card_is() -> None:
    pdf = reconciliation_pdf(shift())
    found, text = rows(pdf), " ".join(text_of(pdf).split())
    assert "It balances: 10 = 7 good + 2 rejected + 0 spare + 1 open; 3 still to be made" in text
    for name, number in (("Ordered", "10"), ("Good", "7"), ("Rejected", "2"), ("Spare", "0"), ("Open", "1")):
        assert any(row[:2] == [name, number] for row in found), name
    assert ["Ann", "bench-A", "1", "SJA5", "4", "1", "0", "2", "1.5"] in found
    assert ["Eve", "bench-B", "2", "SJS1", "3", "1", "1", "0", "0.5"] in found
    assert ["Together", "7", "2", "1", "2", "2.0"] in found
    assert "Bob, 2026-11-25 01:30" in text and DIGEST in "".join(text.split())
    assert "cause 0" in text and iccid(1) in text and "In quarantine" in text
    assert "Operator: name, date" in text


def test_the_json_says_the_same() -> None:
    value = json.loads(reconciliation_json(shift()))
    assert {name: value[name] for name in ("ordered", "good", "rejected", "spare", "open")} == {
        "ordered": 10, "good": 7, "rejected": 2, "spare": 0, "open": 1,
    }  # fmt: skip
    assert value["balances"] is True
    assert [item["why"] for item in value["rejects"]] == ["cause 0", "cause 1"]
    assert [(item["product"], item["approved_by"]) for item in value["made"]] == [
        ("SJA5", "Bob, 2026-11-25 01:30"), ("SJS1", ""),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("others", "says"),
    [
        ({"bad": 1}, "2 rejected, but 1 of them are listed"),
        ({"made": ()}, "7 good, but 0 by product"),
        ({"count": replace(reconcile(10, 10, COUNTS), good=6)}, "10 ordered is not 6 good"),
    ],
)
def test_what_does_not_balance_is_said_loudly(others: dict[str, Any], says: str) -> None:
    wrong = shift(**others)
    text = " ".join(text_of(reconciliation_pdf(wrong)).split())
    assert says in text and "It balances" not in text
    assert json.loads(reconciliation_json(wrong))["balances"] is False


def test_five_hundred_rejects_over_many_pages() -> None:
    count = reconcile(10, 600, {RecordState.GOOD: 7, RecordState.REJECTED: 500})
    pdf = reconciliation_pdf(shift(customer=LONG, bad=500, count=count))
    text, pages = text_of(pdf), pages_of(pdf)
    assert pages > 5
    for number in range(1, pages + 1):
        assert f"Page {number} of {pages}" in text
    assert all(iccid(number) in text for number in range(500))
    assert "cause 0 167" in " ".join(text.split())
    assert text.count("ICCID") >= pages - 2  # the head of the table stands on every page
    assert " ".join(LONG.split()) in " ".join(text.split())


def test_the_same_shift_is_the_same_file() -> None:
    assert reconciliation_pdf(shift()) == reconciliation_pdf(shift())


@pytest.mark.parametrize("customer", ["اتصالات", "שלום", "a\x00b\x1b[31m", "</script><b>", "\u202eevil"])
def test_no_customers_name_keeps_a_shift_from_its_papers(customer: str) -> None:
    text = text_of(reconciliation_pdf(shift(customer=customer)))
    expected = "".join(c if c.isascii() and c.isprintable() else f"\\u{ord(c):04x}" for c in customer)
    assert expected in text
    assert json.loads(reconciliation_json(shift(customer=customer)))["customer"] == customer


def content(count: int = 7, quantity: int = 7) -> dict[str, Any]:
    iccids = [iccid(number) for number in range(count)]
    return {
        "form": "simtool certificate 1", "site": "0123456789abcdef", "issued": "2026-11-25T09:30:00+00:00",
        "batch": "spring26", "customer": "ACME Größe", "quantity": quantity, "good": count, "profile_sha256": "ab" * 32,
        "made": [
            {"product": "SJA5", "digest": DIGEST, "approved": "Bob", "checked": "full", "proved_by_aka": True,
             "cards": count, "in_words": ""},
        ],
        "iccids_sha256": iccids_digest(iccids), "first_iccid": iccids[0], "last_iccid": iccids[-1], "iccids": iccids,
        "by": "Ann at bench-A", "audit_entry_before": 12, "audit_mac_before": "ee" * 32,
    }  # fmt: skip


def test_certificate_on_paper() -> None:
    signed = sign(content(), KEY)
    pdf = certificate_pdf(signed)
    text = " ".join(text_of(pdf).split())
    assert "ACME Größe" in text
    assert "Made and found good: 7 cards. Keys proved by authentication (AKA): all. Read back whole: all." in text
    assert all(iccid(number) in text for number in range(7))
    assert Certificate.parse(signed).digest in text
    assert pdf == certificate_pdf(signed)


def test_certificate_names_the_digest_of_the_signed_file(tmp_path: Any) -> None:
    signed = sign(content(), KEY)
    assert f"QR-Code:sha256:{Certificate.parse(signed).digest}" in codes_of(certificate_pdf(signed), 150, tmp_path)


def test_certificate_of_a_part_says_so() -> None:
    text = " ".join(text_of(certificate_pdf(sign(content(7, 10), KEY))).split())
    assert "(3 of the order are not among them)" in text


@pytest.mark.parametrize(
    "change",
    [
        {"good": 8}, {"iccids_sha256": "00" * 32}, {"iccids": [iccid(1)]}, {"form": "something else"}, {"made": []},
    ],
)  # fmt: skip
def test_a_certificate_that_does_not_agree_with_itself(change: dict[str, Any]) -> None:
    with pytest.raises(DecodeError):
        Certificate.parse(json.dumps(content() | change))


@pytest.mark.parametrize("text", ["", "[]", "{}", "null", "no json", '{"form": 3}'])
def test_what_is_no_certificate(text: str) -> None:
    with pytest.raises(DecodeError):
        Certificate.parse(text)


def entries(count: int) -> tuple[Entry, ...]:
    return tuple(
        Entry(n, "2026-11-25T03:14:15.123+00:00", "Ann", "bench-A/3", "good", iccid(n), f"detail {n}")
        for n in range(1, count + 1)
    )


def extract(check: Audit, count: int = 200) -> Extract:
    return Extract(
        "0123456789abcdef", "spring26", "ACME", AT, "Ann at bench-A", entries(count), check, (5123, bytes(32))
    )


def test_audit_extract() -> None:
    whole = extract(Audit(5123, ()))
    pdf, value = extract_pdf(whole), json.loads(extract_json(whole))
    text = " ".join(text_of(pdf).split())
    assert "all 5123 entries was checked: nothing is missing or changed" in text
    assert all(f"detail {number}" in text for number in range(1, 201))
    assert value["log_whole"] is True and value["head"] == {"seq": 5123, "mac": "00" * 32}
    assert [item["seq"] for item in value["entries"]] == list(range(1, 201))


def test_a_broken_log_is_said_loudly() -> None:
    broken = extract(Audit(5123, ("entry 17 was changed, moved or added (t, good)",)), 3)
    text = " ".join(text_of(extract_pdf(broken)).split())
    assert "The log is not whole: entry 17 was changed" in text and "nothing is missing" not in text
    assert json.loads(extract_json(broken))["log_whole"] is False


def test_a_very_long_log_prints_the_batchs_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simtool.station.paper.audit_extract.MOST_ON_PAPER", 100)
    own = replace(entries(1)[0], subject="spring26", detail="of the batch itself")
    many = replace(extract(Audit(5123, ())), entries=(*entries(200), own))
    text = " ".join(text_of(extract_pdf(many)).split())
    assert "of the batch itself" in text and "detail 7" not in text and "are in the JSON file" in text
    assert len(json.loads(extract_json(many))["entries"]) == 201


def test_first_article(tmp_path: Any) -> None:
    label = (
        NamedValue("text", "Nordlicht Größe"), NamedValue("text", "PUK ••••••••"), NamedValue("code128", iccid(3)),
        NamedValue("qr", iccid(3)),
    )  # fmt: skip
    made = replace(article("spring26", "ACME Größe", iccid(3)), label=label)
    pdf = make_sheet(made)
    pages = [" ".join(page.split()) for page in text_of(pdf).split("\f")]
    for words in ("ACME Größe", "148 units were read back and are as wanted", "passed", "Ki 7a1f22", "••••••••",
                  "Made by olga", "Approved by (another person)"):  # fmt: skip
        assert words in pages[0], words
    assert made.digest in "".join(pages[0].split())
    assert "ADF.USIM/EF.SPN" in pages[1] and "shown with the PLMN" in pages[1] and "{imsi}" in pages[1]
    assert sorted(codes_of(pdf, 200, tmp_path)) == [f"CODE-128:{iccid(3)}", f"QR-Code:sha256:{made.digest}"]
    assert pdf == make_sheet(made)


def test_a_first_article_that_is_not_good() -> None:
    bad = replace(
        article("b", "ACME", iccid(3)), content_ok=False, mismatches=("EF.SPN differs", "EF.ACC differs"),
        proofs=(ProofRow("USIM", "AKA", False, "wrong MAC"),),
    )  # fmt: skip
    text = " ".join(text_of(make_sheet(bad)).split())
    assert "not as wanted: 2 places differ; USIM: wrong MAC" in text
    assert "FAILED" in text and "Differs: EF.ACC differs" in text and "are as wanted" not in text


def test_what_was_decided_stands_on_it() -> None:
    made = article("b", "ACME", iccid(3))
    decided = FirstArticle(
        7, "b", made.product, made.digest, made.iccid, ArticleState.REFUSED, "olga", made.made_at, "Bob",
        "2026-11-25T08:00:00+00:00", "the name is misspelt", "",
    )  # fmt: skip
    assert "Refused by Bob, 2026-11-25 08:00 UTC: the name is misspelt" in " ".join(
        text_of(make_sheet(made, decided)).split()
    )


def test_long_files_are_shortened_openly_and_secret_ones_not_shown() -> None:
    units = (
        UnitRow("EF.LONG", 100, "ab" * 100, "a long one", "files"),
        UnitRow("EF.KEY", 33, "", "", "authentication", secret=True),
    )
    text = " ".join(text_of(make_sheet(replace(article("b", "ACME", iccid(3)), units=units))).split())
    assert "(100 bytes)" in text and "33 bytes, not shown" in text


def test_a_first_article_in_three_pages_keeps_its_signatures_on_the_first() -> None:
    many = replace(
        article("b", LONG, iccid(3)),
        units=tuple(UnitRow(f"MF/EF.F{n}", 9, "ab" * 9, f"meaning {n}\nmore", "files") for n in range(120)),
        check_values=tuple(
            NamedValue(f"key set {v} {name}", "a1b2c3") for v in range(1, 9) for name in ("ENC", "MAC", "DEK")
        ),
    )
    pages = text_of(make_sheet(many)).split("\f")
    assert "Approved by (another person)" in pages[0]
    assert all(f"meaning {n}" in "".join(pages) for n in range(120))
