"""The table of GlobalPlatform vectors, for the tests of both channels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from simtool.crypto.key_set import KeyCipher, KeySet
from simtool.crypto.secret import Secret

VECTORS: dict[str, Any] = yaml.safe_load(
    (Path(__file__).parents[1] / "vectors" / "globalplatform.yaml").read_text("utf-8")
)


def key_set(row: dict[str, str], cipher: KeyCipher, version: int = 1) -> KeySet:
    enc, mac, dek = (Secret.from_hex(row[name]) for name in ("enc", "mac", "dek"))
    return KeySet(version, cipher, enc, mac, dek)
