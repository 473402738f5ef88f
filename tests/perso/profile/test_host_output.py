"""The host's output file and CSV: what is read, what is told, and that no message repeats a secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from simtool.crypto.key_set import KeyCipher
from simtool.crypto.secret import Secret
from simtool.errors import InputError
from simtool.perso.host_output import TransportKey, read_host_output, read_host_records, read_transport_key

ICCID, IMSI = "8949440000001155314", "001010000200001"
K4 = TransportKey(Secret(bytes(range(16))))
# FIPS 197 Appendix C.1: this block under the key 00 01 … 0f
PLAIN, CIPHER = "00112233445566778899aabbccddeeff", "69c4e0d86a7b0430d8cdb78070b4c55a"


def written(tmp_path: Path, text: str, name: str = "host.out") -> Path:
    path = tmp_path / name
    path.write_text(text)
    return path


def vendor(columns: str, values: str, key: str = "1") -> str:
    return f"*HEADER\nTransport_key: {key}\n*INPUT VARIABLES\n*OUTPUT VARIABLES\nvar_out:{columns}\n{values}\n"


def test_the_vendors_form(tmp_path: Path) -> None:
    text = vendor("SER_NB/IMSI/PIN1/PUK1/ADM1/KI/OPC", f"{ICCID} {IMSI} 1234 12345678 34173960 {CIPHER} {CIPHER}")
    output = read_host_output(written(tmp_path, text), K4)
    (record,) = output.records
    assert (record.iccid.digits, record.subscription.imsi.digits) == (ICCID, IMSI)
    assert record.subscription.key.reveal().hex() == PLAIN
    assert {item.pin: item.value.reveal().rstrip(b"\xff") for item in record.credentials} == {
        "PIN1": b"1234", "PUK1": b"12345678", "ADM1": b"34173960",
    }  # fmt: skip
    assert output.notes == ()


@pytest.mark.parametrize("mark", ",;")
def test_csv(tmp_path: Path, mark: str) -> None:
    rows = [["iccid", "imsi", "msisdn", "ki", "opc"], [ICCID, IMSI, "+491701", PLAIN, PLAIN]]
    text = "".join(mark.join(row) + "\n" for row in rows)
    (record,) = read_host_output(written(tmp_path, text, "host.csv")).records
    assert record.subscription.msisdn == "+491701"
    assert record.subscription.key.reveal().hex() == PLAIN


def test_triple_des(tmp_path: Path) -> None:
    """Both halves of the key and all blocks alike: single DES of FIPS 81, `Now is t` under 0123456789abcdef."""
    key = written(tmp_path, f"cipher: des\nkey: {'0123456789abcdef' * 2}\n", "k4.yaml")
    key.chmod(0o600)
    text = vendor("ICCID/IMSI/KI/OPC", f"{ICCID} {IMSI} {'3fa40e8a984d4815' * 2} {'3fa40e8a984d4815' * 2}")
    (record,) = read_host_output(written(tmp_path, text), read_transport_key(key)).records
    assert record.subscription.key.reveal() == b"Now is t" * 2
    assert read_transport_key(key).cipher is KeyCipher.DES


NOTES = [
    # what the file holds, with the transport key or not, what is told
    (vendor("ICCID/IMSI/KI/OPC", f"{ICCID} {IMSI} {CIPHER} {CIPHER}"), None, "no transport key was given"),
    (vendor("ICCID/IMSI/KI", f"{ICCID} {IMSI} {CIPHER}"), K4, "without its OPc"),
    (vendor("ICCID/IMSI", f"{ICCID} {IMSI}"), None, None),
    (vendor("ICCID/IMSI/KIC1", f"{ICCID} {IMSI} 00"), None, "column KIC1 is not taken over"),
]


@pytest.mark.parametrize(("text", "key", "note"), NOTES)
def test_records_without_keys(tmp_path: Path, text: str, key: TransportKey | None, note: str | None) -> None:
    output = read_host_output(written(tmp_path, text), key)
    assert output.records[0].subscription.k is None
    assert [note in told for told in output.notes] == [True] if note else output.notes == ()


ERRORS = [
    (vendor("ICCID/KI", f"{ICCID} 00"), "host.out:5: no column IMSI"),
    (vendor("ICCID/IMSI/IMSI", f"{ICCID} {IMSI} {IMSI}"), "a column stands twice"),
    (vendor("ICCID/IMSI", ICCID), "host.out:6: 1 values for 2 columns"),
    (vendor("ICCID/IMSI", f"{ICCID[:-1]}0 {IMSI}"), "host.out:6: ICCID: .*check digit"),
    (vendor("ICCID/IMSI", f"{ICCID} 26A01"), "host.out:6: IMSI: "),
    (vendor("ICCID/IMSI/PIN1", f"{ICCID} {IMSI} 12"), "host.out:6: PIN1: "),
    (vendor("ICCID/IMSI/KI/OPC", f"{ICCID} {IMSI} 00112233 {CIPHER}"), "host.out:6: KI: is not encrypted"),
    (vendor("ICCID/IMSI", f"{ICCID} {IMSI}\n{ICCID} {IMSI[:-1]}2"), f"ICCID {ICCID} stands twice"),
    (vendor("ICCID/IMSI/ALGORITHM", f"{ICCID} {IMSI} rot13"), "the algorithm is one of"),
    ("", "the file is empty"),
]


@pytest.mark.parametrize(("text", "reason"), ERRORS)
def test_errors(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason) as caught:
        read_host_output(written(tmp_path, text), K4)
    assert "00112233" not in str(caught.value)


def test_several_errors_come_at_once(tmp_path: Path) -> None:
    text = vendor("ICCID/IMSI", f"{ICCID} 26A01\n{ICCID[:-1]}0 {IMSI}")
    with pytest.raises(InputError) as caught:
        read_host_output(written(tmp_path, text))
    assert len(str(caught.value).splitlines()) == 2


def test_a_key_that_others_can_read(tmp_path: Path) -> None:
    path = written(tmp_path, f"key: {PLAIN}\n", "k4.yaml")
    path.chmod(0o644)
    with pytest.raises(InputError, match="others can read") as caught:
        read_transport_key(path)
    assert PLAIN not in str(caught.value)


def test_a_record_file_is_taken_as_it_is(tmp_path: Path) -> None:
    path = written(tmp_path, f"iccid: '{ICCID}'\nsubscriptions: [{{imsi: '{IMSI}'}}]\n", "records.yaml")
    (record,) = read_host_records(path).records
    assert record.subscription.k is None
