"""uicc.toolkit.ToolkitException and what it gives as its reason (TS 102 241 annex A; sim.toolkit: TS 43.019)."""

from __future__ import annotations

from enum import IntEnum

from simtool.softcard.jcvm.api.javacard.framework.exceptions import reasoned

NAME = "uicc/toolkit/ToolkitException"


class Reason(IntEnum):
    """Those that both packages have, by the same number."""

    HANDLER_OVERFLOW = 1
    HANDLER_NOT_AVAILABLE = 2
    UNAVAILABLE_ELEMENT = 3
    OUT_OF_TLV_BOUNDARIES = 8
    BAD_INPUT_PARAMETER = 14
    COMMAND_NOT_ALLOWED = 15


TOOLKIT_EXCEPTION = reasoned(NAME)
