"""Who may order what at the bench, and whose work it is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from simtool.crypto.secret import Secret
from simtool.inventory.people import set_active, set_pin
from simtool.station.events import End, OrderKind, Phase
from simtool.station.web.sessions import Sessions
from tests.station.web.conftest import PINS, Site, serve
from tests.station.web.fake_bench import Ordered
from tests.station.web.web_client import Answer, Client

JSON: dict[str, str | None] = {"X-Simtool": "1"}


def order(client: Client, kind: str, slot: str = "") -> Answer:
    return client.post("/bench/order", {"csrf": client.token(), "kind": kind, "slot": slot}, JSON)


def at_bench(site: Site, name: str) -> Client:
    client = site.client(name)
    assert client.act("/bench/here").status == 303
    return client


def test_logging_in_changes_nothing_at_the_bench(site: Site) -> None:
    client = site.client("anna")
    assert site.bench.view().operator == "" and not site.bench.orders
    assert "Nobody is at the bench" in client.get("/").text
    client.act("/bench/here")
    assert site.bench.view().operator == "anna"


def test_an_operator_orders_where_he_is_at_the_bench_and_nowhere_else(site: Site) -> None:
    elsewhere = site.client("ben")
    assert order(elsewhere, "pause").status == 403
    assert elsewhere.act("/bench/scan", text="8949440000001155314").status == 403
    here = at_bench(site, "anna")
    assert order(here, "pause").json() == {"said": "the bench: paused"}
    assert order(here, "resume", "3").json() == {"said": "slot 3: goes on"}
    assert site.bench.orders == [
        Ordered(OrderKind.PAUSE, None, "by anna"),
        Ordered(OrderKind.RESUME, "3", ""),
    ]


def test_who_comes_later_takes_the_bench_over(site: Site) -> None:
    anna, ben = at_bench(site, "anna"), at_bench(site, "ben")
    assert site.bench.view().operator == "ben"
    assert order(anna, "pause").status == 403
    assert order(ben, "pause").status == 200
    assert "<strong>ben</strong> is at the bench" in anna.get("/").text
    anna.act("/logout")  # somebody else's going changes nothing
    assert site.bench.view().operator == "ben"


def test_when_the_one_at_the_bench_goes_it_pauses_and_belongs_to_nobody(site: Site) -> None:
    anna = at_bench(site, "anna")
    anna.act("/logout")
    view = site.bench.view()
    assert view.operator == "" and view.paused
    at_bench(site, "ben")
    assert not site.bench.view().paused  # it had paused for that reason only


def test_a_pause_that_somebody_ordered_outlives_a_change_of_shift(site: Site) -> None:
    anna = at_bench(site, "anna")
    order(anna, "pause")
    anna.act("/logout")
    at_bench(site, "ben")
    assert site.bench.view().paused


def test_a_change_of_shift_ends_no_stop(site: Site) -> None:
    anna = at_bench(site, "anna")
    anna.act("/logout")
    site.bench.change(stopped="5 rejects in a row")
    ben = at_bench(site, "ben")
    assert site.bench.view().stopped
    assert order(ben, "resume").status == 403


def test_nothing_goes_on_in_nobodys_name(site: Site) -> None:
    olga = site.client("olga")
    site.bench.change(stopped="5 rejects in a row")
    for kind in ("resume", "release"):
        answer = order(olga, kind)
        assert answer.status == 409 and "nobody is at the bench" in answer.text
    assert site.bench.view().stopped


@pytest.mark.parametrize("kind", ["resume", "release", "acknowledge"])
def test_only_a_supervisor_ends_what_is_a_supervisors(site: Site, kind: str) -> None:
    anna, olga = at_bench(site, "anna"), site.client("olga")
    site.bench.set("4", Phase.STOPPED, message="3 rejects in a row")
    site.bench.set("5", Phase.ATTENTION, message="locked batch", for_supervisor=True)
    slot = "5" if kind == "acknowledge" else "4"
    refused = order(anna, kind, slot)
    assert refused.status == 403 and "supervisor" in refused.json()["error"]
    assert not site.bench.orders
    assert order(olga, kind, slot).status == 200
    assert site.bench.orders == [Ordered(OrderKind.RESUME, slot, "")]


def test_a_stopped_bench_is_released_by_a_supervisor(site: Site) -> None:
    anna = at_bench(site, "anna")
    site.bench.change(stopped="5 rejects in a row")
    assert order(anna, "resume").status == 403 and order(anna, "release").status == 403
    assert order(anna, "stop").status == 403
    assert order(site.client("vera"), "release").status == 200
    assert site.bench.view().stopped == ""


def test_acknowledging_needs_no_number_while_it_is_clear_which_slot_is_meant(site: Site) -> None:
    anna = at_bench(site, "anna")
    assert order(anna, "acknowledge").status == 409
    site.bench.set("2", Phase.ATTENTION, message="unknown card")
    site.bench.set("7", Phase.ATTENTION, message="unknown card")
    answer = order(anna, "acknowledge")
    assert answer.status == 409 and answer.json()["hint"].startswith("choose one first")
    assert order(anna, "acknowledge", "7").status == 200
    assert order(anna, "acknowledge").status == 200
    assert [one.slot for one in site.bench.orders] == ["7", "2"]
    assert order(anna, "acknowledge", "2").status == 409  # it asks for nothing any more


def test_what_is_no_order_and_no_slot(site: Site) -> None:
    anna = at_bench(site, "anna")
    assert order(anna, "explode").status == 400
    assert order(anna, "pause", "99").status == 400
    assert order(anna, "").status == 400
    assert not site.bench.orders


def test_scans_go_to_the_bench_as_they_are(site: Site) -> None:
    anna = at_bench(site, "anna")
    iccid = site.iccids[9]
    site.bench.set("6", Phase.SCAN, iccid=iccid)
    answer = anna.post("/bench/scan", {"csrf": anna.token(), "text": iccid}, JSON)
    assert answer.json() == {"said": "slot 6 has the scan"}
    refused = anna.post("/bench/scan", {"csrf": anna.token(), "text": iccid, "slot": "6"}, JSON)
    assert refused.status == 409 and "no slot waits" in refused.json()["error"]
    assert site.bench.scans == [(iccid, None), (iccid, "6")]
    assert anna.post("/bench/scan", {"csrf": anna.token(), "text": ""}, JSON).status == 400
    assert anna.post("/bench/scan", {"csrf": anna.token(), "text": "9" * 500}, JSON).status == 400


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_login_whose_time_is_over_leaves_the_bench(
    tmp_path: Path, workshop: tuple[Path, list[str], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("simtool.station.web.app.SWEEP_SECONDS", 0.05)
    clock = Clock()
    site = serve(tmp_path, workshop, sessions=Sessions(idle=60, whole=3600, clock=clock))
    with site.web:
        client = at_bench(site, "anna")
        clock.now += 61
        assert wait(site, lambda: site.bench.view().operator == "")
        assert site.bench.view().paused
        assert client.get("/").status == 303


def test_cards_that_end_keep_the_login_at_the_bench_and_an_open_page_alone_does_not(
    tmp_path: Path, workshop: tuple[Path, list[str], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("simtool.station.web.app.SWEEP_SECONDS", 0.05)
    clock = Clock()
    site = serve(tmp_path, workshop, sessions=Sessions(idle=60, whole=3600, clock=clock))
    with site.web:
        anna, olga = at_bench(site, "anna"), site.client("olga")
        session = site.web.desk.at_bench
        assert session is not None
        for number in range(2):
            clock.now += 45
            assert len(olga.events(1)) == 1 if number == 0 else olga.get("/bench/stream").status == 401
            site.bench.done("1", End.GOOD, iccid=site.iccids[number])
            assert wait(site, lambda: session.seen == clock.now)
        assert anna.get("/batches").status == 200
        assert olga.get("/batches").status == 303  # 90 seconds without doing anything


def test_who_is_no_longer_let_in_is_out_soon(
    tmp_path: Path, workshop: tuple[Path, list[str], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("simtool.station.web.app.SWEEP_SECONDS", 0.05)
    site = serve(tmp_path, workshop)
    with site.web:
        anna, ben = at_bench(site, "anna"), site.client("ben")
        with site.open() as inventory:
            set_active(inventory, "anna", False)
            set_pin(inventory, "ben", Secret(b"518264", kind="pin"))
        assert wait(site, lambda: site.bench.view().operator == "")
        assert anna.get("/").status == 303 and ben.get("/").status == 200
        assert site.client().login("anna", PINS["anna"]).status == 403


def wait(site: Site, ready: Callable[[], bool]) -> bool:
    """Until `ready()`, looking again whenever the bench changes and every few milliseconds."""
    for _ in range(2000):
        if ready():
            return True
        site.bench.wait_change(site.bench.view().number, 0.01)
    return False


def test_a_login_that_had_to_make_room_leaves_the_bench_too(
    tmp_path: Path, workshop: tuple[Path, list[str], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("simtool.station.web.app.SWEEP_SECONDS", 0.05)
    monkeypatch.setattr("simtool.station.web.sessions.MOST", 2)
    site = serve(tmp_path, workshop)
    with site.web:
        at_bench(site, "anna")
        site.client("ben")
        site.client("olga")
        assert wait(site, lambda: site.bench.view().operator == "" and site.bench.view().paused)
