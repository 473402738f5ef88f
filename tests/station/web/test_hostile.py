"""Whoever is not logged in gets nothing, and whoever is tricked by another site changes nothing. Over real HTTP."""

from __future__ import annotations

import http.client
import re
import socket
from urllib.parse import urlsplit

import pytest

from simtool.errors import InputError, RefusedError
from simtool.station.web.guard import MOST_BYTES
from simtool.station.web.serve import is_local, start_web
from tests.station.web.conftest import PINS, SCRIPT, Site
from tests.station.web.web_client import TOKEN, Client

PAGES = (
    "/", "/batches", "/batches/spring26", "/first-articles", "/first-articles/1", "/first-articles/1/preview.png",
    "/first-articles/1/sheet.pdf", "/first-articles/1/sheet.json", "/quarantine", "/cards/{quarantined}",
    "/reconciliation", "/audit", "/help", "/papers/spring26/reconciliation.pdf", "/papers/spring26/reconciliation.json",
    "/papers/spring26/audit.pdf", "/papers/spring26/audit.json",
)  # fmt: skip
FORMS = (
    ("/logout", {}),
    ("/bench/here", {}),
    ("/bench/order", {"kind": "pause"}),
    ("/bench/scan", {"text": "8949440000001155314"}),
    ("/first-articles/1", {"decision": "approve", "pin": PINS["vera"]}),
    ("/cards/{quarantined}", {"state": "good", "why": "so"}),
    ("/audit/check", {}),
    ("/papers/spring26/certificate", {}),
)


def paths(site: Site) -> list[str]:
    return [path.format(quarantined=site.quarantined[0]) for path in PAGES]


def nothing_happened(site: Site) -> bool:
    return not site.bench.orders and not site.bench.scans and site.bench.view().operator == ""


def test_without_login_every_page_leads_to_the_door(site: Site) -> None:
    for path in paths(site):
        answer = site.client().get(path)
        assert answer.status == 303, path
        assert answer.headers["location"].startswith("/login"), path
        assert "spring26" not in answer.text
    assert site.client().get("/bench/stream").status == 401


def test_without_login_no_form_is_taken(site: Site) -> None:
    for path, fields in FORMS:
        answer = site.client().post(path.format(quarantined=site.quarantined[0]), dict(fields))
        assert answer.status == 401, path
    assert nothing_happened(site)


def test_a_forged_session_opens_nothing(site: Site) -> None:
    client = site.client("anna")
    (cookie,) = client.cookies
    for value in ("x" * 43, "", "'; DROP TABLE--", client.cookies[cookie][:-1]):
        assert Client(site.web.url, {cookie: value}).get("/batches").status == 303


@pytest.mark.parametrize(("path", "fields"), FORMS, ids=[path for path, _ in FORMS])
def test_no_form_without_its_token(site: Site, path: str, fields: dict[str, str]) -> None:
    path = path.format(quarantined=site.quarantined[0])
    client, other = site.client("vera"), site.client("vera")
    for token in ({}, {"csrf": ""}, {"csrf": "x" * 43}, {"csrf": other.token()}):
        answer = client.post(path, fields | token)
        assert answer.status == 403, (path, token)
        assert "load the page again" in answer.text
    assert client.post(path, dict(fields), {"X-CSRF-Token": "é".encode().decode("latin-1")}).status == 403
    assert client.get("/batches").status == 200  # nobody was logged out by it
    assert nothing_happened(site)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "{url}.evil.example"},
        {"Origin": "http://["},
        {"Origin": None, "Referer": "http://evil.example/"},
        {"Origin": None},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
    ids=str,
)
def test_no_form_from_another_site_even_with_its_token(site: Site, headers: dict[str, str | None]) -> None:
    client = site.client("vera")
    token = client.token()
    sent = {name: value and value.format(url=site.web.url) for name, value in headers.items()}
    assert client.post("/bench/here", {"csrf": token}, sent).status == 403
    assert client.post("/login", {"name": "vera", "pin": PINS["vera"]}, sent).status == 403
    assert nothing_happened(site)
    assert client.post("/bench/here", {"csrf": token}, {"Origin": None, "Referer": f"{site.web.url}/"}).status == 303


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "", "x@127.0.0.1", "10.1.2.3", "a b"]
)
def test_a_foreign_name_for_this_computer_gets_nothing(site: Site, host: str) -> None:
    client = site.client("anna")
    for path in ("/", "/login", "/static/station.css", "/bench/stream"):
        assert client.get(path, {"Host": host}).status in (400, 421), path
    assert client.get("/", {"Host": f"localhost:{urlsplit(site.web.url).port}"}).status == 200


def test_two_hosts_are_none(site: Site) -> None:
    parts = urlsplit(site.web.url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
    connection.putrequest("GET", "/login", skip_host=True)
    connection.putheader("Host", parts.netloc)
    connection.putheader("Host", "evil.example")
    connection.endheaders()
    assert connection.getresponse().status in (400, 421)
    connection.close()


def test_a_session_that_somebody_planted_is_not_taken_over(site: Site) -> None:
    victim = site.client()
    known = site.client("ben")
    (cookie,) = known.cookies
    planted = known.cookies[cookie]
    victim.cookies[cookie] = planted
    token = TOKEN.search(Client(site.web.url, {}).get("/login").text)
    assert token is not None
    # the door's form belongs to the browser that loaded it
    assert victim.post("/login", {"csrf": token[1], "name": "olga", "pin": PINS["olga"]}).status == 403
    fresh = site.client()
    page = fresh.get("/login")
    fresh.cookies[cookie] = planted
    found = TOKEN.search(page.text)
    assert found is not None
    assert fresh.post("/login", {"csrf": found[1], "name": "olga", "pin": PINS["olga"]}).status == 303
    assert fresh.cookies[cookie] != planted
    assert Client(site.web.url, {cookie: planted}).get("/batches").status == 303  # the planted one is over, too


def test_the_cookie_is_for_this_server_and_no_script(site: Site) -> None:
    client = site.client()
    answer = client.login("anna", PINS["anna"])
    (cookie,) = [text for text in answer.cookies if "door" not in text]
    assert "HttpOnly" in cookie and "SameSite=strict" in cookie and "Path=/" in cookie


def test_logging_in_leads_to_a_page_of_this_server_only(site: Site) -> None:
    for wanted, got in (
        ("/audit", "/audit"), ("//evil.example", "/"), ("https://evil.example", "/"), ("/\\evil.example", "/"),
        ("javascript:alert(1)", "/"), ("/a\r\nSet-Cookie: x=y", "/"),
    ):  # fmt: skip
        answer = site.client().login("anna", PINS["anna"], next=wanted)
        assert (answer.status, answer.headers["location"]) == (303, got)


def test_after_logging_out_the_number_is_worth_nothing(site: Site) -> None:
    client = site.client("anna")
    kept = dict(client.cookies)
    assert client.act("/logout").status == 303
    assert Client(site.web.url, kept).get("/").status == 303


def test_a_wrong_pin_and_a_wrong_name_sound_alike(site: Site) -> None:
    wrong = [site.client().login("anna", "000000"), site.client().login("nobody", "000000")]
    assert [answer.status for answer in wrong] == [403, 403]
    texts = [re.search(r'role="alert">(.*?)</div>', answer.text, re.DOTALL) for answer in wrong]
    assert texts[0] is not None and texts[1] is not None and texts[0][1] == texts[1][1]
    assert all("000000" not in answer.text for answer in wrong)


def test_too_many_wrong_pins_lock_the_name(site: Site) -> None:
    for _ in range(5):
        site.client().login("ben", "111222333")
    answer = site.client().login("ben", PINS["ben"])
    assert answer.status == 403 and "too many wrong PINs" in answer.text and "wait" in answer.text


@pytest.mark.parametrize("path", ["/nothing", "/batches/none", "/cards/1", "/first-articles/99", "/first-articles/x"])
def test_what_is_not_there_is_said_kindly(site: Site, path: str) -> None:
    answer = site.client("anna").get(path)
    assert answer.status in (400, 404) and "<h1>" in answer.text and "Traceback" not in answer.text


def test_wrong_methods_and_bodies(site: Site) -> None:
    client = site.client("anna")
    token = client.token()
    assert client.get("/bench/order").status == 405
    assert client.send("PUT", "/bench/order", b"", {"X-CSRF-Token": token}).status == 405
    assert client.post("/batches", {"csrf": token}).status == 405
    assert client.post("/bench/order", {"csrf": token, "kind": "x" * (MOST_BYTES + 1)}).status == 413
    json = client.send("POST", "/bench/order", b'{"kind":"pause"}', {"Content-Type": "application/json"})
    assert json.status == 400
    assert client.send("POST", "/bench/order", b"csrf=%ff", None).status == 400
    many = "&".join(f"a{number}=1" for number in range(200)).encode()
    assert client.send("POST", "/bench/order", many, None).status == 400
    assert nothing_happened(site)


def test_a_body_without_end_is_cut_off(site: Site) -> None:
    parts = urlsplit(site.web.url)
    with socket.create_connection((parts.hostname, parts.port), timeout=30) as link:
        lines = (
            "POST /login HTTP/1.1",
            f"Host: {parts.netloc}",
            f"Origin: {site.web.url}",
            "Transfer-Encoding: chunked",
        )
        link.sendall("\r\n".join((*lines, "", "")).encode())
        chunk = b"1000\r\n" + b"a" * 4096 + b"\r\n"
        answer = b""
        try:
            for _ in range(64):
                link.sendall(chunk)
        except OSError:
            pass  # it hung up
        try:
            answer = link.recv(200)
        except OSError:
            pass
        assert answer.startswith(b"HTTP/1.1 413") or answer == b""
    assert site.client().get("/login").status == 200


@pytest.mark.parametrize(
    "path",
    [
        "/static/../app.py", "/static/%2e%2e/app.py", "/static/..%2fapp.py", "/static/%2e%2e%2f%2e%2e%2fsetup.py",
        "/static//etc/passwd", "/static/....//app.py", "/static/..\\app.py", "/static/%00", "/batches/..%2f..%2fetc",
        "/papers/..%2f..%2fetc%2fpasswd/reconciliation.pdf", "/static/", "/static",
    ],
)  # fmt: skip
def test_no_path_leads_out(site: Site, path: str) -> None:
    answer = site.client("anna").get(path)
    assert answer.status in (303, 307, 400, 404, 405), path
    assert "root:" not in answer.text and "make_app" not in answer.text


def test_every_answer_carries_the_headers(site: Site) -> None:
    client = site.client("anna")
    stranger = site.client()
    answers = [client.get(path) for path in (*paths(site), "/nothing", "/static/bench.js", "/bench/order")]
    answers += [
        stranger.get("/login"),
        stranger.get("/"),
        stranger.post("/bench/here"),
        stranger.get("/", {"Host": "x"}),
    ]
    for answer in answers:
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy and "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert "server" not in answer.headers


def test_no_page_has_script_or_style_of_its_own_or_calls_another_computer(site: Site) -> None:
    client = site.client("olga")
    for path in (*paths(site), "/nothing"):
        answer = client.get(path)
        if not answer.headers.get("content-type", "").startswith("text/html"):
            continue
        assert not re.search(r"<script(?![^>]*\bsrc=\"/static/)", answer.text), path
        assert not re.search(r"<style|\bstyle=|\son\w+=\"|javascript:", answer.text.replace(SCRIPT, "")), path
        assert not re.search(r"(?:src|href|action)=\"(?!/|#)", answer.text), path


def test_script_in_names_and_causes_is_text(site: Site) -> None:
    client = site.client("olga")
    seen = 0
    for path in paths(site):
        answer = client.get(path)
        if answer.headers.get("content-type", "").startswith("text/html"):
            assert "<script>document" not in answer.text and "<img src=x" not in answer.text, path
            seen += "&lt;script&gt;" in answer.text
    assert seen >= 5
    site.bench.set("1", site.bench.view().slots[0].phase, message=SCRIPT, hint=SCRIPT)
    (event,) = client.events(1)
    for piece in (*event["tiles"].values(), event["side"], event["bar"]):
        assert "<script>document" not in piece and "<img src=x" not in piece
    assert "&lt;script&gt;" in event["tiles"]["1"] and "&lt;script&gt;" in event["side"]
    refused = client.act("/bench/scan", text=SCRIPT)
    assert refused.status == 409 and "<script>document" not in refused.text


def test_no_secret_in_any_page_or_event(site: Site) -> None:
    """Every key and code of the batch, every PIN of a person: in no page, paper in JSON, or stream."""
    for name in ("anna", "vera"):
        client = site.client(name)
        texts = {path: client.get(path).text for path in (*paths(site), *(f"/cards/{iccid}" for iccid in site.iccids))}
        texts["stream"] = str(client.events(1))
        texts["check"] = client.act("/audit/check").text
        texts["door"] = site.client().login("anna", "999999").text
        assert len(site.secrets) > 100
        for path, text in texts.items():
            assert not shown_secrets(site, text), path
    assert shown_secrets(site, f"<p>{site.secrets[0].upper()}</p>") == [
        site.secrets[0]
    ]  # the search finds what is there


def shown_secrets(site: Site, text: str) -> list[str]:
    """Short codes may be a part of some number by chance: they count where they stand alone."""
    low = text.lower()
    long = [secret for secret in site.secrets if len(secret) > 12 and secret.lower() in low]
    words = set(re.findall(r"[\w.]+", text))
    return long + [secret for secret in site.secrets if len(secret) <= 12 and secret in words]


def test_another_address_has_to_be_asked_for_and_is_warned_of(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(RefusedError, match="not encrypted"):
        start_web(site.bench, site.place, host="0.0.0.0", port=0)  # noqa: S104
    with start_web(site.bench, site.place, host="0.0.0.0", port=0, network=True, names=("bench.example",)) as web:  # noqa: S104
        assert "not encrypted" in web.warning and "not encrypted" in caplog.text
        port = urlsplit(web.url).port
        client = Client(f"http://127.0.0.1:{port}")
        assert client.get("/login").status == 200
        assert client.get("/login", {"Host": f"bench.example:{port}"}).status == 200
        assert client.get("/login", {"Host": "evil.example"}).status == 421
    assert site.web.warning == ""


def test_a_taken_port_is_said(site: Site) -> None:
    with pytest.raises(InputError, match="cannot serve pages"):
        start_web(site.bench, site.place, port=urlsplit(site.web.url).port or 0)


@pytest.mark.parametrize(
    ("host", "local"),
    [("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("::", False),  # noqa: S104
     ("192.168.1.5", False), ("bench.example", False)],
)  # fmt: skip
def test_which_addresses_are_this_computers_alone(host: str, local: bool) -> None:
    assert is_local(host) is local
