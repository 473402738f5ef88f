"""Commands of one product only, as its YAML describes them (`simtool.files.commands`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simtool.errors import CodecError
from simtool.files.commands import VendorCommand
from simtool.files.specs import PIN_LENGTH
from simtool.softcard import status as sw
from simtool.softcard.channel import Channel
from simtool.softcard.commands.base import Case, Handler
from simtool.softcard.filesystem import FileNode

if TYPE_CHECKING:
    from simtool.softcard.card import SoftCard

_HEADER = 2


def headers(commands: tuple[VendorCommand, ...]) -> dict[int, list[VendorCommand]]:
    """The commands by class and instruction; one whose pattern leaves these open is none that a card could have."""
    found: dict[int, list[VendorCommand]] = {}
    for command in commands:
        first = command.pattern[0]
        if isinstance(first, bytes) and len(first) >= _HEADER:
            found.setdefault(int.from_bytes(first[:_HEADER]), []).append(command)
    return found


def handler_for(key: int, commands: list[VendorCommand], otherwise: tuple[Handler, int, Case] | None) -> Handler:
    """Tries the vendor's commands of this class and instruction, then the standard's."""
    head = key.to_bytes(_HEADER)

    def run(card: SoftCard, channel: Channel, p1: int, p2: int, p3: int, data: bytes) -> bytes:
        whole = head + bytes((p1, p2)) + (bytes((p3,)) if data else b"") + data
        for command in commands:
            found = command.match(whole)
            if found is not None:
                return _execute(card, command, found)
        if otherwise is not None:
            return otherwise[0](card, channel, p1, p2, p3, data)
        return sw.WRONG_P1_P2

    return run


def _execute(card: SoftCard, command: VendorCommand, found: dict[str, bytes]) -> bytes:
    """Write what the holes brought; nothing if the PIN it needs has not been verified."""
    gsm = "uicc" not in card.model.classes
    if command.needs is not None:
        pin = card.pins.get(command.needs)
        if pin is None or not card.guard.satisfied(pin.rule_ref):
            return sw.GSM_ACCESS_DENIED if gsm else sw.SECURITY_NOT_SATISFIED
    written: dict[FileNode, bytes] = {}  # several holes may go into one file
    for hole, path in command.writes:
        node = card.files.by_path.get(str(path))
        if node is None:
            return sw.GSM_NOT_FOUND if gsm else sw.FILE_NOT_FOUND
        value, content = found[hole], written.get(node, node.content.data)
        if node.layout is not None and any(one.name == hole for one in node.layout.fields):
            try:
                written[node] = node.layout.encode({hole: value}, content)
            except CodecError:
                return sw.WRONG_DATA
        else:
            written[node] = (value + content[len(value) :])[: len(content)]
    for node, content in written.items():
        card.write(node, content)
    for hole, name in command.pins:
        card.pins[name].change(found[hole].ljust(PIN_LENGTH, b"\xff"))
    for hole, name in command.puks:
        card.pins[name].set_puk(found[hole].ljust(PIN_LENGTH, b"\xff"))
    card.guard.changed()
    return sw.OK
