"""A computer of its own for a whole document: its own network, PC/SC service and folders of the system's configuration.

The commands run in new mount and network namespaces (`unshare`, which needs root): the virtual reader's ports are free
there, and what `simtool slots --install` writes is gone afterwards. Real files of the computer are not touched, and
everything that was left running ends with the script.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from tests.harness.programs import as_root, program

PREPARE = """\
set -eu
own=$1
python=$2
"$python" -c 'import fcntl, socket, struct
line = socket.socket()
UP, GET, SET = 1, 0x8913, 0x8914
name = b"lo".ljust(16, b"\\0")
flags = struct.unpack("16sh", fcntl.ioctl(line, GET, name + bytes(16))[:18])[1]
fcntl.ioctl(line, SET, struct.pack("16sh14x", b"lo", flags | UP))'
mkdir -p "$own/run" "$own/readers" "$own/real" "$own/lib" /run/pcscd
mount --bind "$own/run" /run/pcscd
cp /etc/reader.conf.d/vpcd "$own/readers/"
mount --bind "$own/readers" /etc/reader.conf.d
mount --bind /usr/local/lib "$own/real"
for one in "$own/real/"*; do ln -s "$one" "$own/lib/"; done
mount --bind "$own/lib" /usr/local/lib
"""


def run_alone(script: str, folder: Path, *, python: str, environment: dict[str, str], seconds: float) -> str:
    """Run a script with bash in `folder`; gives what it and its programs print. Raises `AssertionError` with that."""
    own = folder / "own-computer"
    own.mkdir()
    (folder / "script.sh").write_text(script)
    inner = f'{PREPARE}\ncd "$3"\nexec bash -euo pipefail script.sh'
    words = [
        program("unshare"),
        "--mount",
        "--net",
        "--pid",
        "--fork",
        "--kill-child",
        "--mount-proc",
        "sh",
        "-c",
        inner,
    ]
    names = [f"{name}={value}" for name, value in {**os.environ, **environment}.items()]
    done = subprocess.run(
        as_root("env", "-i", *names, *words, "sh", str(own), python, str(folder)), stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=seconds, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-6000:]
    return done.stdout
