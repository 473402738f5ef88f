"""Fields: the values a column can hold, by name, both directions.

Names are iccid, imsi, msisdn, algorithm, ki, opc, sqn; PINs, PUKs and ADM codes by their own names (PIN1, ADM1); OTA
and security domain keys as kic1, kid1, kik1 (of key version 1) with cipher1.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType

from simtool.batch.formats.card import DEFAULT_ALGORITHM, ListedCard, ListedSubscription
from simtool.batch.formats.model import Reading
from simtool.codec.identifiers import Iccid
from simtool.crypto.key_set import KeyCipher, KeySet
from simtool.crypto.secret import Secret
from simtool.crypto.transport_key import TransportKey
from simtool.errors import CodecError, EncodeError, InputError
from simtool.perso.pysim.cards_out import credential_text
from simtool.perso.pysim.cells import credential_of, iccid_of, imsi_of, is_digits, key_of
from simtool.perso.pysim.columns import Row
from simtool.perso.record import ALGORITHMS, KEY_LENGTHS, OP_LENGTHS, SQN_MAX, WITHOUT_OPC, Credential

MEANINGS: Mapping[str, str] = MappingProxyType(
    {
        "iccid": "number of the card, with its check digit",
        "imsi": "number of the subscription",
        "msisdn": "telephone number",
        "algorithm": "authentication algorithm",
        "ki": "authentication key, hex",
        "opc": "OPc (or TOPc), hex",
        "sqn": "highest SQN used so far",
    }
)
SECRETS = frozenset({"ki", "opc"})
UNDER_TRANSPORT_KEY = ("ki", "opc")
SQN_DIGITS = 15
KEY_FIELDS = ("kic", "kid", "kik")
_CODE = re.compile(r"(2?(ADM|PIN|PUK)\d{1,2}|SUPER_ADM)")
_OTA = re.compile(r"(kic|kid|kik|cipher)([1-9]\d{0,2})")
_TELEPHONE = re.compile(r"\+?\d{3,15}")
Text = Callable[[ListedCard], str]


def is_field(name: str) -> bool:
    return name in MEANINGS or _CODE.fullmatch(name) is not None or _OTA.fullmatch(name) is not None


def is_code(name: str) -> bool:
    return _CODE.fullmatch(name) is not None


def is_secret(name: str) -> bool:
    return name in SECRETS or is_code(name) or (_OTA.fullmatch(name) is not None and not name.startswith("cipher"))


def meaning(name: str) -> str:
    """What a field holds, in words."""
    if name in MEANINGS:
        return MEANINGS[name]
    ota = _OTA.fullmatch(name)
    if ota is None:
        return f"{name} of the finished card: digits, or 16 hex digits"
    kind = {"kic": "KIc (ENC)", "kid": "KID (MAC)", "kik": "KIK (DEK)", "cipher": "cipher (des, aes)"}[ota[1]]
    return f"{kind} of key version {ota[2]}"


def ota_fields(versions: tuple[int, ...]) -> tuple[str, ...]:
    """The fields of these key versions."""
    return tuple(f"{name}{version}" for version in versions for name in ("cipher", *KEY_FIELDS))


def text_of(name: str, transport: TransportKey | None = None) -> Text:
    """A function that gives a card's text for this field, empty where it has none.

    Ki and OPc come out encrypted when there is a transport key. Only the first subscription is looked at.
    """
    seal = transport.encryption() if transport is not None and name in UNDER_TRANSPORT_KEY else None
    match name:
        case "iccid":
            return lambda card: card.iccid.digits if card.iccid is not None else ""
        case "imsi":
            return lambda card: card.subscriptions[0].imsi.digits if card.subscriptions else ""
        case "msisdn":
            return lambda card: (card.subscriptions[0].msisdn or "") if card.subscriptions else ""
        case "algorithm":
            return lambda card: card.subscriptions[0].algorithm if card.subscriptions else ""
        case "sqn":
            return lambda card: str(card.subscriptions[0].sqn) if card.subscriptions else ""
        case "ki":
            return lambda card: _hex(card.subscriptions[0].k, seal) if card.subscriptions else ""
        case "opc":
            return lambda card: _hex(card.subscriptions[0].opc, seal) if card.subscriptions else ""
    if is_code(name):
        return lambda card: next((credential_text(code.value.reveal()) for code in card.codes if code.pin == name), "")
    ota = _OTA.fullmatch(name)
    if ota is None:
        raise InputError(f"there is no field {name}", hint="simtool formats fields lists them")
    return _key_set_text(ota[1], int(ota[2]))


def _hex(secret: Secret | None, seal: Callable[[bytes], bytes] | None) -> str:
    if secret is None:
        return ""
    return (secret.reveal() if seal is None else seal(secret.reveal())).hex().upper()


def _key_set_text(kind: str, version: int) -> Text:
    def text(card: ListedCard) -> str:
        for item in card.key_sets:
            if item.version == version:
                if kind == "cipher":
                    return item.cipher.value
                return item.keys[KEY_FIELDS.index(kind)].reveal().hex().upper()
        return ""

    return text


def card_of(row: Row, reading: Reading, transport: TransportKey | None = None) -> ListedCard | None:
    """The card of one row whose cells are keyed by field. None when something is wrong; `reading` then says what.

    Ki and OPc are decrypted when there is a transport key. A row must hold an ICCID or an IMSI.
    """
    problems = reading.problems
    before = len(problems)
    if reading.without_keys:
        cells = {name: cell for name, cell in row.cells.items() if name not in UNDER_TRANSPORT_KEY}
        row = Row(row.place, cells, row.titles)
    if transport is not None:
        row = _opened(row, transport, problems)
    iccid: Iccid | None = None
    if row.given("iccid"):
        row = _without_filler(row)
        iccid = iccid_of(row, problems)
    subscription = _subscription(row, reading)
    codes = _codes(row, problems)
    key_sets = _key_sets(row, problems)
    if len(problems) == before and iccid is None and subscription is None:
        problems.append(InputError("neither an ICCID nor an IMSI", place=row.place))
    if len(problems) > before:
        return None
    return ListedCard(iccid, (subscription,) if subscription is not None else (), codes, key_sets, row.place)


def _without_filler(row: Row) -> Row:
    """Vendors print the F that fills the last half byte of a 19-digit ICCID."""
    digits = row.given("iccid")
    return Row(row.place, {**row.cells, "iccid": digits.rstrip("Ff")}, row.titles) if digits[-1] in "Ff" else row


def _opened(row: Row, transport: TransportKey, problems: list[InputError]) -> Row:
    cells = dict(row.cells)
    for name in UNDER_TRANSPORT_KEY:
        if not row.given(name):
            continue
        try:
            sealed = bytes.fromhex(row.given(name))
        except ValueError:
            sealed = b""
        if not sealed or len(sealed) % transport.cipher.block:
            problems.append(row.problem(name, "is no whole blocks of cipher text in hex"))
            cells[name] = ""
            continue
        cells[name] = transport.decryption()(sealed).hex()
    return Row(row.place, cells, row.titles)


def _subscription(row: Row, reading: Reading) -> ListedSubscription | None:
    if not row.given("imsi") and not row.given("ki"):
        return None
    problems = reading.problems
    before = len(problems)
    imsi = imsi_of(row, problems)
    algorithm = (row.given("algorithm") or reading.algorithm or DEFAULT_ALGORITHM).lower()
    if algorithm not in ALGORITHMS:
        problems.append(row.problem("algorithm", f"is one of {', '.join(ALGORITHMS)}"))
        return None
    k = key_of(row, "ki", KEY_LENGTHS.get(algorithm, (16,)), problems) if row.given("ki") else None
    opc = None
    if row.given("opc"):
        if algorithm in WITHOUT_OPC:
            problems.append(row.problem("opc", f"{algorithm} has none"))
        else:
            opc = key_of(row, "opc", (OP_LENGTHS.get(algorithm, 16),), problems)
    msisdn = "".join(row.given("msisdn").split())
    if msisdn and not _TELEPHONE.fullmatch(msisdn):
        problems.append(row.problem("msisdn", "3 to 15 digits are needed, a + before them is allowed"))
    sqn = row.given("sqn") or "0"
    if not is_digits(sqn) or len(sqn) > SQN_DIGITS or int(sqn) > SQN_MAX:
        problems.append(row.problem("sqn", "a number below 2^48 is needed"))
    if len(problems) > before or imsi is None:
        return None
    return ListedSubscription(imsi, k, opc, algorithm, msisdn or None, int(sqn))


@lru_cache(maxsize=64)
def _codes_and_versions(names: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Which of these columns are codes, and which key versions they hold; the same for every row of a file."""
    versions = {int(match[2]) for name in names if (match := _OTA.fullmatch(name))}
    return tuple(filter(is_code, names)), tuple(sorted(versions))


def _codes(row: Row, problems: list[InputError]) -> tuple[Credential, ...]:
    found = []
    for name in _codes_and_versions(tuple(row.cells))[0]:
        if not (text := row.get(name)):
            continue
        try:
            found.append(Credential(name, credential_of(name, text, name.lower())))
        except CodecError as error:
            problems.append(row.problem(name, str(error)))
    return tuple(found)


def _key_sets(row: Row, problems: list[InputError]) -> tuple[KeySet, ...]:
    found = []
    for version in _codes_and_versions(tuple(row.cells))[1]:
        if not any(row.given(name) for name in ota_fields((version,))):
            continue
        cipher = row.given(f"cipher{version}").lower() or KeyCipher.AES.value
        if cipher not in {item.value for item in KeyCipher}:
            problems.append(row.problem(f"cipher{version}", "is des or aes"))
            continue
        lengths = KeyCipher(cipher).lengths
        enc, mac, dek = (key_of(row, f"{name}{version}", lengths, problems) for name in KEY_FIELDS)
        if enc is None or mac is None or dek is None:
            continue
        try:
            found.append(KeySet(version, KeyCipher(cipher), enc, mac, dek))
        except EncodeError as error:
            problems.append(row.problem(f"kic{version}", str(error)))
    return tuple(found)
