"""`simtool applet …`: what is on a card, what a CAP file needs, and bringing one to the other."""

from __future__ import annotations

import typing
from dataclasses import dataclass
from pathlib import Path

import click

from simtool.cli.applet_build import build, built, new
from simtool.cli.applet_domains import domains, keys
from simtool.cli.applet_run import run
from simtool.cli.applet_verify import FORCE, admit, verify
from simtool.cli.card_options import PRODUCT, YES, agreed, progress
from simtool.cli.domain_options import DomainDesk, aid_of, on_domain, parsed
from simtool.cli.outcome import ExitCode, Outcome, command, table
from simtool.errors import RefusedError

if typing.TYPE_CHECKING:
    from simtool.codec.cap import CapFile
    from simtool.codec.globalplatform import RegistryEntry
    from simtool.gp.content import ContentStep, Progress
    from simtool.gp.domain import Registry
    from simtool.gp.inspection import Inspection
    from simtool.gp.lint import CardLimits, Finding
    from simtool.perso.applets import AppletWish

_FILE = click.argument("file", type=click.Path(path_type=Path))
_PARAMETERS = click.option("--parameters", metavar="HEX", default="C900", help="For a CAP file: install parameters.")
_REMOVE = click.option("--remove", multiple=True, metavar="AID", help="May go from the card; repeat for more.")
_RELOAD = click.option("--reload", is_flag=True, help="Load anew what the card has in the same version.")
_DOWNGRADE = click.option("--downgrade", is_flag=True, help="Let an older version take a newer one's place.")


@click.group()
def applet() -> None:
    """Manage applets on one card (GlobalPlatform)."""


applet.add_command(domains)
applet.add_command(keys)
applet.add_command(run)
applet.add_command(new)
applet.add_command(build)
applet.add_command(built)
applet.add_command(verify)


@applet.command("list")
@on_domain
@command
def list_(desk: DomainDesk) -> Outcome:
    """Show the card's applications, packages and keys. Without keys only as far as the card lets anybody look."""
    from simtool.codec.globalplatform import Scope, state_name
    from simtool.errors import StatusError
    from simtool.gp.inspection import version_of

    with desk.open(keys_needed=False) as (_, domain):
        registry = domain.registry()
        try:
            keys = domain.key_information()
        except StatusError:
            keys = ()
    rows = []
    if registry.isd is not None:
        rows.append(
            ("issuer domain", _hex(registry.isd.aid), state_name(Scope.ISSUER_SECURITY_DOMAIN, registry.isd.state))
        )
    for entry in registry.applications:
        state = state_name(Scope.APPLICATIONS, entry.state, entry.privileges)
        rows.append(("application", _hex(entry.aid), ", ".join((state, *entry.privileges.names))))
    for entry in registry.load_files:
        rows.append(("package", _hex(entry.aid), version_of(entry) or "loaded"))
        rows += [("  module", _hex(module), "") for module in entry.modules]
    versions = sorted({key.version for key in keys})
    rows += [("key version", f"{version} ({version:02X})", "") for version in versions]
    return Outcome(table(rows), _registry_value(registry) | {"key_versions": versions})


@applet.command()
@_FILE
@click.option("--reader", help="Compare with the card in this reader.")
@PRODUCT
@click.option("--record", "record_file", type=click.Path(path_type=Path), help="Keys of the card, where it wants them.")
@click.option("--key-file", type=click.Path(path_type=Path), help="Key sets from a file that only you can read.")
@_PARAMETERS
@command
def inspect(
    file: Path,
    reader: str | None,
    product: str | None,
    record_file: Path | None,
    key_file: Path | None,
    parameters: str,
) -> Outcome:
    """Say what a CAP file is and needs, and with --reader whether this card offers it. Writes nothing."""
    from simtool.cli.card_options import Desk
    from simtool.gp.inspection import inspect as compare
    from simtool.gp.inspection import limits_of
    from simtool.gp.lint import ANY_CARD, lint
    from simtool.perso.applets import load_cap
    from simtool.perso.application_wish import limits_of_product
    from simtool.perso.sections.fields import parse_hex

    cap = load_cap(file)
    raw = parsed("--parameters", parameters, parse_hex)
    registry, limits = None, ANY_CARD
    if reader is not None:
        desk = DomainDesk(Desk(reader, product, record_file), key_file, None, "none", "01", None)
        with desk.open(keys_needed=False) as (model, domain):
            limits = limits_of_product(model)
            registry = domain.registry()
    found = compare(cap, registry, limits)
    if registry is not None:
        limits = limits_of(registry, but={one.aid for one in found.instances}, product=limits)
    findings = tuple(
        finding for one in cap.applets for finding in lint(raw, one.aid, limits=limits, cap=cap, module=one.aid)
    )
    good = found.offered and not any(finding.severity.value == "error" for finding in findings)
    code = ExitCode.DONE if good else ExitCode.DIFFERENT
    rows = _parameter_rows(raw)
    text = "\n".join([_inspection_text(found), *([table(rows)] if rows else []), *map(str, findings)])
    return Outcome(text, _inspection_value(found, findings) | {"parameters": dict(rows)}, code)


@applet.command()
@_FILE
@on_domain
@_PARAMETERS
@_REMOVE
@_RELOAD
@_DOWNGRADE
@FORCE
@command
def plan(
    file: Path, desk: DomainDesk, parameters: str, remove: tuple[str, ...], reload: bool, downgrade: bool, force: bool
) -> Outcome:
    """Show the steps from this card to the applets in FILE (a wish in YAML, or a CAP file). Writes nothing."""
    from simtool.perso.application_wish import limits_of_product

    wish = _Wish(file, parameters, remove, reload, downgrade)
    admit(wish.caps, force=force)
    with desk.open(keys_needed=False) as (model, domain):
        steps = wish.steps(domain.registry(), limits_of_product(model))
    return _plan_outcome(steps)


@applet.command()
@_FILE
@on_domain
@_PARAMETERS
@_REMOVE
@_RELOAD
@_DOWNGRADE
@click.option(
    "--block-size", type=click.IntRange(16, 255), help="Most bytes of data in one LOAD, for cards that choke."
)
@click.option("--descriptor", is_flag=True, help="Send the Descriptor component too, for cards that want it.")
@FORCE
@YES
@command
def install(
    file: Path,
    desk: DomainDesk,
    parameters: str,
    remove: tuple[str, ...],
    reload: bool,
    downgrade: bool,
    block_size: int | None,
    descriptor: bool,
    force: bool,
    yes: bool,
) -> Outcome:
    """Bring the applets in FILE onto the card. What is there already stays; what is not named is not touched."""
    from simtool.gp.content import Deletion, apply_content, words
    from simtool.gp.domain import SecurityDomain
    from simtool.perso.application_wish import limits_of_product

    wish = _Wish(file, parameters, remove, reload, downgrade)
    admit(wish.caps, force=force)
    with desk.open() as (model, domain):
        product = limits_of_product(model)
        steps = wish.steps(domain.registry(), product)
        if not steps:
            return Outcome("nothing to do: the card has it all", {"steps": [], "left": 0})
        lines = "\n".join(words(step) for step in steps)
        if any(isinstance(step, Deletion) for step in steps) and not agreed(f"{lines}\nGo on?", yes):
            raise RefusedError(f"the plan deletes:\n{lines}", hint="look at it, then give --yes")
        if block_size is not None:
            domain = SecurityDomain(domain.link, limit=block_size)
        apply_content(steps, domain, descriptor=descriptor, progress=_reporter())
        left = wish.steps(domain.registry(), product, removed=True)
    value = {"steps": [_step_value(step) for step in steps], "left": len(left)}
    return Outcome(lines, value, ExitCode.DIFFERENT if left else ExitCode.DONE)


@applet.command()
@click.argument("aid")
@on_domain
@click.option("--related", is_flag=True, help="With a package: its instances too.")
@YES
@command
def delete(aid: str, desk: DomainDesk, related: bool, yes: bool) -> Outcome:
    """Delete an application or a package. Its data cannot be brought back."""
    raw = aid_of(aid)
    if not agreed(f"Delete {_hex(raw)}{' with all its instances' if related else ''}?", yes):
        raise RefusedError(f"{_hex(raw)} was not deleted", hint="deleting has no way back; give --yes")
    with desk.open() as (_, domain):
        domain.delete(raw, related=related)
    return Outcome(f"deleted {_hex(raw)}", {"deleted": _hex(raw), "related": related})


@applet.command()
@click.argument("aid")
@on_domain
@click.option("--unlock", is_flag=True, help="Take the lock away.")
@command
def lock(aid: str, desk: DomainDesk, unlock: bool) -> Outcome:
    """Lock an application, so that nothing can select it; --unlock gives it back as it was."""
    raw = aid_of(aid)
    with desk.open() as (_, domain):
        if unlock:
            domain.unlock(raw)
        else:
            domain.lock(raw)
    return Outcome(f"{'unlocked' if unlock else 'locked'} {_hex(raw)}", {"aid": _hex(raw), "locked": not unlock})


@dataclass(frozen=True, slots=True)
class _Wish:
    """A wish file and the words on the command line that go with it."""

    file: Path
    parameters: str
    remove: tuple[str, ...]
    reload: bool
    downgrade: bool

    @property
    def caps(self) -> tuple[CapFile, ...]:
        """The packages that it may load."""
        return tuple(package.cap for package in self._load().packages)

    def _load(self) -> AppletWish:
        from simtool.perso.applets import load_wish
        from simtool.perso.sections.fields import parse_hex

        return load_wish(self.file, parameters=parsed("--parameters", self.parameters, parse_hex))

    def steps(self, registry: Registry, product: CardLimits, *, removed: bool = False) -> tuple[ContentStep, ...]:
        from simtool.gp.content import ContentOptions, plan_content

        wish = self._load()
        packages = frozenset(package.cap.package.aid for package in wish.packages)
        options = ContentOptions(
            remove=frozenset() if removed else frozenset((*wish.remove, *map(aid_of, self.remove))),
            reload=packages if self.reload and not removed else frozenset(),
            downgrade=self.downgrade,
        )
        return plan_content(wish.packages, registry, options, product)


def _reporter() -> Progress | None:
    """A line that says what is being loaded, where a person is looking."""
    from simtool.gp.content import words

    show = progress("installing")
    if show is None:
        return None

    def report(step: ContentStep, done: int, total: int) -> None:
        show(words(step), done, total)

    return report


def _plan_outcome(steps: tuple[ContentStep, ...]) -> Outcome:
    from simtool.gp.content import words

    text = "\n".join(words(step) for step in steps) or "nothing to do: the card has it all"
    code = ExitCode.DIFFERENT if steps else ExitCode.DONE
    return Outcome(text, {"steps": [_step_value(step) for step in steps]}, code)


def _step_value(step: ContentStep) -> dict[str, str]:
    return {"step": step.kind.value, "aid": _hex(step.aid), "reason": step.reason}


def _hex(raw: bytes) -> str:
    return raw.hex().upper()


def _entry_value(entry: RegistryEntry) -> dict[str, typing.Any]:
    return {
        "aid": _hex(entry.aid),
        "state": f"{entry.state:02X}",
        "privileges": list(entry.privileges.names),
        "package": _hex(entry.load_file),
        "version": entry.version.hex(),
        "modules": [_hex(module) for module in entry.modules],
        "security_domain": _hex(entry.security_domain),
    }


def _registry_value(registry: Registry) -> dict[str, typing.Any]:
    return {
        "issuer_domain": _entry_value(registry.isd) if registry.isd else None,
        "applications": [_entry_value(entry) for entry in registry.applications],
        "packages": [_entry_value(entry) for entry in registry.load_files],
    }


def _parameter_rows(raw: bytes) -> list[tuple[str, str]]:
    """Install parameters in words; none for those that cannot be read, which the findings say."""
    from simtool.codec.install_parameters import InstallParameters
    from simtool.errors import DecodeError
    from simtool.gp.parameters_text import describe

    try:
        return describe(InstallParameters.decode(raw))
    except DecodeError:
        return []


def _inspection_text(found: Inspection) -> str:
    cap = found.cap
    rows = [
        ("package", f"{_hex(cap.package.aid)} {cap.package.version} {cap.header.name}".rstrip()),
        ("CAP format", f"{cap.header.format[0]}.{cap.header.format[1]}"),
        ("to load", f"{len(cap.load_file_data_block())} bytes"),
        ("digest", cap.digest.hex()),
    ]
    rows += [("applet", _hex(one.aid)) for one in cap.applets] or [("applet", "none: a library")]
    if found.java_card:
        rows.append(("asks for", f"Java Card {found.java_card}"))
    for need in found.needs:
        there = f", the card has {need.on_card}" if need.on_card else ""
        rows.append(("imports", f"{need.name} {need.package.version}: {need.offer.words}{there}"))
    if found.on_card:
        rows.append(("on the card", f"{found.on_card}, instances: {len(found.instances)}"))
    return table(rows)


def _inspection_value(found: Inspection, findings: tuple[Finding, ...]) -> dict[str, typing.Any]:
    return {
        **_cap_value(found.cap),
        "java_card": found.java_card,
        "imports": [
            {
                "aid": _hex(need.package.aid),
                "name": need.name,
                "version": need.package.version,
                "offer": need.offer.name.lower(),
                "on_card": need.on_card,
            }
            for need in found.needs
        ],
        "on_card": found.on_card,
        "instances": [_hex(entry.aid) for entry in found.instances],
        "findings": [{"severity": one.severity.value, "field": one.field, "text": one.text} for one in findings],
    }


def _cap_value(cap: CapFile) -> dict[str, typing.Any]:
    return {
        "package": _hex(cap.package.aid),
        "version": cap.package.version,
        "name": cap.header.name,
        "format": f"{cap.header.format[0]}.{cap.header.format[1]}",
        "load_size": len(cap.load_file_data_block()),
        "digest": cap.digest.hex(),
        "applets": [_hex(one.aid) for one in cap.applets],
        "components": {one.tag.label: len(one.body) for one in cap.components},
    }
