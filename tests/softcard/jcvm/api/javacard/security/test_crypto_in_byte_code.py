"""A package that uses both packages of cryptography, in byte code, through both engines."""

from __future__ import annotations

from typing import Any

import pytest

from simtool.softcard.jcvm.faults import JavaThrow
from simtool.softcard.jcvm.objects import Owner
from tests.harness import jcvm
from tests.harness.jcasm import assemble
from tests.harness.jccrypto import EXCEPTION, NO_SUCH_ALGORITHM, RepeatablePlatform, scratch

TEXT = """
.package test/crypto A0000000010101 1.0
.export
.import javacard.framework 1.6
.import javacard.security 1.6
.import javacardx.crypto 1.6
.class public T extends java/lang/Object
.field static byte[] KEY = hex 000102030405060708090a0b0c0d0e0f
.method public static encrypt([B)S
    bspush 15 / sspush 128 / sconst_0
    invokestatic KeyBuilder.buildKey(BSZ)Ljavacard/security/Key;
    checkcast AESKey
    astore 1
    aload 1 / getstatic_a T.KEY / sconst_0
    invokeinterface AESKey.setKey([BS)V
    bspush 14 / sconst_0
    invokestatic Cipher.getInstance(BZ)Ljavacardx/crypto/Cipher;
    astore 2
    aload 2 / aload 1 / sconst_2
    invokevirtual Cipher.init(Ljavacard/security/Key;B)V
    aload 2 / aload_0 / sconst_0 / bspush 16 / aload_0 / sconst_0
    invokevirtual Cipher.doFinal([BSS[BS)S
    sreturn
.end
.method public static signed([B)S
    new KeyPair / dup / sconst_5 / sspush 192
    invokespecial KeyPair.<init>(BS)V
    astore 1
    aload 1
    invokevirtual KeyPair.genKeyPair()V
    bspush 0x11 / sconst_0
    invokestatic Signature.getInstance(BZ)Ljavacard/security/Signature;
    astore 2
    aload 2
    aload 1
    invokevirtual KeyPair.getPrivate()Ljavacard/security/PrivateKey;
    sconst_1
    invokevirtual Signature.init(Ljavacard/security/Key;B)V
    aload 2 / aload_0 / sconst_0 / bspush 16 / aload_0 / bspush 16
    invokevirtual Signature.sign([BSS[BS)S
    sstore 3
    aload 2
    aload 1
    invokevirtual KeyPair.getPublic()Ljavacard/security/PublicKey;
    sconst_2
    invokevirtual Signature.init(Ljavacard/security/Key;B)V
    aload 2 / aload_0 / sconst_0 / bspush 16 / aload_0 / bspush 16 / sload 3
    invokevirtual Signature.verify([BSS[BSS)Z
    sreturn
.end
.method public static unknown([B)S
    bspush 99 / sconst_0
    invokestatic MessageDigest.getInstance(BZ)Ljavacard/security/MessageDigest;
    pop
    sconst_0
    sreturn
.end
.method public static hash([B)S
    sconst_4
    invokestatic MessageDigest$OneShot.open(B)Ljavacard/security/MessageDigest$OneShot;
    astore 1
    aload 1 / aload_0 / sconst_0 / sconst_3 / aload_0 / sconst_0
    invokevirtual MessageDigest$OneShot.doFinal([BSS[BS)S
    aload 1
    invokevirtual MessageDigest$OneShot.close()V
    sreturn
.end
"""


@pytest.fixture(params=(True, False), ids=("translated", "interpreted"))
def run(request: pytest.FixtureRequest, packages: tuple[Any, ...]) -> Any:
    """Runs a method with an array that holds this, and gives its result and what is in the array then."""
    made = assemble(TEXT.replace(" / ", "\n    "))
    vm = jcvm.machine(packages, RepeatablePlatform())
    vm.use(translator=request.param)
    package = vm.load(made.block)

    def call(name: str, content: str) -> tuple[int, str]:
        array = scratch(vm, content)
        with vm.running_as(Owner(package.aid, package.context)):
            result = package.methods[made.offsets[f"T.{name}"]].call(vm, array)
        return result, jcvm.content(array)

    return call


def test_a_cipher(run: Any) -> None:
    """FIPS 197 C.1."""
    assert run("encrypt", "00112233445566778899aabbccddeeff") == (16, "69c4e0d86a7b0430d8cdb78070b4c55a")


def test_a_signature(run: Any) -> None:
    result, content = run("signed", "11" * 16 + "00" * 80)
    assert result == 1 and content.startswith("11" * 16 + "30")


def test_a_one_shot(run: Any) -> None:
    """FIPS 180-4: SHA-256 of "abc"."""
    result, content = run("hash", b"abc".hex() + "00" * 29)
    assert (result, content) == (32, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")


def test_an_exception(run: Any) -> None:
    with pytest.raises(JavaThrow) as caught:
        run("unknown", "")
    thrown = caught.value.throwable
    assert (thrown.cls.name, thrown.native.reason) == (EXCEPTION, NO_SUCH_ALGORITHM)  # type: ignore[union-attr]
