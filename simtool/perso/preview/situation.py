"""Where a phone is when its idle screen is looked at, and which kind of phone looks."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from simtool.codec.identifiers import Plmn
from simtool.errors import EncodeError

_AREA_SIZE = 2
_AREA_SIZE_5G = 3
COLUMNS = 20


class Technology(Enum):
    """The radio access network that the phone is registered in."""

    GERAN = "2G"
    UTRAN = "3G"
    E_UTRAN = "4G"
    NG_RAN = "5G"

    @property
    def area_word(self) -> str:
        """What an area is called there: location area code or tracking area code."""
        return "LAC" if self in (Technology.GERAN, Technology.UTRAN) else "TAC"

    @property
    def area_size(self) -> int:
        """Bytes of an area code: 2, in 5GS 3 (TS 23.003 §4.1, §19.4.2.3)."""
        return _AREA_SIZE_5G if self is Technology.NG_RAN else _AREA_SIZE


class Phone(Enum):
    """Which application of the card the phone uses.

    A phone that knows the USIM uses it in every network, also in 2G (TS 31.102 §5.1); one that does not uses the SIM.
    """

    USIM = "usim"
    SIM_ONLY = "sim-only"


@dataclass(frozen=True, slots=True)
class Situation:
    """A registered network, and where in it. `area` is the LAC or TAC, None where it does not matter.

    `columns` is the room that the phone has for a name, in Latin letters. Raises `EncodeError` for an area code that
    this technology does not have, and for a phone without room.
    """

    plmn: Plmn
    technology: Technology = Technology.E_UTRAN
    area: int | None = None
    phone: Phone = Phone.USIM
    columns: int = COLUMNS

    def __post_init__(self) -> None:
        most = (1 << 8 * self.technology.area_size) - 1
        if self.area is not None and not 0 <= self.area <= most:
            raise EncodeError(
                f"a {self.technology.area_word} in {self.technology.value} is a number from 0 to {most:#x}, "
                f"not {self.area:#x}"
            )
        if self.columns < 1:
            raise EncodeError("a phone has room for at least one letter")

    def __str__(self) -> str:
        area = (
            "" if self.area is None else f" {self.technology.area_word} {self.area:0{2 * self.technology.area_size}x}"
        )
        return f"{self.plmn} {self.technology.value}{area}"
