"""`simtool station status`: where a batch is, without a station of one's own."""

from __future__ import annotations

import click

from simtool.cli.batch import count_code, count_text, count_value
from simtool.cli.inventory_options import Place, at_inventory
from simtool.cli.outcome import Outcome, command, table

MOST_HELD = 200


@click.command("status")
@click.argument("batch")
@at_inventory
@command
def status(place: Place, batch: str) -> Outcome:
    """Show where BATCH is: its counts, who holds which card, and what each station, slot and operator made."""
    from simtool.inventory.find import reconciliation, standing
    from simtool.inventory.life import RecordState
    from simtool.inventory.visits import tally

    with place.open() as inventory:
        count = reconciliation(inventory, batch)
        held = standing(inventory, batch, (RecordState.CLAIMED, RecordState.PROGRAMMING), limit=MOST_HELD)
        made = tally(inventory, batch)
    parts = [count_text(count)]
    if held:
        rows = [(one.iccid, one.state.value, one.place, one.who, one.time) for one in held]
        parts.append(table(rows, head=("ICCID", "state", "held by", "operator", "since")))
    if made:
        head = ("station", "slot", "operator", "product", "good", "rejected", "quarantined", "unfinished", "seconds")
        lines = [
            (one.station, one.slot, one.operator, one.product, str(one.good), str(one.rejected), str(one.quarantined),
             str(one.unfinished), f"{one.seconds:.1f}")
            for one in made
        ]  # fmt: skip
        parts.append(table(lines, head=head))
    value = {
        "counters": count_value(count),
        "held": [
            {"iccid": one.iccid, "state": one.state.value, "holder": one.place, "operator": one.who, "since": one.time}
            for one in held
        ],
        "made": [
            {"station": one.station, "slot": one.slot, "operator": one.operator, "product": one.product,
             "good": one.good, "rejected": one.rejected, "quarantined": one.quarantined, "unfinished": one.unfinished,
             "seconds": one.seconds}
            for one in made
        ],
    }  # fmt: skip
    return Outcome("\n\n".join(parts), value, count_code(count))
