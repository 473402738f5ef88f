"""A folder to begin an applet in: one source, its manifest, and a walk (`data/applet-template`)."""

from __future__ import annotations

import hashlib
from importlib.resources import files
from pathlib import Path
from string import Template

from simtool.errors import InputError
from simtool.files.applets.manifest import APPLET_NAME, FILE_NAME, PACKAGE_NAME

RID_LENGTH = 5
_TAR_PLACE = 12
_TAKEN = {"Applet", "Object", "Shareable", "Util"}
"""Classes that the source names otherwise."""
_KEYWORDS = frozenset(
    "abstract assert boolean break byte case catch char class const continue default do double else enum extends false "
    "final finally float for goto if implements import instanceof int interface long native new null package private "
    "protected public return short static strictfp super switch synchronized this throw throws transient true try void "
    "volatile while".split()
)


def write_template(folder: Path, *, package: str | None = None, rid: str | None = None) -> tuple[Path, ...]:
    """Write the files of a new applet that is called like its folder; gives their paths.

    Without a `rid` the AIDs begin with F and a digest of the name: proprietary, unregistered (ISO/IEC 7816-5 §7.2.2.3),
    good for trials. Raises `InputError` where there is an applet already, or for a name that cannot be one.
    """
    name = folder.resolve().name
    if not APPLET_NAME.fullmatch(name):
        raise InputError(f"{name} is no name for an applet: small letters, digits, single dashes", place=str(folder))
    if (folder / FILE_NAME).exists():
        raise InputError("there is an applet already", place=str(folder / FILE_NAME))
    words = name.split("-")
    class_name = "".join(word.capitalize() for word in words)
    class_name += "Applet" if class_name in _TAKEN else ""
    package = package or f"org.example.{_no_keyword(''.join(words))}"
    if not PACKAGE_NAME.fullmatch(package) or _KEYWORDS & set(package.split(".")):
        raise InputError(f"{package} is no name for a Java package, such as com.example.menu", field="--package")
    own_rid = _rid(name, rid)
    tar = hashlib.sha256(name.encode()).digest()[:3]
    module = own_rid + bytes.fromhex("000101")
    values = {
        "package": package,
        "name": class_name,
        "title": " ".join(words).capitalize()[:20],
        "package_aid": f"'{(own_rid + bytes.fromhex('0001')).hex()}'",
        "module_aid": f"'{module.hex()}'",
        "instance_aid": f"'{(module.ljust(_TAR_PLACE, bytes(1)) + tar + bytes(1)).hex()}'",
    }
    written = []
    for source, target in (("applet.java", f"{class_name}.java"), (FILE_NAME, FILE_NAME), ("walk.yaml", "walk.yaml")):
        text = files("simtool").joinpath("data", "applet-template", source).read_text("utf-8")
        path = folder / target
        try:
            folder.mkdir(parents=True, exist_ok=True)
            path.write_text(Template(text).substitute(values), encoding="utf-8")
        except OSError as error:
            raise InputError(error.strerror or str(error), place=str(path)) from error
        written.append(path)
    return tuple(written)


def _no_keyword(word: str) -> str:
    return f"{word}applet" if word in _KEYWORDS else word


def _rid(name: str, given: str | None) -> bytes:
    if given is None:
        return b"\xf0" + hashlib.sha256(name.encode()).digest()[: RID_LENGTH - 1]
    try:
        rid = bytes.fromhex(given)
    except ValueError:
        rid = b""
    if len(rid) != RID_LENGTH:
        raise InputError("an RID is five bytes in hex, such as D276000118", field="--rid")
    return rid
