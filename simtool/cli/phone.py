"""`simtool phone`: a handset for the card in the reader, for a person or for a scripted walk."""

from __future__ import annotations

import os
import select
import sys
import time
import typing
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import click

from simtool.cli.card_options import FROM_ENV, MIN_TRIES, READER, TRACE, asked, at_keyboard, environment_pins
from simtool.cli.outcome import ExitCode, Outcome, command
from simtool.errors import InputError

if typing.TYPE_CHECKING:
    from simtool.card.handset.phone import Handset
    from simtool.card.handset.screen import Screen
    from simtool.card.session import Session
    from simtool.crypto.secret import Secret

_TICK = 0.2
PIN1 = 0x01
_RADIO = {0x00: "2G", 0x03: "3G", 0x08: "4G", 0x0A: "5G"}
_FOLDER = click.Path(path_type=Path, file_okay=False)
_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command("phone")
@READER
@click.option("--walk", "walk_file", type=_FILE, help="Take the steps of this file instead of asking a person.")
@click.option("--screens", type=_FOLDER, help="Write each screen as a picture into this folder.")
@click.option("--dark", is_flag=True, help="Pictures with dark colours.")
@click.option("--speed", default=1.0, show_default=True, type=click.FloatRange(0, 100000), help="Times real time.")
@FROM_ENV
@MIN_TRIES
@TRACE
@command
def phone(
    reader: str,
    walk_file: Path | None,
    screens: Path | None,
    dark: bool,
    speed: float,
    from_env: tuple[str, ...],
    min_tries: int,
    trace: bool,
) -> Outcome:
    """A handset for the card in the reader: its menu, texts, calls, messages. ? lists what can be typed.

    A walk (docs/phone.md) ends with exit code 0 if everything was as expected, else with 1.
    """
    from simtool.card.handset.phone import Handset
    from simtool.card.handset.walk import Walk
    from simtool.opening import connect

    walk = Walk.load(walk_file) if walk_file is not None else None
    album = Album(screens, dark) if screens is not None else None
    given = dict(environment_pins(from_env))
    with connect(reader, trace=_to_stderr if trace else None) as session:

        def unlock(card: Session) -> None:
            _unlock(card, given, min_tries)

        if walk is None:
            return by_hand(Handset(session, unlock=unlock), speed, album)
        handset = walk.handset(session, unlock=unlock)
        report = walk.run(handset, watch=None if album is None else lambda result: album.keep(handset, result.screen))
    pictures = [str(path) for path in album.pictures] if album is not None else []
    value = report.to_json() | {"pictures": pictures}
    return Outcome(str(report), value, ExitCode.DONE if report.passed else ExitCode.ERROR)


def by_hand(handset: Handset, speed: float, album: Album | None) -> Outcome:
    """Lines from a keyboard or a pipe. At a keyboard time passes; from a pipe only when a line says so."""
    from simtool.card.handset.prompt import Prompt

    view = _View(handset, album)
    handset.power_on()
    prompt = Prompt(handset)
    view.show()
    if at_keyboard():
        click.echo("? lists what can be typed, quit leaves", err=True)
    passes = _passing(handset, view, speed) if at_keyboard() else None
    for line in _lines(passes):
        try:
            said = prompt.run(line)
        except InputError as error:
            said = error.reason
        if prompt.ended:
            break
        if said:
            view.say(said)
        view.show()
    happened = [{"at": one.at, "kind": one.kind, "text": one.text} for one in handset.happenings]
    pictures = [str(path) for path in album.pictures] if album is not None else []
    return Outcome("", {"happened": happened, "pictures": pictures, "screen": handset.screen.to_json()})


@dataclass
class _View:
    """What a person sees: each screen once, and what the phone tells besides."""

    handset: Handset
    album: Album | None
    told: int = 0
    last: Screen | None = None

    def show(self) -> None:
        from simtool.perso.preview.fit import shown
        from simtool.perso.preview.handset_terminal import screen_text

        for happening in self.handset.happenings[self.told :]:
            if happening.kind not in ("command", "response", "told"):
                self.say(f"· {happening.kind}: {shown(happening.text)}")
        self.told = len(self.handset.happenings)
        screen = self.handset.screen
        if screen != self.last:
            self.last = screen
            self.say(screen_text(screen))
            if self.album is not None:
                self.album.keep(self.handset, screen)

    def say(self, text: str) -> None:
        click.echo(text, err=_wants_json())


@dataclass
class Album:
    """Pictures of screens, in a folder: SVG, and PNG where the extra `picture` is there."""

    folder: Path
    dark: bool
    pictures: list[Path] = field(default_factory=list)
    count: int = 0
    last: Screen | None = None

    def keep(self, handset: Handset, screen: Screen) -> None:
        """Draw a screen unless it is the last one again. Raises `InputError` for a folder that cannot be written."""
        from simtool.perso.preview.drawing import Theme
        from simtool.perso.preview.handset import screen_picture
        from simtool.perso.preview.png import png

        if screen == self.last:
            return
        self.last = screen
        self.count += 1
        theme = Theme.DARK if self.dark else Theme.LIGHT
        radio = _RADIO.get(handset.network.technologies[0], "") if handset.network.technologies else ""
        drawn = screen_picture(screen, technology=radio, in_service=handset.network.in_service, theme=theme)
        files = {f"{self.count:03}-{screen.kind.value}.svg": drawn.svg.encode()}
        try:
            files[f"{self.count:03}-{screen.kind.value}.png"] = png(drawn)
        except InputError as error:
            if self.count == 1:
                click.echo(f"note: no PNG: {error}", err=True)
        for name, content in files.items():
            path = self.folder / name
            try:
                self.folder.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
            except OSError as error:
                raise InputError(error.strerror or str(error), place=str(path)) from None
            self.pictures.append(path)


def _unlock(card: Session, given: dict[str, Secret], min_tries: int) -> None:
    """Present PIN1 if it is wanted: from the environment, else once from the keyboard. Without it less is read."""
    from simtool.cli.card_options import remember_attempts
    from simtool.errors import StatusError
    from simtool.perso.authorise import present_pin

    try:
        state = card.pin_state(PIN1, what="PIN1")
    except StatusError:
        return
    if state.verified or state.disabled or state.blocked:
        return
    value = given.get("PIN1")
    if value is None and at_keyboard():
        value = asked("PIN1", "PIN1 for the phone")
    if value is None:
        click.echo("note: PIN1 is not given, so the phone cannot read the card's services", err=True)
        return
    remember_attempts(card)
    present_pin(card, "PIN1", PIN1, value, min_tries=min_tries)
    given["PIN1"] = value


def _passing(handset: Handset, view: _View, speed: float) -> Callable[[float], None]:
    """Lets the handset's time pass by so many real seconds, and shows what comes of it.

    While the card asks for something time is not hurried, so that nobody is too late.
    """

    def passes(seconds: float) -> None:
        if handset.waits_for_user:
            handset.wait(seconds * min(speed, 1.0))
        else:
            handset.wait_until_asked(seconds * speed)
        view.show()

    return passes


def _lines(passes: Callable[[float], None] | None) -> Iterator[str]:
    """Lines from the keyboard or a pipe; `passes` hears of the time between them."""
    if passes is None or os.name == "nt":
        yield from (line.rstrip("\n") for line in sys.stdin)
        return
    number = sys.stdin.fileno()
    waiting, then = b"", time.monotonic()
    while True:
        ready, _, _ = select.select([number], [], [], _TICK)
        now = time.monotonic()
        passes(now - then)
        then = now
        if not ready:
            continue
        try:
            read = os.read(number, 4096)
        except KeyboardInterrupt:
            return
        if not read:
            return
        *lines, waiting = (waiting + read).split(b"\n")
        for line in lines:
            yield line.decode("utf-8", "replace").rstrip("\r")


def _wants_json() -> bool:
    context = click.get_current_context(silent=True)
    return bool(context is not None and context.params.get("as_json"))


def _to_stderr(line: str) -> None:
    click.echo(line, err=True)
