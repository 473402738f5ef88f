"""The software card: power, commands in, answers out, and what is kept (TS 102 221).

A command arrives as a T=0 TPDU: header, P3 and perhaps data. Case 4 answers 61xx and waits for GET RESPONSE, a trailing
Le is tolerated (design note on readers). `transmit` answers any bytes and never raises.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simtool.files.product import CardModel
from simtool.softcard import routes
from simtool.softcard import status as sw
from simtool.softcard.atr import logical_channels
from simtool.softcard.channel import MAX_CHANNEL, Channel
from simtool.softcard.commands.base import Case
from simtool.softcard.describe import answer_2g, fcp_of
from simtool.softcard.filesystem import Content, FileNode, FileSystem
from simtool.softcard.pins import Pin
from simtool.softcard.security import Guard
from simtool.softcard.state import FileStore, MemoryStore
from simtool.softcard.status import StatusFault
from simtool.softcard.usim import Authenticator

log = logging.getLogger(__name__)

_GET_RESPONSE = 0xC0
_APPLICATION_PREFIX = 7
_SECOND_PINS = range(0x81, 0x89)
_SERVICE_TABLES = {bytes.fromhex("a0000000871002"): 0x6F38, bytes.fromhex("a0000000871004"): 0x6F07}


@dataclass(slots=True)
class Pending:
    """Response data that wait for GET RESPONSE on `channel`."""

    channel: Channel
    data: bytes
    final: bytes


class SoftCard:
    """A UICC in memory. `SoftCard.new` makes one; `state` keeps it in a file."""

    def __init__(self, model: CardModel, store: MemoryStore) -> None:
        self.model = model
        self.store = store
        self.powered = False
        self.pending: Pending | None = None
        self._table = routes.build(model.classes)
        self.channel_limit = logical_channels(self.atr)
        self._dirty: dict[str, Any] = {}
        self._load()

    @classmethod
    def new(cls, model: CardModel, *, state: Path | None = None, durable: bool = False) -> SoftCard:
        """A card of this product, as delivered or as `state` kept it.

        Raises `InputError` if the state file is not one of this product, `RefusedError` if another card uses it.
        """
        return cls(model, FileStore(state, model.name, durable=durable) if state is not None else MemoryStore())

    # Power

    def power_on(self) -> bytes:
        """Cold reset. Gives the ATR."""
        self._reset()
        self.powered = True
        return self.atr

    def reset(self) -> bytes:
        """Warm reset. Gives the ATR."""
        return self.power_on()

    def power_off(self) -> None:
        """Contacts dead: what was selected and verified is gone."""
        self._reset()
        self.powered = False

    def close(self) -> None:
        """Give the state file back."""
        self.power_off()
        self.store.close()

    @property
    def atr(self) -> bytes:
        return self.model.atrs[0].value

    def _load(self) -> None:
        """Everything from the product and the store, as a card that wakes up finds its memory."""
        self.files = FileSystem(self.model)
        saved = self.store.values
        for name in sorted((name for name in saved if name.startswith("file:")), key=lambda name: name.count("/")):
            self.files.restore(name.removeprefix("file:"), saved[name])
        for name, value in saved.items():
            if name.startswith("content:") and (node := self.files.by_path.get(name.removeprefix("content:"))):
                node.content.load(value)
        self.pins = {spec.name: self._make_pin(spec.name) for spec in self.model.pins}
        for pin_name, pin in self.pins.items():
            if f"pin:{pin_name}" in saved:
                pin.load(saved[f"pin:{pin_name}"])
        self._pin_contents = {pin.content.key for pin in self.pins.values() if pin.content is not None}
        self.files.used = saved.get("used", 0)
        self.guard = Guard(self.model, self.pins)
        self.authenticator = Authenticator(self)
        self._dirty.clear()
        self._reset()

    def _make_pin(self, name: str) -> Pin:
        spec = self.model.pin(name)
        node = self.files.by_path.get(str(spec.file)) if spec.file is not None else None
        return Pin(spec, self._pin_changed, node.content if node else None, node.layout if node else None)

    def _reset(self) -> None:
        self.pending = None
        self.channels: list[Channel | None] = [None] * (MAX_CHANNEL + 1)
        self.channels[0] = Channel(0, self.files.mf)
        for pin in self.pins.values():
            pin.verified = False
        self.guard.changed()

    # Commands

    def transmit(self, tpdu: bytes) -> bytes:
        """One TPDU in, response data and status word out. Any bytes get an answer; a card without power says 6F00."""
        length = len(tpdu)
        if not self.powered or length < 4:
            self.pending = None
            return sw.WRONG_LENGTH if self.powered else sw.TECHNICAL_PROBLEM
        cla, ins = tpdu[0], tpdu[1]
        if ins != _GET_RESPONSE:
            self.pending = None
        route = self._table.get(cla << 8 | ins)
        if route is None:
            self.pending = None
            return routes.refusal(cla, ins, self.model.classes, self._table)
        handler, number, case = route
        channel = self.channels[number]
        if channel is None:
            self.pending = None
            return sw.CHANNEL_NOT_SUPPORTED
        p3 = tpdu[4] if length > 4 else 0
        if length <= 5:
            data = b""
            if p3 and case in (Case.IN, Case.IN_OUT):
                return sw.WRONG_LENGTH
        else:
            if case is Case.OUT or case is Case.NONE or not p3 or length - 5 - p3 not in (0, 1):
                return sw.WRONG_LENGTH
            data = tpdu[5 : 5 + p3]
        try:
            answer = handler(self, channel, tpdu[2], tpdu[3], p3, data)
        except StatusFault as fault:
            answer = fault.sw
        except Exception:
            log.exception("%s: INS %02X failed", self.model.name, ins)
            self._undo()
            return sw.TECHNICAL_PROBLEM
        if self._dirty:
            self.commit()
        return answer

    def hold(self, channel: Channel, data: bytes, *, first: bytes = b"", final: bytes = sw.OK) -> bytes:
        """Keep response data for GET RESPONSE. Answers 61xx, or the warning `first` (TS 102 221 §7.3.1.1.4)."""
        if not data:
            return first or final
        self.pending = Pending(channel, data, final)
        return first or bytes((0x61, len(data) if len(data) < 256 else 0))

    # What commands ask of the card

    def fcp(self, node: FileNode) -> bytes:
        """The FCP template of a file, made again only after a change."""
        epoch = self.guard.epoch if node.is_directory else node.content.version
        if node.fcp is None or node.fcp_epoch != epoch:
            node.fcp = fcp_of(node, self.files, self.guard, self.model.pin_status)
            node.fcp_epoch = epoch
        return node.fcp

    def answer_2g(self, node: FileNode) -> bytes:
        return answer_2g(node, self.files, self.guard)

    def write(self, node: FileNode, data: bytes) -> None:
        """New content for an EF; also seen through its links."""
        content = node.content
        content.put(data)
        self._dirty[f"content:{content.key}"] = content
        if node.is_arr:
            self.guard.rules_changed()
        elif content.key in self._pin_contents:
            self.guard.changed()

    def set_life_cycle(self, node: FileNode, state: int) -> None:
        node.life_cycle = state
        self.node_changed(node)

    def node_changed(self, node: FileNode) -> None:
        """Attributes of a file are other than before."""
        node.forget()
        self._dirty[f"file:{node.path}"] = node

    def note(self, name: str, value: Any) -> None:
        """Keep a value of the card itself (JSON)."""
        self._dirty[name] = value
        self.store.values[name] = value

    def commit(self) -> None:
        """Make all changes so far survive power loss, at once."""
        dirty, self._dirty = self._dirty, {}
        self.store.put({name: _saved(thing) for name, thing in dirty.items()})

    def free_channel(self) -> int | None:
        """The lowest number of a logical channel that is not open."""
        return next((number for number in range(1, self.channel_limit + 1) if self.channels[number] is None), None)

    def open_channel(self, number: int, source: Channel) -> None:
        """A new channel, at the MF or, opened from another than the basic one, where that is (TS 102 221 §11.1.17)."""
        channel = Channel(number, self.files.mf)
        if source.number:
            channel.df, channel.adf = source.df, source.adf
        self.channels[number] = channel

    def close_channel(self, number: int) -> bool:
        """False if it was not open."""
        channel = self.channels[number]
        if channel is None:
            return False
        if channel.adf is not None:
            self.end_application(channel)
        self.channels[number] = None
        return True

    def in_use_elsewhere(self, node: FileNode, channel: Channel) -> bool:
        """Whether another channel has this file selected."""
        others = (other for other in self.channels if other is not None and other is not channel)
        return any(node is other.df or node is other.ef for other in others)

    def pin1_satisfied(self) -> bool:
        """PIN1 verified, disabled, or not there at all."""
        return self.guard.satisfied(0x01) or 0x01 not in self.guard.by_rule_ref

    def service(self, application: FileNode, number: int) -> bool:
        """Whether a service is on in the application's service table, EF.UST or EF.IST (TS 31.102 §4.2.8)."""
        table = application.children.get(_SERVICE_TABLES.get((application.aid or b"")[:_APPLICATION_PREFIX], 0))
        at, bit = divmod(number - 1, 8)
        return table is not None and at < len(table.content.data) and bool(table.content.data[at] >> bit & 1)

    def start_application(self, channel: Channel, node: FileNode) -> None:
        """Open an application session on a channel in place of the one before (TS 102 221 §8.5.1)."""
        if channel.adf is not None:
            self.end_application(channel)
        channel.adf = node
        aid = (node.aid or b"").hex()
        recent: list[str] = self.store.values.get("recent", [])
        prefix = aid[: 2 * _APPLICATION_PREFIX]
        if next((one for one in recent if one.startswith(prefix)), None) != aid:
            self.note("recent", [aid, *(one for one in recent if one != aid)])

    def end_application(self, channel: Channel) -> None:
        """Close it; its second PINs are no longer verified, unless the application is open on another channel."""
        ended, channel.adf = channel.adf, None
        if any(other is not None and other.adf is ended for other in self.channels):
            return
        for pin in self.pins.values():
            if pin.ref in _SECOND_PINS:
                pin.verified = False
        self.guard.changed()

    def last_application(self, name: bytes) -> bytes | None:
        """AID of the application opened last among those that begin with `name`, also in earlier sessions."""
        recent: list[str] = self.store.values.get("recent", [])
        return next((bytes.fromhex(aid) for aid in recent if aid.startswith(name.hex())), None)

    def _pin_changed(self, pin: Pin) -> None:
        if pin.content is not None:
            self._dirty[f"content:{pin.content.key}"] = pin.content
        self._dirty[f"pin:{pin.spec.name}"] = pin

    def _undo(self) -> None:
        """After a failure of our own: memory as it was before the command."""
        if self._dirty:
            self._load()


def _saved(thing: Any) -> Any:
    return thing.save() if isinstance(thing, Content | FileNode | Pin) else thing
