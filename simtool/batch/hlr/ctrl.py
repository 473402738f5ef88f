"""OsmoHLR's control interface (CTRL, port 4259): one subscriber's numbers and keys, written and read.

Commands are text in IPA frames: `SET ID VARIABLE VALUE` and `GET ID VARIABLE`, answered by SET_REPLY, GET_REPLY or
ERROR with the same ID (OsmoHLR's user manual, control interface). The VTY gives the list of all subscribers, which
CTRL does not have.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field

from simtool.batch.hlr.ipa import PROTOCOL_CTRL, SECONDS, STREAM_OSMO, CoreError, Frame, IpaLink
from simtool.crypto.secret import Secret

CTRL_PORT = 4259
VTY_PORT = 4258
UNKNOWN = "No such subscriber."
PROMPT = re.compile(rb"(\A|[\r\n])[^\s>#]+[>#] \Z")
PROMPT_LENGTH = 100
_ROW = re.compile(r"\d+\s+\S+\s+(\d{6,15})\s")


@dataclass(frozen=True, slots=True)
class KeyState:
    """One algorithm of a subscriber as the HLR has it (2G or 3G). `sqn` is the highest used, None for 2G."""

    algorithm: str
    k: Secret = field(repr=False)
    opc: Secret | None = field(default=None, repr=False)
    sqn: int | None = None


@dataclass(frozen=True, slots=True)
class SubscriberState:
    """What the HLR has of one IMSI."""

    imsi: str
    msisdn: str = ""
    keys_2g: KeyState | None = None
    keys_3g: KeyState | None = None


class OsmoHlr:
    """One HLR over CTRL. Used with `with`. Every method raises `CoreError`, which never repeats a value."""

    def __init__(self, host: str, port: int = CTRL_PORT) -> None:
        self._link = IpaLink(host, port)
        self._number = 0

    def __enter__(self) -> OsmoHlr:
        return self

    def __exit__(self, *exception: object) -> None:
        self._link.close()

    def create(self, imsi: str) -> None:
        self._set("subscriber.create", imsi, imsi)

    def set_msisdn(self, imsi: str, msisdn: str) -> None:
        """`msisdn` is digits, or empty for none."""
        self._set(f"subscriber.by-imsi-{imsi}.msisdn", msisdn or "none", imsi)

    def set_keys_2g(self, imsi: str, algorithm: str, ki: Secret) -> None:
        self._set(f"subscriber.by-imsi-{imsi}.aud2g", f"{algorithm},{ki.reveal().hex()}", imsi)

    def set_milenage(self, imsi: str, k: Secret, opc: Secret) -> None:
        """Sets SQN back to 0, as the HLR does."""
        value = f"milenage,{k.reveal().hex()},opc,{opc.reveal().hex()}"
        self._set(f"subscriber.by-imsi-{imsi}.aud3g", value, imsi)

    def clear_keys(self, imsi: str, *, generation: int) -> None:
        """Takes the 2G or the 3G keys away."""
        self._set(f"subscriber.by-imsi-{imsi}.aud{generation}g", "none", imsi)

    def get(self, imsi: str) -> SubscriberState | None:
        """The subscriber, None when there is none."""
        verb, text = self._ask(f"GET {{}} subscriber.by-imsi-{imsi}.info-all")
        if verb == "ERROR":
            if text == UNKNOWN:
                return None
            raise CoreError(f"IMSI {imsi}: the HLR says: {text}")
        _, _, block = text.partition(" ")
        values = dict(line.split("\t", 1) for line in block.strip().splitlines() if "\t" in line)
        return SubscriberState(imsi, values.get("msisdn", ""), _keys(values, "aud2g"), _keys(values, "aud3g"))

    def _set(self, variable: str, value: str, imsi: str) -> None:
        verb, text = self._ask(f"SET {{}} {variable} {value}")
        if verb != "SET_REPLY":
            # the HLR's text names what failed and repeats no key
            raise CoreError(f"IMSI {imsi}: the HLR did not take {variable.rpartition('.')[2]}: {text}")

    def _ask(self, command: str) -> tuple[str, str]:
        """The verb and the text of the answer with our number."""
        self._number += 1
        number = str(self._number)
        self._link.send(Frame(STREAM_OSMO, PROTOCOL_CTRL, command.format(number).encode()))
        while True:
            frame = self._link.receive()
            if (frame.stream, frame.protocol) != (STREAM_OSMO, PROTOCOL_CTRL):
                continue
            verb, _, rest = frame.payload.decode(errors="replace").partition(" ")
            answered, _, text = rest.partition(" ")
            if verb in ("SET_REPLY", "GET_REPLY", "ERROR") and answered == number:
                return verb, text


def _keys(values: dict[str, str], name: str) -> KeyState | None:
    algorithm = values.get(f"{name}.algo", "")
    k = values.get(f"{name}.k", values.get(f"{name}.ki", ""))
    if not algorithm or not k:
        return None
    opc = values.get(f"{name}.opc")
    sqn = values.get(f"{name}.sqn")
    return KeyState(
        algorithm.lower(), Secret.from_hex(k, kind="ki"), Secret.from_hex(opc, kind="opc") if opc else None,
        int(sqn) if sqn else None,
    )  # fmt: skip


def list_imsis(host: str, port: int = VTY_PORT) -> Iterator[str]:
    """Every IMSI that the HLR has, from its VTY (`show subscribers all`). Raises `CoreError`."""
    name = f"{host}:{port}"
    try:
        with socket.create_connection((host, port), timeout=SECONDS) as link:
            until_prompt(link)
            link.sendall(b"terminal length 0\n")
            until_prompt(link)
            link.sendall(b"show subscribers all\n")
            text = until_prompt(link).decode(errors="replace")
    except OSError as error:
        hint = "the list of all subscribers comes from the VTY; is it open on this address?"
        raise CoreError(f"{name}: {error.strerror or 'no answer'}", hint=hint) from error
    shown = re.search(r"Subscribers Shown: (\d+)", text)
    found = [match[1] for line in text.splitlines() if (match := _ROW.match(line))]
    if "No matching" not in text and (shown is None or int(shown[1]) != len(found)):
        raise CoreError(f"{name}: the list of subscribers did not come whole")
    yield from found


def until_prompt(link: socket.socket) -> bytes:
    """What the VTY says up to its next prompt. Raises `OSError` when it does not come."""
    received = bytearray()
    while not PROMPT.search(received[-PROMPT_LENGTH:]):
        chunk = link.recv(65536)
        if not chunk:
            raise ConnectionError("closed")
        received += chunk
    return bytes(received)
