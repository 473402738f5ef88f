"""The heap: making objects, counting their bytes, transactions, and what of it survives (JCVM §3.2, JCRE §7).

Every change of a persistent word passes `barrier` first. It stands in the innermost undo log, so that an aborted
transaction, and an installation that failed, leave nothing; and it marks the object for the next `changes`, which gives
the state file what has to survive. An open transaction is left out of that: power lost now takes it back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from simtool.softcard.jcvm.classes import JavaClass
from simtool.softcard.jcvm.objects import (
    DEAD,
    ELEMENT_BYTES,
    Context,
    JavaArray,
    JavaObject,
    Kind,
    Lifetime,
    Owner,
    Ref,
)
from simtool.softcard.jcvm.saving import save
from simtool.softcard.jcvm.undo import CommitBufferFull, Log, OldElsewhere

HEADER_BYTES = 8
WORD_BYTES = 2


class OutOfMemory(Exception):  # noqa: N818  # becomes SystemException.NO_RESOURCE or NO_TRANSIENT_SPACE
    """No room for another object; `transient`: of that kind of memory."""

    def __init__(self, transient: bool) -> None:
        super().__init__("no room")
        self.transient = transient


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes in bytes, as a card has them: persistent heap, transient memory of both kinds, the commit buffer."""

    persistent: int = 0x10000
    on_reset: int = 0x0800
    on_deselect: int = 0x0800
    commit: int = 0x0400


class Heap:
    """All objects of a card by their id. `before_write` is called before each change that survives (for tearing).

    `full` makes what is raised where a transaction becomes too large; nothing has changed then.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.objects: dict[int, Ref] = {}
        self.used = 0
        self.transient: dict[Lifetime, int] = {Lifetime.CLEAR_ON_RESET: 0, Lifetime.CLEAR_ON_DESELECT: 0}
        self.before_write: Callable[[], None] | None = None
        self.full: Callable[[], Exception] = CommitBufferFull
        self._next = 1
        self._dirty: set[Ref] = set()
        self._gone: set[int] = set()
        self._install: Log | None = None
        self._transaction: Log | None = None
        self._sleeping: list[Log] = []

    # Making objects

    def new_object(self, cls: JavaClass, owner: Owner) -> JavaObject:
        """An instance with all fields at their default. Raises `OutOfMemory`."""
        self._take(HEADER_BYTES + WORD_BYTES * cls.size)
        made = JavaObject(self._next, cls, owner.context, owner, True)
        self._add(made)
        return made

    def new_array(
        self,
        cls: JavaClass,
        owner: Owner,
        kind: Kind,
        length: int,
        *,
        element: JavaClass | None = None,
        lifetime: Lifetime = Lifetime.PERSISTENT,
    ) -> JavaArray:
        """An array with all elements at their default; `cls` is java/lang/Object. Raises `OutOfMemory`."""
        size = length * ELEMENT_BYTES[kind]
        if lifetime is not Lifetime.PERSISTENT and size > self.free(lifetime):
            raise OutOfMemory(transient=True)
        self._take(HEADER_BYTES + (size if lifetime is Lifetime.PERSISTENT else 0))
        if lifetime is not Lifetime.PERSISTENT:
            self.transient[lifetime] += size
        made = JavaArray(self._next, cls, owner.context, owner, kind, length, lifetime, element)
        self._add(made)
        return made

    def free(self, lifetime: Lifetime) -> int:
        """Bytes left of a kind of memory."""
        if lifetime is Lifetime.PERSISTENT:
            return self.limits.persistent - self.used
        most = self.limits.on_reset if lifetime is Lifetime.CLEAR_ON_RESET else self.limits.on_deselect
        return most - self.transient[lifetime]

    def _take(self, size: int) -> None:
        if size > self.limits.persistent - self.used:
            raise OutOfMemory(transient=False)
        if self.before_write is not None:
            self.before_write()
        self.used += size

    def _add(self, made: Ref) -> None:
        self._next += 1
        self.objects[made.id] = made  # type: ignore[index]  # ids made here are numbers
        self._dirty.add(made)
        for log in (self._install, self._transaction):
            if log is not None:
                log.made.append(made)

    # Changes

    def barrier(self, ref: Any, index: int) -> None:
        """Called before word `index` of a persistent object or array changes; its old value is still there."""
        log = self._log()
        if log is not None:
            log.word(ref, index)
        self._writing(ref)

    def write_bytes(self, target: JavaArray, offset: int, data: bytes) -> None:
        """Into a byte array, one write for all of them; part of the transaction that may be open."""
        if target.persistent and data:
            log = self._log()
            if log is not None:
                log.elements(target, offset, offset + len(data))
            self._writing(target)
        memoryview(target.data).cast("B")[offset : offset + len(data)] = data

    def write_bytes_for_good(self, target: JavaArray, offset: int, data: bytes) -> None:
        """The same, but no transaction takes it back (`Util.arrayCopyNonAtomic`).

        What such a transaction has written there before is put back by an abort: JCRE §7.6.2 leaves that open.
        """
        if target.persistent and data:
            self._writing(target)
        memoryview(target.data).cast("B")[offset : offset + len(data)] = data

    def write_elements(self, target: JavaArray, start: int, values: Any, *, for_good: bool = False) -> None:
        """Elements of any primitive array in one write; `for_good`: no transaction takes it back."""
        if target.persistent and len(values):
            log = None if for_good else self._log()
            if log is not None:
                log.elements(target, start, start + len(values))
            self._writing(target)
        target.data[start : start + len(values)] = values

    def touch(self, target: JavaObject) -> None:
        """Called before the native state of an API object changes; a transaction can take that back."""
        log = self._log()
        if log is not None:
            log.state(target)
        self.touch_for_good(target)

    def touch_for_good(self, target: JavaObject) -> None:
        """Called before the native state changes whatever becomes of the transaction (a PIN's try counter)."""
        if target.persistent:
            self._writing(target)

    def remember(self, ref: Ref, save: Callable[[], Callable[[], None]]) -> None:
        """Called before something on the card changes that `ref`, an object of the runtime, stands for.

        If a transaction or an installation is open, `save` gives what takes the change back.
        """
        log = self._log()
        if log is not None:
            log.elsewhere(ref, save())

    def open_elsewhere(self) -> set[Ref]:
        """Objects of the runtime with changes (`remember`) that an open transaction may still take back."""
        logs = [*self._sleeping, *([self._transaction] if self._transaction is not None else [])]
        return {entry.ref for log in logs for entry in log.entries if isinstance(entry, OldElsewhere)}

    def mark(self, ref: Ref) -> None:
        """An object was given its first content: it has to be kept."""
        self._dirty.add(ref)

    def _log(self) -> Log | None:
        return self._transaction if self._transaction is not None else self._install

    def _writing(self, ref: Ref) -> None:
        if self.before_write is not None:
            self.before_write()
        self._dirty.add(ref)

    # Transactions

    @property
    def in_transaction(self) -> bool:
        return self._transaction is not None

    @property
    def unused_commit(self) -> int:
        """Bytes left in the commit buffer."""
        return self.limits.commit - (self._transaction.bytes if self._transaction is not None else 0)

    def begin(self) -> None:
        """A transaction begins; there is none yet."""
        self._transaction = Log(self.limits.commit, self.full)

    def commit(self) -> None:
        """All changes of the transaction count, at once."""
        if self.before_write is not None:
            self.before_write()
        done, self._transaction = self._transaction, None
        if done is not None and self._install is not None:
            self._install.append(done)

    def abort(self) -> None:
        """All persistent words as they were at `begin`; what was made since is as good as null."""
        log, self._transaction = self._transaction, None
        if log is not None:
            self._undo(log)

    def sleep(self) -> Log | None:
        """The run that has a transaction waits for the terminal: others do not write in it. Gives it for `wake`."""
        log, self._transaction = self._transaction, None
        if log is not None:
            self._sleeping.append(log)
        return log

    def wake(self, log: Log | None) -> None:
        """The run goes on, or ends."""
        self._transaction = None
        if log in self._sleeping:
            self._sleeping.remove(log)
            self._transaction = log

    def begin_installation(self) -> None:
        """From here on everything can be taken back."""
        self._install = Log()

    def end_installation(self, *, keep: bool) -> None:
        """The instance is there, or all is as it was at `begin_installation`."""
        self.abort()
        log, self._install = self._install, None
        if log is not None and not keep:
            self._undo(log)

    def _undo(self, log: Log) -> None:
        self._dirty.update(ref for ref in log.undo() if self.objects.get(ref.id) is ref)  # type: ignore[arg-type]
        for made in log.made:
            self.remove(made)
            made.context = DEAD

    # Deletion

    def remove(self, ref: Ref) -> None:
        """An object goes; its bytes are free."""
        if not isinstance(ref.id, int) or self.objects.pop(ref.id, None) is None:
            return
        self._dirty.discard(ref)
        self._gone.add(ref.id)
        if isinstance(ref, JavaArray):
            size = len(ref.data) * ELEMENT_BYTES[ref.kind]
            if ref.lifetime is Lifetime.PERSISTENT:
                self.used -= HEADER_BYTES + size
            else:
                self.used -= HEADER_BYTES
                self.transient[ref.lifetime] -= size
        elif isinstance(ref, JavaObject):
            self.used -= HEADER_BYTES + WORD_BYTES * ref.cls.size

    def collect(self, roots: Iterable[Ref]) -> int:
        """Object deletion (JCRE §8.2): what cannot be reached from `roots` goes. Gives how many went."""
        reached: set[int | str] = set()
        waiting = list(roots)
        while waiting:
            ref = waiting.pop()
            if ref.id not in reached:
                reached.add(ref.id)
                waiting += references(ref)
        lost = [ref for name, ref in self.objects.items() if name not in reached]
        for ref in lost:
            self.remove(ref)
        return len(lost)

    def referred_to(self, owners: set[int]) -> bool:
        """Whether anything outside of these owners (by identity) refers to what they own."""
        return any(
            id(target.owner) in owners and isinstance(target.id, int)
            for ref in self.objects.values()
            if id(ref.owner) not in owners
            for target in references(ref)
        )

    def forget_owner(self, owner: Owner) -> None:
        """An applet instance or a package goes, with all that it owns; references to that are as good as null."""
        gone = {ref for ref in self.objects.values() if ref.owner is owner}
        for ref in gone:
            self.remove(ref)
            ref.context = DEAD
        for ref in self.objects.values():
            words = ref.data if isinstance(ref, JavaArray) else ref.words if isinstance(ref, JavaObject) else []
            if isinstance(words, list) and any(word in gone for word in words if isinstance(word, Ref)):
                words[:] = [None if isinstance(word, Ref) and word in gone else word for word in words]
                self._dirty.add(ref)

    # Reset

    def clear(self, lifetime: Lifetime, owner_context: Context | None = None) -> None:
        """Transient memory back to its default: all of that kind, or that of one context."""
        for ref in self.objects.values():
            if isinstance(ref, JavaArray) and ref.lifetime is lifetime and owner_context in (None, ref.real_context):
                ref.clear()
            elif isinstance(ref, JavaObject) and ref.native is not None:
                if owner_context in (None, ref.owner.context):
                    ref.native.clear(lifetime)

    def reset(self) -> None:
        """The card was reset: open transactions are taken back, transient memory is cleared."""
        self.abort()
        while self._sleeping:
            self._undo(self._sleeping.pop())
        for ref in self.objects.values():
            if isinstance(ref, JavaArray) and ref.lifetime is not Lifetime.PERSISTENT:
                ref.clear()
            elif isinstance(ref, JavaObject) and ref.native is not None:
                ref.native.reset()

    # The state file

    def changes(self) -> dict[int, Any]:
        """What has to be kept of all that changed since the last time, by id; None for what is gone.

        Of open transactions nothing is in it: of what they changed, this is the state that they began with.
        """
        found: dict[int, Any] = dict.fromkeys(self._gone)
        self._gone = set()
        changed, self._dirty = self._dirty, set()
        logs = [*self._sleeping, *([self._transaction] if self._transaction is not None else [])]
        made = {ref for log in logs for ref in log.made}
        for ref in changed:
            open_logs = [log for log in reversed(logs) if ref in log.changed()]
            if ref in made or open_logs:
                self._dirty.add(ref)  # again when the transaction is over
            if ref not in made and isinstance(ref.id, int):
                kept = ref
                for log in open_logs:
                    kept = log.before(ref, kept)
                found[ref.id] = save(kept)
        return found

    def put_back(self, ref: Ref) -> None:
        """An object read from the state file."""
        assert isinstance(ref.id, int)  # noqa: S101  # the state file has only numbers
        self.objects[ref.id] = ref
        self._next = max(self._next, ref.id + 1)
        if isinstance(ref, JavaArray):
            size = len(ref.data) * ELEMENT_BYTES[ref.kind]
            self.used += HEADER_BYTES + (size if ref.lifetime is Lifetime.PERSISTENT else 0)
            if ref.lifetime is not Lifetime.PERSISTENT:
                self.transient[ref.lifetime] += size
        else:
            self.used += HEADER_BYTES + WORD_BYTES * ref.cls.size


def references(ref: Ref) -> list[Ref]:
    """What an object or array refers to."""
    if isinstance(ref, JavaArray):
        return [one for one in ref.data if isinstance(one, Ref)] if ref.kind is Kind.REFERENCE else []
    if isinstance(ref, JavaObject):
        return [one for one in ref.words if isinstance(one, Ref)] + (ref.native.references() if ref.native else [])
    return []
