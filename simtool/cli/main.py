"""The `simtool` command. Everything heavy is imported when a command runs, so that help answers at once."""

from __future__ import annotations

import click

from simtool import __version__
from simtool.cli.applet import applet
from simtool.cli.aram import aram
from simtool.cli.batch import batch
from simtool.cli.card import card
from simtool.cli.deliver import deliver, reconcile
from simtool.cli.explain import explain
from simtool.cli.formats import convert, formats, package
from simtool.cli.host import doctor, slots
from simtool.cli.init import init
from simtool.cli.inventory import inventory
from simtool.cli.journal import journal, undo
from simtool.cli.perso import apply, issue, plan, verify
from simtool.cli.phone import phone
from simtool.cli.profile import profile
from simtool.cli.pysim import pysim
from simtool.cli.readers import readers
from simtool.cli.station.group import station
from simtool.cli.vault import audit, vault


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="simtool")
def main() -> None:
    """Turn SIM/USIM cards into an MVNO's product, and prove that each one works.

    Exit codes: 0 done, 1 error, 2 usage, 3 card and profile differ, 4 reader or card, 5 refused for safety.
    """


COMMANDS = (
    init, readers, doctor, slots, card, issue, plan, apply, verify, undo, journal, explain, profile, phone, applet,
    aram, batch, inventory, vault, audit, formats, convert, package, deliver, reconcile, station, pysim,
)  # fmt: skip
for command in COMMANDS:
    main.add_command(command)
