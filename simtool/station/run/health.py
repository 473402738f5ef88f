"""What is to be said of a slot in plain words: slower than the others, bad contacts, a program that breaks off."""

from __future__ import annotations

from dataclasses import replace
from statistics import median

from simtool.station.run.board import Board, SlotBoard
from simtool.station.view import SlotHealth, SlotView

ENOUGH_CARDS = 5
OTHERS = 2
SLOW = 1.3
MOST_FAULTS = 0.2
LEAST_FAULTS = 3
MANY_RESTARTS = 3
MANY_REJECTS = 0.2
LEAST_REJECTS = 4


def with_verdicts(board: Board) -> tuple[SlotView, ...]:
    """The slots' views, each with its verdict, in the order of the bench."""
    return tuple(
        replace(slot.view, health=replace(slot.view.health, verdict=verdict(slot, board.slots))) for slot in board.slots
    )


def verdict(slot: SlotBoard, slots: tuple[SlotBoard, ...]) -> str:
    """Everything that is to be said of `slot` among `slots`, separated by semicolons; empty when all is well."""
    health = slot.view.health
    others = [one for one in slots if one.view.name != slot.view.name]
    found = (_restarts(health), _contacts(health), _rejects(health, others), _slow(slot, others))
    return "; ".join(text for text in found if text)


def _restarts(health: SlotHealth) -> str:
    return f"its program broke off {health.restarts} times" if health.restarts >= MANY_RESTARTS else ""


def _contacts(health: SlotHealth) -> str:
    faults, cards = health.repowered + health.reseated, health.good + health.rejected
    if faults < LEAST_FAULTS or faults <= MOST_FAULTS * cards:
        return ""
    return "many contact faults: clean it"


def _rejects(health: SlotHealth, others: list[SlotBoard]) -> str:
    """Only where the other slots do better: bad cards come to all of them."""
    cards, there = health.good + health.rejected, [one.view.health for one in others]
    other_cards = sum(one.good + one.rejected for one in there)
    if health.rejected < LEAST_REJECTS or other_cards < ENOUGH_CARDS:
        return ""
    share, usual = health.rejected / cards, sum(one.rejected for one in there) / other_cards
    return "rejects more cards than the others" if share > MANY_REJECTS and share > 2 * usual else ""


def _slow(slot: SlotBoard, others: list[SlotBoard]) -> str:
    known = [one.view.health.seconds for one in others if len(one.times) >= ENOUGH_CARDS]
    if len(slot.times) < ENOUGH_CARDS or len(known) < OTHERS:
        return ""
    return "slower than the others" if slot.view.health.seconds > SLOW * median(known) else ""
