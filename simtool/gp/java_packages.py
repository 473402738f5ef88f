"""What the packages that a CAP file imports are called, and which Java Card release they tell of."""

from __future__ import annotations

from simtool.codec import java_exports
from simtool.codec.cap import PackageRef

FRAMEWORK = "javacard.framework"


def package_name(aid: bytes) -> str:
    """The name of a package, or the digits of its AID where it is none of the known."""
    return java_exports.name_of(aid) or aid.hex().upper()


def java_card_release(imports: tuple[PackageRef, ...]) -> str:
    """The Java Card release that a package was made for, by the framework that it imports; empty if none is known."""
    framework = next((one.version for one in imports if package_name(one.aid) == FRAMEWORK), "")
    releases = java_exports.java_card_releases()
    return next((release for release, has in releases.items() if has[FRAMEWORK] == framework), "")
