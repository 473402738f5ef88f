"""How the subscriber is authenticated, and what opens the card."""

from __future__ import annotations

import re
from pathlib import Path

from pydantic import field_validator, model_validator

from simtool.perso.aka_settings import AkaSettings, MilenageSettings, SqnSettings, TuakSettings
from simtool.perso.ota_keys import KeySetPolicy
from simtool.perso.record import ALGORITHMS, parse_credential
from simtool.perso.source import Section

KEEP, RANDOM = "keep", "random"


class PinPolicy(Section):
    """What a PIN, PUK or ADM code shall become: `keep` it, a `random` one per card, or these digits on every card.

    `enabled` says for a PIN whether the phone shall ask for it; nothing: as the card is.
    """

    value: str = KEEP
    enabled: bool | None = None

    @field_validator("value")
    @classmethod
    def _known(cls, value: str) -> str:
        if value not in (KEEP, RANDOM):
            parse_credential("the value", value)
        return value


class Authentication(Section):
    """`op_file` holds the operator's OP or TOP in hex (0600); without it every card gets a random OPc.

    `pins` are policies by name: PIN1, PIN2, PUK1, PUK2, ADM1 … `milenage`, `tuak` and `sqn` are the operator's own
    choices where they are not the usual ones. Of `key_sets` every card gets random ones.
    """

    algorithm: str = "milenage"
    op_file: Path | None = None
    pins: dict[str, PinPolicy] = {}
    milenage: MilenageSettings | None = None
    tuak: TuakSettings | None = None
    sqn: SqnSettings | None = None
    key_sets: tuple[KeySetPolicy, ...] = ()

    @model_validator(mode="after")
    def _together(self) -> Authentication:
        if problem := self.settings.problem(self.algorithm):
            raise ValueError(problem)
        if len({policy.version for policy in self.key_sets}) != len(self.key_sets):
            raise ValueError("a key version stands twice in key_sets")
        return self

    @property
    def settings(self) -> AkaSettings:
        return AkaSettings(self.milenage, self.tuak, self.sqn)

    @field_validator("pins")
    @classmethod
    def _names(cls, value: dict[str, PinPolicy]) -> dict[str, PinPolicy]:
        for name, policy in value.items():
            if re.fullmatch(r"(PIN|PUK)[12]|\w*ADM\d?", name) is None:
                raise ValueError(f"{name} is not PIN1, PIN2, PUK1, PUK2 or an ADM")
            if policy.enabled is not None and name != "PIN1":
                raise ValueError(f"{name} cannot be switched on or off, only PIN1 can")
        return value

    @field_validator("algorithm")
    @classmethod
    def _known(cls, value: str) -> str:
        if value not in ALGORITHMS:
            raise ValueError(f"the algorithm is one of {', '.join(ALGORITHMS)}")
        return value
