"""The MVNO product: what is the same on every card, by meaning and not by file (YAML).

A profile says who the operator is, how numbers and keys are made, and what a phone shall show and do. It knows nothing
of card products: `simtool.perso.render` brings the two together.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import PrivateAttr

from simtool.codec.identifiers import Iccid, Imsi, Plmn
from simtool.crypto.key_set import KeySet
from simtool.crypto.milenage import derive_opc
from simtool.crypto.secret import Secret
from simtool.crypto.tuak import derive_topc
from simtool.errors import CodecError, EncodeError, InputError
from simtool.files.path import FilePath
from simtool.perso.aka_settings import TuakSettings
from simtool.perso.kinds import refused
from simtool.perso.overlay import lay_over_base, read_layers
from simtool.perso.record import WITHOUT_OPC, CardRecord, Credential, Subscription, parse_credential
from simtool.perso.sections import (
    KEEP,
    RANDOM,
    Applet,
    Authentication,
    Branding,
    FurtherSubscription,
    Identity,
    Ims,
    ImsiRange,
    Network,
    NumberField,
    Operator,
    Services,
)
from simtool.perso.source import Section, Source, check, parse_yaml, together
from simtool.perso.stock import load_stock

TYPED = frozenset(("files",))  # content values keep YAML's numbers
KEY_LENGTH = 16
TOP_LENGTH = 32
RANDOM_DIGITS = {"PIN1": 4, "PIN2": 4}
RANDOM_DIGITS_ELSE = 8
IMSI_LENGTH = 15


class ProfileForm(Section):
    """An MVNO product: what is the same on every card."""

    operator: Operator
    identity: Identity = Identity()
    authentication: Authentication = Authentication()
    branding: Branding = Branding()
    network: Network = Network()
    services: Services = Services()
    ims: Ims | None = None
    applets: dict[str, Applet] = {}
    """The SIM applets that belong to the product, by name."""
    files: dict[str, Any] = {}
    """Any other file by its path, as a value or in hex (`hex:…`)."""


class Profile(ProfileForm):
    """An MVNO product. `Profile.load(path)` reads and checks the file; `issue(n)` makes card records."""

    _source: Source = PrivateAttr()
    _folder: Path = PrivateAttr()

    @classmethod
    def load(cls, path: Path | str) -> Profile:
        """Read a profile. Raises `InputError` with file, line, field and reason for every problem found."""
        path = Path(path)
        return cls._checked(read_layers(path, typed=TYPED), path.parent)

    @classmethod
    def parse(cls, text: str, *, name: str = "profile", folder: Path | None = None) -> Profile:
        """The same from text; relative names in it start at `folder`."""
        folder = folder or Path()
        return cls._checked(lay_over_base(parse_yaml(text, name, typed=TYPED), folder, typed=TYPED), folder)

    @classmethod
    def _checked(cls, source: Source, folder: Path) -> Profile:
        profile = check(source, cls)
        profile._source, profile._folder = source, folder
        problems = [*refused(profile.operator.kind, source), *profile._problems()]
        if problems:
            raise together(problems)
        return profile

    @property
    def source(self) -> Source:
        """What was written, and where."""
        return self._source

    def place(self, *location: str | int) -> str:
        """`FILE:LINE:COLUMN` of a value, for messages."""
        return self._source.place(location)

    @property
    def first_imsi(self) -> Imsi:
        """The first of the profile's own range, else the lowest of its network: a stand-in where any will do."""
        if self.identity.imsi is not None:
            return self.identity.imsi.first
        home = self.operator.plmn
        return Imsi((home.mcc + home.mnc).ljust(IMSI_LENGTH, "0"))

    def path_of(self, name: Path, *location: str | int) -> Path:
        """A file that the profile names: it is sought from the folder of the file that says so at `location`."""
        mark = self._source.mark(location)
        folder = self._folder if mark is None or mark.file == self._source.name else Path(mark.file).parent
        return folder / name

    def _problems(self) -> Iterator[InputError]:
        yield from self._wrong_imsis(self.identity.imsi, self.operator.plmn, ("identity", "imsi"))
        for number, further in enumerate(self.identity.further):
            yield from self._wrong_imsis(further.imsi, further.plmn, ("identity", "further", number, "imsi"))
        for text in self.files:
            try:
                FilePath(text)
            except CodecError as error:
                yield InputError(str(error), place=self.place("files", text), field=f"files.{text}")

    def _wrong_imsis(self, numbers: ImsiRange | None, home: Plmn, at: tuple[str | int, ...]) -> Iterator[InputError]:
        """IMSIs of another network, and ranges that end before they begin."""
        if numbers is None:
            return
        first, last = numbers.first.digits, numbers.last.digits if numbers.last is not None else None
        reasons = {}
        for name, digits in (("first", first), ("last", last)):
            if digits is not None and not digits.startswith(home.mcc + home.mnc):
                reasons[name] = f"the IMSI does not begin with the operator's {home}"
        if last is not None and not reasons and (len(last) != len(first) or last < first):
            reasons["last"] = f"the last IMSI has another length than the first, {first}, or is lower"
        for name, reason in reasons.items():
            where = (*at, name)
            yield InputError(reason, place=self.place(*where), field=".".join(map(str, where)))

    def issue(self, count: int, *, start: int = 0) -> tuple[CardRecord, ...]:
        """`count` new records, skipping the first `start` numbers of the ranges; keys come from the system's CSPRNG.

        Nothing remembers what was issued: the caller moves `start` on. Raises `InputError` when a range is too short,
        or when the kind of MVNO has its numbers and keys from its host.
        """
        if self.identity.iccid is None or self.identity.imsi is None:
            raise InputError(
                f"a {self.operator.kind.value} issues no numbers of its own",
                place=self.place("identity"), field="identity.iccid",
                hint="take them from the host's output file: simtool issue PROFILE --host FILE --out RECORDS",
            )  # fmt: skip
        bodies = self._iccids(count, start)
        plans = [(self.identity.imsi, self.identity.msisdn, self._operator_code(self.authentication.op_file))]
        for number, further in enumerate(self.identity.further):
            plans.append((further.imsi, further.msisdn, self._sponsor_code(further, number)))
        return tuple(
            CardRecord(
                iccid,
                tuple(self._subscription(*numbers, start + index) for numbers in plans),
                credentials,
                self.targets(),
                key_set_targets=self.key_set_targets(),
            )
            for index, (iccid, credentials) in enumerate(bodies)
        )

    def _subscription(
        self, imsis: ImsiRange, msisdn: NumberField | None, operator_code: Secret | None, index: int
    ) -> Subscription:
        algorithm, settings = self.authentication.algorithm, self.authentication.settings
        k = secrets.token_bytes(KEY_LENGTH)
        return Subscription(
            imsi=self._imsi(imsis, index),
            k=Secret(k, kind="ki"),
            opc=_derived(algorithm, k, operator_code, settings.tuak),
            algorithm=algorithm,
            msisdn=_counted(msisdn, index),
            sqn=settings.sqn.start if settings.sqn is not None else 0,
            settings=settings,
        )

    def key_set_targets(self) -> tuple[KeySet, ...]:
        """The key sets that one card shall get; drawn anew each time."""
        return tuple(policy.random() for policy in self.authentication.key_sets)

    def targets(self) -> tuple[Credential, ...]:
        """What one card's PINs, PUKs and ADM codes shall become; drawn anew each time."""
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
        if source is None:
            return []
        if source.stock is not None:
            stock = load_stock(self.path_of(source.stock, "identity", "iccid", "stock"))
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

    def _imsi(self, numbers: ImsiRange, index: int) -> Imsi:
        first, last = numbers.first, numbers.last
        digits = str(int(first.digits) + index).zfill(len(first.digits))
        if len(digits) > len(first.digits) or (last is not None and digits > last.digits):
            raise InputError(
                f"the IMSI range ends before number {index + 1}",
                place=self.place("identity", "imsi"),
                field="identity.imsi",
                hint="extend the range or issue fewer",
            )
        return Imsi(digits)

    def _sponsor_code(self, further: FurtherSubscription, number: int) -> Secret | None:
        return self._operator_code(further.op_file, "identity", "further", number)

    def _operator_code(self, name: Path | None, *section: str | int) -> Secret | None:
        if name is None:
            return None
        at = (*(section or ("authentication",)), "op_file")
        path, field = self.path_of(name, *at), ".".join(map(str, at))
        length = TOP_LENGTH if self.authentication.algorithm == "tuak" else KEY_LENGTH
        try:
            if path.stat().st_mode & 0o077:
                raise InputError("others can read this file", place=str(path), field=field, hint=f"chmod 600 {path}")
            return Secret.from_hex(path.read_text().strip(), length=length, kind="op")
        except OSError as error:
            raise InputError(error.strerror or str(error), place=str(path), field=field) from error
        except EncodeError as error:
            raise InputError(str(error), place=str(path), field=field) from None


def _counted(first: NumberField | None, index: int) -> str | None:
    """The number of the card with this index, where `first` is that of the first."""
    if first is None:
        return None
    text = str(first)
    plus, digits = ("+", text[1:]) if text.startswith("+") else ("", text)
    return plus + str(int(digits) + index).zfill(len(digits))


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
