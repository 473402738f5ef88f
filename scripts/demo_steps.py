"""The demo, step by step; `scripts/demo` sets the computer up and starts it."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from simtool.perso.record import CardRecord, load_records
from tests.harness.auc import Algorithm, Subscriber
from tests.harness.eapol import Method, log_in
from tests.harness.pcscd import card_present, pcscd
from tests.harness.radius import login_server
from tests.harness.vpcd import slot_lock

ROOT = Path(__file__).resolve().parent.parent
PROFILE = "profiles/full-mvno.yaml"
PRODUCT = "sysmoISIM-SJA5"
MENU = "scripts/demo-menu.yaml"
DOMAIN_KEYS = (  # of the published test card that the software SJA5 is the twin of
    "key_sets:\n  - {version: 112, cipher: des, enc: 51d4fc44bcba7c4589dfada3297720af, "
    "mac: 0449699c472ce71e2fb7b56245ef7684, dek: ffb53e96e5ff99731d51ad7beafd0e23}\n"
)
TYPED = ("next_ussd: 5.00 EUR", "menu", "Nordlicht", "Balance", "ok", "quit")
"""At the phone: the network is told what to answer, then the menu is opened and an item chosen."""
ANSWER = "5.00 EUR"
INSERT_SECONDS = 15.0
SIMTOOL = [sys.executable, "-m", "simtool.cli"]


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="simtool-demo-") as folder, pcscd() as readers, slot_lock(0):
        os.environ["SIMTOOL_STATE"] = str(Path(folder) / "state")  # journals of a rehearsal are nobody's
        reader = readers[0]
        records = Path(folder) / "records.yaml"
        target = ["--reader", f"pcsc:{reader}", "--record", str(records)]
        step(f"A software card, {PRODUCT}, goes into the virtual reader “{reader}”")
        with emulated(Path(folder) / "card.state", reader):
            simtool("readers")
            step("What is in the reader")
            simtool("card", "info", "--reader", f"pcsc:{reader}")
            step(f"A record for one card is issued from {PROFILE}")
            simtool("issue", PROFILE, "--out", str(records))
            step("The plan: what would change, and why")
            simtool("plan", PROFILE, *target)
            step("Apply it through PC/SC, read everything back, prove the keys by authentication")
            simtool("apply", PROFILE, *target)
            step("Once more: nothing is left to do")
            simtool("plan", PROFILE, *target, "--check")
            step("A stranger judges: eapol_test (the SIM code of Android phones) logs in by EAP-AKA to hostapd")
            judge(load_records(records)[0], reader)
            step("The card certificate")
            simtool("verify", PROFILE, *target, "--certificate")
            step("A SIM applet in Java, the service menu of applets/service-menu, comes onto the finished card")
            keys = Path(folder) / "keys.yaml"
            keys.touch(0o600)
            keys.write_text(DOMAIN_KEYS)
            simtool("applet", "install", MENU, "--reader", f"pcsc:{reader}", "--key-file", str(keys))
            step("Its menu on a simulated phone")
            phone(reader)
    step("Done. Everything that was started has ended.")
    return 0


def step(text: str) -> None:
    print(f"\n\x1b[1m── {text}\x1b[0m" if sys.stdout.isatty() else f"\n── {text}", flush=True)


def simtool(*words: str) -> None:
    print(f"$ simtool {shlex.join(words)}", flush=True)
    subprocess.run([*SIMTOOL, *words], cwd=ROOT, check=True)


def phone(reader: str) -> None:
    """What somebody types at `simtool phone`, and the screens that come of it."""
    print(f"$ simtool phone --reader 'pcsc:{reader}'   # typed: {', '.join(TYPED)}", flush=True)
    done = subprocess.run(
        [*SIMTOOL, "phone", "--reader", f"pcsc:{reader}"], cwd=ROOT, check=True, capture_output=True, text=True,
        input="\n".join(TYPED) + "\n",
    )  # fmt: skip
    print(done.stdout)
    if ANSWER not in done.stdout:
        raise SystemExit("the menu did not show the network's answer")


@contextmanager
def emulated(state: Path, reader: str) -> Iterator[None]:
    """The software card in its own process, as `simtool card emulate` puts it there."""
    words = ["card", "emulate", PRODUCT, "--state", str(state)]
    print(f"$ simtool {shlex.join(words)} &", flush=True)
    process = subprocess.Popen([*SIMTOOL, *words], cwd=ROOT, env={**os.environ, "PYTHONUNBUFFERED": "1"})
    try:
        deadline = time.monotonic() + INSERT_SECONDS
        while not card_present(reader):
            if process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit("the software card did not appear in the reader; simtool doctor says what is missing")
            time.sleep(0.1)
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=10)


def judge(record: CardRecord, reader: str) -> None:
    """A login whose vectors come from osmo-auc-gen and whose card code comes from wpa_supplicant."""
    subscription = record.subscription
    subscriber = Subscriber(
        imsi=subscription.imsi.digits,
        algorithm=Algorithm.MILENAGE,
        k=subscription.k.reveal(),
        opc=subscription.opc.reveal() if subscription.opc else None,
        sqn=subscription.sqn + 32,
    )
    with login_server([subscriber]) as server:
        login = log_in(server, reader, Method.AKA)
    print("eapol_test: SUCCESS" if login.success else login.log[-3000:])
    if not login.success:
        raise SystemExit("the login failed")


if __name__ == "__main__":
    sys.exit(main())
