"""File contents as pySim decodes them (`export --json`, `fsdump --json`), back to bytes.

Only where the bytes follow from the value and the file's size without a doubt; the other files' decoded forms leave out
what they do not name (padding, codings of text, bits for future use), and half a file is not a backup.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from simtool.errors import CodecError
from simtool.files import contents
from simtool.files.path import FilePath

_SPN_SIZE = 17
_PLMN_SIZE = 3
_FIXED_SIZES = MappingProxyType({"EF.ICCID": 10, "EF.IMSI": 9, "EF.ACC": 2, "EF.SPN": _SPN_SIZE})
_SAME_IN_GSM = frozenset(" !\"#%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
"""Characters with the same code in ASCII and in the default alphabet of TS 23.038."""


class NotExact(Exception):
    """The value does not say every byte; the text is the reason."""


def to_bytes(path: FilePath, value: Any, size: int | None) -> bytes:
    """The content (of the file, or of one record) that pySim decoded to `value`. Raises `NotExact`."""
    if isinstance(value, Mapping) and set(value) == {"raw"}:
        return _raw(value["raw"], size)
    translate = _TRANSLATIONS.get(path.name)
    if translate is None:
        raise NotExact("decoded only, and its bytes cannot be told from that")
    size = size or _FIXED_SIZES.get(path.name)
    if size is None:
        raise NotExact("decoded only, and its size is not known")
    try:
        return contents.encode(path, translate(value, size), size=size)
    except (CodecError, KeyError, TypeError, ValueError, AttributeError):
        raise NotExact("decoded only, and not in the form that is known of this file") from None


def _raw(value: Any, size: int | None) -> bytes:
    try:
        data = bytes.fromhex(value)
    except (TypeError, ValueError):
        raise NotExact("its raw content is not hex") from None
    if size is not None and len(data) != size:
        raise NotExact(f"its raw content has {len(data)} bytes, the file {size}")
    return data


def _iccid(value: Any, _: int) -> str:
    return str(value["iccid"])


def _imsi(value: Any, _: int) -> str:
    return str(value["imsi"])


def _classes(value: Any, _: int) -> list[int]:
    flags = [value[f"ACC{number}"] for number in range(16)]
    if len(value) != len(flags) or not all(isinstance(flag, bool) for flag in flags):
        raise ValueError
    return [number for number, flag in enumerate(flags) if flag]


def _networks(value: Any, size: int) -> list[str | None]:
    if len(value) * _PLMN_SIZE != size:
        raise ValueError
    return [None if item is None else f"{item['mcc']}-{item['mnc']}" for item in value]


def _name(value: Any, size: int) -> dict[str, Any]:
    text = value["spn"]
    if size != _SPN_SIZE or value.get("rfu", 0) != 0 or not _SAME_IN_GSM.issuperset(text):
        raise ValueError
    return {"name": text, "show_plmn_at_home": value["show_in_hplmn"], "hide_when_roaming": value["hide_in_oplmn"]}


def _services(value: Any, size: int) -> list[int]:
    if {int(number) for number in value} != set(range(1, 8 * size + 1)):
        raise ValueError
    return [int(number) for number, state in value.items() if _flag(state, "activated")]


def _sim_services(value: Any, size: int) -> contents.SimServices:
    if {int(number) for number in value} != set(range(1, 4 * size + 1)):
        raise ValueError
    activated = {int(number) for number, state in value.items() if _flag(state, "activated")}
    allocated = {int(number) for number, state in value.items() if _flag(state, "allocated")}
    if not activated <= allocated:
        raise ValueError
    return contents.SimServices(tuple(sorted(activated)), tuple(sorted(allocated - activated)))


def _flag(state: Any, name: str) -> bool:
    flag = state[name]
    if not isinstance(flag, bool):
        raise ValueError
    return flag


_TRANSLATIONS: Mapping[str, Callable[[Any, int], Any]] = MappingProxyType(
    {
        "EF.ICCID": _iccid,
        "EF.IMSI": _imsi,
        "EF.ACC": _classes,
        "EF.SPN": _name,
        "EF.PLMNsel": _networks,
        "EF.FPLMN": _networks,
        "EF.EHPLMN": _networks,
        "EF.UST": _services,
        "EF.EST": _services,
        "EF.IST": _services,
        "EF.SST": _sim_services,
    }
)
