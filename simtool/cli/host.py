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
        holds = (" or ".join(products) or f"unknown card, ATR {reader.atr.hex()}") if reader.atr else "empty"
        rows.append((f"pcsc:{reader.index}", reader.name, holds))
        atr = reader.atr.hex() if reader.atr else None
        values.append({"reader": f"pcsc:{reader.index}", "name": reader.name, "atr": atr, "products": products})
    text = table(rows, head=("reader", "name", "card")) if rows else "no reader is connected; simtool doctor tells more"
    return Outcome(text, values)


@click.command()
@click.argument("count", type=click.IntRange(2, 16))
@click.option("--install", is_flag=True, help="Write the files (as root); otherwise only show them.")
@command
def slots(count: int, install: bool) -> Outcome:
    """Configure COUNT virtual reader slots for software cards."""
    from simtool.card.slots import install_slots, slot_pairs

    pairs = install_slots(count) if install else slot_pairs(count)
    rows = [(f"/{pair.configuration}", f"/{pair.library}", f"{pair.ports[0]}, {pair.ports[1]}") for pair in pairs]
    text = table(rows, head=("configuration", "driver", "ports"))
    after = "restart pcscd to use them: sudo systemctl restart pcscd" if install else "write them with --install"
    values = [{"configuration": config, "driver": driver, "ports": ports} for config, driver, ports in rows]
    return Outcome(f"{text}\n{after}", {"installed": install, "pairs": values})


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
