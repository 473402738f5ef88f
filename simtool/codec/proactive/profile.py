"""TERMINAL PROFILE: what a terminal can do, bit by bit (TS 102 223 §5.2, TS 31.111 §5.2).

A facility's number is eight times its byte (from 0) plus its bit (from 0). Fields that are numbers (channels, size of
the display) have functions of their own. Bytes 19 and 20 belong to other standards; bits behind byte 32 have no name
here and are kept.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

from simtool.errors import EncodeError

_ROWS_BYTE, _COLUMNS_BYTE, _CHANNELS_BYTE = 13, 14, 12
_ROWS_BITS, _COLUMNS_BITS, _CHANNELS_SHIFT = 0x1F, 0x7F, 5
MAX_SIZE = 255


class Facility(IntEnum):
    """Bits of the profile, byte by byte."""

    # 1: download
    PROFILE_DOWNLOAD = 0
    SMS_PP_DOWNLOAD = 1
    CELL_BROADCAST_DOWNLOAD = 2
    MENU_SELECTION = 3
    SMS_PP_DOWNLOAD_AGAIN = 4
    TIMER_EXPIRATION = 5
    USSD_IN_CALL_CONTROL = 6
    CALL_CONTROL_AT_REDIAL = 7
    # 2: other
    COMMAND_RESULT = 8
    CALL_CONTROL = 9
    CALL_CONTROL_CELL_IDENTITY = 10
    MO_SMS_CONTROL = 11
    CALL_CONTROL_ALPHA_IDENTIFIER = 12
    UCS2_ENTRY = 13
    UCS2_DISPLAY = 14
    DISPLAY_EXTENSION_TEXT = 15
    # 3: proactive commands
    DISPLAY_TEXT = 16
    GET_INKEY = 17
    GET_INPUT = 18
    MORE_TIME = 19
    PLAY_TONE = 20
    POLL_INTERVAL = 21
    POLLING_OFF = 22
    REFRESH = 23
    # 4
    SELECT_ITEM = 24
    SEND_SHORT_MESSAGE = 25
    SEND_SS = 26
    SEND_USSD = 27
    SET_UP_CALL = 28
    SET_UP_MENU = 29
    LOCAL_LOCATION_AND_IMEI = 30
    LOCAL_MEASUREMENT = 31
    # 5: events
    SET_UP_EVENT_LIST = 32
    EVENT_MT_CALL = 33
    EVENT_CALL_CONNECTED = 34
    EVENT_CALL_DISCONNECTED = 35
    EVENT_LOCATION_STATUS = 36
    EVENT_USER_ACTIVITY = 37
    EVENT_IDLE_SCREEN = 38
    EVENT_CARD_READER_STATUS = 39
    # 6
    EVENT_LANGUAGE_SELECTION = 40
    EVENT_BROWSER_TERMINATION = 41
    EVENT_DATA_AVAILABLE = 42
    EVENT_CHANNEL_STATUS = 43
    EVENT_ACCESS_TECHNOLOGY = 44
    EVENT_DISPLAY_PARAMETERS = 45
    EVENT_LOCAL_CONNECTION = 46
    EVENT_NETWORK_SEARCH_MODE = 47
    # 7: card readers
    POWER_ON_CARD = 48
    POWER_OFF_CARD = 49
    PERFORM_CARD_APDU = 50
    READER_STATUS = 51
    READER_IDENTIFIER = 52
    # 8
    TIMER_START_STOP = 56
    TIMER_VALUE = 57
    LOCAL_DATE_TIME = 58
    INKEY_YES_NO = 59
    SET_UP_IDLE_MODE_TEXT = 60
    RUN_AT_COMMAND = 61
    SECOND_ALPHA_IDENTIFIER = 62
    SECOND_CONFIGURATION = 63
    # 9
    SUSTAINED_DISPLAY_TEXT = 64
    SEND_DTMF = 65
    LOCAL_BCCH_CHANNELS = 66
    LOCAL_LANGUAGE = 67
    LOCAL_TIMING_ADVANCE = 68
    LANGUAGE_NOTIFICATION = 69
    LAUNCH_BROWSER = 70
    LOCAL_ACCESS_TECHNOLOGY = 71
    # 10: soft keys; byte 11 is their number
    SOFT_KEYS_SELECT_ITEM = 72
    SOFT_KEYS_SET_UP_MENU = 73
    # 12: bearer independent protocol
    OPEN_CHANNEL = 88
    CLOSE_CHANNEL = 89
    RECEIVE_DATA = 90
    SEND_DATA = 91
    CHANNEL_STATUS = 92
    SERVICE_SEARCH = 93
    SERVICE_INFORMATION = 94
    DECLARE_SERVICE = 95
    # 13: bearers; bits 6 to 8 are the number of channels
    BEARER_CSD = 96
    BEARER_GPRS = 97
    BEARER_BLUETOOTH = 98
    BEARER_IRDA = 99
    BEARER_RS232 = 100
    # 14: bits 1 to 5 are the lines of the display
    NO_DISPLAY = 109
    NO_KEYPAD = 110
    SCREEN_SIZING = 111
    # 15: bits 1 to 7 are the columns of the display
    VARIABLE_FONTS = 119
    # 16
    DISPLAY_RESIZE = 120
    TEXT_WRAPPING = 121
    TEXT_SCROLLING = 122
    TEXT_ATTRIBUTES = 123
    # 17: transport
    TCP_CLIENT_REMOTE = 128
    UDP_CLIENT_REMOTE = 129
    TCP_SERVER = 130
    TCP_CLIENT_LOCAL = 131
    UDP_CLIENT_LOCAL = 132
    DIRECT_CHANNEL = 133
    BEARER_EUTRAN = 134
    BEARER_HSDPA = 135
    # 18
    DISPLAY_TEXT_DURATION = 136
    INKEY_IMMEDIATE_HELP = 137
    BEARER_USB = 138
    INKEY_DURATION = 139
    LOCAL_ESN = 140
    CALL_CONTROL_GPRS = 141
    LOCAL_IMEISV = 142
    LOCAL_SEARCH_MODE = 143
    # 21: browsers
    WML = 160
    XHTML = 161
    HTML = 162
    CHTML = 163
    # 22
    UTRAN_EXTENDED_PARAMETERS = 168
    LOCAL_BATTERY = 169
    MELODIES = 170
    MULTIMEDIA_CALL = 171
    TOOLKIT_GBA = 172
    RETRIEVE_MM = 173
    SUBMIT_MM = 174
    DISPLAY_MM = 175
    # 23
    SET_FRAMES = 176
    GET_FRAMES_STATUS = 177
    MMS_NOTIFICATION = 178
    REFRESH_ALPHA = 179
    GEOGRAPHICAL_REPORT = 180
    LOCAL_MEID = 181
    LOCAL_UTRAN_MEASUREMENT = 182
    USSD_DOWNLOAD = 183
    # 25: events (24: bits 1 to 4 are the number of frames)
    EVENT_BROWSING_STATUS = 192
    EVENT_MMS_TRANSFER = 193
    EVENT_FRAMES_INFORMATION = 194
    EVENT_WLAN_ACCESS = 195
    EVENT_NETWORK_REJECTION = 196
    EVENT_HCI_CONNECTIVITY = 197
    EVENT_EUTRAN_REJECTION = 198
    MULTIPLE_ACCESS_TECHNOLOGIES = 199
    # 26
    EVENT_CSG_CELL = 200
    EVENT_CONTACTLESS_STATE = 201
    # 28 and 29: text attributes
    ALIGN_LEFT = 216
    ALIGN_CENTRE = 217
    ALIGN_RIGHT = 218
    FONT_NORMAL = 219
    FONT_LARGE = 220
    FONT_SMALL = 221
    STYLE_NORMAL = 224
    STYLE_BOLD = 225
    STYLE_ITALIC = 226
    STYLE_UNDERLINED = 227
    STYLE_STRIKETHROUGH = 228
    TEXT_FOREGROUND = 229
    TEXT_BACKGROUND = 230
    # 30
    BEARER_WLAN = 232
    LOCAL_WLAN_IDENTIFIER = 233
    TERMINAL_APPLICATIONS = 234
    STEERING_REFRESH = 235
    ACTIVATE = 236
    GEOGRAPHICAL_REQUEST = 237
    LOCAL_BROADCAST_NETWORK = 238
    WLAN_STEERING_REFRESH = 239
    # 31
    CONTACTLESS_STATE_CHANGED = 240
    CSG_DISCOVERY = 241
    SERVER_CONFIRMATION = 242
    IMS_CALL_CONTROL = 243
    MODEM_INTERFACE = 244
    EVENT_IMS_DATA = 245
    EVENT_IMS_REGISTRATION = 246
    CONTAINERS = 247
    # 32
    BEARER_IMS = 248
    LOCAL_HNB_ADDRESS = 249
    LOCAL_HNB_SURROUNDINGS = 250
    SERVER_LAUNCH_PARAMETERS = 251
    SERVER_DIRECT = 252
    PROSE_SECURITY = 253
    REFRESH_POLICY = 254
    DNS_REQUEST = 255

    @property
    def byte(self) -> int:
        """Counted from 1, as in the standard."""
        return self // 8 + 1

    @property
    def bit(self) -> int:
        return self % 8 + 1


@dataclass(frozen=True, slots=True)
class TerminalProfile:
    """A terminal's abilities. `facilities` are `Facility` members, or numbers for bits without a name.

    `rows` and `columns` are the display's, 0 if not told; `channels` how many it can have open at once.
    """

    facilities: frozenset[int]
    rows: int = 0
    columns: int = 0
    channels: int = 0

    @classmethod
    def of(cls, facilities: Iterable[int], *, rows: int = 0, columns: int = 0, channels: int = 0) -> TerminalProfile:
        return cls(frozenset(facilities), rows, columns, channels)

    def __contains__(self, facility: int) -> bool:
        return facility in self.facilities

    def encode(self) -> bytes:
        """As many bytes as are needed. Raises `EncodeError` for a number that does not fit its bits."""
        if not 0 <= self.rows <= _ROWS_BITS or not 0 <= self.columns <= _COLUMNS_BITS or not 0 <= self.channels <= 7:
            raise EncodeError("a display has up to 31 lines and 127 columns, a terminal up to 7 channels")
        content = bytearray(MAX_SIZE)
        for facility in self.facilities:
            if not 0 <= facility < 8 * MAX_SIZE or _in_number(facility):
                raise EncodeError(f"{facility} is no bit of a terminal profile")
            content[facility // 8] |= 1 << facility % 8
        content[_ROWS_BYTE] |= self.rows
        content[_COLUMNS_BYTE] |= self.columns
        content[_CHANNELS_BYTE] |= self.channels << _CHANNELS_SHIFT
        return bytes(content.rstrip(b"\x00")) or b"\x00"

    @classmethod
    def decode(cls, raw: bytes) -> TerminalProfile:
        """Any bytes; what is not there is not supported (TS 102 223 §5.2)."""
        content = raw[:MAX_SIZE]
        numbers = content.ljust(_COLUMNS_BYTE + 1, b"\x00")
        bits = [place for place in range(8 * len(content)) if content[place // 8] >> place % 8 & 1]
        return cls(
            frozenset(_facility(place) for place in bits if not _in_number(place)),
            numbers[_ROWS_BYTE] & _ROWS_BITS,
            numbers[_COLUMNS_BYTE] & _COLUMNS_BITS,
            numbers[_CHANNELS_BYTE] >> _CHANNELS_SHIFT,
        )


def _in_number(place: int) -> bool:
    """Whether a bit is part of a number."""
    masks = {_ROWS_BYTE: _ROWS_BITS, _COLUMNS_BYTE: _COLUMNS_BITS, _CHANNELS_BYTE: 0xFF << _CHANNELS_SHIFT}
    return bool(masks.get(place // 8, 0) >> place % 8 & 1)


def _facility(place: int) -> int:
    try:
        return Facility(place)
    except ValueError:
        return place
