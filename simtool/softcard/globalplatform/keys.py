"""Keys of a security domain: key versions and identifiers, sequence counters, wrong tries (GPCS §7.5, §11.1.8), and
the counters of secured packets (TS 102 225 §5.1.4).

Some products keep them in a file that ADM can write as well; `FileKeys` has them there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from simtool.codec.globalplatform import KeyType
from simtool.crypto.key_set import KeyCipher, KeySet
from simtool.crypto.secret import Secret
from simtool.errors import SimtoolError
from simtool.files.global_platform import GlobalPlatformSpec
from simtool.files.layout import FieldValue, Layout
from simtool.softcard import status as sw
from simtool.softcard.filesystem import FileNode
from simtool.softcard.memory import Memory
from simtool.softcard.status import StatusFault

DES, AES = KeyType.DES, KeyType.AES
RSA_EXPONENT, RSA_MODULUS = KeyType.RSA_PUBLIC_EXPONENT, KeyType.RSA_MODULUS
SYMMETRIC: dict[int, KeyCipher] = {DES: KeyCipher.DES, AES: KeyCipher.AES}
SET_IDS = (1, 2, 3)
_EXTENDED = 0xFF
_NO_USAGE = _NO_ACCESS = b"\x00"
_TYPE_OF = {cipher: code for code, cipher in SYMMETRIC.items()}


@dataclass(frozen=True, slots=True)
class CardKey:
    """One key. `components` are its parts by type (table 11-16): the key, or modulus and exponent of RSA."""

    version: int
    id: int
    components: tuple[tuple[int, bytes], ...] = field(repr=False)

    @property
    def type(self) -> int:
        return self.components[0][0]

    def component(self, kind: int) -> bytes:
        return next((value for code, value in self.components if code == kind), b"")

    def information(self) -> bytes:
        """Value of C0 in the key information template (§11.3.3.1): identifier, version, type and length of parts.

        Where a length does not fit one byte, in the extended form, which says nothing about usage and access here.
        """
        head = bytes((self.id, self.version))
        if all(len(value) <= 0xFF for _, value in self.components):
            return head + b"".join(bytes((kind, len(value))) for kind, value in self.components)
        parts = b"".join(bytes((_EXTENDED, kind)) + len(value).to_bytes(2) for kind, value in self.components)
        return head + parts + _NO_USAGE + _NO_ACCESS


class DomainKeys:
    """The keys of one security domain, in the card's state."""

    def __init__(self, memory: Memory, aid: bytes, delivered: Iterable[CardKey] = ()) -> None:
        self._memory = memory
        self._name = f"gp:keys:{aid.hex()}"
        self._count = f"gp:count:{aid.hex()}"
        self._wrong = f"gp:wrong:{aid.hex()}"
        self._packets = f"gp:packets:{aid.hex()}"
        self._delivered = tuple(delivered)

    def all(self) -> list[CardKey]:
        saved = self._memory.recall(self._name, None)
        if saved is None:
            return list(self._delivered)
        return [CardKey(v, i, tuple((kind, bytes.fromhex(value)) for kind, value in parts)) for v, i, parts in saved]

    def find(self, version: int, key_id: int) -> CardKey | None:
        return next((key for key in self.all() if (key.version, key.id) == (version, key_id)), None)

    def versions(self) -> list[int]:
        return list(dict.fromkeys(key.version for key in self.all()))

    def key_set(self, version: int) -> KeySet | None:
        """Keys 1, 2 and 3 of a version, if they are all there and fit each other."""
        found = [self.find(version, key_id) for key_id in SET_IDS]
        kinds = {key.type if key is not None else 0 for key in found}
        if len(kinds) != 1 or not kinds <= SYMMETRIC.keys():
            return None
        enc, mac, dek = (Secret(key.components[0][1], "key") for key in found if key is not None)
        try:
            return KeySet(version, SYMMETRIC[kinds.pop()], enc, mac, dek)
        except SimtoolError:
            return None

    def put(self, keys: Iterable[CardKey], replaced: int) -> None:
        """New keys; of version `replaced` those with the same identifiers go (0: none). 6A84 if there is no room."""
        keys = list(keys)
        gone = {(replaced, key.id) for key in keys} | {(key.version, key.id) for key in keys}
        self._set([key for key in self.all() if (key.version, key.id) not in gone] + keys)
        for version in {replaced, *(key.version for key in keys)} - {0}:
            self._forget(version)

    def delete(self, version: int | None, key_id: int | None) -> bool:
        """Take away the keys of a version, with an identifier, or both; False if there is none."""
        doomed = [key for key in self.all() if version in (None, key.version) and key_id in (None, key.id)]
        if doomed:
            self._set([key for key in self.all() if key not in doomed])
            for one in {key.version for key in doomed} - set(self.versions()):
                self._forget(one)
        return bool(doomed)

    def drop(self) -> None:
        """The domain is gone."""
        for name in (self._name, self._count, self._wrong, self._packets):
            self._memory.note(name, None)

    def counter(self, version: int) -> int:
        """Secure channel sequence counter of a key version."""
        return int(self._memory.recall(self._count, {}).get(str(version), 0))

    def set_counter(self, version: int, value: int) -> None:
        self._memory.note(self._count, {**self._memory.recall(self._count, {}), str(version): value})

    def wrong(self, version: int) -> int:
        """Wrong tries in a row with a key version."""
        return int(self._memory.recall(self._wrong, {}).get(str(version), 0))

    def set_wrong(self, version: int, tries: int) -> None:
        if tries != self.wrong(version):
            self._memory.note(self._wrong, {**self._memory.recall(self._wrong, {}), str(version): tries})

    def packet_counter(self, version: int) -> int:
        """The highest counter of secured packets that came under a key version."""
        return int(self._memory.recall(self._packets, {}).get(str(version), 0))

    def set_packet_counter(self, version: int, value: int) -> None:
        self._memory.note(self._packets, {**self._memory.recall(self._packets, {}), str(version): value})

    def short_macs(self, version: int) -> bool:
        """Whether the AES-CMACs of secured packets under this key version have 4 bytes, not 8."""
        return False

    def _forget(self, version: int) -> None:
        """New keys begin with counters of zero and no wrong try."""
        if self.counter(version):
            self.set_counter(version, 0)
        if self.packet_counter(version):
            self.set_packet_counter(version, 0)
        self.set_wrong(version, 0)

    def _set(self, keys: list[CardKey]) -> None:
        saved = [[key.version, key.id, [[kind, value.hex()] for kind, value in key.components]] for key in keys]
        self._memory.note(self._name, saved)


class FileKeys(DomainKeys):
    """Keys in the records of a file, counters in those of another; keys the file has no form for are in the state."""

    def __init__(
        self,
        memory: Memory,
        aid: bytes,
        keys: FileNode,
        layout: Layout,
        counters: FileNode | None,
        packet_counters: FileNode | None,
    ) -> None:
        super().__init__(memory, aid)
        self._keys = keys
        self._layout = layout
        self._counters = _Counters(memory, counters, "isd", 2)
        self._packet_counters = _Counters(memory, packet_counters, "ota", 5)

    def all(self) -> list[CardKey]:
        return [key for _, key in self._stored() if key is not None] + super().all()

    def _stored(self) -> Iterator[tuple[int, CardKey | None]]:
        """Number (from 0) and key of each record; None for an empty one."""
        for number, record in enumerate(_records(self._keys)):
            values = self._layout.decode(record)
            kind, octets, version = values["key_type"], values["key_octets"], values["key_version"]
            names = ("kic", "kid", "kik")
            cipher, value = values["cipher"], values["key"]
            if kind not in names or not isinstance(octets, int) or not isinstance(value, bytes) or version == 0xFF:
                yield number, None
                continue
            code = _TYPE_OF[KeyCipher(cipher)]
            yield number, CardKey(int(str(version)), names.index(str(kind)) + 1, ((code, value[: octets * 8]),))

    def _set(self, keys: list[CardKey]) -> None:
        """Each key stays in the record it is in; new ones take empty records, in order."""
        records = list(_records(self._keys))
        elsewhere = [key for key in keys if key.type not in SYMMETRIC or key.id not in SET_IDS]
        waiting = [key for key in keys if key not in elsewhere]
        free = []
        for number, key in self._stored():
            if key in waiting:
                waiting.remove(key)
            else:
                free.append(number)
                records[number] = b"\xff" * len(records[number])
        if len(waiting) > len(free):
            raise StatusFault(sw.NO_MEMORY)
        for number, key in zip(free, waiting, strict=False):
            code, value = key.components[0]
            records[number] = self._layout.encode(
                {
                    "domain": "ota" if key.version < 0x10 else "isd", "key_version": key.version,
                    "cipher": SYMMETRIC[code].value, "key_octets": len(value) // 8,
                    "key_type": ("kic", "kid", "kik")[key.id - 1], "key": value.ljust(32, b"\xff"),
                },
                bytes(len(records[number])),
            )  # fmt: skip
        self._memory.write(self._keys, b"".join(records))
        super()._set(elsewhere)

    def counter(self, version: int) -> int:
        found = self._counters.get(version)
        return super().counter(version) if found is None else found

    def set_counter(self, version: int, value: int) -> None:
        if not self._counters.set(version, value):
            super().set_counter(version, value)

    def packet_counter(self, version: int) -> int:
        found = self._packet_counters.get(version)
        return super().packet_counter(version) if found is None else found

    def set_packet_counter(self, version: int, value: int) -> None:
        if not self._packet_counters.set(version, value):
            super().set_packet_counter(version, value)

    def short_macs(self, version: int) -> bool:
        for record in _records(self._keys):
            values = self._layout.decode(record)
            if values["key_version"] == version and values["key_type"] == "kid":
                return bool(values.get("mac_4_bytes", 0))
        return False


class _Counters:
    """Counters of `size` bytes in the records of a file, by domain and key version."""

    def __init__(self, memory: Memory, node: FileNode | None, domain: str, size: int) -> None:
        self._memory = memory
        self._node = node
        self._domain = domain
        self._size = size

    def get(self, version: int) -> int | None:
        """None where the file has no such counter."""
        found = self._record(version)
        return int.from_bytes(found[1]) if found is not None and found[1] else None

    def set(self, version: int, value: int) -> bool:
        """False where the file has no room for it."""
        found = self._record(version)
        if found is None or self._node is None or self._node.layout is None:
            return False
        records = list(_records(self._node))
        values: dict[str, FieldValue] = {
            "domain": self._domain, "key_version": version, "counter": value.to_bytes(self._size),
        }  # fmt: skip
        records[found[0]] = self._node.layout.encode(values, records[found[0]])
        self._memory.write(self._node, b"".join(records))
        return True

    def _record(self, version: int) -> tuple[int, bytes] | None:
        """Number of the record for a key version and what it says; an empty one if there is none yet."""
        if self._node is None or self._node.layout is None:
            return None
        empty = None
        for number, record in enumerate(_records(self._node)):
            values = self._node.layout.decode(record)
            if values["domain"] == self._domain and values["key_version"] == version:
                counter = values["counter"]
                return number, counter if isinstance(counter, bytes) else b""
            if empty is None and record.strip(b"\xff") == b"":
                empty = number
        return (empty, b"") if empty is not None else None


def _records(node: FileNode) -> Iterator[bytes]:
    for at in range(0, len(node.content.data), node.record_length):
        yield node.content.data[at : at + node.record_length]


def delivered(spec: GlobalPlatformSpec) -> Iterator[CardKey]:
    """The issuer's keys that the product's data bring along."""
    for one in spec.keys:
        for key_id, value in zip(SET_IDS, one.keys, strict=True):
            yield CardKey(one.version, key_id, ((_TYPE_OF[KeyCipher(one.cipher)], value),))


def keys_of_issuer(spec: GlobalPlatformSpec, memory: Memory) -> DomainKeys:
    """Where the issuer security domain has its keys."""
    node = memory.files.by_path.get(str(spec.key_file)) if spec.key_file is not None else None
    if node is None or node.layout is None:
        return DomainKeys(memory, spec.isd, delivered(spec))
    counters, packets = (
        memory.files.by_path.get(str(path)) if path is not None else None
        for path in (spec.counter_file, spec.packet_counter_file)
    )
    return FileKeys(memory, spec.isd, node, node.layout, counters, packets)
