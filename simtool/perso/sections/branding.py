"""What the customer sees: names, the networks that bear them, languages, the operator's logo."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import ConfigDict, field_validator, model_validator

from simtool.perso.sections.fields import PlmnField, languages, or_short
from simtool.perso.source import Section

AREA_MAX = 0xFFFE


class ServiceProviderName(Section):
    """EF.SPN with its display condition (TS 31.102 §4.2.12)."""

    name: str
    show_plmn_at_home: bool = True
    hide_when_roaming: bool = True


class NamedArea(Section):
    """A network, or some of its location areas, that bears the name; written as just `262-01` for all of it."""

    model_config = ConfigDict(json_schema_extra=or_short({"type": "string"}))

    plmn: PlmnField
    first_area: int = 0
    last_area: int = AREA_MAX

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        return {"plmn": value} if isinstance(value, str | int) else value

    @model_validator(mode="after")
    def _ordered(self) -> NamedArea:
        if not 0 <= self.first_area <= self.last_area <= AREA_MAX:
            raise ValueError(f"areas are numbers from 0 to {AREA_MAX}, the first not above the last")
        return self


class NetworkName(Section):
    """One EF.PNN record with the EF.OPL rows that lead to it."""

    full: str
    short: str | None = None
    add_country: bool = False
    plmns: tuple[NamedArea, ...] = ()


class Logo(Section):
    """A black and white picture (a PBM file, at most 255 by 255) for EF.IMG of cards that have it."""

    file: Path


class Branding(Section):
    spn: ServiceProviderName | None = None
    networks: tuple[NetworkName, ...] = ()
    same_brand: tuple[PlmnField, ...] = ()
    """Networks on which the service provider name is shown as at home (EF.SPDI)."""
    languages: tuple[str, ...] = ()
    """ISO 639, the most wanted first."""
    logo: Logo | None = None

    @field_validator("languages")
    @classmethod
    def _codes(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return languages(value)
