"""The enhanced service provider from the command line: carrier privileges and an applet, read back by `aram list`."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import simtool
from simtool.card.transport import EndpointTransport
from simtool.cli.main import main
from simtool.crypto.key_set import KeyCipher, KeySet
from simtool.crypto.secret import Secret
from simtool.files.product import load
from simtool.perso.adopt import adopt
from simtool.perso.record import load_records, save_records
from simtool.softcard.card import SoftCard
from tests.harness.cap_builder import CapPlan
from tests.harness.vpcd import seated
from tests.perso.profile.hosts import FROM_HOST, finished_card, with_delivered_codes
from tests.perso.rig import ROOT

PRODUCTS = ("generic-usim", "sysmoISIM-SJA5")
SIGNER = "5f2c0e94a1b7d3860f4e2d1c9b8a7f6e5d4c3b2a190817263544f3e2d1c0b9a8"
LESS = {"generic-usim": "authentication: null\n"}  # it has no way to change a PUK
APPLET = """\
extends: {enhanced}
{less}applets:
  balance:
    file: balance.cap
    sha256: {digest}
    instances:
      - instance: d07002ca440001ff89ffffffb0010500
        toolkit: {{priority: 1, text_length: 15, menu: [{{position: 1, identifier: 1}}], tars: [b00105]}}
"""


def delivered_keys(product: str) -> KeySet:
    """The key set of the security domain with which the product is delivered."""
    spec = load(product).global_platform
    assert spec is not None
    if spec.keys:
        row = spec.keys[0]
        return KeySet(row.version, KeyCipher(row.cipher), *(Secret(key, kind="key") for key in row.keys))
    model = load(product)
    assert spec.key_file is not None
    file = model.file(spec.key_file)
    assert file.layout is not None
    rows = [file.layout.decode(content) for content in file.contents]
    enc, mac, dek = (row["key"][:16] for row in rows if row["domain"] == "isd" and isinstance(row["key"], bytes))
    return KeySet(0x70, KeyCipher.DES, *(Secret(key, kind="key") for key in (enc, mac, dek)))


@dataclass
class Shop:
    """One card that a host has finished, the profile with an applet, and the record file."""

    folder: Path
    product: str
    reader: str
    card: SoftCard
    records: Path

    def run(self, *words: str | Path) -> Result:
        at = ("--reader", self.reader, "--product", self.product)
        return CliRunner().invoke(main, [str(word) for word in (*words, *at)])

    def perso(self, command: str, *more: str) -> Result:
        return self.run(command, self.folder / "product.yaml", "--record", self.records, *more)

    def json(self, *words: str | Path) -> Any:
        return json.loads(self.run(*words, "--json").output)


def shop_of(folder: Path, product: str, reader: str = "") -> Shop:
    raw = CapPlan(filler=300).jar()
    (folder / "balance.cap").write_bytes(raw)
    (folder / "product.yaml").write_text(
        APPLET.format(
            less=LESS.get(product, ""),
            enhanced=ROOT / "profiles" / "enhanced.yaml",
            digest=hashlib.sha256(raw).hexdigest(),
        )
    )
    card, record = finished_card(product, FROM_HOST["enhanced"])
    profile = simtool.Profile.load(folder / "product.yaml")
    record = adopt(profile, (with_delivered_codes(record, product),))[0]
    save_records((replace(record, key_sets=(delivered_keys(product),)),), folder / "records.yaml")
    return Shop(folder, product, reader, card, folder / "records.yaml")


def check(shop: Shop) -> None:
    """Planned, applied, read back by somebody else, and nothing left to do."""
    planned = shop.perso("plan", "--check")
    assert planned.exit_code == 3, planned.output
    order = [planned.output.index(word) for word in ("EF.SPN", "open a secure channel", "load: ", "carrier privileges")]
    assert order == sorted(order), planned.output
    applied = shop.perso("apply")
    assert applied.exit_code == 0, applied.output
    (rule,) = shop.json("aram", "list")
    assert (rule["device_app"], rule["package"], rule["permissions"]) == (SIGNER, "org.example.fjord", "00" * 7 + "01")
    listed = shop.json("applet", "list", "--record", shop.records)
    assert "D07002CA440001FF89FFFFFFB0010500" in [row["aid"] for row in listed["applications"]]
    again = shop.perso("plan", "--check")
    assert again.exit_code == 0, again.output
    assert shop.perso("verify").exit_code == 0
    keys = {key.reveal().hex() for key in load_records(shop.records)[0].key_sets[0].keys}
    assert not any(key in text.output.lower() for key in keys for text in (planned, applied, again))


@pytest.mark.parametrize("product", PRODUCTS)
def test_in_process(product: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = shop_of(tmp_path, product)
    monkeypatch.setattr("simtool.opening.open_reader", lambda name: EndpointTransport(shop.card, name))
    shop.reader = "pcsc:0"
    check(shop)


@pytest.mark.usefixtures("pcsc_service")
@pytest.mark.parametrize("product", PRODUCTS)
def test_over_pcsc(product: str, tmp_path: Path) -> None:
    shop = shop_of(tmp_path, product)
    with seated(shop.card) as reader:
        shop.reader = f"pcsc:{reader}"
        check(shop)
