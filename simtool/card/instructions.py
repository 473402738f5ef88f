"""Instruction bytes and the names that the standards give the commands (TS 102 221 §10.1.2 and others)."""

from __future__ import annotations

import enum

from simtool.codec.apdu import CommandApdu

CLA_UICC = 0x00
CLA_PROPRIETARY = 0x80
CLA_SIM = 0xA0


class Ins(enum.IntEnum):
    """Instructions of TS 102 221 §10.1.2, TS 102 222 §6 and TS 51.011 §9.2."""

    DEACTIVATE_FILE = 0x04
    TERMINAL_PROFILE = 0x10
    FETCH = 0x12
    TERMINAL_RESPONSE = 0x14
    VERIFY_PIN = 0x20
    CHANGE_PIN = 0x24
    DISABLE_PIN = 0x26
    ENABLE_PIN = 0x28
    UNBLOCK_PIN = 0x2C
    INCREASE = 0x32
    ACTIVATE_FILE = 0x44
    MANAGE_CHANNEL = 0x70
    MANAGE_SECURE_CHANNEL = 0x73
    TRANSACT_DATA = 0x75
    SUSPEND_UICC = 0x76
    GET_IDENTITY = 0x78
    EXCHANGE_CAPABILITIES = 0x7A
    GET_CHALLENGE = 0x84
    AUTHENTICATE = 0x88
    AUTHENTICATE_TLV = 0x89
    SEARCH_RECORD = 0xA2
    SELECT = 0xA4
    TERMINAL_CAPABILITY = 0xAA
    READ_BINARY = 0xB0
    READ_RECORD = 0xB2
    GET_RESPONSE = 0xC0
    ENVELOPE = 0xC2
    RETRIEVE_DATA = 0xCB
    RESIZE_FILE = 0xD4
    UPDATE_BINARY = 0xD6
    PUT_KEY = 0xD8
    SET_DATA = 0xDB
    UPDATE_RECORD = 0xDC
    CREATE_FILE = 0xE0
    STORE_DATA = 0xE2
    DELETE_FILE = 0xE4
    TERMINATE_DF = 0xE6
    TERMINATE_EF = 0xE8
    STATUS = 0xF2
    SLEEP = 0xFA
    TERMINATE_CARD_USAGE = 0xFE


# Where a class gives an instruction another name.
_SIM_NAMES = {
    0x04: "INVALIDATE",
    0x20: "VERIFY CHV",
    0x24: "CHANGE CHV",
    0x26: "DISABLE CHV",
    0x28: "ENABLE CHV",
    0x2C: "UNBLOCK CHV",
    0x44: "REHABILITATE",
    0x88: "RUN GSM ALGORITHM",
    0xA2: "SEEK",
}
_PROPRIETARY_NAMES = {
    0x50: "INITIALIZE UPDATE",
    0x82: "EXTERNAL AUTHENTICATE",
    0xCA: "GET DATA",
    0xE4: "DELETE",
    0xE6: "INSTALL",
    0xE8: "LOAD",
    0xF0: "SET STATUS",
}


def command_name(command: CommandApdu) -> str:
    """What the standard calls this command: `READ BINARY`; `INS 3E` for one that has no name here."""
    if command.cla == CLA_SIM and command.ins in _SIM_NAMES:
        return _SIM_NAMES[command.ins]
    if command.cla & 0x80 and command.cla != CLA_SIM and command.ins in _PROPRIETARY_NAMES:
        return _PROPRIETARY_NAMES[command.ins]
    try:
        return Ins(command.ins).name.replace("_", " ")
    except ValueError:
        return f"INS {command.ins:02X}"
