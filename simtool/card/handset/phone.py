"""The handset: starts the card, follows what it wants, shows it to the user, tells it what happens.

It never waits by itself. A command that needs the user stands on `screen` until `choose`, `press`, `type_text` or the
passing of time (`wait`) answers it; everything else is done at once. TS 102 223, TS 31.111, TS 102 221 §14.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from simtool.card.handset import calls, channels, dispatch, mail
from simtool.card.handset.call_side import CallSide
from simtool.card.handset.card_side import Happening
from simtool.card.handset.clock import Clock
from simtool.card.handset.conversation import SW_BUSY
from simtool.card.handset.equipment import Equipment
from simtool.card.handset.network import Delivery, Network
from simtool.card.handset.reply import Reply
from simtool.card.handset.screen import Chosen, Key, Pressed, Screen, ScreenItem, ScreenKind, Typed, User
from simtool.card.handset.texts import lines_of, screen_items
from simtool.card.session import Session
from simtool.codec.dial_number import DialNumber
from simtool.codec.proactive.command import CommandDetails, ProactiveCommand
from simtool.codec.proactive.envelope import (
    MenuSelection,
    encode_envelope,
)
from simtool.codec.proactive.events import (
    AccessTechnologiesChange,
    AccessTechnologyChange,
    BrowserTermination,
    EventBody,
    IdleScreenAvailable,
    LanguageSelection,
    LocationStatus,
    UserActivity,
)
from simtool.codec.proactive.objects import UssdString
from simtool.codec.proactive.places import LocationInformation
from simtool.codec.proactive.response import TerminalResponse
from simtool.codec.proactive.screen_commands import SetUpMenu
from simtool.codec.proactive.tags import Result, ServiceState
from simtool.errors import StatusError


class Handset(CallSide):
    """One handset with one card.

    `services` overrules what the card's service table says; `unlock` presents the PIN, where it is enabled; `listener`
    hears of everything that happens.
    """

    def __init__(
        self,
        session: Session,
        *,
        equipment: Equipment | None = None,
        network: Network | None = None,
        clock: Clock | None = None,
        services: Iterable[str] | None = None,
        unlock: Callable[[Session], None] | None = None,
        listener: Callable[[Happening], None] | None = None,
    ) -> None:
        super().__init__(
            session, self, equipment=equipment, network=network, clock=clock, services=services, unlock=unlock,
            listener=listener,
        )  # fmt: skip
        self.inbox: list[mail.Received] = []
        self.language = self.equipment.language
        self.screen_busy = False
        self.powered = False
        self.channels = channels.Channels()
        self._forget()

    def _forget(self) -> None:
        """What the card has brought about goes when it is reset."""
        self._forget_card()
        self.channels.clear()
        self.menu: SetUpMenu | None = None
        self.idle_text = ""
        self.card_language: str | None = None
        self._forget_calls()
        self.page: str | None = None
        self._menu_open = False
        self._sustained: Screen | None = None
        self._was_idle = True

    # Power

    def power_on(self) -> None:
        """Reset the card, tell it what this handset can do, start its application."""
        self.session.reset()
        self._forget()
        self.powered = True
        self.session.detect_class()
        try:
            self.session.terminal_profile(self.equipment.profile.encode())
        except StatusError as error:
            self.note("trouble", f"no card application toolkit: {error}")
        self.poll_every(self.equipment.poll_seconds)
        self._conversation.pump()
        self.start_application()
        self._settle()

    def power_off(self) -> None:
        """Nothing is shown, nothing goes on; the card stays in its reader."""
        self.poll_every(None)
        self._forget()
        self.powered = False

    def restart_card(self) -> None:
        """After REFRESH with a reset: as after power on."""
        self.power_on()

    # The screen and its user

    @property
    def screen(self) -> Screen:
        """What is shown now."""
        asked = self._conversation.asked
        if not self.powered:
            return Screen(ScreenKind.OFF)
        if asked is not None:
            return asked.screen
        if self._sustained is not None:
            return self._sustained
        if self.ringing is not None:
            return Screen(ScreenKind.RINGING, "Incoming call", (self.ringing.number,), keys=(Key.OK, Key.END))
        if self._menu_open and self.menu is not None:
            items = screen_items(self.menu.items, self.menu.next_actions)
            keys = (Key.BACK, *((Key.HELP,) if self.menu.help_available else ()))
            return Screen(ScreenKind.MENU, self.menu.title, items=items, keys=keys)
        if self.call is not None:
            return Screen(ScreenKind.CALL, self.call.alpha, (self.call.number,), keys=(Key.END,))
        if self.page is not None:
            return Screen(ScreenKind.BROWSER, "Browser", (self.page,), keys=(Key.END,))
        keys = (Key.MENU,) if self.menu is not None else ()
        return Screen(ScreenKind.IDLE, lines=lines_of(self.idle_text), keys=keys)

    @property
    def waits_for_user(self) -> bool:
        """A command of the card waits for an answer."""
        return self._conversation.asked is not None

    def choose(self, choice: int | str) -> bool:
        """Choose an item by its identifier or text; the card's menu opens for it. False if nothing fits."""
        self._active()
        was_open = self._menu_open
        self._menu_open = was_open or (not self.waits_for_user and self.menu is not None)
        item = self._item(choice)
        if item is None:
            self._menu_open = was_open
            return False
        if self.waits_for_user:
            done = self._conversation.answer(Chosen(item.identifier))
        else:
            done = self._select(item.identifier, help_requested=False)
        self._settle()
        return done

    def ask_help(self, choice: int | str) -> bool:
        """Ask for help about an item of the card's menu."""
        self._active()
        item = self._item(choice) if not self.waits_for_user and self.menu is not None else None
        if item is None or self.menu is None or not self.menu.help_available:
            return False
        done = self._select(item.identifier, help_requested=True)
        self._settle()
        return done

    def press(self, key: Key) -> bool:
        """Press a key. False if it does nothing on this screen."""
        self._active()
        done = self._conversation.answer(Pressed(key)) if self.waits_for_user else self._pressed(key)
        self._settle()
        return done

    def type_text(self, text: str) -> bool:
        """Type a text and send it off, where the card asks for one. False if it does not fit."""
        self._active()
        done = self._conversation.answer(Typed(text))
        self._settle()
        return done

    def wait(self, seconds: float) -> None:
        """Let time pass: timers, polling, time-outs."""
        self.clock.advance(seconds)
        self._settle()

    def wait_until_asked(self, seconds: float) -> None:
        """Let time pass, but stop where the card asks its user for something."""
        left = seconds
        while left > 0 and not self.waits_for_user:
            next_alarm = self.clock.until_next()
            step = left if next_alarm is None else min(left, next_alarm)
            self.wait(step)
            left -= max(step, 0.001)

    def attend(self, user: User) -> None:
        """Let somebody answer until the card asks no more."""
        while self.waits_for_user:
            if not self._conversation.answer(user.answer(self.screen)):
                self.note("user", "the answer does not fit the screen")
            self._settle()

    def sustain(self, screen: Screen, seconds: float | None) -> None:
        """Go on showing a text whose command is done (TS 102 223 §6.4.1)."""
        self._sustained = screen
        if seconds is not None:
            self.clock.after(seconds, lambda: self._unsustain(screen))

    def _unsustain(self, screen: Screen) -> None:
        if self._sustained is screen:
            self._sustained = None

    def _item(self, choice: int | str) -> ScreenItem | None:
        items = self.screen.items
        wanted = choice if isinstance(choice, int) else None
        return next((item for item in items if item.identifier == wanted or item.text == choice), None)

    def _select(self, identifier: int, *, help_requested: bool) -> bool:
        body = MenuSelection(item=identifier, help_requested=help_requested)
        answer = self.envelope(encode_envelope(body), "menu selection")
        self._menu_open = False
        if answer.sw == SW_BUSY:
            self.note("shown", "the card is busy")
        return answer.sw.sw1 in (0x90, 0x91)

    def _pressed(self, key: Key) -> bool:
        """A key where the card asks for nothing."""
        if self._sustained is not None:
            self._sustained = None
        elif self.ringing is not None and key in (Key.OK, Key.END):
            (self.answer_call if key is Key.OK else self.hang_up)()
        elif key is Key.MENU and self.menu is not None:
            self._menu_open = True
        elif self._menu_open and key in (Key.BACK, Key.END):
            self._menu_open = False
        elif self.call is not None and key is Key.END:
            self.hang_up()
        elif self.page is not None and key is Key.END:
            self.close_page()
        else:
            return False
        return True

    def use_screen(self, busy: bool) -> None:
        """Whether something else than the idle screen is shown, such as another application of the phone."""
        self.screen_busy = busy
        self._settle()

    def _active(self) -> None:
        self.tell(UserActivity())

    def _settle(self) -> None:
        """After anything that was done: follow the card, and see whether the idle screen has come back."""
        self._conversation.pump()
        idle = self.screen.kind is ScreenKind.IDLE and not self.screen_busy
        if idle and not self._was_idle:
            self.tell(IdleScreenAvailable())
            self._conversation.pump()
        self._was_idle = idle

    # What the conversation with the card asks of its performer

    def refusal(self, details: CommandDetails) -> Result | None:
        return dispatch.refused(self, details)

    def perform(self, command: ProactiveCommand) -> Reply:
        self._sustained = None
        return dispatch.carry_out(self, command)

    def completed(self, command: ProactiveCommand, response: TerminalResponse) -> TerminalResponse:
        return dispatch.finished(command, response)

    # Browser

    def open_page(self, url: str) -> None:
        self.page = url
        self.network.pages.append(url)
        self.note("browser", url or "the phone's own page")

    def close_page(self, cause: int = 0) -> bool:
        """The browser ends: 0 by its user, 1 by an error. False if none was open."""
        if self.page is None:
            return False
        self.page = None
        self.tell(BrowserTermination(cause=cause))
        self._settle()
        return True

    def dial(self, text: str) -> str:
        """The user dials a number or a string; what is to be said about it. Raises `EncodeError`."""
        self._active()
        said = calls.dial(self, text)
        self.note("shown", said)
        self._settle()
        return said

    def write_message(self, number: str, text: str) -> str:
        """The user sends a message; what is to be said about it. Raises `EncodeError`."""
        self._active()
        said = calls.write_message(self, number, text)
        self.note("shown", said)
        self._settle()
        return said

    # What comes from the network

    def receive_message(self, tpdu: bytes, centre: DialNumber | None = None) -> Delivery:
        """An SMS-DELIVER has come. Gives the report. Raises `DecodeError` if it is none."""
        delivery = mail.receive_message(self, tpdu, centre)
        self._settle()
        return delivery

    def receive_page(self, page: bytes) -> None:
        """A page of a cell broadcast has come (88 bytes, TS 23.041)."""
        mail.receive_page(self, page)
        self._settle()

    def receive_ussd(self, string: UssdString) -> bytes | None:
        """A USSD string of the network has come."""
        answer = mail.receive_ussd(self, string)
        self._settle()
        return answer

    def move(self, service: int, location: LocationInformation | None = None) -> None:
        """Another service state or place."""
        self.network.service = service
        if location is not None:
            self.network.location = location
        told = self.network.location if service == ServiceState.NORMAL else None
        self.tell(LocationStatus(status=service, location=told))
        self._settle()

    def change_technology(self, technologies: tuple[int, ...]) -> None:
        """Another radio technology."""
        self.network.technologies = technologies
        self.tell(AccessTechnologyChange(technologies=technologies[:1]))
        self.tell(AccessTechnologiesChange(technologies=technologies))
        self._settle()

    def change_language(self, language: str) -> None:
        """The user takes another language."""
        self.language = language
        self.tell(LanguageSelection(language=language))
        self._settle()

    def happens(self, event: EventBody) -> bool:
        """Any other event; False if it is not in the card's list."""
        told = self.tell(event)
        self._settle()
        return told

    def drop_channel(self, number: int) -> bool:
        """The network drops the link of a channel."""
        done = channels.drop(self, number)
        self._settle()
        return done

    def channel_data(self, number: int, data: bytes) -> bool:
        """The other end of a channel sends data by itself."""
        done = channels.push(self, number, data)
        self._settle()
        return done
