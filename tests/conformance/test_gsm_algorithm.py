"""Class A0: RUN GSM ALGORITHM (TS 51.011 §8.16, §9.2.16), by every algorithm that the product's key file offers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from simtool.crypto.comp128 import comp128
from simtool.files.layout import FieldValue
from simtool.files.product import CardModel
from tests.conformance import gsm
from tests.conformance.bench import Bench
from tests.conformance.keys import Vector, authentication, milenage_fields, milenage_sets, program
from tests.conformance.survey import GSM

pytestmark = pytest.mark.needs("gsm", "df_gsm", "gsm_keys", "uicc", "adm", "PIN1")

SET = milenage_sets()[2]
COMP128 = {"comp128v1": 1, "comp128v2": 2, "comp128v3": 3}


def algorithms(model: CardModel) -> Iterator[str]:
    """Those of COMP128 and Milenage that the layout of the key file knows."""
    for spec in model.authentication:
        if spec.application != GSM:
            continue
        for path in spec.files:
            layout = model.file(path).layout
            for field in layout.fields if layout else ():
                if field.name == "algorithm":  # a product with algorithm_2g has the same names for both
                    yield from (name for _, name in field.values if name in (*COMP128, "milenage"))


def ready(bench: Bench, name: str, vector: Vector) -> tuple[bytes, bytes]:
    """Write the key for this algorithm; DF.GSM current, CHV1 verified. Returns the SRES and Kc to expect."""
    bench.select("MF")
    bench.unlock()
    values: dict[str, FieldValue] = milenage_fields(vector) | {"sres_function": 0, "algorithm_2g": "milenage"}
    if name in COMP128:
        values = {"algorithm": name, "algorithm_2g": name, "k": vector["k"]}
    program(bench, authentication(bench.model, GSM).files, values)
    gsm.home(bench)
    if name in COMP128:
        return comp128(COMP128[name], vector["k"], vector["rand"])
    return vector["sres_1"], vector["kc"]


def run(vector: Vector) -> str:
    return f"a088000010{vector['rand'].hex()}"


@pytest.mark.per_row(of=algorithms)
def test_result(bench: Bench, row: str) -> None:
    """§9.2.16: 9F0C, then SRES (4 bytes) and Kc (8 bytes); the same RAND gives the same again."""
    sres, kc = ready(bench, row, SET)
    for _ in range(2):
        bench.expect_tpdu(run(SET), "9f0c")
        assert bench.expect_tpdu("a0c000000c") == sres + kc


def first(model: CardModel) -> list[str]:
    return list(algorithms(model))[:1]


@pytest.mark.per_row(of=first)
class TestConditions:
    def test_needs_chv1(self, bench: Bench, row: str) -> None:
        """§8.16, §9.4.5: 9804 before CHV1 is verified."""
        ready(bench, row, SET)
        gsm.enable_chv1(bench)
        bench.reset()
        gsm.home(bench)
        bench.expect_tpdu(run(SET), "9804")
        gsm.verify(bench, "PIN1")
        bench.expect_tpdu(run(SET), "9f0c")

    def test_needs_df_gsm(self, bench: Bench, row: str) -> None:
        """§8.16: only while DF.GSM, or a DF or EF below it, is current; no key comes otherwise."""
        ready(bench, row, SET)
        bench.expect_tpdu("a0a40000023f00", "9fxx")
        answer = bench.tpdu(run(SET))
        assert answer.sw.sw1 not in (0x90, 0x9F, 0x61), answer.sw
        assert answer.data == b""
        bench.expect_tpdu("a0a40000027f20", "9fxx")
        bench.expect_tpdu("a0a40000026f07", "9fxx")
        bench.expect_tpdu(run(SET), "9f0c", why="an EF of DF.GSM is current")

    def test_lengths_and_parameters(self, bench: Bench, row: str) -> None:
        """§9.4.6: 67xx and 6Bxx."""
        ready(bench, row, SET)
        bench.expect_tpdu(f"a08800000f{SET['rand'].hex()[:-2]}", "67xx")
        bench.expect_tpdu("a088000000", "67xx")
        bench.expect_tpdu(f"a088010010{SET['rand'].hex()}", "6bxx")

    def test_answer_once(self, bench: Bench, row: str) -> None:
        """§9.2.18: the result is given once."""
        ready(bench, row, SET)
        bench.expect_tpdu(run(SET), "9f0c")
        bench.expect_tpdu("a0c000000c")
        bench.expect_tpdu("a0c000000c", "6fxx")
