"""Who the operator is, and how much of the network it owns."""

from __future__ import annotations

from enum import Enum

from simtool.perso.sections.fields import PlmnField
from simtool.perso.source import Section


class OperatorKind(Enum):
    """How much of the network an MVNO owns; `simtool.perso.kinds` says what each may decide."""

    RESELLER = "reseller"
    SERVICE_PROVIDER = "service-provider"
    ENHANCED = "enhanced"
    FULL = "full"


class Operator(Section):
    kind: OperatorKind
    name: str
    plmn: PlmnField
    """The network that the IMSIs belong to, with its dash: a full MVNO's own, for the others their host's."""
    hosts: tuple[PlmnField, ...] = ()
    """The networks whose radio carries the brand at home."""
