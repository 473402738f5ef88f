"""What a handset reads from the card when it starts: application, services, message centre (TS 31.102 §5.1)."""

from __future__ import annotations

from dataclasses import dataclass, field

from simtool.card.commands.files import StatusInfo
from simtool.card.session import Session
from simtool.codec.dial_number import DialNumber
from simtool.codec.fcp import Fcp
from simtool.codec.fcp2g import DfInfo2g, decode_fcp2g
from simtool.errors import CardError, CodecError, EncodeError, StatusError
from simtool.files import contents
from simtool.files.catalogue import find
from simtool.files.catalogue import services as service_names
from simtool.files.contents.messages import StoredMessage
from simtool.files.path import FilePath

PIN_1 = 0x01
USIM = "a0000000871002"
"""RID and application code of a USIM (TS 101 220 annex E)."""
CALL_CONTROL = "call control"
MO_SMS_CONTROL = "MO-SMS control"
SMS_PP_DOWNLOAD = "SMS-PP data download"
CELL_BROADCAST_DOWNLOAD = "SMS-CB data download"
USSD_DOWNLOAD = "USSD data download"
SERVICES = frozenset((CALL_CONTROL, MO_SMS_CONTROL, SMS_PP_DOWNLOAD, CELL_BROADCAST_DOWNLOAD, USSD_DOWNLOAD))
"""The services that a handset goes by."""
_DIR, _UST, _SST = FilePath("MF/EF.DIR"), FilePath("MF/ADF.USIM/EF.UST"), FilePath("MF/DF.GSM/EF.SST")
_SMS, _SMSP = FilePath("MF/ADF.USIM/EF.SMS"), FilePath("MF/ADF.USIM/EF.SMSP")
_GSM, _TELECOM = FilePath("MF/DF.GSM"), FilePath("MF/DF.TELECOM")
_SMS_2G, _SMSP_2G = FilePath("MF/DF.TELECOM/EF.SMS"), FilePath("MF/DF.TELECOM/EF.SMSP")
_MOST_RECORDS = 254
_MOST_SERVICES = 64
_TO_BE_READ = "received, to be read"


@dataclass(frozen=True, slots=True)
class Application:
    """What the card's application says: AID (empty for a classic SIM, or none), services by name, message centre."""

    aid: bytes = b""
    services: frozenset[str] = field(default_factory=frozenset)
    centre: DialNumber | None = None


def find_usim(session: Session) -> bytes | None:
    """The first USIM of EF.DIR; None if there is none, or no EF.DIR."""
    if session.is_sim:
        return None
    try:
        session.select_mf()
        _select(session, _DIR)
        for number in range(1, _MOST_RECORDS + 1):
            found = contents.decode(_DIR, session.read_record(number, None, what=str(_DIR)))
            if isinstance(found, contents.Application) and found.aid.startswith(USIM):
                return bytes.fromhex(found.aid)
    except StatusError:
        return None
    return None


def enter(session: Session, aid: bytes | None) -> bool:
    """Select the application, or in a classic SIM its directory. False if there is none."""
    try:
        if session.is_sim:
            _select(session, _GSM)
        elif aid is None:
            return False
        else:
            session.select_aid(aid, what="ADF.USIM")
    except StatusError:
        return False
    return True


def wants_pin(session: Session, aid: bytes | None) -> bool:
    """Whether PIN 1 of the application is enabled, as its SELECT tells (TS 102 221 §9.5.2, TS 51.011 §9.2.1)."""
    try:
        if session.is_sim:
            info = decode_fcp2g(_select(session, _GSM, fcp=True))
            return isinstance(info, DfInfo2g) and not info.chv1_disabled
        if aid is None:
            return False
        template = session.select_aid(aid, fcp=True, what="ADF.USIM")
        return any(pin.ref == PIN_1 and pin.enabled for pin in Fcp.decode(template).pin_status)
    except (StatusError, CodecError):
        return False


def read_application(session: Session, aid: bytes | None) -> Application:
    """Services and message centre of the application that is selected; nothing of what may not be read."""
    return Application(aid or b"", _services(session), _centre(session))


def initialised(session: Session) -> None:
    """Tell the card that its application is in use (TS 102 221 §11.1.2). A card that knows no such thing goes on."""
    if session.is_sim:
        return
    try:
        session.status(info=StatusInfo.INITIALISED, what="the application")
    except StatusError:
        pass


def store_message(session: Session, aid: bytes | None, tpdu: bytes, centre: DialNumber | None) -> bool:
    """Write a received message to the first free record of EF.SMS (TS 31.102 §4.2.25). False if there is no room."""
    message = StoredMessage(_TO_BE_READ, str(centre) if centre is not None else "", tpdu.hex())
    try:
        path = _enter_messages(session, aid, _SMS, _SMS_2G)
        for number in range(1, _MOST_RECORDS + 1):
            record = session.read_record(number, None, what=str(path))
            if record and not record[0] & 1:
                session.update_record(number, contents.encode(path, message, size=len(record)), what=str(path))
                return True
    except (CardError, EncodeError):
        return False
    return False


def _services(session: Session) -> frozenset[str]:
    """The services of the table in the directory that is selected."""
    path, table = (_SST, "SST") if session.is_sim else (_UST, "UST")
    names = service_names(table)
    try:
        _select(session, path)
        found = contents.decode(path, session.read_binary(_MOST_SERVICES, what=str(path)))
    except StatusError:
        return frozenset()
    numbers = found.activated if isinstance(found, contents.SimServices) else found
    if not isinstance(numbers, tuple):
        return frozenset()
    return frozenset(names[number] for number in numbers if number in names)


def _centre(session: Session) -> DialNumber | None:
    try:
        if session.is_sim:
            _select(session, _TELECOM)
        path = _SMSP_2G if session.is_sim else _SMSP
        _select(session, path)
        found = contents.decode(path, session.read_record(1, None, what=str(path)))
        if isinstance(found, contents.MessageParameters) and found.service_centre:
            return DialNumber.parse(found.service_centre)
    except (StatusError, CodecError):
        return None
    return None


def _enter_messages(session: Session, aid: bytes | None, usim: FilePath, sim: FilePath) -> FilePath:
    """Select the file of the application, in a classic SIM that of DF.TELECOM. Raises `StatusError`."""
    if session.is_sim:
        session.select_mf()
        _select(session, _TELECOM)
    else:
        enter(session, aid)
    path = sim if session.is_sim else usim
    _select(session, path)
    return path


def _select(session: Session, path: FilePath, *, fcp: bool = False) -> bytes:
    """SELECT a file of the current directory by the identifier that the catalogue has for it."""
    known = find(path)
    if known is None or known.fid is None:
        raise EncodeError(f"{path} has no identifier")
    return session.select_fid(known.fid, fcp=fcp, what=str(path))
