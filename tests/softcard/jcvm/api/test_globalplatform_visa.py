"""visa.openplatform on a card (Open Platform Card Specification 2.0.1)."""

from __future__ import annotations

from typing import Any

import pytest

from simtool.crypto import scp02
from simtool.softcard.jcvm.api.javacard.framework import apdu
from simtool.softcard.jcvm.objects import JavaObject
from simtool.softcard.jcvm.vm import Vm
from tests.harness.gp_host import BASE_KEY, SCP02_KEYS, Host
from tests.harness.jcvm import byte_array, call, send, throws
from tests.softcard.jcvm.api.globalplatform_card import AppletCard

AID, OTHER = "d07002ca44900101", "d07002ca44900102"
SYSTEM, DOMAIN = "visa/openplatform/OPSystem", "visa/openplatform/ProviderSecurityDomain"
APDU, ISO = "javacard/framework/APDU", "javacard/framework/ISOException"
GET_DOMAIN = "getSecurityDomain()Lvisa/openplatform/ProviderSecurityDomain;"
VERIFY_PIN, SET_PIN = "verifyPin(Ljavacard/framework/APDU;S)Z", "setPin(Ljavacard/framework/APDU;S)Z"


@pytest.fixture
def card() -> AppletCard:
    return AppletCard()


def with_buffer(vm: Vm, applet: JavaObject, text: str) -> JavaObject:
    """An APDU object whose buffer has these bytes."""
    made = apdu.begin(vm, bytes(5), applet)
    vm.heap.write_bytes(send(vm, made, APDU, "getBuffer()[B"), 0, bytes.fromhex(text))
    return made


def test_states(card: AppletCard) -> None:
    applet, vm = card.install(AID), card.vm
    with vm.running_as(applet.owner):
        assert call(vm, SYSTEM, "getCardContentState()B") == 0x07
        assert call(vm, SYSTEM, "setCardContentState(B)Z", 0x0F)
        assert call(vm, SYSTEM, "getCardContentState()B") == 0x0F
        assert call(vm, SYSTEM, "getCardManagerState()B") == card.content.card_state()
        assert not call(vm, SYSTEM, "lockCardManager()Z")
        assert not call(vm, SYSTEM, "terminateCardManager()Z")
        assert not call(vm, SYSTEM, "setATRHistBytes([BSB)Z", byte_array(vm, "8031"), 0, 2)


def test_production_data(card: AppletCard) -> None:
    applet, vm = card.install(AID), card.vm
    cplc = card.content.production_data()
    with vm.running_as(applet.owner):
        made = with_buffer(vm, applet, "")
        call(vm, SYSTEM, "getCPLCData(Ljavacard/framework/APDU;SSS)V", made, 7, 2, 10)
        assert send(vm, made, APDU, "getBuffer()[B").data[7:17].tobytes() == cplc[2:12]
        for start, length in ((-1, 2), (40, 3), (0, -1)):
            with throws("ArrayIndexOutOfBoundsException"):
                call(vm, SYSTEM, "getCPLCData(Ljavacard/framework/APDU;SSS)V", made, 0, start, length)


def test_the_pin(card: AppletCard) -> None:
    user, manager, vm = card.install(AID), card.install(OTHER, privileges="02"), card.vm
    with vm.running_as(user.owner):
        assert not call(vm, SYSTEM, SET_PIN, with_buffer(vm, user, "241234ffffffffff"), 0)
    with vm.running_as(manager.owner):
        pin = call(vm, "org/globalplatform/GPSystem", "getCVM(B)Lorg/globalplatform/CVM;", 0x11)
        assert send(vm, pin, "org/globalplatform/CVM", "setTryLimit(B)Z", 3)
        for wrong in ("141234ffffffffff", "2412345fffffffff", "20ffffffffffffff", "2f12345678901234"):
            assert not call(vm, SYSTEM, SET_PIN, with_buffer(vm, manager, wrong), 0)
        assert call(vm, SYSTEM, SET_PIN, with_buffer(vm, manager, "00241234ffffffffff"), 1)
    with vm.running_as(user.owner):
        assert call(vm, SYSTEM, "getTriesRemaining()B") == 3
        assert not call(vm, SYSTEM, VERIFY_PIN, with_buffer(vm, user, "241235ffffffffff"), 0)
        assert call(vm, SYSTEM, "getTriesRemaining()B") == 2
        assert call(vm, SYSTEM, VERIFY_PIN, with_buffer(vm, user, "241234ffffffffff"), 0)
        assert call(vm, SYSTEM, "getTriesRemaining()B") == 3


def test_a_secure_channel_with_a_key(card: AppletCard) -> None:
    """The three steps, then a key as PUT KEY has it; with a channel's number that is not this one: 6985."""
    log: list[Any] = []

    def process(vm: Vm, applet: JavaObject, command: JavaObject) -> None:
        domain, buffer = call(vm, SYSTEM, GET_DOMAIN), send(vm, command, APDU, "getBuffer()[B")
        match buffer.data[1] & 0xFF:
            case 0x50:
                number = send(vm, domain, DOMAIN, "openSecureChannel(Ljavacard/framework/APDU;)B", command)
                log.append(number)
                send(vm, command, APDU, "setOutgoingAndSend(SS)V", 5, buffer.data[4] & 0xFF)
            case 0x82:
                with throws(ISO, 0x6985):
                    send(vm, domain, DOMAIN, "verifyExternalAuthenticate(BLjavacard/framework/APDU;)V", 1, command)
                send(vm, domain, DOMAIN, "verifyExternalAuthenticate(BLjavacard/framework/APDU;)V", 0, command)
            case 0x30:
                send(vm, domain, DOMAIN, "unwrap(BLjavacard/framework/APDU;)V", 0, command)
                length = buffer.data[4] & 0xFF
                log.append(buffer.data[: 5 + length].tobytes().hex())
            case 0x31:
                send(vm, domain, DOMAIN, "unwrap(BLjavacard/framework/APDU;)V", 0, command)
                method = "decryptVerifyKey(BLjavacard/framework/APDU;S)Z"
                log.append(send(vm, domain, DOMAIN, method, 0, command, 5))
                log.append(buffer.data[7 : 7 + buffer.data[6]].tobytes().hex())
            case _:
                send(vm, domain, DOMAIN, "closeSecureChannel(B)V", 0)

    card.install(AID)
    card.process = process
    host = Host(card.card).open(bytes.fromhex(AID), SCP02_KEYS, 0x01, i=0x55)
    assert log.pop() == 0
    assert host.send(0x30, 1, 2, b"abc").ok
    assert log.pop() == "8030010203616263"
    key = bytes.fromhex(BASE_KEY)
    block = b"\x80\x10" + scp02.encrypt_key(host.keys02.dek, key) + b"\x03" + SCP02_KEYS.check_values[0]
    assert host.send(0x31, 0, 0, block).ok
    assert log[-2:] == [1, key.hex()]
    assert host.send(0x31, 0, 0, block[:-1] + b"\0").ok
    assert log[-2] == 0
    assert host.send(0x31, 0, 0, block[:18] + b"\0").ok
    assert log[-2] == 1, "no check value: nothing to compare"
    assert host.send(0x32, 0, 0).ok
    assert host.exchange(0x80, 0x31, 0, 0, block).sw == "6985"


def test_other_commands_in_place_of_those(card: AppletCard) -> None:
    applet, vm = card.install(AID), card.vm
    card.card.reset()
    with vm.running_as(applet.owner):
        domain = call(vm, SYSTEM, GET_DOMAIN)
        with throws(ISO, 0x6D00):
            made = apdu.begin(vm, bytes.fromhex("8082000000"), applet)
            send(vm, domain, DOMAIN, "openSecureChannel(Ljavacard/framework/APDU;)B", made)
        with throws("NullPointerException"):
            send(vm, domain, DOMAIN, "openSecureChannel(Ljavacard/framework/APDU;)B", None)
