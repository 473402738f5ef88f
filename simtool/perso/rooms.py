"""Where a card's files are and in which order they are visited: one stay per directory, so few SELECTs are needed."""

from __future__ import annotations

from functools import lru_cache

from simtool.files.path import MF, FilePath
from simtool.files.product import CardModel
from simtool.files.specs import CURRENT_ADF


@lru_cache(maxsize=65536)
def visiting_order(model: CardModel, path: FilePath) -> tuple[int, str, str, bool, int]:
    """Sort key: the MF's own files, then directories, then applications; in each directory secret files come last."""
    parent = path.parent or MF
    application = path.application
    depth = 0 if parent == MF else 1 if application is None else 2
    spec = model.files[path]
    return depth, str(application or ""), str(parent), spec.secret, list(model.files).index(path)


def speaks_as_sim(model: CardModel) -> bool:
    """True for products that are personalised in class A0: the first class that they name."""
    return model.classes[0] == "gsm"


def place_of(model: CardModel, path: FilePath) -> FilePath | None:
    """Where the content of `path` is written: the end of its links, or None if the product has no such file in reach.

    In class A0 nothing is selected by AID (TS 51.011 §8.1): an application without a file identifier is out of reach.
    """
    if not model.has(path):
        return None
    found = model.source(path)
    application = found.application
    if application is not None and speaks_as_sim(model) and model.file(application).fid == CURRENT_ADF:
        return None
    return found
