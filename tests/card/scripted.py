"""A card that follows a script: what must be sent, what it answers."""

from __future__ import annotations

from collections.abc import Sequence

from simtool.card.session import CommandClass, Session
from simtool.card.transport import Protocol
from simtool.errors import CardRemovedError

ATR_T0 = bytes.fromhex("3b9f96801f878031e073fe211b674a357530350265f8")
RAND = bytes(range(16))
AUTN = bytes(range(16, 32))
AID = bytes.fromhex("a0000000871002")
FCP_DF = "620482027821"
SIM_DF = "00000000" + "3f00" + "01" + "0000000000" + "09" + "1103080400" + "838a828a"
SIM_EF = "000000096f07040015005501020000"
CHALLENGE_3G = "0088008122" + "10" + RAND.hex() + "10" + AUTN.hex()
RUN_GSM = ("a088000010" + RAND.hex(), "9f0c")

Script = list[tuple[str, str | None]]


class ScriptedTransport:
    """Answers the script's exchanges in order (hex without or with spaces); `None` as answer pulls the card."""

    name = "script"

    def __init__(
        self, script: Sequence[tuple[str, str | None]], *, protocol: Protocol = Protocol.T0, atr: bytes = ATR_T0
    ) -> None:
        self._script = list(script)
        self.protocol = protocol
        self.atr = atr
        self.resets: list[bool] = []
        self.closed = False

    def exchange(self, tpdu: bytes) -> bytes:
        assert self._script, f"{tpdu.hex()} comes after the end of the script"
        wanted, answer = self._script.pop(0)
        assert tpdu == bytes.fromhex(wanted), f"sent {tpdu.hex()}, the script says {wanted}"
        if answer is None:
            raise CardRemovedError("script: the card was taken out")
        return bytes.fromhex(answer)

    def reset(self, *, cold: bool = True) -> bytes:
        self.resets.append(cold)
        return self.atr

    def close(self) -> None:
        self.closed = True

    def assert_finished(self) -> None:
        assert not self._script, f"never asked for: {self._script}"


def session_on(script: Script, command_class: CommandClass = CommandClass.UICC) -> tuple[Session, ScriptedTransport]:
    transport = ScriptedTransport(script)
    session = Session.open(transport)
    session.command_class = command_class
    return session, transport
