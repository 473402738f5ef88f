"""The applets that come with simtool, built: CAP file, manifest and digest (`data/applets`).

`scripts/applets` makes them from the sources in `applets/`; a test builds them again and compares.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from simtool.errors import EncodeError
from simtool.files.applets.manifest import Manifest

_FOLDER = files("simtool").joinpath("data", "applets")


@dataclass(frozen=True, slots=True)
class BuiltApplet:
    """`cap` is the CAP file as it is; `sha256` its digest as it was noted when it was built."""

    manifest: Manifest
    cap: bytes
    sha256: bytes


def built_names() -> tuple[str, ...]:
    """The names of all, sorted."""
    if not _FOLDER.is_dir():
        return ()
    return tuple(sorted(one.name.removesuffix(".cap") for one in _FOLDER.iterdir() if one.name.endswith(".cap")))


@cache
def built_applet(name: str) -> BuiltApplet:
    """An applet by its name. Raises `EncodeError` for a name that is none."""
    if name not in built_names():
        known = ", ".join(built_names()) or "none"
        raise EncodeError(f"no applet {name} comes with simtool; there are: {known}")
    text = _FOLDER.joinpath(f"{name}.yaml").read_text("utf-8")
    note = json.loads(_FOLDER.joinpath(f"{name}.json").read_text("utf-8"))
    manifest = Manifest.parse(text, name=name, file=f"data/applets/{name}.yaml")
    return BuiltApplet(manifest, _FOLDER.joinpath(f"{name}.cap").read_bytes(), bytes.fromhex(note["sha256"]))
