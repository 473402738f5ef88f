"""Which privileges go together, and with what (GPCS §6.6)."""

from __future__ import annotations

from simtool.codec.globalplatform import Privilege
from simtool.errors import DecodeError

ONLY_FOR_DOMAINS = (
    Privilege.DAP_VERIFICATION
    | Privilege.DELEGATED_MANAGEMENT
    | Privilege.MANDATED_DAP_VERIFICATION
    | Privilege.TRUSTED_PATH
    | Privilege.AUTHORIZED_MANAGEMENT
    | Privilege.TOKEN_VERIFICATION
    | Privilege.RECEIPT_GENERATION
    | Privilege.CIPHERED_LOAD_FILE_DATA_BLOCK
)
"""Privileges that make no sense without that of a security domain (table 6-2)."""
ONLY_ONCE = Privilege.CARD_RESET | Privilege.FINAL_APPLICATION
"""Privileges that only one application of the card has at a time (§6.6.2.3, §6.6.2.9)."""


def parse_privileges(raw: bytes) -> Privilege | None:
    """From one byte or three; None for another length."""
    if not raw:
        return None
    try:
        return Privilege.decode(raw)
    except DecodeError:
        return None


def coherent(privileges: Privilege) -> bool:
    """Whether an application may have these together (§6.6.1, table 6-2)."""
    if privileges & ONLY_FOR_DOMAINS and not privileges & Privilege.SECURITY_DOMAIN:
        return False
    if privileges & Privilege.MANDATED_DAP_VERIFICATION and not privileges & Privilege.DAP_VERIFICATION:
        return False
    return not (privileges & Privilege.DELEGATED_MANAGEMENT and privileges & Privilege.AUTHORIZED_MANAGEMENT)
