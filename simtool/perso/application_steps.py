"""Steps about what runs on a card: the secure channel, packages and applets, access rules. They change no file."""

from __future__ import annotations

from dataclasses import dataclass, field

from simtool.codec.se_access import AccessRule
from simtool.crypto.key_set import KeySet
from simtool.gp.content import ContentStep, Deletion, Installation, Loading
from simtool.perso.image import Unit

SHOWN = 16  # hex digits of a certificate's digest


@dataclass(frozen=True, slots=True)
class _OutsideFiles:
    """What no file that could be read back holds."""

    @property
    def units(self) -> tuple[Unit, ...]:
        return ()


@dataclass(frozen=True, slots=True)
class OpenChannel(_OutsideFiles):
    """Prove the right to manage applications: a secure channel to the issuer security domain `aid`.

    `options` is i of the protocol, as the card told it (None: it did not).
    """

    keys: KeySet
    aid: bytes
    options: int | None
    origin: str = ""

    @property
    def place(self) -> str:
        return "issuer security domain"

    @property
    def action(self) -> str:
        return f"open a secure channel with key set {self.keys.version} ({self.keys.version:02X})"


@dataclass(frozen=True, slots=True)
class ManageContent(_OutsideFiles):
    """DELETE, INSTALL and LOAD, or INSTALL of a package or an applet (`simtool.gp.content`)."""

    content: ContentStep = field(repr=False)
    origin: str

    @property
    def place(self) -> str:
        return self.content.aid.hex().upper()

    @property
    def action(self) -> str:
        return f"{self.content.kind.value}: {self.content.reason}"

    @property
    def sent(self) -> tuple[bytes, ...]:
        """What tells this step from others: for fingerprints."""
        name = self.content.kind.value.encode()
        match self.content:
            case Loading(package=package):
                return name, self.content.aid, package.cap.digest
            case Installation(package=package, applet=applet):
                privileges = int(applet.privileges).to_bytes(4)
                aids = (package.cap.package.aid, applet.module, applet.instance)
                return name, *aids, privileges, applet.parameters, applet.personalization
            case Deletion(aid=aid):
                return name, aid


@dataclass(frozen=True, slots=True)
class AddAccessRule(_OutsideFiles):
    """STORE DATA of a rule for the ARA-M: through the security domain, or `direct` on cards that let anybody."""

    rule: AccessRule
    direct: bool
    origin: str

    @property
    def place(self) -> str:
        return "access rules"

    @property
    def action(self) -> str:
        signer = self.rule.device_app.hex()[:SHOWN]
        return f"carrier privileges for {self.rule.package or 'every app'} signed by {signer}…"


ApplicationWrite = ManageContent | AddAccessRule
ApplicationStep = OpenChannel | ApplicationWrite
