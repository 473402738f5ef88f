"""Numbers: how cards and subscriptions are numbered, and what groups them."""

from __future__ import annotations

from pathlib import Path

from pydantic import field_validator, model_validator

from simtool.perso.sections.fields import HexField, ImsiField, NumberField, PlmnField
from simtool.perso.source import Section

ICCID_BODY_LENGTHS = (18, 19)


class IccidSource(Section):
    """Either numbers made here (`first`, without its check digit), or cards whose ICCID is fixed (`stock`, a file)."""

    first: str | None = None
    stock: Path | None = None

    @field_validator("first")
    @classmethod
    def _digits(cls, value: str | None) -> str | None:
        if value is not None and not (value.isdigit() and len(value) in ICCID_BODY_LENGTHS):
            raise ValueError("an ICCID without its check digit has 18 or 19 digits")
        return value

    @model_validator(mode="after")
    def _one(self) -> IccidSource:
        if (self.first is None) == (self.stock is None):
            raise ValueError("give either first or stock")
        return self


class ImsiRange(Section):
    """The IMSIs to issue; for an MVNO whose host delivers the numbers, the range in which they have to lie."""

    first: ImsiField
    last: ImsiField | None = None


class FurtherSubscription(Section):
    """Another IMSI with keys of its own on the same card, for an applet that changes between them."""

    label: str
    plmn: PlmnField
    imsi: ImsiRange
    msisdn: NumberField | None = None
    op_file: Path | None = None
    """The sponsor's OP or TOP in hex (0600); without it every card gets a random OPc."""


class Identity(Section):
    iccid: IccidSource | None = None
    imsi: ImsiRange | None = None
    msisdn: NumberField | None = None
    """Of the first card, then counting up."""
    further: tuple[FurtherSubscription, ...] = ()
    gid1: HexField | None = None
    gid2: HexField | None = None
