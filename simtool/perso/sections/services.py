"""Numbers and services that a phone uses: messages, mailbox, customer care, emergencies, USSD, IMS, carrier apps."""

from __future__ import annotations

from typing import Any

from pydantic import ConfigDict, field_validator, model_validator

from simtool.files.contents.numbers import EMERGENCY_SERVICES
from simtool.perso.sections.fields import HexField, NamedNumber, NumberField, PlmnField, or_short
from simtool.perso.source import Section

CERTIFICATE_DIGESTS = (20, 32)
EMERGENCY_DIGITS = 6
DERIVED = "derived"


class Voicemail(Section):
    """The mailbox to dial; written as just its number where it needs no name."""

    model_config = ConfigDict(json_schema_extra=or_short({"type": ["string", "integer"]}))

    number: NumberField
    name: str = ""

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        return {"number": value} if isinstance(value, str | int) else value


class EmergencyCode(Section):
    """A code that the phone treats as an emergency call even where the network says nothing (TS 22.101 §10.1)."""

    number: NumberField
    name: str = ""
    services: tuple[str, ...] = ()

    @field_validator("services")
    @classmethod
    def _known(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for name in value:
            if name not in EMERGENCY_SERVICES:
                raise ValueError(f"{name!r} is not an emergency service; known are {', '.join(EMERGENCY_SERVICES)}")
        return value

    @model_validator(mode="after")
    def _short_enough(self) -> EmergencyCode:
        if len(self.number.digits) > EMERGENCY_DIGITS or self.number.international:
            raise ValueError(f"an emergency code has at most {EMERGENCY_DIGITS} digits and no +")
        return self


class UssdShortcut(Section):
    """A code such as *100# under a name in the list of service numbers."""

    name: str
    code: NumberField

    @model_validator(mode="after")
    def _is_code(self) -> UssdShortcut:
        if not (self.code.digits[0] in "*#" and self.code.digits.endswith("#")):
            raise ValueError("a USSD code begins with * or # and ends with # (TS 22.030 §6.5.2)")
        return self


class CarrierApp(Section):
    """An Android app, by the digest (SHA-1 or SHA-256) of its certificate, that gets carrier privileges."""

    certificate: HexField
    package: str | None = None

    @field_validator("certificate")
    @classmethod
    def _digest(cls, value: bytes) -> bytes:
        if len(value) not in CERTIFICATE_DIGESTS:
            raise ValueError(f"a digest has 20 bytes (SHA-1) or 32 (SHA-256), this has {len(value)}")
        return value


class Services(Section):
    smsc: NumberField | None = None
    voicemail: Voicemail | None = None
    message_waiting: bool = False
    """The phone shows waiting messages (EF.MWIS, delivered with nothing waiting)."""
    customer_care: NamedNumber | None = None
    missed_calls: NamedNumber | None = None
    numbers: tuple[NamedNumber, ...] = ()
    """Further service numbers (EF.SDN)."""
    ussd: tuple[UssdShortcut, ...] = ()
    emergency: tuple[EmergencyCode, ...] = ()
    carrier_apps: tuple[CarrierApp, ...] = ()


class Epdg(Section):
    """The gateway for calls over foreign Wi-Fi (TS 31.102 §4.2.102 and §4.2.104)."""

    identifier: str | None = None
    """A host name or address; `derived` for the one of TS 23.003 §19.4.2.9."""
    selection: tuple[PlmnField, ...] = ()


class Ims(Section):
    """Identities of TS 23.003 §13, derived from the IMSI unless given.

    `{imsi}`, `{mcc}`, `{mnc}` (with three digits) and `{msisdn}` stand for the card's own.
    """

    domain: str = "ims.mnc{mnc}.mcc{mcc}.3gppnetwork.org"
    impi: str = "{imsi}@ims.mnc{mnc}.mcc{mcc}.3gppnetwork.org"
    impu: tuple[str, ...] = ("sip:{imsi}@ims.mnc{mnc}.mcc{mcc}.3gppnetwork.org",)
    pcscf: tuple[str, ...] = ()
    epdg: Epdg | None = None

    @field_validator("domain", "impi", "impu", "pcscf")
    @classmethod
    def _holes(cls, value: Any) -> Any:
        for text in (value,) if isinstance(value, str) else value:
            filled_in(text, imsi="", mcc="", mnc="", msisdn="")
        return value


def filled_in(text: str, **own: str) -> str:
    """`text` with the card's own data in its holes. Raises `ValueError` for a hole of another name."""
    try:
        return text.format(**own)
    except (KeyError, IndexError, ValueError, AttributeError):
        raise ValueError(f"{{…}} stands for one of {', '.join(own)}") from None
