"""The technician's commands as a user gives them: a process each, the card in the computer's virtual reader.

A UICC and a classic SIM, from the delivered card to the finished one and back.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

import pytest

from simtool.card.pcsc import list_readers
from simtool.codec.identifiers import Iccid
from simtool.files.path import FilePath
from simtool.files.product import CardModel, load
from simtool.perso.record import load_records, save_records
from simtool.softcard.card import SoftCard
from tests.harness.vpcd import seated
from tests.perso.test_products import ALGORITHM, PROFILE, profile_for, record_for

pytestmark = pytest.mark.usefixtures("pcsc_service")


@dataclass(frozen=True)
class Desk:
    """A workspace, a card in the reader, and `simtool` as a process."""

    folder: Path
    product: str
    reader: str

    @property
    def profile(self) -> Path:
        return self.folder / "profile.yaml"

    @property
    def records(self) -> Path:
        return self.folder / "records.yaml"

    def run(self, *words: str | Path, typed: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "simtool.cli", *map(str, words)]
        environment = {**os.environ, "SIMTOOL_STATE": str(self.folder / "state"), **variables}
        done = subprocess.run(command, env=environment, input=typed, capture_output=True, text=True, check=False)
        assert "Traceback" not in done.stderr, done.stderr
        return done

    def card(self, *words: str | Path, typed: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
        """`simtool card …` on the card in the reader."""
        return self.run("card", *words, "--reader", self.reader, typed=typed, **variables)

    def good(self, *words: str | Path, typed: str = "", **variables: str) -> str:
        """The same with the record, and it has to work."""
        done = self.card(*words, "--record", self.records, typed=typed, **variables)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def whole(self, verb: str, *more: str | Path) -> subprocess.CompletedProcess[str]:
        return self.run(verb, self.profile, "--record", self.records, "--reader", self.reader, *more)


def named(model: CardModel, iccid: Iccid) -> CardModel:
    """The product as delivered with this ICCID: that of the published GR2 has a wrong check digit."""
    path = FilePath("MF/EF.ICCID")
    files = {**model.files, path: replace(model.file(path), content=iccid.encode())}
    return replace(model, files=MappingProxyType(files))


@pytest.fixture(params=["sysmoISIM-SJA5", "sysmoSIM-GR2"])
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    product: str = request.param
    record = record_for(product, SoftCard.new(load(product)), profile_for(product))
    card = SoftCard.new(named(load(product), record.iccid))
    with seated(card) as reader:
        (number,) = [found.index for found in list_readers() if found.name == reader]
        desk = Desk(tmp_path, product, f"pcsc:{number}")
        desk.profile.write_text(PROFILE.format(algorithm=ALGORITHM.get(product, "milenage")))
        save_records((record,), desk.records)
        yield desk


def is_sim(desk: Desk) -> bool:
    return desk.product == "sysmoSIM-GR2"


def test_from_delivery_to_the_finished_card_and_back(desk: Desk) -> None:
    info = json.loads(desk.good("info", "--json", "--profile", desk.profile))
    assert info["product"] == desk.product
    assert info["known"] == "by its ATR"
    assert info["profile"]["fits"]
    assert info["adm"]["sent"]

    before = desk.folder / "before.json"
    desk.good("backup", before)
    plan = desk.folder / "plan.json"
    plan.write_text(desk.whole("plan", "--json").stdout)
    applied = desk.whole("apply", "--plan", plan)
    assert applied.returncode == 0, applied.stdout + applied.stderr
    assert desk.whole("verify").returncode == 0
    assert desk.whole("plan", "--check").returncode == 0
    k = load_records(desk.records)[0].subscription.k.reveal().hex()
    dump = desk.good("dump", "--json")
    assert k not in dump
    assert json.loads(dump)["iccid"] == load_records(desk.records)[0].iccid.digits

    differs = desk.run("card", "diff", desk.reader, before, "--record", desk.records)
    assert differs.returncode == 3
    assert "EF.IMSI" in differs.stdout
    assert k not in differs.stdout
    restored = desk.card("restore", before, "--record", desk.records, "--yes", "--same-card", "--as-far-as-possible")
    assert restored.returncode == 0, restored.stdout + restored.stderr
    after = desk.folder / "after.json"
    desk.good("backup", after)
    places = [row[:2] for row in json.loads(before.read_text())["units"]]
    contents = {path: json.loads(path.read_text())["units"] for path in (before, after)}
    assert [row[:2] for row in contents[after]] == places
    assert contents[after] == contents[before]


def test_keys_are_found_and_proved(desk: Desk) -> None:
    assert desk.whole("apply").returncode == 0
    (record,) = load_records(desk.records)
    others = desk.folder / "all.yaml"
    strangers = profile_for(desk.product).issue(5, start=1)
    save_records((*strangers, record), others)
    found = json.loads(desk.run("card", "which-key", "--records", others, "--reader", desk.reader, "--json").stdout)
    assert record.iccid.digits in json.dumps(found)
    auth = desk.card("auth", "--record", desk.records)
    assert auth.returncode == 0, auth.stdout + auth.stderr
    if is_sim(desk):
        assert "MF/DF.GSM GSM: proved" in auth.stdout
    else:
        assert load_records(desk.records)[0].subscription.sqn > record.subscription.sqn
    tries = json.loads(desk.good("info", "--json"))["pins"]
    assert {pin["tries"] for pin in tries.values()} <= {3, 10, None}, "no try was spent"


def test_files_are_read_set_and_forgotten(desk: Desk) -> None:
    name = "MF/DF.GSM/EF.SPN" if is_sim(desk) else "MF/ADF.USIM/EF.SPN"
    loci = "MF/DF.GSM/EF.FPLMN" if is_sim(desk) else "MF/ADF.USIM/EF.FPLMN"
    assert "Bo" not in desk.good("read", name)
    assert desk.card("set", name, "name=Bo").returncode != 0, "no ADM was given"
    desk.good("set", name, "name=Bo")
    assert "name: Bo" in desk.good("read", name)
    assert desk.good("read", "3f00/7f20/6f07", "--json")
    assert json.loads(desk.good("set", loci, "[262-01]", "--json"))
    assert "262-01" in desk.good("read", loci)
    assert loci in desk.good("refresh-net")
    assert "262-01" not in desk.good("read", loci)
    assert "nothing to change" in desk.good("refresh-net")


def test_pins(desk: Desk) -> None:
    status = json.loads(desk.good("pin", "status", "--json"))
    assert "PIN1" in json.dumps(status)
    first = {"OLD": "0000", "NEW": "4711"}
    desk.good("pin", "enable", "PIN1", "--from-env", "OLD", **first)
    changed = desk.card("pin", "change", "PIN1", "--from-env", "OLD", "--new-from-env", "NEW", **first)
    assert changed.returncode == 0, changed.stderr
    wrong = desk.card("pin", "change", "PIN1", "--from-env", "OLD", "--new-from-env", "NEW", **first)
    assert wrong.returncode == 4
    assert "2 tries left" in wrong.stderr
    change = ("pin", "change", "PIN1", "--from-env", "OLD", "--new-from-env", "NEW", "--min-tries", "1")
    again = desk.card(*change, **first)
    assert again.returncode == 5, "a value that was wrong is not sent again, in no later process either"
    puk = load(desk.product).pin("PIN1").puk
    assert puk is not None
    unblocked = desk.card(
        "pin", "unblock", "PIN1", "--from-env", "PUK", "--new-from-env", "OLD", PUK=puk.decode(), **first
    )  # fmt: skip
    assert unblocked.returncode == 0, unblocked.stderr
    off = desk.card("pin", "disable", "PIN1", "--from-env", "OLD", **first)
    assert off.returncode == 0, off.stderr


def test_refusals_are_explained(desk: Desk) -> None:
    name = "MF/DF.GSM/EF.SPN" if is_sim(desk) else "MF/ADF.USIM/EF.SPN"
    adm = load(desk.product).adm
    assert adm is not None
    refused = desk.card("set", name, "name=Bo", "--from-env", f"{adm.pin}=THE_ADM", THE_ADM="99999999")
    assert refused.returncode == 4
    told = desk.run("explain", "--last")
    assert told.returncode == 0, told.stderr
    assert adm.pin in told.stdout
    asked = desk.run("explain", "6982" if not is_sim(desk) else "9804", "--command", "UPDATE BINARY", "--file", name,
                     "--reader", desk.reader)  # fmt: skip
    assert asked.returncode == 0, asked.stderr
    left = "tries not told" if is_sim(desk) else "2 tries left"  # class A0 tells those of CHV1 and CHV2 only
    assert re.search(rf"{adm.pin} on this card: {left}", asked.stdout), asked.stdout


def test_a_prompt(desk: Desk) -> None:
    shown = desk.good("shell", typed="ls\nselect MF/EF.ICCID\nread EF.ICCID\ninfo\nexplain 6a82\n")
    assert load_records(desk.records)[0].iccid.digits in shown
    assert "DF.GSM" in shown
    bad = desk.card("shell", typed="read MF/EF.NOWHERE\nls\n")
    assert bad.returncode != 0


def test_another_record_is_refused(desk: Desk) -> None:
    (record,) = load_records(desk.records)
    other = replace(record, iccid=profile_for(desk.product).issue(1, start=7)[0].iccid)
    save_records((other,), desk.records, overwrite=True)
    result = desk.card("read", "MF/EF.ICCID", "--record", desk.records)
    assert result.returncode == 1
    assert str(desk.records) in result.stderr
