"""Commands that the terminal carries out by itself: information, timers, polling, events, REFRESH (TS 102 223 §6.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simtool.card.handset.equipment import FACILITY_OF_EVENT
from simtool.card.handset.reply import Reply, Silent, respond, unable
from simtool.card.handset.texts import performed
from simtool.codec.proactive.command import ProactiveCommand
from simtool.codec.proactive.objects import DateTimeZone, Duration, TimerValue
from simtool.codec.proactive.profile import Facility
from simtool.codec.proactive.tags import (
    LocalInformation,
    RadioTechnology,
    RefreshMode,
    Result,
    ServiceState,
    TimerAction,
    Unable,
)
from simtool.codec.proactive.terminal_commands import (
    LanguageNotification,
    MoreTime,
    PollingOff,
    PollInterval,
    ProvideLocalInformation,
    Refresh,
    RunAtCommand,
    SetUpEventList,
    TimerManagement,
)

if TYPE_CHECKING:
    from simtool.card.handset.phone import Handset

TIMERS = range(1, 9)
MAX_TIMER = 24 * 3600
SHORTEST_POLL = 1.0
_FACILITY_OF_INFORMATION = {
    LocalInformation.LOCATION: Facility.LOCAL_LOCATION_AND_IMEI,
    LocalInformation.IMEI: Facility.LOCAL_LOCATION_AND_IMEI,
    LocalInformation.NETWORK_MEASUREMENT: Facility.LOCAL_MEASUREMENT,
    LocalInformation.DATE_TIME_ZONE: Facility.LOCAL_DATE_TIME,
    LocalInformation.LANGUAGE: Facility.LOCAL_LANGUAGE,
    LocalInformation.TIMING_ADVANCE: Facility.LOCAL_TIMING_ADVANCE,
    LocalInformation.ACCESS_TECHNOLOGY: Facility.LOCAL_ACCESS_TECHNOLOGY,
    LocalInformation.IMEISV: Facility.LOCAL_IMEISV,
    LocalInformation.SEARCH_MODE: Facility.LOCAL_SEARCH_MODE,
    LocalInformation.BATTERY: Facility.LOCAL_BATTERY,
    LocalInformation.ACCESS_TECHNOLOGIES: Facility.MULTIPLE_ACCESS_TECHNOLOGIES,
}
_OF_THE_NETWORK = (
    LocalInformation.LOCATION, LocalInformation.NETWORK_MEASUREMENT, LocalInformation.TIMING_ADVANCE,
    LocalInformation.ACCESS_TECHNOLOGY, LocalInformation.ACCESS_TECHNOLOGIES,
)  # fmt: skip
_INITIALISING = (
    RefreshMode.INIT_AND_FULL_CHANGE, RefreshMode.INIT_AND_FILE_CHANGE, RefreshMode.INIT,
    RefreshMode.APPLICATION_RESET, RefreshMode.SESSION_RESET,
)  # fmt: skip


def provide_local_information(phone: Handset, command: ProactiveCommand, body: ProvideLocalInformation) -> Reply:
    """PROVIDE LOCAL INFORMATION (§6.4.15). What this handset does not know is beyond its capabilities."""
    wanted, network = body.wanted, phone.network
    facility = _FACILITY_OF_INFORMATION.get(LocalInformation(wanted)) if isinstance(wanted, LocalInformation) else None
    if facility is None or facility not in phone.equipment.profile:
        return respond(command, Result.BEYOND_CAPABILITIES)
    result = Result.PERFORMED
    if wanted in _OF_THE_NETWORK:
        if network.service == ServiceState.NONE:
            return unable(command, Unable.NO_SERVICE)
        if network.service == ServiceState.LIMITED:
            result = Result.LIMITED_SERVICE
    match wanted:
        case LocalInformation.LOCATION:
            return respond(command, result, location=network.location)
        case LocalInformation.IMEI:
            return respond(command, result, imei=phone.equipment.imei)
        case LocalInformation.NETWORK_MEASUREMENT:
            gsm = RadioTechnology.GSM in network.technologies
            channels = network.bcch_channels if gsm else None
            return respond(command, result, measurement=network.measurement, bcch_channels=channels)
        case LocalInformation.DATE_TIME_ZONE:
            return respond(command, result, moment=DateTimeZone(phone.clock.now))
        case LocalInformation.LANGUAGE:
            return respond(command, result, language=phone.language)
        case LocalInformation.TIMING_ADVANCE:
            return respond(command, result, timing_advance=network.timing_advance)
        case LocalInformation.ACCESS_TECHNOLOGY:
            return respond(command, result, technologies=network.technologies[:1])
        case LocalInformation.ACCESS_TECHNOLOGIES:
            return respond(command, result, technologies=network.technologies)
        case LocalInformation.IMEISV:
            return respond(command, result, imeisv=phone.equipment.imeisv)
        case LocalInformation.SEARCH_MODE:
            return respond(command, result, search_mode=network.search_mode)
        case _:
            return respond(command, result, battery=phone.equipment.battery)


def timer_management(phone: Handset, command: ProactiveCommand, body: TimerManagement) -> Reply:
    """TIMER MANAGEMENT (§6.4.21): eight timers of up to 24 hours."""
    timer, value = body.timer, body.value
    if timer not in TIMERS:
        return respond(command, Result.BEYOND_CAPABILITIES)
    if body.action == TimerAction.START:
        if value is None:
            return respond(command, Result.VALUES_MISSING)
        if not 1 <= value.seconds <= MAX_TIMER:
            return respond(command, Result.DATA_NOT_UNDERSTOOD)
        phone.timers.start(timer, value.seconds)
        return respond(command, Result.PERFORMED, timer=timer)
    if body.action not in (TimerAction.DEACTIVATE, TimerAction.GET_VALUE):
        return respond(command, Result.DATA_NOT_UNDERSTOOD)
    left = phone.timers.left(timer)
    if left is None:
        return respond(command, Result.TIMER_CONTRADICTION)
    if body.action == TimerAction.DEACTIVATE:
        phone.timers.stop(timer)
    return respond(command, Result.PERFORMED, timer=timer, timer_value=TimerValue(left))


def poll_interval(phone: Handset, command: ProactiveCommand, body: PollInterval) -> Reply:
    """POLL INTERVAL (§6.4.6): the interval that is used comes back; this handset asks once a second at most."""
    used = body.duration if body.duration.seconds >= SHORTEST_POLL else Duration.of(SHORTEST_POLL)
    phone.poll_every(used.seconds)
    return respond(command, Result.PERFORMED, duration=used)


def polling_off(phone: Handset, command: ProactiveCommand, body: PollingOff) -> Reply:
    """POLLING OFF (§6.4.14)."""
    phone.poll_every(None)
    return respond(command, Result.PERFORMED)


def more_time(phone: Handset, command: ProactiveCommand, body: MoreTime) -> Reply:
    """MORE TIME (§6.4.4)."""
    return respond(command, Result.PERFORMED)


def set_up_event_list(phone: Handset, command: ProactiveCommand, body: SetUpEventList) -> Reply:
    """SET UP EVENT LIST (§6.4.16): the whole list in place of the one before, or none of it."""
    for event in body.events:
        facility = FACILITY_OF_EVENT.get(event)
        if facility is None or facility not in phone.equipment.profile:
            return respond(command, Result.BEYOND_CAPABILITIES)
    phone.events = set(body.events)
    return respond(command, Result.PERFORMED)


def language_notification(phone: Handset, command: ProactiveCommand, body: LanguageNotification) -> Reply:
    """LANGUAGE NOTIFICATION (§6.4.25)."""
    if body.specific and body.language is None:
        return respond(command, Result.VALUES_MISSING)
    phone.card_language = body.language if body.specific else None
    return respond(command, Result.PERFORMED)


def run_at_command(phone: Handset, command: ProactiveCommand, body: RunAtCommand) -> Reply:
    """RUN AT COMMAND (§6.4.23): the answer that the equipment has for it, else ERROR."""
    if body.alpha:
        phone.note("shown", body.alpha)
    answer = phone.equipment.at_answers.get(body.line.strip().upper(), "ERROR")
    return respond(command, performed(body), at_response=f"\r\n{answer}\r\n")


def refresh(phone: Handset, command: ProactiveCommand, body: Refresh) -> Reply:
    """REFRESH (§6.4.7, TS 31.111 §6.4.7). A reset of the card is its own response."""
    mode = body.mode
    if phone.call is not None and mode != RefreshMode.FILE_CHANGE:
        return unable(command, Unable.BUSY_ON_CALL)
    if mode == RefreshMode.UICC_RESET:
        phone.note("refresh", "the card is reset")
        phone.restart_card()
        return Silent()
    files = " ".join(path.hex() for path in body.files or ())
    if mode in _INITIALISING:
        phone.note("refresh", f"the application starts anew {files}".rstrip())
        phone.start_application()
        return respond(command, performed(body))
    if mode == RefreshMode.FILE_CHANGE:
        if not body.files:
            return respond(command, Result.VALUES_MISSING)
        phone.note("refresh", f"files have changed: {files}")
        phone.read_services()
        return respond(command, performed(body))
    if mode == RefreshMode.STEERING_OF_ROAMING:
        if body.networks is None:
            return respond(command, Result.VALUES_MISSING)
        phone.note("refresh", f"preferred networks: {body.networks.hex()}")
        return respond(command, performed(body))
    return respond(command, Result.BEYOND_CAPABILITIES)
