"""What differs from card to card: ICCID, subscriptions with their keys, and the credentials that open the card.

The file form (YAML, 0600, one record or a list under `records`)::

    iccid: '8949440000001155314'
    subscriptions:
      - {imsi: '001010000000101', msisdn: '+88228000101', algorithm: milenage, k: HEX, opc: HEX, sqn: 32}
    credentials: {ADM1: '34173960', PIN1: '0000'}
    targets: {PIN1: '1234', PUK1: '87654321'}
    key_sets: [{version: 1, cipher: aes, enc: HEX, mac: HEX, dek: HEX}]

`k` and `opc` are left out where they are the host's and were not delivered. `credentials` are what opens the card now,
`targets` what PINs, PUKs and ADM codes shall become; an applied plan makes the targets the credentials. Each is written
as digits (up to 8, sent as ASCII padded with FF) or as 16 hex digits (sent as 8 bytes). `key_sets` guard secured
packets (versions 1 to 15) and security domains; `key_set_targets` are to them what targets are to credentials. A
subscription may also carry `milenage`, `tuak` and `sqn_policy`, as a profile gives them (`simtool.perso.aka_settings`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, Protocol, TypeVar

import yaml
from pydantic import BeforeValidator

from simtool.codec.identifiers import Iccid, Imsi
from simtool.crypto.key_set import KeyCipher, KeySet
from simtool.crypto.secret import Secret
from simtool.errors import EncodeError, InputError, RefusedError
from simtool.files.specs import PIN_LENGTH
from simtool.perso.aka_settings import AkaSettings, MilenageSettings, SqnSettings, TuakSettings, written
from simtool.perso.private_file import write_private
from simtool.perso.source import Section, Source, check, read_yaml

try:  # the same in C, ten times as fast, where PyYAML was built with it
    from yaml import CSafeDumper as _Dumper
except ImportError:
    from yaml import SafeDumper as _Dumper  # type: ignore[assignment]

KEY_LENGTHS = {"tuak": (16, 32)}
OP_LENGTHS = {"tuak": 32}
ALGORITHMS = ("milenage", "tuak", "comp128v1", "comp128v2", "comp128v3", "xor")
WITHOUT_OPC = ("comp128v1", "comp128v2", "comp128v3", "xor")
SQN_MAX = 2**48 - 1
RECORDS_HEAD = "records:\n"
_Value = TypeVar("_Value", covariant=True)


@dataclass(frozen=True, slots=True)
class Subscription:
    """One IMSI with its key set. `opc` is OPc (16 bytes) or TOPc (32 bytes); `sqn` the highest SQN used so far.

    Without `k` the keys are somebody else's (the host's of a reseller): they are neither written nor proved. `settings`
    are the operator's own choices about the algorithm.
    """

    imsi: Imsi
    k: Secret | None
    opc: Secret | None = None
    algorithm: str = "milenage"
    msisdn: str | None = None
    sqn: int = 0
    settings: AkaSettings = AkaSettings()

    @property
    def key(self) -> Secret:
        """The Ki. Raises `InputError` where the record has none."""
        if self.k is None:
            raise InputError(f"the record of IMSI {self.imsi} holds no Ki", hint="whoever owns the key has it")
        return self.k


@dataclass(frozen=True, slots=True)
class Credential:
    """The 8 bytes that VERIFY takes for the PIN or ADM of that name."""

    pin: str
    value: Secret


@dataclass(frozen=True, slots=True)
class CardRecord:
    """One card's own data. The first subscription is the active one.

    `key_sets` are those of security domains and secured packets (OTA keys), each version once; `key_set_targets` what
    they shall become: sets of the same versions are replaced, others come beside them.
    """

    iccid: Iccid
    subscriptions: tuple[Subscription, ...]
    credentials: tuple[Credential, ...] = field(default=())
    targets: tuple[Credential, ...] = field(default=())
    key_sets: tuple[KeySet, ...] = field(default=())
    key_set_targets: tuple[KeySet, ...] = field(default=())

    @property
    def subscription(self) -> Subscription:
        return self.subscriptions[0]

    def personalised(self) -> CardRecord:
        """The same record after its targets were written: they open the card now."""
        merged = {item.pin: item for item in (*self.credentials, *self.targets)}
        sets = {item.version: item for item in (*self.key_sets, *self.key_set_targets)}
        return replace(
            self, credentials=tuple(merged.values()), targets=(), key_sets=tuple(sets.values()), key_set_targets=()
        )

    def with_settings(self, settings: AkaSettings) -> CardRecord:
        """The same record, with these where it says nothing of its own about the algorithm."""
        filled = replace(self.subscription, settings=self.subscription.settings.filled(settings))
        return replace(self, subscriptions=(filled, *self.subscriptions[1:]))

    def with_sqn(self, sqn: int) -> CardRecord:
        """The same record after the active subscription used `sqn`."""
        return replace(self, subscriptions=(replace(self.subscription, sqn=sqn), *self.subscriptions[1:]))


def parse_credential(name: str, text: str) -> Secret:
    """A PIN or ADM from digits or 16 hex digits. Raises `EncodeError` without repeating it."""
    if 4 <= len(text) <= PIN_LENGTH and text.isascii() and text.isdigit():
        return Secret(text.encode().ljust(PIN_LENGTH, b"\xff"), kind=name.lower())
    if len(text) == 2 * PIN_LENGTH:
        return Secret.from_hex(text, length=PIN_LENGTH, kind=name.lower())
    raise EncodeError(f"{name} is written as 4 to 8 digits or as 16 hex digits, this has {len(text)} characters")


def _secret(value: Any, kind: str, lengths: tuple[int, ...]) -> Secret:
    secret = Secret.from_hex(str(value), kind=kind)
    if secret.length not in lengths:
        wanted = " or ".join(map(str, lengths))
        raise EncodeError(f"{kind} has {secret.length} bytes, {wanted} are needed")
    return secret


class _SubscriptionForm(Section):
    imsi: Annotated[Imsi, BeforeValidator(lambda text: Imsi(str(text)))]
    k: Annotated[Secret, BeforeValidator(lambda text: _secret(text, "ki", (16, 32)))] | None = None
    opc: Annotated[Secret, BeforeValidator(lambda text: _secret(text, "opc", (16, 32)))] | None = None
    algorithm: str = "milenage"
    msisdn: str | None = None
    sqn: int = 0
    milenage: MilenageSettings | None = None
    tuak: TuakSettings | None = None
    sqn_policy: SqnSettings | None = None

    def value(self) -> Subscription:
        if self.algorithm not in ALGORITHMS:
            raise EncodeError(f"algorithm is one of {', '.join(ALGORITHMS)}")
        if not 0 <= self.sqn <= SQN_MAX:
            raise EncodeError("sqn has 48 bits")
        settings = AkaSettings(self.milenage, self.tuak, self.sqn_policy)
        if problem := settings.problem(self.algorithm):
            raise EncodeError(problem)
        if self.k is None:
            if self.opc is not None:
                raise EncodeError("an OPc without its Ki")
            return Subscription(self.imsi, None, None, self.algorithm, self.msisdn, self.sqn, settings)
        if self.k.length not in KEY_LENGTHS.get(self.algorithm, (16,)):
            raise EncodeError(f"a Ki of {self.k.length} bytes does not go with {self.algorithm}")
        if (self.opc is None) != (self.algorithm in WITHOUT_OPC):
            raise EncodeError(f"{self.algorithm} {'needs an' if self.opc is None else 'has no'} OPc")
        if self.opc is not None and self.opc.length != OP_LENGTHS.get(self.algorithm, 16):
            raise EncodeError(f"an OPc of {self.opc.length} bytes does not go with {self.algorithm}")
        return Subscription(self.imsi, self.k, self.opc, self.algorithm, self.msisdn, self.sqn, settings)


_KeyField = Annotated[Secret, BeforeValidator(lambda text: _secret(text, "key", KeyCipher.AES.lengths))]


class _KeySetForm(Section):
    version: int
    cipher: KeyCipher
    enc: _KeyField
    mac: _KeyField
    dek: _KeyField

    def value(self) -> KeySet:
        return KeySet(self.version, self.cipher, self.enc, self.mac, self.dek)


class _RecordForm(Section):
    iccid: Annotated[Iccid, BeforeValidator(lambda text: Iccid.parse(str(text)))]
    subscriptions: list[_SubscriptionForm]
    credentials: dict[str, str] = {}
    targets: dict[str, str] = {}
    key_sets: list[_KeySetForm] = []
    key_set_targets: list[_KeySetForm] = []

    def value(self, source: Source, index: int | None) -> CardRecord:
        at: tuple[str | int, ...] = () if index is None else ("records", index)
        if not self.subscriptions:
            raise InputError("no subscription", place=source.place(at), field="subscriptions")
        subscriptions = _values(self.subscriptions, source, (*at, "subscriptions"))
        credentials = _credentials(self.credentials, source, (*at, "credentials"))
        targets = _credentials(self.targets, source, (*at, "targets"))
        key_sets = _key_sets(self.key_sets, source, at, "key_sets")
        key_set_targets = _key_sets(self.key_set_targets, source, at, "key_set_targets")
        return CardRecord(self.iccid, subscriptions, credentials, targets, key_sets, key_set_targets)


class _Form(Protocol[_Value]):
    def value(self) -> _Value: ...


def _values(forms: Sequence[_Form[_Value]], source: Source, at: tuple[str | int, ...]) -> tuple[_Value, ...]:
    """The value of each form. Raises `InputError` with the place of the one that holds together badly."""
    found = []
    for number, form in enumerate(forms):
        try:
            found.append(form.value())
        except EncodeError as error:
            where = (*at, number)
            raise InputError(str(error), place=source.place(where), field=".".join(map(str, where))) from None
    return tuple(found)


def _key_sets(forms: Sequence[_KeySetForm], source: Source, at: tuple[str | int, ...], name: str) -> tuple[KeySet, ...]:
    found = _values(forms, source, (*at, name))
    if len({item.version for item in found}) != len(found):
        raise InputError("a key version stands twice", place=source.place((*at, name)), field=name)
    return found


def _credentials(texts: dict[str, str], source: Source, at: tuple[str | int, ...]) -> tuple[Credential, ...]:
    found = []
    for name, text in texts.items():
        try:
            found.append(Credential(name, parse_credential(name, text)))
        except EncodeError as error:
            where = (*at, name)
            raise InputError(str(error), place=source.place(where), field=".".join(map(str, where))) from None
    return tuple(found)


class _RecordList(Section):
    records: list[_RecordForm]


def load_records(path: Path) -> tuple[CardRecord, ...]:
    """Every record of a file. Raises `InputError` with file, line, field and reason; no secret is repeated."""
    source = read_yaml(path)
    if isinstance(source.value, dict) and "records" in source.value:
        forms = check(source, _RecordList).records
        return tuple(form.value(source, index) for index, form in enumerate(forms))
    return (check(source, _RecordForm).value(source, None),)


class _KeyFile(Section):
    key_sets: list[_KeySetForm]


def load_key_sets(path: Path) -> tuple[KeySet, ...]:
    """Key sets of a file that holds nothing else (`key_sets:` as in a record), readable by its owner only.

    Raises `RefusedError` when others can read it, `InputError` with file, line and field for anything else.
    """
    source = read_yaml(path)
    if path.stat().st_mode & 0o077:
        raise RefusedError(f"{path} holds keys and can be read by others", hint=f"chmod 600 {path}")
    return _values(check(source, _KeyFile).key_sets, source, ("key_sets",))


def save_records(records: tuple[CardRecord, ...], path: Path, *, overwrite: bool = False) -> None:
    """Write records with their secrets into a file only its owner can read (0600), whole or not at all.

    Raises `InputError` when the file exists and `overwrite` is not given, or cannot be written.
    """
    text = "".join((RECORDS_HEAD, *map(format_record, records))) if records else "records: []\n"
    write_private(path, text, overwrite=overwrite)


def format_record(record: CardRecord) -> str:
    """One record with its secrets as an item of the list below `RECORDS_HEAD`."""
    return yaml.dump([_row(record)], Dumper=_Dumper, sort_keys=False, default_flow_style=None, width=200)


def _row(record: CardRecord) -> dict[str, Any]:
    subscriptions = []
    for item in record.subscriptions:
        row: dict[str, Any] = {"imsi": item.imsi.digits}
        if item.msisdn:
            row["msisdn"] = item.msisdn
        row["algorithm"] = item.algorithm
        if item.k is not None:
            row["k"] = item.k.reveal().hex()
        if item.opc is not None:
            row["opc"] = item.opc.reveal().hex()
        settings = item.settings
        named = {"milenage": settings.milenage, "tuak": settings.tuak, "sqn_policy": settings.sqn}
        chosen = {name: written(value) for name, value in named.items() if value is not None}
        subscriptions.append(row | {"sqn": item.sqn} | chosen)
    whole: dict[str, Any] = {"iccid": record.iccid.digits, "subscriptions": subscriptions}
    whole["credentials"] = {item.pin: _credential_text(item.value.reveal()) for item in record.credentials}
    if record.targets:
        whole["targets"] = {item.pin: _credential_text(item.value.reveal()) for item in record.targets}
    if record.key_sets:
        whole["key_sets"] = [_key_set_row(item) for item in record.key_sets]
    if record.key_set_targets:
        whole["key_set_targets"] = [_key_set_row(item) for item in record.key_set_targets]
    return whole


def _key_set_row(item: KeySet) -> dict[str, Any]:
    names = ("enc", "mac", "dek")
    keys = {name: key.reveal().hex() for name, key in zip(names, item.keys, strict=True)}
    return {"version": item.version, "cipher": item.cipher.value, **keys}


def _credential_text(value: bytes) -> str:
    digits = value.rstrip(b"\xff")
    return digits.decode() if len(digits) >= 4 and digits.isdigit() else value.hex()
