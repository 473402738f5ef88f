"""Access rules in words, and the PINs that somebody has to know for a task on the card as it is now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from simtool.card.session import Session
from simtool.codec.access import AccessCondition, AccessMode, AccessRules, AllOf, Always, AnyOf, ConditionByte, Key
from simtool.errors import StatusError
from simtool.files.product import CardModel, PinSpec
from simtool.perso.access import FREE, NEVER, Right
from simtool.perso.technician.pin_states import enabled_pins

_BEFORE = ("PIN1", "PIN2", "PIN")


def in_words(needs: Right) -> str:
    """`anyone`, `nobody`, `PIN1 or ADM1`, `PIN1 and ADM2`."""
    if needs == NEVER:
        return "nobody"
    if any(not pins for pins in needs):
        return "anyone"
    smallest = [pins for pins in needs if not any(other < pins for other in needs)]
    return " or ".join(" and ".join(sorted(pins, key=_rank)) for pins in smallest)


def condition_in_words(model: CardModel, condition: AccessCondition) -> str:
    """One condition of an access rule with the product's names for its keys."""
    match condition:
        case Always():
            return "anyone"
        case Key(ref=ref):
            names = [pin.name for pin in model.pins if ref in (pin.rule_ref, pin.ref)]
            return names[0] if names else f"key {ref:02X}"
        case ConditionByte(value=value):
            return model.conditions.get(value, f"condition {value:02X}")
        case AnyOf(conditions) | AllOf(conditions):
            joint = " or " if isinstance(condition, AnyOf) else " and "
            return joint.join(dict.fromkeys(condition_in_words(model, part) for part in conditions))
    return "nobody"


def rules_in_words(model: CardModel, rules: AccessRules) -> dict[str, str]:
    """A record of EF.ARR: who may do what. What it does not mention is nobody's."""
    words = {mode.value: condition_in_words(model, rules[mode]) for mode in AccessMode}
    return {mode: who for mode, who in words.items() if who != "nobody"}


def _rank(pin: str) -> tuple[bool, str]:
    return pin not in _BEFORE, pin


def open_now(session: Session, model: CardModel, names: Iterable[str]) -> frozenset[str]:
    """Which of these PINs count as verified on the card right now: switched off, or presented already.

    Spends no try; the MF is selected afterwards.
    """
    wanted = set(names)
    if not wanted:
        return frozenset()
    enabled = enabled_pins(session)
    return frozenset(name for name in wanted if _is_open(session, model.pin(name), enabled))


def _is_open(session: Session, pin: PinSpec, enabled: Mapping[int, bool]) -> bool:
    if pin.ref in session.verified or enabled.get(pin.ref, enabled.get(pin.rule_ref)) is False:
        return True
    try:
        state = session.pin_state(pin.ref, what=pin.name)
    except StatusError:
        return False
    return state.verified or state.disabled


def pins_to_present(session: Session, model: CardModel, needs: Iterable[Right], held: Iterable[str]) -> tuple[str, ...]:
    """The PINs to get hold of, beside those `held`, so that all of `needs` are met on the card as it is now.

    The counters are asked only for PINs that a rule names. What is never allowed asks for nothing.
    """
    rights = [right for right in needs if right not in (NEVER, FREE)]
    known = set(held)
    free = open_now(session, model, (pin for right in rights for pins in right for pin in pins))
    adm = model.adm.pin if model.adm else ""
    missing: list[str] = []
    for right in rights:
        have = known | free | set(missing)
        best = min(right, key=lambda pins: (len(pins - have), adm not in pins, sorted(pins)), default=frozenset[str]())
        missing.extend(sorted(best - have))
    return tuple(missing)
