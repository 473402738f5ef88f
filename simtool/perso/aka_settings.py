"""What an operator chooses about its algorithm: constants of Milenage, sizes of TUAK, how sequence numbers are judged.

The same for every card of a profile, and kept with each subscription: whoever answers for the keys needs them too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BeforeValidator, field_validator, model_validator

from simtool.crypto.milenage import BLOCK, BLOCK_BITS, DEFAULT_C, DEFAULT_R
from simtool.crypto.sqn import DEFAULT_CONFIG, SQN_MAX, SqnConfig
from simtool.crypto.tuak import KEY_BITS, MAC_BITS, RES_BITS
from simtool.files.layout import FieldValue
from simtool.perso.source import Section

SQN_LENGTH = 6
DEFAULT_LIMIT = DEFAULT_CONFIG.delta or 0
ITERATIONS_MAX = 255
START = {"start"}

_Constant = Annotated[bytes, BeforeValidator(lambda value: bytes.fromhex(value) if isinstance(value, str) else value)]


class MilenageSettings(Section):
    """The five rotations in bits and the five constants of 16 bytes (TS 35.206 §4.1 and §5)."""

    r: tuple[int, ...] = DEFAULT_R
    c: tuple[_Constant, ...] = DEFAULT_C

    @field_validator("r")
    @classmethod
    def _rotations(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        if len(value) != len(DEFAULT_R) or not all(0 <= bits < BLOCK_BITS for bits in value):
            raise ValueError("r is five rotations of 0 to 127 bits")
        return value

    @field_validator("c")
    @classmethod
    def _constants(cls, value: tuple[bytes, ...]) -> tuple[bytes, ...]:
        if len(value) != len(DEFAULT_C) or not all(len(constant) == BLOCK for constant in value):
            raise ValueError("c is five constants of 16 bytes in hex")
        return value

    @model_validator(mode="after")
    def _distinct(self) -> MilenageSettings:
        """TS 35.206 §5.3: each pair of constant and rotation is used by one function only."""
        if len(set(zip(self.r, self.c, strict=True))) != len(self.r):
            raise ValueError("two of the functions would have the same c and r (TS 35.206 §5.3)")
        return self

    def fields(self) -> dict[str, FieldValue]:
        """As layouts of card products name them."""
        return {"r": bytes(self.r), "c": b"".join(self.c)}


class TuakSettings(Section):
    """Sizes in bits and the number of permutations (TS 35.231 §5)."""

    res_bits: int = 64
    mac_bits: int = 64
    ck_ik_bits: int = 128
    keccak_iterations: int = 1

    @model_validator(mode="after")
    def _known(self) -> TuakSettings:
        for name, value, known in (
            ("res_bits", self.res_bits, RES_BITS),
            ("mac_bits", self.mac_bits, MAC_BITS),
            ("ck_ik_bits", self.ck_ik_bits, KEY_BITS),
        ):
            if value not in known:
                raise ValueError(f"{name} is one of {', '.join(map(str, known))}")
        if not 1 <= self.keccak_iterations <= ITERATIONS_MAX:
            raise ValueError(f"keccak_iterations is a number from 1 to {ITERATIONS_MAX}")
        return self

    @property
    def has_gsm(self) -> bool:
        """Whether SRES and Kc can be made of them (TS 33.102 §6.8.1.2): RES up to 128 bits, CK and IK of 128."""
        return self.res_bits <= 128 and self.ck_ik_bits == 128

    def fields(self) -> dict[str, FieldValue]:
        return {
            "tuak_res_size": RES_BITS.index(self.res_bits),
            "tuak_mac_size": MAC_BITS.index(self.mac_bits),
            "tuak_ck_ik_256": int(self.ck_ik_bits == KEY_BITS[-1]),
            "keccak_iterations": self.keccak_iterations,
        }


class SqnSettings(Section):
    """How the card judges sequence numbers (TS 33.102 Annex C); `delta` and `age_limit` count steps of SEQ.

    `start` is an SQN: what the card takes for used in every place of its array when its keys are written, and where the
    record begins. It is an SQN of which IND is the lowest bits.
    """

    ind_bits: int = DEFAULT_CONFIG.ind_bits
    delta: int = DEFAULT_LIMIT
    age_limit: int = DEFAULT_LIMIT
    check_sqn: bool = True
    check_delta: bool = True
    check_age: bool = False
    start: int = 0

    @model_validator(mode="after")
    def _fits(self) -> SqnSettings:
        if not 0 <= self.start <= SQN_MAX:
            raise ValueError("start is a number of 48 bits")
        for name, limit in (("delta", self.delta), ("age_limit", self.age_limit)):
            if not 1 <= limit <= self.config.seq_max:
                raise ValueError(f"{name} is a number of SEQ steps, 1 to {self.config.seq_max}")
        return self

    @property
    def config(self) -> SqnConfig:
        delta = self.delta if self.check_delta else None
        return SqnConfig(self.ind_bits, delta, self.age_limit if self.check_age else None, self.check_sqn)

    @property
    def has_policy(self) -> bool:
        """Whether more is said than where to start."""
        return bool(self.model_fields_set - {"start"})

    def fields(self, entries: int) -> dict[str, FieldValue]:
        """As layouts name them, for an array of so many `entries`."""
        found: dict[str, FieldValue] = {}
        if self.has_policy:
            found = {
                "ind_bits": self.ind_bits,
                "check_sqn": int(self.check_sqn),
                "check_delta": int(self.check_delta),
                "check_age": int(self.check_age),
                "skip_next_check": 0,
                "delta": (self.delta << self.ind_bits).to_bytes(SQN_LENGTH),
                "age_limit": (self.age_limit << self.ind_bits).to_bytes(SQN_LENGTH),
            }
        if self.start:
            seq, _ = self.config.split(self.start)
            used = [self.config.join(seq, ind).to_bytes(SQN_LENGTH) for ind in range(self.config.entries)]
            found["sqn"] = (*used, *[bytes(SQN_LENGTH)] * (entries - len(used)))[:entries]
        return found


@dataclass(frozen=True, slots=True)
class AkaSettings:
    """None: what is usual, and as the card has it."""

    milenage: MilenageSettings | None = None
    tuak: TuakSettings | None = None
    sqn: SqnSettings | None = None

    @property
    def sqn_config(self) -> SqnConfig:
        return self.sqn.config if self.sqn is not None else DEFAULT_CONFIG

    def filled(self, others: AkaSettings) -> AkaSettings:
        """These, and where nothing is said, the others'."""
        return AkaSettings(self.milenage or others.milenage, self.tuak or others.tuak, self.sqn or others.sqn)

    def differing(self, others: AkaSettings) -> tuple[str, ...]:
        """Names of what the others say and these say otherwise, or not at all; where cards start may differ."""
        pairs = (
            ("milenage", self.milenage, others.milenage),
            ("tuak", self.tuak, others.tuak),
            ("sqn", self.sqn, others.sqn),
        )
        return tuple(
            name
            for name, mine, wanted in pairs
            if wanted is not None
            and (mine is None or mine.model_dump(exclude=START) != wanted.model_dump(exclude=START))
        )

    def problem(self, algorithm: str) -> str:
        """Why these do not go with the algorithm; empty if they do."""
        if self.milenage is not None and algorithm != "milenage":
            return f"r and c belong to milenage, not to {algorithm}"
        if self.tuak is not None and algorithm != "tuak":
            return f"sizes and iterations belong to tuak, not to {algorithm}"
        if self.sqn is not None and algorithm.startswith("comp128"):
            return f"{algorithm} knows no sequence numbers"
        return ""


def written(settings: Section) -> dict[str, Any]:
    """What was given, in the form of YAML."""
    rows = settings.model_dump(include=settings.model_fields_set)
    return {name: _plain(value) for name, value in rows.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [item.hex() if isinstance(item, bytes) else item for item in value]
    return value
