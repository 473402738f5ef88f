"""The MVNO product: what is the same on every card, by meaning and not by file (YAML).

A profile says who the operator is, how numbers and keys are made, and what a phone shall show and do. It knows nothing
of card products: `simtool.perso.render` brings the two together.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import PrivateAttr

from simtool.codec.identifiers import Iccid, Imsi
from simtool.crypto.column import Column
from simtool.crypto.key_source import RandomSource
from simtool.crypto.secret import Secret
from simtool.errors import CodecError, InputError
from simtool.files.path import FilePath
from simtool.files.specs import PIN_LENGTH
from simtool.perso.material import (
    KEY_LENGTH,
    TOP_LENGTH,
    CodePolicy,
    KeySetPolicy,
    MaterialPolicy,
    make_material,
)
from simtool.perso.private_file import read_private_key
from simtool.perso.record import CardRecord, Credential, Subscription, parse_credential
from simtool.perso.sections import (
    KEEP,
    RANDOM,
    Authentication,
    Branding,
    Identity,
    Ims,
    Network,
    Operator,
    Services,
)
from simtool.perso.source import Section, Source, check, parse_yaml, read_yaml
from simtool.perso.stock import load_stock

TYPED = frozenset(("files",))  # content values keep YAML's numbers
RANDOM_DIGITS = {"PIN1": 4, "PIN2": 4}
RANDOM_DIGITS_ELSE = 8


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
        cards = self._iccids(count, start)
        imsis = [self._imsi(start + index) for index in range(count)]
        iccids = Column.of(iccid.digits.encode() for iccid, _ in cards)
        made = make_material(self.material_policy(), RandomSource(), iccids)
        keys = made.subscriptions[0]
        return tuple(
            CardRecord(
                iccid,
                (
                    Subscription(
                        imsi=imsis[index],
                        k=Secret(keys.k[index], kind="ki"),
                        opc=Secret(keys.opc[index], kind="opc") if keys.opc is not None else None,
                        algorithm=self.authentication.algorithm,
                        msisdn=self._msisdn(start + index),
                    ),
                ),
                credentials,
                tuple(codes.credential(index) for codes in made.targets),
                tuple(sets.key_set(index) for sets in made.key_sets),
            )
            for index, (iccid, credentials) in enumerate(cards)
        )

    def material_policy(self) -> MaterialPolicy:
        """The secrets to be made for each card. Raises `InputError` when the file of the OP cannot be used."""
        authentication = self.authentication
        codes = tuple(
            CodePolicy(name, RANDOM_DIGITS.get(name, RANDOM_DIGITS_ELSE), _fixed_code(name, policy.value))
            for name, policy in authentication.pins.items()
            if policy.value != KEEP
        )
        code = self._operator_code()
        operator_code = None if code is None else Column(code.length, code.reveal())
        key_sets = tuple(
            KeySetPolicy(wanted.version, wanted.cipher, wanted.length) for wanted in authentication.key_sets
        )
        return MaterialPolicy(authentication.algorithm, operator_code, codes, key_sets)

    def stock(self) -> list[tuple[Iccid, tuple[Credential, ...]]] | None:
        """The cards as delivered, where the profile names a stock of them. Raises `InputError`."""
        source = self.identity.iccid
        return None if source.stock is None else load_stock(self._folder / source.stock)

    def _iccids(self, count: int, start: int) -> list[tuple[Iccid, tuple[Credential, ...]]]:
        stock = self.stock()
        if stock is not None:
            if start + count > len(stock):
                raise InputError(
                    f"the stock holds {len(stock)} cards, {start + count} are needed",
                    place=self.place("identity", "iccid", "stock"),
                    field="identity.iccid.stock",
                    hint="add the supplier's delivery file, or issue fewer",
                )
            return stock[start : start + count]
        first = self.identity.iccid.first or ""
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
        length = TOP_LENGTH if self.authentication.algorithm == "tuak" else KEY_LENGTH
        try:
            return read_private_key(self._folder / name, kind="op", length=length)
        except InputError as error:
            field = "authentication.op_file"
            raise InputError(error.reason, place=error.place, field=field, hint=error.hint) from None


def _fixed_code(name: str, value: str) -> Column | None:
    """The one value that every card gets; None for a random one."""
    return None if value == RANDOM else Column(PIN_LENGTH, parse_credential(name, value).reveal())
