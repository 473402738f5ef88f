"""Cards whose numbers and keys come from somebody else: a host's records become this profile's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from simtool.errors import InputError
from simtool.perso.profile import Profile
from simtool.perso.record import CardRecord
from simtool.perso.source import together


def adopt(profile: Profile, delivered: tuple[CardRecord, ...]) -> tuple[CardRecord, ...]:
    """The host's records, with the codes and key sets that the profile draws for each.

    Raises `InputError` for every card that is not of the profile's network or not in its range of IMSIs.
    """
    problems = list(_strangers(profile, delivered))
    if problems:
        raise together(problems)
    return tuple(
        replace(record, targets=profile.targets(), key_set_targets=profile.key_set_targets()) for record in delivered
    )


def _strangers(profile: Profile, delivered: tuple[CardRecord, ...]) -> Iterator[InputError]:
    home, numbers = profile.operator.plmn, profile.identity.imsi
    for record in delivered:
        digits = record.subscription.imsi.digits
        where = f"ICCID {record.iccid}"
        if not digits.startswith(home.mcc + home.mnc):
            yield InputError(f"IMSI {digits} is not of the network {home}", place=where)
        elif numbers is not None and (
            len(digits) != len(numbers.first.digits)
            or digits < numbers.first.digits
            or (numbers.last is not None and digits > numbers.last.digits)
        ):
            yield InputError(
                f"IMSI {digits} is outside the range that {profile.place('identity', 'imsi')} gives", place=where
            )
