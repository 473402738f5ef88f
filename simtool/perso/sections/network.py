"""Which networks the phone looks for, whom it is allowed on, and how 5G hides who it is."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema, field_validator, model_validator

from simtool.perso.sections.fields import HexField, PlmnField, sized, technologies
from simtool.perso.source import Section

BY_PHONE, BY_CARD = "phone", "card"
FROM_IMSI = "from-imsi"
SUCI_KEY_LENGTHS = {"A": 32, "B": 33}
SEARCH_STEP, SEARCH_MAX = 6, 480
SPECIAL_CLASSES = range(11, 16)
UAC_IDENTITIES = (1, 2)
MCC_LENGTH = 3
_ONE_MCC = {"type": ["string", "integer"]}
MCC_SCHEMA = {"anyOf": [_ONE_MCC, {"type": "array", "items": _ONE_MCC}]}


class PreferredNetwork(Section):
    plmn: PlmnField
    technologies: tuple[str, ...] = ()

    @field_validator("technologies")
    @classmethod
    def _known(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return technologies(value)


class Steering(Section):
    """One country: whom to prefer there (behind `operator` in EF.OPLMNwAcT), whom never to use (EF.FPLMN)."""

    country: str
    mcc: Annotated[tuple[str, ...], WithJsonSchema(MCC_SCHEMA)]
    """The country's mobile country codes."""
    prefer: tuple[PreferredNetwork, ...] = ()
    avoid: tuple[PlmnField, ...] = ()

    @field_validator("mcc", mode="before")
    @classmethod
    def _several(cls, value: Any) -> Any:
        return [value] if isinstance(value, str | int) else value

    @model_validator(mode="after")
    def _of_that_country(self) -> Steering:
        for code in self.mcc:
            if len(code) != MCC_LENGTH or not code.isdecimal():
                raise ValueError(f"a mobile country code has {MCC_LENGTH} digits, not {code!r}")
        for plmn in (*(entry.plmn for entry in self.prefer), *self.avoid):
            if plmn.mcc not in self.mcc:
                raise ValueError(f"{plmn} is not a network of {self.country} ({', '.join(self.mcc)})")
        return self


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
        sized(f"a public key of scheme {self.scheme}", self.public_key, length)
        if not 0 <= self.id <= 255:
            raise ValueError("a key id is a number from 0 to 255")
        return self


class Suci(Section):
    """How the subscriber's identity is concealed in 5G: by which keys, most wanted first, and by whom.

    Without keys it is not concealed (null scheme), but known to be asked for.
    """

    enabled: bool = True
    """False: services 124 and 125 are off and no key stays on the card, whatever else stands here."""
    calculated_by: str = BY_PHONE
    keys: tuple[SuciKey, ...] = ()
    routing_indicator: Annotated[
        str,
        BeforeValidator(lambda value: str(value) if isinstance(value, int) else value),
        WithJsonSchema({"type": ["string", "integer"], "pattern": "^[0-9]{1,4}$"}),
    ] = "0"

    @field_validator("calculated_by")
    @classmethod
    def _who(cls, value: str) -> str:
        if value not in (BY_PHONE, BY_CARD):
            raise ValueError(f"the SUCI is calculated by {BY_PHONE} or {BY_CARD}")
        return value

    @field_validator("routing_indicator")
    @classmethod
    def _digits(cls, value: str) -> str:
        if not (value.isascii() and value.isdecimal() and 1 <= len(value) <= 4):
            raise ValueError("a routing indicator has 1 to 4 digits")
        return value


class Network(Section):
    home: tuple[PreferredNetwork, ...] = ()
    """Own and host networks with their technologies (EF.HPLMNwAcT)."""
    operator: tuple[PreferredNetwork, ...] = ()
    """Whom to prefer abroad, in order (EF.OPLMNwAcT)."""
    user: tuple[PreferredNetwork, ...] = ()
    """The customer's own list, as delivered (EF.PLMNwAcT)."""
    steering: tuple[Steering, ...] = ()
    equivalent_home: tuple[PlmnField, ...] = ()
    forbidden: tuple[PlmnField, ...] | None = None
    """An empty list clears EF.FPLMN."""
    home_search_period: int | None = None
    """Minutes between two searches for the home network, in steps of 6 (EF.HPPLMN)."""
    access_class: Annotated[
        str,
        BeforeValidator(lambda value: str(value) if isinstance(value, int) else value),
        WithJsonSchema({"type": ["string", "integer"], "pattern": "^(from-imsi|[0-9]|1[1-5])$"}),
    ] = FROM_IMSI
    """Of EF.ACC: `from-imsi` (its last digit, TS 22.011 §4.2) or a number."""
    special_access_classes: tuple[int, ...] = ()
    """11 to 15, beside the ordinary one: for staff, emergency services, utilities (TS 22.011 §4.2)."""
    access_identities: tuple[int, ...] | None = None
    """Of unified access control: 1 multimedia priority, 2 mission critical services (EF.UAC_AIC)."""
    ursp: HexField | None = None
    """Route selection rules in the coding of TS 24.526 §5.2, for cards with EF.URSP."""
    suci: Suci | None = None

    @field_validator("access_class")
    @classmethod
    def _class(cls, value: str) -> str:
        if value != FROM_IMSI and not (value.isdecimal() and int(value) <= 15 and int(value) != 10):
            raise ValueError("an access class is from-imsi or a number 0 to 9 or 11 to 15")
        return value

    @field_validator("special_access_classes")
    @classmethod
    def _special(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        if any(item not in SPECIAL_CLASSES for item in value):
            raise ValueError("special access classes are numbers from 11 to 15")
        return value

    @field_validator("access_identities")
    @classmethod
    def _identities(cls, value: tuple[int, ...] | None) -> tuple[int, ...] | None:
        if value is not None and any(item not in UAC_IDENTITIES for item in value):
            raise ValueError("access identities kept on the card are 1 and 2")
        return value

    @field_validator("home_search_period")
    @classmethod
    def _period(cls, value: int | None) -> int | None:
        if value is not None and not (0 <= value <= SEARCH_MAX and value % SEARCH_STEP == 0):
            raise ValueError(f"the home search period is 0 to {SEARCH_MAX} minutes in steps of {SEARCH_STEP}")
        return value
