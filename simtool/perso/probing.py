"""Asking a card the probes of a product (`simtool.files.probe`): they write nothing and spend nothing."""

from __future__ import annotations

from simtool.card.session import CommandClass, Session
from simtool.codec.apdu import CommandApdu
from simtool.errors import CodecError, StatusError
from simtool.files.probe import Probe
from simtool.files.product import CardModel
from simtool.perso.rooms import speaks_as_sim
from simtool.perso.survey import shape_of

UNKNOWN_CLASS = (0x6E00, 0x6D00)


def why_not(session: Session, model: CardModel) -> str:
    """The first probe of this product that the card answers otherwise; empty if there is none. The MF is selected then.

    Speaks to the card in the product's class from now on.
    """
    session.command_class = CommandClass.SIM if speaks_as_sim(model) else CommandClass.UICC
    failed = next((probe for probe in model.probes if not _holds(session, probe)), None)
    try:
        session.select_mf()
    except StatusError as error:
        if error.sw not in UNKNOWN_CLASS:  # nothing has been selected then
            raise
    return f"not {failed}" if failed is not None else ""


def _holds(session: Session, probe: Probe) -> bool:
    if probe.command:
        return session.send(CommandApdu.decode(probe.command)).sw in probe.words
    try:
        answer = _select(session, probe)
        if probe.absent:
            return False
        shape = shape_of(answer, is_sim=session.is_sim) if probe.path else None
        if probe.size is not None and (shape is None or shape.records or shape.size != probe.size):
            return False
        if probe.record_length is not None and (shape is None or shape.record_length != probe.record_length):
            return False
        return not probe.content or _begins(session, probe.content, shape.record_length if shape else 0)
    except StatusError:
        return probe.absent
    except CodecError:  # an answer that is none is not that of the product
        return False


def _select(session: Session, probe: Probe) -> bytes:
    answer = session.select_aid(probe.aid, fcp=True, what="probe") if probe.aid else b""
    if not probe.path:
        return answer
    return session.select_path(probe.path, fcp=True, from_current=bool(probe.aid), what="probe")


def _begins(session: Session, content: bytes, record_length: int) -> bool:
    if record_length:
        return session.read_record(1, record_length, what="probe").startswith(content)
    return session.read_binary(len(content), what="probe") == content
