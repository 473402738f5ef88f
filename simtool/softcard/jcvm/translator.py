"""Turns a method into a Python function."""

from __future__ import annotations

from simtool.softcard.jcvm.classes import Code, Method


def translate(method: Method) -> Code | None:
    """Not yet."""
    return None
