"""`simtool init`: a folder to begin in."""

from __future__ import annotations

from pathlib import Path

import click

from simtool.cli.outcome import Outcome, command


@click.command()
@click.argument("directory", type=click.Path(path_type=Path))
@command
def init(directory: Path) -> Outcome:
    """Make a workspace in DIRECTORY: an example profile, a test card, places for readers, applets and records.

    Nothing that is there already is overwritten.
    """
    from simtool.perso.workspace import make_workspace

    workspace = make_workspace(directory)
    lines = [f"made  {path}" for path in workspace.made]
    lines += [f"kept  {path} (it was there)" for path in workspace.kept]
    lines += [f"note  others can look into {path}: chmod 700 {path}" for path in workspace.open_to_others]
    lines += ["", "next:", *(f"  {step}" for step in workspace.next_steps)]
    value = {
        "folder": str(workspace.folder),
        "made": [str(path) for path in workspace.made],
        "kept": [str(path) for path in workspace.kept],
        "open_to_others": [str(path) for path in workspace.open_to_others],
        "next_steps": list(workspace.next_steps),
    }
    return Outcome("\n".join(lines), value)
