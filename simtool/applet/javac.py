"""The Java compiler of the machine, run with fixed options, its messages as errors with file and line.

What is asked of it is class files of version 52 (`--release 8`), which every javac from 9 to today makes. Only names,
types and the code itself are used of them, so that the day and the folder do not matter.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from simtool.applet.stubs import Stubs, compiled
from simtool.errors import InputError
from simtool.files.checked_yaml import together

OPTIONS = (
    "-J-Duser.language=en", "-J-Duser.country=US", "-encoding", "UTF-8", "--release", "8", "-proc:none",
    "-implicit:none", "-Xlint:-options", "-Xmaxerrs", "50", "-g:source,lines,vars",
)  # fmt: skip
HOW_TO_GET_IT = "install a JDK (Debian, Ubuntu: apt install default-jdk-headless), or set JAVA_HOME"
_MESSAGE = re.compile(r"(?P<file>.+?\.java):(?P<line>\d+): (?P<kind>error|warning): (?P<text>.*)")
_UNKNOWN_PACKAGE = re.compile(r"package ([\w.]+) does not exist")


def find_javac() -> Path:
    """The compiler of JAVA_HOME, else of PATH. Raises `InputError` where there is none."""
    home = os.environ.get("JAVA_HOME")
    found = shutil.which("javac", path=str(Path(home) / "bin")) if home else None
    found = found or shutil.which("javac")
    if found is None:
        raise InputError("no Java compiler (javac) is found", hint=HOW_TO_GET_IT)
    return Path(found)


def compile_java(sources: Sequence[Path], into: Path, *, classpath: Sequence[Path] = ()) -> None:
    """Compile `sources` to class files below `into`. Raises `InputError` with a line for each of its errors."""
    with tempfile.TemporaryDirectory() as empty:
        paths = os.pathsep.join(map(str, classpath or (empty,)))
        command = [str(find_javac()), *OPTIONS, "-classpath", paths, "-d", str(into), *map(str, sources)]
        done = subprocess.run(command, capture_output=True, text=True, errors="replace")  # noqa: S603
    if done.returncode:
        raise together(tuple(_errors(done.stderr)) or (InputError(done.stderr.strip() or "javac failed"),))


def compiled_stubs(stubs: Stubs, cache: Path | None = None) -> Path:
    """The folder with the class files of API stubs, from the cache where they are made already.

    Raises `InputError` where there is no compiler, or where the versions of the packages do not fit together.
    """
    find_javac()
    try:
        return compiled(stubs, compile_java, cache)
    except InputError as error:
        raise InputError(
            f"these versions of the API packages do not go together: {str(error).splitlines()[0]}",
            hint="give versions that one platform has",
        ) from error


def _errors(text: str) -> Iterator[InputError]:
    """The errors in what javac says: file and line, and what follows the source line and its mark."""
    lines = text.splitlines()
    for at, line in enumerate(lines):
        found = _MESSAGE.match(line)
        if found is None or found["kind"] != "error":
            continue
        details = []
        for more in lines[at + 1 :]:
            if _MESSAGE.match(more):
                break
            if re.match(r"  \w+ ?\w*: ", more):
                details.append(" ".join(more.split()))
        reason = "; ".join((found["text"], *details))
        yield InputError(reason, place=f"{found['file']}:{found['line']}", hint=_hint(found["text"]))


def _hint(text: str) -> str:
    unknown = _UNKNOWN_PACKAGE.search(text)
    if unknown is None:
        return ""
    return f"name {unknown[1]} under api in manifest.yaml, or a newer java_card there"
