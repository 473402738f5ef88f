"""`simtool profile …`: what can be said about a profile without a card."""

from __future__ import annotations

import click

from simtool.cli.preview import profile_preview


@click.group()
def profile() -> None:
    """Look at an MVNO's product before any card carries it."""


for verb in (profile_preview,):
    profile.add_command(verb)
