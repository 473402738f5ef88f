"""Options of the conformance suite, and the card that each test gets.

    python -m pytest tests/conformance                                   # software cards, fresh for every test
    python -m pytest tests/conformance --product NAME --product NAME     # several products
    python -m pytest tests/conformance --reader pcsc:NAME --iccid DIGITS --record FILE

With `--reader` exactly the card with that ICCID is tested and any other refused. Every test leaves it as it was;
those that cannot are left out unless `--destructive` is given. Credentials come from a record file or from the
environment (SIMTOOL_PIN1, SIMTOOL_PUK1, SIMTOOL_PIN2, SIMTOOL_PUK2, SIMTOOL_ADM1 ...), never from the command line.

Marks: `needs(...)` names what a product or the given credentials must have (see `survey.features`); `per_row(of=f)`
makes one test of every row that `f(model)` gives (`{row}` in `needs` is that row); `destructive` changes a card for
good. What does not apply is deselected.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

import pytest

from simtool.card.session import Session
from simtool.card.transport import EndpointTransport, Transport
from simtool.codec.identifiers import Iccid
from simtool.errors import SimtoolError
from simtool.files.product import CardModel, load, parse
from tests.conformance import survey
from tests.conformance.bench import Bench, Credentials

OWN_PRODUCTS = Path(__file__).parent / "products"
DEFAULT_PRODUCTS = ("sysmoISIM-SJA5", "reference")
_REAL = pytest.StashKey["RealCard"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("conformance", "conformance of a card")
    group.addoption("--product", action="append", help="card product to test, or to test the real card as (repeatable)")
    group.addoption("--reader", help="test the real card in this reader: pcsc:NAME or pcsc:NUMBER")
    group.addoption("--iccid", help="ICCID of the real card, the only one that will be touched")
    group.addoption("--record", type=Path, help="record file with the real card's credentials")
    group.addoption("--destructive", action="store_true", help="also run what changes a real card for good")


def pytest_configure(config: pytest.Config) -> None:
    for line in (
        "needs(*features): what the product and the given credentials must have",
        "per_row(of): one test for every row of of(model)",
        "destructive: leaves the card other than it was",
    ):
        config.addinivalue_line("markers", line)


def pytest_sessionstart(session: pytest.Session) -> None:
    """Before anything else: the right card, or no run at all."""
    try:
        _real_card(session.config)
    except (SimtoolError, pytest.UsageError) as error:
        pytest.exit(f"conformance: {error}", returncode=pytest.ExitCode.USAGE_ERROR)


class RealCard:
    """One card in a reader, opened once, checked by its ICCID."""

    def __init__(self, config: pytest.Config, reader: str) -> None:
        from simtool.opening import open_transport

        iccid = config.getoption("--iccid", None)
        if not iccid:
            raise pytest.UsageError("--reader wants --iccid: the number of the one card that may be tested")
        self.transport: Transport = open_transport(reader)
        self._check_iccid(iccid)
        self.model = load(_one_product(config, self.transport.atr))
        self.credentials = _given_credentials(config, iccid)

    def _check_iccid(self, wanted: str) -> None:
        session = Session.open(self.transport)
        session.detect_class()
        session.select_mf()
        session.select_fid(0x2FE2)
        found = Iccid.decode(session.read_binary(10)).digits
        session.reset()
        if found != wanted:
            self.transport.close()
            raise pytest.UsageError(f"the card in the reader is {found}, not {wanted}: it was read only")


def _one_product(config: pytest.Config, atr: bytes) -> str:
    from simtool.files.product import by_atr

    named = config.getoption("--product", None)
    if named:
        if len(named) > 1:
            raise pytest.UsageError("a real card is one --product")
        return str(named[0])
    found = by_atr(atr)
    if len(found) != 1:
        raise pytest.UsageError(f"the ATR fits {len(found)} products; say which with --product")
    return found[0].name


def _given_credentials(config: pytest.Config, iccid: str) -> Credentials:
    from simtool.perso.record import load_records, parse_credential

    values: dict[str, bytes] = {}
    path = config.getoption("--record", None)
    if path is not None:
        for record in load_records(path):
            if record.iccid.digits == iccid:
                values |= {credential.pin: credential.value.reveal() for credential in record.credentials}
    for name in ("PIN1", "PUK1", "PIN2", "PUK2", *(f"ADM{n}" for n in range(1, 11))):
        text = os.environ.get(f"SIMTOOL_{name}")
        if text:
            values[name] = parse_credential(name, text).reveal()
    return Credentials(values)


def _product(name: str) -> CardModel:
    """A product of simtool, or one of those in `products/` here."""
    path = OWN_PRODUCTS / f"{name}.yaml"
    return parse(path.read_text(), source=path.name) if path.exists() else load(name)


def _delivered_credentials(model: CardModel) -> Credentials:
    values: dict[str, bytes] = {pin.name: pin.value for pin in model.pins if pin.value is not None}
    puks = survey.PUK_OF
    values |= {puks[pin.name]: pin.puk for pin in model.pins if pin.puk is not None and pin.name in puks}
    return Credentials(values)


def _real_card(config: pytest.Config) -> RealCard | None:
    reader = config.getoption("--reader", None)
    if not reader:
        return None
    if _REAL not in config.stash:
        config.stash[_REAL] = RealCard(config, reader)
    return config.stash[_REAL]


@lru_cache(maxsize=4)
def _models(names: tuple[str, ...]) -> tuple[CardModel, ...]:
    return tuple(_product(name) for name in names)


def _subjects(config: pytest.Config) -> Mapping[str, tuple[CardModel, Credentials]]:
    real = _real_card(config)
    if real is not None:
        return {real.model.name: (real.model, real.credentials)}
    models = _models(tuple(config.getoption("--product", None) or DEFAULT_PRODUCTS))
    return {model.name: (model, _delivered_credentials(model)) for model in models}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "bench" not in metafunc.fixturenames:
        return
    subjects = _subjects(metafunc.config)
    rows = metafunc.definition.get_closest_marker("per_row")
    if rows is None:
        metafunc.parametrize("bench", list(subjects), indirect=True)
        return
    make = rows.kwargs["of"]
    cases = []
    for name, (model, _) in subjects.items():
        made = list(make(model))
        cases += [pytest.param(name, row, id=f"{name}-{row}") for row in made]
        if not made:
            cases.append(pytest.param(name, None, id=f"{name}-nothing", marks=pytest.mark.needs("rows")))
    metafunc.parametrize(("bench", "row"), cases, indirect=["bench"])


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    mine = [item for item in items if isinstance(item, pytest.Function) and item.path.is_relative_to(here)]
    mine = [item for item in mine if "bench" in item.fixturenames]
    if not mine:
        return
    subjects = _subjects(config)
    spare = config.getoption("--reader", None) and not config.getoption("--destructive", False)
    unfit = []
    for item in mine:
        model, credentials = subjects[item.callspec.params["bench"]]
        has = survey.features(model, frozenset(credentials.values))
        row = str(item.callspec.params.get("row"))
        wanted = {name.replace("{row}", row) for mark in item.iter_markers("needs") for name in mark.args}
        if not wanted <= has or (spare and item.get_closest_marker("destructive")):
            unfit.append(item)
    if unfit:
        config.hook.pytest_deselected(items=unfit)
        items[:] = [item for item in items if item not in unfit]


@pytest.fixture
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    """The card, reset, with what the test needs to know of it; put back afterwards."""
    model, credentials = _subjects(request.config)[request.param]
    real = _real_card(request.config)
    if real is not None:
        session = Session.open(real.transport)
        session.reset()
    else:
        from simtool.softcard.card import SoftCard

        session = Session.open(EndpointTransport(SoftCard.new(model), f"soft:{model.name}"))
    desk = Bench(session, model, credentials)
    yield desk
    if real is not None or not request.node.get_closest_marker("destructive"):
        desk.put_back()
    if real is None:
        session.close()


def pytest_unconfigure(config: pytest.Config) -> None:
    if _REAL in config.stash:
        config.stash[_REAL].transport.close()
