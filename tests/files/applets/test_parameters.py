"""Parameters of applets: what each type is coded to, and what is refused."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simtool.codec import tlv
from simtool.codec.text import decode_alpha
from simtool.files.applets.parameters import Coder, Parameter, problems_of_types

P = Parameter.model_validate
ROW = {"plmn": "plmn", "technologies": {"type": "set", "bytes": 2, "values": {"4G": "0x4000", "3G": "0x8000"}}}
ITEM = {
    "type": "record",
    "fields": {
        "text": "text",
        "ussd": {"type": "ussd", "tag": "81"},
        "items": {"type": "list", "of": "item", "tag": "A2"},
    },
    "one_of": ["ussd", "items"],
}

CODED: list[tuple[dict[str, Any], Any, str]] = [
    # declaration, value as written, bytes without tag and length
    ({"type": "text"}, "Hällo", "487b6c6c6f"),  # TS 23.038: ä is 7B
    ({"type": "text"}, "Привет", "81 06 08 9fc0b8b2b5c2"),  # TS 102 221 annex A, form 81: half page 0400
    ({"type": "text", "coding": "dcs"}, "Hi", "04 4869"),  # TS 102 223 §8.15
    ({"type": "text", "coding": "dcs"}, "Да", "08 04140430"),
    ({"type": "text", "coding": "ucs2"}, "Hi", "00480069"),
    ({"type": "text", "coding": "gsm"}, "€", "1b65"),
    ({"type": "text", "coding": "utf8"}, "é", "c3a9"),
    ({"type": "text", "coding": "ascii", "bytes": 4}, "Hi", "4869ffff"),
    ({"type": "text"}, 12, "3132"),
    ({"type": "texts"}, "Hi", "0000 02 4869"),
    ({"type": "texts"}, {"de": "Hallo", "en": "Hi"}, "6465 05 48616c6c6f 656e 02 4869"),
    ({"type": "ussd"}, "*100#", "0f aa180c3602"),  # TS 23.038 §6.1.2.3
    ({"type": "number"}, "200", "c8"),
    ({"type": "number", "bytes": 2}, "0x1234", "1234"),
    ({"type": "number", "bytes": 4}, 1, "00000001"),
    ({"type": "flag"}, True, "01"),
    ({"type": "flag"}, False, "00"),
    ({"type": "choice", "values": {"on": 1, "never": "0x7f"}}, "never", "7f"),
    ({"type": "choice", "values": {"yes": 1, "no": 2}}, False, "02"),  # YAML's no
    ({"type": "set", "values": {"a": 1, "b": 2, "c": 128}}, ["a", "c"], "81"),
    ({"type": "set", "values": {"a": 1}}, [], "00"),
    ({"type": "hex"}, "00 0A", "000a"),
    ({"type": "phone"}, "+49 171 12", "91 947111f2"),
    ({"type": "phone"}, "611", "81 16f1"),
    ({"type": "digits"}, "26201", "6202f1"),
    ({"type": "digits", "bytes": 4}, "262", "62f2ffff"),
    ({"type": "plmn"}, "262-01", "62f210"),  # TS 24.008 §10.5.1.13
    ({"type": "plmn"}, "310-410", "130014"),
    ({"type": "list", "of": "plmn"}, ["262-01", "001-01"], "62f210 00f110"),  # of one size: one after the other
    ({"type": "list", "of": "text"}, ["a", "bc"], "01 61 02 6263"),  # of different sizes: behind their lengths
    ({"type": "list", "of": {"type": "flag", "tag": "90"}}, [True], "90 01 01"),
    ({"type": "table", "columns": ROW}, [["262-01", ["4G", "3G"]], {"plmn": "001-01", "technologies": "4G"}],
     "62f210c000 00f1104000"),
    ({"type": "record", "fields": {"a": "text", "b": "flag"}}, {"a": "x", "b": True}, "01 78 01"),
    ({"type": "record", "fields": {"a": "number", "b": {"type": "number", "default": 7}}}, ["1"], "01 07"),
    ({"type": "record", "fields": {"a": {"type": "text", "tag": "80", "optional": True}}}, {}, ""),
    ({"type": "record", "fields": {"a": {"type": "text", "tag": "80", "optional": True}}}, {"a": None}, ""),
    ({"type": "item"}, {"text": "M", "items": [{"text": "B", "ussd": "*1#"}]}, "01 4d a2 09 08 01 42 81 04 0f aad808"),
]  # fmt: skip


@pytest.mark.parametrize(("declared", "value", "raw"), CODED)
def test_a_value_is_coded(declared: dict[str, Any], value: Any, raw: str) -> None:
    coder = Coder({"item": P(ITEM)})
    parameter = P(declared | {"tag": "80"})
    assert coder.framed(parameter, value, ()) == tlv.encode(0x80, bytes.fromhex(raw))
    assert not coder.problems


REFUSED: list[tuple[dict[str, Any], Any, str]] = [
    ({"type": "text"}, True, "put it in quotes"),
    ({"type": "text"}, ["x"], "a text is needed"),
    ({"type": "text", "most": 2}, "abc", "3 bytes, there may be 2"),
    ({"type": "text", "most": 2}, "€€", "4 bytes"),
    ({"type": "text", "least": 1}, "", "0 bytes, there have to be 1"),
    ({"type": "text", "bytes": 2}, "abc", "room for 2"),
    ({"type": "text", "coding": "gsm"}, "Д", "not in the GSM"),
    ({"type": "text", "coding": "ascii"}, "é", "not in ascii"),
    ({"type": "texts"}, {"deu": "x"}, "two letters"),
    ({"type": "texts", "most": 2}, {"de": "xxx"}, "3 bytes"),
    ({"type": "number"}, "256", "not from 0 to 255"),
    ({"type": "number", "least": 5, "most": 6}, "7", "not from 5 to 6"),
    ({"type": "number"}, "ten", "a whole number"),
    ({"type": "number"}, True, "a whole number"),
    ({"type": "flag"}, "1", "yes or no"),
    ({"type": "choice", "values": {"a": 1}}, "b", "none of a"),
    ({"type": "choice", "values": {"a": 256}}, "a", "more than 1 bytes"),
    ({"type": "hex"}, "abc", "even number"),
    ({"type": "hex", "bytes": 3}, "abcd", "2 bytes, there have to be 3"),
    ({"type": "phone"}, "Care", "cannot be dialled"),
    ({"type": "digits"}, "12a", "other characters"),
    ({"type": "digits", "least": 3, "most": 3}, "12", "2 digits, the limit is 3"),
    ({"type": "digits", "most": 3}, "1234", "4 digits"),
    ({"type": "plmn"}, "26", "PLMN"),
    ({"type": "list", "of": "flag"}, "x", "a list is needed"),
    ({"type": "list", "of": "flag", "most": 1}, [True, True], "2 entries, there may be 1"),
    ({"type": "list", "of": "flag"}, [True, "x"], "^1: yes or no"),
    ({"type": "table", "columns": ROW}, [["262-01", [], "x"]], "^0: 3 values for 2 columns"),
    ({"type": "table", "columns": ROW}, [["x"]], "^0.plmn: PLMN"),
    ({"type": "record", "fields": {"a": "flag"}}, {}, "^a: is missing"),
    ({"type": "record", "fields": {"a": "flag"}}, {"b": 1, "a": True}, "^b: there is no such"),
    ({"type": "record", "fields": {"a": "flag"}}, "x", "names and values"),
    ({"type": "item"}, {"text": "M"}, "just one of ussd, items"),
    ({"type": "item"}, {"text": "M", "ussd": "*1#", "items": []}, "not ussd and items together"),
]


@pytest.mark.parametrize(("declared", "value", "reason"), REFUSED)
def test_a_value_is_refused(declared: dict[str, Any], value: Any, reason: str) -> None:
    coder = Coder({"item": P(ITEM)})
    coder.framed(P(declared | {"tag": "80"}), value, ())
    assert any(re.search(reason, str(problem)) for problem in coder.problems), list(map(str, coder.problems))


DECLARED: list[tuple[dict[str, Any], str]] = [
    ({"type": "flag"}, "needs a tag"),
    ({"type": "flagg", "tag": "80"}, "no type flagg"),
    ({"type": "loop", "tag": "80"}, "no type loop"),
    ({"type": "number", "tag": "80", "default": "x"}, "^parameters.it.default: a whole number"),
    ({"type": "list", "tag": "80", "of": "flagg"}, "^parameters.it.of.type: there is no type"),
    ({"type": "record", "tag": "80", "fields": {"a": {"type": "flag", "optional": True}}}, "left out needs a tag"),
    ({"type": "record", "tag": "80", "fields": {"a": "flag"}, "one_of": ["a"]}, "left out needs a tag"),
    ({"type": "record", "tag": "80", "fields": {
        "a": {"type": "flag", "tag": "80"}, "b": {"type": "flag", "tag": "80"}}}, "tag 80 is that of a"),
    ({"type": "flag", "tag": "81"}, "tag 81 is that of other"),
]  # fmt: skip


@pytest.mark.parametrize(("declared", "reason"), DECLARED)
def test_a_declaration_is_refused(declared: dict[str, Any], reason: str) -> None:
    types = {"loop": P({"type": "loop"})}
    parameters = {"other": P({"type": "flag", "tag": "81"}), "it": P(declared)}
    found = [str(one) for one in problems_of_types(parameters, types if declared["type"] == "loop" else {})]
    assert any(re.search(reason, one) for one in found), found


def test_a_type_may_hold_itself() -> None:
    assert not list(problems_of_types({"items": P({"type": "list", "of": "item", "tag": "80"})}, {"item": P(ITEM)}))


@given(st.lists(st.text(st.characters(max_codepoint=0xD7FF), max_size=30), max_size=8))
def test_texts_of_a_list_can_be_read_again(texts: list[str]) -> None:
    coder = Coder({})
    raw = coder.framed(P({"type": "list", "of": {"type": "text", "tag": "81"}, "tag": "80"}), texts, ())
    assert not coder.problems
    (whole,) = tlv.parse(raw)
    assert [decode_alpha(one.value) for one in tlv.parse(whole.value)] == texts
