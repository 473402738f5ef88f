"""The card application toolkit on the card (TS 102 223, TS 102 241, TS 31.130, TS 43.019)."""

from __future__ import annotations

from simtool.softcard.toolkit.commands import PROACTIVE_TAG
from simtool.softcard.toolkit.source import ToolkitSource
from simtool.softcard.toolkit.toolkit import Toolkit

__all__ = ["PROACTIVE_TAG", "Toolkit", "ToolkitSource"]
