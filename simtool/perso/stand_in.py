"""A record of a card that is not at hand: numbers to look at, keys that are none."""

from __future__ import annotations

from simtool.codec.identifiers import Iccid, Imsi
from simtool.crypto.secret import Secret
from simtool.perso.profile import KEY_LENGTH, TOP_LENGTH, Profile
from simtool.perso.record import WITHOUT_OPC, CardRecord, Subscription

NO_CARD = Iccid.from_body("890000000000000000")
_IMSI_LENGTH = 15


def stand_in(
    profile: Profile, *, iccid: Iccid = NO_CARD, imsi: Imsi | None = None, msisdn: str | None = None
) -> CardRecord:
    """A record with these numbers, where none is given with the first IMSI of the profile.

    The keys are zeros: nothing that depends on them may be compared or written. No private file is read.
    """
    algorithm = profile.authentication.algorithm
    opc = None if algorithm in WITHOUT_OPC else bytes(TOP_LENGTH if algorithm == "tuak" else KEY_LENGTH)
    subscription = Subscription(
        imsi=imsi or first_imsi(profile),
        k=Secret(bytes(KEY_LENGTH), kind="ki"),
        opc=Secret(opc, kind="opc") if opc is not None else None,
        algorithm=algorithm,
        msisdn=msisdn,
    )
    return CardRecord(iccid, (subscription,))


def first_imsi(profile: Profile) -> Imsi:
    """The first of the profile's range, else the lowest of its network."""
    numbers, home = profile.identity.imsi, profile.operator.plmn
    return numbers.first if numbers is not None else Imsi((home.mcc + home.mnc).ljust(_IMSI_LENGTH, "0"))
