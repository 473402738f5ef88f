"""The warehouse's show, the shorter form: two stations on PostgreSQL make a batch with troubles of every kind.

Real PC/SC: virtual slots at two tables, software cards with the time of plastic (made shorter), a robot for hands. One
station is killed in the middle of its cards, later its PC/SC service; a second one joins. What comes of it is judged by
reading every card. The long form is scripts/show_station.
"""

from __future__ import annotations

from pathlib import Path

from simtool.softcard.timing import TimeModel
from tests.harness.plastic import scaled
from tests.harness.postgres import postgres
from tests.harness.show import Show
from tests.harness.table import simtool

QUANTITY, SPARE_PERCENT, FAULTY = 32, 50, 15
SPEED = 5.0
PATIENCE = 120.0


def test_no_card_is_wrong_or_doubled_whatever_happens(tmp_path: Path) -> None:
    with postgres() as url:
        show = Show(tmp_path, QUANTITY, SPARE_PERCENT, url=url, faulty=FAULTY, timing=scaled(TimeModel(), SPEED))
        show.prepare()
        with (
            show.table("north", 8) as north,
            show.table("south", 4, handlers=True) as south,
        ):
            show.first_articles(north)
            north.start()
            show.wait(lambda: show.done >= 5, seconds=PATIENCE, what="the first cards")
            south.start()
            mixed_up = north.robot.mix_up()
            north.kill()
            north.start()
            show.wait(lambda: show.done >= 13, seconds=PATIENCE, what="cards after the kill")
            north.bench.restart()
            show.wait(lambda: not (north.running or south.running), seconds=PATIENCE, what="the end")
            assert (north.exit_code, south.exit_code) == (0, 0), north.errors + south.errors
            assert len(north.done("good")) and len(south.done("good"))
            seen_again = [
                card for one in (north, south) for card in one.done("untouched") if "good already" in card["cause"]
            ]
            assert mixed_up.iccid.digits in [card["iccid"] for card in seen_again]
        assert not [one for one in show.stack.cards if one.trouble and one.trouble.faults and not one.struck]
        verdict = show.judge()
        assert verdict, "\n".join(verdict.problems)
        simtool(show.home, "audit", "verify")
