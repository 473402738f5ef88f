"""Names of well-known Java Card packages by AID, for messages (as their export files give them)."""

from __future__ import annotations

_NAMES = {
    "a0000000030000": "visa.openplatform",
    "a0000000090003ffffffff8910710001": "sim.access",
    "a0000000090003ffffffff8910710002": "sim.toolkit",
    "a0000000090005ffffffff8911000000": "uicc.access",
    "a0000000090005ffffffff8911010000": "uicc.access.fileadministration",
    "a0000000090005ffffffff8911020000": "uicc.access.bertlvfile",
    "a0000000090005ffffffff8912000000": "uicc.toolkit",
    "a0000000090005ffffffff8913000000": "uicc.system",
    "a0000000090005ffffffff8918010000": "uicc.services.highupdatearray",
    "a0000000620001": "java.lang",
    "a0000000620002": "java.io",
    "a0000000620003": "java.rmi",
    "a0000000620101": "javacard.framework",
    "a000000062010101": "javacard.framework.service",
    "a0000000620102": "javacard.security",
    "a0000000620201": "javacardx.crypto",
    "a0000000620202": "javacardx.biometry",
    "a0000000620203": "javacardx.external",
    "a0000000620204": "javacardx.biometry1toN",
    "a0000000620205": "javacardx.security",
    "a000000062020501": "javacardx.security.cert",
    "a000000062020502": "javacardx.security.derivation",
    "a000000062020503": "javacardx.security.util",
    "a000000062020801": "javacardx.framework.util",
    "a00000006202080101": "javacardx.framework.util.intx",
    "a000000062020802": "javacardx.framework.math",
    "a000000062020803": "javacardx.framework.tlv",
    "a000000062020804": "javacardx.framework.string",
    "a000000062020805": "javacardx.framework.event",
    "a000000062020806": "javacardx.framework.nio",
    "a000000062020807": "javacardx.framework.time",
    "a0000000620209": "javacardx.apdu",
    "a000000062020901": "javacardx.apdu.util",
    "a0000000871005ffffffff8913100000": "uicc.usim.access",
    "a0000000871005ffffffff8913200000": "uicc.usim.toolkit",
    "a0000000871005ffffffff8913300000": "uicc.usim.geolocation",
    "a0000000871005ffffffff8913400000": "uicc.usim.suci",
    "a0000000871005ffffffff8914100000": "uicc.isim.access",
    "a00000015100": "org.globalplatform",
    "a00000015102": "org.globalplatform.contactless",
    "a00000015103": "org.globalplatform.securechannel",
    "a00000015104": "org.globalplatform.securechannel.provider",
    "a00000015105": "org.globalplatform.privacy",
    "a00000015106": "org.globalplatform.filesystem",
    "a00000015107": "org.globalplatform.upgrade",
}


def package_name(aid: bytes) -> str:
    """The name of a package, or the digits of its AID where it is none of the known."""
    return _NAMES.get(aid.hex(), aid.hex().upper())
