"""Commands that reach into the network: calls, messages, services, browser (TS 102 223 §6.6, TS 31.111 §6.6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from simtool.codec.dial_number import DialNumber
from simtool.codec.proactive.body import Announced, Shown
from simtool.codec.proactive.objects import (
    ADDRESS,
    ALPHA,
    BYTE,
    DTMF,
    DURATION,
    ICON,
    RAW,
    TEXT,
    USSD,
    Duration,
    Icon,
    Text,
    UssdString,
)
from simtool.codec.proactive.places import ACCESS_NAME
from simtool.codec.proactive.shape import Coding, Part
from simtool.codec.proactive.tags import CommandType, Device, Tag

URL = Coding(lambda raw: raw.decode("latin-1"), lambda text: text.encode("latin-1", "replace"))


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUpCall(Shown):
    """SET UP CALL (§6.6.12). `confirmation` is what the user is asked, `alpha` what is shown during the call."""

    TYPE: ClassVar[CommandType] = CommandType.SET_UP_CALL
    DESTINATION: ClassVar[int] = Device.NETWORK
    confirmation: Annotated[str | None, Part(Tag.ALPHA_IDENTIFIER, ALPHA, before=Tag.ADDRESS)] = None
    address: Annotated[DialNumber | None, Part(Tag.ADDRESS, ADDRESS)] = None
    uri: Annotated[str | None, Part(Tag.URL, URL)] = None
    configuration: Annotated[bytes | None, Part(Tag.CAPABILITY_CONFIGURATION, RAW, comprehension=False)] = None
    subaddress: Annotated[bytes | None, Part(Tag.SUBADDRESS, RAW, comprehension=False)] = None
    duration: Annotated[Duration | None, Part(Tag.DURATION, DURATION, comprehension=False)] = None
    icon: Annotated[Icon | None, Part(Tag.ICON, ICON, comprehension=False)] = None
    alpha: Annotated[str | None, Part(Tag.ALPHA_IDENTIFIER, ALPHA, comprehension=False)] = None
    second_icon: Annotated[Icon | None, Part(Tag.ICON, ICON, comprehension=False)] = None
    text_attribute: Annotated[bytes | None, Part(Tag.TEXT_ATTRIBUTE, RAW, comprehension=False)] = None
    second_attribute: Annotated[bytes | None, Part(Tag.TEXT_ATTRIBUTE, RAW, comprehension=False)] = None

    @property
    def number(self) -> str:
        """What is dialled."""
        return str(self.address) if self.address is not None else self.uri or ""

    @property
    def redials(self) -> bool:
        return bool(self.qualifier & 0x01)

    @property
    def only_if_free(self) -> bool:
        """Not while the phone is busy with another call."""
        return self.qualifier in (0, 1)

    @property
    def disconnects_others(self) -> bool:
        return self.qualifier in (4, 5)


@dataclass(frozen=True, slots=True)
class SendSs(Announced):
    """SEND SS (TS 31.111 §6.6.10). The string begins with TON/NPI, as an address does."""

    TYPE: ClassVar[CommandType] = CommandType.SEND_SS
    DESTINATION: ClassVar[int] = Device.NETWORK
    string: Annotated[DialNumber, Part(Tag.SS_STRING, ADDRESS)]


@dataclass(frozen=True, slots=True)
class SendUssd(Announced):
    """SEND USSD (TS 31.111 §6.6.11)."""

    TYPE: ClassVar[CommandType] = CommandType.SEND_USSD
    DESTINATION: ClassVar[int] = Device.NETWORK
    string: Annotated[UssdString, Part(Tag.USSD_STRING, USSD)]


@dataclass(frozen=True, slots=True, kw_only=True)
class SendShortMessage(Announced):
    """SEND SHORT MESSAGE (§6.6.9, TS 31.111 §6.6.9): an SMS-SUBMIT or SMS-COMMAND of TS 23.040 in `tpdu`.

    `address` is the service centre; None: that of EF.SMSP.
    """

    TYPE: ClassVar[CommandType] = CommandType.SEND_SHORT_MESSAGE
    DESTINATION: ClassVar[int] = Device.NETWORK
    address: Annotated[DialNumber | None, Part(Tag.ADDRESS, ADDRESS)] = None
    tpdu: Annotated[bytes, Part(Tag.SMS_TPDU, RAW)]

    @property
    def to_be_packed(self) -> bool:
        """The text has to be packed as septets by the phone."""
        return bool(self.qualifier & 0x01)


@dataclass(frozen=True, slots=True)
class SendDtmf(Announced):
    """SEND DTMF (§6.6.24)."""

    TYPE: ClassVar[CommandType] = CommandType.SEND_DTMF
    DESTINATION: ClassVar[int] = Device.NETWORK
    digits: Annotated[str, Part(Tag.DTMF_STRING, DTMF)]


@dataclass(frozen=True, slots=True, kw_only=True)
class LaunchBrowser(Announced):
    """LAUNCH BROWSER (§6.6.26). An empty URL is the phone's own. `qualifier` is a `BrowserMode`."""

    TYPE: ClassVar[CommandType] = CommandType.LAUNCH_BROWSER
    browser: Annotated[int | None, Part(Tag.BROWSER_IDENTITY, BYTE)] = None
    url: Annotated[str, Part(Tag.URL, URL)]
    bearers: Annotated[bytes | None, Part(Tag.BEARER, RAW, comprehension=False)] = None
    provisioning: Annotated[tuple[bytes, ...], Part(Tag.PROVISIONING_FILE, RAW, many=True, comprehension=False)] = ()
    gateway: Annotated[Text | None, Part(Tag.TEXT_STRING, TEXT, comprehension=False)] = None
    access_name: Annotated[str | None, Part(Tag.NETWORK_ACCESS_NAME, ACCESS_NAME, comprehension=False)] = None
    login: Annotated[Text | None, Part(Tag.TEXT_STRING, TEXT, comprehension=False)] = None
    password: Annotated[Text | None, Part(Tag.TEXT_STRING, TEXT, comprehension=False)] = None


@dataclass(frozen=True, slots=True)
class GeographicalLocationRequest(Announced):
    """GEOGRAPHICAL LOCATION REQUEST (TS 31.111 §6.6.30): what kind of position is wanted, how exactly."""

    TYPE: ClassVar[CommandType] = CommandType.GEOGRAPHICAL_LOCATION_REQUEST
    parameters: Annotated[bytes, Part(Tag.GEOGRAPHICAL_LOCATION, RAW)]
