"""What of a profile runs on the card rather than lying in its files: applets, and privileges of apps on the phone."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType

from simtool.codec.cap import CapFile, PackageRef
from simtool.codec.se_access import AccessRule
from simtool.crypto.key_set import KeySet
from simtool.errors import CodecError, EncodeError, InputError
from simtool.files.applets.manifest import Manifest
from simtool.files.global_platform import GlobalPlatformSpec
from simtool.files.product import CardModel
from simtool.gp.content import WantedPackage
from simtool.gp.lint import CardLimits
from simtool.perso.applet_holes import Holes, has_holes, holes_of
from simtool.perso.applet_origin import origin_of, wanted_applets
from simtool.perso.carrier_rules import rules_for
from simtool.perso.profile import Profile
from simtool.perso.record import CardRecord
from simtool.perso.sections import Applet

APPLETS = "applets"
RULES = "services.carrier_apps"
OPEN_STORE = "open"
NO_HOLES: Holes = MappingProxyType({})
_FIRST_CHANNEL_VERSION = 0x10


@dataclass(frozen=True, slots=True)
class ApplicationWish:
    """Packages with their instances, what may go for them (`remove`), access rules, and the keys to bring them with.

    Without `keys` the card lets anybody add rules.
    """

    packages: tuple[WantedPackage, ...] = ()
    remove: frozenset[bytes] = frozenset()
    rules: tuple[AccessRule, ...] = ()
    keys: KeySet | None = None

    def __bool__(self) -> bool:
        return bool(self.packages or self.rules or self.remove)


@dataclass(frozen=True, slots=True)
class PackageOutline:
    """A package of the profile, read and checked once. `wanted` is None where its instances need the card's record;
    `problem` says line by line why there is none, and then there is nothing else.
    """

    name: str
    applet: Applet
    cap: CapFile | None = None
    manifest: Manifest | None = None
    wanted: WantedPackage | None = None
    problem: tuple[str, ...] = ()

    def of(self, holes: Holes, reasons: list[str]) -> WantedPackage | None:
        if self.wanted is not None or self.cap is None:
            reasons += self.problem
            return self.wanted
        try:
            applets = wanted_applets(self.cap, self.manifest, self.applet.wanted_instances, holes)
        except (CodecError, InputError) as error:
            reasons += _lines(self.name, error)
            return None
        return WantedPackage(self.cap, applets, self.name)


@dataclass(frozen=True, slots=True)
class ApplicationOutline:
    """What a profile wants to run on the cards of a product, as far as no record is needed for it."""

    model: CardModel
    packages: tuple[PackageOutline, ...]
    remove: frozenset[bytes]
    rules: tuple[AccessRule, ...]

    def of(self, record: CardRecord, reasons: list[str]) -> ApplicationWish:
        """The same for one card. Appends to `reasons` everything that this product or record lacks."""
        origins = [*([APPLETS] if self.packages else []), *([RULES] if self.rules else [])]
        holes = holes_of(record) if self.packages else {}
        found = [package.of(holes, reasons) for package in self.packages]
        spec = self.model.global_platform
        if spec is None:
            name = self.model.name
            reasons += [f"{origin}: {name} has no security domain that is known here" for origin in origins]
            return ApplicationWish()
        keys = next((one for one in record.key_sets if opens_channel(self.model, one.version)), None)
        if self.rules and spec.access_rules is None:
            reasons.append(f"{RULES}: {self.model.name} has no application for access rules (ARA-M)")
        if keys is None:
            anybody = (RULES,) if spec.access_rules in (OPEN_STORE, None) else ()
            reasons += [
                f"{origin}: the record holds no key set for the card's security domain; "
                f"add it under key_sets (version {_versions(spec)})"
                for origin in origins
                if origin not in anybody
            ]
        packages = tuple(package for package in found if package is not None)
        return ApplicationWish(packages, self.remove, self.rules, keys)

    def on(self, model: CardModel) -> ApplicationOutline:
        """The same on a card that has other files."""
        return replace(self, model=model)


def application_wish(profile: Profile, record: CardRecord, model: CardModel, reasons: list[str]) -> ApplicationWish:
    """What the profile wants to run on this card. Appends to `reasons` everything that this product or record lacks."""
    return application_outline(profile, model).of(record, reasons)


def application_outline(profile: Profile, model: CardModel) -> ApplicationOutline:
    """What can be told without a record. Reads every file that the profile's applets name."""
    apps = profile.services.carrier_apps
    packages = tuple(_outline(profile, name, applet) for name, applet in profile.applets.items())
    rules = tuple(rule for app in apps for rule in rules_for((app.certificate,), package=app.package or ""))
    remove = frozenset(aid for applet in profile.applets.values() for aid in applet.replaces)
    return ApplicationOutline(model, packages, remove, rules)


def packages_of(profile: Profile) -> tuple[CapFile, ...]:
    """The CAP files of a profile's applets, for who wants to look into them. Those that cannot be read are left out:
    `application_wish` says why.
    """
    found = []
    for name, applet in profile.applets.items():
        with suppress(CodecError, InputError):
            found.append(origin_of(applet, partial(profile.applet_file, name)).cap())
    return tuple(found)


def opens_channel(model: CardModel, version: int, scp: int | None = None) -> bool:
    """Whether the product opens a channel (of this protocol) with keys of this version; unknown products do with all
    but OTA versions.
    """
    spec = model.global_platform
    if spec is None:
        return version >= _FIRST_CHANNEL_VERSION
    return any(channel.takes(version) and scp in (None, channel.scp) for channel in spec.secure_channels)


def limits_of_product(model: CardModel) -> CardLimits:
    """What the product's data say of packages built in and TARs in use."""
    spec = model.global_platform
    if spec is None:
        return CardLimits()
    packages = tuple(PackageRef(one.aid, one.major, one.minor) for one in spec.api)
    return CardLimits(tars_taken=frozenset(spec.tars), packages=packages, all_packages=bool(packages))


def _versions(spec: GlobalPlatformSpec) -> str:
    ranges = [versions for channel in spec.secure_channels for versions in channel.versions]
    return " or ".join(
        str(one.start) if len(one) == 1 else f"{one.start} to {one.stop - 1}" for one in dict.fromkeys(ranges)
    )


def _outline(profile: Profile, name: str, applet: Applet) -> PackageOutline:
    try:
        origin = origin_of(applet, partial(profile.applet_file, name))
        cap = origin.cap()
        if applet.package is not None and applet.package != cap.package.aid:
            raise EncodeError(f"the package is {cap.package.aid.hex()}, the profile says {applet.package.hex()}")
        if any(has_holes(one.parameters) for one in applet.wanted_instances or ()):
            return PackageOutline(name, applet, cap, origin.manifest)
        applets = wanted_applets(cap, origin.manifest, applet.wanted_instances, NO_HOLES)
    except (CodecError, InputError) as error:
        return PackageOutline(name, applet, problem=tuple(_lines(name, error)))
    return PackageOutline(name, applet, cap, origin.manifest, WantedPackage(cap, applets, name))


def _lines(name: str, error: Exception) -> list[str]:
    return [f"{APPLETS}.{name}: {line}" for line in str(error).splitlines()]
