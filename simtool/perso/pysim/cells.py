"""Single cells of a list of cards into values: numbers, keys, PINs. No message repeats a cell.

Each takes a `Row` and adds what is wrong, with line and column, to `problems`; then it gives None.
"""

from __future__ import annotations

from simtool.codec.identifiers import Iccid, Imsi
from simtool.crypto.secret import Secret
from simtool.errors import EncodeError, InputError
from simtool.files.specs import PIN_LENGTH
from simtool.perso.pysim.columns import Row
from simtool.perso.record import parse_credential

_ICCID_LENGTHS = (19, 20)


def iccid_of(row: Row, problems: list[InputError]) -> Iccid | None:
    digits = "".join(row.given("iccid").split())
    reason = ""
    if not digits:
        reason = "is missing"
    elif not is_digits(digits):
        reason = "not digits only" + _spreadsheet(digits)
    elif len(digits) not in _ICCID_LENGTHS:
        reason = f"has {len(digits)} digits, an ICCID has 19 or 20"
    elif not Iccid(digits).luhn_ok:
        reason = "its last digit is not the check digit"
    if reason:
        problems.append(row.problem("iccid", reason))
        return None
    return Iccid(digits)


def imsi_of(row: Row, problems: list[InputError]) -> Imsi | None:
    digits = row.given("imsi")
    reason = ""
    if not digits:
        reason = "is missing, and there is a Ki"
    elif not is_digits(digits):
        reason = "not digits only" + _spreadsheet(digits)
    elif not 6 <= len(digits) <= 15:
        reason = f"has {len(digits)} digits, an IMSI has 6 to 15"
    elif not _begins_with_network(digits, row.get("mcc"), row.get("mnc")):
        reason = "does not begin with the network in the columns mcc and mnc"
    if reason:
        problems.append(row.problem("imsi", reason))
        return None
    return Imsi(digits)


def _begins_with_network(imsi: str, mcc: str, mnc: str) -> bool:
    """Spreadsheets eat leading zeros, so 1 may stand for 001 and for 01."""
    if not mcc:
        return True
    return any(imsi.startswith(mcc.zfill(3) + form) for form in (mnc, mnc.zfill(2), mnc.zfill(3)))


def key_of(row: Row, column: str, lengths: tuple[int, ...], problems: list[InputError]) -> Secret | None:
    text = row.given(column)
    if not text:
        problems.append(row.problem(column, "is missing"))
        return None
    try:
        secret = Secret.from_hex(text, kind=column)
    except EncodeError:
        problems.append(row.problem(column, "an even number of hex digits is needed" + _spreadsheet(text)))
        return None
    if secret.length not in lengths:
        wanted = " or ".join(str(2 * length) for length in lengths)
        problems.append(row.problem(column, f"has {2 * secret.length} hex digits, {wanted} are needed"))
        return None
    return secret


def credential_of(name: str, text: str, column: str) -> Secret:
    """The 8 bytes of a PIN or ADM. Up to 8 characters of an ADM are ASCII, whatever they are (as pySim has it)."""
    kind = name.lower()
    if column == "pin_adm_hex" or len(text) > PIN_LENGTH:
        if len(text) != 2 * PIN_LENGTH:
            raise EncodeError(f"has {len(text)} characters, {2 * PIN_LENGTH} hex digits are needed")
        return Secret.from_hex(text, length=PIN_LENGTH, kind=kind)
    if "adm" not in column:
        return parse_credential(name, text)
    if len(text) < 4 or not (text.isascii() and text.isprintable()):
        raise EncodeError("4 to 8 ASCII characters or 16 hex digits are needed")
    return Secret(text.encode().ljust(PIN_LENGTH, b"\xff"), kind=kind)


def is_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _spreadsheet(text: str) -> str:
    """A spreadsheet that took a number for a number shows it as 8.98E+18."""
    return ": a spreadsheet changed it; format the column as text" if "E+" in text.upper() else ""
