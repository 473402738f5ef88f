"""Bench files: what they mean, what is wrong in them and where, and the schema that editors get."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from simtool.errors import InputError
from simtool.station.bench.bench import Bench, Handler, Printer, Quirks, ReaderMatch, Rules, SlotSpec
from simtool.station.bench.file import bench_schema, find_bench, load_bench, shipped_benches

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = ("desk-1", "usb-8", "virtual-8")
EVERYTHING = """\
name: hall 3
slots:
  - name: "1"
    reader: {name: "ACS * 00", serial: 0042, port: 1-1.4}
    quirks: {max_baud: 115200, no_extended_apdu: true, weak_power: yes}
  - {name: B, reader: {port: 1-1.3}}
  - {name: C, reader: {name: "*"}, row: 2, column: 5}
  - {name: D, reader: {serial: A7}, row: 2}
rules: {repowers: 0, reseats: 1, rejects_in_a_row: 4, bench_rejects_in_a_row: 9,
  reject_percent: 2.5, rate_window: 80, rate_minimum: 30}
handler: {get: [feed, "{slot}"], good: [out, "{slot}", good], bad: [out, "{slot}", bad, "--why={cause}"], seconds: 5}
printer: {command: [lp, "{file}"], seconds: 2.5}
"""


def load_text(folder: Path, text: str) -> Bench:
    (folder / "b.yaml").write_text(text)
    return load_bench(folder / "b.yaml")


def test_everything_that_a_bench_may_say(tmp_path: Path) -> None:
    assert load_text(tmp_path, EVERYTHING) == Bench(
        "hall 3",
        (
            SlotSpec("1", ReaderMatch("ACS * 00", "0042", "1-1.4"), 1, 1, Quirks(115200, True, True)),
            SlotSpec("B", ReaderMatch(port="1-1.3"), 1, 2),
            SlotSpec("C", ReaderMatch("*"), 2, 5),
            SlotSpec("D", ReaderMatch(serial="A7"), 2, 6),
        ),
        Rules(0, 1, 4, 9, 2.5, 80, 30),
        Handler(("feed", "{slot}"), ("out", "{slot}", "good"), ("out", "{slot}", "bad", "--why={cause}"), 5.0),
        Printer(("lp", "{file}"), 2.5),
    )


def test_the_least_that_a_bench_may_say(tmp_path: Path) -> None:
    text = "name: x\nslots: [{name: '1', reader: {name: '*'}}]\n"
    assert load_text(tmp_path, text) == Bench("x", (SlotSpec("1", ReaderMatch("*")),))


ONE = "name: x\nslots:\n  - {name: '1', reader: {name: '*'}}\n"
WRONG = [
    # what is written, line, field, reason
    ("slots: []\n", 1, "name", "is missing"),
    ("name: x\n", 1, "slots", "is missing"),
    ("name: x\nslots: []\n", 2, "slots", "at least one slot"),
    ("name: x\nslots:\n  - {name: '1', reader: {}}\n", 3, "slots.0.reader", "name, serial or port has to be given"),
    (f"{ONE}  - {{name: '1', reader: {{port: 1-1}}}}\n", 4, "slots.1.name", "there is another slot 1"),
    (f"{ONE}  - {{name: '2', reader: {{port: 1-1}}, column: 1}}\n", 4, "slots.1", "stands where slot 1 stands"),
    (f"{ONE}  - {{name: '2', reader: {{prot: 1-1}}}}\n", 4, "slots.1.reader.prot", "unknown name"),
    (f"{ONE}  - {{name: '2', reader: {{port: 1-1}}, row: 0}}\n", 4, "slots.1.row", "greater than or equal to 1"),
    (f"{ONE}  - {{name: '', reader: {{port: 1-1}}}}\n", 4, "slots.1.name", "at least 1"),
    (f"{ONE}rules: {{reseats: -1}}\n", 4, "rules.reseats", "greater than or equal to 0"),
    (f"{ONE}rules: {{rejects_in_a_row: 0}}\n", 4, "rules.rejects_in_a_row", "greater than or equal to 1"),
    (f"{ONE}rules: {{reject_percent: 101}}\n", 4, "rules.reject_percent", "less than or equal to 100"),
    (f"{ONE}rules: {{rate_window: 10}}\n", 4, "rules.rate_minimum", "more than rate_window"),
    (f"{ONE}handler: {{get: feed 1}}\n", 4, "handler.get", "valid tuple"),
    (f"{ONE}handler: {{get: [feed, '{{solt}}']}}\n", 4, "handler.get", "only {slot}, {iccid}, {cause} may stand"),
    (f"{ONE}handler: {{seconds: 0}}\n", 4, "handler.seconds", "greater than 0"),
    (f"{ONE}printer: {{command: [lp]}}\n", 4, "printer.command", "no word holds {file}"),
]


@pytest.mark.parametrize(("text", "line", "field", "reason"), WRONG)
def test_what_is_wrong_and_where(tmp_path: Path, text: str, line: int, field: str, reason: str) -> None:
    with pytest.raises(InputError) as caught:
        load_text(tmp_path, text)
    assert reason in str(caught.value)
    assert f"{tmp_path / 'b.yaml'}:{line}:" in str(caught.value)
    assert f"{field}:" in str(caught.value)


def test_all_problems_at_once(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        load_text(tmp_path, f"{ONE}  - {{name: '1', reader: {{}}, column: 1}}\nprinter: {{command: [lp]}}\n")
    assert len(str(caught.value).splitlines()) == 4


def test_benches_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A workspace's own comes before the one that simtool brings."""
    monkeypatch.chdir(tmp_path)
    assert len(load_bench("virtual-8").slots) == 8
    (tmp_path / "readers").mkdir()
    (tmp_path / "readers" / "virtual-8.yaml").write_text(ONE)
    assert load_bench("virtual-8").name == "x"
    for name in ("virtual-9", "readers/virtual-9", "virtual-9.yaml"):
        with pytest.raises(InputError, match="there is no such bench") as caught:
            find_bench(name)
        assert "desk-1, usb-8, virtual-8" in caught.value.hint


def test_the_benches_that_come_with_simtool() -> None:
    assert shipped_benches() == SHIPPED
    for name in SHIPPED:
        assert load_bench(ROOT / "readers" / f"{name}.yaml") == load_bench(name)
        assert load_bench(name).name == name


def validator() -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(bench_schema())


def test_the_schema_is_one_and_in_step() -> None:
    jsonschema.Draft202012Validator.check_schema(bench_schema())
    assert json.loads((ROOT / "readers" / "bench.schema.json").read_text()) == bench_schema()


@pytest.mark.parametrize("name", SHIPPED)
def test_our_benches_as_an_editor_sees_them(name: str) -> None:
    text = (ROOT / "readers" / f"{name}.yaml").read_text()
    assert text.startswith("# yaml-language-server: $schema=bench.schema.json\n")
    validator().validate(yaml.safe_load(text))


REFUSED_BY_EDITORS: list[dict[str, Any]] = [
    {"name": "x"},
    {"name": "x", "slots": [{"name": "1"}]},
    {"name": "x", "slots": [{"name": "1", "reader": {"prot": "1-1"}}]},
    {"name": "x", "slots": [], "rules": {"reseats": -1}},
]


@pytest.mark.parametrize("value", REFUSED_BY_EDITORS)
def test_editors_see_mistakes(value: dict[str, Any]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        validator().validate(value)
