"""`simtool slots` and `simtool doctor`: what this computer offers, and what it lacks."""

from __future__ import annotations

import click

from simtool.cli.outcome import ExitCode, Outcome, command, table


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
