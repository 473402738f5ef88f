"""Cards that hold several providers: identity files follow from the provider record in use.

Such products keep ICCID, IMSI, Ki and more in one record per provider (a file of records whose layout has the fields
`iccid`, `imsi` and so on). What a record of theirs says shows in the standard files at once.
"""

from __future__ import annotations

from collections.abc import Iterator

from simtool.files.product import CardModel
from simtool.softcard.filesystem import FileNode, FileSystem
from simtool.softcard.usim import fields_of

_SHOWN_IN = {
    "iccid": "MF/EF.ICCID",
    "imsi": "MF/DF.GSM/EF.IMSI",
    "acc": "MF/DF.GSM/EF.ACC",
    "plmnsel": "MF/DF.GSM/EF.PLMNsel",
    "smsp": "MF/DF.TELECOM/EF.SMSP",
}


def provider_files(model: CardModel) -> frozenset[str]:
    """Paths of the files that hold provider records."""
    paths = {path for spec in model.authentication for path in spec.files}
    return frozenset(
        str(path) for path in paths if model.file(path).type.has_records and _names(model, str(path)) & _SHOWN_IN.keys()
    )


def _names(model: CardModel, path: str) -> set[str]:
    layout = model.file(path).layout
    return {field.name for field in layout.fields} if layout is not None else set()


def followers(files: FileSystem, provider: FileNode) -> Iterator[tuple[FileNode, bytes]]:
    """The standard files with the content that the provider record in use gives them; empty fields show nowhere."""
    for name, value in fields_of(provider).items():
        node = files.by_path.get(_SHOWN_IN.get(name, ""))
        if node is None or not isinstance(value, bytes) or not value.strip(b"\xff"):
            continue
        old = node.content.data
        content = value[: node.record_length or len(old)] + old[len(value) :]
        if len(content) == len(old) and content != old:
            yield node, content
