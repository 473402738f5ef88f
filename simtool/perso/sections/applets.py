"""The SIM applets that belong to the product: declared by name, with the file to load and what it is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import field_validator

from simtool.perso.sections.fields import HexField, sized
from simtool.perso.source import Section

SHA256_LENGTH = 32


class Applet(Section):
    """`sha256` is the digest of `file`; `parameters` are the applet's own."""

    file: Path
    sha256: HexField
    parameters: dict[str, Any] = {}

    @field_validator("sha256")
    @classmethod
    def _length(cls, value: bytes) -> bytes:
        return sized("a SHA-256", value, SHA256_LENGTH)
