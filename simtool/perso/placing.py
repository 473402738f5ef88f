"""A wish in the files of a product: which of its places there are, what stands there, and room for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from simtool.codec import tlv
from simtool.codec.access import AccessMode
from simtool.errors import EncodeError
from simtool.files.path import FilePath
from simtool.files.product import CardModel, FileSpec, FileType
from simtool.perso.access import NEVER, right
from simtool.perso.image import Content, Unit
from simtool.perso.rooms import place_of
from simtool.perso.structure import Structure
from simtool.perso.wishes import Wish, whole

Placed = tuple[Unit, Content]


def places_of(wish: Wish, model: CardModel) -> tuple[FilePath, ...]:
    """Every place that the product has for it, once per content that is shared."""
    places = dict.fromkeys(at for name in wish.paths if (at := place_of(model, name)) is not None)
    return tuple(path for path in places if wish.required or right(model, path, AccessMode.UPDATE) != NEVER)


def place(wish: Wish, places: tuple[FilePath, ...], structure: Structure) -> tuple[Placed, ...]:
    """The wish in these places. Raises `EncodeError` where it has no room."""
    return tuple(found for path in places for found in _units(wish, path, structure))


def make(wish: Wish, structure: Structure) -> tuple[Placed, ...]:
    """The wish in a new file, in the first of its places whose application the card has. Raises `EncodeError`."""
    model = structure.model
    reachable = [path for path in wish.paths if (at := path.application) is None or place_of(model, at)]
    if not reachable:
        raise EncodeError(f"{model.name} has none of {', '.join(map(str, wish.paths))}")
    path = reachable[0]
    longest = max(len(wish.coding(path, value, None).data) for value in wish.values)
    structure.make(path, size=longest, record_length=longest)
    return tuple(_units(wish, path, structure))


def _units(wish: Wish, path: FilePath, structure: Structure) -> Iterator[Placed]:
    """The contents, in a file that has room for them; what is new in it is wanted to the last bit."""
    if structure.model.file(path).type is FileType.BER_TLV:
        yield from _objects(path, wish.values[0])
        return
    old = structure.delivered_size(path)
    spec = _with_room(wish, path, structure)
    size = (spec.record_length if spec.type.has_records else spec.size) or 0
    if wish.first_record > 1 and not spec.type.has_records:
        raise EncodeError(f"{path} has no records")
    for number, value in enumerate(wish.values, start=wish.first_record):
        content = wish.coding(path, value, size)
        if spec.type.has_records:
            yield Unit(path, number), content
        else:
            yield Unit(path), content.wanted_from(old)


def _objects(path: FilePath, value: object) -> Iterator[Placed]:
    """Data objects of a BER-TLV file: tags in hex, each with its value in hex, or null where it shall not be."""
    if not isinstance(value, Mapping):
        raise EncodeError(f"{path} holds data objects: give values in hex by their tags, as in {{'80': 0102}}")
    for name, text in value.items():
        try:
            tag = int(str(name), 16)
            whole = b"" if text is None else tlv.encode(tag, bytes.fromhex(str(text)))
        except ValueError:
            raise EncodeError(f"{path}: {name} and what it shall hold are not both hex digits") from None
        yield Unit(path, tag=tag), Content.known(whole)


def _with_room(wish: Wish, path: FilePath, structure: Structure) -> FileSpec:
    """The file, enlarged if the values need it. A wish that is not `whole` goes without what has no room."""
    spec = structure.model.file(path)
    if spec.type.has_records:
        return structure.enlarge(path, records=wish.first_record + len(wish.values) - 1)
    needed = len(wish.coding(path, wish.values[0], None).data)
    try:
        return structure.enlarge(path, size=needed)
    except EncodeError:
        if wish.coding is whole:
            raise
        return spec
