"""Commands of feeders and sorters: real processes, small ones."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from simtool.inventory.life import RecordState
from simtool.station.bench.bench import Handler
from simtool.station.events import End, OrderKind, Phase, SlotChanged
from simtool.station.slot.handler import filled, run_command
from tests.station.rig import SoftReader, Somebody, Trouble, slot, warehouse

HOLES = [
    # words, values, filled
    (("sort", "--slot", "{slot}"), {"slot": "1"}, ("sort", "--slot", "1")),
    (("x", "{iccid}:{cause}"), {"iccid": "89", "cause": "a b; rm -rf /"}, ("x", "89:a b; rm -rf /")),
    (("x", "{cause}"), {"cause": "{iccid} {0} {slot.__class__}", "iccid": "89"}, ("x", "{iccid} {0} {slot.__class__}")),
    (("x", "{other}", "{}"), {}, ("x", "{other}", "{}")),
    (("x", "{iccid}"), {}, ("x", "")),
]


@pytest.mark.parametrize(("words", "values", "result"), HOLES)
def test_holes(words: tuple[str, ...], values: dict[str, str], result: tuple[str, ...]) -> None:
    assert filled(words, values) == result


def test_each_value_is_one_word_and_no_shell_sees_it(tmp_path: Path) -> None:
    out = tmp_path / "out"
    script = "import sys, pathlib; pathlib.Path(sys.argv[1]).write_text(repr(sys.argv[2:]))"
    cause = "$(touch /tmp/never) `x` 'a' \"b\" | c\n-d"
    assert run_command((sys.executable, "-c", script, str(out), "{cause}", "{slot}"), {"cause": cause, "slot": "1"}, 30)
    assert out.read_text() == repr([cause, "1"])


def test_how_a_command_fails() -> None:
    done = run_command((sys.executable, "-c", "import sys; sys.exit('no card in the hopper')"), {}, 30)
    assert (bool(done), done.problem) == (False, f"{sys.executable} ended with 1: no card in the hopper")
    done = run_command((sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"), {}, 30)
    assert done.problem.endswith("ended by signal 9")
    assert (
        run_command(("/no/such/command",), {}, 30).problem
        == "/no/such/command cannot be started: No such file or directory"
    )


def test_what_takes_too_long_is_killed_with_its_children(tmp_path: Path) -> None:
    """A child that would live on is gone too."""
    note = tmp_path / "child"
    script = (
        "import subprocess, sys, time, pathlib\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        "pathlib.Path(sys.argv[1]).write_text(str(child.pid)); time.sleep(600)"
    )
    calls = []

    def meanwhile() -> None:
        """The time is over as soon as the child runs."""
        calls.append(1)
        if note.exists() and note.read_text():
            raise InterruptedError

    with pytest.raises(InterruptedError):
        run_command((sys.executable, "-c", script, str(note)), {}, 600, meanwhile=meanwhile)
    assert calls
    assert is_over(int(note.read_text()))
    done = run_command((sys.executable, "-c", "import time; time.sleep(600)"), {}, 0.1)
    assert done.problem == f"{sys.executable} did not end within 0.1 seconds and was killed"


def is_over(pid: int) -> bool:
    """Whether a process has ended, or ends within a few seconds."""
    for _ in range(200):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        except FileNotFoundError:
            return True
        if state == "Z":
            return True
        time.sleep(0.05)
    return False


def notes(path: Path, *words: str, code: int = 0) -> tuple[str, ...]:
    """A command that writes its words down and ends with `code`."""
    script = f"import sys; open({str(path)!r}, 'a').write(' '.join(sys.argv[1:]) + chr(10)); sys.exit({code})"
    return (sys.executable, "-c", script, *words)


def test_a_machine_does_it_all(tmp_path: Path) -> None:
    """The feeder is asked for each card, each goes into its bin, and nobody is needed."""
    here, log = warehouse(tmp_path / "w", quantity=2), tmp_path / "log"
    handler = Handler(
        notes(log, "get", "{slot}"), notes(log, "good", "{iccid}"), notes(log, "bad", "{iccid}", "{cause}")
    )
    cards = [here.card(), here.card()]

    def feed(somebody: Somebody, _: SlotChanged) -> None:
        if cards:
            somebody.reader.insert(cards.pop(0))

    def run_out(somebody: Somebody, shown: SlotChanged) -> None:
        assert "the feeder says that it put a card in" in shown.message
        somebody.order(OrderKind.END)

    run = slot(here, does={Phase.INSERT: feed, Phase.ATTENTION: run_out}, handler=handler)
    assert run.somebody.ends == [End.GOOD, End.GOOD]
    lines = log.read_text().splitlines()
    assert [line for line in lines if line.startswith("good")] == [f"good {record.iccid}" for record in here.issued]
    assert lines[0] == "get 1"


def test_a_machine_cannot_put_a_card_in_again(tmp_path: Path) -> None:
    """Where nobody is there to do it, a card with a bad contact is rejected after it was powered again."""
    here, log = warehouse(tmp_path / "w", quantity=1), tmp_path / "log"
    handler = Handler((), (), notes(log, "{slot}", "{iccid}", "{cause}"))
    run = slot(here, here.card(), troubles=(Trouble(70, SoftReader.loosen),), handler=handler)
    (done,) = run.somebody.done
    assert (done.end, done.reseated, done.repowered > 0) == (End.REJECTED, 0, True)
    assert log.read_text().startswith(f"1 {done.iccid} bad contact")
    assert here.states() == [RecordState.REJECTED]


def test_the_sorter_is_stuck(tmp_path: Path) -> None:
    """The card is good all the same, and somebody has to come."""
    here, log = warehouse(tmp_path / "w", quantity=1), tmp_path / "log"
    handler = Handler((), notes(log, "good", code=3), ())
    seen: list[list[RecordState]] = []

    def come(somebody: Somebody, shown: SlotChanged) -> None:
        assert "ended with 3" in shown.message
        seen.append(here.states())
        somebody.reader.remove()
        somebody.order(OrderKind.RESUME)

    def nothing(somebody: Somebody, shown: SlotChanged) -> None:
        pass

    run = slot(here, here.card(), does={Phase.ATTENTION: come, Phase.GOOD: nothing}, handler=handler)
    assert run.somebody.ends == [End.GOOD]
    assert seen == [[RecordState.GOOD]]
    assert "ended with 3" in run.somebody.problems[0]
