"""Templates: the page's example is one, and each mistake is told with its file and line."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

import simtool
from simtool.errors import InputError
from simtool.perso.record import CardRecord
from simtool.station.paper.holes import HOLES
from simtool.station.paper.label import make_label
from simtool.station.paper.template import When, check_paper
from tests.harness.papers import codes_of, text_of
from tests.perso.rig import ROOT
from tests.station.paper.conftest import AT, own, product

PAGE = (ROOT / "docs" / "profile.md").read_text()
LOGO = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 20"><rect width="40" height="20" fill="#d02020"/></svg>'


def test_the_pages_example(tmp_path: Path) -> None:
    (text,) = re.findall(r"```yaml template\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "logo.svg").write_text(LOGO)
    profile = own(tmp_path, text, "puk: true")
    (record,) = profile.issue(1)
    pdf = make_label(profile, record, at=AT)
    assert "Ihre Nummer: +88228000101" in text_of(pdf) and "PUK " in text_of(pdf)
    assert sorted(codes_of(pdf, 203, tmp_path, mono=True)) == [
        f"CODE-128:{record.iccid}", f"QR-Code:https://example.org/{record.iccid}",
    ]  # fmt: skip


def test_the_page_names_every_hole_and_condition() -> None:
    for name in HOLES:
        assert f"`{{{name}}}`" in PAGE, name
    for condition in When:
        assert re.search(rf"\b{condition.value}\b", PAGE), condition


WRONG = [
    # a template, what its error says
    ("page: [62, 29]\ntexts: [{text: 'a {name}', at: [0, 0], size: [9, 9]}]\n",
     r"own\.yaml:2:\d+: texts\.0\.text: there is no hole \{name\}"),
    ("page: [62, 29]\ntexts: [{text: 'a {iccid', at: [0, 0], size: [9, 9]}]\n", r":2:\d+: .*a brace without"),
    ("page: [62, 29]\ntexts: [{text: '{iccid!r}', at: [0, 0], size: [9, 9]}]\n", r":2:\d+: .*there is no hole"),
    ("page: [62, 29]\ntexts: [{text: '{record.k}', at: [0, 0], size: [9, 9]}]\n", r":2:\d+: .*there is no hole"),
    ("page: [62, 29]\ntexts:\n  - text: {en: ok, de: '{nummer}'}\n    at: [0, 0]\n    size: [9, 9]\n",
     r":3:\d+: texts\.0\.text\.de: there is no hole"),
    ("page: [62, 29]\nqrs: [{qr: '{x}', at: [0, 0], size: 20}]\n", r":2:\d+: qrs\.0\.qr: there is no hole"),
    ("page: [62, 29]\nboxes: [{at: [60, 0], size: [9, 9]}]\n", r":2:\d+: boxes\.0\.size: it ends at 69, 9, outside"),
    ("page: [62, 29]\nlines: [{from: [0, 0], to: [5, 30]}]\n", r":2:\d+: lines\.0: it ends at 5, 30, outside"),
    ("page: [62, 29]\ntexts: [{text: x, at: [0, 0], size: [9, 9], colour: red}]\n", r"texts\.0\.colour: a colour is"),
    ("page: [62, 29]\ntexts: [{text: x, at: [0, 0], size: [9, 9], font: Arial}]\n", r"texts\.0\.font: unknown name"),
    ("page: [62, 29]\ntexts: [{text: x, at: [0, 0], size: [9, -9]}]\n", r":2:\d+: texts\.0\.size\.1"),
    ("page: [62, 29]\ntexts: [{text: x, at: [0, 0], size: [9, nan]}]\n", r":2:\d+: texts\.0\.size\.1"),
    ("page: [62, 29]\ntexts: [{text: x, at: [0, 0], size: [9, 9], when: sunny}]\n", r":2:\d+: texts\.0\.when"),
    ("page: [62, 29]\nimages: [{file: none.png, at: [0, 0], size: [9, 9]}]\n", r"images\.0\.file: there is no file"),
    ("texts: []\n", r"own\.yaml:1:1: page: is missing"),
    ("page: A4\n", r"own\.yaml:1:\d+: page"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "says"), WRONG)
def test_mistakes_are_told_with_their_place(text: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=says):
        check_paper(own(tmp_path, text))


def test_all_mistakes_at_once(tmp_path: Path) -> None:
    text = "page: [62, 29]\ntexts:\n" + "".join(
        f"  - {{text: '{{h{n}}}', at: [0, 0], size: [9, 9]}}\n" for n in range(3)
    )
    with pytest.raises(InputError) as caught:
        check_paper(own(tmp_path, text))
    assert [re.search(r":(\d+):", line)[1] for line in str(caught.value).splitlines()] == ["3", "4", "5"]  # type: ignore[index]


UNPRINTABLE = [
    ("page: [62, 29]\nbarcodes: [{code128: '{iccid}', at: [0, 0], size: [25, 9]}]\n",
     r":2:\d+: barcodes\.0: its modules would be 0\.14 mm wide; it needs 28\.2 mm"),
    ("page: [62, 29]\ndots: 203\nbarcodes: [{code128: '{iccid}', at: [0, 0], size: [40, 9]}]\n",
     r":3:\d+: barcodes\.0: its modules would be 0\.13 mm wide; it needs 44\.0 mm"),
    ("page: [62, 29]\nqrs: [{qr: '{iccid}', at: [0, 0], size: 6}]\n", r":2:\d+: qrs\.0: its modules would be"),
    ("page: [62, 29]\nbarcodes: [{code128: '{brand}', at: [0, 0], size: [60, 9]}]\n", r"barcodes\.0: a Code 128 holds"),
    (f"page: [62, 29]\nqrs: [{{qr: '{'x' * 3000}', at: [0, 0], size: 20}}]\n", r"qrs\.0: this is too much"),
    ("page: [62, 29]\nimages: [{file: own.yaml, at: [0, 0], size: [9, 9]}]\n", r"images\.0: this is no picture"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "says"), UNPRINTABLE)
def test_what_could_not_be_read_is_not_printed(text: str, says: str, record: CardRecord, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=says):
        make_label(own(tmp_path, text), record)


def test_unknown_templates_are_told_where_the_profile_names_them(record: CardRecord, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"profile:\d+:\d+: paper\.label: there is no such template") as caught:
        make_label(product("{label: label-99}"), record)
    assert "label-62x29" in caught.value.hint
    with pytest.raises(InputError, match=r"profile:\d+:\d+: paper\.letter: .*gone\.yaml: No such file"):
        check_paper(product("{letter: gone.yaml}", folder=tmp_path))
    with pytest.raises(InputError, match=r"paper\.label: a template is named"):
        product("{label: ../../etc/passwd}")


def test_a_changed_template_is_read_again(record: CardRecord, tmp_path: Path) -> None:
    text = "page: [40, 20]\ntexts: [{text: first, at: [0, 0], size: [40, 5]}]\n"
    profile = own(tmp_path, text)
    assert "first" in text_of(make_label(profile, record))
    (tmp_path / "own.yaml").write_text(text.replace("first", "second"))
    assert "second" in text_of(make_label(profile, record))


def test_a_template_lies_beside_the_profile_that_names_it(tmp_path: Path, record: CardRecord) -> None:
    base = tmp_path / "base"
    base.mkdir()
    (base / "own.yaml").write_text("page: [40, 20]\ntexts: [{text: here, at: [0, 0], size: [40, 5]}]\n")
    (base / "base.yaml").write_text("operator: {kind: reseller, name: N, plmn: 262-01}\npaper: {label: own.yaml}\n")
    (tmp_path / "top.yaml").write_text("extends: base/base.yaml\nbranding: {spn: {name: Top}}\n")
    profile = simtool.Profile.load(tmp_path / "top.yaml")
    assert "here" in text_of(make_label(profile, record))


def test_pictures_keep_their_sides(tmp_path: Path, record: CardRecord) -> None:
    (tmp_path / "logo.svg").write_text(LOGO)
    text = "page: [40, 20]\nimages: [{file: logo.svg, at: [0, 0], size: [20, 20]}]\n"
    pdf = make_label(own(tmp_path, text), record, at=AT)
    picture = pixels(pdf, tmp_path)
    width, height = len(picture[0]), len(picture)
    red = [(x, y) for y in range(height) for x in range(width) if picture[y][x][1] < 100]
    scale = width / 40
    assert min(x for x, _ in red) < 1 and abs(max(x for x, _ in red) - 20 * scale) < 2
    assert abs(min(y for _, y in red) - 5 * scale) < 2 and abs(max(y for _, y in red) - 15 * scale) < 2


def pixels(pdf: bytes, folder: Path) -> list[list[tuple[int, int, int]]]:
    """The first page, 100 dots per inch."""
    done = subprocess.run(["pdftoppm", "-r", "100", "-singlefile", "-"], input=pdf, capture_output=True, check=True)
    magic, size, _, data = done.stdout.split(b"\n", 3)
    width, height = map(int, size.split())
    assert magic == b"P6"
    return [[tuple(data[3 * (y * width + x) : 3 * (y * width + x) + 3]) for x in range(width)] for y in range(height)]  # type: ignore[misc]
