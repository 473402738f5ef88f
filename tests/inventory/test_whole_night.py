"""From an order to a receipt in one go: what a night's scripts and the next day's desk do, with a real OsmoHLR.

Everything goes through the command line, but for the stations: they take their records from the inventory by claim.
"""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import simtool
from simtool.batch.hlr.gsup import AuthTuple, GsupClient
from simtool.card.commands.authentication import Authenticated
from simtool.card.transport import EndpointTransport
from simtool.cli.main import main
from simtool.codec.identifiers import Iccid
from simtool.files.path import FilePath
from simtool.files.product import load
from simtool.inventory import work
from simtool.inventory.audit import Who
from simtool.inventory.inventory import Inventory
from simtool.inventory.life import RecordState
from simtool.inventory.records import records
from simtool.perso.job import prepare
from simtool.perso.record import CardRecord
from simtool.softcard.card import SoftCard
from tests.harness.osmo_hlr import osmo_hlr

PRODUCT = "sysmoISIM-SJA5"
ORDERED, SPARE, ALL = 10, 2, 12
ICCIDS = [Iccid.from_body(f"8949440000001155{number:02d}") for number in range(31, 31 + ALL)]
ROLES = ("auc", "ota", "printer", "care")
PROFILE = """\
operator: {kind: full, name: Nordlicht, plmn: 001-01}
identity:
  iccid: {stock: stock.yaml}
  imsi: {first: '001010000000101', last: '001010000009999'}
  msisdn: '+88228000101'
authentication:
  algorithm: milenage
  pins: {PIN1: {value: random}, PUK1: {value: random}, ADM1: {value: random}}
  key_sets: [{version: 1}]
network: {user: [{plmn: 001-01, technologies: [GERAN]}]}
"""
K4 = "00112233445566778899aabbccddee0f"


@dataclass
class Night:
    """The folder of one night, and everything that was shown in it."""

    folder: Path
    shown: list[str]

    def does(self, *words: str | int | Path, code: int = 0) -> str:
        result: Result = CliRunner().invoke(main, [str(word) for word in words])
        self.shown.append(result.output)
        assert result.exit_code == code, result.output
        return result.output

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text)
        path.chmod(0o600)
        return path


@pytest.fixture
def night(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Night:
    monkeypatch.setenv("SIMTOOL_STATE", str(tmp_path / "state"))
    return Night(tmp_path, [])


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("certificates")
    for name in (*ROLES, "us"):
        request = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}"]
        files = ("-keyout", folder / f"{name}.key", "-out", folder / f"{name}.pem")
        subprocess.run([*request, *files], check=True, capture_output=True)
        (folder / f"{name}.key").chmod(0o600)
    entries = "".join(f"  - {{role: {role}, certificate: {role}.pem}}\n" for role in ROLES)
    (folder / "recipients.yaml").write_text("recipients:\n" + entries)
    return folder


def opened(path: Path, key: Path) -> str:
    command = ["openssl", "cms", "-decrypt", "-inform", "DER", "-in", path, "-inkey", key]
    return subprocess.run(command, check=True, capture_output=True).stdout.decode()


def delivered(iccid: Iccid) -> SoftCard:
    """A card of the stock as its vendor sends it."""
    model, path = load(PRODUCT), FilePath("MF/EF.ICCID")
    own = replace(model.file(path), content=iccid.encode())
    return SoftCard.new(replace(model, files={**model.files, path: own}))


def stock() -> str:
    """The vendor's list of the cards and of what opens them."""
    codes = ", ".join(f"{pin.name}: '{pin.value.hex()}'" for pin in load(PRODUCT).pins if pin.value)
    return "cards:\n" + "".join(f"  - {{iccid: '{iccid}', credentials: {{{codes}}}}}\n" for iccid in ICCIDS)


def inventory_of(night: Night) -> Inventory:
    return Inventory.open(night.folder / "state", who=Who("station", "bench 1"))


def program(inventory: Inventory, profile: simtool.Profile) -> tuple[SoftCard, CardRecord]:
    """One card: its record claimed, written, proved, and stored as it is now."""
    (held,) = work.claim(inventory, "b1")
    card = delivered(held.record.iccid)
    with simtool.Session.open(EndpointTransport(card, f"soft:{PRODUCT}")) as session:
        job = prepare(session, profile, (held.record,), product=PRODUCT)
        work.start(inventory, held)
        assert simtool.apply(job.plan, session).end is simtool.EndState.GOOD
        verification = simtool.verify(session, job.desired, job.record)
        assert verification, str(verification)
    work.finish(inventory, held, RecordState.GOOD, why="proved", record=verification.record)
    return card, verification.record


def accepts(card: SoftCard, vector: AuthTuple) -> bool:
    """Whether the card takes the network for its own, and the network the card."""
    model = load(PRODUCT)
    usim = next(spec.application for spec in model.authentication if "USIM" in str(spec.application))
    with simtool.Session.open(EndpointTransport(card, f"soft:{PRODUCT}")) as session:
        session.select_aid(model.file(usim).aid or b"", what="ADF.USIM")
        answer = session.authenticate_3g(vector.rand, vector.autn)
        return isinstance(answer, Authenticated) and (answer.res, answer.ck) == (vector.res, vector.ck)


def secrets_of(cards: list[CardRecord]) -> list[bytes]:
    """Every key and every drawn code that is long enough not to come up by chance."""
    found = [item.value.reveal() for card in cards for item in (*card.targets,) if item.pin in ("PUK1", "ADM1")]
    found += [key.reveal() for card in cards for item in card.key_set_targets for key in item.keys]
    pairs = [(item.k, item.opc) for card in cards for item in card.subscriptions]
    return found + [secret.reveal() for pair in pairs for secret in pair if secret is not None]


def traces_of(secrets: list[bytes], text: bytes) -> list[bytes]:
    """Which of the secrets stand in the text: as bytes, as hex in any case, or as digits."""
    low = text.lower()
    return [
        secret for secret in secrets if secret in text or secret.hex().encode() in low or secret.rstrip(b"\xff") in text
    ]


def test_a_whole_night(night: Night, certificates: Path) -> None:
    does, folder = night.does, night.folder
    night.write("stock.yaml", stock())
    profile = night.write("profile.yaml", PROFILE)
    keys = night.write("k4.yaml", f"transport_keys: [{{index: 2, cipher: aes-ecb, key: {K4}}}]\n")
    batch = ("--batch", "b1")

    # the night: order, records, a file for everyone
    does("vault", "init")
    does("batch", "create", "b1", profile, "--customer", "ACME", "--quantity", ORDERED, "--spare", "20")
    does("batch", "generate", "b1")
    with inventory_of(night) as inventory:
        made = list(records(inventory, "b1"))
    assert [card.iccid for card in made] == ICCIDS
    out, package = folder / "out", folder / "package"
    out.mkdir()
    under = ("--transport-keys", keys, "--transport-key", "2")
    does("convert", *batch, "--to", "vendor-out", "--out", out / "auc.out", "--for", "AuC team", *under)
    does("convert", *batch, "--to", "laser", "--out", out / "laser.csv", "--for", "printer")
    does("batch", "export", "b1", "--out", out / "escrow.parquet", *under)
    signed = ("--sign-certificate", certificates / "us.pem", "--sign-key", certificates / "us.key")
    does("package", *batch, "--recipients", certificates / "recipients.yaml", *signed, "--out", package)
    for form in ("records", "pysim"):  # whoever opened a fresh card with these codes would spend its tries
        assert "not on the card yet" in does("convert", *batch, "--to", form, "--out", out / "no", code=1)
    auc, ota, printer, care = (
        opened(next(package.glob(f"{role}-*.p7m")), certificates / f"{role}.key") for role in ROLES
    )
    for card in made:
        opc = card.subscription.opc
        assert opc is not None
        for secret, file in (
            (card.subscription.key, auc), (opc, auc), (card.key_set_targets[0].enc, ota),
        ):  # fmt: skip
            assert [secret.reveal().hex() in text.lower() for text in (auc, ota, printer, care)] == [
                text is file for text in (auc, ota, printer, care)
            ]
        puk = next(item.value.reveal() for item in card.targets if item.pin == "PUK1")
        assert puk.decode() in care and puk.decode() not in auc + ota + printer

    with osmo_hlr(folder) as hlr:
        target = f"osmo-hlr://{hlr.address}"
        assert f"{ALL} created" in does("deliver", *batch, "--to", target)
        assert f"{ALL} agree" in does("reconcile", *batch, "--with", target)

        # the day: ten cards
        with inventory_of(night) as inventory:
            cards = [program(inventory, simtool.Profile.load(profile)) for _ in range(ORDERED)]
        assert f"different: {ORDERED}" in does("reconcile", *batch, "--with", target, code=3)  # the proof used SQNs
        raised = does("deliver", *batch, "--to", target)
        assert f"{ORDERED} sqn raised" in raised and f"SQN of {ORDERED} records noted" in raised
        assert f"{ALL} agree" in does("reconcile", *batch, "--with", target)
        with inventory_of(night) as inventory:
            now = list(records(inventory, "b1"))
        with GsupClient(hlr.address, name="sgsn") as node:
            for (card, record), kept in zip(cards, now, strict=False):
                assert kept.iccid == record.iccid and kept.subscription.sqn > record.subscription.sqn
                assert accepts(card, node.vectors(record.subscription.imsi.digits)[0])
        log = hlr.log.read_bytes()

    # the end
    count = json.loads(does("inventory", "reconcile", "b1", "--json"))
    assert (count["good"], count["spare"], count["open"], count["rejected"]) == (ORDERED, SPARE, 0, 0)
    does("batch", "close", "b1")
    does("vault", "purge-keys", "b1", "--confirm", "b1", "--receipt", folder / "receipt.json")
    does("convert", *batch, "--to", "laser", "--out", out / "late.csv", code=1)
    does("deliver", *batch, "--to", target, code=1)
    does("audit", "verify")
    history = does("audit", "show", "b1")
    for act in (
        "records exported", "records packed", "records delivered", "records compared", "SQN noted", "batch closed",
        "keys purged",
    ):  # fmt: skip
        assert act in history
    assert "auc (CN=auc)" in history and "aes-ecb transport key 2" in history

    requested = {path for place in (out, package) for path in place.iterdir()}
    others = [path for path in folder.rglob("*") if path.is_file() and path not in requested and path != hlr.database]
    text = "".join(night.shown).encode() + log + b"".join(path.read_bytes() for path in others)
    text += (out / "laser.csv").read_bytes()
    given_out = [secret for secret in traces_of(secrets_of(made), (auc + ota + care).encode())]
    assert len(given_out) == len(secrets_of(made)) - ALL  # all but the ADM codes: the search finds what is there
    assert traces_of(secrets_of(made), text) == []
    under_k4 = [secret.reveal() for card in made for secret in (card.subscription.key, card.subscription.opc) if secret]
    assert traces_of(under_k4, (out / "auc.out").read_bytes() + (out / "escrow.parquet").read_bytes()) == []
