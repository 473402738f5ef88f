"""Scripted walks: a YAML file of what a user and a network do, and what is to be seen (docs/phone.md).

The file has `steps`, each with one name, and may have `phone`, which says what kind of handset it is::

    phone: {language: de, ussd: {"*100#": "5.00 EUR"}}
    steps:
      - expect: {kind: idle}
      - choose: Balance
      - expect: 5.00 EUR
      - press: ok
      - expect_ussd: "*100#"
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from simtool.card.handset.card_side import Happening
from simtool.card.handset.clock import START, Clock
from simtool.card.handset.equipment import Equipment
from simtool.card.handset.network import Network, ScriptedPeer
from simtool.card.handset.phone import Handset
from simtool.card.handset.screen import Screen
from simtool.card.handset.start import SERVICES as SERVICES_OF_CARD
from simtool.card.handset.walk_actions import SERVICES, TECHNOLOGIES
from simtool.card.handset.walk_expectations import Seen
from simtool.card.handset.walk_steps import Step, attempt, read_step, take_step
from simtool.card.session import Session
from simtool.codec.identifiers import Plmn
from simtool.codec.proactive.digits import encode_imei
from simtool.codec.sms_tpdu import Deliver
from simtool.errors import CodecError
from simtool.files.marked_yaml import Source, parse_yaml, read_yaml
from simtool.files.written import Written

_PHONE = (
    "imei", "software_version", "language", "battery", "services", "ussd", "peers", "start", "network", "area", "cell",
    "technology", "service", "at", "tolerate",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class StepResult:
    """How a step went; `fault` is empty if it fitted. `screen` is what was shown afterwards."""

    place: str
    name: str
    fault: str
    screen: Screen

    def to_json(self) -> dict[str, Any]:
        value: dict[str, Any] = {"place": self.place, "step": self.name, "passed": not self.fault}
        if self.fault:
            value["fault"] = self.fault
        return value | {"screen": self.screen.to_json()}

    def __str__(self) -> str:
        return f"{self.place}: {self.name}: {self.fault or 'good'}"


@dataclass(frozen=True, slots=True)
class WalkReport:
    """The steps that were taken; the last one failed, or all are good. `steps` is how many the walk has."""

    name: str
    results: tuple[StepResult, ...]
    steps: int

    @property
    def failed(self) -> StepResult | None:
        return next((result for result in self.results if result.fault), None)

    @property
    def passed(self) -> bool:
        return self.failed is None and len(self.results) == self.steps

    def to_json(self) -> dict[str, Any]:
        return {"walk": self.name, "passed": self.passed, "steps": [result.to_json() for result in self.results]}

    def __str__(self) -> str:
        failed = self.failed
        if failed is not None:
            return str(failed)
        return f"{self.name}: {len(self.results)} steps, all good"


@dataclass(frozen=True, slots=True)
class Walk:
    """A walk that was read: the handset that it wants, and its steps."""

    name: str
    steps: tuple[Step, ...]
    equipment: Equipment
    network: Callable[[], Network]
    services: tuple[str, ...] | None = None
    start: datetime = START
    tolerant: bool = False

    @classmethod
    def load(cls, path: Path) -> Walk:
        """Read a file. Raises `InputError` with file and line for what cannot be a walk."""
        return _read(read_yaml(path))

    @classmethod
    def parse(cls, text: str, name: str = "walk") -> Walk:
        """Read a text; `name` stands for the file."""
        return _read(parse_yaml(text, name))

    def handset(
        self,
        session: Session,
        *,
        unlock: Callable[[Session], None] | None = None,
        listener: Callable[[Happening], None] | None = None,
    ) -> Handset:
        """The handset that the walk wants, with the card of `session`; not yet powered."""
        return Handset(
            session, equipment=self.equipment, network=self.network(), clock=Clock(self.start), services=self.services,
            unlock=unlock, listener=listener,
        )  # fmt: skip

    def run(self, phone: Handset, *, watch: Callable[[StepResult], None] | None = None) -> WalkReport:
        """Power the handset and take the steps, until one does not fit. `watch` sees each as it is done.

        Raises `CardError` only if card or reader are lost.
        """
        seen: Seen = Seen()
        results: list[StepResult] = []
        fault = attempt(phone.power_on)
        if fault:
            results.append(StepResult(self.name, "power on", fault, phone.screen))
        for step in () if fault else self.steps:
            fault = take_step(step, phone, seen)
            if not fault and phone.troubles and not self.tolerant:
                fault = "the card did what it should not: " + "; ".join(phone.troubles)
            result = StepResult(step.place, step.name, fault, phone.screen)
            results.append(result)
            if watch is not None:
                watch(result)
            if fault:
                break
        return WalkReport(self.name, tuple(results), len(self.steps))


def _read(source: Source) -> Walk:
    fields = Written.whole(source).fields("phone", required=("steps",))
    equipment, network, services, start, tolerant = _phone(fields.get("phone"))
    if not isinstance(fields["steps"].value, list):
        raise fields["steps"].error("a list of steps is expected")
    steps = tuple(read_step(one) for one in fields["steps"].each())
    return Walk(source.name, steps, equipment, network, services, start, tolerant)


def _phone(
    written: Written | None,
) -> tuple[Equipment, Callable[[], Network], tuple[str, ...] | None, datetime, bool]:
    equipment = Equipment()
    if written is None:
        return equipment, Network, None, START, False
    fields = written.fields(*_PHONE)
    if "imei" in fields:
        fields["imei"].read(encode_imei)
        equipment = replace(equipment, imei=fields["imei"].text())
    if "software_version" in fields:
        equipment = replace(equipment, software_version=f"{fields['software_version'].integer(0, 99):02}")
    if "language" in fields:
        equipment = replace(equipment, language=fields["language"].text())
    if "battery" in fields:
        equipment = replace(equipment, battery=fields["battery"].integer(0, 4))
    if "at" in fields:
        answers = {name.upper(): value.text() for name, value in fields["at"].pairs().items()}
        equipment = replace(equipment, at_answers=answers)
    known = {name: name for name in sorted(SERVICES_OF_CARD)}
    services = tuple(one.one_of(known) for one in fields["services"].each()) if "services" in fields else None
    start = _moment(fields["start"]) if "start" in fields else START
    tolerant = "tolerate" in fields and fields["tolerate"].flag()
    _network(fields)  # what is wrong is said now
    return equipment, lambda: _network(fields), services, start, tolerant


def _network(fields: dict[str, Written]) -> Network:
    """A network of its own for each run."""
    network = Network()
    place = network.location
    if "network" in fields:
        place = replace(place, plmn=fields["network"].read(Plmn.parse))
    if "area" in fields:
        place = replace(place, area=fields["area"].hex())
    if "cell" in fields:
        place = replace(place, cell=fields["cell"].hex())
    network.location = place
    if "technology" in fields:
        network.technologies = tuple(one.one_of(TECHNOLOGIES) for one in fields["technology"].each())
    if "service" in fields:
        network.service = fields["service"].one_of(SERVICES)
    if "ussd" in fields:
        network.ussd_answers = {code: answer.text() for code, answer in fields["ussd"].pairs().items()}
    for peer in fields["peers"].each() if "peers" in fields else ():
        parts = peer.fields("address", "answers", required=("port",))
        answers = deque(one.hex() for one in parts["answers"].each()) if "answers" in parts else deque[bytes]()
        address = parts["address"].text() if "address" in parts else ""
        network.peers[address, parts["port"].integer(1, 0xFFFF)] = ScriptedPeer(answers)
    return network


def _moment(written: Written) -> datetime:
    try:
        moment = datetime.fromisoformat(written.text())
        Deliver.text("x", "", moment).encode()
    except (ValueError, CodecError):
        raise written.error("a moment such as 2026-01-01T12:00:00+00:00 is expected") from None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
