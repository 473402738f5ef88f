"""A TCP relay that breaks the connection after a number of bytes from the client: a network that fails midway."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def failing_relay(address: str, port: int, *, after: int) -> Iterator[int]:
    """Gives a port on 127.0.0.1 that leads to `address`:`port` until `after` bytes have gone there, for one client."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_serve, args=(server, address, port, after), daemon=True).start()
        yield server.getsockname()[1]


def _serve(server: socket.socket, address: str, port: int, after: int) -> None:
    try:
        client, _ = server.accept()
    except OSError:
        return
    with client, socket.create_connection((address, port), timeout=10) as core:
        back = threading.Thread(target=_copy, args=(core, client), daemon=True)
        back.start()
        left = after
        while left > 0 and (chunk := client.recv(4096)):
            core.sendall(chunk[:left])
            left -= len(chunk)
        core.shutdown(socket.SHUT_RDWR)
        client.shutdown(socket.SHUT_RDWR)
        back.join(5)


def _copy(source: socket.socket, target: socket.socket) -> None:
    try:
        while chunk := source.recv(4096):
            target.sendall(chunk)
    except OSError:
        return
