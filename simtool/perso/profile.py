"""The MVNO product: what is the same on every card, by meaning and not by file (YAML).

A profile says who the operator is, how numbers and keys are made, and what a phone shall show and do. It knows nothing
of card products: `simtool.perso.render` brings the two together.
"""

from __future__ import annotations

import re
import secrets
from enum import Enum
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, PrivateAttr, field_validator, model_validator

from simtool.codec.access_technology import AccessTechnology
from simtool.codec.dial_number import DialNumber
from simtool.codec.identifiers import Iccid, Imsi, Plmn
from simtool.crypto.milenage import derive_opc
from simtool.crypto.secret import Secret
from simtool.crypto.tuak import derive_topc
from simtool.errors import CodecError, EncodeError, InputError
from simtool.files.path import FilePath
from simtool.perso.record import ALGORITHMS, WITHOUT_OPC, CardRecord, Credential, Subscription, parse_credential
from simtool.perso.source import Section, Source, check, parse_yaml, read_yaml

TYPED = frozenset(("files",))  # content values keep YAML's numbers
KEY_LENGTH = 16
TOP_LENGTH = 32
KEEP, RANDOM = "keep", "random"
BY_PHONE, BY_CARD = "phone", "card"
SUCI_KEY_LENGTHS = {"A": 32, "B": 33}
RANDOM_DIGITS = {"PIN1": 4, "PIN2": 4}
RANDOM_DIGITS_ELSE = 8
ICCID_BODY_LENGTHS = (18, 19)


def _text(parse: Any) -> BeforeValidator:
    return BeforeValidator(lambda value: value if not isinstance(value, str | int) else parse(str(value)))


def _hex(value: str) -> bytes:
    try:
        return bytes.fromhex(value)
    except ValueError:
        raise EncodeError("not hex digits") from None


PlmnField = Annotated[Plmn, _text(Plmn.parse)]
NumberField = Annotated[DialNumber, _text(DialNumber.parse)]
HexField = Annotated[bytes, _text(_hex)]
ImsiField = Annotated[Imsi, _text(Imsi)]


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


class Authentication(Section):
    """`op_file` holds the operator's OP or TOP in hex (0600); without it every card gets a random OPc.

    `pins` are policies by name: PIN1, PIN2, PUK1, PUK2, ADM1 …
    """

    algorithm: str = "milenage"
    op_file: Path | None = None
    pins: dict[str, PinPolicy] = {}

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


class _ProfileForm(Section):
    operator: Operator
    identity: Identity
    authentication: Authentication = Authentication()
    branding: Branding = Branding()
    network: Network = Network()
    services: Services = Services()
    ims: Ims | None = None
    files: dict[str, Any] = {}


class Profile(_ProfileForm):
    """An MVNO product. `Profile.load(path)` reads and checks the file; `issue(n)` makes card records."""

    _source: Source = PrivateAttr()
    _folder: Path = PrivateAttr()

    @classmethod
    def load(cls, path: Path | str) -> Profile:
        """Read a profile. Raises `InputError` with file, line, field and reason for every problem found."""
        path = Path(path)
        return cls._checked(read_yaml(path, typed=TYPED), path.parent)

    @classmethod
    def parse(cls, text: str, *, name: str = "profile", folder: Path | None = None) -> Profile:
        """The same from text; relative names in it start at `folder`."""
        return cls._checked(parse_yaml(text, name, typed=TYPED), folder or Path())

    @classmethod
    def _checked(cls, source: Source, folder: Path) -> Profile:
        profile = check(source, cls)
        profile._source, profile._folder = source, folder
        profile._check_whole()
        return profile

    def place(self, *location: str | int) -> str:
        """`FILE:LINE` of a value, for messages."""
        return self._source.place(location)

    def _check_whole(self) -> None:
        home = self.operator.plmn
        for name, imsi in (("first", self.identity.imsi.first), ("last", self.identity.imsi.last)):
            if imsi is not None and not imsi.digits.startswith(home.mcc + home.mnc):
                raise InputError(
                    f"the IMSI does not begin with the operator's {home}",
                    place=self.place("identity", "imsi", name),
                    field=f"identity.imsi.{name}",
                )
        for text in self.files:
            try:
                FilePath(text)
            except CodecError as error:
                raise InputError(str(error), place=self.place("files", text), field=f"files.{text}") from None

    def issue(self, count: int, *, start: int = 0) -> tuple[CardRecord, ...]:
        """`count` new records, skipping the first `start` numbers of the ranges; keys come from the system's CSPRNG.

        Nothing remembers what was issued: the caller moves `start` on. Raises `InputError` when a range is too short.
        """
        bodies = self._iccids(count, start)
        operator_code = self._operator_code()
        return tuple(
            self._record(iccid, credentials, start + index, operator_code)
            for index, (iccid, credentials) in enumerate(bodies)
        )

    def _record(
        self, iccid: Iccid, credentials: tuple[Credential, ...], index: int, operator_code: Secret | None
    ) -> CardRecord:
        algorithm = self.authentication.algorithm
        k = secrets.token_bytes(KEY_LENGTH)
        subscription = Subscription(
            imsi=self._imsi(index),
            k=Secret(k, kind="ki"),
            opc=_derived(algorithm, k, operator_code),
            algorithm=algorithm,
            msisdn=self._msisdn(index),
        )
        return CardRecord(iccid, (subscription,), credentials, self._targets())

    def _targets(self) -> tuple[Credential, ...]:
        found = []
        for name, policy in self.authentication.pins.items():
            if policy.value == KEEP:
                continue
            digits = RANDOM_DIGITS.get(name, RANDOM_DIGITS_ELSE)
            drawn = "".join(secrets.choice("0123456789") for _ in range(digits))
            found.append(Credential(name, parse_credential(name, drawn if policy.value == RANDOM else policy.value)))
        return tuple(found)

    def _iccids(self, count: int, start: int) -> list[tuple[Iccid, tuple[Credential, ...]]]:
        source = self.identity.iccid
        if source.stock is not None:
            stock = load_stock(self._folder / source.stock)
            if start + count > len(stock):
                raise InputError(
                    f"the stock holds {len(stock)} cards, {start + count} are needed",
                    place=self.place("identity", "iccid", "stock"),
                    field="identity.iccid.stock",
                    hint="add the supplier's delivery file, or issue fewer",
                )
            return stock[start : start + count]
        first = source.first or ""
        numbers = range(int(first) + start, int(first) + start + count)
        return [(Iccid.from_body(str(number).zfill(len(first))), ()) for number in numbers]

    def _imsi(self, index: int) -> Imsi:
        first, last = self.identity.imsi.first, self.identity.imsi.last
        digits = str(int(first.digits) + index).zfill(len(first.digits))
        if len(digits) > len(first.digits) or (last is not None and digits > last.digits):
            raise InputError(
                f"the IMSI range ends before number {index + 1}",
                place=self.place("identity", "imsi"),
                field="identity.imsi",
                hint="extend the range or issue fewer",
            )
        return Imsi(digits)

    def _msisdn(self, index: int) -> str | None:
        if self.identity.msisdn is None:
            return None
        text = str(self.identity.msisdn)
        plus, digits = ("+", text[1:]) if text.startswith("+") else ("", text)
        return plus + str(int(digits) + index).zfill(len(digits))

    def _operator_code(self) -> Secret | None:
        name = self.authentication.op_file
        if name is None:
            return None
        path, field = self._folder / name, "authentication.op_file"
        length = TOP_LENGTH if self.authentication.algorithm == "tuak" else KEY_LENGTH
        try:
            if path.stat().st_mode & 0o077:
                raise InputError("others can read this file", place=str(path), field=field, hint=f"chmod 600 {path}")
            return Secret.from_hex(path.read_text().strip(), length=length, kind="op")
        except OSError as error:
            raise InputError(error.strerror or str(error), place=str(path), field=field) from error
        except EncodeError as error:
            raise InputError(str(error), place=str(path), field=field) from None


def _derived(algorithm: str, k: bytes, operator_code: Secret | None) -> Secret | None:
    """OPc or TOPc of one card."""
    if algorithm in WITHOUT_OPC:
        return None
    if operator_code is None:
        return Secret(secrets.token_bytes(TOP_LENGTH if algorithm == "tuak" else KEY_LENGTH), kind="opc")
    derive = derive_topc if algorithm == "tuak" else derive_opc
    return Secret(derive(k, operator_code.reveal()), kind="opc")


class _StockCard(Section):
    iccid: Annotated[Iccid, _text(Iccid.parse)]
    credentials: dict[str, str] = {}


class _Stock(Section):
    cards: list[_StockCard]


def load_stock(path: Path) -> list[tuple[Iccid, tuple[Credential, ...]]]:
    """Cards as the supplier delivered them: ICCID and credentials. Raises `InputError` with the place."""
    source = read_yaml(path)
    stock = []
    for index, card in enumerate(check(source, _Stock).cards):
        try:
            credentials = tuple(
                Credential(name, parse_credential(name, text)) for name, text in card.credentials.items()
            )
        except EncodeError as error:
            place = source.place(("cards", index, "credentials"))
            raise InputError(str(error), place=place, field=f"cards.{index}.credentials") from None
        stock.append((card.iccid, credentials))
    if len({iccid for iccid, _ in stock}) != len(stock):
        raise InputError("an ICCID stands twice", place=str(path), field="cards")
    return stock
