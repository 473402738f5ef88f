"""What a handset is: its identity, its abilities (TERMINAL PROFILE), its habits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from simtool.codec.proactive.profile import Facility, TerminalProfile
from simtool.codec.proactive.tags import CommandType, Event

ROWS, COLUMNS, CHANNELS = 16, 24, 7
_LACKING = frozenset((
    Facility.POWER_ON_CARD, Facility.POWER_OFF_CARD, Facility.PERFORM_CARD_APDU, Facility.READER_STATUS,
    Facility.READER_IDENTIFIER, Facility.EVENT_CARD_READER_STATUS, Facility.SERVICE_SEARCH,
    Facility.SERVICE_INFORMATION, Facility.DECLARE_SERVICE, Facility.EVENT_LOCAL_CONNECTION, Facility.BEARER_BLUETOOTH,
    Facility.BEARER_IRDA, Facility.BEARER_RS232, Facility.BEARER_USB, Facility.NO_DISPLAY, Facility.NO_KEYPAD,
    Facility.TCP_SERVER, Facility.TCP_CLIENT_LOCAL, Facility.UDP_CLIENT_LOCAL, Facility.DIRECT_CHANNEL,
    Facility.LOCAL_ESN, Facility.LOCAL_MEID, Facility.TOOLKIT_GBA, Facility.MULTIMEDIA_CALL, Facility.RETRIEVE_MM,
    Facility.SUBMIT_MM, Facility.DISPLAY_MM, Facility.MMS_NOTIFICATION, Facility.EVENT_MMS_TRANSFER,
    Facility.SET_FRAMES, Facility.GET_FRAMES_STATUS, Facility.EVENT_FRAMES_INFORMATION, Facility.EVENT_WLAN_ACCESS,
    Facility.EVENT_HCI_CONNECTIVITY, Facility.EVENT_CONTACTLESS_STATE, Facility.EVENT_CSG_CELL, Facility.BEARER_WLAN,
    Facility.LOCAL_WLAN_IDENTIFIER, Facility.TERMINAL_APPLICATIONS, Facility.ACTIVATE, Facility.WLAN_STEERING_REFRESH,
    Facility.LOCAL_BROADCAST_NETWORK, Facility.CONTACTLESS_STATE_CHANGED, Facility.CSG_DISCOVERY,
    Facility.SERVER_CONFIRMATION, Facility.IMS_CALL_CONTROL, Facility.MODEM_INTERFACE, Facility.EVENT_IMS_DATA,
    Facility.EVENT_IMS_REGISTRATION, Facility.CONTAINERS, Facility.BEARER_IMS, Facility.LOCAL_HNB_ADDRESS,
    Facility.LOCAL_HNB_SURROUNDINGS, Facility.SERVER_LAUNCH_PARAMETERS, Facility.SERVER_DIRECT,
    Facility.PROSE_SECURITY, Facility.REFRESH_POLICY, Facility.CALL_CONTROL_GPRS, Facility.CALL_CONTROL_AT_REDIAL,
    Facility.SCREEN_SIZING, Facility.VARIABLE_FONTS, Facility.DISPLAY_RESIZE, Facility.TEXT_ATTRIBUTES,
    Facility.ALIGN_LEFT, Facility.ALIGN_CENTRE, Facility.ALIGN_RIGHT, Facility.FONT_NORMAL, Facility.FONT_LARGE,
    Facility.FONT_SMALL, Facility.STYLE_NORMAL, Facility.STYLE_BOLD, Facility.STYLE_ITALIC, Facility.STYLE_UNDERLINED,
    Facility.STYLE_STRIKETHROUGH, Facility.TEXT_FOREGROUND, Facility.TEXT_BACKGROUND, Facility.EVENT_DISPLAY_PARAMETERS,
    Facility.SOFT_KEYS_SELECT_ITEM, Facility.SOFT_KEYS_SET_UP_MENU, Facility.WML, Facility.CHTML,
    Facility.SECOND_CONFIGURATION, Facility.UTRAN_EXTENDED_PARAMETERS, Facility.EVENT_BROWSING_STATUS,
    Facility.LOCAL_UTRAN_MEASUREMENT, Facility.BEARER_CSD,
))  # fmt: skip
PROFILE = TerminalProfile.of(set(Facility) - _LACKING, rows=ROWS, columns=COLUMNS, channels=CHANNELS)

FACILITY_OF_COMMAND: Mapping[int, Facility] = {
    CommandType.DISPLAY_TEXT: Facility.DISPLAY_TEXT,
    CommandType.GET_INKEY: Facility.GET_INKEY,
    CommandType.GET_INPUT: Facility.GET_INPUT,
    CommandType.MORE_TIME: Facility.MORE_TIME,
    CommandType.PLAY_TONE: Facility.PLAY_TONE,
    CommandType.POLL_INTERVAL: Facility.POLL_INTERVAL,
    CommandType.POLLING_OFF: Facility.POLLING_OFF,
    CommandType.REFRESH: Facility.REFRESH,
    CommandType.SELECT_ITEM: Facility.SELECT_ITEM,
    CommandType.SEND_SHORT_MESSAGE: Facility.SEND_SHORT_MESSAGE,
    CommandType.SEND_SS: Facility.SEND_SS,
    CommandType.SEND_USSD: Facility.SEND_USSD,
    CommandType.SET_UP_CALL: Facility.SET_UP_CALL,
    CommandType.SET_UP_MENU: Facility.SET_UP_MENU,
    CommandType.PROVIDE_LOCAL_INFORMATION: Facility.LOCAL_LOCATION_AND_IMEI,
    CommandType.SET_UP_EVENT_LIST: Facility.SET_UP_EVENT_LIST,
    CommandType.TIMER_MANAGEMENT: Facility.TIMER_START_STOP,
    CommandType.SET_UP_IDLE_MODE_TEXT: Facility.SET_UP_IDLE_MODE_TEXT,
    CommandType.RUN_AT_COMMAND: Facility.RUN_AT_COMMAND,
    CommandType.SEND_DTMF: Facility.SEND_DTMF,
    CommandType.LANGUAGE_NOTIFICATION: Facility.LANGUAGE_NOTIFICATION,
    CommandType.LAUNCH_BROWSER: Facility.LAUNCH_BROWSER,
    CommandType.OPEN_CHANNEL: Facility.OPEN_CHANNEL,
    CommandType.CLOSE_CHANNEL: Facility.CLOSE_CHANNEL,
    CommandType.RECEIVE_DATA: Facility.RECEIVE_DATA,
    CommandType.SEND_DATA: Facility.SEND_DATA,
    CommandType.GET_CHANNEL_STATUS: Facility.CHANNEL_STATUS,
    CommandType.GEOGRAPHICAL_LOCATION_REQUEST: Facility.GEOGRAPHICAL_REQUEST,
}
FACILITY_OF_EVENT: Mapping[int, Facility] = {
    Event.MT_CALL: Facility.EVENT_MT_CALL,
    Event.CALL_CONNECTED: Facility.EVENT_CALL_CONNECTED,
    Event.CALL_DISCONNECTED: Facility.EVENT_CALL_DISCONNECTED,
    Event.LOCATION_STATUS: Facility.EVENT_LOCATION_STATUS,
    Event.USER_ACTIVITY: Facility.EVENT_USER_ACTIVITY,
    Event.IDLE_SCREEN_AVAILABLE: Facility.EVENT_IDLE_SCREEN,
    Event.CARD_READER_STATUS: Facility.EVENT_CARD_READER_STATUS,
    Event.LANGUAGE_SELECTION: Facility.EVENT_LANGUAGE_SELECTION,
    Event.BROWSER_TERMINATION: Facility.EVENT_BROWSER_TERMINATION,
    Event.DATA_AVAILABLE: Facility.EVENT_DATA_AVAILABLE,
    Event.CHANNEL_STATUS: Facility.EVENT_CHANNEL_STATUS,
    Event.ACCESS_TECHNOLOGY_CHANGE: Facility.EVENT_ACCESS_TECHNOLOGY,
    Event.DISPLAY_PARAMETERS_CHANGED: Facility.EVENT_DISPLAY_PARAMETERS,
    Event.LOCAL_CONNECTION: Facility.EVENT_LOCAL_CONNECTION,
    Event.NETWORK_SEARCH_MODE_CHANGE: Facility.EVENT_NETWORK_SEARCH_MODE,
    Event.BROWSING_STATUS: Facility.EVENT_BROWSING_STATUS,
    Event.FRAMES_INFORMATION_CHANGED: Facility.EVENT_FRAMES_INFORMATION,
    Event.WLAN_ACCESS_STATUS: Facility.EVENT_WLAN_ACCESS,
    Event.NETWORK_REJECTION: Facility.EVENT_NETWORK_REJECTION,
    Event.HCI_CONNECTIVITY: Facility.EVENT_HCI_CONNECTIVITY,
    Event.ACCESS_TECHNOLOGIES_CHANGE: Facility.MULTIPLE_ACCESS_TECHNOLOGIES,
    Event.CSG_CELL_SELECTION: Facility.EVENT_CSG_CELL,
    Event.CONTACTLESS_STATE_REQUEST: Facility.EVENT_CONTACTLESS_STATE,
    Event.IMS_REGISTRATION: Facility.EVENT_IMS_REGISTRATION,
    Event.INCOMING_IMS_DATA: Facility.EVENT_IMS_DATA,
}


@dataclass(frozen=True, slots=True)
class Equipment:
    """A handset's identity and habits; times are seconds.

    `patience` is how long it waits for its user, `text_seconds` how long it shows a text that it clears itself,
    `poll_seconds` how often it asks the card by itself (TS 102 221 §14.6.2). `at_answers` are answers to AT commands.
    """

    imei: str = "352099001761481"
    software_version: str = "01"
    language: str = "en"
    profile: TerminalProfile = PROFILE
    patience: float = 60.0
    text_seconds: float = 10.0
    poll_seconds: float = 30.0
    battery: int = 3
    max_buffer: int = 1500
    at_answers: Mapping[str, str] = field(default_factory=dict)
    position: bytes = bytes.fromhex("00418b7d0a0c7e")
    """A point on the earth, as TS 23.032 codes it."""

    @property
    def imeisv(self) -> str:
        """The IMEI without its check digit, and the version of the software (TS 23.003 §6.2.2)."""
        return self.imei[:14] + self.software_version
