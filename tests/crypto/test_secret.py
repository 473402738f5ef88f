"""Ways by which a secret could get out, each tried."""

import copy
import dataclasses
import inspect
import io
import json
import logging
import pickle
import pprint
import traceback
from collections.abc import Callable

import pytest
import rich
import yaml
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from simtool.crypto.secret import Secret
from simtool.errors import EncodeError

KEY = bytes.fromhex("465b5ce8b199b49faa5f0a2ee238a6bc")
PIN = b"31415926"


@dataclasses.dataclass(frozen=True)
class Holder:
    name: str
    key: Secret


def forms(value: bytes) -> list[str]:
    """How bytes would look if they got into a text."""
    import base64

    text = [value.hex(), value.hex().upper(), value.hex(" "), repr(value)[2:-1], repr(list(value))[1:-1]]
    text += [base64.b64encode(value).decode().rstrip("="), str(int.from_bytes(value))]
    return text + ([value.decode()] if value.isascii() else [])


def rich_text(value: object, call: Callable[..., None]) -> str:
    stream = io.StringIO()
    call(value, Console(file=stream, width=400))
    return stream.getvalue()


def logged(secret: Secret) -> str:
    stream = io.StringIO()
    logger = logging.Logger("leak")
    logger.addHandler(logging.StreamHandler(stream))
    logger.error("%s %r", secret, secret)
    logger.error("%(a)s", {"a": secret})
    return stream.getvalue()


def failing(secret: Secret) -> str:
    try:
        raise EncodeError(f"bad {secret}") from ValueError(secret)
    except EncodeError as error:
        return "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())


SHOWN: list[tuple[str, Callable[[Secret], object]]] = [
    ("repr", repr),
    ("str", str),
    ("ascii", ascii),
    ("f-string", lambda s: f"{s} {s!r} {s!s} {s:>40}"),
    ("format", "{0} {0!r}".format),
    ("percent", lambda s: "%s %r" % (s, s)),  # noqa: UP031
    ("list", lambda s: str([s, {"a": s}, (s,)])),
    ("dataclass repr", lambda s: repr(Holder("x", s))),
    ("asdict", lambda s: str(dataclasses.asdict(Holder("x", s)))),
    ("astuple", lambda s: str(dataclasses.astuple(Holder("x", s)))),
    ("replace", lambda s: repr(dataclasses.replace(Holder("x", s), name="y"))),
    ("pprint", lambda s: pprint.pformat([Holder("x", s)])),
    ("vars of the holder", lambda s: str(vars(Holder("x", s)))),
    ("dir", lambda s: str(dir(s))),
    ("getmembers", lambda s: str(inspect.getmembers(s))),
    ("slots", lambda s: str([getattr(s, name, None) for name in type(s).__slots__])),
    ("log", logged),
    ("exception", failing),
    ("exception args", lambda s: repr(EncodeError(str(s)).args)),
    ("copy", lambda s: repr(copy.copy(s))),
    ("deepcopy", lambda s: repr(copy.deepcopy([s]))),
    ("json default=str", lambda s: json.dumps(s, default=str)),
    ("rich print", lambda s: rich_text(Holder("x", s), lambda v, c: c.print(v))),
    ("rich inspect", lambda s: rich_text(s, lambda v, c: rich.inspect(v, console=c, all=True, methods=True))),
]

REFUSED: list[tuple[str, Callable[[Secret], object]]] = [
    ("pickle", pickle.dumps),
    ("pickle of the holder", lambda s: pickle.dumps(Holder("x", s))),
    *((f"pickle protocol {number}", lambda s, n=number: pickle.dumps(s, n)) for number in range(6)),
    ("json", json.dumps),
    ("json of asdict", lambda s: json.dumps(dataclasses.asdict(Holder("x", s)))),
    ("yaml", yaml.dump),
    ("yaml safe", yaml.safe_dump),
    ("vars", vars),
    ("getstate", lambda s: s.__getstate__()),
    ("bytes", bytes),
    ("bytearray", bytearray),
    ("int", int),
    ("hex", hex),
    ("iter", list),
    ("len", len),
    ("index", lambda s: s[0]),
    ("hash", hash),
    ("set", lambda s: {s}),
    ("order", lambda s: s < s),
    ("concatenate", lambda s: b"" + s),
    ("join", lambda s: b"".join([s])),
    ("percent d", lambda s: "%d" % s),  # noqa: UP031
    ("percent x", lambda s: "%x" % s),  # noqa: UP031
    ("bytes percent", lambda s: b"%b" % s),
    ("format x", lambda s: f"{s:x}"),
    ("memoryview", memoryview),
    ("assign", lambda s: setattr(s, "_reveal", lambda: b"x")),
    ("new attribute", lambda s: setattr(s, "note", "x")),
    ("delete", lambda s: delattr(s, "_reveal")),
]


@pytest.mark.parametrize(("value", "kind"), [(KEY, "ki"), (PIN, "adm1"), (PIN + PIN, "adm1"), (b"27182818", "pin")])
@pytest.mark.parametrize(("name", "show"), SHOWN, ids=[name for name, _ in SHOWN])
def test_shown_without_the_bytes(value: bytes, kind: str, name: str, show: Callable[[Secret], object]) -> None:
    text = str(show(Secret(value, kind)))
    for form in forms(value):
        assert form not in text


@pytest.mark.parametrize(("name", "use"), REFUSED, ids=[name for name, _ in REFUSED])
def test_refused(name: str, use: Callable[[Secret], object]) -> None:
    with pytest.raises((TypeError, AttributeError, ValueError, yaml.YAMLError)) as caught:
        use(Secret(KEY, "ki"))
    for form in forms(KEY):
        assert form not in str(caught.value)


@pytest.mark.parametrize(
    ("value", "kind", "shown"),
    [
        (bytes(16), "key", "<key kcv=c7d5d1>"),
        (KEY, "ki", "<ki kcv=" + Secret(KEY).kcv().hex() + ">"),
        (b"1234", "pin", "<pin ****>"),
        (b"12345678", "adm", "<adm ****>"),
        (b"1234567812345678", "adm", "<adm ****>"),
        (b"1234567812345678", "ADM1", "<ADM1 ****>"),
        (b"1234567812345678", "puk2", "<puk2 ****>"),
        (b"1234567812345678", "passphrase", "<passphrase ****>"),
        (b"x" * 15, "key", "<key ****>"),
    ],
)
def test_repr(value: bytes, kind: str, shown: str) -> None:
    if value == bytes(16):
        # AES-128, zero key, sixteen bytes 01, reckoned by the cipher itself
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

        block = Cipher(algorithms.AES(value), modes.ECB()).encryptor().update(b"\x01" * 16)  # noqa: S305
        shown = f"<key kcv={block[:3].hex()}>"
    assert repr(Secret(value, kind)) == shown


@given(st.text("0123456789abcdefXYZ ", min_size=6, max_size=40))
def test_from_hex_never_quotes(text: str) -> None:
    try:
        secret = Secret.from_hex(text, length=16, kind="ki")
    except EncodeError as error:
        assert error.__cause__ is None and error.__context__ is None
        assert not text.strip() or text.strip() not in str(error) or len(text.strip()) < 6
    else:
        assert len(secret.reveal()) == 16


@pytest.mark.parametrize(
    "text", ["465b5ce8b199b49faa5f0a2ee238a6b", "465b5ce8b199b49faa5f0a2ee238a6bg", "465b5ce8", ""]
)
def test_from_hex_message(text: str) -> None:
    with pytest.raises(EncodeError) as caught:
        Secret.from_hex(text, length=16, kind="ki")
    message = str(caught.value)
    assert "ki" in message and "16" in message or "hex" in message
    assert not text or text[:4] not in message


def test_from_hex() -> None:
    secret = Secret.from_hex("465B5CE8 b199b49f aa5f0a2e e238a6bc", length=16, kind="ki")
    assert secret.reveal() == KEY and secret.kind == "ki" and secret.length == 16
    assert Secret.from_hex("00ff").reveal() == b"\x00\xff"


def test_equality() -> None:
    assert Secret(KEY, "ki") == Secret(bytearray(KEY), "other")
    assert Secret(KEY) != Secret(KEY[:-1]) and Secret(KEY) != Secret(bytes(16))
    assert Secret(KEY) != KEY and Secret(KEY) != KEY.hex()


def test_keeps_its_own_copy() -> None:
    source = bytearray(KEY)
    secret = Secret(source)
    source[:] = bytes(16)
    assert secret.reveal() == KEY


@pytest.mark.parametrize("value", ["465b", 5, None, [1, 2]])
def test_made_from_bytes_only(value: object) -> None:
    with pytest.raises(EncodeError) as caught:
        Secret(value)  # type: ignore[arg-type]
    assert "465b" not in str(caught.value)


def test_no_check_value_for_pins() -> None:
    for secret in (Secret(PIN, "adm"), Secret(b"x" * 7), Secret(b"1" * 16, "pin")):
        assert not secret.has_kcv
        with pytest.raises(EncodeError):
            secret.kcv()
