"""The order in which a card's files are visited: one stay per directory, so that few SELECTs are needed."""

from __future__ import annotations

from functools import lru_cache

from simtool.files.path import MF, FilePath
from simtool.files.product import CardModel


@lru_cache(maxsize=65536)
def visiting_order(model: CardModel, path: FilePath) -> tuple[int, str, str, bool, int]:
    """Sort key: the MF's own files, then directories, then applications; in each directory secret files come last."""
    parent = path.parent or MF
    application = path.application
    depth = 0 if parent == MF else 1 if application is None else 2
    spec = model.files[path]
    return depth, str(application or ""), str(parent), spec.secret, list(model.files).index(path)
