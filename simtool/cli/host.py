"""`simtool readers` and `simtool doctor`: what this computer offers."""

from __future__ import annotations

import click

from simtool.cli.outcome import ExitCode, Outcome, command, table


@click.command()
@command
def readers() -> Outcome:
    """List the card readers and what is in them."""
    from simtool.card.pcsc import list_readers
    from simtool.files.product import by_atr

    found = list_readers()
    rows, values = [], []
    for reader in found:
        products = [model.name for model in by_atr(reader.atr)] if reader.atr else []
        holds = (", ".join(products) or f"unknown card, ATR {reader.atr.hex()}") if reader.atr else "empty"
        rows.append((f"pcsc:{reader.index}", reader.name, holds))
        atr = reader.atr.hex() if reader.atr else None
        values.append({"reader": f"pcsc:{reader.index}", "name": reader.name, "atr": atr, "products": products})
    text = table(rows, head=("reader", "name", "card")) if rows else "no reader is connected; simtool doctor tells more"
    return Outcome(text, values)


@click.command()
@command
def doctor() -> Outcome:
    """Say in plain words what this computer lacks for working with card readers."""
    from simtool.card.doctor import examine

    findings = examine()
    lines = []
    for finding in findings:
        lines.append(f"{'ok     ' if finding.ok else 'MISSING'} {finding.subject}: {finding.detail}")
        if not finding.ok and finding.cure:
            lines.append(f"        → {finding.cure}")
    values = [{"subject": f.subject, "ok": f.ok, "detail": f.detail, "cure": f.cure} for f in findings]
    healthy = all(finding.ok for finding in findings)
    return Outcome("\n".join(lines), values, ExitCode.DONE if healthy else ExitCode.CARD)
