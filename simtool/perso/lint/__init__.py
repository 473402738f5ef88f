"""Lint: what phones, networks and card products would make of a profile, before any card carries it.

Rules are values in tables, by subject; docs/lint.md lists them. A profile without errors for a product can be rendered,
planned and applied on cards of that product.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from simtool.files.product import CardModel
from simtool.perso.lint import brand, network, numbers, product, services
from simtool.perso.lint.rule import Finding, Hit, Rule, Severity, Subject
from simtool.perso.profile import Profile
from simtool.perso.record import CardRecord

__all__ = ["RULES", "Finding", "Hit", "Rule", "Severity", "Subject", "lint"]

RULES = (*numbers.RULES, *brand.RULES, *network.RULES, *services.RULES, *product.RULES)


def lint(
    profiles: Sequence[Profile], model: CardModel | None = None, *, records: tuple[CardRecord, ...] = ()
) -> tuple[Finding, ...]:
    """Everything that the rules find in these profiles, on their own and beside each other.

    With `model` also what that product cannot carry; with `records` what only records show (all of one profile).
    """
    return tuple(finding for number in range(len(profiles)) for finding in _findings(profiles, number, model, records))


def _findings(
    profiles: Sequence[Profile], number: int, model: CardModel | None, records: tuple[CardRecord, ...]
) -> Iterator[Finding]:
    profile = profiles[number]
    subject = Subject(profile, model, (*profiles[:number], *profiles[number + 1 :]), records)
    for rule in RULES:
        for hit in rule.check(subject):
            yield Finding(rule, profile.place(*hit.at), ".".join(map(str, hit.at)) or "profile", hit.detail)
