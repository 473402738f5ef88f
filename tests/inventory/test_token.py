"""Keys in a PKCS#11 token, with Debian's SoftHSM as the token."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pkcs11
import pytest
from click.testing import CliRunner
from pkcs11 import Attribute, TokenFlag

from simtool.cli.main import main
from simtool.errors import AuthenticationError, InputError, RefusedError
from simtool.inventory import production
from simtool.inventory.inventory import Inventory, rotate_keeper
from simtool.inventory.keepers import open_keeper
from simtool.inventory.orders import create_batch, order_for
from simtool.inventory.token import Token, TokenKeeper, TokenMaster, TokenUri
from tests.harness.programs import program
from tests.harness.softhsm import LABEL, MODULE, PIN, softhsm
from tests.inventory.conftest import WHO
from tests.inventory.test_batches import made, stored


@pytest.fixture
def token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("SIMTOOL_TOKEN_PIN", PIN)
    with softhsm(tmp_path / "hsm") as uri:
        yield uri


def test_the_vault_in_a_token(token: str, profile: Path, tmp_path: Path) -> None:
    with Inventory.create(tmp_path / "state", vault=token, who=WHO) as inventory:
        records = made(inventory, profile)
        assert not (tmp_path / "state" / "vault.key").exists()
    with Inventory.open(tmp_path / "state", vault=token) as inventory:
        assert stored(inventory, "b1") == records
        assert inventory.verify_log()
        moved = f"file:{tmp_path / 'kek'}"
        rotate_keeper(inventory, moved)
    with Inventory.open(tmp_path / "state", vault=moved) as inventory:
        assert stored(inventory, "b1") == records
    with pytest.raises(AuthenticationError, match="keys are wrapped by local-"):
        Inventory.open(tmp_path / "state", vault=token)


def test_rotation_inside_one_token(token: str, profile: Path, tmp_path: Path) -> None:
    second = token.replace("?", ";object=second?")
    with Inventory.create(tmp_path / "state", vault=token, who=WHO) as inventory:
        records = made(inventory, profile)
        rotate_keeper(inventory, second)
        assert stored(inventory, "b1") == records  # closing the first session has not logged the second out
    with Inventory.open(tmp_path / "state", vault=second) as inventory:
        assert stored(inventory, "b1") == records


def test_keys_cannot_leave_the_token(token: str) -> None:
    keeper = TokenKeeper(token, create=True)
    wrapped = keeper.wrap(b"k" * 32, "batch/1")
    assert keeper.unwrap(wrapped, "batch/1") == b"k" * 32
    for changed, name in (
        (wrapped, "batch/2"),
        (wrapped[:-1] + bytes((wrapped[-1] ^ 1,)), "batch/1"),
        (b"x" * 40, "x"),
    ):
        with pytest.raises(AuthenticationError, match="was not wrapped"):
            keeper.unwrap(changed, name)
    keeper.close()
    opened = Token(TokenUri.parse(token, object_label="simtool-kek"))
    key = opened.key()
    assert key[Attribute.SENSITIVE] and not key[Attribute.EXTRACTABLE]
    assert key[Attribute.ALWAYS_SENSITIVE] and key[Attribute.NEVER_EXTRACTABLE]
    with pytest.raises(pkcs11.exceptions.AttributeSensitive):
        key[Attribute.VALUE]
    opened.close()
    with pytest.raises(RefusedError, match="already"):
        TokenKeeper(token, create=True)


def test_a_derived_batch_can_be_made_again(token: str, profile: Path, tmp_path: Path) -> None:
    master = TokenMaster(token, create=True)
    found = []
    for name in ("one", "two"):  # a second inventory knows nothing of the first
        with Inventory.create(tmp_path / name, who=WHO) as inventory:
            create_batch(inventory, "b1", order_for(profile, "ACME", 10), derived=True)
            with pytest.raises(InputError, match="come from a master key"):
                production.generate(inventory, "b1")
            production.generate(inventory, "b1", master=master)
            found.append(stored(inventory, "b1"))
    assert found[0] == found[1]
    assert len({record.subscription.k.reveal() for record in found[0]}) == 10
    with Inventory.create(tmp_path / "three", who=WHO) as inventory:
        create_batch(inventory, "b1", order_for(profile, "ACME", 10))
        with pytest.raises(InputError, match="come from random numbers"):
            production.generate(inventory, "b1", master=master)
    master.close()


WRONG = [
    # the URI, PIN, what is said
    ("pkcs11:token=other?module-path={module}", PIN, "token 'other' is not there"),
    ("pkcs11:token={label}?module-path={module}", "000000", "PIN of token 'simtool-test' is wrong"),
    ("pkcs11:token={label}?module-path={module}", "", "PIN is not known"),
    ("pkcs11:token={label};object=nothing?module-path={module}", PIN, "has no key 'nothing'"),
    ("pkcs11:token={label}?module-path=/nowhere.so", PIN, "does not work"),
    ("pkcs11:object=x", PIN, "names no token"),
    ("pkcs11:token={label}?module-path={module}&pin-source=/nowhere", PIN, "No such file"),
]


@pytest.mark.parametrize(("uri", "pin", "said"), WRONG)
def test_what_can_be_wrong(token: str, monkeypatch: pytest.MonkeyPatch, uri: str, pin: str, said: str) -> None:
    monkeypatch.setenv("SIMTOOL_TOKEN_PIN", pin)
    with pytest.raises(InputError, match=said) as raised:
        open_keeper(uri.format(label=LABEL, module=MODULE))
    assert not pin or pin not in str(raised.value)


def test_a_pin_from_a_file(token: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SIMTOOL_TOKEN_PIN")
    path = tmp_path / "pin"
    path.write_text(f"{PIN}\n")
    path.chmod(0o600)
    TokenKeeper(f"{token}&pin-source=file:{path}", create=True).close()
    path.chmod(0o644)
    with pytest.raises(RefusedError, match="others can read this PIN"):
        TokenKeeper(f"{token}&pin-source=file:{path}")
    with pytest.raises(RefusedError, match="can be seen by others"):
        TokenKeeper(f"{token}&pin-value={PIN}")


FLAGS = [(TokenFlag.USER_PIN_LOCKED, "is locked after too many"), (TokenFlag.USER_PIN_FINAL_TRY, "has one try left")]


@pytest.mark.parametrize(("flag", "said"), FLAGS)
def test_no_try_is_spent_on_a_token_that_would_lock(
    token: str, monkeypatch: pytest.MonkeyPatch, flag: TokenFlag, said: str
) -> None:
    """SoftHSM never locks: a token that reports so stands in front of it, and a login would be seen."""

    class Reporting:
        serial = b"1"
        flags = flag

        def open(self, **_: object) -> None:
            raise AssertionError("a try was spent")

    class Library:
        def reinitialize(self) -> None:
            pass

        def get_token(self, token_label: str) -> Reporting:
            return Reporting()

    monkeypatch.setattr(pkcs11, "lib", lambda _: Library())
    with pytest.raises(RefusedError, match=said):
        open_keeper(token)


def test_a_token_that_locks_at_login(token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    class Locking:
        serial = b"1"
        flags = TokenFlag(0)

        def open(self, **_: object) -> None:
            raise pkcs11.exceptions.PinLocked

    class Library:
        def reinitialize(self) -> None:
            pass

        def get_token(self, token_label: str) -> Locking:
            return Locking()

    monkeypatch.setattr(pkcs11, "lib", lambda _: Library())
    with pytest.raises(RefusedError, match="is locked"):
        open_keeper(token)


def test_a_token_that_is_wiped_meanwhile(token: str) -> None:
    TokenKeeper(token, create=True).close()
    subprocess.run([program("softhsm2-util"), "--delete-token", "--token", LABEL], check=True, capture_output=True)
    with pytest.raises(InputError, match="is not there"):
        open_keeper(token)


def test_the_token_at_the_command_line(
    token: str, profile: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIMTOOL_STATE", str(tmp_path / "state"))

    def run(*words: str | Path, code: int = 0) -> str:
        result = CliRunner().invoke(main, [*map(str, words)])
        assert result.exit_code == code, result.output
        assert PIN not in result.output
        return result.output

    on = ("--vault", token)
    run("vault", "master", token)
    assert "already" in run("vault", "master", token, code=5)
    run("vault", "init", *on)
    run("batch", "create", "b1", profile, "--customer", "ACME", "--quantity", "5", "--derived", *on)
    assert "come from a master key" in run("batch", "generate", "b1", *on, code=1)
    assert "5 records made" in run("batch", "generate", "b1", "--master", token, *on)
    monkeypatch.setenv("SIMTOOL_TOKEN_PIN", "999999")
    assert "correct it before you try again" in run("batch", "list", *on, code=1)
