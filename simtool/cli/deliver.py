"""`simtool deliver` and `simtool reconcile`: a batch and a running core network."""

from __future__ import annotations

import contextlib

import click

from simtool.cli.card_lists import Cards, at_cards
from simtool.cli.outcome import ExitCode, Outcome, command

SHOWN = 20
TRUST = click.option("--trust-network", is_flag=True, help="Let keys pass unencrypted to another computer.")


@click.command()
@at_cards
@click.option("--to", "target_name", required=True, help="osmo-hlr://HOST[:CTRL-PORT][?gsup=PORT&vty=PORT]")
@click.option("--replace", is_flag=True, help="Replace subscribers whose data differ, instead of telling them.")
@click.option("--sqn/--no-sqn", default=True, show_default=True, help="Start the core above the records' SQN (GSUP).")
@TRUST
@command
def deliver(cards: Cards, target_name: str, replace: bool, sqn: bool, trust_network: bool) -> Outcome:
    """Load the subscribers in CARDS, or of a batch, into a running core. After an interruption, run it again."""
    from simtool.batch.hlr.ctrl import OsmoHlr
    from simtool.batch.hlr.deliver import deliver as load
    from simtool.batch.hlr.gsup import GsupClient
    from simtool.batch.hlr.target import Target

    target = Target.parse(target_name)
    target.require_trust(trusted=trust_network)
    used: dict[str, int] = {}
    with contextlib.ExitStack() as stack:
        found = stack.enter_context(cards.open())
        core = stack.enter_context(OsmoHlr(target.host, target.ctrl))
        vectors = stack.enter_context(GsupClient(target.host, target.gsup)) if sqn else None
        stack.enter_context(found.noted("records delivered", f"Ki and OPc to {target}"))
        try:
            done = load(found.source, core, vectors, replace=replace, used=used)
        finally:
            noted = found.note_sqn(used)
    counts = {
        "created": done.created, "completed": done.completed, "replaced": done.replaced,
        "unchanged": done.unchanged, "sqn_raised": done.sqn_raised,
    }  # fmt: skip
    lines = [f"{target}: " + ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in counts.items())]
    if noted:
        lines.append(f"the core is further on: SQN of {noted} records noted")
    if done.different:
        lines += [f"left alone, {len(done.different)} differ:", *_some(list(map(str, done.different)))]
        lines.append("look at them, then deliver with --replace")
    value = counts | {
        "sqn_noted": noted,
        "different": [{"imsi": item.imsi, "what": list(item.what)} for item in done.different],
    }
    return Outcome("\n".join(lines), value, ExitCode.DIFFERENT if done.different else ExitCode.DONE)


@click.command()
@at_cards
@click.option("--with", "target_name", required=True, help="osmo-hlr://HOST[:CTRL-PORT][?gsup=PORT&vty=PORT]")
@click.option("--prefix", default="", help="Count as extra only IMSIs that begin so: the core has other batches too.")
@TRUST
@command
def reconcile(cards: Cards, target_name: str, prefix: str, trust_network: bool) -> Outcome:
    """Compare the subscribers in CARDS, or of a batch, with a running core. No key is shown."""
    from simtool.batch.hlr.ctrl import OsmoHlr, list_imsis
    from simtool.batch.hlr.deliver import reconcile as compare
    from simtool.batch.hlr.target import Target

    target = Target.parse(target_name)
    target.require_trust(trusted=trust_network)  # reading a subscriber back reads the keys too
    with cards.open() as ours, OsmoHlr(target.host, target.ctrl) as core:
        with ours.noted("records compared", f"Ki and OPc with {target}"):
            found = compare(ours.source, core, list_imsis(target.host, target.vty), prefix=prefix)
    lines = [f"{target}: {found.agreeing} agree"]
    for name, items in (
        ("missing in the core", found.missing),
        ("extra in the core", found.extra),
        ("different", tuple(map(str, found.different))),
    ):
        if items:
            lines += [f"{name}: {len(items)}", *_some(list(items))]
    value = {
        "agreeing": found.agreeing, "missing": list(found.missing), "extra": list(found.extra),
        "different": [{"imsi": item.imsi, "what": list(item.what)} for item in found.different],
    }  # fmt: skip
    return Outcome("\n".join(lines), value, ExitCode.DONE if found else ExitCode.DIFFERENT)


def _some(lines: list[str]) -> list[str]:
    more = [f"  … and {len(lines) - SHOWN} more (--json lists all)"] if len(lines) > SHOWN else []
    return [f"  {line}" for line in lines[:SHOWN]] + more
