"""The house rules of docs/design.md: who may import whom, and what the package exports."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import simtool

ROOT = Path(simtool.__file__).parent
EVERYTHING = {
    "codec", "crypto", "files", "card", "gp", "perso", "batch", "inventory", "applet", "station", "ota", "esim",
    "softcard", "cli",
}  # fmt: skip
MAY_IMPORT = {
    "codec": set(),
    "crypto": set(),
    "files": {"codec"},
    "card": {"codec", "files"},
    "gp": {"codec", "crypto", "card"},
    "perso": {"codec", "crypto", "files", "card", "gp"},
    "batch": {"codec", "crypto", "perso"},
    "inventory": {"crypto", "perso", "batch"},
    "station": {"card", "perso", "batch", "inventory"},
    "applet": {"codec", "files"},
    "softcard": {"codec", "crypto", "files"},
    "cli": EVERYTHING,
}
OPEN_TO_ALL = {"errors"}
TOP_LEVEL = {"opening", "__init__"}
ONLY_IN = {
    "smartcard": {"card/pcsc/api.py"}, "click": {"cli"}, "sqlalchemy": {"inventory"}, "alembic": {"inventory"},
    "pkcs11": {"inventory/token.py"}, "numpy": {"batch"}, "fpdf": {"station/paper"}, "segno": {"station/paper"},
    "barcode": {"station/paper"}, "starlette": {"station/web"}, "uvicorn": {"station/web"}, "jinja2": {"station/web"},
}  # fmt: skip


def imports(path: Path) -> set[str]:
    """Every module that a file imports, at any depth."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found |= {f"{node.module}.{alias.name}" for alias in node.names if node.module == "simtool"}
    return found


FILES = sorted(ROOT.rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=[str(path.relative_to(ROOT)) for path in FILES])
def test_import_directions(path: Path) -> None:
    room = path.relative_to(ROOT).parts[0].removesuffix(".py")
    if room in TOP_LEVEL:
        return
    for module in imports(path):
        parts = module.split(".")
        if parts[0] != "simtool" or len(parts) == 1 or parts[1] in OPEN_TO_ALL | {room}:
            continue
        if room == "cli" and parts[1] in TOP_LEVEL | {"__version__"}:
            continue
        assert parts[1] in MAY_IMPORT.get(room, set()), f"{path} imports {module}"


@pytest.mark.parametrize("path", FILES, ids=[str(path.relative_to(ROOT)) for path in FILES])
def test_libraries_with_one_home(path: Path) -> None:
    relative = str(path.relative_to(ROOT))
    for module in imports(path):
        homes = ONLY_IN.get(module.split(".")[0])
        if homes is not None:
            assert any(relative == home or relative.startswith(f"{home}/") for home in homes), module


def test_every_public_name_exists() -> None:
    for name in simtool.__all__:
        assert getattr(simtool, name) is not None


def test_public_names_are_listed_once() -> None:
    assert sorted(set(simtool.__all__), key=simtool.__all__.index) == simtool.__all__
    assert dir(simtool) == sorted(simtool.__all__)
