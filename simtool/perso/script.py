"""What every card of a product gets from a profile, line by line for people: constants as they are, records as holes.

The order is that of the profile, not that of writing; which of it a card needs written, its plan tells.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from simtool.files import contents
from simtool.files.path import FilePath
from simtool.files.product import CardModel
from simtool.perso.application_wish import APPLETS, RULES, ApplicationOutline, PackageOutline
from simtool.perso.desired import KEYS, DesiredCard
from simtool.perso.image import Content, Unit
from simtool.perso.kinds import may_write
from simtool.perso.ota_keys import ORIGIN as KEY_SETS
from simtool.perso.pin_policy import ORIGIN as PINS
from simtool.perso.placing import Placed
from simtool.perso.profile import Profile
from simtool.perso.record import WITHOUT_OPC
from simtool.perso.sections import KEEP, RANDOM
from simtool.perso.settling import Entry, Fate, Settled
from simtool.perso.wishes import CardWish, Wish

RAW = "hex:"


@dataclass(frozen=True, slots=True)
class ScriptRow:
    """A line: where, what, and which part of the profile asks for it. What differs per card is a hole: {iccid}."""

    place: str
    what: str
    why: str


def script_of(
    profile: Profile, model: CardModel, settled: Settled, applications: ApplicationOutline, example: DesiredCard
) -> tuple[ScriptRow, ...]:
    """All lines; `example` is a card of a record that is nobody's. No secret is in them, nor a PIN of the profile."""
    after = example.model
    rows = [*_structure(settled, model, example)]
    for entry in settled.entries:
        rows += _entry(entry, model, after)
    for making in settled.made or ():
        rows += _placed(making.outcome.placed, after, _why(making.wish))
        rows += [_refused(making.outcome.reason)] if making.outcome.reason else []
    origins = example.image.origins
    rows += _keys(profile, tuple(unit for unit, origin in origins.items() if origin == KEYS))
    for policy in profile.authentication.key_sets:
        instead = f" in place of version {policy.replaces}" if policy.replaces is not None else ""
        what = f"{{key set {policy.version}}}: {policy.cipher.value}, {policy.length} bytes each{instead}"
        rows.append(ScriptRow("key sets", what, KEY_SETS))
    rows += _pins(profile)
    rows += _applications(applications)
    return tuple(rows)


def meaning_of(unit: Unit, content: Content) -> str:
    """What stands there, in words where its coding is known and all of it is given; else in hex, with -- for bytes that
    stay as they are and a star behind those of which some bits stay.
    """
    if unit.tag:
        return content.data.hex() or "not there"
    if content.is_complete and contents.coding_for(unit.path) is not None:
        value = contents.decode(unit.path, content.data)
        items = value if isinstance(value, tuple) else (value,)
        text = ", ".join(map(str, items)) if value is not None else "clear"
        if text and not text.startswith(RAW):
            return text
    return "".join(map(_byte, content.data, content.mask))


def _byte(byte: int, wanted: int) -> str:
    if not wanted:
        return "--"
    return f"{byte & wanted:02x}" + ("" if wanted == 0xFF else "*")


def _structure(settled: Settled, model: CardModel, example: DesiredCard) -> Iterator[ScriptRow]:
    for path in example.changed:
        shape = example.model.file(path).shape
        done = f"resize from {model.file(path).shape} to {shape}" if model.has(path) else f"make this file: {shape}"
        yield ScriptRow(str(path), done, _asking(settled, path))


def _asking(settled: Settled, path: FilePath) -> str:
    wishes = [entry.wish for entry in settled.entries if path in entry.places]
    made_for = [making.wish for making in settled.made or ()]
    wishes += [wish for wish in made_for if any(path.is_within(one) or one.is_within(path) for one in wish.paths)]
    return ", ".join(dict.fromkeys(wish.origin for wish in wishes))


def _entry(entry: Entry, model: CardModel, after: CardModel) -> Iterator[ScriptRow]:
    wish, why, outcome = entry.wish, _why(entry.wish), entry.outcome
    if outcome is not None:
        if outcome.field is not None:
            yield ScriptRow(_beside(wish, model), f"{wish.field}: {outcome.field.hex()}", why)
        yield from _placed(outcome.placed, after, why)
        if outcome.reason:
            yield _refused(outcome.reason)
        return
    text = entry.part.shown if isinstance(entry.part, CardWish) else ", ".join(map(str, wish.values))
    if entry.fate is Fate.GUARDED:
        text = f"has to be {text} already"
    if entry.fate is Fate.BESIDE_KEYS:
        yield ScriptRow(_beside(wish, model), f"{wish.field}: {text}", why)
    elif entry.needs_file:
        yield ScriptRow(str(wish.paths[0]), f"{text}, in a file made for it where there is something to say", why)
    for path in entry.places:
        yield ScriptRow(str(path), text, why)


def _placed(placed: tuple[Placed, ...], model: CardModel, why: str) -> Iterator[ScriptRow]:
    for unit, content in placed:
        secret = model.file(unit.path).secret
        yield ScriptRow(str(unit), f"{len(content.data)} secret bytes" if secret else meaning_of(unit, content), why)


def _refused(reason: str) -> ScriptRow:
    origin, _, rest = reason.partition(": ")
    return ScriptRow("nowhere", f"no room: {rest}", origin)


def _why(wish: Wish) -> str:
    return f"{wish.origin} ({wish.derived})" if wish.derived and wish.derived != wish.origin else wish.origin


def _beside(wish: Wish, model: CardModel) -> str:
    """The files of keys that have a field for it."""
    files = [path for spec in model.authentication for path in (*spec.files, *spec.gsm_files)]
    layouts = {model.source(path): model.file(path).layout for path in files}
    named = {path: [one.name for one in layout.fields] for path, layout in layouts.items() if layout is not None}
    holding = [path for path, names in named.items() if wish.field in names]
    return ", ".join(map(str, holding))


def _keys(profile: Profile, units: tuple[Unit, ...]) -> Iterator[ScriptRow]:
    authentication = profile.authentication
    if not may_write(profile.operator.kind, KEYS):
        return
    top = "topc" if authentication.algorithm == "tuak" else "opc"
    opc = "" if authentication.algorithm in WITHOUT_OPC else f", {{{top}}}"
    chosen = authentication.settings
    parts = (("constants", chosen.milenage), ("sizes", chosen.tuak), ("sequence numbers", chosen.sqn))
    own = [f"{name} as the profile says" for name, value in parts if value is not None]
    what = ", ".join((f"{authentication.algorithm}: {{ki}}{opc}", *own))
    for unit in units:
        yield ScriptRow(str(unit), what, KEYS)


def _pins(profile: Profile) -> Iterator[ScriptRow]:
    for name, policy in profile.authentication.pins.items():
        if policy.value != KEEP:
            given = "random for each card" if policy.value == RANDOM else "the same on all cards"
            yield ScriptRow(name, f"{{{name}}}: {given}", f"{PINS}.{name}")
        if policy.enabled is not None:
            yield ScriptRow(name, f"{'asked for' if policy.enabled else 'not asked for'}", f"{PINS}.{name}")


def _applications(applications: ApplicationOutline) -> Iterator[ScriptRow]:
    for aid in sorted(applications.remove):
        yield ScriptRow(aid.hex().upper(), "delete, where it is there", APPLETS)
    for package in applications.packages:
        yield from _package(package)
    for rule in applications.rules:
        what = f"carrier privileges for {rule.package or 'every app'} signed by {rule.device_app.hex()}"
        yield ScriptRow("access rules", what, RULES)


def _package(package: PackageOutline) -> Iterator[ScriptRow]:
    why = f"{APPLETS}.{package.name}"
    for line in package.problem:
        yield _refused(line)
    if package.cap is None:
        return
    version = f"{package.cap.package.major}.{package.cap.package.minor}"
    what = f"load package {version}, SHA-256 {package.cap.digest.hex()}"
    yield ScriptRow(package.cap.package.aid.hex().upper(), what, why)
    for applet in package.wanted.applets if package.wanted is not None else ():
        privileges = f", privileges {int(applet.privileges):06x}" if applet.privileges else ""
        what = f"install from {applet.module.hex().upper()}, parameters {applet.parameters.hex()}{privileges}"
        yield ScriptRow(applet.instance.hex().upper(), what, why)
        if applet.personalization:
            yield ScriptRow(applet.instance.hex().upper(), f"store data {applet.personalization.hex()}", why)
    if package.wanted is None:
        for form in package.applet.wanted_instances or ():
            named = (form.instance or form.module or package.cap.package.aid).hex().upper()
            yield ScriptRow(named, f"install with parameters {form.parameters!r}", why)
