"""The readers of this computer: what there are, and the one that somebody means."""

from __future__ import annotations

import typing
from dataclasses import dataclass

from simtool.card.pcsc import api
from simtool.errors import ReaderError


@dataclass(frozen=True, slots=True)
class ReaderInfo:
    """One reader slot as PC/SC sees it now. `in_use`: some program has a connection to its card."""

    index: int
    name: str
    card_present: bool
    atr: bytes = b""
    mute: bool = False
    in_use: bool = False


def list_readers() -> tuple[ReaderInfo, ...]:
    """All reader slots, in the order of PC/SC; empty if there is none.

    Raises `ReaderError` if pyscard or the PC/SC service is missing.
    """
    scard = api.load_scard()
    context = api.establish(scard)
    try:
        code, names = scard.SCardListReaders(context, [])
        if code & 0xFFFFFFFF == api.NO_READERS or not names:
            return ()
        api.raise_unless_ok(code)
        code, states = scard.SCardGetStatusChange(context, 0, [(name, api.STATE_UNAWARE) for name in names])
        api.raise_unless_ok(code)
        return tuple(_info(index, *state) for index, state in enumerate(states))
    finally:
        scard.SCardReleaseContext(context)


def find_reader(which: int | str | None = None) -> ReaderInfo:
    """The reader with this number, or this name or part of it; None: any.

    A text of digits alone is a number. Where several fit, it is the only one with a card in it. Raises `ReaderError`
    if none or several are left.
    """
    readers = list_readers()
    if not readers:
        words, hint = api.TROUBLE[api.NO_READERS]
        raise ReaderError(words, hint=hint)
    if which is None:
        return _only(readers, "several readers hold a card")
    if isinstance(which, int) or which.isdecimal():
        index = int(which)
        if index < len(readers):
            return readers[index]
        words = f"there is no reader {index}, the last one is {len(readers) - 1}"
        raise ReaderError(words, hint=_names_hint(readers))
    exact = [reader for reader in readers if reader.name == which]
    if exact:
        return exact[0]
    fitting = tuple(reader for reader in readers if which.casefold() in reader.name.casefold())
    if not fitting:
        raise ReaderError(f"no reader's name contains {which!r}", hint=_names_hint(readers))
    return _only(fitting, f"several readers whose names contain {which!r} hold a card")


def _only(readers: tuple[ReaderInfo, ...], several: str) -> ReaderInfo:
    """The one reader, or the one with a card in it."""
    if len(readers) == 1:
        return readers[0]
    filled = [reader for reader in readers if reader.card_present]
    if not filled:
        raise ReaderError(f"none of {len(readers)} readers holds a card", hint=api.TROUBLE[api.NO_CARD][1])
    if len(filled) > 1:
        raise ReaderError(several, hint=_names_hint(readers))
    return filled[0]


def _names_hint(readers: typing.Iterable[ReaderInfo]) -> str:
    return "choose by number or full name: " + ", ".join(f"{reader.index} = {reader.name}" for reader in readers)


def _info(index: int, name: str, state: int, atr: list[int]) -> ReaderInfo:
    return ReaderInfo(
        index,
        name,
        card_present=bool(state & api.STATE_PRESENT),
        atr=bytes(atr),
        mute=bool(state & api.STATE_MUTE),
        in_use=bool(state & api.STATE_IN_USE),
    )
