"""docs/write-an-applet.md, followed literally, and the commands that it names."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import simtool
from simtool.cli.main import main
from simtool.files.applets.manifest import Manifest, encode_parameters
from simtool.files.applets.parameters import CODINGS, TYPES

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "write-an-applet.md").read_text()


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stub_cache: Path) -> Path:
    """An empty folder, and the program in it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(stub_cache))
    return tmp_path


@pytest.fixture(scope="session")
def stub_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


def applet(*words: str, typed: str = "") -> Result:
    return CliRunner().invoke(main, ["applet", *words], input=typed)


def commands() -> list[str]:
    """The lines of the page that a person types."""
    blocks = re.findall(r"```\n(.*?)```", PAGE, re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line.startswith(("simtool ", "echo "))]


def test_the_page_followed_literally(folder: Path) -> None:
    outputs = {}
    for line in commands():
        words = shlex.split(line)
        if words[0] == "echo":
            assert words[-2] == ">"
            (folder / words[-1]).write_text(" ".join(words[1:-2]) + "\n")
            continue
        typed = "" if "--walk" in words else "menu\n1\n\nexit\n"
        result = CliRunner().invoke(main, words[1:], input=typed)
        assert result.exit_code == 0, (line, result.output)
        outputs[line] = result.output
    assert {"HelloMenu.java", "manifest.yaml", "walk.yaml"} == {one.name for one in Path("hello-menu").iterdir()}
    assert "10 steps" not in PAGE and "all good" in outputs["simtool applet run hello-menu --walk hello-menu/walk.yaml"]
    assert "Hello" in outputs["simtool applet run hello-menu"]
    assert "Grüße aus dem Norden" in outputs["simtool applet run hello-menu --values values.yaml"]
    assert Path("build/applets/hello-menu-1.0.cap").exists()


def test_the_part_of_a_profile(folder: Path) -> None:
    """With the digest that build shows it is a product."""
    applet("new", "hello-menu")
    (built,) = json.loads(applet("build", "hello-menu", "--json").stdout)
    (part,) = re.findall(r"```yaml\n(applets:.*?)```", PAGE, re.DOTALL)
    text = part.replace("sha256: …", f"sha256: {built['sha256']}")
    head = "operator: {kind: enhanced, name: N, plmn: 001-01}\n"
    profile = simtool.Profile.parse(head + text, folder=folder)
    assert profile.applets["hello"].parameters == {"message": "Grüße aus dem Norden"}


def test_the_manifest_on_the_page() -> None:
    (text,) = re.findall(r"```yaml manifest\n(.*?)```", PAGE, re.DOTALL)
    manifest = Manifest.parse(text, name="menu")
    item = {"text": {"de": "Guthaben"}, "ussd": "*100#"}
    assert encode_parameters(manifest, {"care": "611", "items": [item, {"text": "M", "items": [item]}]})


def test_the_page_names_every_type_and_coding() -> None:
    for name in (*TYPES, *CODINGS):
        assert f"`{name}`" in PAGE or f"`coding: {name}`" in PAGE, name


def test_build_tells_sizes_and_digest(folder: Path) -> None:
    applet("new", "hello-menu")
    result = applet("build", "hello-menu")
    assert result.exit_code == 0, result.output
    (told,) = json.loads(applet("build", "hello-menu", "--json").stdout)
    assert f"code          {told['code']} of 1024" in result.output
    assert f"{told['file']}  sha256 {told['sha256']}" in result.output
    assert told["components"]["Method"] == told["code"] + 3


def test_build_all(folder: Path) -> None:
    for name in ("one", "two"):
        applet("new", f"applets/{name}")
    result = applet("build", "all", "--out", "caps", "--json")
    assert [one["file"] for one in json.loads(result.stdout)] == ["caps/one-1.0.cap", "caps/two-1.0.cap"]
    assert sorted(one.name for one in Path("caps").iterdir()) == [
        "one-1.0.cap", "one-1.0.json", "two-1.0.cap", "two-1.0.json",
    ]  # fmt: skip


def test_errors_are_one_line_each(folder: Path) -> None:
    applet("new", "hello-menu")
    source = Path("hello-menu/HelloMenu.java")
    source.write_text(source.read_text().replace("handler.send();", "handler.post();"))
    result = applet("build", "hello-menu")
    assert result.exit_code == 1
    assert re.match(
        r"error: hello-menu/HelloMenu\.java:\d+: cannot find symbol; symbol: method post\(\)", result.output
    )
    assert len(result.output.splitlines()) == 1
    assert not Path("build").exists()


def test_values_that_are_wrong(folder: Path) -> None:
    applet("new", "hello-menu")
    Path("values.yaml").write_text("message: hi\ntitel: x\n")
    result = applet("run", "hello-menu", "--values", "values.yaml")
    assert result.exit_code == 1
    assert "values.yaml:2:1: titel: there is no such parameter; they are title, message" in result.output


def test_values_for_a_cap_file(folder: Path) -> None:
    Path("x.cap").touch()
    Path("values.yaml").touch()
    result = applet("run", "x.cap", "--values", "values.yaml")
    assert result.exit_code == 1 and "--values are for the folder" in result.output
