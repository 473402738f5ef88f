"""Lists as customers send them: whatever a spreadsheet saved is read, everything wrong is told with its line."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from simtool.batch.formats.model import Reading
from simtool.batch.formats.registry import resolve
from simtool.batch.formats.table import load_table
from simtool.batch.incoming import Checked, Rules, check_list, read_list
from simtool.codec.identifiers import Iccid, Plmn
from simtool.crypto.secret import Secret
from simtool.errors import InputError
from tests.batch.cards import record

MAPPING = """\
name: acme
purpose: Acme's list
columns:
  - {title: ICC Number, field: iccid}
  - {title: IMSI, field: imsi}
  - {title: Phone, field: msisdn}
  - {title: Auth Key, field: ki}
  - {title: OPC, field: opc}
"""
HEAD = ["ICC Number", "IMSI", "Phone", "Auth Key", "OPC"]


def row(number: int) -> list[str]:
    card = record(number)
    item = card.subscription
    assert item.opc is not None and item.msisdn is not None
    return [card.iccid.digits, item.imsi.digits, item.msisdn, item.k.reveal().hex(), item.opc.reveal().hex()]


ROWS = [row(1), row(2), row(3)]


def lines(rows: list[list[str]], delimiter: str = ",") -> str:
    return "".join(delimiter.join(cells) + "\n" for cells in rows)


@dataclass
class Known:
    """A register in memory."""

    numbers: set[str] = field(default_factory=set)
    keys: list[Secret] = field(default_factory=list)

    def has_iccid(self, iccid: str) -> bool:
        return iccid in self.numbers

    def has_imsi(self, imsi: str) -> bool:
        return imsi in self.numbers

    def has_msisdn(self, msisdn: str) -> bool:
        return msisdn in self.numbers

    def has_ki(self, k: Secret) -> bool:
        return any(key == k for key in self.keys)


def check(folder: Path, content: str | bytes, rules: Rules = Rules(), register: Known | None = None) -> Checked:  # noqa: B008
    mapping, path = folder / "acme.yaml", folder / "list.csv"
    mapping.write_text(MAPPING)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return check_list(load_table(mapping), path, rules, register, Reading("list.csv"))


PLAIN = lines([HEAD, *ROWS])
SAVED = [
    ("plain", PLAIN.encode()),
    ("upper case", PLAIN.replace("ICC Number", "ICC NUMBER").replace("Auth Key", "AUTH KEY").encode()),
    ("lower case", lines([[title.lower() for title in HEAD], *ROWS]).encode()),
    ("underscores", lines([["icc_number", "imsi", "phone", "auth-key", "opc"], *ROWS]).encode()),
    ("byte order mark", b"\xef\xbb\xbf" + PLAIN.encode()),
    ("UTF-16", PLAIN.encode("utf-16")),
    ("semicolons", lines([HEAD, *ROWS], ";").encode()),
    ("tabs", lines([HEAD, *ROWS], "\t").encode()),
    ("quoted", lines([[f'"{cell}"' for cell in cells] for cells in [HEAD, *ROWS]]).encode()),
    ("quoted, BOM, semicolons, CRLF", b"\xef\xbb\xbf" + lines(
        [[f'"{cell}"' for cell in cells] for cells in [HEAD, *ROWS]], ";").replace("\n", "\r\n").encode()),
    ("carriage return and line feed", PLAIN.replace("\n", "\r\n").encode()),
    ("blank lines", ("\n" + PLAIN.replace("\n", "\n\n")).encode()),
    ("blanks around cells", lines([HEAD, *[[f" {cell} " for cell in cells] for cells in ROWS]]).encode()),
    ("other order and other columns", lines(
        [["Remark", *HEAD[::-1]], *[["x", *cells[::-1]] for cells in ROWS]]).encode()),
    ("no line end at the end", PLAIN.rstrip().encode()),
    ("empty columns at the end", lines([[*HEAD, ""], *[[*cells, ""] for cells in ROWS]]).encode()),
]  # fmt: skip


@pytest.mark.parametrize("content", [content for _, content in SAVED], ids=[name for name, _ in SAVED])
def test_what_spreadsheets_save_is_read(content: bytes, tmp_path: Path) -> None:
    found = check(tmp_path, content, Rules(Plmn("001", "01"), 15, 3, needs_ki=True, paired=True))
    assert found and found.cards == 3, found.problems


def broken(number: int, column: int, cell: str) -> str:
    rows = [list(cells) for cells in ROWS]
    rows[number][column] = cell
    return lines([HEAD, *rows])


WRONG = [
    # content, what is said
    (broken(1, 0, ROWS[1][0][:-1] + str((int(ROWS[1][0][-1]) + 1) % 10)), "list.csv:3: ICC Number: its last digit"),
    (broken(1, 0, "8.9494E+18"), "list.csv:3: ICC Number: not digits only: a spreadsheet changed it"),
    (broken(1, 0, ROWS[1][0][:-4]), "list.csv:3: ICC Number: has 15 digits"),
    (broken(0, 1, "00101x"), "list.csv:2: IMSI: not digits only"),
    (broken(0, 1, "262010000000001"), "list.csv:2: imsi: is not of the network 001-01"),
    (broken(0, 1, "00101000000001"), "list.csv:2: imsi: has 14 digits, 15 are wanted"),
    (broken(2, 3, "00"), "list.csv:4: Auth Key: has 2 hex digits, 32 are needed"),
    (broken(2, 3, ""), "list.csv:4: ki: is missing"),
    (broken(2, 3, "00" * 16), "list.csv:4: ki: is weak: few different bytes"),
    (broken(2, 3, bytes(range(16)).hex()), "list.csv:4: ki: is weak: counts"),
    (broken(2, 3, ROWS[0][3]), "list.csv:4: ki: stands in list.csv:2 too"),
    (broken(2, 0, ROWS[0][0]), "list.csv:4: iccid: stands in list.csv:2 too"),
    (broken(2, 1, ROWS[0][1]), "list.csv:4: imsi: stands in list.csv:2 too"),
    (broken(2, 2, ROWS[0][2]), "list.csv:4: msisdn: stands in list.csv:2 too"),
    (broken(2, 2, "twelve"), "list.csv:4: Phone: 3 to 15 digits are needed"),
    (broken(2, 1, "001010000000004"), "list.csv:4: imsi: ICCID and IMSI do not count up together"),
    (lines([HEAD, *ROWS[:2]]), "list.csv: quantity: 2 cards, 3 were ordered"),
    (PLAIN + "1,2,3,4,5,6,7\n", "list.csv:5: row: 7 cells"),
    (PLAIN + '"8949', "list.csv:5: a quoted cell is not closed"),
]
RULES = Rules(Plmn("001", "01"), 15, 3, needs_ki=True, paired=True)


@pytest.mark.parametrize(("content", "message"), WRONG)
def test_what_is_wrong_is_told_with_its_line(content: str, message: str, tmp_path: Path) -> None:
    found = check(tmp_path, content, RULES)
    assert not found
    assert any(str(problem).startswith(message) for problem in found.problems), found.problems
    told = " ".join(map(str, found.problems))
    assert not any(cells[3] in told or cells[4] in told for cells in ROWS)


def test_all_problems_come_in_one_report_and_nothing_is_given_on(tmp_path: Path) -> None:
    rows = [list(cells) for cells in ROWS]
    rows[0][1], rows[1][3], rows[2][2] = "1", "zz", "?"
    found = check(tmp_path, lines([HEAD, *rows, row(4)]), RULES)
    assert [problem.place for problem in found.problems] == ["list.csv:2", "list.csv:3", "list.csv:4", "list.csv"]
    assert found.problems[-1].reason == "4 cards, 3 were ordered"
    taken: list[object] = []
    with pytest.raises(InputError) as caught:
        taken += list(read_list(load_table(tmp_path / "acme.yaml"), tmp_path / "list.csv", RULES, None, Reading("l")))
    assert not taken and str(caught.value).count("\n") == 3


def test_the_register_is_asked(tmp_path: Path) -> None:
    register = Known({ROWS[0][0], ROWS[1][1], ROWS[2][2]}, [record(2).subscription.k])
    found = check(tmp_path, PLAIN, RULES, register)
    assert [str(problem) for problem in found.problems] == [
        "list.csv:2: iccid: is in the register already",
        "list.csv:3: imsi: is in the register already",
        "list.csv:3: ki: was given to another card already",
        "list.csv:4: msisdn: is in the register already",
    ]


HEADS = [
    ("", "the file is empty"),
    ("a,b,c\n1,2,3\n", "the first line does not name the columns"),
    (lines([[*HEAD, "IMSI"]]), "two columns hold imsi"),
    (b"\xff\xfe\x00", "this is not UTF-8 text"),
    (b"ICC Number,IMSI\n\xe4\xf6,1\n", "this is not UTF-8 text"),
]


@pytest.mark.parametrize(("content", "message"), HEADS)
def test_a_file_that_is_no_list(content: str | bytes, message: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=message):
        check(tmp_path, content)


BAD_MAPPINGS = [
    (MAPPING.replace("field: iccid", "field: icid"), "acme.yaml:4:\\d+: field: there is no field icid"),
    (MAPPING.replace("title: Phone", "title: imsi"), "the title imsi stands twice"),
    (MAPPING.replace("columns:", "delimiter: 'x'\ncolumns:"), "is one of , ; |"),
    (MAPPING.replace("purpose", "porpose"), "unknown name"),
]


@pytest.mark.parametrize(("text", "message"), BAD_MAPPINGS)
def test_a_mapping_that_cannot_be_used(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "acme.yaml").write_text(text)
    with pytest.raises(InputError, match=message):
        resolve(str(tmp_path / "acme.yaml"))


def test_a_host_list_without_keys(tmp_path: Path) -> None:
    (tmp_path / "host.yaml").write_text(
        "name: host\npurpose: numbers\ncolumns: [{title: SIM, field: iccid}, {title: IMSI, field: imsi}]\n"
    )
    path = tmp_path / "host.csv"
    path.write_text(f"sim;imsi\n{Iccid.from_body('894944000000000001')};001010000000001\n")
    (card,) = read_list(resolve(str(tmp_path / "host.yaml")), path, Rules(), None, Reading("host.csv"))
    assert card.subscriptions[0].k is None
    with pytest.raises(InputError, match="has no Ki"):
        card.record()
