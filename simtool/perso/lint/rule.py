"""What a lint rule is, and what it looks at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum

from simtool.codec.identifiers import Plmn
from simtool.files.product import CardModel
from simtool.perso.profile import Profile
from simtool.perso.record import CardRecord
from simtool.perso.source import Location


class Severity(Enum):
    """An error: cards that do not work or must not be made. A warning: cards that work less well than they could."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Subject:
    """A profile, the product it shall go onto (if any), the profiles beside it, and records made for it (if any)."""

    profile: Profile
    model: CardModel | None = None
    others: tuple[Profile, ...] = ()
    records: tuple[CardRecord, ...] = ()

    def networks(self) -> Iterator[tuple[Location, Plmn]]:
        """Every network in every list, with its place."""
        profile = self.profile
        yield from ((("operator", "hosts", n), plmn) for n, plmn in enumerate(profile.operator.hosts))
        for n, name in enumerate(profile.branding.networks):
            yield from ((("branding", "networks", n, "plmns", m), area.plmn) for m, area in enumerate(name.plmns))
        yield from ((("branding", "same_brand", n), plmn) for n, plmn in enumerate(profile.branding.same_brand))
        yield from self.preferred()
        yield from ((("network", "equivalent_home", n), p) for n, p in enumerate(profile.network.equivalent_home))
        yield from self.forbidden()
        if profile.ims is not None and profile.ims.epdg is not None:
            yield from ((("ims", "epdg", "selection", n), p) for n, p in enumerate(profile.ims.epdg.selection))

    def preferred(self) -> Iterator[tuple[Location, Plmn]]:
        """Networks that the phone shall look for."""
        network = self.profile.network
        for name, entries in (("home", network.home), ("operator", network.operator), ("user", network.user)):
            yield from ((("network", name, n), entry.plmn) for n, entry in enumerate(entries))
        for n, country in enumerate(network.steering):
            yield from ((("network", "steering", n, "prefer", m), e.plmn) for m, e in enumerate(country.prefer))

    def forbidden(self) -> Iterator[tuple[Location, Plmn]]:
        """Networks that the phone shall never use."""
        network = self.profile.network
        yield from ((("network", "forbidden", n), plmn) for n, plmn in enumerate(network.forbidden or ()))
        for n, country in enumerate(network.steering):
            yield from ((("network", "steering", n, "avoid", m), plmn) for m, plmn in enumerate(country.avoid))


@dataclass(frozen=True, slots=True)
class Hit:
    """Where a rule found something, and what exactly."""

    at: Location
    detail: str


@dataclass(frozen=True, slots=True)
class Rule:
    """`why` is what goes wrong with such a card, `cure` what to write instead."""

    number: str
    title: str
    severity: Severity
    why: str
    cure: str
    clause: str
    check: Callable[[Subject], Iterator[Hit]]


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that fired; `place` is `FILE:LINE:COLUMN`."""

    rule: Rule
    place: str
    field: str
    detail: str

    def __str__(self) -> str:
        return f"{self.place}: {self.rule.severity.value} {self.rule.number}: {self.field}: {self.detail}"
