"""Access rules as a person writes them: a YAML list to the rules of `simtool.codec.se_access`.

::

    rules:
      - {certificate: app.apk}                       # SHA-256 of its signer; carrier privileges
      - {certificate: signer.pem, hash: sha1, package: net.mvno.app}
      - {device_app: HEX, aid: A000000151, apdu: always, nfc: never}
      - {aid: A000000151, apdu: ['80CA0000:FFFF0000']}   # header:mask, for applications of any signer
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator

from simtool.codec.se_access import ALL_APPLICATIONS, CARRIER_PRIVILEGES, AccessRule, ApduFilter
from simtool.errors import CodecError, EncodeError, InputError
from simtool.gp.certificates import HashKind, SignerCertificate, read_certificates
from simtool.perso.sections.fields import parse_hex
from simtool.perso.source import Section, check, read_yaml

ALWAYS, NEVER = "always", "never"


def load_rules(path: Path) -> tuple[AccessRule, ...]:
    """Every rule of a file; one for each signer of an APK. Raises `InputError` with file, line, field and reason."""
    source = read_yaml(path)
    rules: list[AccessRule] = []
    for number, form in enumerate(check(source, _RulesForm).rules):
        try:
            rules += form.value(path.parent)
        except EncodeError as error:
            where = ("rules", number)
            raise InputError(str(error), place=source.place(where), field=f"rules.{number}") from None
    return tuple(rules)


def load_certificates(path: Path) -> tuple[SignerCertificate, ...]:
    """The signers in an APK, PEM or DER file. Raises `InputError`."""
    try:
        return read_certificates(path.read_bytes())
    except OSError as error:
        raise InputError(error.strerror or str(error), place=str(path)) from error
    except CodecError as error:
        raise InputError(str(error), place=str(path), hint="give a signed APK, or its signer's certificate") from error


def rules_for(
    device_apps: tuple[bytes, ...],
    *,
    aid: bytes | None = ALL_APPLICATIONS,
    package: str = "",
    apdu: bool | tuple[ApduFilter, ...] | None = None,
    nfc: bool | None = None,
    carrier: bool = False,
) -> tuple[AccessRule, ...]:
    """One rule for each signer; carrier privileges where nothing else is granted or denied.

    Raises `EncodeError` for carrier privileges without a signer: every application would have them.
    """
    permissions = CARRIER_PRIVILEGES if carrier or (apdu is None and nfc is None) else b""
    if permissions and b"" in device_apps:
        raise EncodeError("carrier privileges need a certificate: without one every application would have them")
    return tuple(AccessRule(aid, app, package, apdu, nfc, permissions) for app in device_apps)


def parse_apdu(texts: tuple[str, ...]) -> bool | tuple[ApduFilter, ...] | None:
    """`always`, `never`, or filters as header:mask. Raises `EncodeError`."""
    if not texts:
        return None
    if texts in ((ALWAYS,), (NEVER,)):
        return texts == (ALWAYS,)
    filters = []
    for text in texts:
        header, colon, mask = text.partition(":")
        if not colon:
            raise EncodeError("an APDU rule is always, never, or HEADER:MASK with four bytes each")
        filters.append(ApduFilter(parse_hex(header), parse_hex(mask)))
    return tuple(filters)


class _RuleForm(Section):
    certificate: str | None = None
    hash: HashKind = HashKind.SHA256
    device_app: Annotated[bytes, BeforeValidator(parse_hex)] | None = None
    aid: Annotated[bytes, BeforeValidator(parse_hex)] = ALL_APPLICATIONS
    package: str = ""
    apdu: list[str] | str = []
    nfc: Literal["always", "never"] | None = None
    carrier_privileges: bool = False

    def value(self, folder: Path) -> tuple[AccessRule, ...]:
        if self.certificate is not None and self.device_app is not None:
            raise EncodeError("a rule has a certificate or a device_app, not both")
        if self.certificate is not None:
            apps = tuple(one.digest(self.hash) for one in load_certificates(folder / self.certificate))
        else:
            apps = (self.device_app or b"",)
        apdu = parse_apdu((self.apdu,) if isinstance(self.apdu, str) else tuple(self.apdu))
        nfc = None if self.nfc is None else self.nfc == ALWAYS
        return rules_for(apps, aid=self.aid, package=self.package, apdu=apdu, nfc=nfc, carrier=self.carrier_privileges)


class _RulesForm(Section):
    rules: list[_RuleForm]
