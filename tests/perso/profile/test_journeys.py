"""From the host's output file to branded cards, and nothing that belongs to the host changed.

The proof does not lean on the tool: the software card's whole memory, files that nobody may read included, is compared
before and after.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import simtool
from simtool.cli.main import main
from simtool.files.product import load
from simtool.perso.image import Unit
from simtool.perso.read import all_units
from simtool.perso.record import CardRecord, load_records, save_records
from simtool.softcard.card import SoftCard
from simtool.softcard.state import FileStore
from tests.perso.profile.hosts import (
    FROM_HOST,
    TRANSPORT_KEY,
    finished_card,
    output_file,
    with_delivered_codes,
)
from tests.perso.rig import ROOT, content_of

BRAND = {"EF.SPN", "EF.SDN", "EF.LI", "EF.PL"}
TABLES = {"EF.UST", "EF.SST"}
USED_UP_BY_THE_PROOF = {"EF.USIM_SQN", "EF.ISIM_SQN", "EF.SQN"}  # each AUTHENTICATE takes a sequence number
OWN = {  # what each may change, beside the bits of the service tables
    "reseller": BRAND,
    "service-provider": BRAND | {"EF.SMSP", "EF.ECC", "EF.GID1", "EF.PLMNwAcT", "EF.PLMNsel", "EF.FPLMN"},
}
PRODUCTS = ("sysmoISIM-SJA5", "sysmoUSIM-SJS1")
SERVICES = {"EF.UST": {4, 12, 17, 19, 20}, "EF.SST": {7, 12, 15, 17, 18, 43}}


@dataclass
class Shop:
    """A reader with one finished card of the host, the host's file, and the command line."""

    folder: Path
    name: str
    product: str
    card: SoftCard
    at_host: CardRecord

    def run(self, *words: str) -> Result:
        return CliRunner().invoke(main, [*words])

    def on_card(self, verb: str, *more: str) -> Result:
        reader = f"soft:{self.product},state={self.folder / 'card.state'}"
        profile = str(ROOT / "profiles" / f"{self.name}.yaml")
        words = [verb, profile, "--record", str(self.records), "--reader", reader, "--product", self.product, *more]
        return self.run(*words)

    @property
    def records(self) -> Path:
        return self.folder / "records.yaml"

    def issue(self, *, keys: bool) -> Result:
        """`simtool issue --host`; codes with unusual names, which no host's file has, are added to the record."""
        (self.folder / "host.out").write_text(output_file(self.at_host, keys=keys))
        key = self.folder / "k4.yaml"
        key.write_text(f"transport_keys: [{{index: 1, cipher: aes-ecb, key: {TRANSPORT_KEY.hex()}}}]\n")
        key.chmod(0o600)
        words = ["issue", str(ROOT / "profiles" / f"{self.name}.yaml"), "--host", str(self.folder / "host.out")]
        words += ["--transport-keys", str(key)] if keys else []
        result = self.run(*words, "--out", str(self.records))
        if result.exit_code == 0:
            (record,) = load_records(self.records)
            save_records((with_delivered_codes(record, self.product),), self.records, overwrite=True)
        return result

    def memory(self) -> dict[Unit, bytes]:
        """Every unit of the card as its memory has it now."""
        model, store = load(self.product), FileStore(self.folder / "card.state", self.product)
        try:
            card = SoftCard(model, store)
            return {unit: content_of(card, unit) for unit in all_units(model)}
        finally:
            store.close()


@pytest.fixture
def shop(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    name, product = request.param
    monkeypatch.setenv("SIMTOOL_STATE", str(tmp_path / "state"))
    card, at_host = finished_card(product, FROM_HOST[name])
    store = FileStore(tmp_path / "card.state", product)
    store.put(card.store.values)
    store.close()
    yield Shop(tmp_path, name, product, card, at_host)


def changed_bits(unit: Unit, before: bytes, after: bytes) -> set[int]:
    """The services that were switched in a table."""
    bits = {8 * i + bit for i in range(len(before)) for bit in range(8) if (before[i] ^ after[i]) >> bit & 1}
    return {bit // 2 + 1 for bit in bits} if unit.path.name == "EF.SST" else {bit + 1 for bit in bits}


ALL = [(name, product) for name in OWN for product in PRODUCTS]


@pytest.mark.parametrize("shop", ALL, indirect=True, ids=[f"{name}-{product}" for name, product in ALL])
def test_branded_and_nothing_of_the_host_changed(shop: Shop) -> None:
    issued = shop.issue(keys=shop.name == "service-provider")
    assert issued.exit_code == 0, issued.output
    before = shop.memory()
    applied = shop.on_card("apply")
    assert applied.exit_code == 0, applied.output
    after = shop.memory()
    differing = {unit for unit in before if before[unit] != after[unit]}
    used_up = USED_UP_BY_THE_PROOF if shop.name == "service-provider" else set()
    assert {unit.path.name for unit in differing} <= OWN[shop.name] | TABLES | used_up
    assert any(unit.path.name == "EF.SPN" for unit in differing)
    for unit in differing:
        if unit.path.name in TABLES:
            assert changed_bits(unit, before[unit], after[unit]) <= SERVICES[unit.path.name]
    checked = shop.on_card("plan", "--check")
    assert checked.exit_code == 0, checked.output
    if shop.name == "reseller":
        assert "the keys are the host's and not in the record: left as they are, not proved" in applied.output
    else:
        assert re.search(r"MF/ADF\.USIM AKA: proved|MF/DF\.GSM GSM: proved", applied.output), applied.output


@pytest.mark.parametrize("shop", [("reseller", "sysmoISIM-SJA5")], indirect=True)
def test_a_reseller_with_delivered_keys_proves_and_does_not_write_them(shop: Shop) -> None:
    assert shop.issue(keys=True).exit_code == 0
    planned = shop.on_card("plan")
    assert "AUTH_KEY" not in planned.output
    applied = shop.on_card("apply")
    assert applied.exit_code == 0, applied.output
    assert "AKA: proved" in applied.output


@pytest.mark.parametrize("shop", [("reseller", "sysmoISIM-SJA5")], indirect=True)
def test_keys_that_a_reseller_cannot_open(shop: Shop) -> None:
    """The host's file holds encrypted Ki, and its transport key is not the reseller's: they are left out on request."""
    (shop.folder / "host.out").write_text(output_file(shop.at_host, keys=True))
    words = ["issue", str(ROOT / "profiles" / "reseller.yaml"), "--host", str(shop.folder / "host.out")]
    refused = shop.run(*words, "--out", str(shop.records))
    assert refused.exit_code == 1
    assert "stand under transport key 1, which is not given" in refused.stderr
    taken = shop.run(*words, "--without-keys", "--out", str(shop.records))
    assert taken.exit_code == 0, taken.output
    assert "0 of them with keys" in taken.output
    assert load_records(shop.records)[0].subscription.k is None


@pytest.mark.parametrize("shop", [("reseller", "sysmoISIM-SJA5")], indirect=True)
def test_the_certificate_says_that_the_keys_were_not_proved(shop: Shop) -> None:
    shop.issue(keys=False)
    assert shop.on_card("apply").exit_code == 0
    result = shop.on_card("verify", "--certificate")
    assert result.exit_code == 0, result.output
    certificate = result.output.partition("Card certificate")[2]
    assert re.search(r"^proof +the keys are the host's and not in the record", certificate, re.MULTILINE)
    assert "check value" not in certificate


@pytest.mark.parametrize("shop", [("reseller", "sysmoISIM-SJA5")], indirect=True)
def test_a_card_with_another_imsi_is_not_touched(shop: Shop) -> None:
    """The host's file and the card disagree: somebody mixed up two deliveries."""
    shop.issue(keys=False)
    text = shop.records.read_text().replace(FROM_HOST["reseller"], "001010000100002")
    shop.records.write_text(text)
    before = shop.memory()
    result = shop.on_card("apply")
    assert result.exit_code == 5, result.output
    assert "EF.IMSI differs from the host's data" in result.stderr
    assert shop.memory() == before


@pytest.mark.parametrize("shop", [("reseller", "generic-usim")], indirect=True)
def test_a_reseller_never_renumbers_a_card(shop: Shop, tmp_path: Path) -> None:
    """On a product whose ICCID can be written, a single record is still not taken for another card's."""
    shop.issue(keys=False)
    text = shop.records.read_text().replace(shop.at_host.iccid.digits, "8949440000001155405")
    shop.records.write_text(text)
    result = shop.on_card("apply")
    assert result.exit_code == 1
    assert "none of the 1 records belongs to the card" in result.stderr


@pytest.mark.parametrize("shop", [("service-provider", "sysmoISIM-SJA5")], indirect=True)
def test_a_card_out_of_the_range_is_not_taken(shop: Shop) -> None:
    text = output_file(shop.at_host, keys=False).replace(FROM_HOST["service-provider"], "001010000300001")
    (shop.folder / "host.out").write_text(text)
    words = ["issue", str(ROOT / "profiles" / "service-provider.yaml"), "--host", str(shop.folder / "host.out")]
    result = shop.run(*words, "--out", str(shop.records))
    assert result.exit_code == 1
    assert "IMSI 001010000300001 is outside the range that" in result.stderr
    assert not shop.records.exists()


@pytest.mark.parametrize("shop", [("service-provider", "sysmoISIM-SJA5")], indirect=True)
def test_no_key_is_seen(shop: Shop) -> None:
    results = [shop.issue(keys=True), shop.on_card("plan"), shop.on_card("apply")]
    subscription = shop.at_host.subscription
    assert subscription.k is not None and subscription.opc is not None
    secrets = [subscription.k.reveal().hex(), subscription.opc.reveal().hex(), TRANSPORT_KEY.hex()]
    for result in results:
        assert not any(secret in result.output.lower() for secret in secrets)


def test_a_full_mvno_has_no_card_without_its_key(tmp_path: Path) -> None:
    profile = simtool.Profile.load(ROOT / "profiles" / "full-mvno.yaml")
    record = profile.issue(1)[0]
    without = CardRecord(record.iccid, (simtool.Subscription(record.subscription.imsi, None),), record.credentials)
    with pytest.raises(simtool.errors.PlanError, match="holds no Ki"):
        simtool.render(profile, without, load("sysmoISIM-SJA5"))
