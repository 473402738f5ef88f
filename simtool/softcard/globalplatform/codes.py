"""Coded bytes of the registry: privileges and life cycles (GPCS §6.6, §11.1.1, §11.1.2)."""

from __future__ import annotations

from enum import IntEnum, IntFlag

PRIVILEGE_BYTES = 3


class Privilege(IntFlag):
    """Privileges as the number their three bytes make (tables 11-7 to 11-9)."""

    SECURITY_DOMAIN = 0x800000
    DAP_VERIFICATION = 0x400000
    DELEGATED_MANAGEMENT = 0x200000
    CARD_LOCK = 0x100000
    CARD_TERMINATE = 0x080000
    CARD_RESET = 0x040000
    CVM_MANAGEMENT = 0x020000
    MANDATED_DAP_VERIFICATION = 0x010000
    TRUSTED_PATH = 0x008000
    AUTHORIZED_MANAGEMENT = 0x004000
    TOKEN_VERIFICATION = 0x002000
    GLOBAL_DELETE = 0x001000
    GLOBAL_LOCK = 0x000800
    GLOBAL_REGISTRY = 0x000400
    FINAL_APPLICATION = 0x000200
    GLOBAL_SERVICE = 0x000100
    RECEIPT_GENERATION = 0x000080
    CIPHERED_LOAD_FILE = 0x000040
    CONTACTLESS_ACTIVATION = 0x000020
    CONTACTLESS_SELF_ACTIVATION = 0x000010


ONLY_FOR_DOMAINS = (
    Privilege.DAP_VERIFICATION
    | Privilege.DELEGATED_MANAGEMENT
    | Privilege.MANDATED_DAP_VERIFICATION
    | Privilege.TRUSTED_PATH
    | Privilege.AUTHORIZED_MANAGEMENT
    | Privilege.TOKEN_VERIFICATION
    | Privilege.RECEIPT_GENERATION
    | Privilege.CIPHERED_LOAD_FILE
)
"""Privileges that make no sense without that of a security domain (table 6-2)."""
ONLY_ONCE = Privilege.CARD_RESET | Privilege.FINAL_APPLICATION
"""Privileges that only one application of the card has at a time (§6.6.2.3, §6.6.2.9)."""


class CardState(IntEnum):
    """Life cycle of the card, which is that of its issuer security domain (table 11-6)."""

    OP_READY = 0x01
    INITIALIZED = 0x07
    SECURED = 0x0F
    CARD_LOCKED = 0x7F
    TERMINATED = 0xFF


LOADED = 0x01
INSTALLED = 0x03
SELECTABLE = 0x07
PERSONALIZED = 0x0F
LOCKED = 0x80
"""Bit 8 of an application's state; the other bits keep what it was before (table 11-4)."""


def parse_privileges(raw: bytes) -> Privilege | None:
    """From one byte or three; None for another length."""
    if len(raw) not in (1, PRIVILEGE_BYTES):
        return None
    return Privilege(int.from_bytes(raw.ljust(PRIVILEGE_BYTES, b"\0")))


def coherent(privileges: Privilege) -> bool:
    """Whether an application may have these together (§6.6.1, table 6-2)."""
    if privileges & ONLY_FOR_DOMAINS and not privileges & Privilege.SECURITY_DOMAIN:
        return False
    if privileges & Privilege.MANDATED_DAP_VERIFICATION and not privileges & Privilege.DAP_VERIFICATION:
        return False
    return not (privileges & Privilege.DELEGATED_MANAGEMENT and privileges & Privilege.AUTHORIZED_MANAGEMENT)
