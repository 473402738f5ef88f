"""The printer's command: no shell, a time-out, and what it said."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from simtool.errors import InputError
from simtool.station.bench.bench import Printer
from simtool.station.paper.printing import print_file


def test_the_file_reaches_the_printer(tmp_path: Path) -> None:
    label, out = tmp_path / "label; rm -rf $HOME.pdf", tmp_path / "printed"
    label.write_bytes(b"%PDF")
    print_file(Printer(("cp", "{file}", str(out))), label)
    assert out.read_bytes() == b"%PDF"


def test_no_command_no_printer(tmp_path: Path) -> None:
    print_file(Printer(), tmp_path / "none.pdf")


def test_it_says_what_the_command_said(tmp_path: Path) -> None:
    script = "echo 'out of\n\tlabels \x1b[31m' >&2; exit 3"
    with pytest.raises(InputError, match=r"^printer\.command: sh ended with 3: out of labels \[31m$"):
        print_file(Printer(("sh", "-c", script, "{file}")), tmp_path / "label.pdf")


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (("/nowhere/lp", "{file}"), "/nowhere/lp cannot be run: No such file"),
        (("lp",), "no word of the command is {file}"),
        (("sh", "-c", "kill -9 $$", "{file}"), "sh was ended by signal 9"),
    ],
)
def test_what_goes_wrong(command: tuple[str, ...], says: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        print_file(Printer(command), tmp_path / "label.pdf")
    assert says in str(caught.value)


def test_a_printer_that_hangs_is_ended_with_its_children(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    script = f"echo waiting for paper; sleep 600 & echo $! > {pid}; wait"
    with pytest.raises(InputError, match=r"not done after 1 s and was stopped: waiting for paper"):
        print_file(Printer(("sh", "-c", script, "{file}"), seconds=1), tmp_path / "label.pdf")
    child = int(pid.read_text())
    for _ in range(200):
        if not Path(f"/proc/{child}").exists() or " Z " in Path(f"/proc/{child}/stat").read_text():
            break
        time.sleep(0.05)
    else:
        os.kill(child, 9)
        pytest.fail("the child lives on")


def test_a_child_that_stays_behind_does_not_hold_us(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    print_file(Printer(("sh", "-c", f"sleep 600 & echo $! > {pid}", "{file}")), tmp_path / "label.pdf")
    os.kill(int(pid.read_text()), 9)
