"""Numbers of the card and of its subscription."""

from __future__ import annotations

from collections.abc import Iterator

from simtool.perso.profile import Profile
from simtool.perso.record import CardRecord, Subscription
from simtool.perso.wishes.base import TELECOM, USIM, Wish, administrative_data, both, wish


def card_number(record: CardRecord) -> Iterator[Wish]:
    yield wish("record.iccid", ["MF/EF.ICCID"], record.iccid, field="iccid", derived="from the card's record")


def identity(profile: Profile, subscription: Subscription) -> Iterator[Wish]:
    yield wish("record.imsi", both("EF.IMSI"), subscription.imsi, field="imsi", derived="from the card's record")
    length = len(profile.operator.plmn.mnc)
    derived = "length of operator.plmn's network code, TS 31.102 §4.2.18"
    yield wish("operator.plmn", both("EF.AD"), length, coding=administrative_data, derived=derived)
    if profile.identity.gid1 is not None:
        yield wish("identity.gid1", both("EF.GID1"), profile.identity.gid1.hex())
    if profile.identity.gid2 is not None:
        yield wish("identity.gid2", both("EF.GID2"), profile.identity.gid2.hex())
    if subscription.msisdn is not None:
        places = (f"{USIM}/EF.MSISDN", f"{TELECOM}/EF.MSISDN")
        yield wish("record.msisdn", places, {"number": subscription.msisdn}, derived="from the card's record")
