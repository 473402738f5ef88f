"""The web server beside a running station: uvicorn in a thread of this process.

Only this computer by default. Nothing is encrypted: PINs and pages would be readable on a network, so another address
has to be asked for, and is warned about.
"""

from __future__ import annotations

import ipaddress
import logging
import socket
import threading
from collections.abc import Iterable

import uvicorn
from starlette.applications import Starlette

from simtool.errors import InputError, RefusedError
from simtool.station.setup import Place
from simtool.station.web.app import make_app
from simtool.station.web.desk import Desk
from simtool.station.web.seam import BenchSeam
from simtool.station.web.sessions import Sessions
from simtool.station.web.stream import Streams

HOST = "127.0.0.1"
PORT = 8765
START_SECONDS = 20.0
END_SECONDS = 2
MOST_AT_ONCE = 128
"""Requests and open connections; the streams are a part of them."""
UNENCRYPTED = (
    "these pages are not encrypted: PINs and card numbers can be read, and changed, by everybody on this network. "
    "Use it on a cable of its own, or behind a proxy that speaks TLS."
)
log = logging.getLogger(__name__)


class Web:
    """The pages, while they are served. Use it as a context, or `close` it."""

    def __init__(
        self, server: uvicorn.Server, thread: threading.Thread, app: Starlette, url: str, warning: str
    ) -> None:
        self._server, self._thread = server, thread
        self.desk: Desk = app.state.desk
        self.streams: Streams = app.state.streams
        self.url = url
        self.warning = warning
        """What has to be said loudly where it was started; empty when only this computer is served."""

    def close(self) -> None:
        """End all streams and the server."""
        self.desk.closing = True
        self._server.should_exit = True
        self._thread.join(END_SECONDS + 10)

    def __enter__(self) -> Web:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def start_web(
    station: BenchSeam,
    place: Place,
    host: str = HOST,
    port: int = PORT,
    *,
    network: bool = False,
    names: Iterable[str] = (),
    sessions: Sessions | None = None,
) -> Web:
    """Serve the pages of a station until `close`; port 0 takes any free one.

    `network` allows an address that other computers reach, and `names` are the host names they may use for it. Raises
    `RefusedError` for such an address without it, `InputError` when the port is taken.
    """
    local = is_local(host)
    if not local and not network:
        raise RefusedError(
            f"{host} can be reached from other computers, and the pages are not encrypted",
            hint="leave the address out, or say that the network may reach it (network=True)",
        )
    listener = _listen(host, port)
    number = listener.getsockname()[1]
    app = make_app(
        station,
        place,
        names=(socket.gethostname(), *names) if not local else names,
        only_local=local,
        sessions=sessions,
    )
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        lifespan="on",
        timeout_graceful_shutdown=END_SECONDS,
        h11_max_incomplete_event_size=16 * 1024,
        ws="none",
        limit_concurrency=MOST_AT_ONCE,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listener],), name="station web", daemon=True)
    thread.start()
    _wait(server, thread)
    shown = f"[{host}]" if ":" in host else host
    warning = "" if local else UNENCRYPTED
    if warning:
        log.warning("%s", warning)
    return Web(server, thread, app, f"http://{shown}:{number}", warning)


def is_local(host: str) -> bool:
    """Whether only this computer reaches that address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        reason = error.strerror or str(error)
        raise InputError(f"cannot serve pages at {host}:{port}: {reason}", hint="choose another port") from None
    return listener


def _wait(server: uvicorn.Server, thread: threading.Thread) -> None:
    """Until the server answers."""
    step = threading.Event()
    left = START_SECONDS
    while not server.started:
        if not thread.is_alive() or left <= 0:
            raise InputError("the pages could not be started", hint="the log says why")
        step.wait(0.02)
        left -= 0.02
