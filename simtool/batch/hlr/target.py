"""Where to deliver: `osmo-hlr://HOST[:CTRL-PORT][?gsup=PORT&vty=PORT]`."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from simtool.batch.hlr.ctrl import CTRL_PORT, VTY_PORT
from simtool.batch.hlr.gsup import GSUP_PORT
from simtool.errors import InputError, RefusedError

SCHEME = "osmo-hlr"
FORM = "osmo-hlr://HOST[:CTRL-PORT][?gsup=PORT&vty=PORT]"


@dataclass(frozen=True, slots=True)
class Target:
    """One OsmoHLR and its three ports."""

    host: str
    ctrl: int = CTRL_PORT
    gsup: int = GSUP_PORT
    vty: int = VTY_PORT

    @classmethod
    def parse(cls, text: str) -> Target:
        """Raises `InputError` when this names no HLR."""
        wrong = InputError(f"{text!r} names no core network", hint=f"give {FORM}")
        try:
            parts = urlsplit(text)
            port = parts.port
            pairs = parse_qs(parts.query, strict_parsing=True) if parts.query else {}
            options = {name: int(values[-1]) for name, values in pairs.items()}
        except ValueError:
            raise wrong from None
        if parts.scheme != SCHEME or not parts.hostname or parts.path.strip("/") or parts.username:
            raise wrong
        if set(options) - {"gsup", "vty"} or not all(0 < value < 65536 for value in options.values()):
            raise wrong
        return cls(parts.hostname, port or CTRL_PORT, options.get("gsup", GSUP_PORT), options.get("vty", VTY_PORT))

    @property
    def is_local(self) -> bool:
        """True when nothing leaves this computer."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    def require_trust(self, *, trusted: bool) -> None:
        """CTRL carries keys in the clear: raises `RefusedError` for another computer unless the way is trusted."""
        if not self.is_local and not trusted:
            raise RefusedError(
                f"the way to {self.host} is not encrypted and would carry every Ki",
                hint="use an ssh tunnel or VPN to a loopback address, or say --trust-network when the network is yours",
            )

    def __str__(self) -> str:
        return f"{SCHEME}://{self.host}:{self.ctrl}"
