"""Judges of printed papers: what poppler reads in a PDF, what zbar reads off its pages, what its streams hold."""

from __future__ import annotations

import re
import subprocess
import zlib
from pathlib import Path

SCALE = 25.4


def text_of(pdf: bytes, *, layout: bool = False) -> str:
    """The text of all pages."""
    words = ["pdftotext", *(["-layout"] if layout else []), "-", "-"]
    return subprocess.run(words, input=pdf, capture_output=True, check=True).stdout.decode()


def pages_of(pdf: bytes) -> int:
    said = subprocess.run(["pdfinfo", "-"], input=pdf, capture_output=True, check=True).stdout.decode()
    return int(re.search(r"^Pages:\s+(\d+)", said, re.MULTILINE)[1])  # type: ignore[index]


def size_of(pdf: bytes) -> tuple[float, float]:
    """Width and height of the first page in mm."""
    said = subprocess.run(["pdfinfo", "-"], input=pdf, capture_output=True, check=True).stdout.decode()
    found = re.search(r"^Page size:\s+([\d.]+) x ([\d.]+) pts", said, re.MULTILINE)
    assert found is not None
    return round(float(found[1]) / 72 * SCALE, 1), round(float(found[2]) / 72 * SCALE, 1)


def codes_of(pdf: bytes, dots: int, folder: Path, *, mono: bool = False) -> list[str]:
    """What a scanner reads, page after page, as KIND:CONTENT; printed with so many dots per inch, `mono`: no greys."""
    at = folder / f"scan-{dots}-{mono}"
    at.mkdir(exist_ok=True)
    for old in at.iterdir():
        old.unlink()
    words = ["pdftoppm", "-r", str(dots), *(["-mono"] if mono else ["-png"]), "-", str(at / "page")]
    subprocess.run(words, input=pdf, capture_output=True, check=True)
    found = []
    for page in sorted(at.iterdir()):
        done = subprocess.run(["zbarimg", "--quiet", str(page)], capture_output=True, check=False)
        assert done.returncode in (0, 4), done.stderr.decode()  # 4: no code found
        found += done.stdout.decode().splitlines()
    return found


def inside(pdf: bytes) -> bytes:
    """The whole file, and the content of each compressed stream behind it."""
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL)
    found = [pdf]
    for stream in streams:
        try:
            found.append(zlib.decompress(stream))
        except zlib.error:
            found.append(stream)
    return b"\n".join(found)
