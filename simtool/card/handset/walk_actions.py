"""What a scripted walk does: the steps that act on a handset or on its network."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from simtool.card.handset.network import (
    CALL_REJECTED,
    CONGESTION_RP_CAUSE,
    NO_ANSWER,
    SYSTEM_FAILURE,
    USER_BUSY,
    CallOutcome,
    MessageOutcome,
    StringOutcome,
)
from simtool.card.handset.phone import Handset
from simtool.card.handset.screen import Key
from simtool.codec.dial_number import DialNumber
from simtool.codec.identifiers import Plmn
from simtool.codec.proactive.events import EventBody, NetworkRejection, NetworkSearchModeChange
from simtool.codec.proactive.objects import UssdString
from simtool.codec.proactive.places import LocationInformation
from simtool.codec.proactive.tags import RadioTechnology, ServiceState
from simtool.codec.sms_tpdu import CLASS_2_8_BIT, SIM_DATA_DOWNLOAD, Deliver
from simtool.errors import CodecError
from simtool.files.written import Written

Action = Callable[[Handset], str]
"""Does something; gives why it could not be done, or nothing."""
Reader = Callable[[Written], Action]

KEYS = {key.value: key for key in Key}
SERVICES = {"normal": ServiceState.NORMAL, "limited": ServiceState.LIMITED, "none": ServiceState.NONE}
TECHNOLOGIES = {
    "GSM": RadioTechnology.GSM, "UTRAN": RadioTechnology.UTRAN, "E-UTRAN": RadioTechnology.EUTRAN,
    "NG-RAN": RadioTechnology.NG_RAN, "2G": RadioTechnology.GSM, "3G": RadioTechnology.UTRAN,
    "4G": RadioTechnology.EUTRAN, "5G": RadioTechnology.NG_RAN,
}  # fmt: skip
CALL_CAUSES = {"busy": USER_BUSY, "no answer": NO_ANSWER, "rejected": CALL_REJECTED}
MESSAGE_CAUSES = {"congestion": CONGESTION_RP_CAUSE}
STRING_ERRORS = {"failure": SYSTEM_FAILURE}
_MODES = {"manual": 0, "automatic": 1}


def _choose(written: Written) -> Action:
    choice = written.fields(required=("id",))["id"].integer(1, 255) if written.is_mapping else written.text()
    return lambda phone: "" if phone.choose(choice) else f"there is no item {choice!r}"


def _help(written: Written) -> Action:
    choice = written.fields(required=("id",))["id"].integer(1, 255) if written.is_mapping else written.text()
    return lambda phone: "" if phone.ask_help(choice) else f"there is no help about {choice!r}"


def _press(written: Written) -> Action:
    key = written.one_of(KEYS)
    return lambda phone: "" if phone.press(key) else f"the key {key.value} does nothing"


def _type(written: Written) -> Action:
    text = "" if written.value is None else written.text()
    return lambda phone: "" if phone.type_text(text) else f"{text!r} cannot be typed"


def _wait(written: Written) -> Action:
    seconds = written.seconds()
    return _always(lambda phone: phone.wait(seconds))


def _dial(written: Written) -> Action:
    text = written.text()
    written.read(DialNumber.parse)
    return _always(lambda phone: phone.dial(text))


def _send(written: Written) -> Action:
    fields = written.fields(required=("to", "text"))
    fields["to"].read(DialNumber.parse)
    number, text = fields["to"].text(), fields["text"].text()
    return _always(lambda phone: phone.write_message(number, text))


def _sms_pp(written: Written) -> Action:
    """`{tpdu: hex}`, or the message's parts: `{data: hex, from: number, header: yes, pid: 0x7f, dcs: 0xf6}`."""
    fields = written.fields("tpdu", "data", "from", "header", "pid", "dcs", "centre")
    centre = fields["centre"].read(DialNumber.parse) if "centre" in fields else None
    if "tpdu" in fields:
        tpdu = fields["tpdu"].hex()
        try:
            Deliver.decode(tpdu)
        except CodecError as error:
            raise fields["tpdu"].error(str(error)) from None
        return _always(lambda phone: phone.receive_message(tpdu, centre))
    if "data" not in fields:
        raise written.error("it needs tpdu, or data")
    data, origin = fields["data"].hex(), _origin(fields)
    header = "header" in fields and fields["header"].flag()
    pid = fields["pid"].integer(0, 255) if "pid" in fields else SIM_DATA_DOWNLOAD
    dcs = fields["dcs"].integer(0, 255) if "dcs" in fields else CLASS_2_8_BIT

    def deliver(phone: Handset) -> None:
        message = Deliver.data(origin, data, phone.clock.now, header=header, protocol=pid, dcs=dcs)
        phone.receive_message(message.encode(), centre)

    return _always(deliver)


def _sms(written: Written) -> Action:
    fields = written.fields("from", required=("text",))
    text, origin = fields["text"].text(), _origin(fields)
    return _always(lambda phone: phone.receive_message(Deliver.text(origin, text, phone.clock.now).encode()))


def _origin(fields: Mapping[str, Written]) -> DialNumber | str:
    """A number, or a name of up to eleven letters."""
    if "from" not in fields:
        return DialNumber.parse("1234")
    text = fields["from"].text()
    return fields["from"].read(DialNumber.parse) if text[:1] in "+0123456789*#" else text


def _broadcast(written: Written) -> Action:
    page = written.hex()
    return _always(lambda phone: phone.receive_page(page))


def _ussd(written: Written) -> Action:
    string = written.read(UssdString.of)
    return _always(lambda phone: phone.receive_ussd(string))


def _incoming_call(written: Written) -> Action:
    written.read(DialNumber.parse)
    number = written.text()
    return _always(lambda phone: phone.ring(number))


def _call_ends(written: Written) -> Action:
    cause = written.integer(0, 127) if written.value is not None else 16
    return lambda phone: "" if phone.hang_up(far_end=True, cause=cause) else "there is no call"


def _next_call(written: Written) -> Action:
    cause = None if written.value == "answered" else _cause(written, CALL_CAUSES)
    return _always(lambda phone: phone.network.next_calls.append(CallOutcome(cause)))


def _next_sms(written: Written) -> Action:
    cause = None if written.value == "taken" else _cause(written, MESSAGE_CAUSES)
    return _always(lambda phone: phone.network.next_messages.append(MessageOutcome(cause)))


def _next_string(written: Written) -> Action:
    if written.is_mapping:
        fields = written.fields("text", "error")
        error = _cause(fields["error"], STRING_ERRORS) if "error" in fields else None
        outcome = StringOutcome(fields["text"].text() if "text" in fields else "", error)
    else:
        outcome = StringOutcome(written.text())
    return _always(lambda phone: phone.network.next_strings.append(outcome))


def _cause(written: Written, names: Mapping[str, int]) -> int:
    text = written.text()
    return names[text] if text in names else written.integer(0, 127)


def _screen(written: Written) -> Action:
    busy = written.one_of({"busy": True, "free": False})
    return _always(lambda phone: phone.use_screen(busy))


def _power_cycle(written: Written) -> Action:
    if written.value is not None:
        raise written.error("power_cycle has no value")
    return _always(lambda phone: phone.power_on())


def _channel_data(written: Written) -> Action:
    fields = written.fields(required=("channel", "data"))
    number, data = fields["channel"].integer(1, 7), fields["data"].hex()
    return lambda phone: "" if phone.channel_data(number, data) else f"channel {number} takes no data"


def _drop_channel(written: Written) -> Action:
    number = written.integer(1, 7)
    return lambda phone: "" if phone.drop_channel(number) else f"channel {number} is not open"


def _event(written: Written) -> Action:
    """`{NAME: value}` with one of the names of `EVENTS`."""
    pairs = written.pairs()
    if len(pairs) != 1:
        raise written.error("one event is expected")
    ((name, value),) = pairs.items()
    if name not in EVENTS:
        raise value.error(f"{name!r} is no event; known are {', '.join(EVENTS)}")
    return EVENTS[name](value)


def _location_status(written: Written) -> Action:
    """`normal`, or `{service: normal, network: 262-01, area: hex, cell: hex}`."""
    if not written.is_mapping:
        service = written.one_of(SERVICES)
        return _always(lambda phone: phone.move(service))
    fields = written.fields("service", "network", "area", "cell")
    state = fields["service"].one_of(SERVICES) if "service" in fields else ServiceState.NORMAL
    plmn = fields["network"].read(Plmn.parse) if "network" in fields else None
    area = fields["area"].hex() if "area" in fields else None
    cell = fields["cell"].hex() if "cell" in fields else None
    if area is not None and len(area) not in (2, 3):
        raise fields["area"].error("an area has 2 bytes, or 3 in 5G")

    def move(phone: Handset) -> None:
        old = phone.network.location
        new = LocationInformation(
            plmn or old.plmn, area if area is not None else old.area, old.cell if cell is None else cell
        )
        phone.move(state, new)

    return _always(move)


def _technology(written: Written) -> Action:
    technologies = tuple(one.one_of(TECHNOLOGIES) for one in written.each())
    return _always(lambda phone: phone.change_technology(technologies))


def _language(written: Written) -> Action:
    language = written.text()
    if len(language) != 2:
        raise written.error("a language has two letters")
    return _always(lambda phone: phone.change_language(language))


def _search_mode(written: Written) -> Action:
    mode = written.one_of(_MODES)

    def change(phone: Handset) -> None:
        phone.network.search_mode = mode
        phone.happens(NetworkSearchModeChange(mode=mode))

    return _always(change)


def _browser_termination(written: Written) -> Action:
    cause = written.one_of({"user": 0, "error": 1})
    return lambda phone: "" if phone.close_page(cause) else "no browser is open"


def _network_rejection(written: Written) -> Action:
    fields = written.fields("technology", "procedure", required=("cause",))
    technology = fields["technology"].one_of(TECHNOLOGIES) if "technology" in fields else RadioTechnology.EUTRAN
    procedure = fields["procedure"].integer(0, 255) if "procedure" in fields else 0x08
    cause = fields["cause"].integer(0, 255)

    def reject(phone: Handset) -> None:
        place = phone.network.location
        area = place.plmn.encode() + place.area
        later = technology in (RadioTechnology.EUTRAN, RadioTechnology.NG_RAN)
        event: EventBody = NetworkRejection(
            location=None if later else area, tracking_area=area if later else None,
            technologies=(technology,), procedure=procedure, cause=cause,
        )  # fmt: skip
        phone.happens(event)

    return _always(reject)


def _always(act: Callable[[Handset], Any]) -> Action:
    """An action that can always be done."""

    def done(phone: Handset) -> str:
        act(phone)
        return ""

    return done


EVENTS: Mapping[str, Reader] = {
    "location_status": _location_status,
    "access_technology": _technology,
    "language": _language,
    "network_search_mode": _search_mode,
    "browser_termination": _browser_termination,
    "network_rejection": _network_rejection,
}
ACTIONS: Mapping[str, Reader] = {
    "choose": _choose,
    "help": _help,
    "press": _press,
    "type": _type,
    "wait": _wait,
    "dial": _dial,
    "send": _send,
    "sms_pp": _sms_pp,
    "sms": _sms,
    "broadcast": _broadcast,
    "ussd": _ussd,
    "incoming_call": _incoming_call,
    "call_ends": _call_ends,
    "event": _event,
    "next_call": _next_call,
    "next_sms": _next_sms,
    "next_ussd": _next_string,
    "next_ss": _next_string,
    "channel_data": _channel_data,
    "drop_channel": _drop_channel,
    "screen": _screen,
    "power_cycle": _power_cycle,
}
