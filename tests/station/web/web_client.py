"""A browser without a screen, over real HTTP: keeps cookies, follows nothing, and lies when told to."""

from __future__ import annotations

import http.client
import json
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

TOKEN = re.compile(r'name="csrf" (?:content|value)="([^"]+)"')


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    text: str
    raw: bytes = b""
    cookies: tuple[str, ...] = ()

    def json(self) -> Any:
        return json.loads(self.text)


@dataclass
class Client:
    """`headers` given with a request replace what a browser would send; None leaves one out."""

    url: str
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, headers: dict[str, str | None] | None = None) -> Answer:
        return self.send("GET", path, None, headers)

    def post(
        self, path: str, fields: dict[str, str] | None = None, headers: dict[str, str | None] | None = None
    ) -> Answer:
        return self.send("POST", path, urlencode(fields or {}).encode(), headers)

    def send(self, method: str, path: str, body: bytes | None, headers: dict[str, str | None] | None = None) -> Answer:
        parts = urlsplit(self.url)
        own: dict[str, str | None] = {"Host": parts.netloc}
        if self.cookies:
            own["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if body is not None:
            own |= {"Origin": self.url, "Content-Type": "application/x-www-form-urlencoded"}
            own["Content-Length"] = str(len(body))
        own |= headers or {}
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
        try:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in own.items():
                if value is not None:
                    connection.putheader(name, value)
            connection.endheaders(body)
            answer = connection.getresponse()
            raw = answer.read()
            cookies = tuple(value for name, value in answer.getheaders() if name.lower() == "set-cookie")
            for cookie in cookies:
                name, _, value = cookie.split(";")[0].partition("=")
                if value in ("", '""'):
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = value
            found = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, found, raw.decode("utf-8", "replace"), raw, cookies)
        finally:
            connection.close()

    def login(self, name: str, pin: str, **more: str) -> Answer:
        token = TOKEN.search(self.get("/login").text)
        assert token is not None
        return self.post("/login", {"csrf": token[1], "name": name, "pin": pin, **more})

    def token(self) -> str:
        """The token of this login, as its pages have it."""
        found = TOKEN.search(self.get("/help").text)
        assert found is not None, "not logged in"
        return found[1]

    def act(self, path: str, **fields: str) -> Answer:
        """A form of a page, with its token."""
        return self.post(path, fields | {"csrf": self.token()})

    def events(self, count: int) -> list[dict[str, Any]]:
        """The first `count` events of the bench's stream, each with its data."""
        parts = urlsplit(self.url)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        try:
            connection.request("GET", "/bench/stream", headers={"Cookie": cookie})
            answer = connection.getresponse()
            assert answer.status == 200, answer.status
            found: list[dict[str, Any]] = []
            for line in answer:
                if line.startswith(b"data: "):
                    found.append(json.loads(line[6:]))
                    if len(found) == count:
                        break
            return found
        finally:
            connection.close()
