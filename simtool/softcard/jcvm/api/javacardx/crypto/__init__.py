"""javacardx.crypto (Java Card API 3.0.5). Key ciphers (KeyEncryption) are with the keys in javacard.security."""

from __future__ import annotations

from simtool.softcard.jcvm.api.javacard.security.one_shot import ENTRY_POINTS as ENTRY_POINTS
from simtool.softcard.jcvm.api.javacardx.crypto.aead_cipher import AEAD
from simtool.softcard.jcvm.api.javacardx.crypto.cipher import CIPHERS
from simtool.softcard.jcvm.native import NativeClass

CLASSES: tuple[NativeClass, ...] = (*CIPHERS, *AEAD)
