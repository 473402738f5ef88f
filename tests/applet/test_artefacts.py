"""The built applets that simtool carries are what the sources in `applets/` give, byte for byte."""

from __future__ import annotations

import json
from pathlib import Path

from simtool.applet.build import applet_folders, build
from simtool.files.applets.built import built_applet, built_names
from simtool.files.applets.manifest import FILE_NAME

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "simtool" / "data" / "applets"
MEND = "run scripts/applets and commit what it makes"


def folders() -> tuple[Path, ...]:
    root = ROOT / "applets"
    return applet_folders(root) if root.is_dir() else ()


def test_built_again_they_are_the_same(stub_cache: Path) -> None:
    for folder in folders():
        built = build(folder, cache=stub_cache)
        name = built.manifest.name
        carried = built_applet(name)
        assert carried.cap == built.raw, f"{name}: {MEND}"
        assert carried.sha256.hex() == built.sha256, f"{name}: {MEND}"
        assert (DATA / f"{name}.yaml").read_bytes() == (folder / FILE_NAME).read_bytes(), f"{name}: {MEND}"
        assert json.loads((DATA / f"{name}.json").read_text()) == built.to_json(), f"{name}: {MEND}"
    assert built_names() == tuple(folder.name for folder in folders()), MEND


def test_each_keeps_a_budget_and_shows_a_walk() -> None:
    for folder in folders():
        manifest = built_applet(folder.name).manifest
        assert manifest.budget.code is not None, folder
        assert manifest.walk is not None and (folder / manifest.walk).exists(), folder
        assert manifest.about, folder
