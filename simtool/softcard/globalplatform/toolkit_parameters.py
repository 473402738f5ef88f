"""What a UICC checks in the toolkit and access parameters of an installation (TS 102 226 §8.2.1.3.2, TS 43.019 §A)."""

from __future__ import annotations

from simtool.codec import tlv
from simtool.codec.globalplatform import AID_LENGTHS
from simtool.codec.tlv import Tlv
from simtool.softcard import status as sw
from simtool.softcard.globalplatform import fields
from simtool.softcard.globalplatform.fields import SIM_PARAMETERS, SYSTEM_PARAMETERS, UICC_PARAMETERS
from simtool.softcard.globalplatform.reader import Reader
from simtool.softcard.status import StatusFault

MAX_TIMERS, MAX_CHANNELS, MAX_SERVICES = 8, 7, 8
MENU_ID_LIMIT = 0x80
TAR_LENGTH = 3
_BEFORE_MENU = 3  # priority, timers, length of a menu text
_TOOLKIT, _ACCESS, _ADMIN_ACCESS = 0x80, 0x81, 0x82
_FULL, _UICC_MECHANISM, _APDU_MECHANISM, _NONE = 0x00, 0x02, 0x01, 0xFF
_TAR_IN_AID = slice(12, 15)


def tars(parameters: list[Tlv], instance: bytes, in_use: set[bytes]) -> tuple[bytes, ...]:
    """The TARs of an instance by its install parameters; none where it is no toolkit application.

    Without TARs in the parameters it is that in bytes 13 to 15 of the instance's AID (TS 101 220 §7). 6A80 for
    parameters that cannot be, limits passed, and a TAR that another has already.
    """
    uicc = tlv.first(parameters, UICC_PARAMETERS)
    sim = tlv.first(fields.objects(tlv.first(parameters, SYSTEM_PARAMETERS) or b""), SIM_PARAMETERS)
    if uicc is not None and sim is not None:
        raise StatusFault(sw.WRONG_DATA)
    found: tuple[bytes, ...] | None = None
    if uicc is not None:
        inner = fields.objects(uicc)
        for one in inner:
            if one.tag == _TOOLKIT:
                found = _toolkit(Reader(one.value), services=True)
            elif one.tag in (_ACCESS, _ADMIN_ACCESS):
                _access(Reader(one.value))
    elif sim is not None:
        reader = Reader(sim)
        _domain(reader, (_FULL, _APDU_MECHANISM, _NONE))
        found = _toolkit(reader, services=False)
    if found is None:
        return ()
    if not found and len(instance) >= _TAR_IN_AID.stop:
        found = (instance[_TAR_IN_AID],)
    if set(found) & in_use or len(set(found)) != len(found):
        raise StatusFault(sw.WRONG_DATA)
    return found


def minimum_security(parameters: list[Tlv]) -> bytes:
    """The minimum security level of parameters that `tars` has found right; empty where there is none."""
    uicc = tlv.first(parameters, UICC_PARAMETERS)
    sim = tlv.first(fields.objects(tlv.first(parameters, SYSTEM_PARAMETERS) or b""), SIM_PARAMETERS)
    if uicc is not None:
        value = tlv.first(fields.objects(uicc), _TOOLKIT)
    elif sim is not None:
        value = sim[1 + sim[0] :]
    else:
        value = None
    if value is None:
        return b""
    reader = Reader(value)
    reader.take(_BEFORE_MENU)
    reader.take(2 * reader.number())
    if not reader.rest:
        return b""
    reader.take(1)
    return reader.take(reader.number()) if reader.rest else b""


def _toolkit(reader: Reader, *, services: bool) -> tuple[bytes, ...]:
    """Priority, timers, menu, channels, minimum security level, TARs, services; the last ones may be left out."""
    reader.number()
    reader.number(limit=MAX_TIMERS)
    reader.number()
    identifiers = []
    for _ in range(reader.number()):
        reader.number()
        identifiers.append(reader.number(limit=MENU_ID_LIMIT - 1))
    named = [one for one in identifiers if one]
    if len(set(named)) != len(named):
        raise StatusFault(sw.WRONG_DATA)
    if reader.rest:
        reader.number(limit=MAX_CHANNELS)
    if reader.rest:
        reader.take(reader.number())
    found: list[bytes] = []
    if reader.rest:
        length = reader.number()
        if length % TAR_LENGTH:
            raise StatusFault(sw.WRONG_DATA)
        found = [reader.take(TAR_LENGTH) for _ in range(length // TAR_LENGTH)]
    if services and reader.rest:
        reader.number(limit=MAX_SERVICES)
    reader.end()
    return tuple(found)


def _access(reader: Reader) -> None:
    """Groups of an ADF's AID (none: the UICC's shared files), its access domain, and a data authentication pattern."""
    while reader.rest:
        length = reader.number()
        if length and length not in AID_LENGTHS:
            raise StatusFault(sw.WRONG_DATA)
        reader.take(length)
        _domain(reader, (_FULL, _UICC_MECHANISM, _NONE))
        reader.take(reader.number())


def _domain(reader: Reader, known: tuple[int, ...]) -> None:
    """An access domain: its length, the parameter, what belongs to it."""
    length = reader.number()
    if length == 0:
        return
    if reader.number() not in known:
        raise StatusFault(sw.WRONG_DATA)
    reader.take(length - 1)
