"""AUTHENTICATE by the other algorithms that a product's key file offers: TUAK (TS 35.231), XOR (TS 34.108 §8.1.2).

A row is the name of an algorithm in the layout of the USIM's key file; the vectors are in tests/vectors.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import yaml

from simtool.crypto.aka import AkaAlgorithm, open_auts
from simtool.crypto.tuak import Tuak
from simtool.crypto.xor import Xor3g
from simtool.files.layout import FieldValue
from simtool.files.product import CardModel
from tests.conformance.bench import Bench
from tests.conformance.keys import VECTORS, authentication, program, sqn_fields
from tests.conformance.survey import USIM
from tests.conformance.test_authenticate import challenge, parts

pytestmark = pytest.mark.needs("uicc", "usim_keys", "adm", "PIN1")


def offered(model: CardModel) -> Iterator[str]:
    for spec in model.authentication:
        layouts = [model.file(path).layout for path in spec.files if spec.application == USIM]
        fields = [field for layout in layouts if layout for field in layout.fields if field.name == "algorithm"]
        yield from (name for field in fields for _, name in field.values if name in ("tuak", "xor"))


def hexed(row: dict[str, object]) -> dict[str, bytes]:
    return {name: bytes.fromhex(value) for name, value in row.items() if isinstance(value, str) and name != "clause"}


def tuak() -> tuple[AkaAlgorithm, dict[str, FieldValue], dict[str, bytes]]:
    """TS 35.233 §6.3: K and RES as short as they go, MAC of 64 bits, one iteration."""
    row = yaml.safe_load((VECTORS / "tuak.yaml").read_text())["sets"][0]
    values = hexed(row)
    fields: dict[str, FieldValue] = {
        "algorithm": "tuak",
        "op_is_opc": 1,
        "tuak_key_256": 0,
        "tuak_res_size": 0,
        "tuak_mac_size": 0,
        "tuak_ck_ik_256": 0,
        "keccak_iterations": 1,
        "top": values["topc"],
        "k": values["k"],
    }
    wanted = {"rand": values["rand"], "sqn": values["sqn"], "res": values["f2"], "ck": values["f3"], "ik": values["f4"]}
    concealed = bytes(a ^ b for a, b in zip(values["sqn"], values["f5"], strict=True))
    wanted["autn"] = concealed + values["amf"] + values["f1"]
    return Tuak(values["k"], values["topc"], res_bits=32), fields, wanted


def xor() -> tuple[AkaAlgorithm, dict[str, FieldValue], dict[str, bytes]]:
    """TS 34.108 §8.1.2, with a RES of 16 bytes where the product lets one choose."""
    row = yaml.safe_load((VECTORS / "xor.yaml").read_text())["xor_3g"][0]
    values = hexed(row)
    fields: dict[str, FieldValue] = {"algorithm": "xor", "xor_16_byte_res": 1, "res_4_bytes": 0, "k": values["k"]}
    return Xor3g(values["k"]), fields, values


SETS = {"tuak": tuak, "xor": xor}


@pytest.mark.per_row(of=offered)
def test_answers(bench: Bench, row: str) -> None:
    """TS 31.102 §7.1.2.1, TS 33.102 §6.3.3: success, wrong MAC, synchronisation failure."""
    alg, fields, values = SETS[row]()
    bench.select(USIM)
    bench.unlock()
    program(bench, authentication(bench.model, USIM).files, fields | sqn_fields())
    bench.select(USIM)
    broken = values["autn"][:-1] + bytes((values["autn"][-1] ^ 1,))
    bench.expect(challenge(values["rand"], broken), "9862")
    answer = bench.expect(challenge(values["rand"], values["autn"]))
    assert answer[0] == 0xDB
    assert parts(answer)[:3] == [values["res"], values["ck"], values["ik"]]
    answer = bench.expect(challenge(values["rand"], values["autn"]))
    assert answer[:2] == b"\xdc\x0e"
    assert open_auts(alg, values["rand"], answer[2:]) == int.from_bytes(values["sqn"])
