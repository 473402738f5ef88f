"""Class A0: selecting step by step, and what the product has for the tests of TS 51.011 to work on."""

from __future__ import annotations

from collections.abc import Iterator

from simtool.codec.access import AccessMode
from simtool.codec.fcp2g import Fcp2g, decode_fcp2g
from simtool.files.path import FilePath
from simtool.files.product import CardModel, FileSpec, FileType
from tests.conformance.bench import Bench
from tests.conformance.survey import guard, met_with

_NIBBLES = {  # operation: byte of the three, upper half (TS 51.011 §9.3)
    AccessMode.READ: (0, True),
    AccessMode.UPDATE: (0, False),
    AccessMode.INCREASE: (1, True),
    AccessMode.ACTIVATE: (2, True),
    AccessMode.DEACTIVATE: (2, False),
}


def allowed_with(model: CardModel, spec: FileSpec, mode: AccessMode, *names: str) -> bool:
    """Whether these CHVs and keys together allow an operation, by the product's class A0 codes or its access rule."""
    if spec.access_2g is None:
        return met_with(model, guard(model, spec, mode), *names)
    at, upper = _NIBBLES[mode]
    code = spec.access_2g[at] >> 4 if upper else spec.access_2g[at] & 0xF
    wanted = {0x1: "PIN1", 0x2: "PIN2"}.get(code) or model.conditions_2g.get(code, "?")
    return code == 0 or wanted in names


def in_class_a0(model: CardModel) -> Iterator[FileSpec]:
    """EFs below the MF and its DFs, which a SELECT of class A0 reaches."""
    for spec in model.files.values():
        directory = spec.type.is_directory or spec.type in (FileType.INTERNAL, FileType.BER_TLV)
        if not directory and spec.path.application is None and spec.life_cycle & 0xFD == 0x05:
            yield spec


def pick(model: CardModel, kind: FileType, read: str, update: str | None = None, smallest: int = 2) -> FileSpec | None:
    """An EF that this CHV opens for reading (and that one for writing), not without it."""
    for spec in in_class_a0(model):
        size = spec.record_length if kind.has_records else spec.size
        if spec.type is not kind or spec.secret or spec.layout or not smallest <= (size or 0) <= 200:
            continue
        if kind.has_records and not 3 <= (spec.records or 0) <= 60:
            continue
        if not allowed_with(model, spec, AccessMode.READ, read) or allowed_with(model, spec, AccessMode.READ):
            continue
        if update is None or allowed_with(model, spec, AccessMode.UPDATE, *update.split()):
            return spec
    return None


def binary(model: CardModel) -> FileSpec | None:
    return pick(model, FileType.TRANSPARENT, "PIN1", "PIN1", 4)


def linear(model: CardModel) -> FileSpec | None:
    return pick(model, FileType.LINEAR_FIXED, "PIN1", "PIN1", 6)


def cyclic(model: CardModel) -> FileSpec | None:
    return pick(model, FileType.CYCLIC, "PIN1", "PIN1 PIN2")


def counter(model: CardModel) -> FileSpec | None:
    """A cyclic EF of three bytes that CHV1 may increase (EF.ACM)."""
    for spec in in_class_a0(model):
        if spec.type is FileType.CYCLIC and spec.record_length == 3 and (spec.records or 0) >= 3:
            if allowed_with(model, spec, AccessMode.INCREASE, "PIN1", "PIN2"):
                return spec
    return None


def switchable(model: CardModel) -> FileSpec | None:
    """A transparent EF that the administrative key may invalidate and rehabilitate, and CHV1 read."""
    adm = model.adm.pin if model.adm else "?"
    for spec in in_class_a0(model):
        if spec.type is not FileType.TRANSPARENT or spec.secret or spec.path.parent == FilePath("MF"):
            continue
        rights = (AccessMode.ACTIVATE, AccessMode.DEACTIVATE)
        if all(allowed_with(model, spec, mode, adm, "PIN1") for mode in rights):
            if allowed_with(model, spec, AccessMode.READ, "PIN1"):
                return spec
    return None


def features(model: CardModel) -> set[str]:
    roles = {"binary": binary, "linear": linear, "cyclic": cyclic, "counter": counter, "switchable": switchable}
    return {f"gsm_{name}" for name, role in roles.items() if role(model) is not None}


def select(bench: Bench, path: FilePath | str) -> Fcp2g:
    """Select step by step from the MF; the answer of the last step, fetched and decoded."""
    path = path if isinstance(path, FilePath) else FilePath(path)
    sw2 = 0
    for depth in range(1, len(path.parts) + 1):
        step = FilePath("/".join(path.parts[:depth]))
        answer = bench.tpdu(f"a0a4000002{bench.spec(step).fid:04x}")
        assert answer.sw.sw1 == 0x9F, f"SELECT {step}: {answer.sw}"
        sw2 = answer.sw.sw2
    return decode_fcp2g(bench.expect_tpdu(f"a0c00000{sw2:02x}"))


def reach(bench: Bench, path: FilePath | str) -> None:
    """Select without looking at the answer."""
    select(bench, path)


def home(bench: Bench) -> None:
    reach(bench, "MF/DF.GSM" if bench.model.has("MF/DF.GSM") else "MF")


def chv1_enabled(bench: Bench) -> bool:
    """Bit 8 of the file characteristics: 1 is disabled (TS 51.011 §9.2.1)."""
    status = bench.expect_tpdu("a0f2000016")
    return not status[13] & 0x80


def tries(bench: Bench, place: int) -> int:
    """A counter from the answer to STATUS: 18 CHV1, 19 its unblock key, 20 CHV2, 21 its unblock key."""
    return bench.expect_tpdu("a0f2000016")[place] & 0x0F


def enable_chv1(bench: Bench, wanted: bool = True) -> None:
    """Bring CHV1 into this state for the test."""
    if chv1_enabled(bench) is wanted:
        return
    value = bench.credentials["PIN1"].hex()
    on, off = f"a028000108{value}", f"a026000108{value}"
    bench.expect_tpdu(on if wanted else off)

    def back() -> None:
        home(bench)
        if chv1_enabled(bench) is wanted:
            bench.expect_tpdu(off if wanted else on)

    bench.later(back)


def locked(bench: Bench) -> None:
    """Reset, CHV1 enabled, all its tries left, not verified, DF.GSM (or the MF) current."""
    home(bench)
    enable_chv1(bench)
    bench.reset()
    home(bench)
    assert tries(bench, 18) == 3, "CHV1 should have three tries before this test"


def verify(bench: Bench, *names: str) -> None:
    for name in names:
        bench.expect_tpdu(f"a020000{1 if name == 'PIN1' else 2}08{bench.credentials[name].hex()}")


def content(bench: Bench, spec: FileSpec) -> bytes:
    """The whole content of the current EF."""
    if spec.type.has_records:
        length = spec.record_length or 0
        return b"".join(bench.expect_tpdu(f"a0b2{n:02x}04{length:02x}") for n in range(1, (spec.records or 0) + 1))
    return b"".join(
        bench.expect_tpdu(f"a0b0{at:04x}{min(128, (spec.size or 0) - at):02x}") for at in range(0, spec.size or 0, 128)
    )


def fill(bench: Bench, spec: FileSpec, data: bytes) -> None:
    """Write the whole content of the current EF."""
    length = spec.record_length or 128
    pieces = [data[at : at + length] for at in range(0, len(data), length)]
    if spec.type is FileType.CYCLIC:
        for piece in reversed(pieces):
            bench.expect_tpdu(f"a0dc0003{length:02x}{piece.hex()}")
        return
    for index, piece in enumerate(pieces):
        if spec.type is FileType.LINEAR_FIXED:
            bench.expect_tpdu(f"a0dc{index + 1:02x}04{length:02x}{piece.hex()}")
        else:
            bench.expect_tpdu(f"a0d6{index * length:04x}{len(piece):02x}{piece.hex()}")


def prepare(bench: Bench, spec: FileSpec | None, wanted: bytes) -> FileSpec:
    """The EF with this content for the test, CHV1 and CHV2 verified, selected anew."""
    assert spec is not None
    open_all(bench)
    reach(bench, spec.path)
    before = content(bench, spec)

    def back() -> None:
        open_all(bench)
        reach(bench, spec.path)
        fill(bench, spec, before)
        reach(bench, spec.path)
        assert content(bench, spec) == before

    bench.later(back)
    fill(bench, spec, wanted)
    reach(bench, spec.path)
    return spec


def open_all(bench: Bench) -> None:
    home(bench)
    if chv1_enabled(bench):
        verify(bench, "PIN1")
    if "PIN2" in bench.credentials:
        verify(bench, "PIN2")
