"""The MVNO product: what is the same on every card, by meaning and not by file (YAML).

A profile says who the operator is, how numbers and keys are made, and what a phone shall show and do. It knows nothing
of card products: `simtool.perso.render` brings the two together.
"""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

from pydantic import PrivateAttr

from simtool.codec.identifiers import Iccid, Imsi
from simtool.crypto.milenage import derive_opc
from simtool.crypto.secret import Secret
from simtool.crypto.tuak import derive_topc
from simtool.errors import CodecError, EncodeError, InputError
from simtool.files.path import FilePath
from simtool.perso.aka_settings import TuakSettings
from simtool.perso.record import WITHOUT_OPC, CardRecord, Credential, Subscription, parse_credential
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
KEY_LENGTH = 16
TOP_LENGTH = 32
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
        bodies = self._iccids(count, start)
        operator_code = self._operator_code()
        return tuple(
            self._record(iccid, credentials, start + index, operator_code)
            for index, (iccid, credentials) in enumerate(bodies)
        )

    def _record(
        self, iccid: Iccid, credentials: tuple[Credential, ...], index: int, operator_code: Secret | None
    ) -> CardRecord:
        algorithm, settings = self.authentication.algorithm, self.authentication.settings
        k = secrets.token_bytes(KEY_LENGTH)
        subscription = Subscription(
            imsi=self._imsi(index),
            k=Secret(k, kind="ki"),
            opc=_derived(algorithm, k, operator_code, settings.tuak),
            algorithm=algorithm,
            msisdn=self._msisdn(index),
            sqn=settings.sqn.start if settings.sqn is not None else 0,
            settings=settings,
        )
        key_sets = tuple(policy.random() for policy in self.authentication.key_sets)
        return CardRecord(iccid, (subscription,), credentials, self._targets(), key_set_targets=key_sets)

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


def _derived(algorithm: str, k: bytes, operator_code: Secret | None, tuak: TuakSettings | None) -> Secret | None:
    """OPc or TOPc of one card."""
    if algorithm in WITHOUT_OPC:
        return None
    if operator_code is None:
        return Secret(secrets.token_bytes(TOP_LENGTH if algorithm == "tuak" else KEY_LENGTH), kind="opc")
    if algorithm == "tuak":
        iterations = tuak.keccak_iterations if tuak is not None else 1
        return Secret(derive_topc(k, operator_code.reveal(), keccak_iterations=iterations), kind="opc")
    return Secret(derive_opc(k, operator_code.reveal()), kind="opc")
