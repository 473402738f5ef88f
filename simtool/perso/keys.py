"""Keys and algorithm on a card product: which fields of which of its files hold them (`authentication` in its YAML).

Some products keep identity in the same places (a provider record with ICCID, IMSI and Ki): those fields are filled too.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from simtool.codec.access import AccessMode
from simtool.files.layout import FieldValue, Layout
from simtool.files.path import FilePath
from simtool.files.product import AuthenticationSpec, CardModel
from simtool.perso.access import NEVER, right
from simtool.perso.image import BODY, Content, Unit
from simtool.perso.record import CardRecord, Subscription

PLAIN_2G = {"xor": "xor-2g"}  # what an algorithm is called in files of the GSM context, where that differs
FIRST_RECORD = 1
TUAK_SIZES = {"tuak_res_size": 1, "tuak_mac_size": 0, "tuak_ck_ik_256": 0, "keccak_iterations": 1}
"""RES and MAC of 64 bits, CK and IK of 128, one permutation: what an HLR expects unless told otherwise."""


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
            values = {**spec.fixed, **_values(record, algorithm), **beside}
            for path in dict.fromkeys(map(model.source, paths)):
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
    names = (PLAIN_2G[own], own) if is_gsm and own in PLAIN_2G else (own,)
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


def size_of(model: CardModel, path: FilePath) -> int:
    """Bytes in a file's body, or in one of its records."""
    spec = model.file(model.source(path))
    return (spec.record_length if spec.type.has_records else spec.size) or 0


def _values(record: CardRecord, algorithm: str) -> dict[str, FieldValue]:
    """Everything that a layout may have a field for."""
    subscription = record.subscription
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
        values |= {"tuak_key_256": int(subscription.key.length == 32), **TUAK_SIZES}
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
