"""The terminal's side against the software card, which was written from the specification by itself.

Every command, both secure channels, every level; then everything that goes wrong, and that the same wish completes it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from simtool.card.session import Session
from simtool.card.transport import EndpointTransport
from simtool.codec.apdu import CommandApdu, ResponseApdu
from simtool.codec.cap import ComponentTag, read_cap
from simtool.codec.globalplatform import LifeCycle, Privilege, Scope
from simtool.codec.install import ForInstall, ForLoad, ForRegistryUpdate
from simtool.codec.install_parameters import InstallParameters, ToolkitParameters
from simtool.codec.se_access import CARRIER_PRIVILEGES, AccessRule
from simtool.crypto.key_set import KeyCipher, KeySet
from simtool.crypto.scp03 import MacMode
from simtool.crypto.secret import Secret
from simtool.errors import CardRemovedError, RefusedError, StatusError
from simtool.files.global_platform import ChannelSpec
from simtool.files.product import CardModel, load
from simtool.gp.access_rules import RuleStore, compare, read_rules
from simtool.gp.content import ContentOptions, WantedApplet, WantedPackage, apply_content, plan_content
from simtool.gp.domain import SecurityDomain, select_domain
from simtool.gp.keys import put_keys, put_ota_keys
from simtool.gp.levels import SecurityLevel
from simtool.gp.secure_channel import ForgetfulMemory, SecureLink, open_channel, open_implicit
from simtool.softcard import SoftCard
from tests.gp.channels import NotedMemory
from tests.gp.registry_model import ModelDomain
from tests.harness.cap_builder import FRAMEWORK, JAVA_LANG, UICC_TOOLKIT, CapPlan, component
from tests.harness.vpcd import seated

BASE = Secret.from_hex("404142434445464748494a4b4c4d4e4f")
DES = KeySet(0x20, KeyCipher.DES, BASE, BASE, BASE)
AES = KeySet(0x30, KeyCipher.AES, BASE, BASE, BASE)
ISD = bytes.fromhex("a000000151000000")
SSD = bytes.fromhex("d07002ca4f000001")
MODULE, INSTANCE = bytes.fromhex("d07002ca440001"), bytes.fromhex("d07002ca440001aa")
PACKAGE = bytes.fromhex("d07002ca4400")
CAP = read_cap(CapPlan(filler=900).row())
C_MAC = SecurityLevel.C_MAC


def model(scp: int = 3, i: int = 0x70, **changes: object) -> CardModel:
    product = load("generic-usim")
    assert product.global_platform is not None
    versions = (range(0x20, 0x30),) if scp == 2 else (range(0x30, 0x40),)
    spec = replace(product.global_platform, secure_channels=(ChannelSpec(scp, i, versions),), **changes)  # type: ignore[arg-type]
    return replace(product, global_platform=spec)


def powered(card: SoftCard) -> Session:
    return Session.open(EndpointTransport(card, "soft:generic-usim"))


def entered(session: Session, *, keys: KeySet = AES, level: int = 0x01, i: int | None = None) -> SecurityDomain:
    aid = select_domain(session)
    link = open_channel(session, keys, level=SecurityLevel(level), memory=ForgetfulMemory(), options=i, aid=aid)
    return SecurityDomain(link)


@contextmanager
def issuer(product: CardModel | None = None, *, keys: KeySet = AES, level: int = 0x01) -> Iterator[SecurityDomain]:
    with powered(SoftCard.new(product or model())) as session:
        yield entered(session, keys=keys, level=level)


def wish(cap: bytes | None = None, *instances: bytes) -> WantedPackage:
    parsed = CAP if cap is None else read_cap(cap)
    return WantedPackage(parsed, tuple(WantedApplet(MODULE, one) for one in instances or (INSTANCE,)))


def everything(domain: SecurityDomain) -> None:
    """Load, install, look, lock, delete: what every channel and level has to carry."""
    apply_content(plan_content((wish(),), domain.registry()), domain)
    registry = domain.registry()
    assert registry.application(INSTANCE) is not None and registry.load_file(PACKAGE) is not None
    entry = registry.application(INSTANCE)
    assert entry is not None and entry.state == LifeCycle.SELECTABLE and entry.load_file in (b"", PACKAGE)
    assert plan_content((wish(),), registry) == ()
    domain.lock(INSTANCE)
    assert domain.get_status(Scope.APPLICATIONS, aid=INSTANCE)[0].state & LifeCycle.LOCKED
    domain.unlock(INSTANCE)
    assert domain.get_status(Scope.APPLICATIONS, aid=INSTANCE)[0].state == LifeCycle.SELECTABLE
    domain.delete(PACKAGE, related=True)
    assert domain.registry().application(INSTANCE) is None


# Channels


@pytest.mark.parametrize("level", [0x00, 0x01, 0x03, 0x10, 0x11, 0x13])
@pytest.mark.parametrize("i", [0x15, 0x55, 0x05, 0x45, 0x35, 0x75, 0x17])
def test_scp02(i: int, level: int) -> None:
    with powered(SoftCard.new(model(2, i))) as session:
        if level & 0x10 and not i & 0x20:
            with pytest.raises(StatusError):
                entered(session, keys=DES, level=level, i=i)
            return
        everything(entered(session, keys=DES, level=level, i=i))


@pytest.mark.parametrize("level", [0x00, 0x01, 0x03, 0x11, 0x13, 0x33])
@pytest.mark.parametrize("i", [0x00, 0x10, 0x20, 0x60, 0x70, 0x71, 0x01])
def test_scp03(i: int, level: int) -> None:
    needed = (0x20 if level & 0x10 else 0) | (0x40 if level & 0x20 else 0)
    with powered(SoftCard.new(model(3, i))) as session:
        if needed & ~i:
            with pytest.raises(RefusedError, match="does not offer"):
                entered(session, level=level, i=i)
            return
        domain = entered(session, level=level, i=i)
        assert isinstance(domain.link, SecureLink) and domain.link.channel.scp == 3
        assert getattr(domain.link.channel, "mode", None) is (MacMode.S16 if i & 1 else MacMode.S8)
        everything(domain)


@pytest.mark.parametrize("length", [16, 24, 32])
@pytest.mark.parametrize("level", [0x03, 0x33])
def test_scp03_with_longer_keys_that_put_key_brought(length: int, level: int) -> None:
    longer = KeySet(0x31, KeyCipher.AES, *(Secret(bytes(range(n, n + length))) for n in (1, 50, 100)))
    with powered(SoftCard.new(model())) as session:
        domain = entered(session)
        assert isinstance(domain.link, SecureLink)
        put_keys(domain.link, longer)
        everything(entered(session, keys=longer, level=level))


@pytest.mark.parametrize("i", [0x1A, 0x5A, 0x0A])
def test_scp02_opened_by_its_first_command(i: int) -> None:
    from simtool.gp.scp02 import Scp02Option

    with powered(SoftCard.new(model(2, i))) as session:
        aid = select_domain(session)
        counter = SecurityDomain(session).sequence_counter()
        link = open_implicit(session, DES, counter, aid, memory=ForgetfulMemory(), options=Scp02Option(i))
        everything(SecurityDomain(link))


def test_r_mac_session_of_scp02() -> None:
    """BEGIN and END R-MAC SESSION (§E.5.3, §E.5.4), with commands that bring data and such as do not, and again."""
    with powered(SoftCard.new(model(2, 0x35))) as session:
        domain = entered(session, keys=DES, i=0x35)
        assert isinstance(domain.link, SecureLink)
        assert domain.registry().isd is not None
        for challenge in (b"", b"\x01\x02\x03"):
            domain.link.begin_r_mac(challenge)
            assert domain.link.channel.level == 0x11
            assert domain.registry().isd is not None
            assert {key.version for key in domain.key_information()} >= {0x20}
            domain.link.end_r_mac()
            assert domain.link.channel.level == 0x01
            assert {key.version for key in domain.key_information()} >= {0x20}


@pytest.mark.parametrize("i", [0x3A, 0x2A])
def test_r_mac_session_of_a_channel_opened_by_its_first_command(i: int) -> None:
    """There the first R-MAC has a MAC over the AID for its ICV, by the key for R-MACs."""
    from simtool.gp.scp02 import Scp02Option

    with powered(SoftCard.new(model(2, i))) as session:
        aid = select_domain(session)
        counter = SecurityDomain(session).sequence_counter()
        link = open_implicit(session, DES, counter, aid, memory=ForgetfulMemory(), options=Scp02Option(i))
        link.begin_r_mac()
        domain = SecurityDomain(link)
        assert domain.registry().isd is not None
        assert domain.card_recognition().channels == ((2, i),)
        link.end_r_mac()


@pytest.mark.parametrize("level", [0x11, 0x13])
@pytest.mark.parametrize("product", [model(2, 0x75), model(2, 0x35), model()], ids=["scp02-75", "scp02-35", "scp03-70"])
def test_get_data_with_r_mac(product: CardModel, level: int) -> None:
    """GET DATA brings no data: an R-MAC of SCP02 covers Lc as 00 all the same (§E.4.5)."""
    spec = product.global_platform
    assert spec is not None
    channel = spec.secure_channels[0]
    with powered(SoftCard.new(product)) as session:
        domain = entered(session, keys=DES if channel.scp == 2 else AES, level=level, i=channel.i)
        assert domain.card_recognition().channels == ((channel.scp, channel.i),)
        assert len(domain.sequence_counter()) == (2 if channel.scp == 2 else 3)
        assert domain.key_information()
        assert domain.registry().isd is not None


def test_what_the_card_says_of_itself() -> None:
    with powered(SoftCard.new(model(2, 0x55))) as session:
        assert select_domain(session) == ISD
        domain = SecurityDomain(session)
        assert domain.card_recognition().channels == ((2, 0x55),)
        assert {key.version for key in domain.key_information()} >= {0x20}
        assert dict(domain.production_data())["ic_fabricator"].hex() == "4790"
        assert len(domain.sequence_counter()) == 2
        with pytest.raises(StatusError) as caught:
            domain.registry()
        assert "secure channel" in caught.value.hint


# Commands


def test_registry_update_and_extradition() -> None:
    with issuer() as domain:
        apply_content(plan_content((wish(),), domain.registry()), domain)
        domain.create_domain(SSD)
        entry = domain.registry().application(SSD)
        assert entry is not None and Privilege.SECURITY_DOMAIN in entry.privileges
        domain.extradite(INSTANCE, SSD)
        moved = domain.registry().application(INSTANCE)
        assert moved is not None and moved.security_domain == SSD
        domain.update_registry(ForRegistryUpdate(SSD, privileges=Privilege.SECURITY_DOMAIN | Privilege.TRUSTED_PATH))


def test_a_supplementary_domain_gets_its_own_keys() -> None:
    """INSTALL, then PUT KEY through the issuer's personalization; afterwards it opens with its own."""
    own = KeySet(0x32, KeyCipher.AES, *(Secret(bytes((n,)) * 16) for n in (1, 2, 3)))
    with powered(SoftCard.new(model())) as session:
        domain = entered(session)
        domain.create_domain(SSD)
        select_domain(session, SSD)
        link = open_channel(session, AES, memory=ForgetfulMemory())
        put_keys(link, own)
        select_domain(session, SSD)
        link = open_channel(session, own, memory=ForgetfulMemory(), level=SecurityLevel(0x33))
        assert {key.version for key in SecurityDomain(link).key_information()} == {0x32}


def test_put_key_replace_and_delete() -> None:
    with powered(SoftCard.new(model())) as session:
        domain = entered(session)
        assert isinstance(domain.link, SecureLink)
        ota = KeySet(0x02, KeyCipher.DES, *(Secret(bytes((n,)) * 16) for n in (1, 2, 3)))
        put_ota_keys(domain.link, ota)
        put_ota_keys(domain.link, replace(ota, enc=Secret(b"\x09" * 16)), replacing=0x02)
        assert 0x02 in {key.version for key in domain.key_information()}
        domain.delete_keys(version=0x02)
        assert 0x02 not in {key.version for key in domain.key_information()}
        with pytest.raises(StatusError) as caught:
            put_keys(domain.link, replace(AES, version=0x33), replacing=0x34)
        assert "does not exist" in caught.value.hint


def test_des_keys_through_scp02_too() -> None:
    with powered(SoftCard.new(model(2, 0x15))) as session:
        domain = entered(session, keys=DES, level=0x03, i=0x15)
        assert isinstance(domain.link, SecureLink)
        put_keys(domain.link, KeySet(0x21, KeyCipher.DES, *(Secret(bytes((n,)) * 16) for n in (4, 5, 6))))
        put_ota_keys(domain.link, KeySet(0x03, KeyCipher.AES, *(Secret(bytes((n,)) * 32) for n in (4, 5, 6))))
        assert {0x21, 0x03} <= {key.version for key in domain.key_information()}


def test_life_cycle_of_the_card() -> None:
    with issuer() as domain:
        domain.set_status(Scope.ISSUER_SECURITY_DOMAIN, 0x7F)
        isd = domain.registry().isd
        assert isd is not None and isd.state == 0x7F
        domain.set_status(Scope.ISSUER_SECURITY_DOMAIN, 0x0F)


def test_long_lists_come_in_pages() -> None:
    with issuer() as domain:
        instances = tuple(MODULE + bytes((number,)) for number in range(1, 16))
        apply_content(plan_content((wish(None, *instances),), domain.registry()), domain)
        listed = {entry.aid for entry in domain.get_status(Scope.APPLICATIONS)}
        assert set(instances) <= listed


def test_access_rules() -> None:
    rules = tuple(AccessRule(device_app=bytes((n,)) * 32, permissions=CARRIER_PRIVILEGES) for n in range(1, 9))
    with powered(SoftCard.new(model())) as session:
        assert read_rules(session) == ()
        store = RuleStore(entered(session))
        store.bring(compare((), rules))
        assert compare(read_rules(session), rules).empty
        store = RuleStore(entered(session))
        store.remove(rules[3])
        assert compare(read_rules(session), (*rules[:3], *rules[4:])).empty


# What goes wrong


class Tampering:
    """A link that changes one thing about one command on its way."""

    def __init__(self, inner: Session, change: str) -> None:
        self.inner, self.change, self.last = inner, change, None

    def send(self, command: CommandApdu, *, secret: bool = False) -> ResponseApdu:
        if command.cla & 0x04 and command.ins == 0xF2:
            if self.change == "mac":
                command = replace(command, data=command.data[:-1] + bytes((command.data[-1] ^ 1,)))
            elif self.change == "replay" and self.last is not None:
                command = self.last
            self.last = command
        return self.inner.send(command, secret=secret)


@pytest.mark.parametrize("change", ["mac", "replay"])
@pytest.mark.parametrize("keys", [DES, AES], ids=["scp02", "scp03"])
def test_a_wrong_or_replayed_mac_is_refused(change: str, keys: KeySet) -> None:
    with powered(SoftCard.new(model(2, 0x55) if keys is DES else model())) as session:
        select_domain(session)
        link = open_channel(Tampering(session, change), keys, memory=ForgetfulMemory())
        domain = SecurityDomain(link)
        with pytest.raises(StatusError) as caught:
            domain.get_status(Scope.ISSUER_SECURITY_DOMAIN)
            domain.get_status(Scope.ISSUER_SECURITY_DOMAIN)
        assert caught.value.sw in (0x6982, 0x6988)
        assert entered(session, keys=keys).registry().isd is not None, "a new channel opens"


def test_wrong_keys_spend_nothing_and_a_wrong_version_says_so() -> None:
    with powered(SoftCard.new(model())) as session:
        select_domain(session)
        memory = NotedMemory()
        wrong = replace(AES, mac=Secret(bytes(16)))
        with pytest.raises(RefusedError, match="cryptogram"):
            open_channel(session, wrong, memory=memory)
        assert memory.events == ["wrong"]
        with pytest.raises(StatusError) as caught:
            open_channel(session, replace(AES, version=0x3F), memory=ForgetfulMemory())
        assert caught.value.sw == 0x6A88
        entered(session)


@pytest.mark.parametrize("kept", range(1, len(CapPlan().bodies()) - 1))
def test_a_package_cut_at_a_component_boundary_is_not_taken(kept: int) -> None:
    """The terminal does not send such a file; a card that gets it nevertheless stays as it was."""
    block = CAP.load_file_data_block()
    cut = b""
    for _ in range(kept):
        size = 3 + int.from_bytes(block[1:3])
        cut, block = cut + block[:size], block[size:]
    if not block:
        return
    with issuer() as domain:
        domain.install_for_load(ForLoad(PACKAGE))
        with pytest.raises(StatusError):
            domain.load(cut, aid=PACKAGE)
        assert domain.registry().load_file(PACKAGE) is None
        apply_content(plan_content((wish(),), domain.registry()), domain)


def test_an_import_that_the_card_does_not_have() -> None:
    cap = read_cap(CapPlan(imports=(JAVA_LANG, FRAMEWORK, (UICC_TOOLKIT[0], 1, 99))).row())
    with issuer() as domain:
        domain.install_for_load(ForLoad(PACKAGE))
        with pytest.raises(StatusError) as caught:
            domain.load(cap.load_file_data_block(), aid=PACKAGE)
        assert caught.value.hint
        assert domain.registry().load_file(PACKAGE) is None


def test_aid_in_use_package_in_use_unknown_module() -> None:
    with issuer() as domain:
        apply_content(plan_content((wish(),), domain.registry()), domain)
        with pytest.raises(StatusError, match="INSTALL"):
            domain.install(ForInstall(PACKAGE, MODULE, INSTANCE, parameters=b"\xc9\x00"))
        with pytest.raises(StatusError) as caught:
            domain.delete(PACKAGE)
        assert caught.value.sw == 0x6985 and "instances" in caught.value.hint
        with pytest.raises(StatusError):
            domain.install(ForInstall(PACKAGE, bytes(7), bytes(8), parameters=b"\xc9\x00"))
        with pytest.raises(StatusError) as caught:
            domain.delete(bytes(9))
        assert caught.value.sw == 0x6A88
        assert plan_content((wish(),), domain.registry()) == ()


def test_no_memory() -> None:
    with issuer(model(nonvolatile=600)) as domain:
        with pytest.raises(StatusError) as caught:
            apply_content(plan_content((wish(),), domain.registry()), domain)
        assert caught.value.sw == 0x6A84 and "room" in caught.value.hint
        assert domain.registry().load_file(PACKAGE) is None


BAD_PARAMETERS = [
    ToolkitParameters(1, max_timers=9),
    ToolkitParameters(1, max_channels=8),
    ToolkitParameters(1, max_services=9),
    ToolkitParameters(1, tars=(b"\xb0\x00\x10",)),
]


@pytest.mark.parametrize("toolkit", BAD_PARAMETERS)
def test_what_the_lint_warns_of_the_card_refuses(toolkit: ToolkitParameters) -> None:
    with issuer() as domain:
        domain.install_for_load(ForLoad(PACKAGE))
        domain.load(CAP.load_file_data_block(), aid=PACKAGE)
        raw = InstallParameters(toolkit=toolkit).encode()
        with pytest.raises(StatusError) as caught:
            domain.install(ForInstall(PACKAGE, MODULE, INSTANCE, parameters=raw))
        assert caught.value.sw == 0x6A80 and "inspect" in caught.value.hint


class Torn(EndpointTransport):
    """Takes the card out after so many exchanges."""

    def __init__(self, card: SoftCard, after: int) -> None:
        super().__init__(card, "torn")
        self.after = after

    def exchange(self, tpdu: bytes) -> bytes:
        if self.after == 0:
            raise CardRemovedError("the card was taken out")
        self.after -= 1
        return super().exchange(tpdu)


@pytest.mark.parametrize("after", range(0, 24))
def test_torn_anywhere_then_the_same_wish_completes(after: int) -> None:
    """Also between LOAD blocks: version 1.0 is on the card, 1.1 shall take its place."""
    card = SoftCard.new(model())
    with powered(card) as session:
        domain = entered(session)
        apply_content(plan_content((wish(),), domain.registry()), domain)
    newer = wish(CapPlan(version=(1, 1), filler=900).row())
    transport = Torn(card, 1000)
    session = Session.open(transport)
    domain = entered(session)
    steps = plan_content((newer,), domain.registry())
    assert len(steps) == 4
    transport.after = after
    try:
        apply_content(steps, domain)
        assert after > 8
    except CardRemovedError:
        pass
    session.close()
    with powered(card) as again:
        domain = entered(again)
        apply_content(plan_content((newer,), domain.registry()), domain)
        registry = domain.registry()
        entry = registry.load_file(PACKAGE)
        assert entry is not None and entry.version == b"\x01\x01"
        assert registry.application(INSTANCE) is not None
        assert plan_content((newer,), registry) == ()


def test_a_library_in_use_goes_in_the_right_order() -> None:
    library = CapPlan(aid="d07002ca4401", applets=(), exports=1)
    user = CapPlan(imports=(JAVA_LANG, FRAMEWORK, (library.aid, 1, 0)))
    with issuer() as domain:
        both = (wish(user.row()), WantedPackage(read_cap(library.row())))
        apply_content(plan_content(both, domain.registry()), domain)
        with pytest.raises(StatusError) as caught:
            domain.delete(bytes.fromhex(library.aid))
        assert caught.value.sw == 0x6985
        newer = (both[0], WantedPackage(read_cap(replace(library, version=(1, 1)).row())))
        apply_content(plan_content(newer, domain.registry()), domain)
        assert plan_content(newer, domain.registry()) == ()


class CardAndModel(RuleBasedStateMachine):
    """Wish after wish on the card and on a model of dictionaries: both have the same registry all the time."""

    def __init__(self) -> None:
        super().__init__()
        self.session = powered(SoftCard.new(model()))
        self.card = entered(self.session)
        self.model = ModelDomain()

    @rule(minor=st.integers(0, 2), count=st.integers(1, 3), user=st.booleans())
    def wish(self, minor: int, count: int, user: bool) -> None:
        library = CapPlan(aid="d07002ca4401", applets=(), exports=1, version=(1, minor))
        imports = (JAVA_LANG, FRAMEWORK, (library.aid, 1, minor)) if user else (JAVA_LANG, FRAMEWORK)
        instances = tuple(MODULE + bytes((number,)) for number in range(count))
        wanted = (
            wish(CapPlan(version=(1, minor), imports=imports).row(), *instances),
            *((WantedPackage(read_cap(library.row())),) if user else ()),
        )
        options = ContentOptions(remove=frozenset(self.model.instances) - set(instances), downgrade=True)
        for domain in (self.card, self.model):
            apply_content(plan_content(wanted, domain.registry(), options), domain)

    @rule(related=st.booleans())
    def delete(self, related: bool) -> None:
        if PACKAGE in self.model.packages and related:
            self.card.delete(PACKAGE, related=True)
            for instance in list(self.model.instances):
                self.model.delete(instance)
            self.model.delete(PACKAGE)
        elif self.model.instances:
            instance = next(iter(self.model.instances))
            self.card.delete(instance)
            self.model.delete(instance)

    @invariant()
    def both_are_the_same(self) -> None:
        registry = self.card.registry()
        own = bytes.fromhex("d07002ca")
        applications = {one.aid: one.load_file for one in registry.applications if one.aid.startswith(own)}
        packages = {one.aid: one.version for one in registry.load_files if one.aid.startswith(own)}
        assert applications == {aid: entry[0] for aid, entry in self.model.instances.items()}
        assert packages == {aid: entry[0] for aid, entry in self.model.packages.items()}

    def teardown(self) -> None:
        self.session.close()


TestCardAndModel = CardAndModel.TestCase
TestCardAndModel.settings = settings(max_examples=15, stateful_step_count=10)


def test_over_pcsc(pcsc_service: tuple[str, ...]) -> None:
    """The same through the computer's service and a virtual reader."""
    from simtool.card.pcsc import open_reader

    for keys, product, level in ((AES, model(), 0x33), (DES, model(2, 0x75), 0x13)):
        with seated(SoftCard.new(product)) as reader:
            with Session.open(open_reader(reader)) as session:
                everything(entered(session, keys=keys, level=level, i=0x75 if keys is DES else 0x70))


def test_components_are_named_by_the_builder() -> None:
    assert component(ComponentTag.IMPORT, b"\x00").hex() == "04000100"
