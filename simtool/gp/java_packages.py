"""Names of well-known Java Card packages, and which platform release brought which version (data/api_packages.yaml)."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from typing import Any

from simtool.codec.cap import PackageRef

FRAMEWORK = "javacard.framework"
_TABLE = "api_packages.yaml"


def package_name(aid: bytes) -> str:
    """The name of a package, or the digits of its AID where it is none of the known."""
    return _names().get(aid, aid.hex().upper())


def java_card_release(imports: tuple[PackageRef, ...]) -> str:
    """The Java Card release that a package was made for, by the framework that it imports; empty if none is known."""
    framework = next((one.version for one in imports if package_name(one.aid) == FRAMEWORK), "")
    releases: dict[str, dict[str, str]] = _table()["java_card"]
    return next((release for release, has in releases.items() if has[FRAMEWORK] == framework), "")


@lru_cache(maxsize=1)
def _names() -> dict[bytes, str]:
    return {bytes.fromhex(row["aid"]): name for name, row in _table()["packages"].items()}


@lru_cache(maxsize=1)
def _table() -> Any:
    import yaml  # late: only looking at CAP files needs names

    return yaml.safe_load((files("simtool") / "data" / _TABLE).read_text("utf-8"))
