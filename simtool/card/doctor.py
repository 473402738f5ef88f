"""What a computer needs for card readers, looked at piece by piece and said in plain words."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from simtool.card.finding import Finding
from simtool.card.pcsc_limits import CCID_BUNDLE, DRIVER_FOLDERS, pcsc_limits
from simtool.errors import ReaderError

PCSCD_SOCKET = Path("/run/pcscd/pcscd.comm")
VPCD_LIBRARY = "libifdvpcd.so"


def examine() -> tuple[Finding, ...]:
    """Look at everything between this program and a card, from the inside out. Changes nothing."""
    parts = (
        _python(),
        _binding(),
        _daemon_installed(),
        _daemon_running(),
        _usb_driver(),
        _virtual_driver(),
        _readers(),
    )
    return (*parts, *pcsc_limits())


def _python() -> Finding:
    return Finding("Python", sys.version_info >= (3, 11), platform.python_version(), "install Python 3.11 or newer")


def _binding() -> Finding:
    try:
        found = version("pyscard")
    except PackageNotFoundError:
        cure = "apt install libpcsclite-dev swig gcc python3-dev && pip install 'mvno-simtool[pcsc]'"
        return Finding("pyscard", False, "the Python binding for PC/SC is not installed", cure)
    return Finding("pyscard", True, f"version {found}")


def _daemon_installed() -> Finding:
    path = shutil.which("pcscd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if path is None:
        return Finding("pcscd", False, "the smart card service is not installed", "apt install pcscd")
    return Finding("pcscd", True, path)


def _daemon_running() -> Finding:
    subject = "pcscd running"
    if not PCSCD_SOCKET.exists():
        cure = "sudo systemctl start pcscd.socket, or sudo pcscd where there is no systemd"
        return Finding(subject, False, "its socket does not exist", cure)
    if not os.access(PCSCD_SOCKET, os.W_OK):
        return Finding(subject, False, "this user may not use its socket", "see readers/README.md on polkit")
    return Finding(subject, True, str(PCSCD_SOCKET))


def _usb_driver() -> Finding:
    subject = "driver for USB readers"
    for folder in DRIVER_FOLDERS:
        if (folder / CCID_BUNDLE).exists():
            return Finding(subject, True, str(folder / CCID_BUNDLE))
    return Finding(subject, False, "the CCID driver is not installed", "apt install libccid")


def _virtual_driver() -> Finding:
    subject = "virtual reader"
    for folder in DRIVER_FOLDERS:
        if (folder / "serial" / VPCD_LIBRARY).exists():
            return Finding(subject, True, str(folder / "serial" / VPCD_LIBRARY))
    return Finding(subject, False, "needed only for software cards in PC/SC", "apt install vsmartcard-vpcd")


def _readers() -> Finding:
    subject = "readers"
    try:
        from simtool.card.pcsc import list_readers

        found = list_readers()
    except ReaderError as error:
        return Finding(subject, False, str(error), error.hint)
    if not found:
        return Finding(subject, False, "none is connected", "plug one in; lsusb shows whether the computer sees it")
    return Finding(subject, True, ", ".join(reader.name for reader in found))
