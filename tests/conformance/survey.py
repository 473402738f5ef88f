"""What a product has for the tests to work on, read from its description.

`features` names what a test may ask for with `@pytest.mark.needs(...)`; the functions below pick files by what their
access rules allow. A test for which the product has nothing is not collected.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache

from simtool.codec import tlv
from simtool.codec.access import (
    AccessCondition,
    AccessMode,
    AccessRules,
    Always,
    ConditionByte,
    Key,
    Leaf,
    Never,
    decode_compact,
    decode_expanded,
    decode_reference,
    holds,
    leaves,
)
from simtool.errors import DecodeError
from simtool.files.path import FilePath
from simtool.files.product import CardModel, FileSpec, FileType, PinSpec

MF = FilePath("MF")
USIM = FilePath("MF/ADF.USIM")
ISIM = FilePath("MF/ADF.ISIM")
GSM = FilePath("MF/DF.GSM")
UNIVERSAL_PIN = 0x11
PUK_OF = {"PIN1": "PUK1", "PIN2": "PUK2"}


def rules(model: CardModel, spec: FileSpec, environment: int = 1) -> AccessRules | None:
    """The access rules of a file, those in EF.ARR looked up as TS 102 221 §9.2.7 says.

    None if they stand nowhere, or are not coded by the standard (real cards have such).
    """
    try:
        return _rules(model, spec, environment)
    except DecodeError:
        return None


def _rules(model: CardModel, spec: FileSpec, environment: int) -> AccessRules | None:
    if spec.security is None:
        return None
    tag, value = spec.security
    is_df = spec.type.is_directory
    if tag == 0x8C:
        return decode_compact(value, df=is_df)
    if tag == 0xAB:
        return decode_expanded(value, df=is_df)
    reference = decode_reference(value)
    number = reference.record(environment)
    place = spec.path if is_df else spec.path.parent
    while place is not None and number is not None:
        for child in model.children(place):
            if child.fid == reference.fid and child.type.has_records and number <= len(child.contents):
                return decode_expanded(child.contents[number - 1], df=is_df)
        place = place.parent
    return None


def guard(model: CardModel, spec: FileSpec, mode: AccessMode) -> AccessCondition | None:
    found = rules(model, spec)
    return None if found is None else found.condition(mode)


def pin_of(model: CardModel, leaf: Leaf) -> PinSpec | None:
    """The PIN that a condition asks for."""
    if isinstance(leaf, Key):
        return next((pin for pin in model.pins if pin.rule_ref == leaf.ref), None)
    if isinstance(leaf, ConditionByte) and leaf.value in model.conditions:
        return model.pin(model.conditions[leaf.value])
    return None


def met_with(model: CardModel, condition: AccessCondition | None, *names: str) -> bool:
    """Whether a condition is met when exactly these PINs are verified and all others are enabled and not verified."""

    def has(leaf: Leaf) -> bool:
        pin = pin_of(model, leaf)
        return pin is not None and pin.name in names

    return condition is not None and holds(condition, has)


def understood(model: CardModel, condition: AccessCondition | None) -> bool:
    """Whether every key in a condition is one that the product's description explains."""
    return condition is not None and all(pin_of(model, leaf) is not None for leaf in leaves(condition))


def only(model: CardModel, condition: AccessCondition | None, name: str) -> bool:
    """Whether a condition is met by this PIN and not without it."""
    return met_with(model, condition, name) and not met_with(model, condition)


def elementary(model: CardModel, under: FilePath | None = None) -> Iterator[FileSpec]:
    """EFs that a terminal can select and that are activated, those of the USIM first."""
    found = [
        spec
        for spec in model.files.values()
        if not spec.type.is_directory
        and spec.type is not FileType.INTERNAL
        and spec.life_cycle & 0xFD == 0x05
        and (under is None or str(spec.path).startswith(f"{under}/"))
    ]
    return iter(sorted(found, key=lambda spec: spec.path.parent != USIM))


def pick(
    model: CardModel,
    kind: FileType,
    fits: Callable[[FileSpec], bool] = lambda spec: True,
    *,
    read: tuple[str, ...] | None = None,
    update: tuple[str, ...] | None = None,
    under: FilePath | None = None,
) -> FileSpec | None:
    """The first EF of a kind that fits, and that these PINs let one read and update."""
    for spec in elementary(model, under):
        if spec.type is not kind or spec.secret or not fits(spec):
            continue
        if read is not None and not met_with(model, guard(model, spec, AccessMode.READ), *read):
            continue
        if update is not None and not met_with(model, guard(model, spec, AccessMode.UPDATE), *update):
            continue
        return spec
    return None


def binary_ef(model: CardModel, under: FilePath | None = None) -> FileSpec | None:
    """A transparent EF of 8 to 200 bytes that PIN1 opens for reading and writing."""
    return pick(
        model, FileType.TRANSPARENT, lambda s: 8 <= (s.size or 0) <= 200, read=("PIN1",), update=("PIN1",), under=under
    )


def linear_ef(model: CardModel, under: FilePath | None = None) -> FileSpec | None:
    """A linear fixed EF of 5 to 40 short records that PIN1 opens."""
    return pick(
        model,
        FileType.LINEAR_FIXED,
        lambda s: 5 <= (s.records or 0) <= 40 and 6 <= (s.record_length or 0) <= 40,
        read=("PIN1",),
        update=("PIN1",),
        under=under,
    )


def cyclic_ef(model: CardModel, under: FilePath | None = None) -> FileSpec | None:
    """A cyclic EF of at least three records that PIN1 and PIN2 open."""
    both = ("PIN1", "PIN2")
    return pick(model, FileType.CYCLIC, lambda s: (s.records or 0) >= 3, read=both, update=both, under=under)


def counter_ef(model: CardModel, under: FilePath | None = None) -> FileSpec | None:
    """A cyclic EF of three byte records that can be increased (EF.ACM)."""
    return pick(
        model,
        FileType.CYCLIC,
        lambda s: (
            s.record_length == 3
            and (s.records or 0) >= 3
            and met_with(model, guard(model, s, AccessMode.INCREASE), "PIN1")
        ),
        read=("PIN1",),
        update=("PIN1", "PIN2"),
        under=under,
    )


def object_ef(model: CardModel) -> FileSpec | None:
    """A BER-TLV EF that PIN1 reads and ADM writes."""
    adm = model.adm.pin if model.adm else "PIN1"
    return pick(model, FileType.BER_TLV, read=("PIN1",), update=("PIN1", adm))


def guarded_ef(model: CardModel, under: FilePath | None = None) -> FileSpec | None:
    """A transparent EF that is read with PIN1 and not without."""
    for spec in elementary(model, under):
        if spec.type is FileType.TRANSPARENT and only(model, guard(model, spec, AccessMode.READ), "PIN1"):
            return spec
    return None


def can_create(model: CardModel, where: FilePath, names: frozenset[str]) -> bool:
    """Whether the directory lets somebody with these PINs create EFs in it."""
    return model.has(where) and met_with(model, guard(model, model.file(where), AccessMode.CREATE_EF), *names)


def channels(model: CardModel, atr: bytes | None = None) -> int:
    """How many logical channels the card has, channel 0 included (ISO/IEC 7816-4 §8.1.1.2.7, third capability byte)."""
    capabilities = _card_capabilities(atr or model.atrs[0].value)
    if len(capabilities) < 3:
        return 1
    return (capabilities[2] & 0x07) + 1


def assigns_on_request(model: CardModel) -> bool:
    """Whether the terminal may choose the number of a channel that it opens (bit 4 of that byte)."""
    capabilities = _card_capabilities(model.atrs[0].value)
    return len(capabilities) >= 3 and bool(capabilities[2] & 0x08)


def _card_capabilities(atr: bytes) -> bytes:
    """The compact TLV object 7x of the historical bytes, if their category is 80."""
    count, at, follow = atr[1] & 0x0F, 2, atr[1] >> 4
    while follow:
        td = at + bin(follow).count("1") - 1
        following = atr[td] >> 4 if follow & 8 else 0
        at += bin(follow).count("1")
        follow = following
    historical = atr[at : at + count]
    if historical[:1] != b"\x80":
        return b""
    place = 1
    while place < len(historical):
        tag, length = historical[place] >> 4, historical[place] & 0x0F
        if tag == 7:
            return historical[place + 1 : place + 1 + length]
        place += 1 + length
    return b""


@lru_cache(maxsize=32)
def features(model: CardModel, known: frozenset[str]) -> frozenset[str]:
    """Everything that a test may need: parts of the product, and the credentials `known` by name."""
    found = set(model.classes) | set(known)
    found |= {f"PUK of {pin}" for pin, puk in PUK_OF.items() if puk in known}
    for name, path in (("usim", USIM), ("isim", ISIM), ("df_gsm", GSM)):
        if model.has(path):
            found.add(name)
    if model.adm and model.adm.pin in known:
        found.add("adm")
    for name, path, wanted in (("usim", USIM, {"k", "sqn"}), ("isim", ISIM, {"k", "sqn"}), ("gsm", GSM, {"k"})):
        specs = [spec for spec in model.authentication if spec.application == path]
        if any(_names(model, spec.files) >= wanted and _can_be_selected(model, spec.files) for spec in specs):
            found.add(f"{name}_keys")
    if any(spec.application == USIM and spec.gsm_files for spec in model.authentication):
        found.add("usim_gsm_keys")
    usim = [spec for spec in model.authentication if spec.application == USIM]
    known_fields = {name for spec in usim for name in _names(model, spec.files)}
    found |= {feature for feature, name in (("sqn_delta", "delta"), ("sqn_age", "age_limit")) if name in known_fields}
    if not _sqn_files(model, USIM) & _sqn_files(model, ISIM):
        found.add("own_sqn")
    picks = {
        "binary": binary_ef, "linear": linear_ef, "cyclic": cyclic_ef, "counter": counter_ef, "objects": object_ef,
        "guarded": guarded_ef,
    }  # fmt: skip
    found |= {name for name, role in picks.items() if role(model) is not None}
    if "gsm" in model.classes:
        from tests.conformance import gsm

        found |= gsm.features(model)
    if can_create(model, MF, known):
        found.add("create")
    if model.has(USIM) and can_create(model, USIM, known):
        found.add("create_usim")
    if channels(model) > 1:
        found.add("channels")
    if channels(model) > 2:
        found.add("three_channels")
    counter = counter_ef(model)
    if counter is not None and counter.sfi is not None:
        found.add("counter_sfi")
    if assigns_on_request(model):
        found.add("channel_choice")
    if any(pin.ref == pin.rule_ref == UNIVERSAL_PIN for pin in model.pins):
        found.add("universal_pin")
    if model.suci is not None:
        found.add("suci")
    if model.has(USIM / "EF.ARR"):
        found.add("usim_arr")
    directory = model.files.get(FilePath("MF/EF.DIR"))
    if directory is not None and directory.descriptor[0] & 0x40:
        found.add("shareable_dir")
    iccid = model.files.get(FilePath("MF/EF.ICCID"))
    if iccid is not None and iccid.sfi == 2:
        found.add("iccid_sfi")
    if any(spec.type is FileType.DF and spec.path.parent not in (None, MF) for spec in model.files.values()):
        found.add("deep_df")
    if any(spec.type is FileType.DF and spec.path.parent == USIM for spec in model.files.values()):
        found.add("usim_df")
    umpc = model.files.get(FilePath("MF/EF.UMPC"))
    if umpc is not None and len(umpc.content) > 2 and umpc.content[2] & 0x02:
        found.add("suspend")
    supported = tlv.first(tlv.parse(model.file(MF).proprietary), 0x87) if model.has(MF) else None
    if supported and supported[0] & 0x01:
        found.add("terminal_capability")
    return frozenset(found)


def _can_be_selected(model: CardModel, paths: tuple[FilePath, ...]) -> bool:
    """Whether a terminal reaches these files at all; some products keep keys where only commands of theirs do."""
    return all(model.file(path).type is not FileType.INTERNAL for path in paths)


def _names(model: CardModel, paths: tuple[FilePath, ...]) -> set[str]:
    layouts = [model.file(path).layout for path in paths]
    return {field.name for layout in layouts if layout for field in layout.fields}


def _sqn_files(model: CardModel, application: FilePath) -> set[FilePath]:
    paths = [path for spec in model.authentication if spec.application == application for path in spec.files]
    return {model.source(path) for path in paths if "sqn" in _names(model, (path,))}


def is_always(condition: AccessCondition | None) -> bool:
    return isinstance(condition, Always)


def is_never(condition: AccessCondition | None) -> bool:
    return isinstance(condition, Never)
