"""What of a profile runs on the card rather than lying in its files: applets, and privileges of apps on the phone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from simtool.codec.cap import CapFile, PackageRef
from simtool.codec.se_access import AccessRule
from simtool.crypto.key_set import KeySet
from simtool.errors import CodecError, EncodeError, InputError
from simtool.files.global_platform import GlobalPlatformSpec
from simtool.files.product import CardModel
from simtool.gp.content import WantedPackage
from simtool.gp.lint import CardLimits
from simtool.perso.applet_holes import Holes, holes_of
from simtool.perso.applet_origin import Origin, origin_of, wanted_applets
from simtool.perso.carrier_rules import rules_for
from simtool.perso.profile import Profile
from simtool.perso.record import CardRecord
from simtool.perso.sections import Applet

APPLETS = "applets"
RULES = "services.carrier_apps"
OPEN_STORE = "open"
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


def application_wish(profile: Profile, record: CardRecord, model: CardModel, reasons: list[str]) -> ApplicationWish:
    """What the profile wants to run on this card. Appends to `reasons` everything that this product or record lacks."""
    apps = profile.services.carrier_apps
    origins = [*([APPLETS] if profile.applets else []), *([RULES] if apps else [])]
    packages = tuple(_packages(profile, holes_of(record), reasons))
    spec = model.global_platform
    if spec is None:
        reasons += [f"{origin}: {model.name} has no security domain that is known here" for origin in origins]
        return ApplicationWish()
    keys = next((one for one in record.key_sets if opens_channel(model, one.version)), None)
    if apps and spec.access_rules is None:
        reasons.append(f"{RULES}: {model.name} has no application for access rules (ARA-M)")
    if keys is None:
        anybody = (RULES,) if spec.access_rules in (OPEN_STORE, None) else ()
        reasons += [
            f"{origin}: the record holds no key set for the card's security domain; "
            f"add it under key_sets (version {_versions(spec)})"
            for origin in origins
            if origin not in anybody
        ]
    rules = tuple(rule for app in apps for rule in rules_for((app.certificate,), package=app.package or ""))
    remove = frozenset(aid for applet in profile.applets.values() for aid in applet.replaces)
    return ApplicationWish(packages, remove, rules, keys)


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


def _packages(profile: Profile, holes: Holes, reasons: list[str]) -> Iterator[WantedPackage]:
    for name, applet in profile.applets.items():
        try:
            yield _package(name, applet, origin_of(applet, partial(profile.applet_file, name)), holes)
        except (CodecError, InputError) as error:
            reasons += [f"{APPLETS}.{name}: {line}" for line in str(error).splitlines()]


def _package(name: str, applet: Applet, origin: Origin, holes: Holes) -> WantedPackage:
    cap = origin.cap()
    if applet.package is not None and applet.package != cap.package.aid:
        raise EncodeError(f"the package is {cap.package.aid.hex()}, the profile says {applet.package.hex()}")
    return WantedPackage(cap, wanted_applets(cap, origin.manifest, applet.wanted_instances, holes), name)
