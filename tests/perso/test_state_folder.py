"""Where state is kept (XDG Base Directory Specification), and who may read it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from simtool.errors import InputError
from simtool.perso.memory.state_folder import open_private, private_folder, state_folder

PLACES = [
    # environment, folder
    ({"SIMTOOL_STATE": "/a/b", "XDG_STATE_HOME": "/x", "HOME": "/h"}, "/a/b"),
    ({"XDG_STATE_HOME": "/x", "HOME": "/h"}, "/x/simtool"),
    ({"XDG_STATE_HOME": "relative", "HOME": "/h"}, "/h/.local/state/simtool"),
    ({"XDG_STATE_HOME": "", "HOME": "/h"}, "/h/.local/state/simtool"),
    ({"HOME": "/h"}, "/h/.local/state/simtool"),
]


@pytest.mark.parametrize(("environ", "folder"), PLACES)
def test_place(environ: dict[str, str], folder: str) -> None:
    assert state_folder(environ) == Path(folder)


def test_folders_and_files_are_the_owners_alone(tmp_path: Path) -> None:
    folder = private_folder(tmp_path / "a" / "b")
    assert folder.stat().st_mode & 0o777 == 0o700
    assert folder.parent.stat().st_mode & 0o777 == 0o700
    os.close(open_private(folder / "file", os.O_WRONLY))
    assert (folder / "file").stat().st_mode & 0o777 == 0o600


def test_an_open_folder_is_closed(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    assert private_folder(tmp_path).stat().st_mode & 0o777 == 0o700


def test_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot keep state"):
        private_folder(tmp_path / "file" / "below")
