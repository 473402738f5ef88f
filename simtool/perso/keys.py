"""Keys and algorithm on a card product: which fields of which of its files hold them (`authentication` in its YAML).

Some products keep identity in the same places (a provider record with ICCID, IMSI and Ki): those fields are filled too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

from simtool.codec.access import AccessMode
from simtool.files.layout import FieldValue, Layout
from simtool.files.path import FilePath
from simtool.files.product import AuthenticationSpec, CardModel
from simtool.perso.access import NEVER, right
from simtool.perso.aka_settings import MilenageSettings, TuakSettings
from simtool.perso.image import BODY, CardImage, Content, Unit
from simtool.perso.record import CardRecord, Subscription

PLAIN_2G = {"xor": "xor-2g"}  # what an algorithm is called in files of the GSM context, where that differs
FIRST_RECORD = 1
SQN_FIELD = "sqn"
SQN_POLICY = frozenset(("ind_bits", "check_sqn", "check_delta", "check_age", "delta", "age_limit"))


def key_contents(record: CardRecord, model: CardModel, beside: Mapping[str, bytes]) -> dict[Unit, Content]:
    """The wanted bits of every file that takes part in authentication, and in no application that cannot do it.

    `beside` are contents that this product keeps in fields of these files. Empty if no application of the product
    knows the algorithm.
    """
    found: dict[Unit, Content] = {}
    for spec in model.authentication:
        for paths, is_gsm in _contexts(spec):
            algorithm = _name_of(record.subscription, model, spec, paths, is_gsm=is_gsm)
            if algorithm is None:
                continue
            values = {**spec.fixed, **_values(record, algorithm, _entries(model, paths)), **beside}
            for path in dict.fromkeys(model.source(path) for path in paths if not _kept_by_the_card(model, path)):
                unit = Unit(path, FIRST_RECORD if model.file(path).type.has_records else BODY)
                content = _content(model, path, values)
                if content is not None:
                    found[unit] = content.over(found[unit]) if unit in found else content
    return found


def algorithm_in(application: FilePath, subscription: Subscription, model: CardModel, *, is_gsm: bool) -> str | None:
    """What the algorithm is called in this application's files of the GSM or the 3G context; None if they cannot."""
    for spec in model.authentication:
        if spec.application == application:
            for paths, gsm in _contexts(spec):
                if gsm == is_gsm and (name := _name_of(subscription, model, spec, paths, is_gsm=gsm)) is not None:
                    return name
    return None


def fields_kept_with_keys(model: CardModel) -> dict[str, int]:
    """Names and lengths of all layout fields in the product's authentication files."""
    layouts = [layout for path in _paths(model) if (layout := model.file(path).layout) is not None]
    return {field.name: field.length for layout in layouts for field in layout.fields}


def key_paths(model: CardModel, application: FilePath) -> frozenset[FilePath]:
    """The files that the proof of this application speaks for."""
    specs = [spec for spec in model.authentication if spec.application == application]
    return frozenset(model.source(path) for spec in specs for path in (*spec.files, *spec.gsm_files))


def refused_settings(subscription: Subscription, model: CardModel) -> tuple[str, ...]:
    """The operator's own choices that this product has no fields for, in the applications that know the algorithm."""
    settings = subscription.settings
    reasons: list[str] = []
    for spec in model.authentication:
        for paths, is_gsm in _contexts(spec):
            if _name_of(subscription, model, spec, paths, is_gsm=is_gsm) is None:
                continue
            files = [model.file(path) for path in paths if not _kept_by_the_card(model, path)]
            room = {field.name for file in files if file.layout is not None for field in file.layout.fields}
            where = f"{model.name} has no fields for it in {spec.application}"
            milenage, tuak = settings.milenage or MilenageSettings(), settings.tuak or TuakSettings()
            if milenage.fields() != MilenageSettings().fields() and not room >= milenage.fields().keys():
                reasons.append(f"authentication.milenage: {where}")
            if tuak.fields() != TuakSettings().fields() and not room >= tuak.fields().keys():
                reasons.append(f"authentication.tuak: {where}")
            if settings.sqn is None or is_gsm or spec.application.application is None:
                continue
            if settings.sqn.has_policy and not room >= SQN_POLICY:
                reasons.append(f"authentication.sqn: {where}")
            elif settings.sqn.has_policy and settings.sqn.config.entries > (entries := _entries(model, paths)):
                reasons.append(
                    f"authentication.sqn: {settings.sqn.ind_bits} bits of IND need {settings.sqn.config.entries} "
                    f"sequence numbers, {model.name} keeps {entries} in {spec.application}"
                )
    return tuple(dict.fromkeys(reasons))


def once_started(wanted: CardImage, current: CardImage, model: CardModel) -> CardImage:
    """`wanted` without the sequence numbers to start from, where the card has the keys and has come as far or further.

    They are written together with new keys; from then on the card counts by itself.
    """
    units = dict(wanted.units)
    for spec in model.authentication:
        key_files = {model.source(path) for path in spec.files if _has_key(model, path)}
        seen = [unit for unit in units if unit.path in key_files and unit in current.units]
        if any(units[unit].differing(current.units[unit]) for unit in seen):
            continue
        for path in map(model.source, spec.files):
            unit, layout = Unit(path), model.file(path).layout
            if unit not in units or unit not in current.units or layout is None:
                continue
            start, now = (layout.decode(content.data).get(SQN_FIELD) for content in (units[unit], current.units[unit]))
            field = layout.mask(frozenset((SQN_FIELD,)), layout.decode(current.units[unit].data), len(units[unit].mask))
            asked = any(bits & mask for bits, mask in zip(field, units[unit].mask, strict=True))
            if asked and isinstance(start, tuple) and isinstance(now, tuple) and max(now) >= max(start):
                left = bytes(mask & ~bits & 0xFF for bits, mask in zip(field, units[unit].mask, strict=True))
                units[unit] = Content(units[unit].data, left)
    return replace(wanted, units=units)


def _kept_by_the_card(model: CardModel, path: FilePath) -> bool:
    """A file of sequence numbers that nobody may write: the card starts at zero and counts by itself."""
    layout = model.file(path).layout
    keeps = layout is not None and any(field.name == SQN_FIELD for field in layout.fields)
    return keeps and right(model, model.source(path), AccessMode.UPDATE) == NEVER


def _has_key(model: CardModel, path: FilePath) -> bool:
    layout = model.file(path).layout
    return layout is not None and any(field.name == "k" for field in layout.fields)


@lru_cache(maxsize=64)
def unreadable_keys(model: CardModel) -> frozenset[FilePath]:
    """Files of keys whose content no credential makes readable."""
    sources = {model.source(path) for path in _paths(model)}
    return frozenset(path for path in sources if right(model, path, AccessMode.READ) == NEVER)


def _paths(model: CardModel) -> tuple[FilePath, ...]:
    return tuple(dict.fromkeys(path for spec in model.authentication for path in (*spec.files, *spec.gsm_files)))


def _contexts(spec: AuthenticationSpec) -> tuple[tuple[tuple[FilePath, ...], bool], ...]:
    """The application's files and whether they serve the GSM context."""
    return (spec.files, spec.application.application is None), (spec.gsm_files, True)


def _name_of(
    subscription: Subscription,
    model: CardModel,
    spec: AuthenticationSpec,
    paths: tuple[FilePath, ...],
    *,
    is_gsm: bool,
) -> str | None:
    """The name under which these files can be set to the algorithm, None if they cannot or have no room for the key."""
    own = subscription.algorithm
    names = (PLAIN_2G[own], own) if is_gsm and own in PLAIN_2G and not _is_one_for_both(model, paths) else (own,)
    files = [(layout, size_of(model, path)) for path in paths if (layout := model.file(path).layout) is not None]
    fields = [field for layout, _ in files for field in layout.fields if field.name in ("algorithm", "algorithm_2g")]
    offered: set[FieldValue | None] = {value for field in fields for _, value in field.values}
    offered = offered or {spec.fixed.get("algorithm")}
    for name in names:
        values: dict[str, FieldValue] = {"algorithm": name, "tuak_key_256": int(subscription.key.length == 32)}
        room = any(
            field.name == "k" and field.end <= size and field.applies(values)
            for layout, size in files
            for field in layout.fields
        )
        if name in offered and room:
            return name
    return None


def _is_one_for_both(model: CardModel, paths: tuple[FilePath, ...]) -> bool:
    """Whether one field of these files says how GSM and 3G work: then there is no other algorithm for GSM."""
    named = {path: layout.fields for path in paths if (layout := model.file(path).layout) is not None}
    if any(field.name == "algorithm_2g" for fields in named.values() for field in fields):
        return False
    specs = [spec for spec in model.authentication if spec.application.application is not None]
    in_3g = {model.source(path) for spec in specs for path in spec.files}
    choosing = [path for path, fields in named.items() if any(field.name == "algorithm" for field in fields)]
    return any(model.source(path) in in_3g for path in choosing)


def size_of(model: CardModel, path: FilePath) -> int:
    """Bytes in a file's body, or in one of its records."""
    spec = model.file(model.source(path))
    return (spec.record_length if spec.type.has_records else spec.size) or 0


def _entries(model: CardModel, paths: tuple[FilePath, ...]) -> int:
    """How many sequence numbers these files keep; 0 if none."""
    layouts = [layout for path in paths if (layout := model.file(path).layout) is not None]
    counts = [field.count for layout in layouts for field in layout.fields if field.name == SQN_FIELD]
    return next((count for count in counts if count is not None), 0)


def _values(record: CardRecord, algorithm: str, entries: int) -> dict[str, FieldValue]:
    """Everything that a layout may have a field for; `entries` is the size of the array of sequence numbers."""
    subscription = record.subscription
    settings = subscription.settings
    values: dict[str, FieldValue] = {
        "algorithm": algorithm,
        "algorithm_2g": PLAIN_2G.get(algorithm, algorithm),
        "k": subscription.key.reveal(),
        "sres_function": 0,
        "res_4_bytes": 0,
        "xor_16_byte_res": 1,
        "state": "active",
    }
    if subscription.algorithm == "tuak":
        values |= {"tuak_key_256": int(subscription.key.length == 32), **(settings.tuak or TuakSettings()).fields()}
    if settings.milenage is not None:
        values |= settings.milenage.fields()
    if settings.sqn is not None:
        values |= settings.sqn.fields(entries)
    if subscription.opc is not None:
        values |= {"op_is_opc": 1, "top" if subscription.algorithm == "tuak" else "op": subscription.opc.reveal()}
    return values


def _content(model: CardModel, path: FilePath, values: dict[str, FieldValue]) -> Content | None:
    """The file's bytes with the values in place, and a mask of just these; None if the file takes none of them."""
    layout, size = model.file(path).layout, size_of(model, path)
    if layout is None:
        return None
    chosen = {name: value for name, value in values.items() if _takes(layout, name, value, values, size)}
    if not chosen.keys() - {"op_is_opc", "sres_function"}:
        return None
    mask = layout.mask(frozenset(chosen), values, size)
    # A byte of settings is set as a whole: key files are often written without having been read.
    return Content(layout.encode(chosen, bytes(size)), bytes(0xFF if bits else 0 for bits in mask))


def _takes(layout: Layout, name: str, value: FieldValue, values: dict[str, FieldValue], size: int) -> bool:
    """Whether the layout has this field beside the other values, and can express the value."""
    for field in layout.fields:
        if field.name == name and field.end <= size and field.applies(values):
            return not field.values or value in dict(field.values).values() or isinstance(value, int)
    return False
