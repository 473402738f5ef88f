"""Commands that reach into the network: calls, messages, strings, browser (TS 102 223 §6.4, TS 31.111 §6.4).

Before anything goes out the card is asked, if its service table says that it wants to be (TS 31.111 §7.3).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from simtool.card.handset.network import SentMessage
from simtool.card.handset.reply import Ask, Reply, respond, unable
from simtool.card.handset.screen import Answer, Key, Pressed, Screen, ScreenKind, TimedOut
from simtool.card.handset.texts import lines_of, performed
from simtool.codec.dial_number import DialNumber
from simtool.codec.proactive.body import Announced
from simtool.codec.proactive.command import ProactiveCommand
from simtool.codec.proactive.envelope import CallControl, ControlAnswer, GeographicalLocationReport, MoSmsControl
from simtool.codec.proactive.network_commands import (
    GeographicalLocationRequest,
    LaunchBrowser,
    SendDtmf,
    SendShortMessage,
    SendSs,
    SendUssd,
    SetUpCall,
)
from simtool.codec.proactive.objects import Text, UssdString
from simtool.codec.proactive.response import TerminalResponse
from simtool.codec.proactive.tags import BrowserMode, BrowserTrouble, Result, Unable
from simtool.codec.sms_tpdu import Submit
from simtool.errors import CodecError

if TYPE_CHECKING:
    from simtool.card.handset.phone import Handset

_CAUSE_EXTENSION = 0x80  # additional information behind 21 is octet 4 of the cause (TS 24.008 §10.5.4.11)
_NOT_ALLOWED = b"\x01"


def set_up_call(phone: Handset, command: ProactiveCommand, body: SetUpCall) -> Reply:
    """SET UP CALL (§6.4.13): the user is asked, then the card, then the network."""
    if not body.number:
        return respond(command, Result.VALUES_MISSING)
    if phone.call is not None and body.only_if_free:
        return unable(command, Unable.BUSY_ON_CALL)
    lines = lines_of(body.confirmation) if body.confirmation else (f"Call {body.number}?",)
    screen = Screen(ScreenKind.CONFIRM, "Call", lines, keys=(Key.OK, Key.BACK, Key.END))

    def answered(answer: Answer) -> TerminalResponse | None:
        if answer == Pressed(Key.OK):
            return _set_up(phone, command, body)
        return _refused(command, answer)

    return Ask(screen, answered, phone.equipment.patience)


def _set_up(phone: Handset, command: ProactiveCommand, body: SetUpCall) -> TerminalResponse:
    if not phone.network.in_service:
        return unable(command, Unable.NO_SERVICE)
    number, result = body.number, performed(body)
    if body.address is not None:
        asked = CallControl(
            address=body.address, configuration=body.configuration, subaddress=body.subaddress,
            location=phone.network.location,
        )  # fmt: skip
        control = phone.ask_card(asked)
        if control is None or control.verdict == ControlAnswer.NOT_ALLOWED:
            return _not_allowed(command, control)
        if control.verdict == ControlAnswer.MODIFIED:
            result = Result.MODIFIED_BY_CALL_CONTROL
            if control.ss is not None or control.ussd is not None:
                return _redirected(phone, command, control)
            number = str(control.address) if control.address is not None else number
    if phone.call is not None:
        phone.put_call_aside(disconnect=body.disconnects_others)
    outcome = phone.network.call(number)
    if outcome.cause is not None:
        phone.note("call", f"{number}: not answered, cause {outcome.cause}")
        return respond(command, Result.NETWORK_UNABLE, bytes((_CAUSE_EXTENSION | outcome.cause,)))
    phone.call_connected(number, body.alpha or "")
    return respond(command, result)


def _redirected(phone: Handset, command: ProactiveCommand, control: ControlAnswer) -> TerminalResponse:
    """The card made a string of a call; the response says that it was modified."""
    if control.ussd is not None:
        phone.network.send_ussd(control.ussd.text)
    elif control.ss is not None:
        phone.network.send_ss(str(control.ss))
    return respond(command, Result.MODIFIED_BY_CALL_CONTROL)


def send_short_message(phone: Handset, command: ProactiveCommand, body: SendShortMessage) -> Reply:
    """SEND SHORT MESSAGE (§6.4.10)."""
    if not phone.network.in_service:
        return unable(command, Unable.NO_SERVICE)
    tpdu, result, centre = body.tpdu, performed(body), body.address or phone.service_centre
    try:
        submit: Submit | None = Submit.decode(tpdu)
        if body.to_be_packed and submit is not None:
            submit = submit.packed()
    except CodecError:
        if body.to_be_packed or not tpdu or tpdu[0] & 3 != 2:  # only an SMS-COMMAND may be something else
            return respond(command, Result.DATA_NOT_UNDERSTOOD)
        submit = None
    if submit is not None:
        asked = MoSmsControl(centre=centre, destination=submit.destination, location=phone.network.location)
        control = phone.ask_card(asked)
        if control is None or control.verdict == ControlAnswer.NOT_ALLOWED:
            return _not_allowed(command, control)
        if control.verdict == ControlAnswer.MODIFIED:
            result = Result.MODIFIED_BY_CALL_CONTROL
            centre = control.address or centre
            submit = replace(submit, destination=control.second_address or submit.destination)
        tpdu = submit.encode()
    _announce(phone, body)
    outcome = phone.network.send(sent_message(submit, tpdu, centre))
    if outcome.cause is not None:
        return respond(command, Result.SMS_ERROR, bytes((outcome.cause,)))
    phone.note("message", str(sent_message(submit, tpdu, centre).destination))
    return respond(command, result)


def sent_message(submit: Submit | None, tpdu: bytes, centre: DialNumber | None) -> SentMessage:
    at = str(centre) if centre is not None else ""
    if submit is None:
        return SentMessage("", tpdu.hex(), tpdu, at)
    return SentMessage(str(submit.destination), submit.shown, tpdu, at)


def send_ussd(phone: Handset, command: ProactiveCommand, body: SendUssd) -> Reply:
    """SEND USSD (§6.4.12). The network's answer comes back in the coding that fits it."""
    if not phone.network.in_service:
        return unable(command, Unable.NO_SERVICE)
    string, result = body.string, performed(body)
    control = phone.ask_card(CallControl(ussd=string, location=phone.network.location))
    if control is None or control.verdict == ControlAnswer.NOT_ALLOWED:
        return _not_allowed(command, control)
    if control.verdict == ControlAnswer.MODIFIED:
        if control.ussd is None:
            return _became_another(phone, command, control)
        string, result = control.ussd, Result.MODIFIED_BY_CALL_CONTROL
    _announce(phone, body)
    outcome = phone.network.send_ussd(string.text)
    if outcome.error is not None:
        return respond(command, Result.USSD_ERROR, bytes((outcome.error,)))
    return respond(command, result, text=Text.of(outcome.text))


def send_ss(phone: Handset, command: ProactiveCommand, body: SendSs) -> Reply:
    """SEND SS (§6.4.11)."""
    if not phone.network.in_service:
        return unable(command, Unable.NO_SERVICE)
    string, result = body.string, performed(body)
    control = phone.ask_card(CallControl(ss=string, location=phone.network.location))
    if control is None or control.verdict == ControlAnswer.NOT_ALLOWED:
        return _not_allowed(command, control)
    if control.verdict == ControlAnswer.MODIFIED:
        if control.ss is None:
            return _became_another(phone, command, control)
        string, result = control.ss, Result.MODIFIED_BY_CALL_CONTROL
    _announce(phone, body)
    outcome = phone.network.send_ss(str(string))
    if outcome.error is not None:
        return respond(command, Result.SS_ERROR, bytes((outcome.error,)))
    return respond(command, result, b"")


def _not_allowed(command: ProactiveCommand, control: ControlAnswer | None) -> TerminalResponse:
    """The card does not allow it; None: it could not say (TS 102 223 §8.12.8)."""
    if control is None:
        return respond(command, Result.CALL_CONTROL_TEMPORARY, b"\x00")
    return respond(command, Result.CALL_CONTROL_PERMANENT, _NOT_ALLOWED)


def _became_another(phone: Handset, command: ProactiveCommand, control: ControlAnswer) -> TerminalResponse:
    """The card made something else of a string: a call, or the other kind of string."""
    if control.address is None:
        return _redirected(phone, command, control)
    outcome = phone.network.call(str(control.address))
    if outcome.cause is None:
        phone.call_connected(str(control.address), "")
    return respond(command, Result.MODIFIED_BY_CALL_CONTROL)


def send_dtmf(phone: Handset, command: ProactiveCommand, body: SendDtmf) -> Reply:
    """SEND DTMF (§6.4.24): only in a call."""
    if phone.call is None:
        return unable(command, Unable.NOT_IN_CALL)
    _announce(phone, body)
    phone.network.dtmf.append(body.digits)
    return respond(command, performed(body))


def launch_browser(phone: Handset, command: ProactiveCommand, body: LaunchBrowser) -> Reply:
    """LAUNCH BROWSER (§6.4.26). The user is asked if the card gives words for it."""
    if body.qualifier not in (BrowserMode.IF_NOT_LAUNCHED, BrowserMode.USE_EXISTING, BrowserMode.CLOSE_EXISTING):
        return respond(command, Result.DATA_NOT_UNDERSTOOD)
    if phone.page is not None and body.qualifier == BrowserMode.IF_NOT_LAUNCHED:
        return respond(command, Result.BROWSER_ERROR, bytes((BrowserTrouble.BROWSER_UNAVAILABLE,)))
    if not phone.network.in_service:
        return respond(command, Result.BROWSER_ERROR, bytes((BrowserTrouble.BEARER_UNAVAILABLE,)))

    def launch() -> TerminalResponse:
        phone.open_page(body.url)
        return respond(command, performed(body))

    if not body.alpha:
        return launch()
    screen = Screen(ScreenKind.CONFIRM, "Browser", lines_of(body.alpha), keys=(Key.OK, Key.BACK, Key.END))

    def answered(answer: Answer) -> TerminalResponse | None:
        return launch() if answer == Pressed(Key.OK) else _refused(command, answer)

    return Ask(screen, answered, phone.equipment.patience)


def geographical_location_request(
    phone: Handset, command: ProactiveCommand, body: GeographicalLocationRequest
) -> Reply:
    """GEOGRAPHICAL LOCATION REQUEST (TS 31.111 §6.4.41): accepted now, the position follows in an envelope."""
    report = GeographicalLocationReport(parameters=body.parameters, shape=phone.equipment.position)
    phone.tell_card(report, "geographical location")
    return respond(command, performed(body))


def dial(phone: Handset, text: str) -> str:
    """The user dials: a number, a USSD string, or an SS string. Gives what is to be said about it (TS 22.030 §6.5)."""
    if not phone.network.in_service:
        return "no service"
    ussd = text.endswith("#")
    service = ussd and text.startswith(("*", "#"))
    asked = CallControl(
        ussd=UssdString.of(text) if service else None,
        address=None if service else DialNumber.parse(text),
        location=phone.network.location,
    )
    control = phone.ask_card(asked)
    if control is None or control.verdict == ControlAnswer.NOT_ALLOWED:
        return "not allowed by the card" if control is not None else "the card is busy"
    modified = control.verdict == ControlAnswer.MODIFIED
    ussd_string = control.ussd if modified else asked.ussd
    ss_string = control.ss if modified else None
    address = control.address if modified else asked.address
    if ussd_string is not None:
        return phone.network.send_ussd(ussd_string.text).text
    if ss_string is not None:
        return phone.network.send_ss(str(ss_string)).text or "done"
    number = str(address) if address is not None else text
    if phone.call is not None:
        phone.put_call_aside(disconnect=False)
    outcome = phone.network.call(number)
    if outcome.cause is not None:
        return f"{number}: not answered, cause {outcome.cause}"
    phone.call_connected(number, control.alpha or "")
    return f"calling {number}"


def write_message(phone: Handset, number: str, text: str) -> str:
    """The user sends a message; the card is asked first if it wants to be."""
    if not phone.network.in_service:
        return "no service"
    submit = Submit.text(DialNumber.parse(number), text)
    asked = MoSmsControl(centre=phone.service_centre, destination=submit.destination, location=phone.network.location)
    control = phone.ask_card(asked)
    if control is None or control.verdict == ControlAnswer.NOT_ALLOWED:
        return "not allowed by the card" if control is not None else "the card is busy"
    centre = phone.service_centre
    if control.verdict == ControlAnswer.MODIFIED:
        centre = control.address or centre
        submit = replace(submit, destination=control.second_address or submit.destination)
    outcome = phone.network.send(sent_message(submit, submit.encode(), centre))
    return "sent" if outcome.cause is None else f"not sent, cause {outcome.cause}"


def _refused(command: ProactiveCommand, answer: Answer) -> TerminalResponse | None:
    """The user does not agree (TS 102 223 §6.4.13)."""
    if answer == Pressed(Key.END):
        return respond(command, Result.ENDED_BY_USER)
    if answer == Pressed(Key.BACK) or isinstance(answer, TimedOut):
        return respond(command, Result.NOT_ACCEPTED_BY_USER)
    return None


def _announce(phone: Handset, body: Announced) -> None:
    """What the user is told while the phone works; nothing if the card wants that."""
    if body.alpha:
        phone.note("shown", body.alpha)
