"""What a CAP file is, what it needs, and whether a card offers it."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass, replace
from enum import Enum

from simtool.codec.cap import CapFile, PackageRef
from simtool.codec.globalplatform import RegistryEntry
from simtool.gp.domain import Registry
from simtool.gp.java_packages import java_card_release, package_name
from simtool.gp.lint import ANY_CARD, CardLimits, tar_of


class Offer(Enum):
    """What a card says to an import."""

    OFFERED = "offered"
    OTHER_VERSION = "another version"
    NOT_LISTED = "not listed"
    MISSING = "missing"

    @property
    def words(self) -> str:
        if self is Offer.NOT_LISTED:
            return "not listed by the card; built-in packages usually are not"
        return str(self.value)


@dataclass(frozen=True, slots=True)
class Need:
    """A package that a CAP file imports, and what the card has of it."""

    package: PackageRef
    name: str
    offer: Offer
    on_card: str = ""


@dataclass(frozen=True, slots=True)
class Inspection:
    """A CAP file beside a card. `java_card` is the release that its imports ask for; `on_card` its version there."""

    cap: CapFile
    java_card: str
    needs: tuple[Need, ...]
    on_card: str
    instances: tuple[RegistryEntry, ...]

    @property
    def offered(self) -> bool:
        """False when the card lacks something that is needed, or has another version of it."""
        return all(need.offer not in (Offer.OTHER_VERSION, Offer.MISSING) for need in self.needs)


def inspect(cap: CapFile, registry: Registry | None = None, product: CardLimits = ANY_CARD) -> Inspection:
    """Compare a CAP file with a card's registry and what is known of its product, or with nothing."""
    limits = limits_of(registry, product=product) if registry is not None else product
    needs = tuple(_need(wanted, limits) for wanted in cap.imports)
    entry = registry.load_file(cap.package.aid) if registry is not None else None
    instances = registry.instances_of(entry) if registry is not None and entry is not None else ()
    version = "" if entry is None else version_of(entry) or "unknown version"
    return Inspection(cap, java_card_release(cap.imports), needs, version, instances)


def packages_of(registry: Registry) -> tuple[PackageRef, ...]:
    """The load files of a card whose version it tells."""
    return tuple(
        PackageRef(entry.aid, entry.version[0], entry.version[1])
        for entry in registry.load_files
        if len(entry.version) == 2
    )


def version_of(entry: RegistryEntry) -> str:
    """Version of a load file as `1.2`; empty when the card does not tell."""
    return f"{entry.version[0]}.{entry.version[1]}" if len(entry.version) == 2 else ""


def limits_of(registry: Registry, *, but: Set[bytes] = frozenset(), product: CardLimits = ANY_CARD) -> CardLimits:
    """What a product allows and the registry tells of AIDs, TARs and packages taken.

    Instances named in `but` do not count: they are about to go, or are the ones in question.
    """
    others = [entry.aid for entry in registry.applications if entry.aid not in but]
    tars = frozenset(tar_of(aid) for aid in others if tar_of(aid))
    listed = packages_of(registry)
    built_in = tuple(one for one in product.packages if one.aid not in {package.aid for package in listed})
    return replace(
        product, tars_taken=product.tars_taken | tars, aids_taken=frozenset(others), packages=(*listed, *built_in)
    )


def _need(wanted: PackageRef, limits: CardLimits) -> Need:
    there = next((one for one in limits.packages if one.aid == wanted.aid), None)
    name = package_name(wanted.aid)
    if there is None:
        return Need(wanted, name, Offer.MISSING if limits.all_packages else Offer.NOT_LISTED)
    return Need(wanted, name, Offer.OFFERED if there.offers(wanted) else Offer.OTHER_VERSION, there.version)
