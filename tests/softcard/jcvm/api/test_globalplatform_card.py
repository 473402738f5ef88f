"""org.globalplatform on a card: registry, services, secure channels, PIN, personalisation (GPCS annex A, §10)."""

from __future__ import annotations

from typing import Any

import pytest

from simtool.crypto.key_set import KeySet
from simtool.softcard.jcvm.objects import JavaObject, Ref
from simtool.softcard.jcvm.vm import Vm
from tests.harness.gp_host import SCP02_KEYS, SCP03_KEYS, Host
from tests.harness.jcvm import byte_array, call, content, new_class, send, throws
from tests.softcard.jcvm.api.globalplatform_card import ISD, AppletCard

AID, OTHER = "d07002ca44900101", "d07002ca44900102"
SYSTEM = "org/globalplatform/GPSystem"
ENTRY = "org/globalplatform/GPRegistryEntry"
CHANNEL, CHANNELX, CHANNELX2 = (f"org/globalplatform/SecureChannel{end}" for end in ("", "x", "x2"))
CVM = "org/globalplatform/CVM"
APDU = "javacard/framework/APDU"
ISO = "javacard/framework/ISOException"
GET_ENTRY = "getRegistryEntry(Ljavacard/framework/AID;)Lorg/globalplatform/GPRegistryEntry;"
GET_CHANNEL = "getSecureChannel()Lorg/globalplatform/SecureChannel;"
GET_CVM = "getCVM(B)Lorg/globalplatform/CVM;"
GET_SERVICE = "getService(Ljavacard/framework/AID;S)Lorg/globalplatform/GlobalService;"


@pytest.fixture
def card() -> AppletCard:
    return AppletCard()


def aid_object(vm: Vm, aid: str) -> Ref:
    return vm.entry_point(f"aid:{aid}")


# The registry


def test_an_applet_sees_its_own_entry(card: AppletCard) -> None:
    applet, vm = card.install(AID, privileges="001400"), card.vm
    with vm.running_as(applet.owner):
        entry = call(vm, SYSTEM, GET_ENTRY, None)
        assert call(vm, SYSTEM, GET_ENTRY, aid_object(vm, AID)) is entry
        assert send(vm, send(vm, entry, ENTRY, "getAID()Ljavacard/framework/AID;"), "javacard/framework/AID",
                    "equals(Ljava/lang/Object;)Z", aid_object(vm, AID))  # fmt: skip
        assert send(vm, entry, ENTRY, "getState()B") == 0x07 == call(vm, SYSTEM, "getCardContentState()B")
        target = byte_array(vm, 5)
        assert send(vm, entry, ENTRY, "getPrivileges([BS)S", target, 1) == 4
        assert content(target) == "0000140000"
        with throws("ArrayIndexOutOfBoundsException"):
            send(vm, entry, ENTRY, "getPrivileges([BS)S", target, 3)
        with throws("NullPointerException"):
            send(vm, entry, ENTRY, "getPrivileges([BS)S", None, 0)
        assert [n for n in range(-1, 30) if send(vm, entry, ENTRY, "isPrivileged(B)Z", n)] == [0x0B, 0x0D]
        assert send(vm, entry, ENTRY, "isAssociated(Ljavacard/framework/AID;)Z", aid_object(vm, ISD.hex()))
        assert not send(vm, entry, ENTRY, "isAssociated(Ljavacard/framework/AID;)Z", aid_object(vm, AID))


def test_entries_of_others_want_the_global_registry(card: AppletCard) -> None:
    plain, able, vm = card.install(AID), card.install(OTHER, privileges="000400"), card.vm
    with vm.running_as(plain.owner):
        assert call(vm, SYSTEM, GET_ENTRY, aid_object(vm, OTHER)) is None
    with vm.running_as(able.owner):
        assert call(vm, SYSTEM, GET_ENTRY, aid_object(vm, "d07002ca44ffff")) is None
        entry = call(vm, SYSTEM, GET_ENTRY, aid_object(vm, AID))
        assert send(vm, entry, ENTRY, "getState()B") == 0x07
        assert not send(vm, entry, ENTRY, "setState(B)Z", 0x0F), "only an application itself"
        assert not send(vm, entry, ENTRY, "setState(B)Z", -0x80), "locking wants the global lock"
        with throws(ISO, 0x6985):
            send(vm, entry, ENTRY, "registerService(S)V", 0x8301 - 0x10000)


@pytest.mark.parametrize(
    ("wanted", "done", "after"),
    [
        (0x0F, True, 0x0F), (0x7F, True, 0x7F), (0x07, True, 0x07),
        (0x03, False, 0x07), (0x08, False, 0x07), (0x00, False, 0x07),
        (-0x80, True, 0x87), (-0x01, True, 0x87),
    ],
)  # fmt: skip
def test_application_specific_states(card: AppletCard, wanted: int, done: bool, after: int) -> None:
    """§5.3.1: the three lowest bits stay set, and bit 8 alone locks."""
    applet, vm = card.install(AID), card.vm
    with vm.running_as(applet.owner):
        assert call(vm, SYSTEM, "setCardContentState(B)Z", wanted) == done
        assert call(vm, SYSTEM, "getCardContentState()B") & 0xFF == after
        if after & 0x80:
            assert not call(vm, SYSTEM, "setCardContentState(B)Z", 0x07), "none unlocks itself"
            entry = call(vm, SYSTEM, GET_ENTRY, None)
            assert not send(vm, entry, ENTRY, "setState(B)Z", 0x07)
    assert card.entry(AID).state == after


def test_the_global_lock(card: AppletCard) -> None:
    card.install(AID)
    able, vm = card.install(OTHER, privileges="000c00"), card.vm
    with vm.running_as(able.owner):
        entry = call(vm, SYSTEM, GET_ENTRY, aid_object(vm, AID))
        assert send(vm, entry, ENTRY, "setState(B)Z", -0x80)
        assert card.entry(AID).state == 0x87
        assert send(vm, entry, ENTRY, "setState(B)Z", 0x00)
        assert card.entry(AID).state == 0x07


def test_the_state_while_it_is_installed(card: AppletCard) -> None:
    """Not yet in the registry: INSTALLED."""
    applet, vm = card.install(AID), card.vm
    del card.card.gp.registry.applications[bytes.fromhex(AID)]  # type: ignore[union-attr]
    with vm.running_as(applet.owner):
        assert call(vm, SYSTEM, "getCardContentState()B") == 0x03
        assert not call(vm, SYSTEM, "setCardContentState(B)Z", 0x0F)


# The card's state


def test_a_card_is_locked_by_who_may(card: AppletCard) -> None:
    """The applet answers its command; then only the issuer's domain is there (§5.1.1.4)."""
    card.install(AID)
    card.install(OTHER, privileges="10")
    assert card.host.send(0xF0, 0x80, 0x0F).sw in ("9000", "6985")  # generic cards are secured or can be
    results = []

    def lock(vm: Vm, applet: JavaObject, command: JavaObject) -> None:
        results.append(call(vm, SYSTEM, "lockCard()Z"))

    card.process = lock
    for aid in (AID, OTHER):
        assert card.host.select(bytes.fromhex(aid)).ok
        assert card.host.exchange(0x80, 0x01, 0, 0).ok
    assert results == [0, 1]
    assert card.host.exchange(0x80, 0xCA, 0x00, 0x66).ok, "the issuer's domain is selected now"
    assert card.host.select(bytes.fromhex(OTHER)).sw[:2] == "6a"
    assert card.content.card_state() == 0x7F


def test_a_card_is_terminated_by_who_may(card: AppletCard) -> None:
    applet, able, vm = card.install(AID), card.install(OTHER, privileges="08"), card.vm
    with vm.running_as(applet.owner):
        assert not call(vm, SYSTEM, "terminateCard()Z")
    with vm.running_as(able.owner):
        assert call(vm, SYSTEM, "terminateCard()Z")
        assert call(vm, SYSTEM, "getCardState()B") == -1


def test_historical_bytes(card: AppletCard) -> None:
    """With the privilege of card reset; visible after the next cold reset, also in T0 and the check byte."""
    plain, able, vm = card.install(AID), card.install(OTHER, privileges="04"), card.vm
    atr = card.card.atr
    with vm.running_as(plain.owner):
        array = byte_array(vm, "8031a073be21")
        assert not call(vm, SYSTEM, "setATRHistBytes([BSB)Z", array, 0, 6)
    with vm.running_as(able.owner):
        array = byte_array(vm, "8031a073be21")
        for length in (0, -1, 16):
            assert not call(vm, SYSTEM, "setATRHistBytes([BSB)Z", array, 0, length)
        with throws("ArrayIndexOutOfBoundsException"):
            call(vm, SYSTEM, "setATRHistBytes([BSB)Z", array, 2, 6)
        assert call(vm, SYSTEM, "setATRHistBytes([BSB)Z", array, 0, 6)
        assert call(vm, SYSTEM, "getCardInfoLength(S)S", 0x80) == atr[1] & 0x0F, "not yet"
    card.card.commit()
    assert card.card.reset() == atr, "not at a warm reset"
    made = card.card.power_on()
    assert made[1] == atr[1] & 0xF0 | 6
    assert bytes.fromhex("8031a073be21") in made
    check = 0
    for byte in made[1:]:
        check ^= byte
    assert check == 0, "the product offers T=1, or its ATR has no check byte"
    with vm.running_as(plain.owner):
        target = byte_array(vm, 8)
        assert call(vm, SYSTEM, "getCardInfo([BSS)S", target, 2, 0x80) == 6
        assert content(target) == "00008031a073be21"
        with throws(ISO, 0x6A88):
            call(vm, SYSTEM, "getCardInfo([BSS)S", target, 0, 0x81)


# Global services


def signed(name: int) -> int:
    return name - 0x10000 if name & 0x8000 else name


def test_services_are_registered_found_and_given_up(card: AppletCard) -> None:
    """§8.1: recorded at installation, registered by one, found by name or family."""
    vm = card.vm
    services: dict[str, Ref] = {}
    method = "getShareableInterfaceObject(Ljavacard/framework/AID;B)Ljavacard/framework/Shareable;"
    asked = []

    def share(_: Vm, this: Ref, client: Ref, parameter: int) -> Ref | None:
        asked.append((client, parameter))
        return services.get("one")

    server = card.install(AID, privileges="000100", parameters="c900ef08cb04a001a200cf00", methods={method: share})
    client = card.install(OTHER)
    cls = new_class(vm, "test/Service", interfaces={"org/globalplatform/GlobalService": {
        "getServiceInterface(Lorg/globalplatform/GPRegistryEntry;S[BSS)Ljavacard/framework/Shareable;": lambda *_: None
    }})  # fmt: skip
    services["one"] = vm.heap.new_object(cls, server.owner)
    with vm.running_as(server.owner):
        own = call(vm, SYSTEM, GET_ENTRY, None)
        for refused in (0xA002, 0xA000, 0x8211):  # not recorded
            with throws(ISO, 0x6985):
                send(vm, own, ENTRY, "registerService(S)V", signed(refused))
        with throws(ISO, 0x6985):
            send(vm, own, ENTRY, "deregisterService(S)V", signed(0xA001))
        send(vm, own, ENTRY, "registerService(S)V", signed(0xA001))
        with throws(ISO, 0x6985):
            send(vm, own, ENTRY, "registerService(S)V", signed(0xA001))
    with vm.running_as(client.owner):
        for name, found in ((0xA001, True), (0xA000, True), (0xA002, False), (0xA200, False)):
            assert (call(vm, SYSTEM, GET_SERVICE, None, signed(name)) is services["one"]) is found, hex(name)
        assert asked[-1] == (aid_object(vm, OTHER), -0x80)
        server_aid = aid_object(vm, AID)
        assert call(vm, SYSTEM, GET_SERVICE, server_aid, signed(0xA205)) is services["one"], "recorded is enough"
        assert call(vm, SYSTEM, GET_SERVICE, server_aid, signed(0x8400)) is None
        assert call(vm, SYSTEM, GET_SERVICE, aid_object(vm, OTHER), signed(0xA001)) is None
        services["one"] = server
        assert call(vm, SYSTEM, GET_SERVICE, None, signed(0xA001)) is None, "no GlobalService object"
    with vm.running_as(server.owner):
        send(vm, own, ENTRY, "deregisterService(S)V", signed(0xA001))
        send(vm, own, ENTRY, "registerService(S)V", signed(0xA200))
        with throws(ISO, 0x6985):
            send(vm, own, ENTRY, "registerService(S)V", signed(0xA201))
    with vm.running_as(client.owner):
        assert call(vm, SYSTEM, GET_SERVICE, None, signed(0xA001)) is None


def test_services_of_the_card_are_not_there(card: AppletCard) -> None:
    """HTTP administration, authority and the rest are applets' business."""
    applet, vm = card.install(AID), card.vm
    with vm.running_as(applet.owner):
        for family in (0x81, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0xA0):
            assert call(vm, SYSTEM, GET_SERVICE, None, signed(family << 8)) is None


# Secure channels


def relay(vm: Vm, applet: JavaObject, command: JavaObject) -> None:
    """An applet as GlobalPlatform's documents show one: security commands first, the rest unwrapped, echoed, wrapped.

    INS 20 tells the security level, 21 resets it, 22 deciphers and 23 enciphers data under the data encryption key.
    """
    channel = call(vm, SYSTEM, GET_CHANNEL)
    buffer = send(vm, command, APDU, "getBuffer()[B")
    ins = buffer.data[1] & 0xFF
    if ins in (0x50, 0x82, 0x7A, 0x78):
        length = send(vm, channel, CHANNEL, "processSecurity(Ljavacard/framework/APDU;)S", command)
        if length:
            send(vm, command, APDU, "setOutgoingAndSend(SS)V", 5, length)
        return
    received = send(vm, command, APDU, "setIncomingAndReceive()S")
    length = send(vm, channel, CHANNEL, "unwrap([BSS)S", buffer, 0, 5 + received) - 5
    match ins:
        case 0x20:
            buffer.data[5], length = send(vm, channel, CHANNEL, "getSecurityLevel()B"), 1
        case 0x21:
            send(vm, channel, CHANNEL, "resetSecurity()V")
        case 0x22:
            length = send(vm, channel, CHANNEL, "decryptData([BSS)S", buffer, 5, length)
        case 0x23:
            length = send(vm, channel, CHANNEL, "encryptData([BSS)S", buffer, 5, length)
    vm.heap.write_bytes(buffer, 5 + length, b"\x90\x00")
    length = send(vm, channel, CHANNEL, "wrap([BSS)S", buffer, 5, length + 2)
    if length:
        send(vm, command, APDU, "setOutgoingAndSend(SS)V", 5, length)


def opened(card: AppletCard, key_set: KeySet, level: int, i: int) -> Host:
    card.install(AID)
    card.process = relay
    return Host(card.card).open(bytes.fromhex(AID), key_set, level, i=i)


SESSIONS = [
    *((SCP03_KEYS, level, 0x70) for level in (0x00, 0x01, 0x03, 0x11, 0x13, 0x33)),
    *((SCP02_KEYS, level, 0x55) for level in (0x00, 0x01, 0x03)),
]


@pytest.mark.parametrize(("key_set", "level", "i"), SESSIONS, ids=[f"{k.cipher.value}-{n:02x}" for k, n, _ in SESSIONS])
def test_a_channel_through_the_domain(card: AppletCard, key_set: KeySet, level: int, i: int) -> None:
    host = opened(card, key_set, level, i)
    for text in (b"", b"x", b"sixteen bytes...", bytes(range(200))):
        answer = host.send(0x30, 1, 2, text)
        assert (answer.sw, answer.data) == ("9000", text)
    assert host.send(0x20, 0, 0).data == bytes((0x80 | level,))
    hidden = host.send(0x23, 0, 0, bytes(32))
    assert hidden.ok and hidden.data != bytes(32)
    assert host.send(0x22, 0, 0, hidden.data).data == bytes(32)
    for ins in (0x22, 0x23):
        assert host.send(ins, 0, 0, b"123").sw == "6700", "no whole blocks"
    assert host.exchange(0x84 if level & 1 else 0x80, 0x21, 0, 0, host.wrap(0x21, 0, 0, b"")).ok
    assert host.exchange(0x80, 0x20, 0, 0).data == b"\0", "the session was reset"


@pytest.mark.parametrize(("key_set", "i"), [(SCP03_KEYS, 0x70), (SCP02_KEYS, 0x55)])
def test_a_wrong_mac_aborts_the_session(card: AppletCard, key_set: KeySet, i: int) -> None:
    """6982; then unwrap, wrap refuse with 6985 until there is a new session (§10.2.3)."""
    host = opened(card, key_set, 0x01, i)
    assert host.send(0x30, 0, 0, b"data", spoil=True).sw == "6982"
    assert host.exchange(0x80, 0x30, 0, 0, b"data").sw == "6985"
    assert host.exchange(0x84, 0x82, 1, 0, bytes(16)).sw == "6985"
    assert host.initialize(key_set, i=i).ok
    assert host.authenticate(0x01).ok
    assert host.send(0x30, 0, 0, b"data").data == b"data"


def test_commands_without_secure_messaging_stay_as_they_are(card: AppletCard) -> None:
    """The applet has to ask for the level that it wants (unwrap)."""
    host = opened(card, SCP03_KEYS, 0x01, 0x70)
    assert host.exchange(0x80, 0x30, 0, 0, b"plain").data == b"plain"
    assert host.send(0x30, 0, 0, b"secured").data == b"secured"


def test_without_a_session(card: AppletCard) -> None:
    card.install(AID)
    card.process = relay
    host = Host(card.card)
    assert host.select(bytes.fromhex(AID)).ok
    assert host.exchange(0x84, 0x30, 0, 0, b"with a MAC?").data == b"with a MAC?", "level 0: nothing is looked at"
    assert host.exchange(0x80, 0x20, 0, 0).data == b"\0"
    assert host.exchange(0x80, 0x22, 0, 0, bytes(16)).sw == "6985"
    assert host.exchange(0x80, 0x23, 0, 0, bytes(16)).sw == "6985"
    assert host.exchange(0x80, 0x21, 0, 0).ok
    assert host.exchange(0x84, 0x82, 0, 0, bytes(16)).sw == "6985"
    assert host.exchange(0x00, 0x50, 0, 0, bytes(8)).sw == "6e00"
    assert host.initialize(SCP03_KEYS, i=0x70, version=0x30).ok
    assert host.authenticate(0x01, spoil=3).sw == "6300"


def test_r_macs_begin_and_end(card: AppletCard) -> None:
    host = opened(card, SCP03_KEYS, 0x01, 0x70)
    assert host.send(0x7A, 0x10, 0x01).ok
    host.level |= 0x10
    assert host.send(0x20, 0, 0).data == b"\x91"
    assert host.send(0x78, 0x00, 0x03).ok
    host.level &= ~0x10
    assert host.send(0x20, 0, 0).data == b"\x81"


def test_a_session_is_of_one_applet_on_one_channel(card: AppletCard) -> None:
    other = card.install(OTHER)
    host, vm = opened(card, SCP03_KEYS, 0x01, 0x70), card.vm
    with vm.running_as(other.owner):
        channel = call(vm, SYSTEM, GET_CHANNEL)
        with throws(ISO, 0x6985):
            send(vm, channel, CHANNEL, "getSecurityLevel()B")
        with throws(ISO, 0x6985):
            send(vm, channel, CHANNEL, "decryptData([BSS)S", byte_array(vm, 16), 0, 16)
        send(vm, channel, CHANNEL, "resetSecurity()V")  # cannot fail, and does nothing to it
    assert host.send(0x20, 0, 0).data == b"\x81"
    assert host.exchange(0x00, 0x70, 0, 1).ok
    second = Host(card.card, channel=1)
    assert second.select(bytes.fromhex(AID)).ok
    assert second.exchange(0x80, 0x20, 0, 0).data == b"\0"
    assert host.send(0x20, 0, 0).data == b"\x81"


def test_the_other_interfaces_of_the_object(card: AppletCard) -> None:
    """SecureChannelx2 takes a command out of an array; SecureChannelx's level is not offered."""
    levels: list[Any] = []

    def process(vm: Vm, applet: JavaObject, command: JavaObject) -> None:
        channel = call(vm, SYSTEM, GET_CHANNEL)
        assert vm.implements(channel, CHANNELX) and vm.implements(channel, CHANNELX2)
        buffer = send(vm, command, APDU, "getBuffer()[B")
        received = send(vm, command, APDU, "setIncomingAndReceive()S")
        if not levels:
            with throws(ISO, 0x6985):
                send(vm, channel, CHANNELX, "setSecurityLevel(B)V", 1)
            with throws(ISO, 0x6D00):
                copy = byte_array(vm, "8030000000")
                send(vm, channel, CHANNELX2, "processSecurity([BSSS)S", copy, 0, 5, 0)
        length = send(vm, channel, CHANNELX2, "processSecurity([BSSS)S", buffer, 0, 5 + received, 10)
        levels.append(send(vm, channel, CHANNEL, "getSecurityLevel()B"))
        if levels[-1]:
            with throws(ISO, 0x6982):
                send(vm, channel, CHANNELX, "setSecurityLevel(B)V", 3)
        if length:
            send(vm, command, APDU, "setOutgoingAndSend(SS)V", 10, length)

    card.install(AID)
    card.process = process
    Host(card.card).open(bytes.fromhex(AID))
    assert levels == [0, -0x7F]


def test_bounds_and_rights_of_arrays(card: AppletCard) -> None:
    applet, other, vm = card.install(AID), card.install(OTHER), card.vm
    with vm.running_as(other.owner):
        foreign = byte_array(vm, 16)
    card.card.reset()
    with vm.running_as(applet.owner):
        channel, own = call(vm, SYSTEM, GET_CHANNEL), byte_array(vm, "8030000000")
        for method in ("wrap([BSS)S", "unwrap([BSS)S", "decryptData([BSS)S", "encryptData([BSS)S"):
            with throws("NullPointerException"):
                send(vm, channel, CHANNEL, method, None, 0, 5)
            with throws("SecurityException"):
                send(vm, channel, CHANNEL, method, foreign, 0, 5)
            for offset, length in ((-1, 2), (1, 5), (0, -1)):
                with throws("ArrayIndexOutOfBoundsException"):
                    send(vm, channel, CHANNEL, method, own, offset, length)
        assert send(vm, channel, CHANNEL, "wrap([BSS)S", own, 0, 5) == 3, "the status word is taken off"
        assert send(vm, channel, CHANNEL, "unwrap([BSS)S", own, 0, 5) == 5


# The shared PIN


def global_array(vm: Vm, text: str) -> Ref:
    data = bytes.fromhex(text)
    array = vm.runtime_array(len(data), "test")
    vm.heap.write_bytes(array, 0, data)
    return array


def test_the_life_of_the_pin(card: AppletCard) -> None:
    """NOT_READY, ACTIVE, INVALID_SUBMISSION, VALIDATED, BLOCKED (§8.2.2, CVM)."""
    user, manager, vm = card.install(AID), card.install(OTHER, privileges="02"), card.vm

    def states(pin: Ref) -> str:
        names = ("isActive()Z", "isSubmitted()Z", "isVerified()Z", "isBlocked()Z")
        flags = "".join("ASVB"[at] for at, name in enumerate(names) if send(vm, pin, CVM, name))
        return f"{flags}{send(vm, pin, CVM, 'getTriesRemaining()B')}"

    def verify(pin: Ref, text: str, form: int) -> int:
        array = global_array(vm, text)
        return int(send(vm, pin, CVM, "verify([BSBB)S", array, 0, len(text) // 2, form))

    with vm.running_as(user.owner):
        pin = call(vm, SYSTEM, GET_CVM, 0x11)
        assert call(vm, SYSTEM, GET_CVM, 0x01) is None
        assert states(pin) == "0"
        assert not send(vm, pin, CVM, "update([BSBB)Z", global_array(vm, "1234"), 0, 2, 2), "no privilege"
        assert not send(vm, pin, CVM, "setTryLimit(B)Z", 3)
        assert not send(vm, pin, CVM, "blockState()Z")
        assert not send(vm, pin, CVM, "resetState()Z")
        assert verify(pin, "1234", 2) == -1
    with vm.running_as(manager.owner):
        assert not send(vm, pin, CVM, "setTryLimit(B)Z", 0)
        assert send(vm, pin, CVM, "setTryLimit(B)Z", 3)
        assert states(pin) == "3", "no value yet"
        assert not send(vm, pin, CVM, "blockState()Z")
        for text, form in (("12a4", 2), ("1234", 4), ("1234", 0)):
            assert not send(vm, pin, CVM, "update([BSBB)Z", global_array(vm, text), 0, 2, form)
        assert send(vm, pin, CVM, "update([BSBB)Z", global_array(vm, "12345f"), 0, 3, 2)
        assert states(pin) == "A3"
    with vm.running_as(user.owner):
        assert verify(pin, "12346f", 2) == -1
        assert states(pin) == "AS2"
        assert verify(pin, "3132333435", 1) == 0, "ASCII digits are compared with those of BCD"
        assert states(pin) == "ASV3"
        assert send(vm, pin, CVM, "resetState()Z")
        assert states(pin) == "A3"
        assert verify(pin, "12345f", 3) == -1, "HEX is never converted"
        with throws("ArrayIndexOutOfBoundsException"):
            send(vm, pin, CVM, "verify([BSBB)S", global_array(vm, "12345f"), 1, 3, 2)
        assert states(pin) == "AS1", "what cannot be read was a wrong try"
        with throws("SecurityException"):
            send(vm, pin, CVM, "verify([BSBB)S", byte_array(vm, "12345f"), 0, 3, 2)
        assert states(pin) == "AS1"
        with throws("NullPointerException"):
            send(vm, pin, CVM, "verify([BSBB)S", None, 0, 3, 2)
        assert states(pin) == "AB0"
        assert verify(pin, "12345f", 2) == -1
        assert not send(vm, pin, CVM, "resetState()Z")
        assert not send(vm, pin, CVM, "resetAndUnblockState()Z")
    with vm.running_as(manager.owner):
        assert send(vm, pin, CVM, "blockState()Z"), "it is blocked already"
        assert send(vm, pin, CVM, "resetAndUnblockState()Z")
        assert states(pin) == "A3"
        assert verify(pin, "12345f", 2) == 0
        assert send(vm, pin, CVM, "blockState()Z")
        assert states(pin) == "AB0"
        assert send(vm, pin, CVM, "setTryLimit(B)Z", 5)
        assert states(pin) == "A5"


def test_a_try_counts_whatever_becomes_of_it(card: AppletCard) -> None:
    """It is neither part of a transaction nor lost with the power; VALIDATED ends with the session."""
    manager, vm = card.install(AID, privileges="02"), card.vm
    with vm.running_as(manager.owner):
        pin = call(vm, SYSTEM, GET_CVM, 0x11)
        send(vm, pin, CVM, "setTryLimit(B)Z", 3)
        send(vm, pin, CVM, "update([BSBB)Z", global_array(vm, "1234"), 0, 2, 3)
        call(vm, "javacard/framework/JCSystem", "beginTransaction()V")
        assert send(vm, pin, CVM, "verify([BSBB)S", global_array(vm, "9999"), 0, 2, 3) == -1
        call(vm, "javacard/framework/JCSystem", "abortTransaction()V")
        assert send(vm, pin, CVM, "getTriesRemaining()B") == 2
        card.card.power_loss()
        assert send(vm, pin, CVM, "getTriesRemaining()B") == 2
        assert send(vm, pin, CVM, "verify([BSBB)S", global_array(vm, "1234"), 0, 2, 3) == 0
        assert send(vm, pin, CVM, "isVerified()Z")
        card.card.reset()
        assert not send(vm, pin, CVM, "isVerified()Z")


# Personalisation


@pytest.mark.parametrize("interface", ["Application", "Personalization"])
def test_store_data_reaches_the_applet(card: AppletCard, interface: str) -> None:
    """§7.3.3: the whole command in a global array, in the applet's context; it may use its domain's session."""
    seen: list[Any] = []

    def process(vm: Vm, this: JavaObject, array: Any, offset: int, length: int, *out: Any) -> int | None:
        seen.append((array.data[offset : offset + length].tobytes().hex(), vm.owner is this.owner))
        channel = call(vm, SYSTEM, GET_CHANNEL)
        seen.append(send(vm, channel, CHANNEL, "getSecurityLevel()B") & 0xFF)
        if not out:
            return None
        vm.heap.write_bytes(out[0], out[1], b"done")
        return 4

    signature = "processData([BSS)V" if interface == "Application" else "processData([BSS[BS)S"
    card.install(AID, interfaces={f"org/globalplatform/{interface}": {signature: process}})
    host, raw = card.host, bytes.fromhex(AID)
    assert host.send(0xE6, 0x20, 0, bytes((0, 0, len(raw))) + raw + bytes(3)).ok
    answer = host.send(0xE2, 0x80, 0x00, b"\x01\x02")
    assert (answer.sw, answer.data) == ("9000", b"done" if interface == "Personalization" else b"")
    assert seen == [("84e28000020102", True), 0x81]


def test_store_data_to_an_applet_that_takes_none(card: AppletCard) -> None:
    card.install(AID)
    host, raw = card.host, bytes.fromhex(AID)
    assert host.send(0xE6, 0x20, 0, bytes((0, 0, len(raw))) + raw + bytes(3)).ok
    assert host.send(0xE2, 0x80, 0x00, b"\x01\x02").sw == "6985"
