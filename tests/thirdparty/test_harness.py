"""The harness itself: the service is shared and ended only by its last user, the login server answers."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.harness.auc import Algorithm, AuthenticationCentre, Subscriber
from tests.harness.pcscd import VIRTUAL_READERS, is_running, pcscd
from tests.harness.programs import HarnessError, program
from tests.harness.radius import login_server

# TS 35.208 §4.3, test set 1.
K = bytes.fromhex("465b5ce8b199b49faa5f0a2ee238a6bc")
OPC = bytes.fromhex("cd63cb71954a9f4e48a5994e37a02baf")
IMSI = "001010000000001"


def ask(centre: AuthenticationCentre, directory: Path, request: str) -> str:
    """One request as hostapd would send it."""
    own = directory / "client.sock"
    own.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as client:
        client.bind(str(own))
        client.settimeout(5)
        client.sendto(request.encode(), str(centre.path))
        return client.recv(4096).decode()


def test_centre_counts_up_and_resynchronises(tmp_path: Path) -> None:
    subscriber = Subscriber(IMSI, Algorithm.MILENAGE, K, OPC, sqn=32)
    with AuthenticationCentre(tmp_path / "auc.sock", [subscriber]) as centre:
        first = ask(centre, tmp_path, f"AKA-REQ-AUTH {IMSI}").split()
        second = ask(centre, tmp_path, f"AKA-REQ-AUTH {IMSI}").split()
    assert first[:2] == ["AKA-RESP-AUTH", IMSI]
    assert [len(word) for word in first[2:]] == [32, 32, 32, 32, 16]
    assert first[2] != second[2]
    assert subscriber.sqn == 96
    assert centre.asked("AKA-REQ-AUTH") == ["sqn 32", "sqn 64"]


def test_centre_gives_triplets_of_both_generations(tmp_path: Path) -> None:
    subscribers = [
        Subscriber(IMSI, Algorithm.MILENAGE, K, OPC),
        Subscriber("001010000000002", Algorithm.COMP128V1, K),
    ]
    with AuthenticationCentre(tmp_path / "auc.sock", subscribers) as centre:
        for subscriber in subscribers:
            words = ask(centre, tmp_path, f"SIM-REQ-AUTH {subscriber.imsi} 3").split()
            assert words[:2] == ["SIM-RESP-AUTH", subscriber.imsi]
            assert [[len(part) for part in word.split(":")] for word in words[2:]] == [[16, 8, 32]] * 3


def test_centre_refuses_strangers(tmp_path: Path) -> None:
    with AuthenticationCentre(tmp_path / "auc.sock", []) as centre:
        assert ask(centre, tmp_path, f"AKA-REQ-AUTH {IMSI}") == f"AKA-RESP-AUTH {IMSI} FAILURE"


def test_keys_do_not_show() -> None:
    shown = repr(Subscriber(IMSI, Algorithm.MILENAGE, K, OPC))
    assert K.hex() not in shown
    assert OPC.hex() not in shown
    assert repr(K) not in shown


def test_server_files_are_private() -> None:
    with login_server([]) as server:
        folder = server.log_file.parent
        assert folder.stat().st_mode & 0o777 == 0o700
        assert all(file.stat().st_mode & 0o077 == 0 for file in folder.iterdir())
        assert "AP-ENABLED" in server.log()
    assert not folder.exists()


def test_missing_program_names_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.harness.programs.SEARCH_PATH", "/nonexistent")
    with pytest.raises(HarnessError, match="apt-get install eapoltest"):
        program("eapol_test")


def test_service_lists_the_virtual_reader(pcsc_service: tuple[str, ...]) -> None:
    assert set(VIRTUAL_READERS) <= set(pcsc_service)


def test_service_outlives_another_user(pcsc_service: tuple[str, ...]) -> None:
    """A second process that uses and leaves the service does not end it under us."""
    code = "from tests.harness.pcscd import pcscd\nwith pcscd() as readers: print(len(readers))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=os.getcwd())
    assert int(done.stdout) >= len(VIRTUAL_READERS)
    assert is_running()
    with pcscd() as readers:
        assert set(VIRTUAL_READERS) <= set(readers)
    assert is_running()
