"""An authentication centre for hostapd, with every vector computed by `osmo-auc-gen`.

hostapd asks over a Unix datagram socket, one text line per request (its EAP-SIM database protocol). Nothing of simtool
is used here: the vectors come from libosmocore, so a card that logs in has been judged by a stranger. The keys
stand in the command line of `osmo-auc-gen`, where every user of the computer can see them: for test keys only.
"""

from __future__ import annotations

import os
import socket
import subprocess
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from pathlib import Path

from tests.harness.programs import HarnessError, program

SEQ_STEP = 32
"""One step of SEQ when the lowest 5 bits of SQN are the index (TS 33.102 Annex C.1.1)."""
SQN_SIZE = 6


class Algorithm(StrEnum):
    """Names that `osmo-auc-gen` knows (XOR became XOR-3G in libosmocore 1.8, TUAK came then)."""

    MILENAGE = "MILENAGE"
    TUAK = "TUAK"
    XOR = "XOR"
    COMP128V1 = "COMP128v1"
    COMP128V2 = "COMP128v2"
    COMP128V3 = "COMP128v3"

    @property
    def is_2g(self) -> bool:
        return self.value.startswith("COMP128")


@cache
def _name(algorithm: Algorithm) -> str:
    """What this computer's `osmo-auc-gen` calls the algorithm. Raises `HarnessError` if it does not know it."""
    usage = subprocess.run([program("osmo-auc-gen"), "--help"], capture_output=True, text=True, check=False)
    known = (usage.stdout + usage.stderr).split()
    for name in (algorithm.value, f"{algorithm.value}-3G"):
        if name in known:
            return name
    raise HarnessError(f"this osmo-auc-gen does not know {algorithm}: libosmocore-utils 1.8 or newer is needed")


@dataclass(slots=True)
class Subscriber:
    """What the centre knows of one IMSI. `sqn` is the number that the next vector carries."""

    imsi: str
    algorithm: Algorithm
    k: bytes = field(repr=False)
    opc: bytes | None = field(default=None, repr=False)
    sqn: int = SEQ_STEP
    amf: bytes = b"\x80\x00"

    def _command(self, *more: str) -> dict[str, str]:
        command = [program("osmo-auc-gen"), "-2" if self.algorithm.is_2g else "-3", "-a", _name(self.algorithm)]
        command += ["-k", self.k.hex(), *more]
        if self.opc is not None:
            command += ["-o", self.opc.hex()]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise HarnessError(f"osmo-auc-gen cannot do {self.algorithm} for {self.imsi}: {done.stderr.strip()[-200:]}")
        pairs = (line.split(":", 1) for line in done.stdout.splitlines() if ":" in line)
        return {name.strip(): value.strip() for name, value in pairs}

    def vector(self) -> dict[str, str]:
        """The next vector as `osmo-auc-gen` prints it (RAND, AUTN, IK, CK, RES, SRES, Kc), all hex."""
        if self.algorithm.is_2g:
            return self._command()
        values = self._command("-f", self.amf.hex(), "-s", str(self.sqn))
        self.sqn += SEQ_STEP
        return values

    def resynchronise(self, auts: str, rand: str) -> int:
        """Take the card's SQN out of AUTS (both hex) and go on above it. Raises `HarnessError` on a wrong MAC-S."""
        values = self._command("-f", self.amf.hex(), "-r", rand, "-A", auts)
        sqn_ms = int(values["SQN.MS"])
        self.sqn = (sqn_ms // SEQ_STEP + 1) * SEQ_STEP
        return sqn_ms


class AuthenticationCentre:
    """Serves hostapd on `path` from a thread. `events` holds what was asked: ("AKA-REQ-AUTH", imsi, outcome) …"""

    def __init__(self, path: Path, subscribers: Iterable[Subscriber]) -> None:
        self.path = path
        self.subscribers = {subscriber.imsi: subscriber for subscriber in subscribers}
        self.events: list[tuple[str, str, str]] = []
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._thread = threading.Thread(target=self._serve, name="authentication-centre", daemon=True)

    def __enter__(self) -> AuthenticationCentre:
        self._socket.bind(str(self.path))
        os.chmod(self.path, 0o600)
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as knock:
            knock.sendto(b"", str(self.path))
        self._thread.join(5)
        self._socket.close()
        self.path.unlink(missing_ok=True)

    def asked(self, verb: str) -> list[str]:
        """Outcomes of all requests with this verb, in order."""
        return [outcome for name, _, outcome in self.events if name == verb]

    def _serve(self) -> None:
        while True:
            line, client = self._socket.recvfrom(4096)
            if not line:
                return
            answer = self._answer(line.decode("ascii", "replace").split())
            if answer and client:
                self._socket.sendto(answer.encode(), client)

    def _answer(self, words: list[str]) -> str:
        verb, imsi, *rest = [*words, "", ""]
        try:
            outcome, answer = self._handle(verb, imsi, [word for word in rest if word])
        except (HarnessError, KeyError, ValueError, IndexError) as error:
            outcome = f"failed: {error}"
            answer = f"{verb.split('-')[0]}-RESP-AUTH {imsi} FAILURE" if verb.endswith("-REQ-AUTH") else ""
        self.events.append((verb, imsi, outcome))
        return answer

    def _handle(self, verb: str, imsi: str, rest: list[str]) -> tuple[str, str]:
        subscriber = self.subscribers[imsi]
        if verb == "AKA-REQ-AUTH":
            sqn = subscriber.sqn
            v = subscriber.vector()
            return f"sqn {sqn}", f"AKA-RESP-AUTH {imsi} {v['RAND']} {v['AUTN']} {v['IK']} {v['CK']} {v['RES']}"
        if verb == "AKA-AUTS":
            return f"sqn-ms {subscriber.resynchronise(auts=rest[0], rand=rest[1])}", ""
        if verb == "SIM-REQ-AUTH":
            vectors = [subscriber.vector() for _ in range(int(rest[0]))]
            triplets = " ".join(f"{v['Kc']}:{v['SRES']}:{v['RAND']}" for v in vectors)
            return f"{len(vectors)} triplets", f"SIM-RESP-AUTH {imsi} {triplets}"
        raise HarnessError(f"hostapd asked {verb!r}")
