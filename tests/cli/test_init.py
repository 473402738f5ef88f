"""`simtool init`: what it prints as the next steps is followed to the letter."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

import simtool

Run = Callable[..., Result]
PROGRAMS = Path(sys.executable).parent


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def printed_steps(output: str) -> str:
    _, _, steps = output.partition("\nnext:\n")
    return steps


def follow(steps: str, folder: Path, state: Path) -> subprocess.CompletedProcess[str]:
    """The steps as a person pastes them into a shell, with this environment's `simtool`."""
    environment = os.environ | {"PATH": f"{PROGRAMS}:{os.environ['PATH']}", "SIMTOOL_STATE": str(state)}
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", steps], cwd=folder, env=environment, capture_output=True, text=True
    )


def test_the_next_steps_lead_to_a_finished_card(run: Run, tmp_path: Path, state: Path) -> None:
    folder = tmp_path / "my cards"
    made = run("init", folder)
    assert made.exit_code == 0, made.output
    steps = printed_steps(made.output)
    assert steps.count("\n") == 6
    done = follow(steps, tmp_path, state)
    assert done.returncode == 0, done.stderr
    assert "Example" in done.stdout
    assert "8949440000001155314: good" in done.stdout
    assert mode(folder / "inventory" / "records.yaml") == 0o600
    assert mode(folder / "inventory" / "card.state") == 0o600


def test_the_readme_says_the_same_steps(run: Run, tmp_path: Path) -> None:
    value = json.loads(run("init", tmp_path / "w", "--json").stdout)
    readme = (tmp_path / "w" / "README.md").read_text()
    for step in value["next_steps"][1:]:
        assert f"{step}\n" in readme


def test_what_will_hold_secrets_is_private(run: Run, tmp_path: Path) -> None:
    previous = os.umask(0)
    try:
        run("init", tmp_path / "w")
    finally:
        os.umask(previous)
    assert mode(tmp_path / "w" / "inventory") == 0o700
    assert mode(tmp_path / "w" / "inventory" / "stock.yaml") == 0o600


def test_nothing_is_overwritten(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "w"
    (folder / "inventory").mkdir(parents=True)
    (folder / "inventory").chmod(0o755)
    (folder / "profiles").mkdir()
    (folder / "profiles" / "example.yaml").write_text("mine\n")
    (folder / ".gitignore").symlink_to(tmp_path / "nowhere")
    value = json.loads(run("init", folder, "--json").stdout)
    assert (folder / "profiles" / "example.yaml").read_text() == "mine\n"
    assert not (tmp_path / "nowhere").exists()
    assert sorted(value["kept"]) == [str(folder / ".gitignore"), str(folder / "profiles" / "example.yaml")]
    assert value["open_to_others"] == [str(folder / "inventory")]
    assert mode(folder / "inventory") == 0o755

    contents = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    again = json.loads(run("init", folder, "--json").stdout)
    assert again["made"] == []
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == contents


def test_where_it_cannot_be_made(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    refused = run("init", tmp_path / "file")
    assert refused.exit_code == 1
    assert "exists" in refused.stderr


def test_the_example_says_what_it_means(run: Run, tmp_path: Path) -> None:
    run("init", tmp_path / "w")
    profile = simtool.Profile.load(tmp_path / "w" / "profiles" / "example.yaml")
    assert profile.operator.name == "Example Mobile"
    text = (tmp_path / "w" / "profiles" / "example.yaml").read_text()
    assert text.count("#") > 20


@pytest.mark.parametrize("name", ["inventory/records.yaml", "inventory/stock.yaml", "op.hex", "inventory/card.state"])
def test_secrets_stay_out_of_version_control(run: Run, tmp_path: Path, name: str) -> None:
    run("init", tmp_path / "w")
    git = ["git", "-C", str(tmp_path / "w")]
    subprocess.run([*git, "init", "-q"], check=True)
    (tmp_path / "w" / name).touch()
    assert subprocess.run([*git, "check-ignore", "-q", name]).returncode == 0
    assert subprocess.run([*git, "check-ignore", "-q", "profiles/example.yaml"]).returncode == 1
