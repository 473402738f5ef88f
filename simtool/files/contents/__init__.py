"""What the standard files hold, in both directions: values as a person would say them, and bytes.

Values are numbers, texts, tuples of these, and dataclasses of such fields; `plain` makes any of them fit for JSON, and
`encode` reads that form too. No byte is ever lost on the way from a card and back: what a coding would not reproduce
exactly is given as `hex:…`, which `encode` takes for every file. A file that is not known here is plain hex digits.
"""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass
from typing import Any

from simtool.errors import CodecError, EncodeError
from simtool.files.contents.base import RAW, Coding, faithful, from_hex, padded
from simtool.files.contents.card import Application
from simtool.files.contents.identity import AdministrativeData
from simtool.files.contents.networks import EpdgNetwork, NetworkArea, NetworkName, PreferredNetwork, ServiceProviderName
from simtool.files.contents.numbers import EmergencyNumber, Entry, MessageParameters, MessageWaiting
from simtool.files.contents.services import SimServices
from simtool.files.contents.state import Location, SessionKey, SessionKeys, StartValues
from simtool.files.contents.suci import SuciCalculation, SuciKey, SuciScheme
from simtool.files.contents.table import CODINGS, HEX_BY_INTENTION, coding_for
from simtool.files.path import FilePath

__all__ = [
    "CODINGS", "HEX_BY_INTENTION", "AdministrativeData", "Application", "Coding", "EmergencyNumber", "Entry",
    "EpdgNetwork", "Location", "MessageParameters", "MessageWaiting", "NetworkArea", "NetworkName", "PreferredNetwork",
    "ServiceProviderName", "SessionKey", "SessionKeys", "SimServices", "StartValues", "SuciCalculation", "SuciKey",
    "SuciScheme", "coding_for", "decode", "encode", "plain",
]  # fmt: skip

_HEX = re.compile(r"(?:[0-9A-Fa-f]{2})+")


def encode(path: FilePath, value: Any, *, size: int | None = None) -> bytes:
    """The content that says `value`, filled to `size` (of the file, or of one of its records).

    None is a blank file. Raises `EncodeError` naming the file; the message never repeats bytes given in hex.
    """
    coding = coding_for(path)
    try:
        if value is None:
            return padded(b"", size)
        if isinstance(value, str) and (coding is None or value.startswith(RAW)):
            return padded(from_hex(value.removeprefix(RAW), "content"), size)
        if coding is None:
            raise EncodeError("the coding of this file is not known: give its content in hex")
        return padded(coding.encode(value, size), size)
    except CodecError as error:
        note = f" (a content in hex begins with {RAW})" if isinstance(value, str) and _HEX.fullmatch(value) else ""
        raise EncodeError(f"{path}: {error}{note}", hint=error.hint) from error


def decode(path: FilePath, content: bytes) -> Any:
    """The value in a file's (or record's) content; None if it is blank. Never raises, and never loses a byte."""
    coding = coding_for(path)
    if coding is None:
        return content.hex()
    if coding.blank and not content.strip(b"\xff"):
        return None
    return faithful(coding.decode, coding.encode, content)


def plain(value: Any) -> Any:
    """A value in the form of JSON and YAML: dataclasses become mappings, tuples lists, other objects their text."""
    if is_dataclass(value) and not isinstance(value, type):
        if type(value).__module__.startswith(__name__):
            return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
        return str(value)
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value if isinstance(value, str | int | float | None) else str(value)
