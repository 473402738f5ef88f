"""The vault: nothing readable in the database, everything that is moved or changed found, and ways back."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keyring
import pytest
from keyring.backend import KeyringBackend
from shamir_mnemonic import combine_mnemonics
from sqlalchemy import text

from simtool.crypto.secret import Secret
from simtool.errors import AuthenticationError, EncodeError, InputError, RefusedError
from simtool.inventory import ending
from simtool.inventory.escrow import combine, make_escrow, unwrap_from_escrow, wrap_for_escrow
from simtool.inventory.inventory import Inventory, recover_vault, rotate_keeper, split_escrow
from simtool.inventory.keepers import LocalKeeper, open_keeper
from tests.inventory.conftest import WHO
from tests.inventory.test_batches import made, stored

SECOND = "UPDATE cards SET {} WHERE id = (SELECT max(id) FROM cards)"
NONCE, TAG = 12, 16


def change(inventory: Inventory, statement: str, **values: Any) -> None:
    with inventory.store.begin() as connection:
        connection.execute(text(statement), values)


def sealed(inventory: Inventory) -> list[bytes]:
    with inventory.store.read() as connection:
        return [bytes(row) for row in connection.execute(text("SELECT sealed FROM cards ORDER BY id")).scalars()]


def test_no_secret_in_the_database_file(inventory: Inventory, profile: Path) -> None:
    records = made(inventory, profile, count=50)
    inventory.store.checkpoint()
    content = b"".join(path.read_bytes() for path in inventory.folder.rglob("inventory.db*"))
    for record in records:
        secrets = [key.reveal() for item in record.key_set_targets for key in item.keys]
        secrets += [record.subscription.k.reveal()]
        for value in secrets:
            assert value not in content
            assert value.hex().encode() not in content
    for path in inventory.folder.rglob("inventory.db*"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def swap_rows(inventory: Inventory) -> None:
    first, second = sealed(inventory)
    change(inventory, SECOND.format("sealed = :value"), value=first)
    change(inventory, "UPDATE cards SET sealed = :value WHERE id = (SELECT min(id) FROM cards)", value=second)


def swap_fields(inventory: Inventory) -> None:
    """Ki and OPc of a card change places."""
    (_, card), size = sealed(inventory), NONCE + 16 + TAG
    change(inventory, SECOND.format("sealed = :value"), value=card[size : 2 * size] + card[:size] + card[2 * size :])


def swap_one_field(inventory: Inventory) -> None:
    """One card's Ki goes to another."""
    (first, second), size = sealed(inventory), NONCE + 16 + TAG
    change(inventory, SECOND.format("sealed = :value"), value=first[:size] + second[size:])


def flip_a_bit(inventory: Inventory) -> None:
    card = bytearray(sealed(inventory)[1])
    card[NONCE + 3] ^= 1
    change(inventory, SECOND.format("sealed = :value"), value=bytes(card))


def cut_the_end(inventory: Inventory) -> None:
    change(inventory, SECOND.format("sealed = :value"), value=sealed(inventory)[1][:-1])


def other_iccid(inventory: Inventory) -> None:
    change(inventory, SECOND.format("iccid = '8949440000009999995'"))


def other_imsi(inventory: Inventory) -> None:
    last = "SELECT max(card_id) FROM subscriptions"
    change(inventory, f"UPDATE subscriptions SET imsi = '001010009999999' WHERE card_id = ({last})")  # noqa: S608


def forget_a_field(inventory: Inventory) -> None:
    """The layout leaves the last key out, and the card is cut to fit."""
    size = NONCE + 16 + TAG
    with inventory.store.begin() as connection:
        fields = str(connection.execute(text("SELECT fields FROM layouts")).scalar_one())
        shorter = fields.rpartition(",")[0]
        connection.execute(text("INSERT INTO layouts (id, fields) VALUES (99, :fields)"), {"fields": shorter})
    change(inventory, SECOND.format("layout_id = 99, sealed = :value"), value=sealed(inventory)[1][:-size])


CHANGES = [
    swap_rows, swap_fields, swap_one_field, flip_a_bit, cut_the_end, other_iccid, other_imsi, forget_a_field,
]  # fmt: skip


@pytest.mark.parametrize("tamper", CHANGES, ids=lambda change: change.__name__)
def test_whatever_is_changed_is_found(inventory: Inventory, profile: Path, tamper: Any) -> None:
    made(inventory, profile, count=2)
    tamper(inventory)
    with pytest.raises(AuthenticationError, match="card 89494400000"):
        stored(inventory, "b1")


def test_a_data_key_of_another_batch_opens_nothing(inventory: Inventory, profile: Path) -> None:
    made(inventory, profile, "b1", 2)
    made(inventory, profile, "b2", 2)
    keys = "SELECT wrapped FROM vault_keys WHERE name = 'batch/' || (SELECT uid FROM batches WHERE name = 'b1')"
    change(inventory, f"UPDATE vault_keys SET wrapped = ({keys}) WHERE name LIKE 'batch/%'")  # noqa: S608
    with pytest.raises(AuthenticationError, match="was not wrapped by this"):
        stored(inventory, "b2")


def test_rotation_of_the_key_encryption_key(inventory: Inventory, profile: Path, tmp_path: Path) -> None:
    records = made(inventory, profile)
    new = f"file:{tmp_path / 'new.key'}"
    assert rotate_keeper(inventory, new) == 4
    assert stored(inventory, "b1") == records
    with pytest.raises(InputError, match="the file exists"):
        rotate_keeper(inventory, new)
    with pytest.raises(AuthenticationError, match="keys are wrapped by"):
        Inventory.open(inventory.folder)
    with Inventory.open(inventory.folder, vault=new) as again:
        assert stored(again, "b1") == records
        assert again.verify_log()


def test_escrow_brings_the_vault_back(inventory: Inventory, profile: Path, tmp_path: Path) -> None:
    before = made(inventory, profile, "before")
    shares = split_escrow(inventory, 5, 3)
    after = made(inventory, profile, "after")
    (inventory.folder / "vault.key").unlink()
    to = f"file:{tmp_path / 'recovered.key'}"
    with pytest.raises(InputError, match="do not make a key"):
        recover_vault(inventory.folder, "", shares[:2], to, WHO)
    assert recover_vault(inventory.folder, "", shares[1:4], to, WHO) == 5
    with Inventory.open(inventory.folder, vault=to) as again:
        assert stored(again, "before") == before
        assert stored(again, "after") == after
        assert again.verify_log()


def test_shares() -> None:
    public, shares = make_escrow(5, 3)
    assert len({len(share.split()) for share in shares}) == 1
    wrapped = wrap_for_escrow(public, b"k" * 32, "batch/1")
    for some in (shares[:3], shares[2:], (shares[0], shares[2], shares[4])):
        assert unwrap_from_escrow(combine(some), wrapped, "batch/1") == b"k" * 32
    with pytest.raises(AuthenticationError):
        unwrap_from_escrow(combine(shares[:3]), wrapped, "batch/2")
    with pytest.raises(AuthenticationError):
        unwrap_from_escrow(combine(make_escrow(3, 2)[1][:2]), wrapped, "batch/1")
    typed = shares[0].replace(shares[0].split()[7], "academic", 1)
    with pytest.raises(InputError, match="do not make a key"):
        combine((typed, *shares[1:3]))
    for count, threshold in ((3, 1), (2, 3), (17, 3)):
        with pytest.raises(InputError, match="no useful split"):
            make_escrow(count, threshold)


SLIP39_VECTORS = [
    # SLIP-0039 test vectors, "basic sharing 2-of-3 (128 bits)", passphrase TREZOR
    (
        (
            "shadow pistol academic always adequate wildlife fancy gross oasis cylinder mustang wrist rescue view "
            "short owner flip making coding armed",
            "shadow pistol academic acid actress prayer class unknown daughter sweater depict flip twice unkind craft "
            "early superior advocate guest smoking",
        ),
        "b43ceb7e57a0ea8766221624d01b0864",
    ),
]


@pytest.mark.parametrize(("shares", "secret"), SLIP39_VECTORS)
def test_published_shares(shares: tuple[str, ...], secret: str) -> None:
    assert combine_mnemonics(shares, b"TREZOR").hex() == secret


def test_a_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "kek"
    keeper = open_keeper(f"file:{path}", create=True)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert open_keeper(f"file:{path}").id == keeper.id
    path.chmod(0o640)
    with pytest.raises(InputError, match="others can read"):
        open_keeper(f"file:{path}")
    path.chmod(0o600)
    path.write_text("no key")
    with pytest.raises(InputError, match="hex digits") as raised:
        open_keeper(f"file:{path}")
    assert "no key" not in str(raised.value)
    for wrong in ("file:", "nothing", "http:x"):
        with pytest.raises(InputError, match="a vault is"):
            open_keeper(wrong)
    with pytest.raises(EncodeError):
        LocalKeeper(Secret(b"short"))


class MemoryKeyring(KeyringBackend):
    """A keyring for tests that forgets everything."""

    priority = 1  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


@pytest.fixture
def memory_keyring() -> Iterator[MemoryKeyring]:
    before, used = keyring.get_keyring(), MemoryKeyring()
    keyring.set_keyring(used)
    yield used
    keyring.set_keyring(before)


def test_a_key_in_the_keyring(memory_keyring: MemoryKeyring, tmp_path: Path, profile: Path) -> None:
    with pytest.raises(InputError, match="has no key 'main'"):
        open_keeper("keyring:main")
    with Inventory.create(tmp_path / "ring", vault="keyring:main") as inventory:
        records = made(inventory, profile)
    with pytest.raises(RefusedError, match="already"):
        open_keeper("keyring:main", create=True)
    with Inventory.open(tmp_path / "ring", vault="keyring:main") as inventory:
        assert stored(inventory, "b1") == records
    assert len(memory_keyring.kept) == 1


def test_no_keyring_at_all(tmp_path: Path) -> None:
    from keyring.backends.fail import Keyring

    before = keyring.get_keyring()
    keyring.set_keyring(Keyring())
    try:
        with pytest.raises(InputError, match="keyring does not answer"):
            open_keeper("keyring:main")
    finally:
        keyring.set_keyring(before)


def test_a_second_inventory_in_the_same_place_is_refused(inventory: Inventory) -> None:
    with pytest.raises(RefusedError, match="there is an inventory"):
        Inventory.create(inventory.folder)


def test_purged_keys_are_gone_from_the_file(inventory: Inventory, profile: Path) -> None:
    made(inventory, profile, count=5)
    kept = sealed(inventory)
    with inventory.store.read() as connection:
        wrapped = bytes(
            connection.execute(text("SELECT wrapped FROM vault_keys WHERE name LIKE 'batch/%'")).scalar_one()
        )
    inventory.store.checkpoint()
    content = (inventory.folder / "inventory.db").read_bytes()
    assert wrapped in content
    ending.close_batch(inventory, "b1")
    ending.purge_keys(inventory, "b1")
    content = b"".join(path.read_bytes() for path in inventory.folder.glob("inventory.db*"))
    assert wrapped not in content
    assert not [card for card in kept if card[:40] in content]
