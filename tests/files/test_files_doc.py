"""docs/files.md says of every file what its value looks like, and every example in it works."""

from __future__ import annotations

import pytest

from simtool.errors import RefusedError
from simtool.files import product
from simtool.files.contents import CODINGS, decode, encode
from simtool.files.path import FilePath
from simtool.perso.image import Unit
from simtool.perso.profile import TYPED
from simtool.perso.source import parse_yaml
from simtool.perso.technician.edit import wanted_content
from tests.files.files_doc import PAGE, ROW, examples, page_with_tables

ROWS = [match.groups() for line in PAGE.read_text().splitlines() if (match := ROW.fullmatch(line))]
EXAMPLES = [(name, example.strip("`")) for name, _, _, example in ROWS if example.startswith("`")]


def test_the_page_is_up_to_date():
    assert page_with_tables(PAGE.read_text()) == PAGE.read_text(), "run python -m tests.files.files_doc"


def test_every_coding_has_its_row_and_an_example():
    assert sorted(name for name, _, _, _ in ROWS) == sorted(CODINGS)
    assert set(CODINGS) - {name for name, _ in EXAMPLES} == {"EF.ARR"}


@pytest.mark.parametrize(("name", "example"), EXAMPLES, ids=[row[0] for row in EXAMPLES])
def test_examples_work_in_a_profile(name, example):
    path, value = examples()[name]
    said = parse_yaml(f"files:\n  {path}: {example}", "profile", typed=TYPED).value["files"][str(path)]
    size = len(encode(path, value)) + 8
    assert encode(path, said, size=size) == encode(path, value, size=size)


@pytest.mark.parametrize(("name", "example"), EXAMPLES, ids=[row[0] for row in EXAMPLES])
def test_examples_work_at_the_command_line(name, example):
    """On a product that has the file: what is set is what the example says, as far as there is room for it."""
    path, value = examples()[name]
    model = next((model for model in map(product.load, product.names()) if model.has(path)), None)
    if model is None:
        return
    spec = model.file(path)
    size = spec.record_length or spec.size or 0
    if size < len(encode(path, value)):
        return
    unit = Unit(path, 1 if spec.record_length else 0)
    words = [example.removeprefix("'").removesuffix("'")] if example.startswith("'") else [example]
    try:
        content = wanted_content(model, unit, words, None)
    except RefusedError as error:
        assert "keys" in str(error)
        return
    assert content.data == encode(path, value, size=size)
    assert decode(FilePath(str(path)), content.data) == value
