"""Sending a GlobalPlatform command, and turning a refusal into words with a next step.

Works over any `ApduLink`: a session, or a secure channel around one. Errors name command and object, never the data.
"""

from __future__ import annotations

from dataclasses import replace

from simtool.card.instructions import command_name
from simtool.card.processors import ApduLink
from simtool.card.status import explain
from simtool.codec.apdu import CommandApdu, ResponseApdu, StatusWord
from simtool.errors import StatusError

CONTEXT = "globalplatform"
CLA_GP = 0x80
_MORE_COMMANDS = 0x80
SW_CONDITIONS = 0x6985
SW_WRONG_DATA = 0x6A80
SW_NO_MEMORY = 0x6A84
SW_NOT_FOUND = 0x6A88
SW_SECURITY = 0x6982
INS_INITIALIZE_UPDATE = 0x50
INS_BEGIN_R_MAC = 0x7A
INS_END_R_MAC = 0x78
INS_EXTERNAL_AUTHENTICATE = 0x82
INS_SELECT = 0xA4
INS_GET_DATA = 0xCA
INS_PUT_KEY = 0xD8
INS_STORE_DATA = 0xE2
INS_DELETE = 0xE4
INS_INSTALL = 0xE6
INS_LOAD = 0xE8
INS_SET_STATUS = 0xF0
INS_GET_STATUS = 0xF2

_NAMES = {
    INS_DELETE: "DELETE",
    INS_INSTALL: "INSTALL",
    INS_LOAD: "LOAD",
    INS_GET_STATUS: "GET STATUS",
    INS_SET_STATUS: "SET STATUS",
    INS_STORE_DATA: "STORE DATA",
    INS_PUT_KEY: "PUT KEY",
    INS_BEGIN_R_MAC: "BEGIN R-MAC SESSION",
    INS_END_R_MAC: "END R-MAC SESSION",
}
_HINTS = {
    (INS_INSTALL, SW_CONDITIONS): "the AID may be in use, or the package not be on the card: simtool applet list",
    (INS_INSTALL, SW_WRONG_DATA): "the card refuses the parameters: simtool applet inspect shows what would not fit",
    (INS_INSTALL, SW_NO_MEMORY): "free room on the card (simtool applet delete), or lower the memory quotas",
    (INS_INSTALL, SW_NOT_FOUND): "load the package first; its AID must be the one named here",
    (INS_LOAD, SW_WRONG_DATA): "the card does not link the package: simtool applet inspect tells what it needs",
    (INS_LOAD, SW_CONDITIONS): "the package may need another package, or another version of it, on the card",
    (INS_LOAD, SW_NO_MEMORY): "free room on the card: simtool applet delete",
    (INS_DELETE, SW_CONDITIONS): "instances or other packages still use it: delete these first",
    (INS_DELETE, SW_NOT_FOUND): "it is not on the card: simtool applet list",
    (
        INS_INITIALIZE_UPDATE,
        SW_NOT_FOUND,
    ): "the card has no keys of this version: simtool applet list names those it has",
    (INS_PUT_KEY, SW_NOT_FOUND): "the key version to replace does not exist; leave it out to add a new one",
}
_ANY = {SW_SECURITY: "a secure channel with the security domain's keys is needed, or a higher security level"}


def transact(
    link: ApduLink, command: CommandApdu, *, what: str = "", secret: bool = False, accept: tuple[int, ...] = ()
) -> ResponseApdu:
    """Send, and raise `StatusError` unless the card did it. `accept`: status words that the caller deals with."""
    answer = link.send(command, secret=secret)
    if answer.sw in accept or explain(answer.sw, CONTEXT).succeeded:
        return answer
    raise failure(command, answer.sw, what=what)


def transact_in_parts(
    link: ApduLink, command: CommandApdu, room: int, *, what: str = "", secret: bool = False
) -> ResponseApdu:
    """Send a command whose data may need several: bit 8 of P1 says that more follow (DELETE §11.2.2.1, INSTALL
    §11.5.2.1, PUT KEY §11.8.2.1). The answer is that to the last. `room`: bytes of data that fit one."""
    rest = command.data
    while len(rest) > room:
        part = replace(command, p1=command.p1 | _MORE_COMMANDS, data=rest[:room], le=None)
        transact(link, part, what=what, secret=secret)
        rest = rest[room:]
    return transact(link, replace(command, data=rest), what=what, secret=secret)


def failure(command: CommandApdu, sw: StatusWord, *, what: str = "") -> StatusError:
    """The error for a refused command: its name, the object, the status word in words."""
    meaning = explain(sw, CONTEXT)
    name = _NAMES.get(command.ins) if command.cla & CLA_GP else None
    subject = f"{name or command_name(command)} of {what}" if what else name or command_name(command)
    hint = _HINTS.get((command.ins, int(sw))) or _ANY.get(int(sw)) or meaning.hint
    return StatusError(f"{subject}: {sw} {meaning.text}", sw=sw, hint=hint)
