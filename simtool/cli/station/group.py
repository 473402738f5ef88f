"""`simtool station`: a bench of readers at work. Each part has a module of its own."""

from __future__ import annotations

import click

from simtool.cli.station.bench import bench
from simtool.cli.station.first_article import first_article, script
from simtool.cli.station.paper import label, letters
from simtool.cli.station.people import operator
from simtool.cli.station.run import run
from simtool.cli.station.status import status
from simtool.cli.station_report import report, verify_certificate


@click.group()
def station() -> None:
    """Run a bench of readers on a batch: first article, cards, labels, end of shift."""


COMMANDS: tuple[click.Command, ...] = (
    first_article,
    run,
    status,
    script,
    bench,
    label,
    letters,
    report,
    verify_certificate,
    operator,
)
for part in COMMANDS:
    station.add_command(part)
