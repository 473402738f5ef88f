"""Builds the applets of `applets/` into `simtool/data/applets`, and takes away what no folder is there for."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from simtool.applet.build import applet_folders, build
from simtool.errors import SimtoolError
from simtool.files.applets.manifest import FILE_NAME

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "simtool" / "data" / "applets"


def main() -> int:
    files = {}
    for folder in applet_folders(ROOT / "applets"):
        built = build(folder)
        name = built.manifest.name
        files[f"{name}.cap"] = built.raw
        files[f"{name}.yaml"] = (folder / FILE_NAME).read_bytes()
        files[f"{name}.json"] = (json.dumps(built.to_json(), indent=1) + "\n").encode()
        print(f"{built.file_name}  code {built.code}  loaded {built.load}  sha256 {built.sha256}")
    DATA.mkdir(exist_ok=True)
    for path in DATA.iterdir():
        if path.name not in files:
            path.unlink()
    for name, raw in files.items():
        (DATA / name).write_bytes(raw)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except SimtoolError as error:
        sys.exit(f"error: {error}\n{error.hint}".rstrip())
