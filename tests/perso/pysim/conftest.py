"""Tests that need osmocom's pySim are collected where it is installed, and nowhere else; nothing is skipped."""

from __future__ import annotations

from simtool.perso.pysim.companion import companion

collect_ignore = [] if companion() else ["test_with_pysim.py"]
