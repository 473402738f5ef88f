"""Commands that the user sees and answers (TS 102 223 §6.6.1 to §6.6.8, §6.6.22, §6.6.5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from simtool.codec.proactive.body import HELP_AVAILABLE, Announced, Shown
from simtool.codec.proactive.objects import (
    ALPHA,
    BYTE,
    DURATION,
    FLAG,
    ITEM,
    ITEM_ICONS,
    RAW,
    RESPONSE_LENGTH,
    TEXT,
    Duration,
    Item,
    ItemIcons,
    ResponseLength,
    Text,
    TextCoding,
    code_of,
)
from simtool.codec.proactive.shape import Part
from simtool.codec.proactive.tags import CommandType, Device, Tag, Tone

_ALPHABET, _UCS2, _YES_NO, _IMMEDIATE = 0x01, 0x02, 0x04, 0x08
_HIDDEN, _PACKED = 0x04, 0x08


@dataclass(frozen=True, slots=True)
class DisplayText(Shown):
    """DISPLAY TEXT (§6.6.1)."""

    TYPE: ClassVar[CommandType] = CommandType.DISPLAY_TEXT
    DESTINATION: ClassVar[int] = Device.DISPLAY
    text: Annotated[Text, Part(Tag.TEXT_STRING, TEXT)]
    immediate_response: Annotated[bool, Part(Tag.IMMEDIATE_RESPONSE, FLAG, comprehension=False)] = False
    duration: Annotated[Duration | None, Part(Tag.DURATION, DURATION, comprehension=False)] = None

    @property
    def high_priority(self) -> bool:
        return bool(self.qualifier & 0x01)

    @property
    def until_user_clears(self) -> bool:
        """False: the phone clears it after a while."""
        return bool(self.qualifier & 0x80)


@dataclass(frozen=True, slots=True)
class GetInkey(Shown):
    """GET INKEY (§6.6.2): one character, or yes or no."""

    TYPE: ClassVar[CommandType] = CommandType.GET_INKEY
    text: Annotated[Text, Part(Tag.TEXT_STRING, TEXT)]
    duration: Annotated[Duration | None, Part(Tag.DURATION, DURATION)] = None

    @property
    def yes_or_no(self) -> bool:
        return bool(self.qualifier & _YES_NO)

    @property
    def digits_only(self) -> bool:
        """0 to 9, *, #, +."""
        return not self.qualifier & _ALPHABET

    @property
    def immediate_digit(self) -> bool:
        """The digit goes to the card as it is pressed, and is not shown."""
        return bool(self.qualifier & _IMMEDIATE)

    @property
    def coding(self) -> TextCoding:
        """How the answer is coded."""
        return TextCoding.UCS2 if self.qualifier & _ALPHABET and self.qualifier & _UCS2 else TextCoding.UNPACKED

    @property
    def help_available(self) -> bool:
        return bool(self.qualifier & HELP_AVAILABLE)


@dataclass(frozen=True, slots=True)
class GetInput(Shown):
    """GET INPUT (§6.6.3): a line of characters."""

    TYPE: ClassVar[CommandType] = CommandType.GET_INPUT
    text: Annotated[Text, Part(Tag.TEXT_STRING, TEXT)]
    length: Annotated[ResponseLength, Part(Tag.RESPONSE_LENGTH, RESPONSE_LENGTH)]
    default: Annotated[Text | None, Part(Tag.DEFAULT_TEXT, TEXT, comprehension=False)] = None
    duration: Annotated[Duration | None, Part(Tag.DURATION, DURATION, comprehension=False)] = None

    @property
    def digits_only(self) -> bool:
        """0 to 9, *, #, +."""
        return not self.qualifier & _ALPHABET

    @property
    def hidden(self) -> bool:
        """What is typed is not shown."""
        return bool(self.qualifier & _HIDDEN)

    @property
    def coding(self) -> TextCoding:
        """How the answer is coded."""
        if self.qualifier & _ALPHABET and self.qualifier & _UCS2:
            return TextCoding.UCS2
        return TextCoding.PACKED if self.qualifier & _PACKED else TextCoding.UNPACKED

    @property
    def help_available(self) -> bool:
        return bool(self.qualifier & HELP_AVAILABLE)


@dataclass(frozen=True, slots=True)
class PlayTone(Announced):
    """PLAY TONE (§6.6.5). Without a tone the phone plays its general beep; without a duration as long as it likes."""

    TYPE: ClassVar[CommandType] = CommandType.PLAY_TONE
    DESTINATION: ClassVar[int] = Device.EARPIECE
    tone: Annotated[int | None, Part(Tag.TONE, code_of(Tone))] = None
    duration: Annotated[Duration | None, Part(Tag.DURATION, DURATION)] = None

    @property
    def vibrates(self) -> bool:
        return bool(self.qualifier & 0x01)


@dataclass(frozen=True, slots=True)
class SetUpMenu(Shown):
    """SET UP MENU (§6.6.7). One empty item takes the menu away."""

    TYPE: ClassVar[CommandType] = CommandType.SET_UP_MENU
    title: Annotated[str, Part(Tag.ALPHA_IDENTIFIER, ALPHA)]
    items: Annotated[tuple[Item, ...], Part(Tag.ITEM, ITEM, many=True)] = ()
    next_actions: Annotated[bytes | None, Part(Tag.NEXT_ACTION, RAW, comprehension=False)] = None
    item_icons: Annotated[ItemIcons | None, Part(Tag.ITEM_ICONS, ITEM_ICONS, comprehension=False)] = None
    item_attributes: Annotated[bytes | None, Part(Tag.ITEM_TEXT_ATTRIBUTES, RAW, comprehension=False)] = None

    @property
    def removes(self) -> bool:
        return all(item == Item(0) for item in self.items)

    @property
    def help_available(self) -> bool:
        return bool(self.qualifier & HELP_AVAILABLE)


@dataclass(frozen=True, slots=True)
class SelectItem(Shown):
    """SELECT ITEM (§6.6.8)."""

    TYPE: ClassVar[CommandType] = CommandType.SELECT_ITEM
    title: Annotated[str | None, Part(Tag.ALPHA_IDENTIFIER, ALPHA)] = None
    items: Annotated[tuple[Item, ...], Part(Tag.ITEM, ITEM, many=True)] = ()
    next_actions: Annotated[bytes | None, Part(Tag.NEXT_ACTION, RAW, comprehension=False)] = None
    default: Annotated[int | None, Part(Tag.ITEM_IDENTIFIER, BYTE, comprehension=False)] = None
    item_icons: Annotated[ItemIcons | None, Part(Tag.ITEM_ICONS, ITEM_ICONS, comprehension=False)] = None
    item_attributes: Annotated[bytes | None, Part(Tag.ITEM_TEXT_ATTRIBUTES, RAW, comprehension=False)] = None

    @property
    def is_navigation(self) -> bool | None:
        """Navigation options or a choice of data values; None where the card does not say."""
        return bool(self.qualifier & 0x02) if self.qualifier & 0x01 else None

    @property
    def soft_keys_preferred(self) -> bool:
        return bool(self.qualifier & 0x04)

    @property
    def help_available(self) -> bool:
        return bool(self.qualifier & HELP_AVAILABLE)


@dataclass(frozen=True, slots=True)
class SetUpIdleModeText(Shown):
    """SET UP IDLE MODE TEXT (§6.6.22). An empty text takes it away."""

    TYPE: ClassVar[CommandType] = CommandType.SET_UP_IDLE_MODE_TEXT
    text: Annotated[Text, Part(Tag.TEXT_STRING, TEXT)]
