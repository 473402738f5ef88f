"""What the tests of secure channels share: published sessions, and links that answer by script."""

from __future__ import annotations

from dataclasses import dataclass, field

from simtool.codec.apdu import CommandApdu, ResponseApdu, StatusWord
from simtool.crypto.key_set import KeyCipher, KeySet
from simtool.crypto.secret import Secret
from tests.crypto.gp_vectors import VECTORS, key_set

SCP02 = VECTORS["scp02"][0]
SCP03 = VECTORS["scp03"]["sessions"]
KEYS_02 = key_set(SCP02["keys"], KeyCipher.DES, 0x70)


def scp03_keys(row: dict[str, dict[str, str]]) -> KeySet:
    return key_set(row["keys"], KeyCipher.AES, int(row["keys"]["kvn"], 16))


class ScriptedLink:
    """Answers in order; keeps what was sent."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.sent: list[CommandApdu] = []
        self.secrets: list[bool] = []

    def send(self, command: CommandApdu, *, secret: bool = False) -> ResponseApdu:
        assert self.answers, f"{command.encode().hex()} comes after the end of the script"
        self.sent.append(command)
        self.secrets.append(secret)
        raw = bytes.fromhex(self.answers.pop(0))
        return ResponseApdu(raw[:-2], StatusWord(int.from_bytes(raw[-2:])))

    @property
    def hex(self) -> list[str]:
        return [command.encode().hex() for command in self.sent]


@dataclass
class NotedMemory:
    """Remembers in order what a channel tells it."""

    events: list[str] = field(default_factory=list)
    barred: bool = False

    def check(self, name: str, keys: Secret) -> None:
        from simtool.errors import RefusedError

        if self.barred or "wrong" in self.events:
            raise RefusedError(f"{name} was wrong for this card before")
        del keys

    def sending(self, name: str, keys: Secret) -> None:
        self.events.append("sending")

    def right(self, name: str, keys: Secret) -> None:
        self.events.append("right")

    def wrong(self, name: str, keys: Secret) -> None:
        self.events.append("wrong")
