"""The handlers of the system: availability, envelope, proactive command and response (TS 102 241 §6.6, annex A)."""

from __future__ import annotations

import pytest

from simtool.softcard.jcvm.objects import TEMPORARY
from simtool.softcard.jcvm.platform.toolkit import Envelope, HandlerMemory
from simtool.softcard.jcvm.vm import Vm
from tests.harness import jcvm
from tests.harness.jcvm import byte_array, call, content, throws
from tests.harness.jcvm_toolkit import SIM, UICC, USIM, FakeToolkit, system_handler

NAMES = ("EnvelopeHandler", "EnvelopeResponseHandler", "ProactiveHandler", "ProactiveResponseHandler")
ALL = [(UICC, one) for one in NAMES] + [(SIM, one) for one in NAMES] + [(USIM, "USATEnvelopeHandler")]
EXCEPTION = {package: f"{SIM if package == SIM else UICC}/ToolkitException" for package in (UICC, SIM, USIM)}
OVERFLOW, NOT_AVAILABLE, UNAVAILABLE, OUT, BAD, NOT_ALLOWED = 1, 2, 3, 8, 14, 15
TEXT = "48692121"


def all_there(framework: FakeToolkit) -> None:
    framework.event = Envelope(0xD3, bytes.fromhex("82020181900105"))
    framework.answering = framework.sending = True
    framework.last = bytes.fromhex("830100")


def all_gone(framework: FakeToolkit) -> None:
    framework.event = framework.last = None
    framework.answering = framework.sending = False


@pytest.mark.parametrize(("package", "name"), ALL)
def test_availability(running: Vm, framework: FakeToolkit, package: str, name: str) -> None:
    all_gone(framework)
    with throws(EXCEPTION[package], NOT_AVAILABLE):
        system_handler(running, package, name)
    all_there(framework)
    do = system_handler(running, package, name)
    do("getLength()S")
    all_gone(framework)
    array = byte_array(running, 3)
    for signature, words in (
        ("getLength()S", ()),
        ("getCapacity()S", ()),
        ("findTLV(BB)B", (1, 0)),
        ("copy([BSS)S", (None, 0, 1)),
        ("copyValue(S[BSS)S", (0, array, 0, 1)),
        ("findAndCopyValue(B[BS)S", (1, array, 0)),
    ):
        with throws(EXCEPTION[package], NOT_AVAILABLE):
            do(signature, *words)


@pytest.mark.parametrize(("package", "name"), ALL)
def test_one_for_all_and_not_to_keep(running: Vm, framework: FakeToolkit, package: str, name: str) -> None:
    all_there(framework)
    holder = f"{package}/{name}" if package == SIM else f"{package}/{name}System"
    first, second = (call(running, holder, f"getTheHandler()L{package}/{name};") for _ in range(2))
    assert first is second
    assert first.context is TEMPORARY
    assert running.api.named(f"{package}/{name}") in first.cls.supers
    with throws("SecurityException"):
        running.storable(first)


COMMANDS: list[tuple[str, tuple[object, ...], str]] = [
    ("init(BBB)V", (0x20, -1, 3), "81030120ff" + "82028103"),
    ("initDisplayText(BB[BSS)V", (0x80 - 256, 4, TEXT, 1, 2), "8103012180" + "82028102" + "8d03046921"),
    ("initDisplayText(BB[BSS)V", (0, 4, TEXT, 4, 0), "8103012100" + "82028102" + "8d00"),
    ("initGetInkey(BB[BSS)V", (1, 8, TEXT, 0, 4), "8103012201" + "82028182" + "8d0508" + TEXT),
    ("initGetInkey(BB[BSS)V", (1, 8, TEXT, 0, 0), "8103012201" + "82028182" + "8d00"),
    ("initGetInput(BB[BSSSS)V", (1, 4, TEXT, 0, 1, 2, 255), "8103012301" + "82028182" + "8d020448" + "910202ff"),
    ("initGetInput(BB[BSSSS)V", (1, 4, TEXT, 0, 0, 0, 1), "8103012301" + "82028182" + "8d00" + "91020001"),
    ("initCloseChannel(B)V", (1,), "8103014100" + "82028121"),
]
MORE_TIME = ("initMoreTime()V", (), "8103010200" + "82028182")  # not in sim.toolkit


@pytest.mark.parametrize(
    ("package", "signature", "words", "command"),
    [(package, *one) for package in (UICC, SIM) for one in COMMANDS] + [(UICC, *MORE_TIME)],
)
def test_commands(
    running: Vm, framework: FakeToolkit, package: str, signature: str, words: tuple[object, ...], command: str
) -> None:
    do = system_handler(running, package, "ProactiveHandler")
    do("init(BBB)V", 1, 2, 3)
    do("appendTLV(BB)V", 0x10, 7)
    do("findTLV(BB)B", 0x10, 1)
    do(signature, *(byte_array(running, one) if isinstance(one, str) else one for one in words))
    with throws(EXCEPTION[package], UNAVAILABLE):
        do("getValueLength()S")
    framework.answers = [bytes.fromhex("830100")] * 2
    assert do("send()B") == 0
    assert framework.sent == [command]
    do("appendTLV(BB)V", 0x10, 7)  # it is still there
    do("send()B")
    assert framework.sent[1] == command + "100107"


TEXTS = ("initDisplayText(BB[BSS)V", "initGetInkey(BB[BSS)V", "initGetInput(BB[BSSSS)V")


@pytest.mark.parametrize("signature", TEXTS)
@pytest.mark.parametrize(
    ("array", "offset", "length", "thrown"),
    [
        (False, 0, 0, ("NullPointerException", None)),
        (True, -1, 1, ("ArrayIndexOutOfBoundsException", None)),
        (True, 0, -1, ("ArrayIndexOutOfBoundsException", None)),
        (True, 250, 51, ("ArrayIndexOutOfBoundsException", None)),
        (True, 0, 254, (f"{UICC}/ToolkitException", OVERFLOW)),
        (True, 0, 300, (f"{UICC}/ToolkitException", OVERFLOW)),
    ],
)
def test_a_command_that_cannot_be_built(
    running: Vm, framework: FakeToolkit, signature: str, array: bool, offset: int, length: int,
    thrown: tuple[str, int | None],
) -> None:  # fmt: skip
    do = system_handler(running, UICC, "ProactiveHandler")
    do("init(BBB)V", 1, 2, 3)
    do("findTLV(BB)B", 2, 1)
    words = (0, 4, byte_array(running, 300) if array else None, offset, length)
    with throws(*thrown):
        do(signature, *words, *((0, 1) if "Input" in signature else ()))
    assert do("getValueByte(S)B", 1) == 3
    assert do("getLength()S") == 9


def test_as_long_as_a_command_may_be(running: Vm, framework: FakeToolkit) -> None:
    do = system_handler(running, UICC, "ProactiveHandler")
    text = 253 - 9 - 3 - 1
    do(TEXTS[0], 0, 4, byte_array(running, 300), 0, text)
    assert do("getLength()S") == do("getCapacity()S") == 253
    with throws(f"{UICC}/ToolkitException", OVERFLOW):
        do(TEXTS[0], 0, 4, byte_array(running, 300), 0, text + 1)


@pytest.mark.parametrize("package", [UICC, SIM])
@pytest.mark.parametrize(
    ("answer", "result"), [("830100", 0), ("03021207", 0x12), ("81030121008202828183022003", 0x20), ("8202", None)]
)
def test_general_result(running: Vm, framework: FakeToolkit, package: str, answer: str, result: int | None) -> None:
    do = system_handler(running, package, "ProactiveHandler")
    framework.answers = [bytes.fromhex(answer)]
    if result is None:
        with throws(EXCEPTION[package], UNAVAILABLE):
            do("send()B")
        return
    assert do("send()B") == result
    response = system_handler(running, package, "ProactiveResponseHandler")
    with throws(EXCEPTION[package], UNAVAILABLE):
        response("getValueLength()S")
    assert response("getGeneralResult()B") == result
    assert response("getValueByte(S)B", 0) == result
    framework.answers = [bytes.fromhex("8300")]
    with throws(EXCEPTION[package], OUT):
        do("send()B")
    with throws(EXCEPTION[package], UNAVAILABLE):  # the new answer has nothing selected
        response("getValueLength()S")
    with throws(EXCEPTION[package], OUT):
        response("getGeneralResult()B")


@pytest.mark.parametrize("package", [UICC, SIM])
def test_a_command_that_is_not_allowed(running: Vm, framework: FakeToolkit, package: str) -> None:
    do = system_handler(running, package, "ProactiveHandler")
    do("init(BBB)V", 0x25, 0, 0x82 - 256)
    with throws(EXCEPTION[package], NOT_ALLOWED):
        do("send()B")
    assert do("getLength()S") == 9
    with throws(EXCEPTION[package], NOT_AVAILABLE):
        system_handler(running, package, "ProactiveResponseHandler")


GENERAL, TEXT_LENGTH, CODING = "getGeneralResult()B", "getTextStringLength()S", "getTextStringCodingScheme()B"
MORE_LENGTH, CHANNEL, STATUS = "getAdditionalInformationLength()S", "getChannelIdentifier()B", "getChannelStatus(B)S"
ITEM = "getItemIdentifier()B"


@pytest.mark.parametrize(
    ("answer", "signature", "words", "result", "selected"),
    [
        ("83033a0102", MORE_LENGTH, (), 2, 3),
        ("8300", MORE_LENGTH, (), 0, 0),
        ("82028281", MORE_LENGTH, (), None, UNAVAILABLE),
        ("82028281", GENERAL, (), None, UNAVAILABLE),
        ("900105", ITEM, (), 5, 1),
        ("9000", ITEM, (), None, OUT),
        ("8300", ITEM, (), None, UNAVAILABLE),
        ("8d0404414243", TEXT_LENGTH, (), 3, 4),
        ("8d00", TEXT_LENGTH, (), 0, 0),
        ("8300", TEXT_LENGTH, (), None, UNAVAILABLE),
        ("8d0404414243", CODING, (), 4, 4),
        ("8d00", CODING, (), None, OUT),
        ("8300", CODING, (), None, UNAVAILABLE),
        ("b8028105", CHANNEL, (), 1, 2),
        ("380107", CHANNEL, (), 7, 1),
        ("3800", CHANNEL, (), None, OUT),
        ("8300", CHANNEL, (), None, UNAVAILABLE),
        ("38028105b8028200", STATUS, (2,), 0x8200 - 0x10000, 2),
        ("380038028200", STATUS, (2,), 0x8200 - 0x10000, 2),
        ("380182", STATUS, (2,), None, OUT),
        ("38028105", STATUS, (2,), None, UNAVAILABLE),
    ],
)
def test_response(
    running: Vm, framework: FakeToolkit, answer: str, signature: str, words: tuple[int, ...],
    result: int | None, selected: int,
) -> None:  # fmt: skip
    framework.last = bytes.fromhex(answer)
    do = system_handler(running, UICC, "ProactiveResponseHandler")
    if result is not None:
        assert do(signature, *words) == result
        assert do("getValueLength()S") == selected
        return
    do("findTLV(BB)B", framework.last[0] - 256, 1)
    with throws(f"{UICC}/ToolkitException", selected):
        do(signature, *words)
    if selected == UNAVAILABLE:  # then nothing is selected any more
        with throws(f"{UICC}/ToolkitException", UNAVAILABLE):
            do("getValueLength()S")


COPY_MORE, COPY_DATA, COPY_TEXT = "copyAdditionalInformation([BSS)S", "copyChannelData([BSS)S", "copyTextString([BS)S"


@pytest.mark.parametrize("package", [UICC, SIM])
@pytest.mark.parametrize(
    ("answer", "signature", "words", "result"),
    [
        ("83033a0102", COPY_MORE, (1, 2), "00010200"),
        ("83033a0102", COPY_MORE, (1, 0), "00000000"),
        ("83033a0102", COPY_MORE, (0, 3), OUT),
        ("83033a0102", COPY_MORE, (2, 3), None),
        ("83033a0102", COPY_MORE, (-1, 1), None),
        ("83033a0102", COPY_MORE, (0, -1), None),
        ("8200", COPY_MORE, (0, 1), UNAVAILABLE),
        ("b6020102", COPY_DATA, (2, 2), "00000102"),
        ("b6020102", COPY_DATA, (0, 3), OUT),
        ("b6020102", COPY_DATA, (3, 2), None),
        ("8200", COPY_DATA, (0, 1), UNAVAILABLE),
        ("8d03044142", COPY_TEXT, (1,), "00414200"),
        ("8d0104", COPY_TEXT, (4,), "00000000"),
        ("8d00", COPY_TEXT, (0,), "00000000"),
        ("8d03044142", COPY_TEXT, (3,), None),
        ("8d03044142", COPY_TEXT, (-1,), None),
        ("8200", COPY_TEXT, (0,), UNAVAILABLE),
    ],
)
def test_copies_from_a_response(
    running: Vm, framework: FakeToolkit, package: str, answer: str, signature: str, words: tuple[int, ...],
    result: str | int | None,
) -> None:  # fmt: skip
    framework.last = bytes.fromhex(answer)
    do = system_handler(running, package, "ProactiveResponseHandler")
    array = byte_array(running, 4)
    if isinstance(result, str):
        end = do(signature, array, *words)
        assert content(array) == result
        assert end == (words[0] + words[1] if len(words) == 2 else words[0] + max(0, framework.last[1] - 1))
        assert do("getValueLength()S") == framework.last[1]
    else:
        with throws(EXCEPTION[package], result) if result else throws("ArrayIndexOutOfBoundsException"):
            do(signature, array, *words)
        assert content(array) == "00000000"
        with throws("NullPointerException"):
            do(signature, None, *words)


@pytest.mark.parametrize(("package", "name"), [(UICC, NAMES[0]), (USIM, "USATEnvelopeHandler"), (SIM, NAMES[0])])
def test_envelope(running: Vm, framework: FakeToolkit, package: str, name: str) -> None:
    framework.event = Envelope(0xD3, bytes.fromhex("82020181900105b8028105"))
    do = system_handler(running, package, name)
    if package == SIM:
        assert do("getEnvelopeTag()B") == 0xD3 - 256
    else:
        assert (do("getTag()B"), do("getSize()S")) == (0xD3 - 256, 13)
        assert do(STATUS, 1) == 0x8105 - 0x10000
    assert (do("getLength()S"), do(ITEM)) == (11, 5)
    assert do("getValueLength()S") == 1
    assert do(CHANNEL) == 1
    framework.event = Envelope(0xD6, bytes.fromhex("9000b800"))
    for signature in (ITEM, CHANNEL):
        with throws(EXCEPTION[package], OUT):
            do(signature)
    framework.event = Envelope(0xD6, bytes.fromhex("8300"))
    for signature in (ITEM, CHANNEL):
        with throws(EXCEPTION[package], UNAVAILABLE):
            do(signature)
    framework.event = None
    with throws(EXCEPTION[package], NOT_AVAILABLE):
        do("getEnvelopeTag()B" if package == SIM else "getTag()B")


@pytest.mark.parametrize(
    ("package", "signature", "words", "posted"),
    [
        (UICC, "post(Z)V", (1,), (None, True)),
        (UICC, "post(Z)V", (0,), (None, False)),
        (UICC, "postAsBERTLV(ZB)V", (1, 0xD4 - 256), (0xD4, True)),
        (SIM, "post(B)V", (0x9F - 256,), (None, 0x9F)),
        (SIM, "postAsBERTLV(BB)V", (0x9E - 256, 2), (2, 0x9E)),
    ],
)
def test_answers(
    running: Vm, framework: FakeToolkit, package: str, signature: str, words: tuple[int, ...],
    posted: tuple[int | None, int | bool],
) -> None:  # fmt: skip
    framework.answering = True
    do = system_handler(running, package, "EnvelopeResponseHandler")
    do("appendTLV(BB)V", 1, 2)
    do(signature, *words)
    assert framework.posted == [("010102", *posted)]
    for call_again, those in ((signature, words), ("clear()V", ()), ("appendTLV(BB)V", (1, 2))):
        with throws(EXCEPTION[package], NOT_AVAILABLE):
            do(call_again, *those)


def test_an_answer_must_fit_its_response(running: Vm, framework: FakeToolkit) -> None:
    framework.answering = True
    do = system_handler(running, UICC, "EnvelopeResponseHandler")
    do("appendArray([BSS)V", byte_array(running, 254), 0, 254)
    with throws("javacard/framework/APDUException", 3):
        do("postAsBERTLV(ZB)V", 1, 2)
    do("clear()V")
    do("appendArray([BSS)V", byte_array(running, 253), 0, 253)
    do("postAsBERTLV(ZB)V", 1, 2)
    assert len(framework.posted) == 1


def test_runs_do_not_see_each_other(running: Vm, framework: FakeToolkit) -> None:
    """A run that waits in `send`, and another meanwhile, share the handler objects but nothing in them."""
    all_there(framework)
    do = system_handler(running, UICC, "ProactiveHandler")
    do("init(BBB)V", 1, 2, 3)
    do("findTLV(BB)B", 2, 1)
    waiting, framework.run = framework.run, HandlerMemory()
    do = system_handler(running, UICC, "ProactiveHandler")
    assert do("getLength()S") == 0
    with throws(f"{UICC}/ToolkitException", UNAVAILABLE):
        do("getValueLength()S")
    do("initMoreTime()V")
    framework.run = waiting
    assert do("getValueByte(S)B", 1) == 3


@pytest.mark.parametrize("package", [UICC, SIM])
def test_exception(running: Vm, package: str) -> None:
    name = EXCEPTION[package]
    with throws(name, 0x0A):
        call(running, name, "throwIt(S)V", 0x0A)
    made = jcvm.construct(running, name, "<init>(S)V", 3)
    assert jcvm.send(running, made, name, "getReason()S") == 3
    assert running.api.named("javacard/framework/CardRuntimeException") in made.cls.supers
