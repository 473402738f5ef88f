"""The software card against what real cards of its product answered: same FCP meaning, same content, file by file."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from simtool.codec.fcp import Fcp
from simtool.codec.fcp2g import EfInfo2g, decode_fcp2g
from simtool.files.path import FilePath
from simtool.files.product import CardModel, FileType, load
from simtool.softcard.card import SoftCard
from tests.softcard.conftest import Reader

DUMPS = sorted((Path(__file__).parents[1] / "vectors" / "dumps").glob("*.yaml"))


def rows(path: Path) -> list[Any]:
    return yaml.load(path.read_text(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))["files"]  # noqa: S506


def open_everything(card: SoftCard) -> None:
    """All PINs verified: what is read below is what the card's owner could read."""
    for pin in card.pins.values():
        pin.verified = True
    card.guard.changed()


def select(reader: Reader, model: CardModel, path: FilePath, gsm: bool) -> str:
    """Answer to SELECT of a file, going there step by step."""
    cla, p2 = ("a0", "00") if gsm else ("00", "04")
    answer = ""
    names = path.parts
    first = 0 if path.application is None else len(path.application.parts) - 1
    for depth in range(first, len(names)):
        spec = model.file("/".join(names[: depth + 1]))
        if spec.type is FileType.ADF and spec.aid is not None:
            answer = reader.apdu(f"00a40404{len(spec.aid):02x}{spec.aid.hex()}")
        else:
            answer = reader.apdu(f"{cla}a400{p2}02{spec.fid:04x}")
    return answer


def read(reader: Reader, model: CardModel, path: FilePath, gsm: bool) -> bytes | None:
    """Content of the selected file; None if it may not be read."""
    spec = model.file(path)
    cla = "a0" if gsm else "00"
    pieces = []
    if spec.type.has_records:
        last, length = spec.records or 0, spec.record_length or 0
        commands = [f"{cla}b2{number:02x}04{length:02x}" for number in range(1, last + 1)]
    else:
        size = spec.size or 0
        commands = [f"{cla}b0{at:04x}{min(size - at, 128):02x}" for at in range(0, size, 128)]
    for command in commands:
        answer = reader.tpdu(command)
        if not answer.endswith("9000"):
            return None
        pieces.append(bytes.fromhex(answer[:-4]))
    return b"".join(pieces)


@pytest.mark.parametrize("dump", DUMPS, ids=[path.stem for path in DUMPS])
def test_answers_like_the_real_card(dump: Path) -> None:
    model = load(dump.stem)
    card = SoftCard.new(model)
    reader = Reader(card)
    open_everything(card)
    wrong = []
    for name, wanted, digest in rows(dump):
        path = FilePath(name)
        gsm = bool(wanted) and not wanted.startswith("62")
        answer = select(reader, model, path, gsm)
        if wanted and answer[:-4] != wanted and _meaning(answer[:-4], gsm) != _meaning(wanted, gsm):
            wrong.append(f"{name}: {answer} instead of {wanted}")
        if digest and model.file(path).type is not FileType.BER_TLV:
            content = read(reader, model, path, gsm)
            if content is not None and hashlib.sha256(content).hexdigest()[:16] != digest:
                wrong.append(f"{name}: other content")
    assert not wrong, "\n".join(wrong)


def _meaning(answer: str, gsm: bool) -> object:
    """What an answer says. Not compared: the increase bit that one classic SIM leaves out although its access condition
    allows INCREASE."""
    if not answer:
        return None
    if gsm:
        info = decode_fcp2g(bytes.fromhex(answer))
        return replace(info, increase_allowed=False) if isinstance(info, EfInfo2g) else info
    return Fcp.decode(bytes.fromhex(answer))
