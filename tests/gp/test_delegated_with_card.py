"""Security domains of others on the software card: load file signatures, tokens and receipts, end to end.

The terminal signs and the card verifies, each by its own reading of the specification (GPCS §9.2, §B.3, Annex C).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from simtool.card.session import Session
from simtool.codec.globalplatform import Privilege
from simtool.codec.install import DapBlock, ForExtradition, ForInstall, ForLoad, InstallFor
from simtool.crypto.key_set import KeyCipher, KeySet
from simtool.crypto.secret import Secret
from simtool.errors import AuthenticationError, StatusError
from simtool.gp.content import apply_content, plan_content
from simtool.gp.delegated import Receipt, dap_block, delete_token, load_file_digest, with_token
from simtool.gp.domain import INSTALL_AND_SELECTABLE, SecurityDomain, select_domain
from simtool.gp.keys import put_keys, put_rsa_key, put_single_key
from simtool.gp.levels import SecurityLevel
from simtool.gp.secure_channel import ForgetfulMemory, SecureLink, open_channel
from simtool.softcard import SoftCard
from tests.gp.test_with_card import (
    AES,
    BASE,
    CAP,
    INSTANCE,
    MODULE,
    PACKAGE,
    SSD,
    entered,
    issuer,
    model,
    powered,
    wish,
)

SHORT = rsa.generate_private_key(65537, 1024)  # noqa: S505 - what older cards hold
LONG = rsa.generate_private_key(65537, 2048)
OWN = KeySet(0x32, KeyCipher.AES, *(Secret(bytes((n,)) * 16) for n in (1, 2, 3)))
OTHER_DOMAIN = bytes.fromhex("d07002ca4f000002")
BLOCK = CAP.load_file_data_block()
TOKEN_VERSION, RECEIPT_VERSION, DAP_VERSION = 0x70, 0x71, 0x73
WHOLE = SecurityLevel(0x33)


def put_public(domain: SecurityDomain, version: int, key: RSAPrivateKey) -> None:
    numbers = key.public_key().public_numbers()
    put_rsa_key(domain.link, version, 1, numbers.n, numbers.e)


def domain_with_keys(session: Session, privileges: Privilege, level: SecurityLevel = WHOLE) -> SecurityDomain:
    """A new domain with keys of its own, opened with them; the issuer's has to be selected and open."""
    entered(session).create_domain(SSD, privileges=privileges)
    select_domain(session, SSD)
    put_keys(open_channel(session, AES, memory=ForgetfulMemory()), OWN)
    select_domain(session, SSD)
    return SecurityDomain(open_channel(session, OWN, memory=ForgetfulMemory(), level=level))


# Keys that are longer than a command


@pytest.mark.parametrize("level", [0x01, 0x03, 0x33])
def test_a_public_key_of_2048_bits(level: int) -> None:
    """It comes in two PUT KEY commands, and the card tells its length (§11.8.2.1, §11.3.3.1)."""
    with issuer(level=level) as domain:
        put_public(domain, DAP_VERSION, LONG)
        components = {key.version: key.components for key in domain.key_information()}
        assert components[DAP_VERSION] == ((0xA1, 256), (0xA0, 3))


# Load file signatures (DAP)

Signer = Callable[[bytes], DapBlock]
SIGNERS: dict[str, Signer] = {
    "rsa1024": lambda digest: dap_block(SSD, digest, SHORT),
    "rsa2048": lambda digest: dap_block(SSD, digest, LONG),
    "aes": lambda digest: dap_block(SSD, digest, BASE, KeyCipher.AES),
    "des": lambda digest: dap_block(SSD, digest, BASE),
}


def put_dap_key(domain: SecurityDomain, kind: str) -> None:
    if kind.startswith("rsa"):
        put_public(domain, DAP_VERSION, SHORT if kind == "rsa1024" else LONG)
    else:
        assert isinstance(domain.link, SecureLink)
        put_single_key(domain.link, DAP_VERSION, 1, BASE, KeyCipher(kind))


@pytest.mark.parametrize("kind", SIGNERS)
@pytest.mark.parametrize("mandated", [False, True], ids=["own", "mandated"])
def test_dap(kind: str, *, mandated: bool) -> None:
    """A domain with DAP verification: without a signature, with another's, or over something else nothing is loaded.

    Where it is mandated, what the issuer loads is verified too (§9.2.1).
    """
    privileges = Privilege.DAP_VERIFICATION | Privilege.AUTHORIZED_MANAGEMENT
    if mandated:
        privileges |= Privilege.MANDATED_DAP_VERIFICATION
    with powered(SoftCard.new(model())) as session:
        domain = domain_with_keys(session, privileges)
        put_dap_key(domain, kind)
        if mandated:
            domain = entered(session)
        digest = load_file_digest(BLOCK)
        right = SIGNERS[kind](digest)
        flipped = replace(right, signature=right.signature[:-1] + bytes((right.signature[-1] ^ 1,)))
        refused = {
            "missing": (digest, ()),
            "missing, and no hash": (b"", ()),
            "wrong": (digest, (flipped,)),
            "over another file": (digest, (SIGNERS[kind](load_file_digest(BLOCK + b"\x00")),)),
            "of another domain": (digest, (replace(right, security_domain=OTHER_DOMAIN),)),
            "right, but no hash": (b"", (right,)),
        }
        for why, (announced, daps) in refused.items():
            domain.install_for_load(ForLoad(PACKAGE, digest=announced))
            with pytest.raises(StatusError) as caught:
                domain.load(BLOCK, daps=daps, aid=PACKAGE)
            assert caught.value.sw == 0x6985, why
            assert domain.registry().load_file(PACKAGE) is None, why
        domain.install_for_load(ForLoad(PACKAGE, digest=digest))
        domain.load(BLOCK, daps=(right,), aid=PACKAGE)
        assert domain.registry().load_file(PACKAGE) is not None
        domain.install(ForInstall(PACKAGE, MODULE, INSTANCE, parameters=b"\xc9\x00"))


def test_a_signature_of_the_other_scheme_is_not_taken() -> None:
    """The key's length alone says how it signs (§B.3)."""
    with powered(SoftCard.new(model())) as session:
        domain = domain_with_keys(session, Privilege.DAP_VERIFICATION | Privilege.AUTHORIZED_MANAGEMENT)
        put_public(domain, DAP_VERSION, LONG)
        digest = load_file_digest(BLOCK)
        signature = LONG.sign(digest, padding.PKCS1v15(), hashes.SHA256())
        domain.install_for_load(ForLoad(PACKAGE, digest=digest))
        with pytest.raises(StatusError):
            domain.load(BLOCK, daps=(DapBlock(SSD, signature),), aid=PACKAGE)


# Delegated management


def receipt_of(confirmation: bytes) -> Receipt:
    receipt = Receipt.decode(confirmation)
    assert receipt is not None
    return receipt


@pytest.mark.parametrize("cipher", [KeyCipher.AES, KeyCipher.DES], ids=["aes", "des"])
@pytest.mark.parametrize("key", [SHORT, LONG], ids=["1024", "2048"])
def test_every_step_of_a_delegated_domain(key: RSAPrivateKey, cipher: KeyCipher) -> None:
    """Load, install, extradite, delete: each with a token of the issuer's only, each with a receipt (§C.4, §C.5)."""
    stranger = rsa.generate_private_key(65537, key.key_size)
    with powered(SoftCard.new(model())) as session:
        domain = entered(session)
        put_public(domain, TOKEN_VERSION, key)
        assert isinstance(domain.link, SecureLink)
        put_single_key(domain.link, RECEIPT_VERSION, 1, BASE, cipher)
        domain.create_domain(OTHER_DOMAIN)
        delegated = domain_with_keys(session, Privilege.DELEGATED_MANAGEMENT, SecurityLevel(0x03))

        for_load = ForLoad(PACKAGE, SSD, load_file_digest(BLOCK))
        for_install = ForInstall(PACKAGE, MODULE, INSTANCE, parameters=b"\xc9\x00")
        loading = with_token(for_load, InstallFor.LOAD, key)
        false = (
            for_load,
            with_token(for_load, InstallFor.LOAD, stranger),
            replace(loading, digest=load_file_digest(BLOCK + b"\x00")),
            replace(for_load, token=with_token(for_load, InstallFor.INSTALL, key).token),
        )
        for one in false:
            with pytest.raises(StatusError) as caught:
                delegated.install_for_load(one)
            assert caught.value.sw == 0x6982
        delegated.install_for_load(loading)
        receipts = [(receipt_of(delegated.load(BLOCK, aid=PACKAGE)), (PACKAGE, SSD))]

        with pytest.raises(StatusError):
            delegated.install(for_install)
        confirmation = delegated.install(with_token(for_install, INSTALL_AND_SELECTABLE, key))
        receipts.append((receipt_of(confirmation), (PACKAGE, INSTANCE)))

        with pytest.raises(StatusError):
            delegated.extradite(INSTANCE, OTHER_DOMAIN)
        token = with_token(ForExtradition(OTHER_DOMAIN, INSTANCE), InstallFor.EXTRADITION, key).token
        confirmation = delegated.extradite(INSTANCE, OTHER_DOMAIN, token=token)
        receipts.append((receipt_of(confirmation), (SSD, INSTANCE, OTHER_DOMAIN)))
        moved = entered(session).registry().application(INSTANCE)
        assert moved is not None and moved.security_domain == OTHER_DOMAIN

        select_domain(session, SSD)
        delegated = SecurityDomain(open_channel(session, OWN, memory=ForgetfulMemory()))
        with pytest.raises(StatusError):
            delegated.delete(INSTANCE, token=delete_token(INSTANCE, key))  # it is another domain's now
        entered(session).delete(INSTANCE)
        select_domain(session, SSD)
        delegated = SecurityDomain(open_channel(session, OWN, memory=ForgetfulMemory()))
        with pytest.raises(StatusError):
            delegated.delete(PACKAGE, token=delete_token(INSTANCE, key))
        receipts.append((receipt_of(delegated.delete(PACKAGE, token=delete_token(PACKAGE, key))), (PACKAGE,)))

        assert [receipt.counter for receipt, _ in receipts] == [1, 2, 3, 4]
        for receipt, aids in receipts:
            receipt.verify(aids, BASE, cipher)
            with pytest.raises(AuthenticationError):
                replace(receipt, counter=receipt.counter + 1).verify(aids, BASE, cipher)


def test_a_domain_without_any_right_manages_nothing() -> None:
    with powered(SoftCard.new(model())) as session:
        domain = domain_with_keys(session, Privilege(0))
        with pytest.raises(StatusError) as caught:
            domain.install_for_load(ForLoad(PACKAGE))
        assert caught.value.sw == 0x6985


def test_a_domain_that_manages_its_own_content() -> None:
    """Authorised management needs no token; the applet belongs to the domain, and goes with it (§9.1, §11.2)."""
    with powered(SoftCard.new(model())) as session:
        domain = domain_with_keys(session, Privilege.AUTHORIZED_MANAGEMENT)
        apply_content(plan_content((wish(),), domain.registry()), domain)
        entry = domain.registry().application(INSTANCE)
        assert entry is not None and entry.security_domain == SSD
        above = entered(session)
        with pytest.raises(StatusError) as caught:
            above.delete(SSD)
        assert caught.value.sw == 0x6985
        above.delete(SSD, related=True)
        registry = above.registry()
        assert registry.application(SSD) is None and registry.application(INSTANCE) is None
