"""The sections of a profile: what each may say, and what it means (docs/profile.md shows them all)."""

from __future__ import annotations

from simtool.perso.sections.applets import Applet
from simtool.perso.sections.authentication import KEEP, RANDOM, Authentication, PinPolicy
from simtool.perso.sections.branding import Branding, Logo, NamedArea, NetworkName, ServiceProviderName
from simtool.perso.sections.fields import HexField, ImsiField, NamedNumber, NumberField, PlmnField, text_field
from simtool.perso.sections.identity import FurtherSubscription, IccidSource, Identity, ImsiRange
from simtool.perso.sections.network import (
    BY_CARD,
    BY_PHONE,
    FROM_IMSI,
    Network,
    PreferredNetwork,
    Steering,
    Suci,
    SuciKey,
)
from simtool.perso.sections.operator import Operator, OperatorKind
from simtool.perso.sections.paper import Paper
from simtool.perso.sections.services import (
    DERIVED,
    CarrierApp,
    EmergencyCode,
    Epdg,
    Ims,
    Services,
    UssdShortcut,
    Voicemail,
    filled_in,
)

__all__ = [
    "BY_CARD", "BY_PHONE", "DERIVED", "FROM_IMSI", "KEEP", "RANDOM", "Applet", "Authentication", "Branding",
    "CarrierApp", "EmergencyCode", "Epdg", "FurtherSubscription", "HexField", "IccidSource", "Identity", "Ims",
    "ImsiField", "ImsiRange", "Logo", "NamedArea", "NamedNumber", "Network", "NetworkName", "NumberField", "Operator",
    "OperatorKind", "Paper", "PinPolicy", "PlmnField", "PreferredNetwork", "ServiceProviderName", "Services",
    "Steering", "Suci", "SuciKey", "UssdShortcut", "Voicemail", "filled_in", "text_field",
]  # fmt: skip
