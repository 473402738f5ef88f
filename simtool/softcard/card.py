"""The software card: power, commands in, answers out (TS 102 221).

A command arrives as a T=0 TPDU: header, P3 and perhaps data. Case 4 answers 61xx and waits for GET RESPONSE, a trailing
Le is tolerated (design note on readers). `transmit` answers any bytes and never raises.
"""

from __future__ import annotations

import hmac
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from simtool.files.product import CardModel
from simtool.softcard import routes
from simtool.softcard import status as sw
from simtool.softcard.applets import APPLET_KEY
from simtool.softcard.atr import logical_channels, with_historical_bytes
from simtool.softcard.channel import MAX_CHANNEL, Channel
from simtool.softcard.commands.base import Case, Handler
from simtool.softcard.describe import answer_2g, fcp_of
from simtool.softcard.filesystem import FileNode
from simtool.softcard.globalplatform.application import Application, ApplicationFactory, Dormant
from simtool.softcard.globalplatform.platform import GlobalPlatform
from simtool.softcard.globalplatform.registry import AppEntry
from simtool.softcard.memory import Memory
from simtool.softcard.secured_packets import SecuredPackets
from simtool.softcard.state import FileStore, MemoryStore
from simtool.softcard.status import StatusFault
from simtool.softcard.toolkit import Toolkit, packets
from simtool.softcard.toolkit.files import FileChange
from simtool.softcard.toolkit.runs import ToolkitApplet
from simtool.softcard.usim import Authenticator

if TYPE_CHECKING:
    from simtool.softcard.applets.machine import Machine

log = logging.getLogger(__name__)

_HISTORICAL = "historical"
_GET_RESPONSE = 0xC0
_BEFORE_RESUMING = (0x76, 0xAA)
_SECOND_PINS = range(0x81, 0x89)
_DF_TELECOM, _EF_SMS, _EF_SUME = 0x7F10, 0x6F3C, 0x6F54


@dataclass(slots=True)
class Pending:
    """Response data that wait for GET RESPONSE on `channel`."""

    channel: Channel
    data: bytes
    final: bytes


@dataclass(slots=True)
class Suspended:
    """A session that SUSPEND UICC has kept."""

    token: bytes
    until: float
    channels: list[Channel | None]
    verified: set[str]
    asleep: bool = False


class SoftCard(Memory):
    """A UICC in memory. `SoftCard.new` makes one; `state` keeps it in a file. `current` is the logical channel of the
    command that is processed, `resets` tells one session from the next.

    `applications` makes the instances of loaded modules, the card's Java Card machine unless something else is set
    (what counts for instances not yet used). `before_applet_write` is called before each write of an applet.
    """

    def __init__(self, model: CardModel, store: MemoryStore) -> None:
        self.powered = False
        self.resets = 0
        self.pending: Pending | None = None
        self._suspended: Suspended | None = None
        self.channels: list[Channel | None] = []
        self.toolkit = Toolkit()
        self.toolkit.use(applets=self._toolkit_applet, title=self._menu_title, open_=self._open_entries)
        self.applications: ApplicationFactory = self._java_application
        self.before_applet_write: Callable[[], None] | None = None
        self._machine: Machine | None = None
        self.atr = model.atrs[0].value
        self.channel_limit = logical_channels(self.atr)
        super().__init__(model, store)

    @classmethod
    def new(cls, model: CardModel, *, state: Path | None = None, durable: bool = False) -> SoftCard:
        """A card of this product, as delivered or as `state` kept it; `durable` syncs every change to the disk.

        Raises `InputError` if the state file is not one of this product, `RefusedError` if another card uses it.
        """
        return cls(model, FileStore(state, model.name, durable=durable) if state is not None else MemoryStore())

    # Power

    def power_on(self) -> bytes:
        """Cold reset. Gives the ATR."""
        historical = self.recall(_HISTORICAL, None)
        if historical is not None:
            self.atr = with_historical_bytes(self.model.atrs[0].value, bytes.fromhex(historical))
        return self.reset()

    def reset(self) -> bytes:
        """Warm reset. Gives the ATR."""
        self.powered = True
        self._reset()
        if self._suspended is not None:
            self._suspended.asleep = True
        if self._machine is not None:  # an applet that the reset has selected may have written
            try:
                self._machine.end_of_command()
                self.commit()
            except OSError as error:
                self._forget(error)
        return self.atr

    def power_off(self) -> None:
        """Contacts dead: what was selected and verified is gone."""
        self.powered = False
        self._reset()

    def power_loss(self) -> None:
        """The card is torn out: even what a command was about to write is gone."""
        self.powered = False
        self._load()

    def close(self) -> None:
        """Give the state file back."""
        self.power_off()
        self.store.close()

    def suspend(self, token: bytes, until: float) -> None:
        """Keep the session for whoever brings the token after the next cold reset (TS 102 221 §11.1.22)."""
        verified = {name for name, pin in self.pins.items() if pin.verified}
        self._suspended = Suspended(token, until, list(self.channels), verified)

    def resume(self, token: bytes) -> bytes:
        """Take the session up again. 6985 if there is none or it is too late, 6982 if the token does not fit."""
        kept, self._suspended = self._suspended, None
        if kept is None or not kept.asleep or time.monotonic() > kept.until:
            return sw.CONDITIONS_NOT_SATISFIED
        if not hmac.compare_digest(kept.token, token):
            return sw.SECURITY_NOT_SATISFIED
        self.channels = list(kept.channels)
        if self.gp is not None:
            self.gp.resumed()
        for name in kept.verified:
            self.pins[name].verified = True
        self.guard.changed()
        return sw.OK

    def _load(self) -> None:
        self._suspended = None
        self._machine = None
        super()._load()
        self.toolkit.load(self, self.files)
        self.authenticator = Authenticator(self)
        spec = self.model.global_platform
        self.gp = GlobalPlatform(self, spec) if spec is not None and not self.terminated else None
        if self.gp is not None:
            self.toolkit.packets = packets.opener(SecuredPackets(self.gp))
        self._table = {} if self.terminated else routes.build(self.model)
        self._reset()

    def _reset(self) -> None:
        self.pending = None
        self.current = 0
        self.resets += 1
        self.channels = [None] * (MAX_CHANNEL + 1)
        self.channels[0] = Channel(0, self.files.mf)
        for pin in self.pins.values():
            pin.verified = False
        self.guard.changed()
        self.toolkit.reset()
        if self._machine is not None:
            self._machine.reset()
        if self.gp is not None:
            self.gp.reset()

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
        route = self._applet_route(tpdu) if self.gp is not None and self.gp.active else self._table.get(cla << 8 | ins)
        if route is None:
            self.pending = None
            return routes.refusal(cla, ins, self.model.classes, self._table)
        handler, number, case = route
        if self._suspended is not None and self._suspended.asleep and ins not in _BEFORE_RESUMING:
            self._suspended = None
        channel = self.channels[number]
        if channel is None:
            self.pending = None
            return sw.CHANNEL_NOT_SUPPORTED
        p3 = tpdu[4] if length > 4 else 0
        if length <= 5:
            data = b""
            if p3 and (case is Case.IN or case is Case.IN_OUT or case is Case.NONE):
                return sw.WRONG_LENGTH
        else:
            if case is Case.OUT or case is Case.NONE or not p3 or length - 5 - p3 not in (0, 1):
                return sw.WRONG_LENGTH
            data = bytes(tpdu[5 : 5 + p3])
        self.current = number
        toolkit = self.toolkit
        try:
            if toolkit.fresh:
                toolkit.first_command()
            try:
                answer = handler(self, channel, tpdu[2], tpdu[3], p3, data)
            except StatusFault as fault:
                answer = fault.sw
            if toolkit.listening:
                toolkit.end_of_command(fine=answer[-2:] == sw.OK)
            if self._machine is not None:
                self._machine.end_of_command()
        except OSError as error:
            return self._forget(error)
        except Exception:  # a card answers whatever happens: the fault is logged, memory is as before the command
            log.exception("%s: INS %02X failed", self.model.name, ins)
            self._load()
            return sw.TECHNICAL_PROBLEM
        if self._dirty:
            try:
                self.commit()
            except OSError as error:
                return self._forget(error)
        if toolkit.waiting and answer[-2:] == sw.OK:
            answer = answer[:-2] + toolkit.status_word()
        return answer

    def _applet_route(self, tpdu: bytes) -> tuple[Handler, int, Case] | None:
        """Who answers while applications are selected on channels."""
        cla, ins = tpdu[0], tpdu[1]
        route = self.gp.route(cla, ins, tpdu[2]) if self.gp is not None else None
        return route or self.known(cla, ins)

    def known(self, cla: int, ins: int) -> tuple[Handler, int, Case] | None:
        """The card's own handler of a command."""
        return self._table.get(cla << 8 | ins)

    def hold(self, channel: Channel, data: bytes, *, first: bytes = b"", final: bytes = sw.OK) -> bytes:
        """Keep response data for GET RESPONSE. Answers 61xx, or the warning `first` (TS 102 221 §7.3.1.1.4)."""
        if not data:
            return first or final
        self.pending = Pending(channel, data, final)
        return first or bytes((0x61, len(data) if len(data) < 256 else 0))

    def _forget(self, error: OSError) -> bytes:
        """A change could not be stored: memory as it was before the command, and 6581 (TS 102 221 §10.2.1.5)."""
        log.error("%s: the state cannot be stored: %s", self.model.name, error)
        self._load()
        return sw.MEMORY_PROBLEM

    # Applets

    @property
    def machine(self) -> Machine:
        """The Java Card machine; made, with what is loaded and installed, when it is first needed."""
        if self._machine is None:
            from simtool.softcard.applets.machine import Machine  # late: most uses of a card run no applet

            self._machine = Machine(self)
        return self._machine

    def _java_application(self, entry: AppEntry) -> Application:
        from simtool.softcard.applets.application import JavaApplication

        return JavaApplication(self.machine, entry) if self.machine.has(entry.file) else Dormant(entry)

    def _toolkit_applet(self, aid: bytes) -> ToolkitApplet | None:
        """The applet of an instance that may be triggered: SELECTABLE and not locked (TS 102 241 §5.3)."""
        entry = self.gp.registry.applications.get(aid) if self.gp is not None else None
        if entry is None or not entry.selectable or not self.machine.has(entry.file):
            return None
        from simtool.softcard.applets.toolkit_applet import JavaToolkitApplet

        return JavaToolkitApplet(self.machine, entry)

    def _open_entries(self) -> set[bytes]:
        """Instances whose toolkit registry entries an open transaction has changed."""
        return self._machine.entries_in_transaction() if self._machine is not None else set()

    def tear_applet(self) -> None:
        """Power is lost within the run of an applet (`before_applet_write` has raised): what it had written stays, but
        nothing of an installation (JCRE §11.2.1)."""
        if self._machine is not None and self._machine.vm.installing is None:
            self._machine.torn()
            self.toolkit.keep()
            self.commit()

    def _menu_title(self) -> bytes:
        """EF.SUME (TS 51.011 §10.4.11)."""
        telecom = self.files.mf.children.get(_DF_TELECOM)
        node = telecom.children.get(_EF_SUME) if telecom is not None else None
        return node.content.data if node is not None else b""

    # What commands ask of the card

    def updated(self, node: FileNode, record: bytes = b"") -> None:
        """The terminal has updated an EF, or written this record of it: toolkit applets may want to know."""
        if self.toolkit.listening:
            self.toolkit.file_updated(FileChange.of(node))
            if node.fid == _EF_SMS and record:
                self.toolkit.message_stored(record)

    def fcp(self, node: FileNode) -> bytes:
        """The FCP template of a file, made again only after a change."""
        epoch = self.guard.epoch if node.is_directory else node.content.version
        if node.fcp is None or node.fcp_epoch != epoch:
            node.fcp = fcp_of(node, self.files, self.guard, self.model.pin_status)
            node.fcp_epoch = epoch
        return node.fcp

    def answer_2g(self, node: FileNode) -> bytes:
        return answer_2g(node, self.files, self.guard)

    def set_historical_bytes(self, value: bytes) -> None:
        """Other historical bytes for the ATR, from the next cold reset on."""
        self.note(_HISTORICAL, value.hex())

    def terminate(self) -> None:
        """TERMINATE CARD USAGE: from now on no command is known."""
        self.files.mf.life_cycle = 0x0C
        self.node_changed(self.files.mf)
        self._table = {}
        self.gp = None

    def start_application(self, channel: Channel, node: FileNode) -> None:
        """Open an application session on a channel in place of the one before (TS 102 221 §8.5.1)."""
        if channel.adf is not None:
            self.end_application(channel)
        channel.adf = node
        self.note_application(node.aid or b"")

    def end_application(self, channel: Channel) -> None:
        """Close it; its second PINs are no longer verified, unless the application is open on another channel."""
        ended, channel.adf = channel.adf, None
        if any(other is not None and other.adf is ended for other in self.channels):
            return
        for pin in self.pins.values():
            if pin.ref in _SECOND_PINS:
                pin.verified = False
        self.guard.changed()
        if ended is not None:
            self.toolkit.application_deselected(ended.aid or b"")

    def free_channel(self) -> int | None:
        """The lowest number of a logical channel that is not open."""
        return next((number for number in range(1, self.channel_limit + 1) if self.channels[number] is None), None)

    def open_channel(self, number: int, source: Channel) -> None:
        """A new channel, at the MF or, opened from another than the basic one, where that is (TS 102 221 §11.1.17).

        Raises `StatusFault`, and there is none, where the applet selected there cannot be here, too (JCRE §4.4).
        """
        channel = Channel(number, self.files.mf)
        if source.number:
            channel.df, channel.adf = source.df, source.adf
        self.channels[number] = channel
        if self.gp is not None:
            try:
                self.gp.opened(channel, source)
            except StatusFault:
                self.channels[number] = None
                raise

    def close_channel(self, number: int) -> bool:
        """False if it was not open."""
        channel = self.channels[number]
        if channel is None:
            return False
        if channel.adf is not None:
            self.end_application(channel)
        if self.gp is not None:
            self.gp.leave(channel)
        self.channels[number] = None
        return True

    def held_by_applet(self, node: FileNode) -> bool:
        """Whether a view of the files that an applet has stands at this file."""
        if self._machine is None and not any(name.startswith(APPLET_KEY) for name in self.store.values):
            return False
        return self.gp is not None and self.machine.files.holds(node)

    def in_use_elsewhere(self, node: FileNode, channel: Channel | None) -> bool:
        """Whether another channel, or any, has this file selected."""
        others = (other for other in self.channels if other is not None and other is not channel)
        return any(node is other.df or node is other.ef for other in others)
