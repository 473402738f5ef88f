"""`python -m simtool.cli` is the `simtool` command."""

from simtool.cli.main import main

main(prog_name="simtool")
