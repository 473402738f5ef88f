"""The MVNO product: what is the same on every card, by meaning and not by file (YAML).

A profile says who the operator is, how numbers and keys are made, and what a phone shall show and do. It knows nothing
of card products: `simtool.perso.render` brings the two together.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import PrivateAttr

from simtool.codec.identifiers import Iccid, Imsi, Plmn
from simtool.crypto.column import Column
from simtool.crypto.key_set import KeySet
from simtool.crypto.key_source import RandomSource
from simtool.crypto.secret import Secret
from simtool.errors import CodecError, InputError
from simtool.files.path import split_record
from simtool.files.specs import PIN_LENGTH
from simtool.perso.applet_holes import sample_holes
from simtool.perso.applet_origin import applet_problems
from simtool.perso.kinds import refused
from simtool.perso.material import KEY_LENGTH, TOP_LENGTH, CodePolicy, Material, MaterialPolicy, make_material
from simtool.perso.overlay import lay_over_base, read_layers
from simtool.perso.private_file import read_private_key
from simtool.perso.record import CardRecord, Credential, Subscription, parse_credential
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
    Paper,
    Services,
)
from simtool.perso.source import Section, Source, check, parse_yaml, together
from simtool.perso.stock import load_stock

TYPED = frozenset(("files",))  # content values keep YAML's numbers
RANDOM_DIGITS = {"PIN1": 4, "PIN2": 4}
RANDOM_DIGITS_ELSE = 8
IMSI_LENGTH = 15
NO_ICCID = b"0"


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
    paper: Paper = Paper()
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

    def applet_file(self, applet: str, name: Path, field: str) -> Path:
        """A file that an applet's part names in `field`."""
        return self.path_of(name, "applets", applet, field)

    def _problems(self) -> Iterator[InputError]:
        holes = sample_holes(self.first_imsi, 1 + len(self.identity.further))
        for name, applet in self.applets.items():
            yield from applet_problems(name, applet, partial(self.applet_file, name), self._source.place, holes)
        yield from self._wrong_imsis(self.identity.imsi, self.operator.plmn, ("identity", "imsi"))
        for number, further in enumerate(self.identity.further):
            yield from self._wrong_imsis(further.imsi, further.plmn, ("identity", "further", number, "imsi"))
        for text in self.files:
            try:
                split_record(text)
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
        cards = self._iccids(count, start)
        ranges = (
            (self.identity.imsi, self.identity.msisdn),
            *((one.imsi, one.msisdn) for one in self.identity.further),
        )
        imsis = [[self._imsi(imsi, start + index) for imsi, _ in ranges] for index in range(count)]
        iccids = Column.of(iccid.digits.encode() for iccid, _ in cards)
        policy = self.material_policy()
        made = make_material(policy, RandomSource(), iccids, subscriptions=len(ranges))
        return tuple(
            CardRecord(
                iccid,
                tuple(
                    Subscription(
                        imsi=imsis[index][number],
                        k=Secret(keys.k[index], kind="ki"),
                        opc=Secret(keys.opc[index], kind="opc") if keys.opc is not None else None,
                        algorithm=policy.algorithm,
                        msisdn=_counted(ranges[number][1], start + index),
                        sqn=policy.sqn_start,
                        settings=self.authentication.settings,
                    )
                    for number, keys in enumerate(made.subscriptions)
                ),
                credentials,
                made.targets_of(index),
                key_set_targets=made.key_sets_of(index),
            )
            for index, (iccid, credentials) in enumerate(cards)
        )

    def material_policy(self) -> MaterialPolicy:
        """The secrets to be made for each card. Raises `InputError` when the file of an OP cannot be used."""
        codes = [self._operator_code(self.authentication.op_file)]
        codes += [self._sponsor_code(one, number) for number, one in enumerate(self.identity.further)]
        return self._material_policy(
            tuple(None if code is None else Column(code.length, code.reveal()) for code in codes)
        )

    def targets(self) -> tuple[Credential, ...]:
        """What one card's PINs, PUKs and ADM codes shall become; drawn anew each time."""
        return self._drawn().targets_of(0)

    def key_set_targets(self) -> tuple[KeySet, ...]:
        """The key sets that one card shall get; drawn anew each time."""
        return self._drawn().key_sets_of(0)

    def _drawn(self) -> Material:
        """Codes and key sets of one card whose numbers and keys come from elsewhere."""
        return make_material(self._material_policy(()), RandomSource(), Column.of([NO_ICCID]), subscriptions=0)

    def _material_policy(self, operator_codes: tuple[Column | None, ...]) -> MaterialPolicy:
        authentication, settings = self.authentication, self.authentication.settings
        codes = tuple(
            CodePolicy(name, RANDOM_DIGITS.get(name, RANDOM_DIGITS_ELSE), _fixed_code(name, policy.value))
            for name, policy in authentication.pins.items()
            if policy.value != KEEP
        )
        return MaterialPolicy(
            authentication.algorithm,
            operator_codes,
            codes,
            authentication.key_sets,
            keccak_iterations=settings.tuak.keccak_iterations if settings.tuak is not None else 1,
            sqn_start=settings.sqn.start if settings.sqn is not None else 0,
        )

    def stock(self) -> list[tuple[Iccid, tuple[Credential, ...]]] | None:
        """The cards as delivered, where the profile names a stock of them. Raises `InputError`."""
        source = self.identity.iccid
        if source is None or source.stock is None:
            return None
        return load_stock(self.path_of(source.stock, "identity", "iccid", "stock"))

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
        first = self.identity.iccid.first if self.identity.iccid is not None else None
        if first is None:
            return []
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
            return read_private_key(path, kind="op", length=length)
        except InputError as error:
            raise InputError(error.reason, place=error.place, field=field, hint=error.hint) from None


def _counted(first: NumberField | None, index: int) -> str | None:
    """The number of the card with this index, where `first` is that of the first."""
    if first is None:
        return None
    text = str(first)
    plus, digits = ("+", text[1:]) if text.startswith("+") else ("", text)
    return plus + str(int(digits) + index).zfill(len(digits))


def _fixed_code(name: str, value: str) -> Column | None:
    """The one value that every card gets; None for a random one."""
    return None if value == RANDOM else Column(PIN_LENGTH, parse_credential(name, value).reveal())
