"""What a profile says that pySim-prog takes from the same columns on every card."""

from __future__ import annotations

from dataclasses import dataclass

from simtool.codec.identifiers import Plmn
from simtool.files import contents
from simtool.files.path import FilePath
from simtool.perso.profile import Profile

SMSP_PATH = FilePath("MF/ADF.USIM/EF.SMSP")
SMSP_SIZE = 28
"""The parameters of EF.SMSP without a name (TS 31.102 §4.2.27): pySim-prog fills the record up with its name."""


@dataclass(frozen=True, slots=True)
class ProfileColumns:
    """Columns name, mcc, mnc and smsp."""

    name: str = ""
    plmn: Plmn | None = None
    smsp: bytes = b""


def profile_columns(profile: Profile) -> ProfileColumns:
    """The name that a phone shows (else the operator's), the home network, the SMS centre."""
    spn, smsc = profile.branding.spn, profile.services.smsc
    smsp = b""
    if smsc is not None:
        smsp = contents.encode(SMSP_PATH, {"service_centre": str(smsc)}, size=SMSP_SIZE)
    return ProfileColumns(spn.name if spn is not None else profile.operator.name, profile.operator.plmn, smsp)
