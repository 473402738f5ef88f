"""Keys and algorithm on a card product: which fields of which of its files hold them (`authentication` in its YAML).

Some products keep identity in the same places (a provider record with ICCID, IMSI and Ki): those fields are filled too.
"""

from __future__ import annotations

from simtool.files.layout import FieldValue, Layout
from simtool.files.path import FilePath
from simtool.files.product import AuthenticationSpec, CardModel
from simtool.perso.image import BODY, Content, Unit
from simtool.perso.record import CardRecord

ONLY_2G = ("comp128v1", "comp128v2", "comp128v3")
PLAIN_2G = {"xor": "xor-2g"}  # what an algorithm is called in files of the GSM context, where that differs
FIRST_RECORD = 1
TUAK_SIZES = {"tuak_res_size": 1, "tuak_mac_size": 0, "tuak_ck_ik_256": 0, "keccak_iterations": 1}
"""RES and MAC of 64 bits, CK and IK of 128, one permutation: what an HLR expects unless told otherwise."""


def key_contents(record: CardRecord, model: CardModel) -> dict[Unit, Content]:
    """The wanted bits of every file that takes part in authentication, and in no application that cannot do it.

    Empty if no application of the product knows the algorithm.
    """
    found: dict[Unit, Content] = {}
    for spec in model.authentication:
        for paths, is_gsm in ((spec.files, spec.application.application is None), (spec.gsm_files, True)):
            if not _knows(model, spec, paths, record, is_gsm=is_gsm):
                continue
            values = _values(record, is_gsm=is_gsm)
            for path in dict.fromkeys(map(model.source, paths)):
                unit = Unit(path, FIRST_RECORD if model.file(path).type.has_records else BODY)
                content = _content(model, path, {**spec.fixed, **values})
                if content is not None:
                    found[unit] = content.over(found[unit]) if unit in found else content
    return found


def fields_kept_with_keys(model: CardModel) -> frozenset[str]:
    """Names of all layout fields in the product's authentication files."""
    layouts = [layout for path in _paths(model) if (layout := model.file(path).layout) is not None]
    return frozenset(field.name for layout in layouts for field in layout.fields)


def key_paths(model: CardModel, application: FilePath) -> frozenset[FilePath]:
    """The files that the proof of this application speaks for."""
    specs = [spec for spec in model.authentication if spec.application == application]
    return frozenset(model.source(path) for spec in specs for path in (*spec.files, *spec.gsm_files))


def _paths(model: CardModel) -> tuple[FilePath, ...]:
    return tuple(dict.fromkeys(path for spec in model.authentication for path in (*spec.files, *spec.gsm_files)))


def _knows(
    model: CardModel, spec: AuthenticationSpec, paths: tuple[FilePath, ...], record: CardRecord, *, is_gsm: bool
) -> bool:
    """Whether the algorithm can be chosen in these files, or is the one the product is fixed to."""
    algorithm = record.subscription.algorithm
    names = {algorithm, PLAIN_2G.get(algorithm, algorithm)} if is_gsm else {algorithm}
    layouts = [layout for path in paths if (layout := model.file(path).layout) is not None]
    offered = [field for layout in layouts for field in layout.fields if field.name in ("algorithm", "algorithm_2g")]
    if offered:
        return any(names & set(dict(field.values).values()) for field in offered)
    return bool(paths) and spec.fixed.get("algorithm") == algorithm


def _values(record: CardRecord, *, is_gsm: bool) -> dict[str, FieldValue]:
    """Everything that a layout may have a field for."""
    subscription = record.subscription
    algorithm = PLAIN_2G.get(subscription.algorithm, subscription.algorithm) if is_gsm else subscription.algorithm
    values: dict[str, FieldValue] = {
        "algorithm": algorithm,
        "algorithm_2g": PLAIN_2G.get(algorithm, algorithm),
        "k": subscription.k.reveal(),
        "sres_function": 0,
        "res_4_bytes": 0,
        "iccid": record.iccid.encode(),
        "imsi": subscription.imsi.encode(),
        "state": "active",
    }
    if subscription.algorithm == "tuak":
        values |= {"tuak_key_256": int(subscription.k.length == 32), **TUAK_SIZES}
    if subscription.opc is not None:
        values |= {"op_is_opc": 1, "top" if subscription.algorithm == "tuak" else "op": subscription.opc.reveal()}
    return values


def _content(model: CardModel, path: FilePath, values: dict[str, FieldValue]) -> Content | None:
    """The file's bytes with the values in place, and a mask of just these; None if the file takes none of them."""
    spec = model.file(path)
    layout = spec.layout
    size = spec.record_length if spec.type.has_records else spec.size
    if layout is None or size is None:
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
