"""Every method of the newest tables has its function here, but for those named with a reason (JCVM §5)."""

from __future__ import annotations

from typing import Any

import pytest

from simtool.softcard.jcvm.api.javacardx import apdu
from simtool.softcard.jcvm.api.javacardx.apdu import util as apdu_util
from simtool.softcard.jcvm.api.javacardx.framework import math, string, tlv, util
from simtool.softcard.jcvm.api.javacardx.framework.util import intx
from simtool.softcard.jcvm.vm import Vm
from tests.harness.jcvm import missing_methods, unknown_methods

PACKAGES: dict[str, Any] = {
    "javacardx.apdu": apdu, "javacardx.apdu.util": apdu_util, "javacardx.framework.math": math,
    "javacardx.framework.string": string, "javacardx.framework.tlv": tlv, "javacardx.framework.util": util,
    "javacardx.framework.util.intx": intx,
}  # fmt: skip
NOT_THERE = {
    "javacardx/framework/util/intx/JCint.makeIntArrayView": "views of arrays came with Java Card 3.1",
    "javacardx/framework/tlv/BERTLV.init": "abstract",
    "javacardx/framework/tlv/BERTag.init": "abstract",
}


@pytest.mark.parametrize("name", PACKAGES)
def test_no_method_is_missing(vm: Vm, name: str) -> None:
    assert {one for one in missing_methods(vm, name) if one.partition("(")[0] not in NOT_THERE} == set()


@pytest.mark.parametrize("name", PACKAGES)
def test_no_method_is_too_many(name: str) -> None:
    """A misspelt descriptor would never be called."""
    assert unknown_methods(PACKAGES[name], name) == set()
