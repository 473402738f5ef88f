"""The sheet of a first article: what a person looks at before a batch is approved. A value without any secret.

Kept as JSON with the batch, shown on pages and printed (`simtool.station.paper.first_article_sheet`). Keys appear as
key check values only; of files that hold secrets the sheet says how many bytes there are.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from typing import Any

from simtool.errors import InputError
from simtool.perso.script import ScriptRow

__all__ = ["ArticleSheet", "BrandView", "NamedValue", "ProofRow", "ScriptRow", "UnitRow"]

FORM = 1
"""Version of the JSON form."""


@dataclass(frozen=True, slots=True)
class NamedValue:
    """A name and a text, as a person reads them."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class UnitRow:
    """One unit as it was read from the finished card.

    `place` is the file with its record or tag, `raw` its bytes in hex and `meaning` the same decoded (lines, parted by
    line feeds). `raw` is empty and `meaning` the reason where it cannot be read. A `secret` unit has no `raw` either,
    and its `meaning` gives settings and key check values at most. `size` is in bytes; `origin` is the part of the
    profile or of the record that asks for it.
    """

    place: str
    size: int
    raw: str
    meaning: str
    origin: str
    secret: bool = False


@dataclass(frozen=True, slots=True)
class ProofRow:
    """A challenge that the card answered: by which application, in which context (AKA or GSM), and what came of it."""

    application: str
    context: str
    ok: bool
    detail: str


@dataclass(frozen=True, slots=True)
class BrandView:
    """What a phone shows: `text` for a terminal or a monospaced print, `svg` and `png` (base64) as a picture."""

    text: str = ""
    svg: str = ""
    png: str = ""


@dataclass(frozen=True, slots=True)
class ArticleSheet:
    """The first article of one product in one batch.

    `profile` is the operator's name, `digest` that of the compiled profile, `chip` the ICCID that the card had when it
    came in, `atr` in hex. `numbers` are ICCID, IMSI, MSISDN and the like by name, `check_values` key check values (3
    bytes, hex) by the key's name. `label` are the parts of the printed label by kind (text, code128, qr), secrets
    masked. `units_compared` and `content_ok` come from reading the whole card back, `mismatches` are places that
    differ. `made_at` is ISO 8601, UTC; `seconds` from the card's insertion to its proof.
    """

    batch: str
    customer: str
    quantity: int
    profile: str
    product: str
    vendor: str
    atr: str
    chip: str
    iccid: str
    digest: str
    made_by: str
    made_at: str
    station: str
    numbers: tuple[NamedValue, ...]
    units: tuple[UnitRow, ...]
    script: tuple[ScriptRow, ...]
    proofs: tuple[ProofRow, ...]
    check_values: tuple[NamedValue, ...]
    units_compared: int
    content_ok: bool
    mismatches: tuple[str, ...] = ()
    unproved: str = ""
    brand: BrandView = BrandView()
    label: tuple[NamedValue, ...] = ()
    seconds: float = 0.0

    @property
    def good(self) -> bool:
        """The card holds what is wanted and has proved its keys, as far as there are any to prove."""
        return self.content_ok and all(proof.ok for proof in self.proofs) and bool(self.proofs or self.unproved)

    def to_json(self) -> str:
        """JSON text that `from_json` reads."""
        return json.dumps({"form": FORM} | dataclasses.asdict(self), ensure_ascii=False, indent=1)

    @classmethod
    def from_json(cls, text: str) -> ArticleSheet:
        """The sheet in this text. Raises `InputError` for one that no simtool of this form has written."""
        try:
            data: dict[str, Any] = json.loads(text)
            form = data.pop("form")
            if form != FORM:
                raise InputError(f"a first article sheet of form {form}: this simtool knows {FORM}")
            rows = {
                "numbers": NamedValue, "units": UnitRow, "script": ScriptRow, "proofs": ProofRow,
                "check_values": NamedValue, "label": NamedValue,
            }  # fmt: skip
            data |= {name: tuple(row(**item) for item in data[name]) for name, row in rows.items()}
            data |= {"brand": BrandView(**data["brand"]), "mismatches": tuple(data["mismatches"])}
            return cls(**data)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise InputError(f"this is no sheet of a first article: {error}") from None
