"""Access rules on a card: who among a phone's applications may do what (ARA-M, carrier privileges).

GlobalPlatform Secure Element Access Control 1.1 §4, §6. Rules are read with GET DATA and changed with STORE DATA:
through the issuer security domain where its keys are at hand, else straight to the ARA-M, for cards that let anybody.
"""

from __future__ import annotations

from dataclasses import dataclass

from simtool.card.instructions import command_name
from simtool.card.processors import ApduLink
from simtool.card.status import explain
from simtool.codec import tlv
from simtool.codec.apdu import SHORT_LE_MAX, CommandApdu, ResponseApdu
from simtool.codec.install import DataStructure
from simtool.codec.se_access import (
    ARA_M,
    TAG_ALL_RULES,
    TAG_NEXT_RULES,
    AccessRule,
    decode_rules,
    delete_rule,
    store_rule,
)
from simtool.errors import CardError, DecodeError, StatusError
from simtool.gp.domain import SecurityDomain
from simtool.gp.transact import CLA_GP, INS_GET_DATA, INS_SELECT, SW_NOT_FOUND

_CONTEXT = "ara_m"
_MAX_PAGES = 256
_SW_NO_APPLICATION = 0x6A82


@dataclass(frozen=True, slots=True)
class RuleDifference:
    """What a card lacks, and what it has too much, against a list of rules."""

    missing: tuple[AccessRule, ...]
    unwanted: tuple[AccessRule, ...]

    @property
    def empty(self) -> bool:
        return not self.missing and not self.unwanted


def compare(card: tuple[AccessRule, ...], wanted: tuple[AccessRule, ...]) -> RuleDifference:
    """Rules are equal when all their fields are; their order does not matter."""
    return RuleDifference(
        tuple(rule for rule in wanted if rule not in card), tuple(rule for rule in card if rule not in wanted)
    )


def read_rules(link: ApduLink) -> tuple[AccessRule, ...]:
    """Every rule that the ARA-M gives to anybody: SELECT, GET DATA [all], and [next] until the length is reached.

    Raises `StatusError` when the card has no ARA-M, and `CardError` when it stops in the middle.
    """
    _select(link)
    first = _send(link, _get(TAG_ALL_RULES), "all access rules", accept=(SW_NOT_FOUND,))
    if first.sw == SW_NOT_FOUND or not first.data:
        return ()
    data = first.data
    for _ in range(_MAX_PAGES):
        total = _announced(data)
        if len(data) >= total:
            return decode_rules(tlv.parse(data[:total])[0].value)
        more = _send(link, _get(TAG_NEXT_RULES), "the next access rules").data
        if not more:
            raise CardError(f"GET DATA of access rules: the card announces {total} bytes and gives {len(data)}")
        data += more
    raise CardError("GET DATA of access rules: the card never ends its list")


def _get(tag: int) -> CommandApdu:
    return CommandApdu(CLA_GP, INS_GET_DATA, tag >> 8, tag & 0xFF, le=SHORT_LE_MAX)


def _announced(data: bytes) -> int:
    """Bytes of the whole object whose beginning this is."""
    if data[:2] != TAG_ALL_RULES.to_bytes(2):
        raise DecodeError(f"GET DATA of access rules: the card answers with {data[:2].hex().upper()}, not with FF40")
    length, start = tlv.decode_length(data, 2)
    return start + length


class RuleStore:
    """Changes rules: through the issuer security domain by personalization, or `direct` to a selected ARA-M.

    A card may refuse a rule that contradicts another (6A89); an equal rule that is there already is no error.
    """

    def __init__(self, domain: SecurityDomain, *, direct: bool = False) -> None:
        self._domain = domain
        self._direct = direct

    def add(self, rule: AccessRule) -> None:
        """Store a rule."""
        self._store(store_rule(rule))

    def remove(self, rule: AccessRule) -> None:
        """Delete exactly this rule."""
        self._store(delete_rule(rule))

    def bring(self, difference: RuleDifference) -> None:
        """Make the card's rules the wanted ones: first what is missing, so that nobody loses rights in between."""
        for rule in difference.missing:
            self.add(rule)
        for rule in difference.unwanted:
            self.remove(rule)

    def _store(self, data: bytes) -> None:
        if not self._direct:
            self._domain.personalize(ARA_M, data, structure=DataStructure.BER_TLV)
            return
        _select(self._domain.link)
        self._domain.store_data(data, structure=DataStructure.BER_TLV, what="an access rule")


def _select(link: ApduLink) -> None:
    _send(link, CommandApdu(0x00, INS_SELECT, 0x04, 0x00, ARA_M, SHORT_LE_MAX), "the ARA-M")


def _send(link: ApduLink, command: CommandApdu, what: str, *, accept: tuple[int, ...] = ()) -> ResponseApdu:
    answer = link.send(command)
    meaning = explain(answer.sw, _CONTEXT)
    if meaning.succeeded or answer.sw in accept:
        return answer
    hint = meaning.hint
    if answer.sw == _SW_NO_APPLICATION:
        hint = "this card has no rule application (ARA-M); its rules may stand in files (PKCS #15)"
    raise StatusError(f"{command_name(command)} of {what}: {answer.sw} {meaning.text}", sw=answer.sw, hint=hint)
