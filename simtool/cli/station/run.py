"""`simtool station run`: a bench at work on a batch, on the screen, in lines, or for a robot."""

from __future__ import annotations

import os
import signal
import socket
import typing
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any, Protocol

import click

from simtool.cli.card_options import MIN_TRIES
from simtool.cli.inventory_options import Place, at_inventory
from simtool.cli.outcome import ExitCode, Outcome, command, table
from simtool.errors import InputError

if typing.TYPE_CHECKING:
    from simtool.cli.station.login import Gatekeeper
    from simtool.station.events import Event
    from simtool.station.run.showing import Summary
    from simtool.station.run.station import Station
    from simtool.station.setup import Checking
    from simtool.station.setup import Place as StationPlace

_FILE = click.Path(path_type=Path, dir_okay=False)
_FOLDER = click.Path(path_type=Path, file_okay=False)
END_SECONDS = 30.0


class Front(Protocol):
    """What shows a run. `tell` is called by the station's threads and returns at once."""

    def tell(self, event: Event) -> None: ...

    def run(self, station: Station, stopper: Stopper) -> None:
        """Until the station is over."""
        ...


class Stopper:
    """SIGINT, SIGTERM and SIGHUP: the first ends the station after the cards at hand, the second at once.

    A third one leaves even if nothing moves any more: the workers end by themselves when their station is gone.
    """

    def __init__(self) -> None:
        self.count = 0
        self._served = 0

    def ask(self) -> None:
        """As if the first signal had come."""
        self.count = max(1, self.count)

    def serve(self, station: Station) -> None:
        """Do what the signals since the last call ask for."""
        from simtool.station.events import OrderKind

        if self._served == 0 and self.count >= 1:
            self._served = 1
            station.order(OrderKind.END)
        if self._served == 1 and self.count >= 2:
            self._served = 2
            station.kill()

    @contextmanager
    def listening(self) -> Iterator[None]:
        kinds = [signal.SIGINT, signal.SIGTERM]
        if hasattr(signal, "SIGHUP"):
            kinds.append(signal.SIGHUP)
        before = {kind: signal.signal(kind, self._came) for kind in kinds}
        try:
            yield
        finally:
            for kind, handler in before.items():
                signal.signal(kind, handler)

    def _came(self, number: int, frame: FrameType | None) -> None:
        self.count += 1
        if self.count > 2:
            os._exit(128 + number)


@dataclass(frozen=True, slots=True)
class _Wish:
    """The options of a run."""

    batch: str
    bench: str
    name: str
    operator: str
    checking: Checking
    profile: Path | None
    scan: bool
    labels: Path | None
    gate: bool
    min_tries: int
    until_complete: bool
    web: bool
    port: int
    jsonl: bool


@click.command("run")
@click.argument("batch")
@click.option("--bench", required=True, metavar="FILE", help="Its slots, readers and rules; or a name, like virtual-8.")
@click.option("--name", default="", help="This station's name. [default: this computer's]")
@click.option("--operator", default="", help="Who works; the PIN is asked for. [default: the user]")
@click.option("--profile", type=_FILE, help="Where the profile is now, if it has moved.")
@click.option(
    "--check", default="full", show_default=True, metavar="full|N%",
    help="Read every card back, or N in a hundred; keys are proved on all of them.",
)  # fmt: skip
@click.option("--scan", is_flag=True, help="A card is good only after its printed ICCID was scanned.")
@click.option("--labels", type=_FOLDER, help="Make a label for each good card, in this folder.")
@click.option("--no-gate", is_flag=True, help="MAKE CARDS THOUGH NO FIRST ARTICLE IS APPROVED. It is noted.")
@click.option("--until-complete", is_flag=True, help="End by itself when the order is filled.")
@click.option("--web", is_flag=True, help="Serve the screen as a page, too.")
@click.option("--port", default=8765, show_default=True, type=click.IntRange(0, 65535), help="The page's port.")
@click.option("--jsonl", is_flag=True, help="Events as JSON lines on stdout, orders on stdin, for robots and scripts.")
@MIN_TRIES
@at_inventory
@command
def run(
    place: Place, batch: str, bench: str, name: str, operator: str, profile: Path | None, check: str, scan: bool,
    labels: Path | None, no_gate: bool, until_complete: bool, web: bool, port: int, jsonl: bool, min_tries: int,
) -> Outcome:  # fmt: skip
    """Make the cards of BATCH at a bench of readers, until it is ended (q, or Ctrl-C).

    Exit codes: 0 ended well, 3 ended with rejects or unfinished cards while the order is not filled, 4 no reader,
    5 refused (another station of this name, a changed profile, a wrong PIN).
    """
    wish = _Wish(
        batch, bench, name or socket.gethostname(), operator, _checking(check), profile, scan, labels, not no_gate,
        min_tries, until_complete, web, port, jsonl,
    )  # fmt: skip
    summary, log = _run(place, wish)
    return _ended(summary, log, jsonl=jsonl)


def _run(place: Place, wish: _Wish) -> tuple[Summary, Path]:
    """The whole run, from the login to the end of the last worker."""
    from simtool.cli.station.login import Gatekeeper, log_in
    from simtool.perso.memory.state_folder import state_folder
    from simtool.station.bench.file import load_bench
    from simtool.station.run.begin import begin
    from simtool.station.run.counting import InventoryCounters
    from simtool.station.run.log import RunLog
    from simtool.station.run.station import Station
    from simtool.station.setup import Place as StationPlace
    from simtool.station.setup import StationSetup

    bench = load_bench(wish.bench)
    where = StationPlace(state_folder(), place.url, place.vault)
    login = log_in(where, wish.name, wish.operator, place.person().person, by_page=wish.web)
    setup = StationSetup(
        name=wish.name, batch=wish.batch, profile=wish.profile or Path(), place=where, operator=login.name,
        checking=wish.checking, scan=wish.scan, labels=wish.labels, gate=wish.gate, min_tries=wish.min_tries,
        until_complete=wish.until_complete,
    )  # fmt: skip
    stopper, front = Stopper(), _front(wish, Gatekeeper(where, wish.name, login))
    with ExitStack() as stack:
        begun = stack.enter_context(begin(bench, setup, profile_given=wish.profile is not None))
        log = stack.enter_context(RunLog(where.folder, wish.name, wish.batch))
        counters = InventoryCounters(begun.setup, begun.lock)
        station = Station(bench, begun.setup, counters, log=log, tell=front.tell)
        stack.callback(station.close, END_SECONDS)
        for line in begun.told:
            station.note(line)
            click.echo(f"note: {line}", err=True)
        if not login.name:
            station.hold_for_login()
        stack.enter_context(stopper.listening())
        if wish.web:
            _serve_pages(stack, station, where, wish.port)
        station.start()
        front.run(station, stopper)
        return station.close(END_SECONDS), log.path


def _front(wish: _Wish, gatekeeper: Gatekeeper) -> Front:
    if not wish.jsonl:
        from simtool.cli.station.live import LiveScreen, is_possible

        if is_possible():
            return LiveScreen(gatekeeper)
    from simtool.cli.station.lines import JsonLines, PlainLines

    return JsonLines(gatekeeper) if wish.jsonl else PlainLines()


def _serve_pages(stack: ExitStack, station: Station, place: StationPlace, port: int) -> None:
    from simtool.station.web.serve import start_web

    pages = stack.enter_context(start_web(station, place, port=port))
    station.note(f"the screen as a page: {pages.url}")
    click.echo(f"the screen as a page: {pages.url}", err=True)


def _checking(text: str) -> Checking:
    """Raises `InputError` for what is neither full nor a part of a hundred."""
    from simtool.station.setup import Checking

    if text == "full":
        return Checking()
    number = text.removesuffix("%")
    if not (number.isascii() and number.isdigit() and int(number) <= 100):
        raise InputError(f"{text!r} is neither full nor a part like 5%", field="--check")
    return Checking(int(number))


def _ended(summary: Summary, log: Path, *, jsonl: bool) -> Outcome:
    value: dict[str, Any] = {
        "good": summary.good, "rejected": summary.rejected, "untouched": summary.untouched,
        "unfinished": list(summary.unfinished), "complete": summary.complete, "killed": summary.killed, "log": str(log),
    }  # fmt: skip
    is_open = bool(summary.unfinished) or (not summary.complete and summary.rejected > 0)
    code = ExitCode.DIFFERENT if is_open else ExitCode.DONE
    if jsonl:
        import json

        return Outcome(json.dumps({"event": "summary", **value}, ensure_ascii=False), value, code)
    rows = [
        ("good", str(summary.good)), ("rejected", str(summary.rejected)), ("not touched", str(summary.untouched)),
        ("unfinished", ", ".join(summary.unfinished) or "none"), ("order", "complete" if summary.complete else "open"),
        ("log", str(log)),
    ]  # fmt: skip
    hint = "\n\nunfinished cards go on where they stopped: put them in again in the next run" * bool(summary.unfinished)
    return Outcome(table(rows) + hint, value, code)
