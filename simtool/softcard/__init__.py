"""The software UICC, card side only: it never imports the terminal's packages."""

from simtool.softcard.card import SoftCard

__all__ = ["SoftCard"]
