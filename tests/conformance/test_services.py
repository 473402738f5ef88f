"""The smaller services: GET CHALLENGE, TERMINAL CAPABILITY, SUSPEND UICC (TS 102 221 §11.1.18, §11.1.19, §11.1.22)."""

from __future__ import annotations

import pytest

from tests.conformance.bench import Bench

pytestmark = pytest.mark.needs("uicc")


class TestGetChallenge:
    @pytest.mark.parametrize("length", [1, 8, 16, 32])
    def test_length(self, bench: Bench, length: int) -> None:
        """§11.1.18.2: as many bytes as were asked for (6A81 where the card has no such command)."""
        assert len(bench.expect(f"00840000{length:02x}")) == length

    def test_random(self, bench: Bench) -> None:
        """§11.1.18.1: random bytes, never the same."""
        assert len({bench.expect("0084000008") for _ in range(8)}) == 8

    def test_parameters(self, bench: Bench) -> None:
        """§11.1.18.2: P1 and P2 are 00."""
        bench.expect("0084010008", "6a86 6b00")
        bench.expect("0084000108", "6a86 6b00")


@pytest.mark.needs("terminal_capability")
class TestTerminalCapability:
    """§11.1.19: the MF's template says (A5, 87, bit 1) that the card takes this command."""

    CAPABILITIES = [
        ("power supply", "a905 8003 0a 0a 10"),
        ("extended logical channels", "a902 8100"),
        ("additional interfaces", "a903 820101"),
        ("several", "a909 8003 0a 0a 10 8100 820100"),
        ("an object of a later release", "a903 8a0100"),
        ("none", "a900"),
    ]

    @pytest.mark.parametrize("template", [r[1] for r in CAPABILITIES], ids=[r[0] for r in CAPABILITIES])
    def test_accepted(self, bench: Bench, template: str) -> None:
        """§11.1.19.2: objects that the card does not know are no error."""
        data = bytes.fromhex(template.replace(" ", ""))
        data = data[:1] + bytes((len(data) - 2,)) + data[2:]
        bench.expect(f"80aa0000{len(data):02x}{data.hex()}")
        assert bench.session.last_sw == 0x9000

    def test_selects_nothing(self, bench: Bench) -> None:
        """§11.1.19.1."""
        bench.expect("00a4000c022fe2")
        bench.expect("80aa000004a9028100")
        bench.expect("00b000000a")

    REFUSED = [
        ("no template", "80aa00000281 00", "6a80 67xx"),
        ("cut short", "80aa000003a90581", "6a80 67xx"),
        ("no data", "80aa0000", "6a80 67xx"),
        ("P1 = 01", "80aa010004a9028100", "6a86 6b00"),
    ]

    @pytest.mark.parametrize(("command", "answer"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED])
    def test_refused(self, bench: Bench, command: str, answer: str) -> None:
        bench.expect(command.replace(" ", ""), answer)


@pytest.mark.needs("suspend")
class TestSuspend:
    """§11.1.22: EF.UMPC says (§13.5, additional operational parameters, bit 2) that the card can be suspended."""

    def _suspend(self, bench: Bench) -> bytes:
        """SUSPEND for at least ten seconds, at most an hour; the answer: maximum time and resume token."""
        answer = bench.expect("807600000400 0a 0210 00".replace(" ", ""))
        assert len(answer) == 10
        return answer[2:]

    def test_suspend(self, bench: Bench) -> None:
        """§11.1.22.2: two bytes of time (unit, number) and eight of token; another token every time."""
        first = self._suspend(bench)
        bench.reset()
        assert self._suspend(bench) != first

    def test_resume(self, bench: Bench) -> None:
        """§11.1.22.3: the state from before comes back: what was selected, and the verified PINs."""
        bench.expect("00a4000c022fe2")
        before = bench.expect("00b000000a")
        token = self._suspend(bench)
        bench.reset()
        bench.expect(f"8076010008{token.hex()}")
        assert bench.expect("00b000000a") == before

    def test_wrong_token(self, bench: Bench) -> None:
        """§11.1.22.3: 6982."""
        token = self._suspend(bench)
        bench.reset()
        bench.expect(f"8076010008{bytes(b ^ 0xFF for b in token).hex()}", "6982")

    def test_other_command_first(self, bench: Bench) -> None:
        """§11.1.22.3: any other command deletes the stored state; RESUME is 6985 then."""
        token = self._suspend(bench)
        bench.reset()
        bench.expect("00a4000c022fe2")
        bench.expect(f"8076010008{token.hex()}", "6985")

    def test_terminal_capability_first(self, bench: Bench) -> None:
        """§11.1.22.3: TERMINAL CAPABILITY is sent before RESUME."""
        bench.expect("80aa000004a9028100", "9000 6dxx 6exx")
        token = self._suspend(bench)
        bench.reset()
        bench.expect("80aa000004a9028100", "9000 6dxx 6exx")
        bench.expect(f"8076010008{token.hex()}")

    def test_token_is_for_once(self, bench: Bench) -> None:
        """§11.1.22.3: nothing is left to resume afterwards."""
        token = self._suspend(bench)
        bench.reset()
        bench.expect(f"8076010008{token.hex()}")
        bench.expect(f"8076010008{token.hex()}", "6985")

    def test_nothing_to_resume(self, bench: Bench) -> None:
        """§11.1.22.3: 6985."""
        bench.expect("80760100080102030405060708", "6985")

    REFUSED = [
        ("no times", "80760000", "67xx 6a80"),
        ("three bytes", "8076000003000a0200", "67xx 6a80"),
        ("short token", "807601000401020304", "67xx 6a80"),
        ("P1 = 02", "807602000400 0a 0210 00".replace(" ", ""), "6a86 6b00"),
    ]

    @pytest.mark.parametrize(("command", "answer"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED])
    def test_refused(self, bench: Bench, command: str, answer: str) -> None:
        """§11.1.22.2.2, §11.1.22.3.3."""
        bench.expect(command, answer)
