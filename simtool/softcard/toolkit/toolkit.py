"""The card's half of the card application toolkit (TS 102 223, TS 102 221 §14): what commands and applets ask of it.

To the card it takes what the terminal sends and says what waits for FETCH; to the Java Card machine it is the
`ToolkitPlatform`. The work is done by `runtime` (applets) and `session` (commands on their way).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Set
from dataclasses import dataclass
from functools import partial

from simtool.codec import tlv
from simtool.codec.comprehension import ComprehensionTlv
from simtool.codec.tlv import Tlv
from simtool.errors import CodecError
from simtool.softcard import status as sw
from simtool.softcard.filesystem import FileSystem
from simtool.softcard.jcvm.platform.toolkit import Envelope, HandlerMemory
from simtool.softcard.status import StatusFault
from simtool.softcard.toolkit import files, sms, triggering
from simtool.softcard.toolkit.commands import (
    ADDRESS,
    COMMAND_MAX,
    NETWORK,
    SMS_TPDU,
    CommandType,
    Parts,
    system_command,
    wrap,
)
from simtool.softcard.toolkit.entries import Entry
from simtool.softcard.toolkit.events import SMS_PP_TAG, Event
from simtool.softcard.toolkit.installed import ToolkitParameters
from simtool.softcard.toolkit.registry import Keeper
from simtool.softcard.toolkit.runs import Occurrence, Posted, ToolkitApplets
from simtool.softcard.toolkit.runtime import Runtime
from simtool.softcard.toolkit.session import Session, Waiting
from simtool.softcard.toolkit.source import ToolkitSource

_MESSAGES = (Event.FORMATTED_SMS_PP_ENV, Event.UNFORMATTED_SMS_PP_ENV)
_ERROR_STATUS = 0x9E
"""Status type of `sim.toolkit` for an answer that the network gets as RP-ERROR (TS 51.011 §9.4.1)."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to an ENVELOPE. `failed`: told by a warning (TS 31.111 §7.1.1.2)."""

    data: bytes = b""
    failed: bool = False


class Toolkit:
    """`source` is an application beside the applets. `packets` opens secured packets. `fresh` until the first command
    of a session."""

    def __init__(self) -> None:
        self.source: ToolkitSource | None = None
        self.packets: sms.PacketOpener = sms.open_plain
        self.fresh = True
        self._session = Session()
        self._runtime = Runtime(self._session)
        self._queue: deque[Waiting] = deque()
        self._assembly = sms.Assembly()
        self._tree: FileSystem | None = None
        self._open: Callable[[], Set[bytes]] = frozenset
        self._later: deque[Callable[[], None]] = deque()

    # Set up by the card

    def load(self, keeper: Keeper, tree: FileSystem) -> None:
        """The registry as the card has kept it; `tree` are its files."""
        self._tree = tree
        self._runtime.registry.load(keeper)

    def use(
        self, *, applets: ToolkitApplets | None = None, title: Callable[[], bytes] | None = None,
        open_: Callable[[], Set[bytes]] | None = None,
    ) -> None:  # fmt: skip
        """Where applets are found, what EF.SUME holds, whose entries a transaction is changing.

        What is not given stays.
        """
        self._open = open_ or self._open
        self._runtime.applets = applets or self._runtime.applets
        self._runtime.system.title = title or self._runtime.system.title

    def reset(self) -> None:
        """The card was reset: nothing waits until the next profile."""
        self.fresh = True
        self._queue.clear()
        self._later.clear()
        self._assembly.clear()
        self._runtime.reset()

    def installed(self, aid: bytes, parameters: list[Tlv], tars: tuple[bytes, ...]) -> None:
        """An instance is being made, `install` not called yet; an entry for it if it is a toolkit applet."""
        own = ToolkitParameters.of(parameters)
        if own is not None:
            self._runtime.registry.add(aid, own, tars)

    def removed(self, aid: bytes) -> None:
        """An instance is deleted, or its installation has failed."""
        self._runtime.removed(aid)

    def menu_identifiers(self) -> set[int]:
        """Those that applets have: no other may ask for them (TS 102 226 §8.2.1.3.2.2)."""
        return self._runtime.registry.identifiers_in_use()

    # Commands of the terminal

    @property
    def waiting(self) -> bool:
        return self._session.ready is not None

    @property
    def listening(self) -> bool:
        """Whether events concern anybody, or something that the terminal was told may have changed."""
        return bool(self._later) or self._runtime.concerned

    def push(self, *commands: bytes) -> None:
        """Let proactive commands wait for the terminal; before its profile there is nobody to take them."""
        self._say(commands)
        self._next()

    def status_word(self) -> bytes:
        """91xx for the command that waits (TS 102 221 §7.4.2.1)."""
        return self._session.status_word()

    def first_command(self) -> None:
        """The first command after the ATR is about to be processed."""
        self.fresh = False
        self._all(Event.FIRST_COMMAND_AFTER_ATR)

    def terminal_profile(self, profile: bytes) -> None:
        """The toolkit begins, or begins again: whoever still waited for an answer does not get one."""
        self._queue.clear()
        self._runtime.reset()
        self._runtime.profile = profile
        if self.source is not None:
            self._say(self.source.started(profile))
        self._all(Event.PROFILE_DOWNLOAD)
        self._next()

    def fetch(self) -> bytes | None:
        """The next command, None if none waits. It stays until `taken`."""
        return self._session.ready.command if self._session.ready is not None else None

    def taken(self) -> None:
        self._session.taken()

    def terminal_response(self, response: bytes) -> None:
        """6985 if nothing was fetched, 6A80 if it is not the answer to that (TS 102 223 §6.8)."""
        self._session.accept(response).answered(response)
        self._next()

    def event(self, data: bytes) -> Answer:
        """ENVELOPE. 6A80 if it is not one BER-TLV object, 9300 if it has to wait for the end of a session."""
        envelope = _object(data)
        self._runtime.system.put_off = False
        answer = Answer()
        if self.source is not None:
            response, commands = self.source.envelope(envelope.tag, envelope.value)
            answer = Answer(response)
            self._say(commands)
        if self._runtime.registry:
            answer = self._to_applets(envelope) or answer
        self._next()
        return answer

    def _to_applets(self, envelope: Envelope) -> Answer | None:
        registry = self._runtime.registry
        if envelope.tag == SMS_PP_TAG and self._runtime.busy and any(map(registry.registered, _MESSAGES)):
            raise StatusFault(sw.TOOLKIT_BUSY)  # before its counter is used up: it comes again
        found = triggering.of_envelope(registry, envelope, self.packets, self._assembly)
        if found.refused is not None:
            return self._to_network(found, found.refused.response, found.refused.by_submit)
        occurrence = Occurrence(found.event, found.envelope)
        self._runtime.deliver(occurrence, found.entries)
        posted = occurrence.posted
        if found.packet is not None and found.entries:
            posted = posted or Posted(b"")
            response = found.packet.respond(posted.data)
            return self._to_network(found, response, found.packet.by_submit, failed=posted.failed)
        return Answer(posted.data, posted.failed) if posted is not None else None

    def _to_network(
        self, found: triggering.Triggered, response: bytes | None, by_submit: bool, *, failed: bool = False
    ) -> Answer:
        """A response packet: with the answer to the ENVELOPE, or as a message of its own (TS 31.115 §4.4)."""
        if response is None or not by_submit or found.message is None:
            return Answer(response or b"", failed)
        address = Parts.of(found.envelope.value).first(ADDRESS)
        objects = [ComprehensionTlv(ADDRESS, address, comprehension=False)] if address else []
        objects.append(ComprehensionTlv(SMS_TPDU, found.message.reply(response)))
        command = wrap(system_command(1, CommandType.SEND_SHORT_MESSAGE, 0, *objects, to=NETWORK))
        if len(command) <= COMMAND_MAX:
            self._queue.append(Waiting(command, lambda _: None))
        return Answer(failed=failed)

    # Events that come with other commands

    def status_command(self) -> None:
        """STATUS has been processed."""
        self._runtime.system.put_off = False
        self._all(Event.STATUS_COMMAND)
        self._next()

    def message_stored(self, record: bytes) -> None:
        """The terminal has put a message into EF.SMS (TS 31.130 §6.2)."""
        registry = self._runtime.registry
        envelope = sms.of_record(record) if registry else None
        if envelope is not None:
            found = triggering.of_message(registry, envelope, self.packets, self._assembly, stored=True)
            self._later.append(lambda: self._deliver(Occurrence(found.event, found.envelope), found.entries))

    def file_updated(self, change: files.FileChange, *, remote: bool = False) -> None:
        """A file was updated by the terminal, or over the air."""
        event = Event.REMOTE_FILE_UPDATE if remote else Event.EXTERNAL_FILE_UPDATE
        registry = self._runtime.registry
        if remote:
            entries = registry.registered(event)
        else:
            entries = [one for one in registry if files.watches(one.state.files, change.path)]
        if entries:
            self._later.append(lambda: self._deliver(Occurrence(event, change.envelope()), entries))

    def application_deselected(self, aid: bytes) -> None:
        """An application session has ended."""
        if self._runtime.registry:
            occurrence = Occurrence(Event.APPLICATION_DESELECT, files.deselected(aid))
            self._later.append(lambda: self._deliver(occurrence, None))

    def end_of_command(self, *, fine: bool) -> None:
        """The command is processed, its answer not yet sent: events that came with it, and what has changed.

        After an error (not `fine`) the terminal cannot be told of another command than that which it knows of.
        """
        while self._later:
            self._later.popleft()()
        if fine:
            self._next()
        self.keep()

    def keep(self) -> None:
        """What applets have registered goes to the card's state."""
        self._runtime.registry.keep(self._open())

    def _all(self, event: Event) -> None:
        self._deliver(Occurrence(event), None)

    def _deliver(self, occurrence: Occurrence, entries: Iterable[Entry] | None) -> None:
        if entries is None:
            entries = self._runtime.registry.registered(occurrence.event)
        try:
            self._runtime.deliver(occurrence, entries)
        except StatusFault:
            pass  # such events have no answer

    def _next(self) -> None:
        """What the terminal gets next."""
        if self._runtime.profile is None or self._runtime.busy:
            return
        if self._queue and self._runtime.free:
            self._session.ready = self._queue.popleft()
        self._runtime.rest()

    def _say(self, commands: Iterable[bytes]) -> None:
        """Commands of the source, whole and ready."""
        for one in commands:
            if len(one) <= COMMAND_MAX:
                self._queue.append(Waiting(one, partial(self._to_source, one)))

    def _to_source(self, command: bytes, response: bytes) -> None:
        if self.source is not None:
            self._say(self.source.answered(command, response))

    # What the machine asks (`ToolkitPlatform`)

    def envelope(self) -> Envelope | None:
        run = self._runtime.running
        return run.job.occurrence.envelope if run is not None else None

    def memory(self) -> HandlerMemory:
        run = self._runtime.running
        return run.memory if run is not None else HandlerMemory()

    def may_answer(self) -> bool:
        run = self._runtime.running
        return run is not None and run.job.occurrence.may_answer

    def post(self, data: bytes, *, tag: int | None, status: int | bool) -> None:
        """A second answer is not taken; the API asks `may_answer` before."""
        if self._runtime.running is None or not self.may_answer():
            return
        failed = not status if isinstance(status, bool) else status & 0xFF == _ERROR_STATUS
        self._runtime.running.job.occurrence.posted = Posted(data if tag is None else _tagged(tag, data), failed)

    def may_send(self) -> bool:
        return self._runtime.may_send()

    def send(self, command: bytes) -> bytes:
        return self._runtime.send(command)

    def profile(self) -> bytes | None:
        return self._runtime.profile

    def response(self) -> bytes | None:
        run = self._runtime.running
        return run.response if run is not None else None

    def entry(self, aid: bytes) -> Entry | None:
        return self._runtime.registry.entry(aid)

    def file_paths(self, file_list: bytes, adf: bytes | None) -> list[str]:
        return files.paths_of(self._tree, file_list, adf) if self._tree is not None else []

    def may_watch(self, path: str) -> None:
        if self._tree is not None:
            files.may_watch(self._tree, path)

    def prioritized_waits(self, aid: bytes) -> bool:
        own = self.entry(aid)
        waiting = self._runtime.registry.registered(Event.PROACTIVE_HANDLER_AVAILABLE)
        return own is not None and any(
            one is not own and one.parameters.priority <= own.parameters.priority for one in waiting
        )


def _object(data: bytes) -> Envelope:
    """An envelope: tags have one byte here, DF too (TS 101 220 §7.2). 6A80 if that is not all, or too much."""
    try:
        length, start = tlv.decode_length(data, 1)
    except CodecError:
        raise StatusFault(sw.WRONG_DATA) from None
    if start + length != len(data):
        raise StatusFault(sw.WRONG_DATA)
    return Envelope(data[0], data[start:])


def _tagged(tag: int, data: bytes) -> bytes:
    """A BER-TLV object with any tag of one byte: results of call control have 00, 01 and 02 (TS 31.111 §7.3.1.6)."""
    return bytes((tag & 0xFF,)) + tlv.encode_length(len(data)) + data
