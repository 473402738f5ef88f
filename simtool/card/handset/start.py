"""What a handset reads from the card when it starts: application, services, message centre (TS 31.102 §5.1)."""

from __future__ import annotations

from dataclasses import dataclass, field

from simtool.card.commands.files import StatusInfo
from simtool.card.session import Session
from simtool.codec import tlv
from simtool.codec.dial_number import DialNumber
from simtool.codec.fcp import Fcp
from simtool.codec.fcp2g import DfInfo2g, decode_fcp2g
from simtool.errors import CardError, CodecError, DecodeError, StatusError
from simtool.files.catalogue import services as service_names
from simtool.files.contents.services import SST, UST

PIN_1 = 0x01
USIM_RID_AND_PIX = bytes.fromhex("a0000000871002")
CALL_CONTROL = "call control"
MO_SMS_CONTROL = "MO-SMS control"
SMS_PP_DOWNLOAD = "SMS-PP data download"
CELL_BROADCAST_DOWNLOAD = "SMS-CB data download"
USSD_DOWNLOAD = "USSD data download"
EF_DIR, EF_SMSP, EF_SMS = 0x2F00, 0x6F42, 0x6F3C
EF_UST, EF_SST, DF_GSM, DF_TELECOM = 0x6F38, 0x6F38, 0x7F20, 0x7F10
_MOST_RECORDS = 254
_MOST_SERVICES = 64
_APPLICATION, _AID = 0x61, 0x4F
_SMSP_FIXED = 28
_NO_CENTRE = 0x02
_FREE, _TO_BE_READ = 0x00, 0x03


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
        session.select_fid(EF_DIR, what="EF.DIR")
        for number in range(1, _MOST_RECORDS + 1):
            aid = _aid(session.read_record(number, None, what="EF.DIR"))
            if aid.startswith(USIM_RID_AND_PIX):
                return aid
    except StatusError:
        return None
    return None


def enter(session: Session, aid: bytes | None) -> bool:
    """Select the application, or in a classic SIM its directory. False if there is none."""
    try:
        if session.is_sim:
            session.select_fid(DF_GSM, what="DF.GSM")
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
            info = decode_fcp2g(session.select_fid(DF_GSM, fcp=True, what="DF.GSM"))
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
    address = b"\x00" if centre is None else bytes((1 + len(centre.bcd()), centre.ton_npi)) + centre.bcd()
    content = bytes((_TO_BE_READ,)) + address + tpdu
    try:
        if session.is_sim:
            session.select_fid(DF_TELECOM, what="DF.TELECOM")
        elif not enter(session, aid):
            return False
        session.select_fid(EF_SMS, what="EF.SMS")
        for number in range(1, _MOST_RECORDS + 1):
            record = session.read_record(number, None, what="EF.SMS")
            if record and not record[0] & 1:
                session.update_record(number, content.ljust(len(record), b"\xff")[: len(record)], what="EF.SMS")
                return True
    except CardError:
        return False
    return False


def _services(session: Session) -> frozenset[str]:
    try:
        session.select_fid(EF_SST if session.is_sim else EF_UST, what="the service table")
        content = session.read_binary(_MOST_SERVICES, what="the service table")
        if session.is_sim:
            names, numbers = service_names("SST"), SST.decode(content).activated
        else:
            names, numbers = service_names("UST"), UST.decode(content)
    except (StatusError, CodecError):
        return frozenset()
    return frozenset(names[number] for number in numbers if number in names)


def _centre(session: Session) -> DialNumber | None:
    try:
        if session.is_sim:
            session.select_fid(DF_TELECOM, what="DF.TELECOM")
        session.select_fid(EF_SMSP, what="EF.SMSP")
        record = session.read_record(1, None, what="EF.SMSP")[-_SMSP_FIXED:]
        if len(record) < _SMSP_FIXED or record[0] & _NO_CENTRE:
            return None
        return DialNumber.decode_or_none(record[13:25])
    except (StatusError, CodecError):
        return None


def _aid(record: bytes) -> bytes:
    try:
        template = tlv.first(tlv.parse(record, padding=b"\xff\x00"), _APPLICATION)
        return (tlv.first(tlv.parse(template), _AID) if template is not None else None) or b""
    except DecodeError:
        return b""
