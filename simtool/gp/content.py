"""Applets as a wish: which packages and instances a card shall have, and the steps from what it has.

What is there already stays. Another version is replaced in the right order: instances, then packages that build on
others before these; loading the other way round. What is not named is never touched. The steps follow from the registry
alone, so after a torn card the same wish makes the rest of the steps.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import Enum

from simtool.codec.cap import CapFile
from simtool.codec.globalplatform import NO_PRIVILEGES, LifeCycle, Privilege, RegistryEntry
from simtool.codec.install import DapBlock, ForInstall, ForLoad
from simtool.errors import PlanError
from simtool.gp.domain import EMPTY_PARAMETERS, Registry, SecurityDomain
from simtool.gp.inspection import limits_of, version_of
from simtool.gp.lint import ANY_CARD, CardLimits, Severity, lint, tars_used


@dataclass(frozen=True, slots=True)
class WantedApplet:
    """An instance: made from `module`, called `instance`, with its install parameters as they go out.

    `personalization` is what STORE DATA brings it afterwards. That it has it, it tells by its life cycle: beyond
    SELECTABLE, with bits of its own (GPCS §5.3.1.3).
    """

    module: bytes
    instance: bytes
    parameters: bytes = EMPTY_PARAMETERS
    privileges: Privilege = NO_PRIVILEGES
    personalization: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class WantedPackage:
    """A package and its instances. `digest` (SHA-256 of the load file data block), where given, must be the CAP's."""

    cap: CapFile
    applets: tuple[WantedApplet, ...] = ()
    name: str = ""
    digest: bytes = b""
    daps: tuple[DapBlock, ...] = field(default=())

    @property
    def title(self) -> str:
        return self.name or self.cap.header.name or self.cap.package.aid.hex().upper()


class StepKind(Enum):
    """What a step does, in the order of the verbs of GlobalPlatform."""

    DELETE_APPLICATION = "delete application"
    DELETE_PACKAGE = "delete package"
    LOAD = "load"
    INSTALL = "install"
    MAKE_SELECTABLE = "make selectable"
    PERSONALIZE = "store data"


@dataclass(frozen=True, slots=True)
class Deletion:
    """DELETE of an application or a package, never with related objects: each has its own step."""

    kind: StepKind
    aid: bytes
    reason: str

    def run(self, domain: SecurityDomain) -> None:
        domain.delete(self.aid)


@dataclass(frozen=True, slots=True)
class Loading:
    """INSTALL [for load] and the LOADs of a package."""

    package: WantedPackage
    reason: str

    @property
    def kind(self) -> StepKind:
        return StepKind.LOAD

    @property
    def aid(self) -> bytes:
        return self.package.cap.package.aid


@dataclass(frozen=True, slots=True)
class Installation:
    """INSTALL [for install and make selectable], or the latter alone for what is installed already; or STORE DATA."""

    kind: StepKind
    package: WantedPackage
    applet: WantedApplet
    reason: str

    @property
    def aid(self) -> bytes:
        return self.applet.instance

    def run(self, domain: SecurityDomain) -> None:
        applet = self.applet
        if self.kind is StepKind.MAKE_SELECTABLE:
            domain.make_selectable(applet.instance, privileges=applet.privileges)
            return
        if self.kind is StepKind.PERSONALIZE:
            domain.personalize(applet.instance, applet.personalization)
            return
        load_file = self.package.cap.package.aid
        domain.install(ForInstall(load_file, applet.module, applet.instance, applet.privileges, applet.parameters))


_WITHOUT_DATA = (LifeCycle.INSTALLED, LifeCycle.SELECTABLE)
ContentStep = Deletion | Loading | Installation


def words(step: ContentStep) -> str:
    """A step in one line."""
    return f"{step.kind.value} {step.aid.hex().upper()}: {step.reason}"


@dataclass(frozen=True, slots=True)
class ContentOptions:
    """What a person allows beside the wish: AIDs to remove, AIDs of packages to load anew whatever their version, and
    whether an older version may take a newer one's place."""

    remove: frozenset[bytes] = frozenset()
    reload: frozenset[bytes] = frozenset()
    downgrade: bool = False


DEFAULT_OPTIONS = ContentOptions()


def plan_content(
    wanted: tuple[WantedPackage, ...],
    registry: Registry,
    options: ContentOptions = DEFAULT_OPTIONS,
    product: CardLimits = ANY_CARD,
) -> tuple[ContentStep, ...]:
    """The steps from `registry` to `wanted`; none for a card that has it all.

    `product` is what is known of the card besides its registry. Raises `PlanError` with every reason against it.
    """
    planner = _Planner(wanted, registry, options, product)
    planner.check()
    return planner.steps()


class _Planner:
    """Collects reasons against the wish, then steps. `_replaced` are load files that have to go for a new version."""

    def __init__(
        self, wanted: tuple[WantedPackage, ...], registry: Registry, options: ContentOptions, product: CardLimits
    ) -> None:
        self._product = product
        self._wanted = _in_import_order(wanted)
        self._registry = registry
        self._options = options
        self._reasons: list[str] = []
        self._replaced: dict[bytes, str] = {}

    def check(self) -> None:
        aids = [package.cap.package.aid for package in self._wanted]
        instances = [applet.instance for package in self._wanted for applet in package.applets]
        for aid in sorted({aid for aid in (*aids, *instances) if (*aids, *instances).count(aid) > 1}):
            self._reasons.append(f"{aid.hex().upper()} is wanted twice")
        for package in self._wanted:
            self._check_package(package)
        self._replace_dependants()
        limits = self._limits()
        for package in self._wanted:
            self._check_foreign(package)
            for applet in package.applets:
                self._check_parameters(package, applet, limits)
                limits = replace(limits, tars_taken=limits.tars_taken | tars_used(applet.parameters, applet.instance))
        if self._reasons:
            raise PlanError(tuple(self._reasons), hint="nothing was sent to the card")

    def _check_package(self, package: WantedPackage) -> None:
        if package.digest and package.digest != package.cap.digest:
            self._reasons.append(f"{package.title}: the CAP file is not the one whose digest is given")
        entry = self._registry.load_file(package.cap.package.aid)
        if entry is not None:
            self._check_version(package, entry)

    def _limits(self) -> CardLimits:
        """What will be taken on the card when the wish's own applets come: without them, and with its packages."""
        own = {applet.instance for package in self._wanted for applet in package.applets}
        wanted = tuple(package.cap.package for package in self._wanted)
        limits = limits_of(self._registry, but=own | self._options.remove, product=self._product)
        kept = tuple(one for one in limits.packages if one.aid not in {package.aid for package in wanted})
        return replace(limits, packages=(*kept, *wanted))

    def _check_parameters(self, package: WantedPackage, applet: WantedApplet, limits: CardLimits) -> None:
        if self._there(package, applet) and package.cap.package.aid not in self._replaced:
            return
        for finding in lint(applet.parameters, applet.instance, limits=limits, cap=package.cap, module=applet.module):
            if finding.severity is Severity.ERROR:
                self._reasons.append(f"{package.title}, {applet.instance.hex().upper()}: {finding}")

    def _there(self, package: WantedPackage, applet: WantedApplet) -> bool:
        entry = self._registry.application(applet.instance)
        return entry is not None and entry.load_file in (package.cap.package.aid, b"")

    def _check_version(self, package: WantedPackage, entry: RegistryEntry) -> None:
        aid, wanted = package.cap.package.aid, package.cap.package
        there = version_of(entry)
        if aid in self._options.reload:
            self._replaced[aid] = "it shall be loaded anew"
        elif there and there != wanted.version:
            newer = (entry.version[0], entry.version[1]) > (wanted.major, wanted.minor)
            if newer and not self._options.downgrade:
                self._reasons.append(
                    f"{package.title}: the card has version {there}, {wanted.version} is older and needs to be allowed"
                )
            self._replaced[aid] = f"version {wanted.version} takes the place of {there}"

    def _replace_dependants(self) -> None:
        """A package cannot go while another one imports it: wanted ones that do are replaced with it."""
        for package in self._wanted:  # in import order, so one pass reaches all
            aid = package.cap.package.aid
            below = next((one.aid for one in package.cap.imports if one.aid in self._replaced), None)
            if below is not None and aid not in self._replaced and self._registry.load_file(aid) is not None:
                self._replaced[aid] = f"it builds on {below.hex().upper()}, which is replaced"

    def _check_foreign(self, package: WantedPackage) -> None:
        """Instances in the way that nobody named are a reason not to begin."""
        aid = package.cap.package.aid
        own = {applet.instance for applet in package.applets}
        entry = self._registry.load_file(aid)
        if aid in self._replaced and entry is not None:
            for instance in self._registry.instances_of(entry):
                if instance.aid not in own | self._options.remove:
                    self._reasons.append(
                        f"{package.title}: {instance.aid.hex().upper()} is made from the version on the card and is not"
                        " wanted; name it to have it removed"
                    )
        for applet in package.applets:
            there = self._registry.application(applet.instance)
            if there is not None and not self._there(package, applet) and applet.instance not in self._options.remove:
                self._reasons.append(
                    f"{package.title}: {applet.instance.hex().upper()} is in use by another package"
                    f" ({there.load_file.hex().upper()}); name it to have it removed"
                )

    def steps(self) -> tuple[ContentStep, ...]:
        return (*self._removals(), *self._replacements(), *self._additions())

    def _removals(self) -> list[Deletion]:
        """What a person named: applications first, then packages."""
        reason = "named to be removed"
        named = self._options.remove
        gone = [
            Deletion(StepKind.DELETE_APPLICATION, entry.aid, reason)
            for entry in self._registry.applications
            if entry.aid in named
        ]
        gone += [
            Deletion(StepKind.DELETE_PACKAGE, entry.aid, reason)
            for entry in self._registry.load_files
            if entry.aid in named and entry.aid not in self._replaced
        ]
        return gone

    def _replacements(self) -> list[Deletion]:
        steps = []
        for package in reversed(self._wanted):  # those that build on others first
            aid = package.cap.package.aid
            entry = self._registry.load_file(aid)
            if aid not in self._replaced or entry is None:
                continue
            for instance in self._instances(package, entry):
                if instance.aid not in self._options.remove:
                    steps.append(Deletion(StepKind.DELETE_APPLICATION, instance.aid, self._replaced[aid]))
            steps.append(Deletion(StepKind.DELETE_PACKAGE, aid, self._replaced[aid]))
        return steps

    def _instances(self, package: WantedPackage, entry: RegistryEntry) -> list[RegistryEntry]:
        """Instances of a load file; on a card that does not tell, those that the wish says are its own."""
        own = {applet.instance for applet in package.applets}
        untold = [one for one in self._registry.applications if not one.load_file and one.aid in own]
        return [*self._registry.instances_of(entry), *untold]

    def _additions(self) -> list[ContentStep]:
        steps: list[ContentStep] = []
        for package in self._wanted:
            aid = package.cap.package.aid
            fresh = aid in self._replaced or self._registry.load_file(aid) is None
            if fresh:
                version = package.cap.package.version
                steps.append(Loading(package, self._replaced.get(aid, f"version {version} is wanted")))
            for applet in package.applets:
                there = self._registry.application(applet.instance)
                gone = fresh or there is None or applet.instance in self._options.remove
                if gone:
                    steps.append(Installation(StepKind.INSTALL, package, applet, "wanted"))
                elif there is not None and there.state == LifeCycle.INSTALLED:
                    reason = "installed, but not selectable"
                    steps.append(Installation(StepKind.MAKE_SELECTABLE, package, applet, reason))
                if applet.personalization and (there is None or gone or there.state in _WITHOUT_DATA):
                    steps.append(Installation(StepKind.PERSONALIZE, package, applet, "it waits for its parameters"))
        return steps


def _in_import_order(wanted: tuple[WantedPackage, ...]) -> tuple[WantedPackage, ...]:
    """Packages before those that import them; a circle keeps its order."""
    left, ordered = list(wanted), []
    while left:
        names = {package.cap.package.aid for package in left}
        ready = next(
            (one for one in left if not any(i.aid in names - {one.cap.package.aid} for i in one.cap.imports)), left[0]
        )
        left.remove(ready)
        ordered.append(ready)
    return tuple(ordered)


Progress = Callable[[ContentStep, int, int], None]
"""Called with the step, blocks done and blocks in all (0 of 1 where there are no blocks)."""


def apply_content(
    steps: tuple[ContentStep, ...],
    domain: SecurityDomain,
    *,
    security_domain: bytes = b"",
    descriptor: bool = False,
    progress: Progress | None = None,
) -> None:
    """Do the steps in order. What fails leaves the card between two steps: plan again from its registry and go on.

    `security_domain` owns what is loaded (empty: the selected one); `descriptor` sends the Descriptor component too.
    """
    for step in steps:
        if progress:
            progress(step, 0, 1)
        if isinstance(step, Loading):
            _load(step, domain, security_domain, descriptor, progress)
        else:
            step.run(domain)


def _load(
    step: Loading, domain: SecurityDomain, security_domain: bytes, descriptor: bool, progress: Progress | None
) -> None:
    block = step.package.cap.load_file_data_block(descriptor=descriptor)
    domain.install_for_load(ForLoad(step.aid, security_domain))
    report = (lambda done, total: progress(step, done, total)) if progress else None
    domain.load(block, daps=step.package.daps, aid=step.aid, progress=report)
