"""Any bytes get a status word, and random traffic never changes what it has no right to change."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simtool.files.product import CardModel, load, names
from simtool.softcard.card import SoftCard

INSTRUCTIONS = bytes.fromhex(
    "a4f2b0d6b2dca232cbdb20242628 2c440488c1c212101470aa7684787375e0e4d4e6e8fec0fa".replace(" ", "")
)
CLASSES = bytes.fromhex("0080a0014181c00405")


SIZES = {0xA4: (2,), 0x20: (8, 0), 0x26: (8,), 0x28: (8,), 0x24: (16,), 0x2C: (16, 0), 0x88: (34, 17, 16), 0x84: ()}
PROPRIETARY = bytes.fromhex("f2cbdb32101214c2aad47678")


def ways(model: CardModel) -> list[bytes]:
    """A SELECT for every file of a product: by path from the MF, in an application by 7FFF, applications by AID."""
    found = []
    for spec in model.files.values():
        application = spec.path.application
        start = 1 if application is None else len(application.parts)
        names = spec.path.parts
        path = b"".join(model.file("/".join(names[: at + 1])).fid.to_bytes(2) for at in range(start, len(names)))
        if spec.aid is not None:
            found += [b"\x00\xa4\x04\x0c" + bytes((len(spec.aid),)) + spec.aid] * 20
        elif path:
            path = path if application is None else b"\x7f\xff" + path
            found.append(b"\x00\xa4\x08\x0c" + bytes((len(path),)) + path)
    return found


def wild(rng: random.Random, fids: list[int], selects: list[bytes]) -> bytes:
    """A command as a careless or hostile program might send it: often nearly right, sometimes anything."""
    kind = rng.random()
    cla = rng.choice((0x00, 0x00, 0x00, 0xA0, 0x01))
    if kind < 0.15:
        return rng.choice(selects)
    if kind < 0.35:
        return bytes((cla, 0xA4, 0, rng.choice((0, 4, 12)), 2)) + rng.choice(fids).to_bytes(2)
    if kind < 0.5:
        record = rng.random() < 0.5
        head = (cla, 0xB2, rng.randrange(4), rng.choice((2, 3, 4))) if record else (cla, 0xB0, 0, rng.randrange(4))
        return bytes((*head, rng.randrange(40)))
    if kind < 0.65:
        size = rng.randrange(1, 40)
        record = rng.random() < 0.5
        head = (cla, 0xDC, rng.randrange(4), rng.choice((3, 4))) if record else (cla, 0xD6, 0, rng.randrange(9))
        return bytes((*head, size)) + rng.randbytes(size)
    ins = rng.choice(INSTRUCTIONS)
    cla = 0x80 if ins in PROPRIETARY and rng.random() < 0.8 else rng.choice(CLASSES)
    p1, p2 = (0, rng.choice((0, 1, 4, 0x0A, 0x0C, 0x80, 0x81)))
    if rng.random() < 0.3:
        p1, p2 = rng.randrange(256), rng.randrange(256)
    size = rng.choice(SIZES.get(ins) or (0, 1, 2, 3, 9, 20, 34, rng.randrange(256)))
    data = rng.randbytes(size)
    if ins in (0xE4, 0x04, 0x44, 0xE6, 0xE8) and rng.random() < 0.7:
        data = rng.choice(fids).to_bytes(2)
    if ins in (0xE0, 0xD4) and rng.random() < 0.8:
        data = file_template(rng, fids)
    lc = len(data) if rng.random() < 0.9 else rng.randrange(256)
    tail = rng.choice((b"", b"", b"", b"\x00", rng.randbytes(rng.randrange(4))))
    return (bytes((cla, ins, p1, p2, lc)) + data + tail)[: rng.choice((999, 999, 999, 999, 999, 999, rng.randrange(8)))]


def file_template(rng: random.Random, fids: list[int]) -> bytes:
    """What CREATE and RESIZE FILE take."""
    size, length = rng.randrange(1, 5) * 12, rng.choice((1, 2, 3, 4, 6, 12))
    descriptor = rng.choice((b"\x41\x21", b"\x42\x21\x00" + bytes((length,)), b"\x46\x21\x00" + bytes((length,)),
                             b"\x79\x21", b"\x78\x21"))  # fmt: skip
    fid = rng.choice((rng.choice(fids), 0x5F70 + rng.randrange(4), 0x6F50 + rng.randrange(8)))
    rule = b"\x8b\x03\x2f\x06" + bytes((rng.randrange(1, 9),))
    named = b"\x82" + bytes((len(descriptor),)) + descriptor, b"\x83\x02" + fid.to_bytes(2)
    parts = [*named, b"\x8a\x01\x05", rule, b"\x80\x02" + size.to_bytes(2), b"\x88\x00"]
    body = b"".join(part for part in parts if rng.random() < 0.95)
    return b"\x62" + bytes((len(body),)) + body


def is_answer(answer: bytes) -> bool:
    return len(answer) >= 2 and (answer[-2] >> 4 in (6, 9)) and answer[-2] != 0x60


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.binary(max_size=300), max_size=20))
def test_any_bytes(small_model: CardModel, commands: list[bytes]) -> None:
    card = SoftCard.new(small_model)
    card.power_on()
    for command in commands:
        assert is_answer(card.transmit(command))


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.builds(
            lambda cla, ins, p1, p2, p3, data: bytes((cla, ins, p1, p2, p3 if p3 is not None else len(data))) + data,
            st.sampled_from(CLASSES),
            st.sampled_from(INSTRUCTIONS),
            st.integers(0, 255),
            st.integers(0, 255),
            st.none() | st.integers(0, 255),
            st.binary(max_size=255),
        ),
        max_size=20,
    )
)
def test_any_command(small_model: CardModel, commands: list[bytes]) -> None:
    card = SoftCard.new(small_model)
    card.power_on()
    for pin in card.pins.values():
        pin.verified = True
    for command in commands:
        assert is_answer(card.transmit(command))


@pytest.mark.parametrize("name", names())
def test_random_traffic_on_every_product(
    name: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A few thousand commands: no failure of our own, and with nothing verified no key, no counter upwards, no file."""
    model = load(name)
    card = SoftCard.new(model)
    card.power_on()
    rng = random.Random(name)  # noqa: S311
    fids, selects = [spec.fid for spec in model.files.values()], ways(model)
    layouts = {str(spec.path) for spec in model.files.values() if spec.layout is not None}
    before = guarded(card, layouts)
    for _ in range(6000):
        command = wild(rng, fids, selects)
        if command[1:2] == b"\x88":
            continue
        answer = card.transmit(command)
        assert is_answer(answer), command.hex()
        if rng.random() < 0.002:
            card.reset()
    assert guarded(card, layouts) == before
    assert not caplog.records


def guarded(card: SoftCard, layouts: set[str]) -> dict[str, object]:
    """What nobody may change who has verified nothing: keys, and PIN and PUK values."""
    kept: dict[str, object] = {}
    pin_files = {pin.content.key for pin in card.pins.values() if pin.content is not None}
    for path in sorted(layouts):
        node = card.files.by_path[path]
        if node.content.key not in pin_files and not freely_writable(card, path):
            kept[path] = node.content.data
    for name, pin in card.pins.items():
        kept[name] = (pin._get("value"), pin._get("puk"), pin._get("tries"), pin._get("puk_tries"))
    return kept


def freely_writable(card: SoftCard, path: str) -> bool:
    """Some classic SIMs let anybody write their provider records."""
    from simtool.codec.access import ALWAYS, AccessMode

    return card.guard.rules(card.files.by_path[path]).condition(AccessMode.UPDATE) == ALWAYS


def test_counters_only_fall(small_model: CardModel) -> None:
    """Without knowing a PIN or PUK no counter rises, whatever is sent."""
    card = SoftCard.new(small_model)
    card.power_on()
    rng = random.Random(7)  # noqa: S311
    left: Callable[[], list[tuple[int, int]]] = lambda: [(pin.left, pin.puk_left) for pin in card.pins.values()]  # noqa: E731
    last = left()
    for _ in range(3000):
        ins = rng.choice(b"\x20\x24\x26\x28\x2c")
        size = 16 if ins in (0x24, 0x2C) else 8
        card.transmit(bytes((0, ins, 0, rng.choice((1, 0x81, 0x11, 0x0A)), size)) + rng.randbytes(size))
        now = left()
        assert all(new[0] <= old[0] and new[1] <= old[1] for new, old in zip(now, last, strict=True))
        last = now
    assert all(tries == 0 for tries, _ in last[:4])


def test_without_power(small_model: CardModel) -> None:
    card = SoftCard.new(small_model)
    assert card.transmit(bytes.fromhex("00a40004023f00")) == b"\x6f\x00"
    card.power_on()
    card.power_off()
    assert card.transmit(b"") == b"\x6f\x00"
