"""Third-party programs: where they are, and one way to stop what we started."""

from __future__ import annotations

import os
import shutil
import subprocess

PACKAGES = {
    "pcscd": "pcscd",
    "osmo-auc-gen": "libosmocore-utils",
    "osmo-hlr": "osmo-hlr",
    "eapol_test": "eapoltest",
    "hostapd": "hostapd",
    "gnokii": "gnokii-cli",
    "opensc-tool": "opensc",
    "scriptor": "pcsc-tools",
    "softhsm2-util": "softhsm2",
    "chromium": "chromium",
}
SEARCH_PATH = os.environ.get("PATH", "") + ":/usr/local/sbin:/usr/sbin:/sbin"


class HarnessError(Exception):
    """The surroundings of a test are not as they must be; the text says what to do."""


def program(name: str) -> str:
    """Full path of a program, also when it lies in an sbin folder. Raises `HarnessError` naming its package."""
    found = shutil.which(name, path=SEARCH_PATH)
    if found is None:
        raise HarnessError(f"{name} is not installed: run scripts/test, or apt-get install {PACKAGES.get(name, name)}")
    return found


def as_root(*command: str) -> list[str]:
    """The command line that runs `command` as root: as it is for root, else through a sudo that asks nothing."""
    return list(command) if os.geteuid() == 0 else ["sudo", "-n", *command]


def stop(process: subprocess.Popen[bytes], *, seconds: float = 5.0) -> None:
    """End a child that we started: SIGTERM first, SIGKILL when it does not listen."""
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
