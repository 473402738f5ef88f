"""The pages beside the bench: what they show is what the inventory has, and a supervisor's decisions arrive there."""

from __future__ import annotations

import io
import json
import sqlite3
import zipfile

import pytest

from simtool.inventory.find import find
from simtool.inventory.gate import ArticleState, approved, first_article
from simtool.inventory.life import RecordState
from simtool.station.web.stream import MOST_PER_LOGIN
from tests.station.web.conftest import OPERATORS, PINS, PRODUCT, Site


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " ")


def test_batches_with_where_their_cards_are(site: Site) -> None:
    text = site.client("anna").get("/batches").text
    assert text.index("summer26") < text.index("spring26")  # the newest first
    row = text[text.index("/batches/spring26") :]
    numbers = [part.split("<")[0] for part in row.split('<td class="n">')[1:6]]
    assert numbers == ["22", "4", "2", "0", "16"]
    one = plain(site.client("anna").get("/batches/spring26").text)
    assert "<dt>quarantined</dt><dd>3</dd>" in one and "EF.IMSI answers 6581" in one


def test_quarantine_tells_cause_and_history(site: Site) -> None:
    client, card = site.client("anna"), site.quarantined[0]
    text = client.get("/quarantine").text
    assert text.count("EF.IMSI answers 6581") == 3 and all(f"/cards/{one}" in text for one in site.quarantined)
    assert client.get("/quarantine?batch=summer26").text.count("/cards/") == 0
    assert client.get("/quarantine?batch=none").status == 400
    history = client.get(f"/cards/{card}").text
    assert history.index("quarantined") < history.index("programming") < history.index("claimed")


@pytest.mark.parametrize("state", ["good", "rejected", "generated"])
def test_a_supervisor_decides_about_a_card_in_quarantine(site: Site, state: str) -> None:
    client, card = site.client("olga"), site.quarantined[0]
    why = "looked at it: <b>scratched</b>"
    assert client.act(f"/cards/{card}", state=state, why=why).status == 303
    with site.open() as inventory:
        found = find(inventory, card)
        assert found.state is RecordState(state)
        last = found.history[-1]
        assert (last.act, last.who, last.detail) == (state, "olga", why)
        assert inventory.verify_log()
    again = client.act(f"/cards/{card}", state=state, why=why)
    assert again.status == 409 and "not in quarantine" in again.text


@pytest.mark.parametrize(
    "fields", [{}, {"state": "good"}, {"state": "good", "why": "   "}, {"state": "destroyed", "why": "so"},
               {"state": "shipped", "why": "so"}, {"state": "good", "why": "x" * 5000}],
)  # fmt: skip
def test_no_decision_without_a_state_and_a_reason(site: Site, fields: dict[str, str]) -> None:
    assert site.client("olga").act(f"/cards/{site.quarantined[0]}", **fields).status == 400
    with site.open() as inventory:
        assert find(inventory, site.quarantined[0]).state is RecordState.QUARANTINED


def test_operators_decide_nothing(site: Site) -> None:
    client, card = site.client("anna"), site.quarantined[0]
    assert client.act(f"/cards/{card}", state="good", why="so").status == 403
    assert client.act("/first-articles/1", decision="approve", pin=PINS["anna"]).status == 403
    assert client.act("/papers/spring26/certificate").status == 403
    for path in (f"/cards/{card}", "/first-articles/1", "/reconciliation"):
        forms = client.get(path).text.split('method="post" action="')[1:]
        assert [form.split('"')[0] for form in forms] == ["/logout"]
    with site.open() as inventory:
        assert find(inventory, card).state is RecordState.QUARANTINED
        assert first_article(inventory, 1).state is ArticleState.WAITING


def test_a_good_card_is_not_to_be_decided(site: Site) -> None:
    client, card = site.client("olga"), site.iccids[0]
    assert "What becomes of it" not in client.get(f"/cards/{card}").text
    assert client.act(f"/cards/{card}", state="rejected", why="so").status == 409


def test_the_second_person_approves_with_her_pin(site: Site) -> None:
    vera = site.client("vera")
    assert vera.act("/first-articles/1", decision="approve", pin="000000").status == 409
    with site.open() as inventory:
        assert approved(inventory, "spring26", PRODUCT) is None
    assert vera.act("/first-articles/1", decision="approve", pin=PINS["vera"]).status == 303
    with site.open() as inventory:
        found = approved(inventory, "spring26", PRODUCT)
        assert found is not None and found.decided_by == "vera"
    assert vera.act("/first-articles/1", decision="refuse", pin=PINS["vera"], why="label is crooked").status == 303
    with site.open() as inventory:
        assert approved(inventory, "spring26", PRODUCT) is None
    assert "label is crooked" in vera.get("/first-articles/1").text


def test_whoever_made_it_does_not_approve_it(site: Site) -> None:
    olga = site.client("olga")
    page = olga.get("/first-articles/1").text
    assert "a second person has to decide" in page and 'name="decision"' not in page
    answer = olga.act("/first-articles/1", decision="approve", pin=PINS["olga"])
    assert answer.status == 409
    with site.open() as inventory:
        assert first_article(inventory, 1).state is ArticleState.WAITING


@pytest.mark.parametrize("fields", [{"decision": "refuse"}, {"decision": "so"}, {}])
def test_a_decision_is_clear(site: Site, fields: dict[str, str]) -> None:
    assert site.client("vera").act("/first-articles/1", pin=PINS["vera"], **fields).status == 400


def test_another_persons_pin_does_not_do(site: Site) -> None:
    assert site.client("vera").act("/first-articles/1", decision="approve", pin=PINS["olga"]).status == 409


def test_the_sheet_shows_what_was_read_and_no_secret(site: Site) -> None:
    text = site.client("anna").get("/first-articles/1").text
    assert "The card is as wanted" in text and "ADF.USIM/EF.IMSI" in text and "secret, not shown" in text
    picture = site.client("anna").get("/first-articles/1/preview.png")
    assert picture.headers["content-type"] == "image/png" and picture.raw.startswith(b"\x89PNG")


def test_reconciliation_by_slot_and_operator(site: Site) -> None:
    text = site.client("anna").get("/reconciliation").text
    assert "This does not come out" not in text
    foot = text[text.index("<tfoot>") :]
    assert [part.split("<")[0] for part in foot.split('<td class="n">')[1:5]] == ["4", "2", "3", "0"]


def test_papers_come_as_files(site: Site) -> None:
    client = site.client("anna")
    for path, name in (
        ("/papers/spring26/reconciliation", "spring26-reconciliation"),
        ("/papers/spring26/audit", "spring26-audit"),
        ("/first-articles/1/sheet", "spring26-first-article-1"),
    ):
        paper, data = client.get(f"{path}.pdf"), client.get(f"{path}.json")
        assert paper.raw.startswith(b"%PDF-") and paper.headers["content-type"] == "application/pdf"
        assert paper.headers["content-disposition"] == f'attachment; filename="{name}.pdf"'
        assert isinstance(json.loads(data.text), dict) and data.headers["content-type"] == "application/json"
        assert client.get(f"{path}.exe").status == 400


def test_the_certificate_is_signed_and_noted(site: Site) -> None:
    answer = site.client("olga").act("/papers/spring26/certificate")
    assert answer.status == 200, answer.text
    with zipfile.ZipFile(io.BytesIO(answer.raw)) as files:
        assert files.namelist() == ["spring26-certificate.json", "spring26-certificate.pdf"]
        assert files.read("spring26-certificate.pdf").startswith(b"%PDF-")
        assert site.iccids[0] in files.read("spring26-certificate.json").decode()
    assert "certificate" in site.client("olga").get("/audit?text=certificate").text


def test_the_audit_log_is_looked_through(site: Site) -> None:
    client = site.client("anna")
    assert "quarantined" in client.get("/audit?text=QUARANT").text
    assert "The log has no entry with that" in client.get("/audit?text=100%25").text
    assert "The log has no entry with that" in client.get("/audit?text=_____________________").text
    assert ">1</td>" not in client.get("/audit?before=1").text
    assert client.get("/audit?before=x&text=" + "a" * 3000).status == 200
    part = client.get("/audit?text=vera", {"HX-Request": "true", "HX-Target": "entries"}).text
    assert part.lstrip().startswith('<div id="entries"') and "<html" not in part


def test_a_log_that_was_tampered_with_is_said_loudly(site: Site) -> None:
    client = site.client("anna")
    assert "The log is whole" in client.act("/audit/check").text
    with sqlite3.connect(site.place.folder / "inventory.db") as database:
        database.execute("UPDATE audit SET detail = 'nothing happened' WHERE act = 'rejected'")
    text = client.act("/audit/check").text
    assert "The log was tampered with" in text and "was changed, moved or added" in text


def test_pages_under_their_own_name_in_the_log(site: Site) -> None:
    for name in OPERATORS:
        site.client(name)
    with site.open() as inventory, inventory.store.read() as connection:
        from simtool.inventory.audit import recent

        signed = [entry for entry in recent(connection) if entry.act == "signed in"]
    assert [(entry.who, entry.place) for entry in signed] == [(name, "bench-1, web page") for name in OPERATORS[::-1]]


def test_the_streams_first_event_is_the_whole_bench_and_later_ones_the_changes(site: Site) -> None:
    client = site.client("anna")
    (whole,) = client.events(1)
    assert sorted(whole["tiles"]) == [str(number) for number in range(1, 9)]
    assert whole["names"] == [str(number) for number in range(1, 9)]
    import threading

    from simtool.station.events import Phase

    got: list[dict[str, object]] = []
    started = threading.Event()

    def watch() -> None:
        started.set()
        got.extend(client.events(2))

    reader = threading.Thread(target=watch)
    reader.start()
    started.wait()
    while reader.is_alive():  # whenever its first event came, the next change is its second
        site.bench.set("3", Phase.PROGRAMMING, done=1, total=len(got) + 2, message=str(site.bench.view().number))
        reader.join(0.2)
    first, second = got
    assert len(first["tiles"]) == 8  # type: ignore[arg-type]
    assert list(second["tiles"]) == ["3"]  # type: ignore[call-overload]


def test_streams_have_an_end_to_them(site: Site) -> None:
    import http.client
    from urllib.parse import urlsplit

    client = site.client("anna")
    parts = urlsplit(site.web.url)
    cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    opened = []
    for _ in range(MOST_PER_LOGIN):
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
        connection.request("GET", "/bench/stream", headers={"Cookie": cookie})
        answer = connection.getresponse()
        assert answer.status == 200
        opened.append((connection, answer))
    assert client.get("/bench/stream").status == 429
    for connection, answer in opened:
        answer.close()
        connection.close()
    for _ in range(500):  # the server notices when it next has something to say
        site.bench.change()
        if client.get("/bench/stream", {"Cookie": "none"}).status == 401 and site.web.streams.count() == 0:
            break
    assert site.web.streams.count() == 0
    assert len(client.events(1)) == 1


def test_a_stream_ends_with_its_login(site: Site) -> None:
    import http.client
    from urllib.parse import urlsplit

    client = site.client("anna")
    parts = urlsplit(site.web.url)
    cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    connection.request("GET", "/bench/stream", headers={"Cookie": cookie})
    answer = connection.getresponse()
    client.act("/logout")
    text = answer.read().decode()  # ends by itself
    assert text.endswith("event: over\ndata: {}\n\n")
    connection.close()
