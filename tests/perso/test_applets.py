"""Applets and access rules as people write them, key files, and what is remembered of keys."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from simtool.codec.globalplatform import Privilege
from simtool.codec.install_parameters import AccessCondition, AccessDomain, InstallParameters, MenuEntry
from simtool.codec.se_access import CARRIER_PRIVILEGES, AccessRule, ApduFilter
from simtool.crypto.secret import Secret
from simtool.errors import EncodeError, InputError, RefusedError
from simtool.perso.applets import load_wish
from simtool.perso.carrier_rules import load_rules, parse_apdu, rules_for
from simtool.perso.memory.attempts import Attempts
from simtool.perso.memory.key_attempts import KeyAttempts
from simtool.perso.record import load_key_sets
from tests.gp.test_certificates import DER_NEW, NEW
from tests.harness.cap_builder import CapPlan

WISH = """\
packages:
  - cap: menu.cap
    applets:
      - instance: D07002CA44000101
        privileges: [card reset]
        application: '01 02'
        toolkit: {priority: 1, timers: 1, text_length: 15, menu: [{position: 1, identifier: 2}], tars: [B00105]}
        access: [{adf: A0000000871002, domain: [PIN1, ADM1]}, {domain: full}]
        quotas: {volatile: 256, non_volatile: 1024}
remove: [A000000151]
"""


def written(folder: Path, text: str) -> Path:
    (folder / "menu.cap").write_bytes(CapPlan().jar())
    path = folder / "wish.yaml"
    path.write_text(text)
    return path


def test_a_wish(tmp_path: Path) -> None:
    wish = load_wish(written(tmp_path, WISH))
    (package,) = wish.packages
    (applet,) = package.applets
    assert (applet.module.hex(), applet.instance.hex()) == ("d07002ca440001", "d07002ca44000101")
    assert applet.privileges == Privilege.CARD_RESET
    parameters = InstallParameters.decode(applet.parameters)
    assert parameters.application == b"\x01\x02"
    assert parameters.toolkit is not None and parameters.toolkit.menu == (MenuEntry(1, 2),)
    assert parameters.access[0].domain == AccessDomain.of(AccessCondition.PIN1 | AccessCondition.ADM1)
    assert (parameters.volatile_quota, parameters.non_volatile_quota) == (256, 1024)
    assert wish.remove == (bytes.fromhex("a000000151"),)


def test_a_cap_file_alone(tmp_path: Path) -> None:
    written(tmp_path, "")
    (package,) = load_wish(tmp_path / "menu.cap", parameters=b"\xc9\x01\x07").packages
    assert [(one.module, one.instance, one.parameters) for one in package.applets] == [
        (bytes.fromhex("d07002ca440001"), bytes.fromhex("d07002ca440001"), b"\xc9\x01\x07")
    ]


WRONG = [
    # in the wish, instead of, words of the error
    ("menu.cap", "other.cap", "No such file"),
    ("card reset", "card risette", "is no privilege"),
    ("[PIN1, ADM1]", "[PIN9]", "is no access condition"),
    ("D07002CA44000101", "D0", "5 to 16"),
    ("tars: [B00105]", "tars: [B001]", "a TAR has 3 bytes"),
    ("application: '01 02'", "parameters: C900", "both as bytes and by name"),
    ("priority: 1", "priorität: 1", "priorit"),
]


@pytest.mark.parametrize(("old", "new", "words"), WRONG)
def test_wishes_that_are_wrong(tmp_path: Path, old: str, new: str, words: str) -> None:
    assert old in WISH
    with pytest.raises(InputError, match=words) as caught:
        load_wish(written(tmp_path, WISH.replace(old, new, 1)))
    assert caught.value.place


def test_a_damaged_cap_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "menu.cap"
    path.write_bytes(CapPlan().row()[:40])
    with pytest.raises(InputError, match=r"menu\.cap.*offset"):
        load_wish(path)


def test_rules(tmp_path: Path) -> None:
    (tmp_path / "signer.pem").write_bytes(NEW.public_bytes(Encoding.PEM))
    path = tmp_path / "rules.yaml"
    path.write_text(
        "rules:\n- {certificate: signer.pem, hash: sha1, package: net.mvno}\n"
        "- {aid: A000000151, apdu: ['80CA0000:FFFF0000'], nfc: never}\n- {apdu: always}\n"
    )
    first, second, third = load_rules(path)
    assert len(first.device_app) == 20 and first.permissions == CARRIER_PRIVILEGES
    assert second == AccessRule(
        bytes.fromhex("a000000151"), apdu=(ApduFilter(bytes.fromhex("80ca0000"), b"\xff\xff\0\0"),), nfc=False
    )
    assert third == AccessRule(apdu=True)


@pytest.mark.parametrize(
    "text", ["{package: net.mvno}", "{certificate: none.apk}", "{apdu: sometimes}", "{nfc: maybe}"]
)
def test_rules_that_are_wrong(tmp_path: Path, text: str) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(f"rules:\n- {text}\n")
    with pytest.raises(InputError):
        load_rules(path)


def test_carrier_privileges_are_for_somebody() -> None:
    """Without a signer every application of the phone would have them."""
    with pytest.raises(EncodeError, match="every application"):
        rules_for((b"",))
    assert parse_apdu(()) is None
    assert len(DER_NEW) > 100


KEYS = "key_sets:\n- {version: 48, cipher: aes, enc: %s, mac: %s, dek: %s}\n"


def test_key_files_are_the_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "keys.yaml"
    path.write_text(KEYS % ("00" * 16, "11" * 16, "22" * 16))
    path.chmod(0o644)
    with pytest.raises(RefusedError, match="read by others"):
        load_key_sets(path)
    path.chmod(0o600)
    (keys,) = load_key_sets(path)
    assert keys.version == 48
    path.write_text(KEYS % ("0g" * 16, "11" * 16, "22" * 16))
    with pytest.raises(InputError) as caught:
        load_key_sets(path)
    assert "0g" not in str(caught.value)


def test_keys_that_were_wrong_are_remembered_for_their_card(tmp_path: Path) -> None:
    keys = Secret(bytes(48), "key set")
    memory = KeyAttempts(Attempts(tmp_path), "8949440000001155314")
    memory.check("key set 30", keys)
    memory.wrong("key set 30", keys)
    again = KeyAttempts(Attempts(tmp_path), "8949440000001155314")
    with pytest.raises(RefusedError, match="was wrong for card 8949440000001155314") as caught:
        again.check("key set 30", keys)
    assert "journal forget" in caught.value.hint
    again.check("key set 30", Secret(bytes(47) + b"\x01", "key set"))
    KeyAttempts(Attempts(tmp_path), "8949440000001155322").check("key set 30", keys)
    assert Attempts(tmp_path).forget("8949440000001155314") == 1
    again.check("key set 30", keys)


def test_keys_that_are_right_stay_so(tmp_path: Path) -> None:
    keys = Secret(bytes(48), "key set")
    memory = KeyAttempts(Attempts(tmp_path), "8949440000001155314")
    memory.sending("key set 30", keys)
    memory.right("key set 30", keys)
    memory.check("key set 30", keys)
