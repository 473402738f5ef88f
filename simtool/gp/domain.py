"""A security domain from the terminal's side: finding it, asking it, and its commands for card content.

GlobalPlatform Card Specification 2.3 §11. Works over any `ApduLink`; where the card wants a secure channel, over a
`SecureLink`. Keys (PUT KEY) are in `simtool.gp.keys`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from simtool.card.processors import ApduLink
from simtool.codec import tlv
from simtool.codec.apdu import SHORT_LC_MAX, SHORT_LE_MAX, CommandApdu
from simtool.codec.globalplatform import (
    NO_PRIVILEGES,
    TAG_AID,
    TAG_CARD_DATA,
    TAG_CPLC,
    TAG_KEY_INFORMATION,
    TAG_SEQUENCE_COUNTER,
    CardRecognition,
    KeyInformation,
    Privilege,
    RegistryEntry,
    Scope,
    checked_aid,
    decode_cplc,
    decode_key_information,
    decode_registry,
    decode_registry_legacy,
)
from simtool.codec.install import (
    LAST_BLOCK,
    DapBlock,
    DataEncryption,
    DataStructure,
    ForExtradition,
    ForInstall,
    ForLoad,
    ForPersonalization,
    ForRegistryUpdate,
    InstallFor,
    blocks,
    delete_key,
    delete_object,
    load_file_bytes,
)
from simtool.errors import CardError, DecodeError, StatusError
from simtool.gp.secure_channel import room_of
from simtool.gp.transact import (
    CLA_GP,
    INS_DELETE,
    INS_GET_DATA,
    INS_GET_STATUS,
    INS_INSTALL,
    INS_LOAD,
    INS_SELECT,
    INS_SET_STATUS,
    INS_STORE_DATA,
    SW_NOT_FOUND,
    transact,
    transact_in_parts,
)

ISD_AIDS = (bytes.fromhex("a000000151000000"), bytes.fromhex("a000000003000000"), bytes.fromhex("a0000001510000"))
"""Of GlobalPlatform, of Visa's older cards, and the first without its last byte."""
SSD_PACKAGE = bytes.fromhex("a0000001515350")
SSD_MODULE = bytes.fromhex("a000000151535041")
"""The load file and module that security domains are made from on most products."""
EMPTY_PARAMETERS = b"\xc9\x00"
_SW_NOT_HERE = (0x6A82, 0x6A81, 0x6A86, 0x6D00, 0x6E00, 0x6999)
_SW_MORE = 0x6310
_SW_WRONG_P = 0x6A86
_FIRST, _NEXT = 0x00, 0x01
_TLV_FORMAT = 0x02
_WITH_RELATED = 0x80
_TAG_FCI = 0x6F
_TAG_DF_NAME = 0x84
_MAX_PAGES = 256

Progress = Callable[[int, int], None]
"""Called with blocks done and blocks in all."""
INSTALL_AND_SELECTABLE = InstallFor.INSTALL | InstallFor.MAKE_SELECTABLE


@dataclass(frozen=True, slots=True)
class Registry:
    """What GET STATUS told, by scope. `isd` is None where the card does not show it."""

    isd: RegistryEntry | None
    applications: tuple[RegistryEntry, ...]
    load_files: tuple[RegistryEntry, ...]

    def application(self, aid: bytes) -> RegistryEntry | None:
        return next((entry for entry in self.applications if entry.aid == aid), None)

    def load_file(self, aid: bytes) -> RegistryEntry | None:
        return next((entry for entry in self.load_files if entry.aid == aid), None)

    def instances_of(self, load_file: RegistryEntry) -> tuple[RegistryEntry, ...]:
        """Applications made from a load file, as far as the card tells (tag C4)."""
        return tuple(entry for entry in self.applications if entry.load_file == load_file.aid)


def select_domain(link: ApduLink, aid: bytes | None = None) -> bytes:
    """SELECT a security domain by AID, or find the issuer's: by its known names, then as what is selected by default.

    Returns its AID as the card gives it (84 in the FCI). Raises `StatusError` when there is none, and a card that is
    locked answers with a warning and passes.
    """
    candidates = (aid,) if aid is not None else (*ISD_AIDS, b"")
    last: StatusError | None = None
    for candidate in candidates:
        le = SHORT_LE_MAX
        command = CommandApdu(0x00, INS_SELECT, 0x04, 0x00, candidate, le)
        try:
            answer = transact(link, command, what=f"security domain {candidate.hex().upper() or '(default)'}")
        except StatusError as error:
            if error.sw not in _SW_NOT_HERE:
                raise
            last = error
            continue
        return _name_in(answer.data) or candidate
    raise last or CardError("no security domain answers")


def _name_in(fci: bytes) -> bytes:
    try:
        parts = tlv.parse(fci)
        inner = tlv.first(parts, _TAG_FCI)
        return tlv.first(tlv.parse(inner) if inner is not None else parts, _TAG_DF_NAME) or b""
    except DecodeError:
        return b""


class SecurityDomain:
    """The selected security domain. `limit`: most bytes of plain data in one command; cards may want fewer.

    Errors: `StatusError` with the command, the object, the status word in words and the next safe step.
    """

    def __init__(self, link: ApduLink, *, limit: int = SHORT_LC_MAX) -> None:
        self.link = link
        self._limit = limit

    @property
    def block_size(self) -> int:
        """Bytes of data that one LOAD or STORE DATA can bring: what card and secure channel leave."""
        return min(self._limit, room_of(self.link))

    # Asking

    def get_data(self, tag: int, *, what: str = "") -> bytes:
        """GET DATA (§11.3): the whole object as the card gives it."""
        command = CommandApdu(CLA_GP, INS_GET_DATA, tag >> 8, tag & 0xFF, le=SHORT_LE_MAX)
        return transact(self.link, command, what=what or f"object {tag:02X}").data

    def key_information(self) -> tuple[KeyInformation, ...]:
        """The keys that the security domain has (tag E0)."""
        return decode_key_information(self.get_data(TAG_KEY_INFORMATION, what="the key information"))

    def production_data(self) -> tuple[tuple[str, bytes], ...]:
        """CPLC (tag 9F7F) as names and values."""
        return decode_cplc(self.get_data(TAG_CPLC, what="the production data"))

    def card_recognition(self) -> CardRecognition:
        """What the card claims to be (tag 66)."""
        return CardRecognition.decode(self.get_data(TAG_CARD_DATA, what="the card recognition data"))

    def sequence_counter(self) -> bytes:
        """Sequence counter of the default key version (tag C1), 2 bytes for SCP02."""
        data = self.get_data(TAG_SEQUENCE_COUNTER, what="the sequence counter")
        found = tlv.first(tlv.parse(data), TAG_SEQUENCE_COUNTER) if data[:1] == b"\xc1" and len(data) > 2 else data
        return found or b""

    def get_status(self, scope: Scope, *, aid: bytes = b"") -> tuple[RegistryEntry, ...]:
        """GET STATUS (§11.4), all pages; those whose AID begins with `aid`. Cards without the TLV format are asked
        in the old one. Nothing found is an empty answer, not an error."""
        try:
            return decode_registry(self._pages(scope, aid, _TLV_FORMAT))
        except StatusError as error:
            if error.sw != _SW_WRONG_P:
                raise
        raw = self._pages(scope, aid, 0)
        return decode_registry_legacy(raw, modules=scope is Scope.LOAD_FILES_AND_MODULES)

    def _pages(self, scope: Scope, aid: bytes, form: int) -> bytes:
        data = tlv.encode(TAG_AID, aid)
        found = b""
        for page in range(_MAX_PAGES):
            p2 = form | (_NEXT if page else _FIRST)
            command = CommandApdu(CLA_GP, INS_GET_STATUS, scope, p2, data, SHORT_LE_MAX)
            answer = transact(self.link, command, what=scope.name.lower().replace("_", " "), accept=(SW_NOT_FOUND,))
            found += answer.data
            if answer.sw != _SW_MORE:
                return found
        raise CardError(f"GET STATUS: the card never ends its list of {scope.name.lower()}")

    def registry(self) -> Registry:
        """Everything on the card that this security domain sees."""
        isd = self.get_status(Scope.ISSUER_SECURITY_DOMAIN)
        applications = self.get_status(Scope.APPLICATIONS)
        try:
            files = self.get_status(Scope.LOAD_FILES_AND_MODULES)
        except StatusError as error:
            if error.sw != _SW_WRONG_P:
                raise
            files = self.get_status(Scope.LOAD_FILES)
        return Registry(isd[0] if isd else None, applications, files)

    # Content

    def install_for_load(self, request: ForLoad) -> bytes:
        """INSTALL [for load]. Returns the card's confirmation (empty or 00 without receipt)."""
        return self._install(InstallFor.LOAD, request.encode(), request.load_file)

    def load(
        self, data_block: bytes, *, daps: tuple[DapBlock, ...] = (), aid: bytes = b"", progress: Progress | None = None
    ) -> bytes:
        """LOAD, block by block (§11.6). Returns the card's confirmation. Raises `EncodeError` over 256 blocks."""
        whole = load_file_bytes(data_block, daps)
        pieces = list(blocks(whole, self.block_size))
        confirmation = b""
        for number, piece, last in pieces:
            command = CommandApdu(
                CLA_GP, INS_LOAD, LAST_BLOCK if last else 0, number, piece, SHORT_LE_MAX if last else None
            )
            confirmation = transact(self.link, command, what=f"{aid.hex().upper()}, block {number + 1}").data
            if progress:
                progress(number + 1, len(pieces))
        return confirmation

    def install(self, request: ForInstall, *, selectable: bool = True) -> bytes:
        """INSTALL [for install], and [for make selectable] in the same command unless told otherwise."""
        kind = INSTALL_AND_SELECTABLE if selectable else InstallFor.INSTALL
        return self._install(kind, request.encode(), request.instance)

    def make_selectable(
        self, instance: bytes, *, privileges: Privilege = NO_PRIVILEGES, parameters: bytes = b"", token: bytes = b""
    ) -> bytes:
        """INSTALL [for make selectable] of what is installed already."""
        request = ForInstall(b"", b"", instance, privileges, parameters, token)
        return self._install(InstallFor.MAKE_SELECTABLE, request.encode(), instance)

    def extradite(self, application: bytes, to: bytes, *, token: bytes = b"") -> bytes:
        """INSTALL [for extradition]: the application belongs to another security domain then."""
        request = ForExtradition(to, application, token=token)
        return self._install(InstallFor.EXTRADITION, request.encode(), application)

    def update_registry(self, request: ForRegistryUpdate) -> bytes:
        """INSTALL [for registry update]: other privileges, other security domain."""
        return self._install(InstallFor.REGISTRY_UPDATE, request.encode(), request.application)

    def personalize(
        self,
        application: bytes,
        data: bytes,
        *,
        structure: DataStructure = DataStructure.NONE,
        encryption: DataEncryption = DataEncryption.NONE,
    ) -> bytes:
        """INSTALL [for personalization], then STORE DATA that the security domain hands to the application."""
        self._install(InstallFor.PERSONALIZATION, ForPersonalization(application).encode(), application)
        return self.store_data(data, structure=structure, encryption=encryption, what=application.hex().upper())

    def create_domain(
        self,
        instance: bytes,
        *,
        privileges: Privilege = NO_PRIVILEGES,
        parameters: bytes = b"",
        load_file: bytes = SSD_PACKAGE,
        module: bytes = SSD_MODULE,
    ) -> bytes:
        """A supplementary security domain under this one; it has no keys until PUT KEY gives it some."""
        own = privileges | Privilege.SECURITY_DOMAIN
        return self.install(ForInstall(load_file, module, instance, own, parameters or EMPTY_PARAMETERS))

    def _install(self, kind: InstallFor, data: bytes, aid: bytes) -> bytes:
        command = CommandApdu(CLA_GP, INS_INSTALL, kind, 0, data, SHORT_LE_MAX)
        return transact_in_parts(self.link, command, room_of(self.link), what=aid.hex().upper()).data

    def store_data(
        self,
        data: bytes,
        *,
        structure: DataStructure = DataStructure.NONE,
        encryption: DataEncryption = DataEncryption.NONE,
        what: str = "",
        secret: bool = False,
        answer: bool = False,
    ) -> bytes:
        """STORE DATA, chained over as many blocks as needed (§11.11). Returns the last answer, if one is wanted."""
        reply = b""
        for number, piece, last in blocks(data, self.block_size):
            p1 = (LAST_BLOCK if last else 0) | structure | encryption | (1 if answer else 0)
            le = SHORT_LE_MAX if answer else None
            command = CommandApdu(CLA_GP, INS_STORE_DATA, p1, number, piece, le)
            reply = transact(self.link, command, what=what or f"block {number + 1}", secret=secret).data
        return reply

    def delete(self, aid: bytes, *, related: bool = False, token: bytes = b"") -> bytes:
        """DELETE an application or load file; `related` takes the instances of a load file with it (§11.2)."""
        command = CommandApdu(
            CLA_GP, INS_DELETE, 0, _WITH_RELATED if related else 0, delete_object(checked_aid(aid), token), SHORT_LE_MAX
        )
        return transact_in_parts(self.link, command, room_of(self.link), what=aid.hex().upper()).data

    def delete_keys(self, *, version: int, identifier: int | None = None) -> None:
        """DELETE all keys of a version, or one of them. There is no way back."""
        data = delete_key(identifier=identifier, version=version)
        transact(
            self.link, CommandApdu(CLA_GP, INS_DELETE, 0, 0, data, SHORT_LE_MAX), what=f"key version {version:02X}"
        )

    def set_status(self, scope: Scope, state: int, aid: bytes = b"") -> None:
        """SET STATUS (§11.10): `ISSUER_SECURITY_DOMAIN` means the card itself. TERMINATED has no way back."""
        what = aid.hex().upper() or "the card"
        transact(self.link, CommandApdu(CLA_GP, INS_SET_STATUS, scope, state, aid), what=what)

    def lock(self, aid: bytes) -> None:
        """Lock an application: it cannot be selected until it is unlocked."""
        self.set_status(Scope.APPLICATIONS, 0x80, checked_aid(aid))

    def unlock(self, aid: bytes) -> None:
        """Back to the state before locking (the card keeps it; §5.3.1.4)."""
        self.set_status(Scope.APPLICATIONS, 0x00, checked_aid(aid))
