"""A terminal that speaks GlobalPlatform to a card byte by byte, for tests: written from the specification.

It shares algorithms with the card (checked against published vectors) and nothing else: chaining, counters and framing
are its own. Every wish to be wrong has a parameter.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from simtool.crypto import scp02, scp03
from simtool.crypto.key_set import KeyCipher, KeySet
from simtool.crypto.scp03 import MacMode
from simtool.crypto.secret import Secret
from tests.harness.cap_builder import CapPlan

HOST_CHALLENGE = bytes.fromhex("1122334455667788")
BASE_KEY = "404142434445464748494a4b4c4d4e4f"


class Endpoint(Protocol):
    def transmit(self, tpdu: bytes) -> bytes: ...


def keys(version: int, cipher: KeyCipher, *values: str) -> KeySet:
    """A key set from hex; one value is all three keys."""
    enc, mac, dek = (values * 3)[:3]
    return KeySet(version, cipher, Secret.from_hex(enc), Secret.from_hex(mac), Secret.from_hex(dek))


SCP02_KEYS = keys(0x20, KeyCipher.DES, BASE_KEY)
SCP03_KEYS = keys(0x30, KeyCipher.AES, BASE_KEY)


def lv(*values: bytes) -> bytes:
    """Values behind their lengths."""
    return b"".join(_length(len(v)) + v for v in values)


def _length(count: int) -> bytes:
    if count < 0x80:
        return bytes((count,))
    return bytes((0x81, count)) if count < 0x100 else b"\x82" + count.to_bytes(2)


def load_file(block: bytes, *, before: bytes = b"") -> bytes:
    """What LOAD brings: the block as C4, behind signatures if there are any."""
    return before + b"\xc4" + lv(block)


def blocks(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


@dataclass(slots=True)
class Answer:
    data: bytes
    sw: str

    @property
    def ok(self) -> bool:
        return self.sw == "9000"


class Host:
    """`channel` is the logical channel that it uses."""

    def __init__(self, card: Endpoint, *, channel: int = 0) -> None:
        self.card = card
        self.channel = channel
        self.level = 0
        self.scp = 0
        self.i = 0
        self.sent: list[bytes] = []

    # Bytes

    def exchange(self, cla: int, ins: int, p1: int, p2: int, data: bytes = b"", le: int = 0) -> Answer:
        """One command over T=0, with its answer fetched."""
        head = bytes((cla | self.channel, ins, p1, p2))
        tpdu = head + (bytes((len(data),)) + data if data else bytes((le,)))
        self.sent.append(tpdu)
        answer = self.card.transmit(tpdu)
        if answer[-2] == 0x6C:
            answer = self.card.transmit(head + answer[-1:])
        body = answer[:-2]
        while answer[-2] == 0x61:
            answer = self.card.transmit(bytes((self.channel, 0xC0, 0, 0, answer[-1])))
            body += answer[:-2]
        return Answer(body, answer[-2:].hex())

    def select(self, aid: bytes, p2: int = 0) -> Answer:
        return self.exchange(0x00, 0xA4, 0x04, p2, aid)

    # Secure channel

    def initialize(self, key_set: KeySet, *, i: int, version: int | None = None, host: bytes = b"") -> Answer:
        """INITIALIZE UPDATE; takes what is needed out of the answer and checks the card's cryptogram."""
        self.static, self.i, self.level = key_set, i, 0
        self.scp = 0x02 if key_set.cipher is KeyCipher.DES else 0x03
        self.mode = MacMode.S16 if self.scp == 3 and i & 1 else MacMode.S8
        self.host = host or (HOST_CHALLENGE * 2)[: self.mode]
        answer = self.exchange(0x80, 0x50, key_set.version if version is None else version, 0, self.host)
        if not answer.ok:
            return answer
        body = answer.data[12:]
        if self.scp == 0x02:
            self.counter, self.challenge, cryptogram = body[:2], body[2:8], body[8:16]
            self.keys02 = scp02.session_keys(key_set, self.counter)
            assert cryptogram == scp02.card_cryptogram(self.keys02.enc, self.host, self.counter, self.challenge)
            self.icv, self.first = bytes(8), True
        else:
            size = self.mode
            self.challenge, cryptogram, self.counter = (
                body[1 : 1 + size],
                body[1 + size : 1 + 2 * size],
                body[1 + 2 * size :],
            )
            self.keys03 = scp03.session_keys(key_set, self.host, self.challenge)
            assert cryptogram == scp03.card_cryptogram(self.keys03.mac, self.host, self.challenge, self.mode)
            self.chaining, self.encryptions = bytes(16), 0
        return answer

    def authenticate(self, level: int, *, spoil: int | None = None) -> Answer:
        """EXTERNAL AUTHENTICATE; `spoil` is the byte of the data to change."""
        if self.scp == 0x02:
            cryptogram = scp02.host_cryptogram(self.keys02.enc, self.host, self.counter, self.challenge)
        else:
            cryptogram = scp03.host_cryptogram(self.keys03.mac, self.host, self.challenge, self.mode)
        data = bytearray(self._mac(0x82, level, 0, cryptogram))
        if spoil is not None:
            data[spoil] ^= 1
        answer = self.exchange(0x84, 0x82, level, 0, bytes(data))
        if answer.ok:
            self.level = level
            if self.scp == 0x02:
                self.r_icv = self.icv
        return answer

    def open(self, aid: bytes, key_set: KeySet = SCP03_KEYS, level: int = 0x01, *, i: int = 0x70) -> Host:
        assert self.select(aid).sw in ("9000", "6283")
        assert self.initialize(key_set, i=i).ok
        assert self.authenticate(level).ok
        return self

    def send(self, ins: int, p1: int, p2: int, data: bytes = b"", *, spoil: bool = False) -> Answer:
        """A command as the session's level wants it, its answer in plain after a check of the R-MAC."""
        wrapped = self.wrap(ins, p1, p2, data)
        if spoil:
            wrapped = wrapped[:-1] + bytes((wrapped[-1] ^ 1,))
        answer = self.exchange(0x84 if self.level & 1 else 0x80, ins, p1, p2, wrapped)
        return self._unwrap(ins, p1, p2, data, answer)

    def send_parts(self, ins: int, p1: int, p2: int, data: bytes, *, size: int = 200) -> Answer:
        """One command's data over several: bit 8 of P1 in all but the last. The first answer that is an error, or
        that to the last."""
        parts = blocks(data, size)
        for number, part in enumerate(parts):
            answer = self.send(ins, p1 if number == len(parts) - 1 else p1 | 0x80, p2, part)
            if not answer.ok:
                break
        return answer

    def wrap(self, ins: int, p1: int, p2: int, data: bytes) -> bytes:
        if not self.level & 1:
            return data
        if self.scp == 0x03 and self.level & 2:
            self.encryptions += 1
            if data:
                icv = scp03.command_icv(self.keys03.enc, self.encryptions)
                data = scp03.encrypt_data(self.keys03.enc, icv, data)
        wrapped = self._mac(ins, p1, p2, data)
        if self.scp == 0x02 and self.level & 2 and data:
            return scp02.encrypt_data(self.keys02.enc, data) + wrapped[-8:]
        return wrapped

    def _mac(self, ins: int, p1: int, p2: int, data: bytes) -> bytes:
        if self.scp == 0x03:
            head = bytes((0x84, ins, p1, p2, len(data) + self.mode))
            self.chaining = scp03.chained_mac(self.keys03.mac, self.chaining, head + data)
            return data + self.chaining[: self.mode]
        icv = self.icv
        if not self.first and self.i & 0x10:
            icv = scp02.encrypt_icv(self.keys02.c_mac, icv)
        if self.i & 0x02:
            head = bytes((0x80, ins, p1, p2, len(data)))
        else:
            head = bytes((0x84, ins, p1, p2, len(data) + 8))
        self.icv, self.first = scp02.retail_mac(self.keys02.c_mac, head + data, icv), False
        return data + self.icv

    def _unwrap(self, ins: int, p1: int, p2: int, sent: bytes, answer: Answer) -> Answer:
        if not self.level & 0x10 or answer.sw[:2] not in ("90", "62", "63"):
            return answer
        size = self.mode
        body, mac = answer.data[:-size], answer.data[-size:]
        word = bytes.fromhex(answer.sw)
        if self.scp == 0x03:
            wanted = scp03.chained_mac(self.keys03.rmac, self.chaining, body + word)[:size]
            if body and self.level & 0x20:
                body = scp03.decrypt_data(self.keys03.enc, scp03.response_icv(self.keys03.enc, self.encryptions), body)
        else:
            command = bytes((0x80, ins, p1, p2, len(sent))) + sent
            covered = command + bytes((len(body),)) + body + word
            wanted = self.r_icv = scp02.retail_mac(self.keys02.r_mac, covered, self.r_icv)
        assert mac == wanted, "R-MAC"
        return Answer(body, answer.sw)

    # Card content

    def load(self, cap: CapPlan, *, size: int = 200, domain: bytes = b"", **fields: bytes) -> str:
        """INSTALL [for load] and LOAD; the status word of the first that fails, or of the last."""
        data = lv(
            bytes.fromhex(cap.aid),
            domain,
            fields.get("hash", b""),
            fields.get("parameters", b""),
            fields.get("token", b""),
        )
        answer = self.send(0xE6, 0x02, 0, data)
        if not answer.ok:
            return answer.sw
        return self.load_blocks(load_file(cap.block(), before=fields.get("before", b"")), size=size)

    def load_blocks(self, data: bytes, *, size: int = 200) -> str:
        parts = blocks(data, size)
        for number, part in enumerate(parts):
            answer = self.send(0xE8, 0x80 if number == len(parts) - 1 else 0, number & 0xFF, part)
            if not answer.ok:
                break
        return answer.sw

    def install(
        self, file: bytes, module: bytes, instance: bytes, *, p1: int = 0x0C, privileges: str = "00",
        parameters: str = "c900", token: bytes = b"",
    ) -> str:  # fmt: skip
        data = lv(file, module, instance, bytes.fromhex(privileges), bytes.fromhex(parameters), token)
        return self.send(0xE6, p1, 0, data).sw

    def delete(self, aid: bytes, *, related: bool = False) -> str:
        return self.send(0xE4, 0, 0x80 if related else 0, b"\x4f" + lv(aid)).sw

    def status(self, p1: int, begin: bytes = b"", *, p2: int = 2, tags: bytes = b"") -> list[str]:
        """GET STATUS with all pages; the answers in hex, or one status word."""
        found = []
        data = b"\x4f" + lv(begin) + (b"\x5c" + lv(tags) if tags else b"")
        while True:
            answer = self.send(0xF2, p1, p2 | (1 if found else 0), data)
            if answer.sw not in ("9000", "6310"):
                return [answer.sw]
            found.append(answer.data.hex())
            if answer.sw == "9000":
                return found

    def put_key(self, new: KeySet, *, replace: int = 0, check: bytes | None = None) -> Answer:
        """PUT KEY of a whole set under the session's data encryption key."""
        data = bytes((new.version,))
        for key, value in zip(new.keys, new.check_values, strict=True):
            if self.scp == 0x02:
                block = scp02.encrypt_key(self.keys02.dek, key.reveal())
            else:
                block = scp03.encrypt_key(self.keys03.dek, key.reveal())
            if new.cipher is KeyCipher.AES or self.scp == 0x03:
                block = bytes((key.length,)) + block
            kind = 0x88 if new.cipher is KeyCipher.AES else 0x80
            data += bytes((kind,)) + lv(block) + lv(value if check is None else check)
        return self.send(0xD8, replace, 0x81, data)
