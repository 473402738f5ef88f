"""Numbers of the card and of its subscription."""

from __future__ import annotations

from collections.abc import Iterator

from simtool.codec.identifiers import Imsi
from simtool.perso.profile import Profile
from simtool.perso.record import CardRecord
from simtool.perso.wishes.base import TELECOM, USIM, CardWish, Wish, administrative_data, both, card_wish, wish

FROM_RECORD = "from the card's record"


def card_number() -> CardWish:
    return card_wish(
        "record.iccid", ["MF/EF.ICCID"], lambda record: (record.iccid,), "{iccid}", field="iccid", derived=FROM_RECORD
    )


def identity(profile: Profile) -> Iterator[Wish | CardWish]:
    yield card_wish("record.imsi", both("EF.IMSI"), _imsi, "{imsi}", field="imsi", derived=FROM_RECORD)
    length = len(profile.operator.plmn.mnc)
    derived = "length of operator.plmn's network code, TS 31.102 §4.2.18"
    yield wish("operator.plmn", both("EF.AD"), length, coding=administrative_data, derived=derived)
    if profile.identity.gid1 is not None:
        yield wish("identity.gid1", both("EF.GID1"), profile.identity.gid1.hex())
    if profile.identity.gid2 is not None:
        yield wish("identity.gid2", both("EF.GID2"), profile.identity.gid2.hex())
    places = (f"{USIM}/EF.MSISDN", f"{TELECOM}/EF.MSISDN")
    yield card_wish("record.msisdn", places, _msisdn, "{msisdn}", derived=FROM_RECORD)


def _imsi(record: CardRecord) -> tuple[Imsi]:
    return (record.subscription.imsi,)


def _msisdn(record: CardRecord) -> tuple[dict[str, str]] | None:
    number = record.subscription.msisdn
    return None if number is None else ({"number": number},)
