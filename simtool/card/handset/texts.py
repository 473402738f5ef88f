"""Commands that the user sees and answers: texts, keys, input, choices, menus, tones (TS 102 223 §6.4.1 to §6.4.8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simtool.card.handset.reply import Ask, Reply, respond, unable
from simtool.card.handset.screen import (
    Answer,
    Chosen,
    InputField,
    Key,
    Pressed,
    Screen,
    ScreenItem,
    ScreenKind,
    TimedOut,
    Typed,
)
from simtool.codec.proactive.body import Shown
from simtool.codec.proactive.command import ProactiveCommand
from simtool.codec.proactive.objects import Duration, Item, Text, TextCoding, encode_text
from simtool.codec.proactive.response import TerminalResponse
from simtool.codec.proactive.screen_commands import (
    DisplayText,
    GetInkey,
    GetInput,
    PlayTone,
    SelectItem,
    SetUpIdleModeText,
    SetUpMenu,
)
from simtool.codec.proactive.tags import Result, Tone, Unable
from simtool.errors import EncodeError

if TYPE_CHECKING:
    from simtool.card.handset.phone import Handset

_DIGITS = frozenset("0123456789*#+")
_NO_LIMIT = 255
_TONE_SECONDS = 2.0
# 01 is yes and 00 no, coded as a text of one character (TS 102 223 §6.8).
_YES, _NO = Text.decode(b"\x04\x01"), Text.decode(b"\x04\x00")


def performed(body: Shown) -> Result:
    """Done; this handset shows no icons (TS 102 223 §6.5.4)."""
    return Result.PERFORMED if body.icon is None else Result.ICON_NOT_DISPLAYED


def ended(command: ProactiveCommand, answer: Answer, *, help_available: bool = False) -> TerminalResponse | None:
    """The response to a user who does not do what was asked for; None for other answers."""
    match answer:
        case TimedOut():
            return respond(command, Result.NO_RESPONSE)
        case Pressed(Key.END):
            return respond(command, Result.ENDED_BY_USER)
        case Pressed(Key.BACK):
            return respond(command, Result.BACKWARD)
        case Pressed(Key.HELP) if help_available:
            return respond(command, Result.HELP_REQUIRED)
    return None


def display_text(phone: Handset, command: ProactiveCommand, body: DisplayText) -> Reply:
    """DISPLAY TEXT (§6.4.1). One of normal priority is refused while the screen is busy."""
    if not body.high_priority and phone.screen_busy:
        return unable(command, Unable.SCREEN_BUSY)
    screen = Screen(ScreenKind.TEXT, lines=lines_of(body.text.text), keys=(Key.OK, Key.BACK, Key.END), icon=_icon(body))
    done = respond(command, performed(body))
    if body.immediate_response:
        phone.sustain(screen, None if body.duration is None else body.duration.seconds)
        return done
    until = phone.equipment.patience if body.until_user_clears else phone.equipment.text_seconds
    timeout = until if body.duration is None else body.duration.seconds

    def answered(answer: Answer) -> TerminalResponse | None:
        if answer == Pressed(Key.OK) or (isinstance(answer, TimedOut) and not body.until_user_clears):
            return done
        return ended(command, answer)

    return Ask(screen, answered, timeout)


def get_inkey(phone: Handset, command: ProactiveCommand, body: GetInkey) -> Reply:
    """GET INKEY (§6.4.2)."""
    started = phone.clock.elapsed
    keys = (Key.BACK, Key.END, *((Key.HELP,) if body.help_available else ()))
    if body.yes_or_no:
        keys = (Key.YES, Key.NO, *keys)
    field = None if body.yes_or_no else InputField(1, 1, body.digits_only, body.immediate_digit)
    screen = Screen(ScreenKind.KEY, lines=lines_of(body.text.text), field=field, keys=keys, icon=_icon(body))

    def answered(answer: Answer) -> TerminalResponse | None:
        taken = None if body.duration is None else Duration.of(phone.clock.elapsed - started)
        text = _key_text(body, answer)
        if text is not None:
            return respond(command, performed(body), text=text, duration=taken)
        if isinstance(answer, TimedOut):
            return respond(command, Result.NO_RESPONSE, duration=taken)
        return ended(command, answer, help_available=body.help_available)

    return Ask(screen, answered, phone.equipment.patience if body.duration is None else body.duration.seconds)


def _key_text(body: GetInkey, answer: Answer) -> Text | None:
    """What is sent for an answer; None if it is none."""
    if body.yes_or_no:
        return {Pressed(Key.YES): _YES, Pressed(Key.NO): _NO}.get(answer) if isinstance(answer, Pressed) else None
    if isinstance(answer, Typed) and len(answer.text) == 1 and _fits(answer.text, body.digits_only, body.coding):
        return Text(answer.text, body.coding)
    return None


def get_input(phone: Handset, command: ProactiveCommand, body: GetInput) -> Reply:
    """GET INPUT (§6.4.3). What does not fit is not taken from the user."""
    if body.length.most < body.length.least:
        return respond(command, Result.DATA_NOT_UNDERSTOOD)
    default = body.default.text if body.default is not None else ""
    keys = (Key.OK, Key.BACK, Key.END, *((Key.HELP,) if body.help_available else ()))
    field = InputField(body.length.least, body.length.most, body.digits_only, body.hidden, default)
    screen = Screen(ScreenKind.INPUT, lines=lines_of(body.text.text), field=field, keys=keys, icon=_icon(body))

    def answered(answer: Answer) -> TerminalResponse | None:
        text = default if answer == Pressed(Key.OK) else answer.text if isinstance(answer, Typed) else None
        if text is None:
            return ended(command, answer, help_available=body.help_available)
        most = body.length.most if body.length.most < _NO_LIMIT else 239  # what a response has room for
        if not body.length.least <= len(text) <= most or not _fits(text, body.digits_only, body.coding):
            return None
        return respond(command, performed(body), text=Text(text, body.coding))

    return Ask(screen, answered, phone.equipment.patience if body.duration is None else body.duration.seconds)


def select_item(phone: Handset, command: ProactiveCommand, body: SelectItem) -> Reply:
    """SELECT ITEM (§6.4.7)."""
    if not body.items or any(item == Item(0) for item in body.items):
        return respond(command, Result.VALUES_MISSING if not body.items else Result.DATA_NOT_UNDERSTOOD)
    keys = (Key.BACK, Key.END, *((Key.HELP,) if body.help_available else ()))
    items = screen_items(body.items, body.next_actions, body.default)
    screen = Screen(ScreenKind.CHOICE, body.title or "", items=items, keys=keys, icon=_icon(body))
    known = {item.identifier for item in body.items}
    focus = body.default if body.default in known else body.items[0].identifier

    def answered(answer: Answer) -> TerminalResponse | None:
        if isinstance(answer, Chosen) and answer.identifier in known:
            return respond(command, _with_icons(body), item=answer.identifier)
        if answer == Pressed(Key.HELP) and body.help_available:
            return respond(command, Result.HELP_REQUIRED, item=focus)
        return ended(command, answer)

    return Ask(screen, answered, phone.equipment.patience)


def set_up_menu(phone: Handset, command: ProactiveCommand, body: SetUpMenu) -> Reply:
    """SET UP MENU (§6.4.8)."""
    if not body.items:
        return respond(command, Result.VALUES_MISSING)
    phone.menu = None if body.removes else body
    return respond(command, _with_icons(body))


def set_up_idle_mode_text(phone: Handset, command: ProactiveCommand, body: SetUpIdleModeText) -> Reply:
    """SET UP IDLE MODE TEXT (§6.4.22)."""
    phone.idle_text = body.text.text
    return respond(command, performed(body))


def play_tone(phone: Handset, command: ProactiveCommand, body: PlayTone) -> Reply:
    """PLAY TONE (§6.4.5). The user can stop the tone, or end the session."""
    if body.tone is not None and not isinstance(body.tone, Tone):
        return respond(command, Result.BEYOND_CAPABILITIES)
    tone = Tone.GENERAL_BEEP if body.tone is None else Tone(body.tone)
    sound = tone.name.lower().replace("_", " ") + (", vibrating" if body.vibrates else "")
    phone.note("tone", sound)
    lines = lines_of(body.alpha or "")
    screen = Screen(ScreenKind.TONE, title=f"♪ {sound}", lines=lines, keys=(Key.OK, Key.END), icon=_icon(body))

    def answered(answer: Answer) -> TerminalResponse | None:
        if isinstance(answer, TimedOut) or answer == Pressed(Key.OK):
            return respond(command, performed(body))
        return respond(command, Result.ENDED_BY_USER) if answer == Pressed(Key.END) else None

    return Ask(screen, answered, _TONE_SECONDS if body.duration is None else body.duration.seconds)


def screen_items(
    items: tuple[Item, ...], next_actions: bytes | None, default: int | None = None
) -> tuple[ScreenItem, ...]:
    """Items as they are shown; promises of what is behind them count only if there is one for each (§8.24)."""
    actions = next_actions if next_actions is not None and len(next_actions) == len(items) else bytes(len(items))
    return tuple(
        ScreenItem(item.identifier, item.text, item.identifier == default, action)
        for item, action in zip(items, actions, strict=True)
    )


def lines_of(text: str) -> tuple[str, ...]:
    """A text as lines; the card breaks it with line feeds or carriage returns."""
    return tuple(text.replace("\r\n", "\n").replace("\r", "\n").split("\n")) if text else ()


def _with_icons(body: SelectItem | SetUpMenu) -> Result:
    return performed(body) if body.item_icons is None else Result.ICON_NOT_DISPLAYED


def _icon(body: Shown) -> int | None:
    return body.icon.record if body.icon is not None else None


def _fits(text: str, digits_only: bool, coding: TextCoding) -> bool:
    if digits_only and not set(text) <= _DIGITS:
        return False
    try:
        encode_text(text, coding)
    except EncodeError:
        return False
    return True
