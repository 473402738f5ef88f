"""What the standard files hold, in both directions: values as a person would say them, and bytes.

Values are numbers, texts, tuples of these, and dataclasses of such fields; `plain` makes any of them fit for JSON, and
`encode` reads that form too. No byte is ever lost on the way from a card and back: what a coding would not reproduce
exactly is given as `hex:…`, which `encode` takes for every file. A file that is not known here is plain hex digits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from types import MappingProxyType
from typing import Any

from simtool.errors import CodecError, EncodeError
from simtool.files.contents import card, identity, ims, networks, numbers, services, simple, state, suci
from simtool.files.contents.base import RAW, Coding, from_hex, padded
from simtool.files.contents.card import Application
from simtool.files.contents.identity import AdministrativeData
from simtool.files.contents.networks import EpdgNetwork, NetworkArea, NetworkName, PreferredNetwork, ServiceProviderName
from simtool.files.contents.numbers import EmergencyNumber, Entry, MessageParameters, MessageWaiting
from simtool.files.contents.services import SimServices
from simtool.files.contents.state import Location, SessionKey, SessionKeys, StartValues
from simtool.files.contents.suci import SuciCalculation, SuciKey, SuciScheme
from simtool.files.path import FilePath

__all__ = [
    "CODINGS", "AdministrativeData", "Application", "Coding", "EmergencyNumber", "Entry", "EpdgNetwork", "Location",
    "MessageParameters", "MessageWaiting", "NetworkArea", "NetworkName", "PreferredNetwork", "ServiceProviderName",
    "SessionKey", "SessionKeys", "SimServices", "StartValues", "SuciCalculation", "SuciKey", "SuciScheme",
    "coding_for", "decode", "encode", "plain",
]  # fmt: skip

_GROUP = simple.hex_coding("TS 31.102 §4.2.10")
_METER = simple.number_coding("TS 31.102 §4.2.9", 3)

CODINGS: Mapping[str, Coding] = MappingProxyType(
    {
        "EF.ICCID": identity.ICCID,
        "EF.DIR": card.DIR,
        "EF.ARR": card.ARR,
        "EF.PL": simple.language_coding("TS 102 221 §13.3"),
        "EF.LI": simple.language_coding("TS 31.102 §4.2.1"),
        "EF.IMSI": identity.IMSI,
        "EF.ACC": identity.ACC,
        "EF.AD": identity.AD,
        "EF.Phase": simple.number_coding("TS 51.011 §10.3.16", 1),
        "EF.GID1": _GROUP,
        "EF.GID2": _GROUP,
        "EF.SPN": networks.SPN,
        "EF.PNN": networks.PNN,
        "EF.OPL": networks.OPL,
        "EF.OPL5G": networks.OPL5G,
        "EF.SPDI": networks.SPDI,
        "EF.PLMNsel": networks.PLMN_LIST,
        "EF.FPLMN": networks.PLMN_LIST,
        "EF.EHPLMN": networks.PLMN_LIST,
        "EF.UPLMNWLAN": networks.PLMN_LIST,
        "EF.OPLMNWLAN": networks.PLMN_LIST,
        "EF.WLRPLMN": networks.PLMN_LIST,
        "EF.PLMNwAcT": networks.PREFERRED_LIST,
        "EF.OPLMNwAcT": networks.PREFERRED_LIST,
        "EF.HPLMNwAcT": networks.PREFERRED_LIST,
        "EF.HPPLMN": simple.step_coding("TS 31.102 §4.2.6", 6),
        "EF.EHPLMNPI": simple.number_coding("TS 31.102 §4.2.85", 1),
        "EF.LRPLMNSI": simple.number_coding("TS 31.102 §4.2.86", 1),
        "EF.UST": services.UST,
        "EF.IST": services.IST,
        "EF.EST": services.EST,
        "EF.SST": services.SST,
        "EF.5G_PROSE_ST": services.PROSE_5G,
        "EF.MSISDN": numbers.ENTRY,
        "EF.ADN": numbers.ENTRY,
        "EF.FDN": numbers.ENTRY,
        "EF.SDN": numbers.ENTRY,
        "EF.LND": numbers.ENTRY,
        "EF.MBDN": numbers.ENTRY,
        "EF.BDN": numbers.BARRED_ENTRY,
        "EF.SMSP": numbers.SMSP,
        "EF.MBI": numbers.MBI,
        "EF.MWIS": numbers.MWIS,
        "EF.ECC": numbers.ECC,
        "EF.IMPI": ims.IMPI,
        "EF.DOMAIN": ims.DOMAIN,
        "EF.IMPU": ims.IMPU,
        "EF.P-CSCF": ims.P_CSCF,
        "EF.ePDGId": ims.EPDG_ID,
        "EF.ePDGIdEm": ims.EPDG_ID,
        "EF.ePDGSelection": networks.EPDG_SELECTION,
        "EF.ePDGSelectionEm": networks.EPDG_SELECTION,
        "EF.SUCI_Calc_Info": suci.SUCI_CALC_INFO,
        "EF.Routing_Indicator": identity.ROUTING_INDICATOR,
        "EF.LOCI": state.LOCI,
        "EF.PSLOCI": state.PSLOCI,
        "EF.LOCIGPRS": state.PSLOCI,
        "EF.EPSLOCI": state.EPSLOCI,
        "EF.Keys": state.KEYS,
        "EF.KeysPS": state.KEYS,
        "EF.Kc": state.KC,
        "EF.KcGPRS": state.KC,
        "EF.START-HFN": state.START_HFN,
        "EF.THRESHOLD": simple.number_coding("TS 31.102 §4.2.52", 3, blank=True),
        "EF.ACM": _METER,
        "EF.ACMmax": _METER,
    }
)
# Files of the same name with another coding.
_SPECIAL: Mapping[str, Coding | None] = MappingProxyType({"MF/DF.GSM/EF.ECC": numbers.ECC_2G})
_ELSEWHERE = ("MF/DF.CDMA/", "MF/DF.EIRENE/")


def coding_for(path: FilePath) -> Coding | None:
    """The coding of a file by its name (and directory, where that matters); None if it is not known."""
    text = str(path)
    if text in _SPECIAL:
        return _SPECIAL[text]
    return None if text.startswith(_ELSEWHERE) else CODINGS.get(path.name)


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
        return coding.encode(value, size)
    except CodecError as error:
        raise EncodeError(f"{path}: {error}", hint=error.hint) from error


def decode(path: FilePath, content: bytes) -> Any:
    """The value in a file's (or record's) content; None if it is blank. Never raises, and never loses a byte."""
    coding = coding_for(path)
    if coding is None:
        return content.hex()
    if coding.blank and not content.strip(b"\xff"):
        return None
    try:
        value = coding.decode(content)
        if coding.encode(value, len(content)) == content:
            return value
    except CodecError:
        pass
    return RAW + content.hex()


def plain(value: Any) -> Any:
    """A value in the form of JSON and YAML: dataclasses become mappings, tuples lists, other objects their text."""
    if is_dataclass(value) and not isinstance(value, type):
        if type(value).__module__.startswith(__name__):
            return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
        return str(value)
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value if isinstance(value, str | int | float | None) else str(value)
