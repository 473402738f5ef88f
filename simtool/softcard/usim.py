"""Authentication in the card: keys, algorithm and sequence numbers of an application (TS 33.102 §6.3, TS 31.102 §7.1).

All of it is read from the product's files as they are at that moment, so writing Ki there changes the key. Which
fields the files have stands in their layouts. The commands are in `simtool.softcard.commands.authenticate`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from simtool.crypto import aka
from simtool.crypto.aka import AkaAlgorithm
from simtool.crypto.comp128 import comp128
from simtool.crypto.gba import gba_u_mac
from simtool.crypto.milenage import DEFAULT_C, DEFAULT_R, Milenage
from simtool.crypto.sqn import SqnConfig, SqnVerdict, SqnWindow
from simtool.crypto.tuak import Tuak
from simtool.crypto.xor import Xor3g, xor_2g
from simtool.errors import CodecError
from simtool.files.layout import FieldValue
from simtool.files.product import AuthenticationSpec
from simtool.softcard import status as sw
from simtool.softcard.filesystem import FileNode
from simtool.softcard.status import StatusFault

if TYPE_CHECKING:
    from simtool.softcard.card import SoftCard

TUAK_RES_BITS = (32, 64, 128, 256)
TUAK_MAC_BITS = (64, 128, 256)
COMP128_VERSIONS = {"comp128v1": 1, "comp128v2": 2, "comp128v3": 3}
SQN_BYTES = 6
DEFAULT_IND_BITS = 5
DEFAULT_DELTA = 1 << 28
_ACTIVE = ("active", 0x81)

Fields = Mapping[str, FieldValue]


@dataclass(frozen=True, slots=True)
class Accepted:
    """AUTN is fresh: what the card hands out."""

    res: bytes = field(repr=False)
    ck: bytes = field(repr=False)
    ik: bytes = field(repr=False)
    kc: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Resynchronise:
    """The MAC is right, the sequence number is not (TS 33.102 §6.3.3)."""

    auts: bytes


class _Unconcealed:
    """An algorithm whose anonymity keys are zero: for cards told not to conceal SQN."""

    def __init__(self, inner: AkaAlgorithm, autn: bool, auts: bool) -> None:
        self._inner = inner
        self._autn, self._auts = autn, auts
        self.f1, self.f1_star, self.f2, self.f3, self.f4 = inner.f1, inner.f1_star, inner.f2, inner.f3, inner.f4

    def f5(self, rand: bytes) -> bytes:
        return bytes(SQN_BYTES) if self._autn else self._inner.f5(rand)

    def f5_star(self, rand: bytes) -> bytes:
        return bytes(SQN_BYTES) if self._auts else self._inner.f5_star(rand)


class Authenticator:
    """Answers challenges for all applications of one card."""

    def __init__(self, card: SoftCard) -> None:
        self._card = card
        self._specs = {str(spec.application): spec for spec in card.model.authentication}
        self._algorithms: dict[str, tuple[tuple[int, ...], AkaAlgorithm]] = {}

    def knows(self, application: str) -> bool:
        return application in self._specs

    def gsm_application(self) -> str | None:
        """Whose keys RUN GSM ALGORITHM uses: DF.GSM's, else those of the first application there is."""
        return "MF/DF.GSM" if "MF/DF.GSM" in self._specs else next(iter(self._specs), None)

    def run_gsm(self, application: str, rand: bytes) -> tuple[bytes, bytes]:
        """SRES and Kc: A3/A8 of a 2G algorithm, or by the conversions c2 and c3 (TS 55.205 §4)."""
        spec = self._specs[application]
        values = self._fields(spec, gsm=True)
        name = values.get("algorithm_2g", values.get("algorithm"))
        try:
            if name in COMP128_VERSIONS:
                return comp128(COMP128_VERSIONS[str(name)], _key(values), rand)
            if name == "xor-2g":
                return xor_2g(_key(values), rand)
            algorithm = self._algorithm(spec, values, name, gsm=True)
            triplet = aka.gsm_triplet(algorithm, rand, 2 if values.get("sres_function") else 1)
        except CodecError:
            raise StatusFault(sw.CONDITIONS_NOT_SATISFIED) from None
        return triplet.sres, triplet.kc

    def run_umts(self, application: str, rand: bytes, autn: bytes, *, gba: bool = False) -> Accepted | Resynchronise:
        """Judge a challenge (TS 33.102 §6.3.3): first the MAC (9862 if wrong), then the sequence number.

        With `gba` the MAC came as MAC* (TS 33.220 §5.3.2).
        """
        spec = self._specs[application]
        values = self._fields(spec)
        try:
            algorithm = self._algorithm(spec, values, values.get("algorithm_3g", values.get("algorithm")))
            plain_autn = values.get("conceal_autn", 1) == 0
            plain_auts = values.get("conceal_auts", 1) == 0
            if plain_autn or plain_auts:
                algorithm = _Unconcealed(algorithm, plain_autn, plain_auts)
            if gba:
                autn = _without_gba_mark(autn, algorithm.f4(rand))
            check = aka.check_autn(algorithm, rand, autn)
        except CodecError:
            raise StatusFault(sw.CONDITIONS_NOT_SATISFIED) from None
        if not check.mac_ok:
            raise StatusFault(sw.WRONG_MAC)
        auts = self._note_sqn(spec, values, algorithm, check, rand)
        if auts is not None:
            return Resynchronise(auts)
        res, ck, ik = algorithm.f2(rand), algorithm.f3(rand), algorithm.f4(rand)
        if values.get("res_4_bytes"):
            res = res[:4]
        kc = aka.kc_from_ck_ik(ck, ik) if len(ck) == len(ik) == 16 else b""
        return Accepted(res, ck, ik, kc)

    def _note_sqn(
        self, spec: AuthenticationSpec, values: Fields, algorithm: AkaAlgorithm, check: aka.AutnCheck, rand: bytes
    ) -> bytes | None:
        """Take the SQN into the window that the product's file keeps, or into the card's own. AUTS if it is refused."""
        config = _sqn_config(values)
        node = self._sqn_file(spec)
        raw = values.get("sqn")
        window = self._window(spec, config, raw if isinstance(raw, tuple) else None)
        changes: dict[str, FieldValue] = {}
        if values.get("skip_next_check"):
            seq, ind = config.split(check.sqn)
            highest = window.highest[:ind] + (seq,) + window.highest[ind + 1 :]
            window = replace(window, highest=highest)
            changes["skip_next_check"] = 0
        else:
            verdict, window = window.accept(check.sqn)
            if verdict is not SqnVerdict.ACCEPT:
                amf = check.amf if values.get("keep_amf") else aka.AMF_RESYNC
                sqn_ms = window.sqn_ms()
                mac = algorithm.f1_star(rand, sqn_ms, amf)
                return (sqn_ms ^ int.from_bytes(algorithm.f5_star(rand))).to_bytes(SQN_BYTES) + mac
        if node is None or not isinstance(raw, tuple):
            self._card.note(f"sqn:{spec.application}", list(window.highest))
            return None
        entries = [config.join(seq, ind).to_bytes(SQN_BYTES) if seq else bytes(SQN_BYTES)
                   for ind, seq in enumerate(window.highest)]  # fmt: skip
        changes["sqn"] = (*entries, *raw[len(entries) :])
        if node.layout is not None:
            self._card.write(node, node.layout.encode(changes, node.content.data))
        return None

    def _window(self, spec: AuthenticationSpec, config: SqnConfig, raw: tuple[bytes, ...] | None) -> SqnWindow:
        if raw is None:
            saved = self._card.recall(f"sqn:{spec.application}", None)
            if not saved or len(saved) != config.entries:
                return SqnWindow.fresh(config)
            return SqnWindow(config, tuple(saved))
        highest = [int.from_bytes(entry) >> config.ind_bits for entry in raw[: config.entries]]
        highest += [0] * (config.entries - len(highest))
        return SqnWindow(config, tuple(highest))

    def _sqn_file(self, spec: AuthenticationSpec) -> FileNode | None:
        for path in spec.files:
            node = self._card.files.by_path.get(str(path))
            if node is not None and node.layout is not None and any(one.name == "sqn" for one in node.layout.fields):
                return node
        return None

    def _nodes(self, spec: AuthenticationSpec, gsm: bool) -> list[FileNode]:
        paths = spec.gsm_files if gsm and spec.gsm_files else spec.files
        nodes = [self._card.files.by_path.get(str(path)) for path in paths]
        return [node for node in nodes if node is not None and node.layout is not None]

    def _fields(self, spec: AuthenticationSpec, *, gsm: bool = False) -> Fields:
        values: dict[str, FieldValue] = {}
        for node in self._nodes(spec, gsm):
            values.update(fields_of(node))
        values.update(spec.fixed)
        return values

    def _algorithm(
        self, spec: AuthenticationSpec, values: Fields, name: FieldValue | None, *, gsm: bool = False
    ) -> AkaAlgorithm:
        """The algorithm with its keys; made again only when one of its files has changed."""
        versions = tuple(node.content.version for node in self._nodes(spec, gsm) if node is not self._sqn_file(spec))
        slot = f"{spec.application}:{gsm}"
        known = self._algorithms.get(slot)
        if known is None or known[0] != versions:
            known = (versions, _make_algorithm(name, values))
            self._algorithms[slot] = known
        return known[1]


def fields_of(node: FileNode) -> Fields:
    """A file's layout values; of a file of records those of the record marked active, else of record 1."""
    if node.layout is None:
        return {}
    if not node.type.has_records:
        return node.content.fields(node.layout)
    length = node.record_length
    rows = [node.layout.decode(node.content.data[at : at + length]) for at in range(0, len(node.content.data), length)]
    return next((row for row in rows if row.get("state") in _ACTIVE), rows[0] if rows else {})


def _make_algorithm(name: FieldValue | None, values: Fields) -> AkaAlgorithm:
    k = _key(values)
    has_opc = bool(values.get("op_is_opc", 1))
    if name == "milenage":
        op = values.get("op")
        if not isinstance(op, bytes):
            raise StatusFault(sw.CONDITIONS_NOT_SATISFIED)
        r, c = values.get("r"), values.get("c")
        rotations = tuple(r) if isinstance(r, bytes) else DEFAULT_R
        constants = tuple(c[at : at + 16] for at in range(0, 80, 16)) if isinstance(c, bytes) else DEFAULT_C
        make = Milenage if has_opc else Milenage.from_op
        return make(k, op, rotations, constants)
    if name == "tuak":
        top = values.get("top")
        if not isinstance(top, bytes):
            raise StatusFault(sw.CONDITIONS_NOT_SATISFIED)
        bits = 256 if values.get("tuak_ck_ik_256") else 128
        make_tuak = Tuak if has_opc else Tuak.from_top
        return make_tuak(
            k,
            top,
            keccak_iterations=_number(values, "keccak_iterations", 1),
            mac_bits=_choice(TUAK_MAC_BITS, _number(values, "tuak_mac_size", 0)),
            res_bits=_choice(TUAK_RES_BITS, _number(values, "tuak_res_size", 1)),
            ck_bits=bits,
            ik_bits=bits,
        )
    if name == "xor":
        return Xor3g(k, res_bits=128 if values.get("xor_16_byte_res", 1) else 64)
    raise StatusFault(sw.CONDITIONS_NOT_SATISFIED)


def _sqn_config(values: Fields) -> SqnConfig:
    """Checks as the flags of the product's file say; where it has none, those of TS 33.102 Annex C.3.2."""
    ind_bits = _number(values, "ind_bits", DEFAULT_IND_BITS)
    delta: int | None = DEFAULT_DELTA
    if isinstance(raw := values.get("delta"), bytes):
        delta = int.from_bytes(raw) >> ind_bits
    age = int.from_bytes(raw) >> ind_bits if isinstance(raw := values.get("age_limit"), bytes) else 0
    return SqnConfig(
        ind_bits=ind_bits,
        delta=delta if values.get("check_delta", 1) and delta else None,
        age_limit=age if values.get("check_age", 0) and age else None,
        check_freshness=bool(values.get("check_sqn", 1)),
    )


def _without_gba_mark(autn: bytes, ik: bytes) -> bytes:
    return autn[:8] + gba_u_mac(autn[8:], ik)


def _key(values: Fields) -> bytes:
    k = values.get("k")
    if not isinstance(k, bytes):
        raise StatusFault(sw.CONDITIONS_NOT_SATISFIED)
    return k


def _number(values: Fields, name: str, default: int) -> int:
    value = values.get(name, default)
    return value if isinstance(value, int) else default


def _choice(options: tuple[int, ...], index: int) -> int:
    if index >= len(options):
        raise StatusFault(sw.CONDITIONS_NOT_SATISFIED)
    return options[index]
