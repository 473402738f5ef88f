"""javacard.security (Java Card API 3.0.5)."""

from __future__ import annotations

from simtool.softcard.jcvm.api.javacard.security.checksum import CHECKSUM
from simtool.softcard.jcvm.api.javacard.security.exceptions import EXCEPTIONS
from simtool.softcard.jcvm.api.javacard.security.key_agreement import KEY_AGREEMENT
from simtool.softcard.jcvm.api.javacard.security.key_builder import KEY_BUILDER
from simtool.softcard.jcvm.api.javacard.security.key_pair import KEY_PAIR
from simtool.softcard.jcvm.api.javacard.security.keys import KEYS
from simtool.softcard.jcvm.api.javacard.security.message_digest import DIGESTS
from simtool.softcard.jcvm.api.javacard.security.one_shot import ENTRY_POINTS as ENTRY_POINTS
from simtool.softcard.jcvm.api.javacard.security.random_data import RANDOM
from simtool.softcard.jcvm.api.javacard.security.signature import SIGNATURE
from simtool.softcard.jcvm.native import NativeClass

CLASSES: tuple[NativeClass, ...] = (
    *EXCEPTIONS, *KEYS, *KEY_BUILDER, KEY_PAIR, *KEY_AGREEMENT, *DIGESTS, *SIGNATURE, *RANDOM, *CHECKSUM,
)  # fmt: skip
