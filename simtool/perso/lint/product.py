"""Rules about files, service tables, applets, and what the card product can carry."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from simtool.errors import CodecError, EncodeError, InputError
from simtool.files import contents
from simtool.files.path import split_record
from simtool.perso.applet_origin import origin_of
from simtool.perso.lint.rule import Hit, Rule, Severity, Subject
from simtool.perso.rehearsal import rehearse
from simtool.perso.source import Location
from simtool.perso.stand_in import stand_in
from simtool.perso.wishes import wishes
from simtool.perso.wishes.tables import ORIGIN

NUMBERS = ("EF.ICCID", "EF.IMSI")
KEY_WORDS = ("AUTH_KEY", "MILENAGE", "TUAK", "COMP128", "EF.KI", "_KEY")


def _tables_by_hand(subject: Subject) -> Iterator[Hit]:
    """Services that a section fills and a table in `files` has off."""
    for wish in wishes(subject.profile, stand_in(subject.profile), subject.model):
        if wish.origin != ORIGIN:
            continue
        path, value = wish.paths[0], subject.profile.files.get(str(wish.paths[0]))
        if value is None:
            continue
        try:
            on = contents.decode(path, contents.encode(path, value))
        except CodecError:
            continue  # the product's rule tells
        active = set(on.activated if isinstance(on, contents.SimServices) else on if isinstance(on, tuple) else ())
        missing = [number for number, wanted in wish.values[0].items() if wanted and number not in active]
        if missing:
            yield Hit(("files", str(path)), f"services {', '.join(map(str, missing))} are filled and switched off")


def _twice(subject: Subject) -> Iterator[Hit]:
    """A file of `files` that a section fills too: the last one wins."""
    for wish in wishes(subject.profile, stand_in(subject.profile), subject.model):
        if wish.origin.startswith(("files.", "record.")) or wish.origin == ORIGIN:
            continue
        records = range(wish.first_record, wish.first_record + len(wish.values))
        for name in subject.profile.files:
            path, number = split_record(name)
            if path in wish.paths and (not number or number in records):
                yield Hit(("files", name), f"{wish.origin} fills this file already")


def _secrets_by_hand(subject: Subject) -> Iterator[Hit]:
    specs = subject.model.authentication if subject.model is not None else ()
    secret = {path for spec in specs for path in (*spec.files, *spec.gsm_files)}
    for text in subject.profile.files:
        path, _ = split_record(text)
        if path.name in NUMBERS:
            yield Hit(("files", text), "the number of one card would be on every card")
        elif path in secret or any(word in path.name for word in KEY_WORDS):
            yield Hit(("files", text), "keys do not belong into a profile")


def _cannot_carry(subject: Subject) -> Iterator[Hit]:
    if subject.model is None:
        return
    for reason in rehearse(subject.profile, subject.model):
        origin = reason.partition(":")[0].partition(",")[0].strip()
        at: Location = () if " " in origin else tuple(origin.split("."))
        if origin.startswith("files."):
            at = ("files", origin.removeprefix("files."))
        yield Hit(at, reason.removeprefix(f"{origin}: ") if at else reason)


def _applet_files(subject: Subject) -> Iterator[Hit]:
    for name, applet in subject.profile.applets.items():
        try:
            origin_of(applet, partial(subject.profile.applet_file, name))
        except (EncodeError, InputError) as error:
            yield Hit(("applets", name), str(error))


E, W = Severity.ERROR, Severity.WARNING
RULES = (
    Rule(
        "P60", "service filled and switched off", E,
        "A phone does not look at files whose service is off in the table.",
        "Leave the table out: it follows from what the profile fills; or switch these services on.",
        "TS 31.102 §4.2.8, TS 51.011 §10.3.7, TS 31.103 §4.2.7", _tables_by_hand,
    ),
    Rule(
        "P61", "file that two parts of the profile fill", W,
        "The one in files wins, and the section says what no card holds.",
        "Say it in one place.", "docs/profile.md", _twice,
    ),
    Rule(
        "P62", "numbers or keys in files", E, "What differs from card to card belongs into records.",
        "Take it out; records carry numbers and keys.", "docs/profile.md", _secrets_by_hand,
    ),
    Rule(
        "P63", "what this product cannot carry", E, "Plan would refuse every card of this product.",
        "Take another product, or this part out of the profile (a variation with extends keeps both).",
        "the product's description", _cannot_carry,
    ),
    Rule(
        "P64", "applet whose file is not the one declared", E,
        "What would be loaded is not what was approved.",
        "Give the right file, or its SHA-256.", "docs/profile.md", _applet_files,
    ),
)  # fmt: skip
