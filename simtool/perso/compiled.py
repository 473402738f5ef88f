"""A profile compiled for one card product: what every card gets is worked out once, what a record gives is filled in.

The result is exactly what `simtool.perso.render` gives, which compiles anew for each card. A card whose files are not
as the product delivers them is compiled for by itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from simtool.errors import InputError, RefusedError
from simtool.files.path import FilePath
from simtool.files.product import CardModel
from simtool.perso.application_wish import ApplicationOutline, application_outline
from simtool.perso.canonical import canonical
from simtool.perso.desired import KEYS, DesiredCard
from simtool.perso.image import CardImage, Content, Unit
from simtool.perso.keys import key_contents, refused_settings
from simtool.perso.kinds import STRUCTURE, may_write
from simtool.perso.ota_keys import ORIGIN as KEY_SETS
from simtool.perso.ota_keys import key_set_contents
from simtool.perso.pin_policy import pin_wishes
from simtool.perso.profile import Profile
from simtool.perso.record import CardRecord
from simtool.perso.script import ScriptRow, script_of
from simtool.perso.sections import OperatorKind
from simtool.perso.sections.paper import is_file
from simtool.perso.settling import Fate, Outcome, Settled, made_for, outcome_of, settle
from simtool.perso.stand_in import stand_in
from simtool.perso.structure import Structure
from simtool.perso.wishes import CardWish, Wish

FORM = "simtool compiled profile 1"
"""Goes into every digest: another number where the same meaning is written otherwise."""


def compile_profile(profile: Profile, model: CardModel) -> CompiledProfile:
    """Work out everything that needs no record. What has no room on the product is told by `render`."""
    return CompiledProfile(profile, model, settle(profile, model), application_outline(profile, model))


class _Card:
    """One card's content while it is put together."""

    def __init__(self, settled: Settled) -> None:
        self.structure = settled.structure.branch()
        self.units: dict[Unit, Content] = {}
        self.origins: dict[Unit, str] = {}
        self.guarded: dict[Unit, Content] = {}
        self.beside: dict[str, bytes] = {}
        self.reasons: list[str] = []
        self._settled = settled
        self._answered: set[str] = set()
        self._unanswered: list[Wish] = []

    def fill(self, record: CardRecord, model: CardModel) -> None:
        """Every wish, then the files that are made for what has no place."""
        for entry in self._settled.entries:
            wish = entry.of(record)
            if wish is None:
                continue
            if entry.fate is Fate.GUARDED:
                self._guard(wish, outcome_of(wish, entry, Structure(model), self._settled.kept))
                continue
            outcome = entry.outcome
            self._take(wish, outcome or outcome_of(wish, entry, self.structure, self._settled.kept))
        made = self._settled.made
        if made is None:
            waiting = [wish for wish in self._unanswered if wish.origin not in self._answered]
            made = tuple(made_for(wish, self.structure) for wish in waiting)
        for making in made:
            if making.outcome.reason:
                self.reasons.append(making.outcome.reason)
            for unit, content in making.outcome.placed:
                self.units[unit], self.origins[unit] = content, making.wish.origin

    def _guard(self, wish: Wish, outcome: Outcome) -> None:
        if outcome.reason:
            self.reasons.append(outcome.reason)
        self.guarded.update(outcome.placed)

    def _take(self, wish: Wish, outcome: Outcome) -> None:
        if outcome.reason:
            self.reasons.append(outcome.reason)
        elif outcome.field is not None:
            self.beside[wish.field] = outcome.field
            self._answered.add(wish.origin)
        elif outcome.placed:
            self._answered.add(wish.origin)
        elif wish.required:
            self._unanswered.append(wish)
        units, origins = self.units, self.origins
        for unit, content in outcome.placed:
            units[unit] = content.over(units[unit]) if unit in units else content
            origins[unit] = _joined(origins.get(unit, ""), wish.origin)


class CompiledProfile:
    """What the cards of one product get; made by `compile_profile`."""

    def __init__(self, profile: Profile, model: CardModel, settled: Settled, applications: ApplicationOutline) -> None:
        self.profile = profile
        self.model = model
        self._settled = settled
        self._applications = applications
        self._surveyed: CompiledProfile | None = None
        self._models: dict[tuple[object, ...], CardModel] = {}

    @cached_property
    def digest(self) -> str:
        """SHA-256 (hex) over all that a card of this product would get: what is constant, where records go, how keys
        and PINs are made, applications, and the product as it is described. Comments do not count, nor how it is
        checked; it is the same in every process.
        """
        return hashlib.sha256(canonical(self._meaning())).hexdigest()

    def script(self) -> tuple[ScriptRow, ...]:
        """The same for people, with holes for what records give and without any secret."""
        return script_of(self.profile, self.model, self._settled, self._applications, self._example)

    @cached_property
    def problems(self) -> tuple[str, ...]:
        """Why cards of this product cannot become the profile's; none where they can, as far as no card is asked."""
        return self.render(stand_in(self.profile, self.model), self.model)[1]

    @cached_property
    def _example(self) -> DesiredCard:
        return self.render(stand_in(self.profile, self.model), self.model)[0]

    def _meaning(self) -> tuple[object, ...]:
        example, settled = self._example, self._settled
        entries = [
            (entry.fate, entry.wish.origin, entry.wish.coding.__qualname__, entry.wish.paths, entry.places,
             entry.wish.required, entry.part.shown if isinstance(entry.part, CardWish) else "", entry.outcome)
            for entry in settled.entries
        ]  # fmt: skip
        units = [
            (unit, content.mask, b"" if origin == KEY_SETS else content.data)  # an example's key sets are random
            for unit, content in example.image.units.items()
            for origin in [example.image.origins[unit]]
        ]
        changed = [(path, example.model.file(path)) for path in example.changed]
        packages = [(one.name, one.cap.digest, one.applets) for one in example.applications.packages]
        applications = (packages, example.applications.remove, example.applications.rules)
        product = replace(self.model, notes=())
        papers = [_content(self.profile, field) for field in ("label", "letter")]
        return FORM, self.profile, product, entries, units, changed, applications, self.problems, papers

    def render(self, record: CardRecord, model: CardModel) -> tuple[DesiredCard, tuple[str, ...]]:
        """What this card shall hold, and the reasons why something has no room; `model` has the files that it has now.

        Raises `RefusedError` where a file that the profile names is no longer the one that was compiled.
        """
        return self._for(model)._rendered(record)

    def _for(self, model: CardModel) -> CompiledProfile:
        """This one, or that for a card with other files than the product delivers. The last such one is remembered:
        cards that somebody else worked on before are alike.
        """
        if model == self.model:
            return self
        if self._surveyed is None or self._surveyed.model != model:
            settled = settle(self.profile, model)
            self._check_unchanged(settled)
            applications = self._applications.on(model)
            self._surveyed = CompiledProfile(self.profile, model, settled, applications)
        return self._surveyed

    def _check_unchanged(self, settled: Settled) -> None:
        """Values that come from files of their own (a logo) are read again: they have to be the same."""
        known = {
            (entry.part.origin, entry.part.paths): entry.part.values
            for entry in self._settled.entries
            if isinstance(entry.part, Wish)
        }
        for entry in settled.entries:
            if isinstance(entry.part, Wish):
                values = entry.part.values
                if known.get((entry.part.origin, entry.part.paths), values) != values:
                    raise RefusedError(
                        f"what {entry.part.origin} of the profile names has changed since work began",
                        hint="put the file back, or begin anew with a first article",
                    )

    def _rendered(self, record: CardRecord) -> tuple[DesiredCard, tuple[str, ...]]:
        profile, kind = self.profile, self.profile.operator.kind
        record = record.with_settings(profile.authentication.settings)
        card = _Card(self._settled)
        card.fill(record, self.model)
        reasons, changed = card.reasons, tuple(card.structure.changed)
        if changed and not may_write(kind, STRUCTURE):
            for path in changed:
                origin = next((origin for unit, origin in card.origins.items() if unit.path == path), STRUCTURE)
                reasons.append(f"{origin}: {path} would have to be made or enlarged, and the files are the host's")
        model = self._model_of(card.structure)
        for unit, content in _keys(profile, record, model, card.beside, reasons).items():
            card.units[unit], card.origins[unit] = content, KEYS
        for unit, content in key_set_contents(profile.authentication.key_sets, record, model, reasons):
            card.units[unit], card.origins[unit] = content, KEY_SETS
        pin1 = profile.authentication.pins.get("PIN1")
        pins = pin_wishes(record, model, pin1.enabled if pin1 else None, reasons)
        applications = self._applications.of(record, reasons)
        known = {pin.name for pin in model.pins}
        credentials = tuple(credential for credential in record.credentials if credential.pin in known)
        image, host = CardImage(card.units, card.origins), CardImage(card.guarded)
        iccid = record.iccid.digits
        desired = DesiredCard(model, iccid, image, credentials, pins, changed, host, applications)
        return desired, tuple(dict.fromkeys(reasons))

    def _model_of(self, structure: Structure) -> CardModel:
        """The product with the files of this card: the same value for all cards that are changed in the same way, so
        that what was worked out about it (its rights) counts for all of them.
        """
        if structure.model is self._settled.structure.model:
            return structure.model
        key = tuple(_likeness(structure.model, path) for path in structure.changed)
        return self._models.setdefault(key, structure.model)


def _content(profile: Profile, field: str) -> str:
    """SHA-256 (hex) of a template of the profile's own; empty where it takes one of simtool's.

    Raises `InputError` for a file that cannot be read.
    """
    name = profile.paper.label if field == "label" else profile.paper.letter
    if not is_file(name):
        return ""
    try:
        return hashlib.sha256(profile.path_of(Path(name), "paper", field).read_bytes()).hexdigest()
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(reason, place=profile.place("paper", field), field=f"paper.{field}") from None


def _likeness(model: CardModel, path: FilePath) -> tuple[object, ...]:
    spec = model.file(path)
    return path, spec.shape, spec.sfi, spec.security


def _keys(
    profile: Profile, record: CardRecord, model: CardModel, beside: Mapping[str, bytes], reasons: list[str]
) -> Mapping[Unit, Content]:
    """The contents of key files; none where the keys are the host's and stay as they are."""
    kind = profile.operator.kind
    if not may_write(kind, KEYS):
        return {}
    if record.subscription.k is None:
        if kind is OperatorKind.FULL:
            reasons.append(f"{KEYS}: the record of IMSI {record.subscription.imsi} holds no Ki")
        elif beside:
            reasons.append(f"{KEYS}: {model.name} keeps {', '.join(beside)} beside the Ki, which the record lacks")
        return {}
    keys = key_contents(record, model, beside)
    if not keys:
        reasons.append(f"{KEYS}: {model.name} cannot do {record.subscription.algorithm} in any application")
    reasons += refused_settings(record.subscription, model)
    if kind is OperatorKind.FULL:  # the others' records have their host's choices
        others = record.subscription.settings.differing(profile.authentication.settings)
        reasons += [f"{KEYS}.{name}: the record was made for something else" for name in others]
    return keys


def _joined(first: str, second: str) -> str:
    return second if not first or first == second else f"{first}, {second}"
