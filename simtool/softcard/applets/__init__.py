"""The card's side of its Java Card machine: what is loaded and installed, and what the machine asks of the card."""

from __future__ import annotations

APPLET_KEY = "jcvm:applet:"
"""What names of the state file that stand for an instance begin with."""
