"""The machine with both packages of cryptography, and a generator of random bytes that keys can be made of."""

from __future__ import annotations

from typing import Any

import pytest

from simtool.softcard.jcvm.api.javacard import security
from simtool.softcard.jcvm.api.javacardx import crypto
from tests.harness.jccrypto import RepeatablePlatform


@pytest.fixture
def packages(packages: tuple[Any, ...]) -> tuple[Any, ...]:
    return (*packages, security, crypto)


@pytest.fixture
def platform() -> RepeatablePlatform:
    return RepeatablePlatform()
