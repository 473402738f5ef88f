"""`simtool deliver` and `simtool reconcile`: a batch and a running core network."""

from __future__ import annotations

import contextlib
from pathlib import Path

import click

from simtool.cli.formats import A_FILE, ALGORITHM, FROM, TRANSPORT_KEYS, cards_source
from simtool.cli.outcome import ExitCode, Outcome, command

SHOWN = 20
TRUST = click.option("--trust-network", is_flag=True, help="Let keys pass unencrypted to another computer.")


@click.command()
@click.argument("cards", type=A_FILE)
@FROM
@click.option("--to", "target_name", required=True, help="osmo-hlr://HOST[:CTRL-PORT][?gsup=PORT&vty=PORT]")
@TRANSPORT_KEYS
@ALGORITHM
@click.option("--replace", is_flag=True, help="Replace subscribers whose data differ, instead of telling them.")
@click.option("--sqn/--no-sqn", default=True, show_default=True, help="Start the core above the records' SQN (GSUP).")
@TRUST
@command
def deliver(
    cards: Path, from_format: str, target_name: str, keys_file: Path | None, algorithm: str, replace: bool, sqn: bool,
    trust_network: bool,
) -> Outcome:  # fmt: skip
    """Load the subscribers in CARDS into a running core. Run it again after an interruption: it goes on."""
    from simtool.batch.hlr.ctrl import OsmoHlr
    from simtool.batch.hlr.deliver import deliver as load
    from simtool.batch.hlr.gsup import GsupClient
    from simtool.batch.hlr.target import Target

    target = Target.parse(target_name)
    target.require_trust(trusted=trust_network)
    source, _ = cards_source(cards, from_format, keys_file, algorithm)
    with contextlib.ExitStack() as stack:
        core = stack.enter_context(OsmoHlr(target.host, target.ctrl))
        vectors = stack.enter_context(GsupClient(target.host, target.gsup)) if sqn else None
        done = load(source, core, vectors, replace=replace)
    counts = {
        "created": done.created, "completed": done.completed, "replaced": done.replaced,
        "unchanged": done.unchanged, "sqn_raised": done.sqn_raised,
    }  # fmt: skip
    lines = [f"{target}: " + ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in counts.items())]
    if done.different:
        lines += [f"left alone, {len(done.different)} differ:", *_some(list(map(str, done.different)))]
        lines.append("look at them, then deliver with --replace")
    value = counts | {"different": [{"imsi": item.imsi, "what": list(item.what)} for item in done.different]}
    return Outcome("\n".join(lines), value, ExitCode.DIFFERENT if done.different else ExitCode.DONE)


@click.command()
@click.argument("cards", type=A_FILE)
@FROM
@click.option("--with", "target_name", required=True, help="osmo-hlr://HOST[:CTRL-PORT][?gsup=PORT&vty=PORT]")
@TRANSPORT_KEYS
@ALGORITHM
@click.option("--prefix", default="", help="Count as extra only IMSIs that begin so: the core has other batches too.")
@TRUST
@command
def reconcile(
    cards: Path, from_format: str, target_name: str, keys_file: Path | None, algorithm: str, prefix: str,
    trust_network: bool,
) -> Outcome:  # fmt: skip
    """Compare the subscribers in CARDS with a running core: missing, extra, different. No key is shown."""
    from simtool.batch.hlr.ctrl import OsmoHlr, list_imsis
    from simtool.batch.hlr.deliver import reconcile as compare
    from simtool.batch.hlr.target import Target

    target = Target.parse(target_name)
    target.require_trust(trusted=trust_network)  # reading a subscriber back reads the keys too
    source, _ = cards_source(cards, from_format, keys_file, algorithm)
    with OsmoHlr(target.host, target.ctrl) as core:
        found = compare(source, core, list_imsis(target.host, target.vty), prefix=prefix)
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
