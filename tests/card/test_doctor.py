"""What a computer lacks, piece by piece; the whole examination runs on the computer at hand."""

from __future__ import annotations

import importlib.metadata
from pathlib import Path

import pytest

from simtool.card import doctor


def by_subject() -> dict[str, doctor.Finding]:
    return {finding.subject: finding for finding in doctor.examine()}


def test_this_computer_has_what_the_tests_need(pcsc_service: tuple[str, ...]) -> None:
    found = by_subject()
    for subject in ("Python", "pyscard", "pcscd", "pcscd running", "virtual reader", "readers"):
        assert found[subject].ok, found[subject]
    assert pcsc_service[0] in found["readers"].detail


def test_a_service_that_does_not_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(doctor, "PCSCD_SOCKET", tmp_path / "nobody")
    finding = by_subject()["pcscd running"]
    assert not finding.ok
    assert "systemctl start" in finding.cure


def test_missing_drivers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(doctor, "DRIVER_FOLDERS", (tmp_path,))
    found = by_subject()
    assert "libccid" in found["driver for USB readers"].cure
    assert "vsmartcard-vpcd" in found["virtual reader"].cure


def test_a_missing_binding(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> str:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(doctor, "version", missing)
    assert "pip install" in by_subject()["pyscard"].cure
