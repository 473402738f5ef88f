"""Marks of what a step writes: keyed fingerprints, so that steps can be compared without keeping what they wrote."""

from __future__ import annotations

from simtool.perso.image import Unit
from simtool.perso.memory.state_key import StateKey
from simtool.perso.steps import PushRecords, SendCommand, Step, WriteBytes, WriteObject


def bytes_mark(key: StateKey, unit: Unit, offset: int, data: bytes) -> str:
    """The mark of these bytes in this place."""
    return key.fingerprint("write", str(unit), str(offset), data)


def content_mark(step: Step, key: StateKey) -> str:
    """The mark of what a step leaves in files; empty for one that leaves nothing there."""
    match step:
        case WriteBytes(unit=unit, offset=offset, data=data):
            return bytes_mark(key, unit, offset, data)
        case PushRecords(path=path, wanted=wanted):
            return key.fingerprint("cycle", str(path), *wanted)
        case WriteObject(unit=unit):
            return key.fingerprint("object", str(unit), step.content)
        case SendCommand(apdu=apdu):
            return key.fingerprint("command", apdu)
    return ""
