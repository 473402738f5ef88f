"""Who may change what: a domain's own right, or a token's (GPCS §7.3, §9.1, §9.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simtool.codec.globalplatform import CardState, Privilege
from simtool.softcard import status as sw
from simtool.softcard.globalplatform.proofs import receipt, token_fits
from simtool.softcard.globalplatform.registry import AppEntry, LoadFile
from simtool.softcard.status import StatusFault

if TYPE_CHECKING:
    from simtool.softcard.globalplatform.platform import GlobalPlatform

_RECEIPTS = "gp:receipts"
_NO_RECEIPT = b"\x00"
IIN, CIN = 0x42, 0x45


class Authority:
    """One domain's right to manage content, asked once per command."""

    def __init__(self, platform: GlobalPlatform, domain: AppEntry) -> None:
        self._platform = platform
        self._domain = domain

    def manage(self, p1: int, p2: int, signed: bytes, token: bytes) -> None:
        """May this domain do it? With authorised management, or one above it that has it, always; with delegated
        management if the token fits; else 6985, and 6982 for a token that does not fit (§9.2.1)."""
        domain, registry = self._domain, self._platform.registry
        if registry.card_state not in (CardState.OP_READY, CardState.INITIALIZED, CardState.SECURED):
            raise StatusFault(sw.CONDITIONS_NOT_SATISFIED)
        if domain.privileges & Privilege.AUTHORIZED_MANAGEMENT:
            return
        if not domain.privileges & Privilege.DELEGATED_MANAGEMENT:
            raise StatusFault(sw.CONDITIONS_NOT_SATISFIED)
        verifier = registry.holder(Privilege.TOKEN_VERIFICATION)
        if verifier is None or not token_fits(
            self._platform.keys(verifier), self._platform.spec.token_key, p1, p2, signed, token
        ):
            raise StatusFault(sw.SECURITY_NOT_SATISFIED)

    def reaches(self, entry: AppEntry | LoadFile) -> bool:
        """Whether an entry is this domain's own or below it (§7.2)."""
        return self._platform.registry.is_above(self._domain, entry)

    def confirm(self, *named: bytes) -> bytes:
        """The answer of a command that changed content: a receipt after delegated management, else 00 (§11.1.6)."""
        if self._domain.privileges & Privilege.AUTHORIZED_MANAGEMENT:
            return _NO_RECEIPT + sw.OK
        registry, card = self._platform.registry, self._platform.card
        maker = registry.holder(Privilege.RECEIPT_GENERATION)
        if maker is None:
            return _NO_RECEIPT + sw.OK
        counter = card.recall(_RECEIPTS, 0) + 1
        listed = b"".join(bytes((len(one),)) + one for one in named)
        unique = b"".join(self._platform.data(maker).get(tag, b"") for tag in (IIN, CIN))
        made = receipt(self._platform.keys(maker), self._platform.spec.receipt_key, counter, unique, listed)
        if made is None:
            return _NO_RECEIPT + sw.OK
        card.note(_RECEIPTS, counter)
        return bytes((len(made),)) + made + sw.OK

    def confirmations(self) -> int:
        """How many receipts were made: the confirmation counter (tag C2)."""
        return int(self._platform.card.recall(_RECEIPTS, 0))
