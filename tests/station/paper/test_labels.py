"""Labels and letters, judged by poppler and zbar: what stands on them, what scanners read, what never is in them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

import simtool
from simtool.errors import InputError
from simtool.perso.record import CardRecord
from simtool.station.paper.label import (
    Letter,
    label_has_codes,
    label_lines,
    letters_have_codes,
    make_label,
    make_letters,
)
from simtool.station.paper.template import built_in, check_paper
from tests.harness.papers import codes_of, inside, pages_of, size_of, text_of
from tests.station.paper.conftest import AT, HEAD, own, product

LABELS = {"label-62x29": (62.0, 29.0), "card-50x25": (50.0, 25.0)}
CODE = """
page: [80, 30]
{dots}
barcodes: [{{code128: '{text}', at: [2, 2], size: [52, 10]}}]
qrs: [{{qr: '{text}', at: [55, 2], size: 20}}]
"""


def digits(record: CardRecord, name: str) -> str:
    (found,) = [item for item in record.personalised().credentials if item.pin == name]
    return found.value.reveal().rstrip(b"\xff").decode()


def test_templates_that_simtool_brings() -> None:
    assert set(built_in()) == {*LABELS, "letter-a4"}


@pytest.mark.parametrize("name", LABELS)
def test_what_stands_on_a_label(name: str, record: CardRecord) -> None:
    pdf = make_label(product(f"{{label: {name}}}"), record, product="sysmoISIM-SJA5", at=AT)
    text = text_of(pdf)
    assert "Nordlicht Größe" in text and "8949 4400 0000 1155 314" in text and "+88228000101" in text
    assert (size_of(pdf), pages_of(pdf)) == (LABELS[name], 1)


@pytest.mark.parametrize("mono", [False, True], ids=["greys", "black and white"])
@pytest.mark.parametrize("dots", [203, 300])
@pytest.mark.parametrize("name", LABELS)
def test_a_scanner_reads_exactly_the_iccid(
    name: str, dots: int, mono: bool, record: CardRecord, tmp_path: Path
) -> None:
    pdf = make_label(product(f"{{label: {name}}}"), record, at=AT)
    expected = [f"CODE-128:{record.iccid}", *([f"QR-Code:{record.iccid}"] if name == "label-62x29" else [])]
    assert sorted(codes_of(pdf, dots, tmp_path, mono=mono)) == expected


@pytest.mark.parametrize("iccid", ["8988247000000000018", "89882470000000000180", "8900000000000000004"])
@pytest.mark.parametrize("dots", ["", "dots: 203", "dots: 300"])
def test_any_iccid_on_any_printer(iccid: str, dots: str, record: CardRecord, tmp_path: Path) -> None:
    profile = own(tmp_path, CODE.format(dots=dots, text=iccid))
    pdf = make_label(profile, record, at=AT)
    for resolution in (203, 300):
        found = sorted(codes_of(pdf, resolution, tmp_path, mono=True))
        assert found == [f"CODE-128:{iccid}", f"QR-Code:{iccid}"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("LPA:1$rsp.example.org$ABCD-1234", "LPA:1$rsp.example.org$ABCD-1234"),
        ("https://example.org/start?card={iccid}&n={msisdn}",
         "https://example.org/start?card=8949440000001155314&n=%2B88228000101"),
        ("{{literal}} {brand}", "{literal} Nordlicht Größe"),
    ],
)  # fmt: skip
def test_qr_codes_with_holes(text: str, expected: str, record: CardRecord, tmp_path: Path) -> None:
    profile = own(tmp_path, f"page: [40, 40]\nqrs: [{{qr: '{text}', at: [2, 2], size: 36}}]\n")
    assert codes_of(make_label(profile, record, at=AT), 300, tmp_path) == [f"QR-Code:{expected}"]


def test_letters(tmp_path: Path) -> None:
    profile = product("{puk: true}")
    records = profile.issue(3)
    pdf = make_letters(profile, [Letter(record, "sysmoISIM-SJA5") for record in records], batch="b1", at=AT)
    assert (pages_of(pdf), size_of(pdf)) == (3, (210.0, 297.0))
    pages = text_of(pdf).split("\f")
    for record, page in zip(records, pages, strict=False):
        assert digits(record, "PUK1") in page and digits(record, "PIN1") in page
        assert "Ihre neue SIM-Karte" in page and "+8822800700" in page and "sysmoISIM-SJA5" in page
    assert codes_of(pdf, 203, tmp_path) == [f"CODE-128:{record.iccid}" for record in records]


@pytest.mark.parametrize(
    ("paper", "words"),
    [
        ("{languages: [fr]}", "Votre nouvelle carte SIM"),
        ("{languages: [es]}", "Su nueva tarjeta SIM"),
        ("{languages: [fi, de]}", "Ihre neue SIM-Karte"),
        ("{languages: [fi]}", "Your new SIM card"),
        ("{}", "Ihre neue SIM-Karte"),
    ],
)
def test_the_language_that_the_profile_wants_most(paper: str, words: str, record: CardRecord) -> None:
    assert words in text_of(make_letters(product(paper), [Letter(record)], at=AT))


def long_pins(paper: str = "") -> simtool.Profile:
    """Every code has eight digits: four stand in any PDF by chance."""
    head = HEAD.replace("PIN1: {value: random}", "PIN1: {value: '73951846'}")
    return product(paper, head.replace("PIN2: {value: random}", "PIN2: {value: '62840735'}"))


def everything(pdf: bytes) -> bytes:
    """What is in a file as bytes, as inflated streams, and as text."""
    return inside(pdf) + text_of(pdf).encode()


def test_without_permission_no_code_is_anywhere_in_the_file() -> None:
    profile = long_pins()
    for record in profile.issue(5):
        for pdf in (make_label(profile, record, at=AT), make_letters(profile, [Letter(record)], at=AT)):
            for name in ("PIN1", "PUK1", "PIN2", "PUK2"):
                assert digits(record, name).encode() not in everything(pdf)
            assert "PUK" not in text_of(pdf) and "PIN" not in text_of(pdf)
    assert not label_has_codes(profile) and not letters_have_codes(profile)


def test_with_permission_the_same_judge_finds_them() -> None:
    profile = long_pins("{puk: true}")
    (record,) = profile.issue(1)
    found = everything(make_letters(profile, [Letter(record)], at=AT))
    assert digits(record, "PUK1").encode() in found and digits(record, "PIN1").encode() in found
    assert digits(record, "PUK2").encode() not in found  # the letter has no place for it
    assert letters_have_codes(profile) and not label_has_codes(profile)


PUK = "page: [40, 20]\ntexts:\n  - {text: '{iccid}', at: [0, 0], size: [40, 5]}\n"
PUK += "  - {text: 'PUK {puk1}', at: [0, 8], size: [40, 5]%s}\n"


def test_a_template_that_wants_a_puk_without_permission_is_refused(record: CardRecord, tmp_path: Path) -> None:
    profile = own(tmp_path, PUK % "")
    for use in (
        lambda: make_label(profile, record),
        lambda: label_lines(profile, record),
        lambda: check_paper(profile),
    ):
        with pytest.raises(InputError, match=r"own\.yaml:4:\d+: texts\.1\.text: .*does not allow it") as caught:
            use()
        assert "paper: {puk: true}" in caught.value.hint


def test_when_leaves_it_out(tmp_path: Path) -> None:
    profile = own(tmp_path, PUK % ", when: puk")
    assert "PUK" not in text_of(make_label(profile, profile.issue(1)[0]))


def test_lines_for_the_screen_are_masked(tmp_path: Path) -> None:
    profile = own(tmp_path, PUK % ", when: puk", "puk: true")
    (record,) = profile.issue(1)
    assert [line.content for line in label_lines(profile, record)] == [record.iccid.digits, "PUK ••••••••"]
    assert digits(record, "PUK1") in text_of(make_label(profile, record))
    assert label_has_codes(profile)


def test_a_card_without_a_puk_is_no_letter(record: CardRecord) -> None:
    head = HEAD.replace("PUK1: {value: random}, ", "")
    profile = product("{puk: true}", head)
    (bare,) = profile.issue(1)
    with pytest.raises(InputError, match=rf"letter-a4\.yaml:\d+.*card {bare.iccid}: its record holds no PUK1"):
        make_letters(profile, [Letter(bare)])


def test_what_a_card_lacks_is_left_out_or_told(tmp_path: Path) -> None:
    head = HEAD.replace("  msisdn: '+88228000101'\n", "").replace(
        "customer_care: {name: Care, number: '+8822800700'}", ""
    )
    profile = product(head=head)
    (record,) = profile.issue(1)
    assert "Rufnummer" not in text_of(make_letters(profile, [Letter(record)]))
    (tmp_path / "own.yaml").write_text("page: [40, 20]\ntexts: [{text: '{msisdn}', at: [0, 0], size: [40, 5]}]\n")
    with pytest.raises(InputError, match=r"own\.yaml:2:\d+: texts\.0: card \d+ has nothing for \{msisdn\}") as caught:
        make_label(product("{label: own.yaml}", head, tmp_path), record)
    assert "when: msisdn" in caught.value.hint


def test_the_same_drawing_is_the_same_file(record: CardRecord) -> None:
    profile = product()
    first, again = (make_label(profile, record, product="P", at=AT) for _ in range(2))
    assert first == again
    assert first != make_label(profile, record, product="P", at=AT + timedelta(days=1))


@pytest.mark.parametrize(
    "name", ["Ηλέκτρα Κινητή", "Північне Сяйво", "Čeština Žluťoučký", "Ngôi Sao Việt", "北極光", "½€™ Ærø"]
)
def test_letters_of_the_world(name: str) -> None:
    profile = product(head=HEAD.replace("{name: Nordlicht Größe}", f"{{name: '{name}'}}"))
    assert name in text_of(make_label(profile, profile.issue(1)[0]))


@pytest.mark.parametrize(("name", "reason"), [("שלום", "HEBREW"), ("مرحبا", "ARABIC"), ("नमस्ते", "DEVANAGARI")])
def test_scripts_that_would_come_out_wrong_are_refused(name: str, reason: str) -> None:
    profile = product(head=HEAD.replace("{name: Nordlicht Größe}", f"{{name: '{name}'}}"))
    with pytest.raises(InputError, match=rf"label-62x29\.yaml:\d+.*{reason}.*cannot be printed"):
        make_label(profile, profile.issue(1)[0])


def test_long_names_shrink_and_what_does_not_fit_is_told(record: CardRecord) -> None:
    shrunk = product(head=HEAD.replace("{name: Nordlicht Größe}", "{name: Nordlicht Mobilfunk Größenordnung GmbH}"))
    assert "Nordlicht Mobilfunk Größenordnung GmbH" in " ".join(text_of(make_label(shrunk, record)).split())
    long = product(head=HEAD.replace("{name: Nordlicht Größe}", f"{{name: {'Donaudampfschiff' * 5}}}"))
    with pytest.raises(InputError, match=r"label-62x29\.yaml:\d+:\d+: texts\.0: the text does not fit into 43 x 5 mm"):
        make_label(long, record)


def test_every_word_of_a_text_is_printed(record: CardRecord, tmp_path: Path) -> None:
    words = [f"word{number}" for number in range(60)]
    profile = own(
        tmp_path,
        f"page: [60, 60]\ntexts: [{{text: '{' '.join(words)}', at: [2, 2], size: [56, 56], points: 20, least: 5, "
        "lines: 30}]\n",
    )
    assert text_of(make_label(profile, record)).split() == words
