"""Card products as data: one YAML in `data/cards/` per product, read by the tool and by the software card alike.

The grammar (hex in quotes; everything but `name`, `atr` and `files` may be left out)::

    name: sysmoISIM-SJA5
    vendor: sysmocom
    kind: [SIM, USIM, ISIM]
    atr:                                  # the first one is the software card's
      - {value: '3b9f…', note: variant S17}
    probes: [...]                         # what tells it from products with the same ATR: see simtool.files.probe
    generic: true                         # stands for unknown cards that answer its probes; only when it is named
    classes: [uicc, gsm]                  # class bytes answered: uicc 00/80, gsm A0
    iccid: {writable: false, reason: why}
    adm: {pin: ADM1, forms: [digits8]}    # the credential for personalising; forms: digits8, hex16
    pins:                                 # as delivered; text is ASCII padded with FF, value is 8 bytes of hex
      - {name: PIN1, ref: '01', text: '0000', tries: 3, enabled: false, puk: '15091909', puk_tries: 10, file: PATH}
      - {name: ADM1, ref: '11', rule_ref: '0a', value: '…'}  # rule_ref: its name in access rules and FCPs, if another
    pin_status: [PIN1, ADM1]              # the PIN status template in the FCP of a directory (tag C6), in its order
    conditions: {'11': PIN1, '1a': ADM1}  # condition bytes of compact access rules that name no key themselves
    conditions_2g: {'5': ADM5}            # the same for the codes 4 to E of access_2g
    layouts: {auth_key: [...]}            # see simtool.files.layout
    authentication:                       # per application: the files whose layout fields together say how it works
      - {application: MF/ADF.USIM, files: [PATH, ...], gsm_files: [PATH, ...], fixed: {algorithm: milenage}}
                                          # gsm_files: if other files serve the GSM security context. The first record
                                          # of a file of records counts. A field algorithm_2g is algorithm for GSM.
    commands: [...]                       # what is stored by commands of its own: see simtool.files.commands
    global_platform: {…}                  # security domains, applets: see simtool.files.global_platform
    suci: PATH                            # EF.SUCI_Calc_Info that the card itself uses for GET IDENTITY
    notes: [text]
    defaults:                             # keys that rows of files may leave out: of directories, of elementary files
      df: {proprietary: '800171'}
      ef: {proprietary: 'd00120'}
    files:
      - {path: MF, fid: '3f00', type: df}
      - {path: MF/EF.ICCID, fid: '2fe2', type: transparent, size: 10, sfi: 2, content: '98…'}

A file row has `path`, `fid` and `type` (df, adf, transparent, linear_fixed, cyclic, ber_tlv; internal: content that
only commands of the vendor and the card itself reach, without a FID), and further

- `aid` and `label` (adf; one without a `fid` of its own has no tag 83 in its FCP);
- `size`, or `record_length` and `records`;
- `sfi`: a number; null: none, which the FCP says with an empty tag 88; `default`: tag 88 is absent, so the five low
  bits of the FID;
- the security attribute as one of `arr: '2f06:3'` (tag 8B), `compact` (8C), `expanded` (AB), `reference` (8B in full);
  for class A0 `access_2g` (bytes 9 to 11 of TS 51.011 §9.2.1) and, of a directory, `response_2g` (the whole answer
  to SELECT as delivered);
- of a directory `pin_status`, where it differs from the one at the top;
- `proprietary` (content of tag A5), `descriptor` (file descriptor and data coding byte; if absent a shareable directory
  or working EF with data coding 21), `life_cycle` (one byte, 05 if absent), `extra` (other FCP TLVs);
- `layout`, `secret`, `link` (the path whose content this file shares), `fill` (padding byte, ff if absent);
- the delivered content: `content` (hex, padded to the size), `contents` (record number or `first-last` to hex) or
  `objects` (BER-TLV: tag to hex). A file named by a PIN's `file` and given no content holds that PIN as delivered.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from importlib.resources import files as package_files
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from simtool.errors import DecodeError
from simtool.files.commands import VendorCommand, parse_command
from simtool.files.global_platform import GlobalPlatformSpec, parse_global_platform
from simtool.files.layout import FieldValue, Layout, parse_layout
from simtool.files.path import FilePath
from simtool.files.probe import parse_probe
from simtool.files.specs import (
    CURRENT_ADF,
    EMPTY_PIN,
    PIN_LENGTH,
    AdmSpec,
    Atr,
    AuthenticationSpec,
    CardModel,
    FileSpec,
    FileType,
    PinSpec,
    SfiCoding,
    Shape,
)
from simtool.files.yaml_data import parse_yaml_data

__all__ = [
    "AdmSpec",
    "Atr",
    "AuthenticationSpec",
    "CardModel",
    "FileSpec",
    "FileType",
    "PinSpec",
    "SfiCoding",
    "Shape",
    "VendorCommand",
    "load",
    "names",
    "parse",
    "pin_bytes",
]

_SUFFIX = ".yaml"
FLAT = (FileType.TRANSPARENT, FileType.INTERNAL)
NO_FID = {FileType.ADF: CURRENT_ADF, FileType.INTERNAL: 0}


def names() -> tuple[str, ...]:
    """The products that simtool brings along."""
    folder = package_files("simtool") / "data" / "cards"
    return tuple(sorted(entry.name.removesuffix(".yaml") for entry in folder.iterdir() if entry.name.endswith(".yaml")))


@lru_cache(maxsize=32)
def load(name: str) -> CardModel:
    """A product by its name, in any case, or from a file of one's own: a path that ends in .yaml.

    Raises `DecodeError` for an unknown name, naming those that exist, and for a file that is none or not there.
    """
    if name.endswith(_SUFFIX):
        return _from_file(Path(name))
    for known in names():
        if known.lower() == name.lower():
            text = (package_files("simtool") / "data" / "cards" / f"{known}.yaml").read_text()
            return parse(text, source=f"{known}.yaml")
    raise DecodeError(f"no card product {name!r}; known are {', '.join(names())}")


def _from_file(path: Path) -> CardModel:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DecodeError(f"{path} cannot be read as a card product: {error}") from None
    return parse(text, source=str(path))


@lru_cache(maxsize=256)
def by_atr(atr: bytes) -> tuple[CardModel, ...]:
    """The products that have this answer to reset, in alphabetical order."""
    folder = package_files("simtool") / "data" / "cards"
    # Only files that mention the ATR are worth parsing.
    mentioned = [name for name in names() if atr.hex() in (folder / f"{name}.yaml").read_text().lower()]
    return tuple(model for model in map(load, mentioned) if any(known.value == atr for known in model.atrs))


def parse(text: str, *, source: str = "product") -> CardModel:
    """A product from YAML text. Raises `DecodeError` naming the row that is wrong."""
    try:
        return _parse(parse_yaml_data(text))
    except (yaml.YAMLError, KeyError, TypeError, ValueError) as error:
        raise DecodeError(f"{source}: {error}") from error


def _parse(data: dict[str, Any]) -> CardModel:
    layouts = {name: parse_layout(name, rows) for name, rows in data.get("layouts", {}).items()}
    pins = tuple(_parse_pin(row) for row in data.get("pins", ()))
    pins_by_file = {pin.file: pin for pin in pins if pin.file is not None}
    defaults = data.get("defaults", {})
    defaults = defaults | {"df": {"pin_status": data.get("pin_status", ())} | defaults.get("df", {})}
    specs = [_parse_file(row, defaults, layouts) for row in data["files"]]
    specs = [_with_pin(spec, pins_by_file.pop(spec.path, None)) for spec in specs]
    if pins_by_file:
        raise DecodeError(f"pins: no file {', '.join(map(str, pins_by_file))}")
    by_path = {spec.path: spec for spec in specs}
    if len(by_path) != len(specs):
        raise DecodeError("a path appears twice in files")
    for spec in specs:
        if spec.path.parent is not None and spec.path.parent not in by_path:
            raise DecodeError(f"{spec.path}: its directory is missing")
        if spec.link is not None:
            _check_link(spec, by_path)
    adm = data.get("adm")
    iccid = data.get("iccid", {"writable": True})
    return CardModel(
        name=data["name"],
        vendor=data.get("vendor", ""),
        kind=tuple(data.get("kind", ())),
        atrs=tuple(_parse_atr(row) for row in data["atr"]),
        classes=tuple(data.get("classes", ("uicc",))),
        iccid_writable=iccid["writable"],
        iccid_reason=iccid.get("reason", ""),
        adm=AdmSpec(adm["pin"], tuple(adm["forms"])) if adm else None,
        pins=pins,
        pin_status=tuple(data.get("pin_status", ())),
        conditions=MappingProxyType({int(key, 16): name for key, name in data.get("conditions", {}).items()}),
        conditions_2g=MappingProxyType({int(key, 16): name for key, name in data.get("conditions_2g", {}).items()}),
        layouts=MappingProxyType(layouts),
        authentication=tuple(_parse_authentication(row, by_path) for row in data.get("authentication", ())),
        commands=tuple(_parse_command(row, by_path, pins) for row in data.get("commands", ())),
        suci=FilePath(data["suci"]) if "suci" in data else None,
        notes=tuple(data.get("notes", ())),
        probes=tuple(map(parse_probe, data.get("probes", ()))),
        generic=data.get("generic", False),
        files=MappingProxyType(by_path),
        global_platform=_parse_global_platform(data.get("global_platform"), by_path),
    )


def _parse_global_platform(row: dict[str, Any] | None, by_path: dict[FilePath, FileSpec]) -> GlobalPlatformSpec | None:
    if row is None:
        return None
    spec = parse_global_platform(row)
    for path in (spec.key_file, spec.counter_file, spec.packet_counter_file):
        if path is not None and (path not in by_path or by_path[path].layout is None):
            raise DecodeError(f"global_platform: {path} is not a file with a layout")
    return spec


def _parse_atr(row: dict[str, Any]) -> Atr:
    return Atr(bytes.fromhex(row["value"]), row.get("note", ""))


def _check_link(spec: FileSpec, by_path: dict[FilePath, FileSpec]) -> None:
    target = by_path.get(spec.link) if spec.link is not None else None
    if target is None or target.link is not None:
        raise DecodeError(f"{spec.path}: link to {spec.link}, which does not exist or is itself a link")
    if (spec.type, spec.size, spec.record_length) != (target.type, target.size, target.record_length):
        raise DecodeError(f"{spec.path}: type and size differ from those of {spec.link}")


def _parse_pin(row: dict[str, Any]) -> PinSpec:
    value = pin_bytes(row["text"]) if "text" in row else bytes.fromhex(row["value"]) if "value" in row else None
    return PinSpec(
        name=row["name"],
        ref=int(row["ref"], 16),
        value=value,
        tries=row.get("tries", 3),
        enabled=row.get("enabled", True),
        puk=pin_bytes(row["puk"]) if "puk" in row else None,
        puk_tries=row.get("puk_tries", 10),
        file=FilePath(row["file"]) if "file" in row else None,
        rule_ref=int(row["rule_ref"], 16) if "rule_ref" in row else 0,
    )


def pin_bytes(text: str) -> bytes:
    """A PIN as it travels: ASCII, padded with FF to 8 bytes (TS 102 221 §9.5.1). Raises `DecodeError` if longer."""
    raw = text.encode("ascii")
    if len(raw) > PIN_LENGTH:
        raise DecodeError(f"a PIN has at most {PIN_LENGTH} characters, this has {len(raw)}")
    return raw.ljust(PIN_LENGTH, b"\xff")


def _parse_authentication(row: dict[str, Any], by_path: dict[FilePath, FileSpec]) -> AuthenticationSpec:
    paths = tuple(FilePath(path) for path in row.get("files", ()))
    gsm_paths = tuple(FilePath(path) for path in row.get("gsm_files", ()))
    for path in (*paths, *gsm_paths):
        if path not in by_path or by_path[path].layout is None:
            raise DecodeError(f"authentication: {path} is not a file with a layout")
    return AuthenticationSpec(
        FilePath(row["application"]), paths, gsm_paths, MappingProxyType(dict(row.get("fixed", {})))
    )


def _with_pin(spec: FileSpec, pin: PinSpec | None) -> FileSpec:
    """A PIN's file with the PIN in it, as far as the file's layout has room for it."""
    if pin is None or spec.layout is None or spec.content.strip(b"\xff"):
        return spec
    values: dict[str, FieldValue] = {
        "disabled": int(not pin.enabled),
        "uninitialised": int(pin.value is None),
        "can_disable": int(pin.ref < 0x09),
        "can_unblock": int(pin.puk is not None),
        "can_change": 1,
        "valid": 1,
        "tries_left": pin.tries,
        "tries": pin.tries,
        "pin": pin.value or EMPTY_PIN,
        "puk_tries_left": pin.puk_tries,
        "puk_tries": pin.puk_tries,
        "puk": pin.puk or EMPTY_PIN,
    }
    base = bytes(len(spec.content))
    room = spec.layout.decode(base).keys()
    content = spec.layout.encode({name: value for name, value in values.items() if name in room}, base)
    return replace(spec, content=content)


def _parse_command(row: dict[str, Any], by_path: dict[FilePath, FileSpec], pins: tuple[PinSpec, ...]) -> VendorCommand:
    command = parse_command(row)
    known = {pin.name for pin in pins}
    wanted = {name for _, name in (*command.pins, *command.puks)} | ({command.needs} if command.needs else set())
    missing = [str(path) for _, path in command.writes if path not in by_path] + sorted(wanted - known)
    if missing:
        raise DecodeError(f"command {command.name}: not known here: {', '.join(missing)}")
    return command


def _parse_file(row: dict[str, Any], defaults: dict[str, dict[str, Any]], layouts: dict[str, Layout]) -> FileSpec:
    path = FilePath(row["path"])
    kind = FileType(row["type"])
    row = defaults.get("df" if kind.is_directory else "ef", {}) | row
    size, length, count = row.get("size"), row.get("record_length"), row.get("records")
    if kind in (FileType.TRANSPARENT, FileType.INTERNAL) and size is None:
        raise DecodeError(f"{path}: a file of this type needs a size")
    if kind.has_records and (length is None or count is None):
        raise DecodeError(f"{path}: a file of records needs record_length and records")
    sfi = row.get("sfi")
    fid = NO_FID[kind] if kind in NO_FID and "fid" not in row else int(row["fid"], 16)
    default_sfi = sfi == "default"
    layout = layouts[row["layout"]] if "layout" in row else None
    fill = bytes.fromhex(row.get("fill", "ff"))
    return FileSpec(
        path=path,
        fid=fid,
        type=kind,
        aid=bytes.fromhex(row["aid"]) if "aid" in row else None,
        label=row.get("label", ""),
        size=length * count if length is not None and count is not None else size,
        record_length=length,
        records=count,
        sfi=(fid & 0x1F or None) if default_sfi else sfi,
        sfi_coding=SfiCoding.DEFAULT if default_sfi else SfiCoding.NONE if sfi is None else SfiCoding.GIVEN,
        security=_parse_security(row),
        access_2g=bytes.fromhex(row["access_2g"]) if "access_2g" in row else None,
        pin_status=tuple(row.get("pin_status", ())),
        has_fid="fid" in row,
        response_2g=bytes.fromhex(row.get("response_2g", "")),
        descriptor=bytes.fromhex(row["descriptor"]) if "descriptor" in row else kind.descriptor,
        proprietary=bytes.fromhex(row.get("proprietary", "")),
        life_cycle=int(row.get("life_cycle", "05"), 16),
        extra=bytes.fromhex(row.get("extra", "")),
        layout=layout,
        secret=row.get("secret", layout is not None and layout.is_secret),
        link=FilePath(row["link"]) if "link" in row else None,
        content=_pad(path, row.get("content", ""), size, fill) if kind in FLAT else b"",
        contents=tuple(_records(path, row.get("contents", {}), length, count, fill)) if length and count else (),
        objects=tuple((int(tag, 16), bytes.fromhex(value)) for tag, value in row.get("objects", {}).items()),
    )


def _parse_security(row: dict[str, Any]) -> tuple[int, bytes] | None:
    if "arr" in row:
        fid, _, record = row["arr"].partition(":")
        return 0x8B, bytes.fromhex(fid) + bytes((int(record),))
    for key, tag in (("reference", 0x8B), ("compact", 0x8C), ("expanded", 0xAB)):
        if key in row:
            return tag, bytes.fromhex(row[key])
    return None


def _pad(path: FilePath, text: str, size: int | None, fill: bytes) -> bytes:
    content = bytes.fromhex(text)
    if size is None or len(content) > size:
        raise DecodeError(f"{path}: {len(content)} bytes of content do not fit into {size}")
    return content.ljust(size, fill)


def _records(path: FilePath, rows: dict[Any, str], length: int, count: int, fill: bytes) -> Iterator[bytes]:
    contents = {}
    for key, text in rows.items():
        first, _, last = str(key).partition("-")
        for number in range(int(first), int(last or first) + 1):
            if not 1 <= number <= count:
                raise DecodeError(f"{path}: record {number} of {count}")
            contents[number] = _pad(path, text, length, fill)
    empty = fill * length
    for number in range(1, count + 1):
        yield contents.get(number, empty)
