"""A station with pages: people, a batch with cards in every state, a first article, a bench that tests play on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext

from simtool.crypto.secret import Secret
from simtool.inventory import production, work
from simtool.inventory.audit import Who
from simtool.inventory.gate import propose
from simtool.inventory.inventory import Inventory
from simtool.inventory.life import RecordState
from simtool.inventory.orders import create_batch, order_for
from simtool.inventory.people import Role, add_operator
from simtool.inventory.records import records
from simtool.inventory.visits import Measures, begin_visit, finish_visit
from simtool.station.setup import Place
from simtool.station.web.serve import Web, start_web
from tests.harness.browser import chromium
from tests.station.web.fake_bench import FakeBench
from tests.station.web.sheet import sheet
from tests.station.web.web_client import Client

PROFILE = """\
operator: {kind: full, name: X, plmn: 001-01}
identity:
  iccid: {first: '894944000000115531'}
  imsi: {first: '001010000000101', last: '001010099999999'}
  msisdn: '+88228000101'
authentication:
  op_file: op.hex
  pins: {PIN1: {value: random}, PUK1: {value: random}, ADM1: {value: random}}
  key_sets: [{version: 1, cipher: aes, length: 16}]
"""
OP = "cdc202d5123e20f62b6d676ac72cb318"
SCRIPT = "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"
CUSTOMER = f"Müller & Sons {SCRIPT}"
PINS = {"anna": "482913", "ben": "739154", "olga": "610428", "vera": "295517"}
OPERATORS, SUPERVISORS = ("anna", "ben"), ("olga", "vera")
PRODUCT = "sysmoISIM-SJA5"


@dataclass
class Site:
    """A running station. `iccids` of the batch's cards in order; `secrets` is whatever no page may ever show."""

    web: Web
    bench: FakeBench
    place: Place
    iccids: list[str]
    secrets: list[str] = field(repr=False)
    article: int = 0

    @property
    def quarantined(self) -> list[str]:
        return self.iccids[6:9]

    def client(self, name: str = "") -> Client:
        """A browser without a screen; logged in when a name is given."""
        client = Client(self.web.url)
        if name:
            assert client.login(name, PINS[name]).status == 303
        return client

    def open(self) -> Inventory:
        return Inventory.open(self.place.folder, who=Who("test", "test"))


@pytest.fixture(scope="session")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str], list[str]]:
    """The inventory that every test gets a copy of, its ICCIDs and its secrets."""
    return make_workshop(tmp_path_factory.mktemp("workshop"), CUSTOMER, SCRIPT)


def make_workshop(folder: Path, customer: str, cause: str) -> tuple[Path, list[str], list[str]]:
    """Two batches; in the first there are 4 good cards, 2 rejected ones and 3 in quarantine."""
    (folder / "op.hex").write_text(OP)
    (folder / "op.hex").chmod(0o600)
    (folder / "profile.yaml").write_text(PROFILE)
    with Inventory.create(folder / "state", who=Who("olga", "office")) as inventory:
        for name in (*OPERATORS, *SUPERVISORS):
            role = Role.SUPERVISOR if name in SUPERVISORS else Role.OPERATOR
            add_operator(inventory, name, role, Secret(PINS[name].encode(), kind="pin"))
        for name, quantity in (("spring26", 20), ("summer26", 5)):
            create_batch(inventory, name, order_for(folder / "profile.yaml", customer, quantity, 10))
            production.generate(inventory, name)
        cards = list(records(inventory, "spring26"))
        iccids = [record.iccid.digits for record in cards]
        ends = [RecordState.GOOD] * 4 + [RecordState.REJECTED] * 2 + [RecordState.QUARANTINED] * 3
        for number, end in enumerate(ends):
            (held,) = work.claim(inventory, "spring26", holder=f"bench-1/{number % 2 + 1}")
            visit = begin_visit(
                inventory, held, chip=iccids[number], product=PRODUCT, station="bench-1", slot=str(number % 2 + 1),
                operator="anna", digest="d1" * 32,
            )  # fmt: skip
            why = "" if end is RecordState.GOOD else f"EF.IMSI answers 6581 {cause if number % 2 else ''}".strip()
            measures = Measures(busy=4.2 + number / 10, work=0.1, tpdus=180, wire_bytes=9000, writes=44, checked="full")
            finish_visit(inventory, held, visit, end, record=held.record, why=why, measures=measures)
        first = propose(
            inventory, "spring26", PRODUCT, digest="d1" * 32, iccid=iccids[0], made_by="olga",
            sheet=sheet("spring26", customer, iccids[0]).to_json(),
        )  # fmt: skip
        assert first.id == 1
        secrets = [text for record in cards for text in secrets_of(record)]
    return folder, iccids, [*secrets, OP, *PINS.values()]


def secrets_of(record: object) -> list[str]:
    """Every secret that hangs on a card record, in hex and as text."""
    found: list[str] = []

    def walk(value: object) -> None:
        if isinstance(value, Secret):
            raw = value.reveal()
            found.append(raw.hex())
            if raw.isascii() and raw.decode().isprintable():
                found.append(raw.decode())
        elif isinstance(value, dict):
            for item in value.values():
                walk(item)
        elif isinstance(value, tuple | list | frozenset):
            for item in value:
                walk(item)
        elif hasattr(value, "__dataclass_fields__"):
            for name in value.__dataclass_fields__:
                walk(getattr(value, name))

    walk(record)
    return found


def serve(tmp_path: Path, workshop: tuple[Path, list[str], list[str]], **values: object) -> Site:
    import shutil

    folder, iccids, secrets = workshop
    shutil.copytree(folder / "state", tmp_path / "state")
    place, bench = Place(tmp_path / "state"), FakeBench(customer=CUSTOMER)
    return Site(start_web(bench, place, port=0, **values), bench, place, iccids, secrets, article=1)  # type: ignore[arg-type]


@pytest.fixture
def site(tmp_path: Path, workshop: tuple[Path, list[str], list[str]]) -> Iterator[Site]:
    made = serve(tmp_path, workshop)
    try:
        yield made
    finally:
        made.web.close()


@pytest.fixture(scope="module")  # no longer than needed: while it lives, this thread has a running event loop
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture
def window(browser: Browser) -> Iterator[BrowserContext]:
    """A browser window of a test's own."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    try:
        yield context
    finally:
        context.close()
