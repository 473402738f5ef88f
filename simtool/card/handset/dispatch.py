"""Which function carries out which command, and what a command is refused for before that (TS 102 223 §6.10, §6.11)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from simtool.card.handset import calls, channels, inner, texts
from simtool.card.handset.equipment import FACILITY_OF_COMMAND
from simtool.card.handset.reply import Reply, respond
from simtool.codec.proactive.command import BODIES, CommandDetails, ProactiveCommand
from simtool.codec.proactive.response import TerminalResponse
from simtool.codec.proactive.tags import CommandType, Result

if TYPE_CHECKING:
    from simtool.card.handset.phone import Handset

CARRIED_OUT: Mapping[int, Callable[[Handset, ProactiveCommand, Any], Reply]] = {
    CommandType.REFRESH: inner.refresh,
    CommandType.MORE_TIME: inner.more_time,
    CommandType.POLL_INTERVAL: inner.poll_interval,
    CommandType.POLLING_OFF: inner.polling_off,
    CommandType.SET_UP_EVENT_LIST: inner.set_up_event_list,
    CommandType.SET_UP_CALL: calls.set_up_call,
    CommandType.SEND_SS: calls.send_ss,
    CommandType.SEND_USSD: calls.send_ussd,
    CommandType.SEND_SHORT_MESSAGE: calls.send_short_message,
    CommandType.SEND_DTMF: calls.send_dtmf,
    CommandType.LAUNCH_BROWSER: calls.launch_browser,
    CommandType.GEOGRAPHICAL_LOCATION_REQUEST: calls.geographical_location_request,
    CommandType.PLAY_TONE: texts.play_tone,
    CommandType.DISPLAY_TEXT: texts.display_text,
    CommandType.GET_INKEY: texts.get_inkey,
    CommandType.GET_INPUT: texts.get_input,
    CommandType.SELECT_ITEM: texts.select_item,
    CommandType.SET_UP_MENU: texts.set_up_menu,
    CommandType.SET_UP_IDLE_MODE_TEXT: texts.set_up_idle_mode_text,
    CommandType.PROVIDE_LOCAL_INFORMATION: inner.provide_local_information,
    CommandType.TIMER_MANAGEMENT: inner.timer_management,
    CommandType.RUN_AT_COMMAND: inner.run_at_command,
    CommandType.LANGUAGE_NOTIFICATION: inner.language_notification,
    CommandType.OPEN_CHANNEL: channels.open_channel,
    CommandType.CLOSE_CHANNEL: channels.close_channel,
    CommandType.RECEIVE_DATA: channels.receive_data,
    CommandType.SEND_DATA: channels.send_data,
    CommandType.GET_CHANNEL_STATUS: channels.get_channel_status,
}


def carry_out(phone: Handset, command: ProactiveCommand) -> Reply:
    """Do what the card wants, or refuse it with the right result."""
    kind = command.details.type
    refusal = refused(phone, command.details)
    if refusal is not None:
        return respond(command, refusal)
    if command.not_understood:
        return respond(command, Result.DATA_NOT_UNDERSTOOD)
    return CARRIED_OUT[kind](phone, command, command.body)


def refused(phone: Handset, details: CommandDetails) -> Result | None:
    """Why a type is refused: nobody knows it, or this handset cannot do it."""
    if details.type not in BODIES:
        return Result.TYPE_NOT_UNDERSTOOD
    facility = FACILITY_OF_COMMAND.get(details.type)
    if facility is None or facility not in phone.equipment.profile or details.type not in CARRIED_OUT:
        return Result.BEYOND_CAPABILITIES
    return None


def finished(command: ProactiveCommand, response: TerminalResponse) -> TerminalResponse:
    """Partial comprehension, if the command had objects that may be left alone and were (TS 102 223 §6.10)."""
    if response.result == Result.PERFORMED and command.extra:
        return replace(response, outcome=replace(response.outcome, result=Result.PARTIAL_COMPREHENSION))
    return response
