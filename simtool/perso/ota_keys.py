"""Key sets of secured packets (TS 102 225 §5.1.1) by profile: random per card, and where a product keeps them.

Products with a file of keys (layout fields `domain`, `key_version`, `key_type`, `key` in each record) are written like
any other file. What else takes keys wants the command PUT KEY, which is not sent from here.
"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import model_validator

from simtool.crypto.key_set import KeyCipher
from simtool.errors import EncodeError
from simtool.files.layout import FieldValue, Layout
from simtool.files.product import CardModel
from simtool.files.specs import FileSpec
from simtool.perso.image import Content, Unit
from simtool.perso.record import CardRecord
from simtool.perso.source import Section

ORIGIN = "authentication.key_sets"
OTA_VERSIONS = range(1, 16)
OTA_DOMAIN = "ota"
KEY_TYPES = ("kic", "kid", "kik")
FIELDS = frozenset(("domain", "key_version", "cipher", "key_octets", "key_type", "key"))
OCTETS = 8
BLANK = 0xFF


class KeySetPolicy(Section):
    """A key set that every card gets with keys of its own. It takes the place of version `replaces`, if one is named.

    `length` is that of each key in bytes: 16 or 24 for des, 16, 24 or 32 for aes.
    """

    version: int
    cipher: KeyCipher = KeyCipher.AES
    length: int = 16
    replaces: int | None = None

    @model_validator(mode="after")
    def _fits(self) -> KeySetPolicy:
        if self.version not in OTA_VERSIONS:
            raise ValueError("secured packets name key versions 1 to 15 (TS 102 225 §5.1.1)")
        if self.length not in self.cipher.lengths:
            known = " or ".join(map(str, self.cipher.lengths))
            raise ValueError(f"a key for {self.cipher.value} has {known} bytes")
        return self


def key_set_contents(
    policies: tuple[KeySetPolicy, ...], record: CardRecord, model: CardModel, reasons: list[str]
) -> Iterator[tuple[Unit, Content]]:
    """The records that hold the wanted key sets on this product. What has no place goes to `reasons`."""
    if not policies:
        return
    spec = _key_file(model)
    if spec is None or spec.layout is None:
        globalplatform = "GlobalPlatform" in model.kind
        way = "takes keys by PUT KEY only, which apply does not send" if globalplatform else "has no key sets"
        reasons.append(f"{ORIGIN}: {model.name} {way}")
        return
    held = {item.version: item for item in (*record.key_sets, *record.key_set_targets)}
    taken: set[int] = set()
    for policy in policies:
        key_set = held.get(policy.version)
        if key_set is None:
            reasons.append(f"{ORIGIN}: the record holds no key set of version {policy.version}")
            continue
        if (key_set.cipher, key_set.enc.length) != (policy.cipher, policy.length):
            reasons.append(
                f"{ORIGIN}: the record's version {policy.version} is for {key_set.cipher.value} with "
                f"{key_set.enc.length} bytes, the profile wants {policy.cipher.value} with {policy.length}"
            )
            continue
        places = _places(spec, spec.layout, policy, taken)
        if places is None:
            known = ", ".join(map(str, sorted(_versions(spec, spec.layout))))
            reasons.append(
                f"{ORIGIN}: {spec.path} has no free records for version {policy.version}; "
                f"it comes with versions {known}, one of which it could replace"
            )
            continue
        taken.update(places)
        for place, name, key in zip(places, KEY_TYPES, key_set.keys, strict=True):
            values: dict[str, FieldValue] = {
                "domain": OTA_DOMAIN,
                "key_version": policy.version,
                "mac_4_bytes": 0,
                "cipher": policy.cipher.value,
                "key_octets": policy.length // OCTETS,
                "key_type": name,
            }
            try:
                yield Unit(spec.path, place), Content.known(_row(spec, spec.layout, values, key.reveal()))
            except EncodeError as error:
                reasons.append(f"{ORIGIN}: {spec.path}: {error}")


def _row(spec: FileSpec, layout: Layout, values: dict[str, FieldValue], key: bytes) -> bytes:
    room = next(field.length for field in layout.fields if field.name == "key")
    if len(key) > room:
        raise EncodeError(f"a key of {len(key)} bytes does not fit into {room}")
    base = layout.encode(values, bytes(spec.record_length or 0))
    return layout.encode({"key": key.ljust(room, bytes((BLANK,)))}, base)


def _key_file(model: CardModel) -> FileSpec | None:
    for spec in model.files.values():
        names = {field.name for field in spec.layout.fields} if spec.layout is not None else set()
        if spec.type.has_records and spec.link is None and names >= FIELDS:
            return spec
    return None


def _places(spec: FileSpec, layout: Layout, policy: KeySetPolicy, taken: set[int]) -> tuple[int, ...] | None:
    """Three records: as delivered those of the version that is replaced, of the version itself, or blank ones."""
    rows = [layout.decode(content) for content in spec.contents]
    for version in (policy.replaces, policy.version) if policy.replaces is not None else (policy.version,):
        found: list[int] = []
        for name in KEY_TYPES:
            for number, row in enumerate(rows, 1):
                if (row["domain"], row["key_version"], row["key_type"]) == (OTA_DOMAIN, version, name):
                    found.append(number)
                    break
        if len(found) == len(KEY_TYPES) and not taken & set(found):
            return tuple(found)
    blank = [number for number, content in enumerate(spec.contents, 1) if not content.strip(b"\xff")]
    free = [number for number in blank if number not in taken][: len(KEY_TYPES)]
    return tuple(free) if len(free) == len(KEY_TYPES) else None


def _versions(spec: FileSpec, layout: Layout) -> set[int]:
    rows = [layout.decode(content) for content in spec.contents]
    return {row["key_version"] for row in rows if row["domain"] == OTA_DOMAIN and isinstance(row["key_version"], int)}
