"""The sections of a profile: what each may say, and what it means (docs/profile.md shows them all)."""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, field_validator, model_validator

from simtool.codec.access_technology import AccessTechnology
from simtool.codec.dial_number import DialNumber
from simtool.codec.identifiers import Imsi, Plmn
from simtool.crypto.key_set import VERSIONS, KeyCipher
from simtool.errors import EncodeError
from simtool.perso.record import ALGORITHMS, parse_credential
from simtool.perso.source import Section

KEEP, RANDOM = "keep", "random"
BY_PHONE, BY_CARD = "phone", "card"
SUCI_KEY_LENGTHS = {"A": 32, "B": 33}
ICCID_BODY_LENGTHS = (18, 19)


def text_field(parse: Callable[[str], Any]) -> BeforeValidator:
    """A value that is written as text and read by `parse`."""

    return BeforeValidator(lambda value: value if not isinstance(value, str | int) else parse(str(value)))


def _hex(value: str) -> bytes:
    try:
        return bytes.fromhex(value)
    except ValueError:
        raise EncodeError("not hex digits") from None


PlmnField = Annotated[Plmn, text_field(Plmn.parse)]
NumberField = Annotated[DialNumber, text_field(DialNumber.parse)]
HexField = Annotated[bytes, text_field(_hex)]
ImsiField = Annotated[Imsi, text_field(Imsi)]


class OperatorKind(Enum):
    """How much of the network an MVNO owns."""

    RESELLER = "reseller"
    SERVICE_PROVIDER = "service-provider"
    ENHANCED = "enhanced"
    FULL = "full"


class Operator(Section):
    kind: OperatorKind
    name: str
    plmn: PlmnField


class IccidSource(Section):
    """Either numbers made here (`first`, without its check digit), or cards whose ICCID is fixed (`stock`, a file)."""

    first: str | None = None
    stock: Path | None = None

    @field_validator("first")
    @classmethod
    def _digits(cls, value: str | None) -> str | None:
        if value is not None and not (value.isdigit() and len(value) in ICCID_BODY_LENGTHS):
            raise ValueError("an ICCID without its check digit has 18 or 19 digits")
        return value

    @model_validator(mode="after")
    def _one(self) -> IccidSource:
        if (self.first is None) == (self.stock is None):
            raise ValueError("give either first or stock")
        return self


class ImsiRange(Section):
    first: ImsiField
    last: ImsiField | None = None


class Identity(Section):
    iccid: IccidSource
    imsi: ImsiRange
    msisdn: NumberField | None = None
    gid1: HexField | None = None
    gid2: HexField | None = None


class PinPolicy(Section):
    """What a PIN, PUK or ADM code shall become: `keep` it, a `random` one per card, or these digits on every card.

    `enabled` says for a PIN whether the phone shall ask for it; nothing: as the card is.
    """

    value: str = KEEP
    enabled: bool | None = None

    @field_validator("value")
    @classmethod
    def _known(cls, value: str) -> str:
        if value not in (KEEP, RANDOM):
            parse_credential("the value", value)
        return value


class OtaKeys(Section):
    """A key set of its own for every card, for secured packets (versions 1 to 15) or a security domain."""

    version: int
    cipher: KeyCipher = KeyCipher.AES
    length: int = 16

    @model_validator(mode="after")
    def _fits(self) -> OtaKeys:
        if self.version not in VERSIONS:
            raise ValueError("a key version is a number from 1 to 127")
        if self.length not in self.cipher.lengths:
            raise ValueError(f"{self.cipher.value} keys have {' or '.join(map(str, self.cipher.lengths))} bytes")
        return self


class Authentication(Section):
    """`op_file` holds the operator's OP or TOP in hex (0600); without it every card gets a random OPc.

    `pins` are policies by name: PIN1, PIN2, PUK1, PUK2, ADM1 …; `key_sets` are made new for every card.
    """

    algorithm: str = "milenage"
    op_file: Path | None = None
    pins: dict[str, PinPolicy] = {}
    key_sets: tuple[OtaKeys, ...] = ()

    @field_validator("key_sets")
    @classmethod
    def _once(cls, value: tuple[OtaKeys, ...]) -> tuple[OtaKeys, ...]:
        if len({wanted.version for wanted in value}) != len(value):
            raise ValueError("a key version stands twice")
        return value

    @field_validator("pins")
    @classmethod
    def _names(cls, value: dict[str, PinPolicy]) -> dict[str, PinPolicy]:
        for name, policy in value.items():
            if re.fullmatch(r"(PIN|PUK)[12]|\w*ADM\d?", name) is None:
                raise ValueError(f"{name} is not PIN1, PIN2, PUK1, PUK2 or an ADM")
            if policy.enabled is not None and name != "PIN1":
                raise ValueError(f"{name} cannot be switched on or off, only PIN1 can")
        return value

    @field_validator("algorithm")
    @classmethod
    def _known(cls, value: str) -> str:
        if value not in ALGORITHMS:
            raise ValueError(f"the algorithm is one of {', '.join(ALGORITHMS)}")
        return value


class ServiceProviderName(Section):
    """EF.SPN with its display condition (TS 31.102 §4.2.12)."""

    name: str
    show_plmn_at_home: bool = True
    hide_when_roaming: bool = True


class NetworkName(Section):
    """One EF.PNN record with the EF.OPL rows that lead to it."""

    full: str
    short: str | None = None
    plmns: tuple[PlmnField, ...] = ()


class Branding(Section):
    spn: ServiceProviderName | None = None
    networks: tuple[NetworkName, ...] = ()


class PreferredNetwork(Section):
    plmn: PlmnField
    technologies: tuple[str, ...] = ()

    @field_validator("technologies")
    @classmethod
    def _known(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        AccessTechnology.from_names(value)
        return value


class SuciKey(Section):
    """A public key of the home network (TS 33.501 Annex C.3): `scheme` A (X25519, 32 bytes) or B (P-256, 33 bytes)."""

    id: int
    scheme: str
    public_key: HexField

    @model_validator(mode="after")
    def _fits(self) -> SuciKey:
        length = SUCI_KEY_LENGTHS.get(self.scheme)
        if length is None:
            raise ValueError("the scheme is A or B")
        if len(self.public_key) != length:
            raise ValueError(
                f"a public key of scheme {self.scheme} has {length} bytes, this has {len(self.public_key)}"
            )
        if not 0 <= self.id <= 255:
            raise ValueError("a key id is a number from 0 to 255")
        return self


class Suci(Section):
    """How the subscriber's identity is concealed in 5G: by which keys, most wanted first, and by whom.

    Without keys it is not concealed (null scheme), but known to be asked for.
    """

    calculated_by: str = BY_PHONE
    keys: tuple[SuciKey, ...] = ()
    routing_indicator: str = "0"

    @field_validator("calculated_by")
    @classmethod
    def _who(cls, value: str) -> str:
        if value not in (BY_PHONE, BY_CARD):
            raise ValueError(f"the SUCI is calculated by {BY_PHONE} or {BY_CARD}")
        return value


class Network(Section):
    home: tuple[PreferredNetwork, ...] = ()
    operator: tuple[PreferredNetwork, ...] = ()
    user: tuple[PreferredNetwork, ...] = ()
    equivalent_home: tuple[PlmnField, ...] = ()
    forbidden: tuple[PlmnField, ...] | None = None
    home_search_period: int | None = None
    suci: Suci | None = None
    access_class: str = "from-imsi"

    @field_validator("access_class")
    @classmethod
    def _class(cls, value: str) -> str:
        if value != "from-imsi" and not (value.isdigit() and int(value) <= 15 and int(value) != 10):
            raise ValueError("an access class is from-imsi or a number 0 to 9 or 11 to 15")
        return value

    @field_validator("home_search_period")
    @classmethod
    def _period(cls, value: int | None) -> int | None:
        if value is not None and not (0 <= value <= 480 and value % 6 == 0):
            raise ValueError("the home search period is 0 to 480 minutes in steps of 6")
        return value


class Services(Section):
    smsc: NumberField | None = None
    voicemail: NumberField | None = None


class Epdg(Section):
    """The gateway for calls over foreign Wi-Fi (TS 31.102 §4.2.102 and §4.2.104)."""

    identifier: str | None = None
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
