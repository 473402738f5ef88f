"""Whether the network that the phone is registered in is the one that a card names.

Digits: TS 23.122 Annex A. Wild digits and ranges of areas in EF.OPL and EF.OPL5G: TS 31.102 §4.2.59, §4.4.11.9.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from simtool.codec.identifiers import Imsi, Plmn
from simtool.files.contents import NetworkArea
from simtool.files.contents.base import plmn_bytes

WILD = "D"
NO_DIGIT = "F"
NO_NAME = 0
_TWO_DIGITS_MEAN_0 = range(310, 317)
"""Country codes of North America, where a broadcast network code of two digits is one of three that ends in 0."""


@dataclass(frozen=True, slots=True)
class AreaRule:
    """A record of EF.OPL or EF.OPL5G. `digits` are MCC and three of MNC, with D for any digit and F for none.

    `name_record` is a record of EF.PNN; 0: the name comes from elsewhere.
    """

    digits: str
    first_area: int
    last_area: int
    area_size: int
    name_record: int

    @classmethod
    def of(cls, area: NetworkArea, area_size: int) -> AreaRule:
        """The rule in a record of EF.OPL or EF.OPL5G, whose area codes have `area_size` bytes."""
        nibbles = "".join(f"{byte & 0xF:X}{byte >> 4:X}" for byte in plmn_bytes(area.plmn))
        digits = nibbles[:3] + nibbles[4:] + nibbles[3]
        return cls(digits, area.first_area, area.last_area, area_size, area.name_record)

    @property
    def everywhere(self) -> bool:
        """The range 0 to FFFE (FFFFFE) stands for the whole network."""
        return self.first_area == 0 and self.last_area == (1 << 8 * self.area_size) - 2

    def covers(self, area: int | None) -> bool | None:
        """Whether the area is in the range; None if it depends on an area that is not said."""
        if self.everywhere:
            return True
        if self.first_area > self.last_area:
            return False
        return None if area is None else self.first_area <= area <= self.last_area

    def names(self, plmn: Plmn) -> bool:
        """Whether the digits fit. A wild third digit of the network code needs a third digit to stand for."""
        broadcast = _six(plmn)
        if all(_fits(rule, digit) for rule, digit in zip(self.digits, broadcast, strict=True)):
            return True
        padded = _padded(plmn)
        return padded is not None and all(
            _fits(rule, digit) for rule, digit in zip(self.digits, _six(padded), strict=True)
        )

    def __str__(self) -> str:
        digits = f"{self.digits[:3]}-{self.digits[3:].rstrip(NO_DIGIT)}".lower()
        width = 2 * self.area_size
        areas = "everywhere" if self.everywhere else f"areas {self.first_area:0{width}x} to {self.last_area:0{width}x}"
        return f"{digits} {areas}"


def same_network(card: Plmn, registered: Plmn) -> bool:
    """Whether the registered network is the one on the card (TS 23.122 Annex A, the 0 suffix rule included)."""
    return card == registered or card == _padded(registered)


def is_home(imsi: Imsi, mnc_length: int | None, registered: Plmn) -> bool:
    """Whether the network is that of the IMSI.

    Cards that do not say how long the network code is are compared with as many digits as the network has
    (TS 23.122 Annex A).
    """
    if mnc_length in (2, 3) and len(imsi.digits) > 3 + mnc_length:
        return same_network(imsi.plmn(mnc_length), registered)
    candidates = [registered, _padded(registered)]
    return any(plmn is not None and imsi.digits.startswith(plmn.mcc + plmn.mnc) for plmn in candidates)


def listed(entries: Iterable[str | None], registered: Plmn) -> bool:
    """Whether a list of networks as `contents` gives it names the registered one. Unused and senseless entries: no."""
    return any(same_network(plmn, registered) for plmn in networks(entries))


def networks(entries: Iterable[str | None]) -> tuple[Plmn, ...]:
    """The networks in such a list."""
    return tuple(Plmn.parse(entry) for entry in entries if entry is not None and not entry.startswith("hex:"))


def _padded(plmn: Plmn) -> Plmn | None:
    """The same network with the third digit that it does not broadcast (TS 23.122 Annex A, North America)."""
    return Plmn(plmn.mcc, plmn.mnc + "0") if len(plmn.mnc) == 2 and int(plmn.mcc) in _TWO_DIGITS_MEAN_0 else None


def _six(plmn: Plmn) -> str:
    return (plmn.mcc + plmn.mnc).ljust(6, NO_DIGIT)


def _fits(rule: str, digit: str) -> bool:
    return rule == digit or (rule == WILD and digit != NO_DIGIT)
