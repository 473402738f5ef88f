"""What the card remembers: files, PINs, keys, counters, and how changes to them reach the state store.

A command changes this memory; the card commits all changes of a command at once before it answers.
"""

from __future__ import annotations

from typing import Any

from simtool.files.product import CardModel, FileType
from simtool.softcard import status as sw
from simtool.softcard.filesystem import TERMINATED, Content, FileNode, FileSystem
from simtool.softcard.pins import Pin
from simtool.softcard.providers import followers, provider_files
from simtool.softcard.security import Guard
from simtool.softcard.state import MemoryStore
from simtool.softcard.status import StatusFault
from simtool.softcard.template import NewSize

_SERVICE_TABLES = {bytes.fromhex("a0000000871002"): 0x6F38, bytes.fromhex("a0000000871004"): 0x6F07}
_RID_AND_PIX = 7


class Memory:
    """Non-volatile memory of one card, built from the product and what the store has kept."""

    def __init__(self, model: CardModel, store: MemoryStore) -> None:
        self.model = model
        self.store = store
        self._dirty: dict[str, Any] = {}
        self._delivered = frozenset(map(str, model.files))
        self._provider_files = provider_files(model)
        self._load()

    def _load(self) -> None:
        """Everything from the product and the store, as a card that wakes up finds it."""
        self.files = FileSystem(self.model)
        saved = self.store.values
        for name in sorted((name for name in saved if name.startswith("file:")), key=lambda name: name.count("/")):
            self.files.restore(name.removeprefix("file:"), saved[name])
        for content in {id(node.content): node.content for node in self.files.by_path.values()}.values():
            if (value := saved.get(f"content:{content.key}")) is not None:
                content.load(value)
        self.files.used = saved.get("used", 0)
        self.pins = {spec.name: self._make_pin(spec.name) for spec in self.model.pins}
        for pin_name, pin in self.pins.items():
            if f"pin:{pin_name}" in saved:
                pin.load(saved[f"pin:{pin_name}"])
        self._pin_contents = {pin.content.key for pin in self.pins.values() if pin.content is not None}
        self.guard = Guard(self.model, self.pins)
        self._dirty.clear()

    def _make_pin(self, name: str) -> Pin:
        spec = self.model.pin(name)
        node = self.files.by_path.get(str(spec.file)) if spec.file is not None else None
        return Pin(spec, self._pin_changed, node.content if node else None, node.layout if node else None)

    def _pin_changed(self, pin: Pin) -> None:
        if pin.content is not None:
            self._dirty[f"content:{pin.content.key}"] = pin.content
        self._dirty[f"pin:{pin.spec.name}"] = pin

    @property
    def terminated(self) -> bool:
        """TERMINATE CARD USAGE has been there (TS 102 222 §6.9.3)."""
        return self.files.mf.life_cycle & 0xFC == TERMINATED

    def commit(self) -> None:
        """Make all changes so far survive power loss, at once."""
        dirty, self._dirty = self._dirty, {}
        self.store.put({name: _saved(thing) for name, thing in dirty.items()})

    def note(self, name: str, value: Any) -> None:
        """Keep a value of the card itself (JSON)."""
        self._dirty[name] = value

    def recall(self, name: str, default: Any) -> Any:
        """A value that was noted."""
        return self._dirty.get(name, self.store.values.get(name, default))

    def names(self, prefix: str) -> list[str]:
        """Of the values of the card itself that begin so and are kept."""
        known = {**self.store.values, **self._dirty}
        return sorted(name for name, value in known.items() if name.startswith(prefix) and value is not None)

    def write(self, node: FileNode, data: bytes) -> None:
        """New content for an EF; also seen through its links."""
        content = node.content
        content.put(data)
        self._dirty[f"content:{content.key}"] = content
        if node.is_arr:
            self.guard.rules_changed()
        elif content.key in self._pin_contents:
            self.guard.changed()
        if content.key in self._provider_files:
            for follower, shown in list(followers(self.files, node)):
                self.write(follower, shown)

    def write_object(self, node: FileNode, tag: int, value: bytes | None) -> None:
        """A new BER-TLV object, or none of this tag any more."""
        objects = dict(node.content.objects)
        objects.pop(tag, None)
        if value is not None:
            objects[tag] = value
        node.content.objects = objects
        node.content.version += 1
        self._dirty[f"content:{node.content.key}"] = node.content

    def set_life_cycle(self, node: FileNode, state: int) -> None:
        node.life_cycle = state
        self.node_changed(node)

    def node_changed(self, node: FileNode) -> None:
        """Attributes of a file are other than before."""
        node.forget()
        self._dirty[f"file:{node.path}"] = node

    def add_file(self, node: FileNode, size: int) -> None:
        """A file made at run time takes its place in the tree."""
        self.files.attach(node)
        self._use(size)
        self._dirty[f"file:{node.path}"] = node
        self._dirty[f"content:{node.path}"] = node.content
        self.guard.rules_changed()

    def remove_file(self, node: FileNode) -> None:
        """A file and all below it are gone; what was made at run time gives its memory back."""
        for one in [*node.descendants(), node]:
            made = one.path not in self._delivered
            self._dirty[f"file:{one.path}"] = None if made else {"deleted": True}
            if made:
                self._dirty[f"content:{one.path}"] = None
                self._use(-one.size)
        self.files.detach(node)
        self.guard.rules_changed()

    def resize(self, node: FileNode, wanted: NewSize) -> None:
        """Another size for a file, and for all that share its content. 6A84 if there is no room."""
        before = node.size
        if wanted.size is not None and wanted.size - before > self.files.capacity - self.files.used:
            raise StatusFault(sw.NO_MEMORY)
        wanted.apply(node)
        if node.type is not FileType.BER_TLV:
            self._use(node.size - before)
        self._dirty[f"content:{node.content.key}"] = node.content
        for other in self.files.by_path.values():
            if other.content is node.content:
                other.records = node.records
                self.node_changed(other)
        self.guard.rules_changed()

    def _use(self, size: int) -> None:
        self.files.used += size
        self._dirty["used"] = self.files.used

    def pin1_satisfied(self) -> bool:
        """PIN1 verified, disabled, or not there at all."""
        return self.guard.satisfied(0x01) or 0x01 not in self.guard.by_rule_ref

    def service(self, application: FileNode, number: int) -> bool:
        """Whether a service is on in the application's service table, EF.UST or EF.IST (TS 31.102 §4.2.8)."""
        table = application.children.get(_SERVICE_TABLES.get((application.aid or b"")[:_RID_AND_PIX], 0))
        at, bit = divmod(number - 1, 8)
        return table is not None and at < len(table.content.data) and bool(table.content.data[at] >> bit & 1)

    def note_application(self, aid: bytes) -> None:
        """Remember the application opened last, for SELECT with "last occurrence"."""
        recent: list[str] = self.recall("recent", [])
        text = aid.hex()
        prefix = text[: 2 * _RID_AND_PIX]
        if next((one for one in recent if one.startswith(prefix)), None) != text:
            self.note("recent", [text, *(one for one in recent if one != text)])

    def last_application(self, name: bytes) -> bytes | None:
        """AID of the application opened last among those that begin with `name`, also in earlier sessions."""
        recent: list[str] = self.recall("recent", [])
        return next((bytes.fromhex(aid) for aid in recent if aid.startswith(name.hex())), None)


def _saved(thing: Any) -> Any:
    return thing.save() if isinstance(thing, Content | FileNode | Pin) else thing
