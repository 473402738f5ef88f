"""An installed osmocom pySim, asked for the files that we cannot decode. Optional; nothing depends on it.

On PyPI the name `pysim` belongs to another project. So before anything is imported it is checked that the package holds
pySim's own modules; the other project is told apart and never run. Whatever pySim does when asked (an error, a line on
the screen, a value of its own kinds) stays in here: out come values fit for JSON, or None.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.machinery
import importlib.metadata
import importlib.util
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from simtool.files.catalogue import find
from simtool.files.path import MF, FilePath

PACKAGE = "pySim"
OWN_MODULES = ("filesystem.py", "ts_31_102.py", "ts_102_221.py")
"""Modules that every version of osmocom's pySim has had since it got a shell."""

_PLACES = (
    # where a part of the file tree is kept: modules (newest first), class, attribute with the files (none: itself)
    (("pySim.profile.ts_102_221", "pySim.ts_102_221"), "CardProfileUICC", "files_in_mf"),
    (("pySim.profile.ts_51_011", "pySim.ts_51_011"), "DF_TELECOM", ""),
    (("pySim.profile.ts_51_011", "pySim.ts_51_011"), "DF_GSM", ""),
    (("pySim.ts_31_102",), "ADF_USIM", ""),
    (("pySim.ts_31_103",), "ADF_ISIM", ""),
    (("pySim.ts_31_104",), "ADF_HPSIM", ""),
)


@dataclass(frozen=True, slots=True)
class Companion:
    """What was found: pySim's files by our paths, or the reason why there are none."""

    reason: str = ""
    files: Mapping[FilePath, Any] = field(default_factory=dict, repr=False)
    filesystem: Any = field(default=None, repr=False)

    def __bool__(self) -> bool:
        return not self.reason

    def decode(self, path: FilePath, content: bytes) -> Any | None:
        """What pySim says about a file's content, or about one record of it; None if it does not know. Never raises."""
        known = self._file(path)
        if known is None:
            return None
        try:
            with _silence():
                if isinstance(known, self.filesystem.LinFixedEF):
                    value = known.decode_record_hex(content.hex())
                elif isinstance(known, self.filesystem.TransparentEF):
                    value = known.decode_hex(content.hex())
                else:
                    return None
                plain = _plain(value)
        except Exception:  # somebody else's code: whatever it trips over, the file is simply not decoded
            return None
        return None if isinstance(plain, dict) and set(plain) <= {"raw"} else plain

    def _file(self, path: FilePath) -> Any | None:
        if path in self.files:
            return self.files[path]
        standard, parent = find(path), path.parent
        if standard is None or standard.fid is None or parent is None:
            return None
        fid = f"{standard.fid:04x}"
        for other, known in self.files.items():  # the same file by another name
            if other.parent == parent and str(known.fid).lower() == fid:
                return known
        return None


def decode_with_pysim(path: FilePath, content: bytes) -> Any | None:
    """What an installed osmocom pySim says about the content of a file or record; None without it. Never raises."""
    return companion().decode(path, content)


@lru_cache(maxsize=1)
def companion() -> Companion:
    """The installed pySim, looked for once. Never raises."""
    reason = _why_not()
    if reason:
        return Companion(reason)
    try:
        with _silence():
            filesystem = importlib.import_module("pySim.filesystem")
            files = dict(_tree())
    except Exception as error:  # a missing dependency of its own, or a version that we do not know
        return Companion(f"the installed pySim cannot be used: {type(error).__name__}: {error}")
    if not files:
        return Companion("the installed pySim has none of the files that we look for")
    return Companion(files=files, filesystem=filesystem)


def _why_not() -> str:
    """Why there is no pySim to import; empty when there is. Imports nothing."""
    # not find_spec("pySim.filesystem"): that would run the package to look into it
    spec = importlib.machinery.PathFinder.find_spec(PACKAGE)
    folders = [Path(folder) for folder in (spec.submodule_search_locations or ())] if spec is not None else []
    if any(all((folder / name).is_file() for name in OWN_MODULES) for folder in folders):
        return ""
    if folders or spec is not None or _is_installed():
        return "the installed package pysim is another project, not osmocom's pySim"
    return "osmocom's pySim is not installed"


def _is_installed() -> bool:
    """Whether a distribution of that name is there, whatever it holds (names are compared without case)."""
    try:
        importlib.metadata.distribution(PACKAGE)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def _tree() -> Iterator[tuple[FilePath, Any]]:
    for modules, name, attribute in _PLACES:
        kind = _find(modules, name)
        if kind is None:
            continue
        instance = kind()
        for one in vars(instance)[attribute] if attribute else (instance,):
            yield from _walk(MF, one)


def _find(modules: tuple[str, ...], name: str) -> Any | None:
    for module in modules:
        if importlib.util.find_spec(module.rpartition(".")[0]) is None or importlib.util.find_spec(module) is None:
            continue
        found = vars(importlib.import_module(module)).get(name)
        if found is not None:
            return found
    return None


def _walk(parent: FilePath, one: Any) -> Iterator[tuple[FilePath, Any]]:
    path = parent / str(one.name)
    yield path, one
    for child in dict(vars(one).get("children") or {}).values():
        yield from _walk(path, child)


def _plain(value: Any) -> Any:
    """Bytes as hex, mappings and lists of such values, numbers, texts; anything else as its text."""
    if isinstance(value, bytes | bytearray):
        return bytes(value).hex()
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items() if not str(name).startswith("_")}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if value is None or type(value) in (bool, int, float, str):
        return value
    return str(value)


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """Only our command line prints."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        yield
