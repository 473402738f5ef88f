"""The machine has the packages javacardx, too."""

from __future__ import annotations

from typing import Any

import pytest

from simtool.softcard.jcvm.api.javacardx import apdu
from simtool.softcard.jcvm.api.javacardx.apdu import util as apdu_util
from simtool.softcard.jcvm.api.javacardx.framework import math, string, tlv, util
from simtool.softcard.jcvm.api.javacardx.framework.util import intx


@pytest.fixture
def packages(packages: tuple[Any, ...]) -> tuple[Any, ...]:
    return (*packages, apdu, apdu_util, math, string, tlv, util, intx)
