"""The names of everything in a card record, and records as rows of named values.

Numbers: `iccid`, `imsi`, `msisdn`, `algorithm`, `sqn`. Secrets: `k`, `opc`, what opens the card now (`ADM1`, `PIN1` …),
what it shall become (`new_ADM1`, `new_PIN1` …), and `key_VERSION_CIPHER_enc`, `…_mac`, `…_dek`, with `new_` in front
for key sets that the card shall get. What belongs to the second subscription ends in `_2`, and so on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from simtool.batch.block import Block, SubscriptionBlock
from simtool.codec.identifiers import Iccid, Imsi
from simtool.crypto.column import Column
from simtool.crypto.key_set import KeyCipher, KeySet
from simtool.crypto.secret import Secret
from simtool.errors import CodecError, EncodeError
from simtool.perso.material import KEY_NAMES, Codes, KeySets
from simtool.perso.record import ALGORITHMS, KEY_LENGTHS, OP_LENGTHS, SQN_MAX, WITHOUT_OPC, CardRecord, Credential
from simtool.perso.record import Subscription as Sub

NEW = "new_"
KEY_NAME = re.compile(r"(new_)?key_(\d+)_(aes|des)_(enc|mac|dek)")
CODE_NAME = re.compile(r"(new_)?((?:PIN|PUK)[12]|\w*ADM\d?)")
OF_SUBSCRIPTION = re.compile(r"(imsi|msisdn|algorithm|sqn|k|opc)(?:_([2-9]\d*))?")


@dataclass(frozen=True, slots=True)
class SecretField:
    """One secret of each card of a block."""

    name: str
    values: Column


@dataclass(frozen=True, slots=True)
class PublicPart:
    """What of a `SubscriptionBlock` is no secret."""

    imsi: Column
    msisdn: Column | None
    msisdn_plus: bool
    algorithm: str
    sqn: tuple[int, ...]


def suffix(number: int) -> str:
    """What the names of subscription `number`, counted from 0, end in."""
    return "" if number == 0 else f"_{number + 1}"


def secret_fields(block: Block) -> tuple[SecretField, ...]:
    """Every secret of the block's cards."""
    found = []
    for number, item in enumerate(block.subscriptions):
        if item.k is not None:
            found.append(SecretField(f"k{suffix(number)}", item.k))
        if item.opc is not None:
            found.append(SecretField(f"opc{suffix(number)}", item.opc))
    found += [SecretField(codes.pin, codes.values) for codes in block.credentials]
    found += [SecretField(f"{NEW}{codes.pin}", codes.values) for codes in block.targets]
    for start, all_sets in (("", block.key_sets), (NEW, block.key_set_targets)):
        for sets in all_sets:
            names = _key_names(start, sets.version, sets.cipher)
            found += map(SecretField, names, (sets.enc, sets.mac, sets.dek))
    return tuple(found)


def _key_names(start: str, version: int, cipher: KeyCipher) -> list[str]:
    return [f"{start}key_{version}_{cipher.value}_{name}" for name in KEY_NAMES]


def block_of(iccid: Column, subscriptions: Sequence[PublicPart], secrets: Mapping[str, Column]) -> Block:
    """The opposite of `secret_fields`: a block from its numbers and its secrets by name."""
    parts = tuple(
        SubscriptionBlock(
            part.imsi,
            part.msisdn,
            part.msisdn_plus,
            part.algorithm,
            secrets.get(f"k{suffix(number)}"),
            secrets.get(f"opc{suffix(number)}"),
            part.sqn,
        )
        for number, part in enumerate(subscriptions)
    )
    codes = [Codes(name, values) for name, values in secrets.items() if is_code(name)]
    now = tuple(item for item in codes if not item.pin.startswith(NEW))
    new = tuple(Codes(item.pin.removeprefix(NEW), item.values) for item in codes if item.pin.startswith(NEW))

    def sets(start: str) -> tuple[KeySets, ...]:
        return tuple(
            KeySets(version, cipher, *(secrets[name] for name in _key_names(start, version, cipher)))
            for version, cipher in _key_set_heads(secrets, start)
        )

    return Block(iccid, parts, now, new, sets(""), sets(NEW))


def _key_set_heads(names: Iterable[str], start: str) -> list[tuple[int, KeyCipher]]:
    """Version and cipher of every key set that has a key among these names with that start, in their order."""
    matches = (KEY_NAME.fullmatch(name) for name in names)
    mine = (match for match in matches if match is not None and (match[1] or "") == start)
    return list(dict.fromkeys((int(match[2]), KeyCipher(match[3])) for match in mine))


def is_code(name: str) -> bool:
    """Whether the name is that of a PIN, PUK or ADM code."""
    return CODE_NAME.fullmatch(name) is not None


def is_known(name: str) -> bool:
    """Whether a record has something of that name."""
    return name == "iccid" or any(form.fullmatch(name) for form in (OF_SUBSCRIPTION, KEY_NAME, CODE_NAME))


def record_of(numbers: Mapping[str, str], secrets: Mapping[str, bytes]) -> CardRecord:
    """A record from its numbers and secrets by name; an empty number counts as none. A Ki may be missing with its OPc.

    Raises `EncodeError` which names the field and repeats no secret.
    """
    try:
        iccid = Iccid.parse(_needed(numbers, "iccid"))
    except CodecError as error:
        raise EncodeError(f"iccid: {error}", hint=error.hint) from None
    subscriptions: list[Sub] = []
    while f"imsi{suffix(len(subscriptions))}" in numbers:
        if not numbers[f"imsi{suffix(len(subscriptions))}"] and subscriptions:
            break
        subscriptions.append(_subscription(numbers, secrets, suffix(len(subscriptions))))
    if not subscriptions:
        raise EncodeError("imsi: is missing")
    codes = {name: value for name, value in secrets.items() if is_code(name)}
    now = tuple(_credential(name, value) for name, value in codes.items() if not name.startswith(NEW))
    new = tuple(_credential(name.removeprefix(NEW), value) for name, value in codes.items() if name.startswith(NEW))
    return CardRecord(iccid, tuple(subscriptions), now, new, _key_sets(secrets, ""), _key_sets(secrets, NEW))


def _needed(values: Mapping[str, str], name: str) -> str:
    value = values.get(name, "")
    if not value:
        raise EncodeError(f"{name}: is missing")
    return value


def _credential(name: str, value: bytes) -> Credential:
    return Credential(name, Secret(value, kind=name.lower()))


def _subscription(numbers: Mapping[str, str], secrets: Mapping[str, bytes], end: str) -> Sub:
    algorithm = numbers.get(f"algorithm{end}") or "milenage"
    k, opc = secrets.get(f"k{end}"), secrets.get(f"opc{end}")
    try:
        imsi = Imsi(numbers[f"imsi{end}"])
    except CodecError as error:
        raise EncodeError(f"imsi{end}: {error}", hint=error.hint) from None
    if algorithm not in ALGORITHMS:
        raise EncodeError(f"algorithm{end}: is one of {', '.join(ALGORITHMS)}")
    if k is None and opc is not None:
        raise EncodeError(f"k{end}: is missing, and there is an OPc")
    if k is not None and len(k) not in KEY_LENGTHS.get(algorithm, (16,)):
        raise EncodeError(f"k{end}: {len(k)} bytes do not go with {algorithm}")
    if k is not None and (opc is None) != (algorithm in WITHOUT_OPC):
        raise EncodeError(f"opc{end}: {algorithm} {'needs one' if opc is None else 'has none'}")
    if opc is not None and len(opc) != OP_LENGTHS.get(algorithm, 16):
        raise EncodeError(f"opc{end}: {len(opc)} bytes do not go with {algorithm}")
    sqn = numbers.get(f"sqn{end}") or "0"
    if not sqn.isdecimal() or int(sqn) > SQN_MAX:
        raise EncodeError(f"sqn{end}: is a number of 48 bits")
    msisdn = numbers.get(f"msisdn{end}") or None
    if msisdn is not None and not msisdn.removeprefix("+").isdecimal():
        raise EncodeError(f"msisdn{end}: is not a number")
    keys = (None if k is None else Secret(k, kind="ki"), None if opc is None else Secret(opc, kind="opc"))
    return Sub(imsi, *keys, algorithm, msisdn, int(sqn))


def _key_sets(secrets: Mapping[str, bytes], start: str) -> tuple[KeySet, ...]:
    sets = []
    for version, cipher in _key_set_heads(secrets, start):
        names = _key_names(start, version, cipher)
        missing = [name for name in names if name not in secrets]
        if missing:
            raise EncodeError(f"{missing[0]}: is missing")
        sets.append(KeySet(version, cipher, *(Secret(secrets[name]) for name in names)))
    return tuple(sets)
