"""Keys, KeyBuilder, KeyPair (Java Card API 3.0.5): components, kinds of memory, key ciphers, what is refused."""

from __future__ import annotations

import json

import pytest

from simtool.softcard.jcvm.api.javacard.security.key_forms import FORMS, Form, Memory
from simtool.softcard.jcvm.objects import JavaObject, Lifetime
from simtool.softcard.jcvm.saving import Loader, save
from simtool.softcard.jcvm.services import SYSTEM_EXCEPTION
from simtool.softcard.jcvm.vm import Vm
from tests.harness.jccrypto import (
    AES,
    CIPHER,
    DES,
    EC_PRIVATE,
    EC_PUBLIC,
    EXCEPTION,
    HMAC,
    ILLEGAL_VALUE,
    INTERFACES,
    KEY,
    NO_SUCH_ALGORITHM,
    RSA_CRT,
    RSA_PRIVATE,
    RSA_PUBLIC,
    SECURITY,
    UNINITIALIZED_KEY,
    build_key,
    cipher,
    crypt,
    get_part,
    init,
    key_pair,
    secret_key,
    set_part,
)
from tests.harness.jcvm import byte_array, call, content, send, throws

BUILDER = f"{SECURITY}/KeyBuilder"
ALL_TYPES = [
    (form, memory, code)
    for form, info in FORMS.items()
    for memory, code in zip(Memory, info.types, strict=True)
    if code is not None
]


def is_initialized(vm: Vm, key: JavaObject) -> bool:
    return bool(send(vm, key, f"{SECURITY}/Key", "isInitialized()Z"))


@pytest.mark.parametrize("form,memory,code", ALL_TYPES, ids=[f"{one.name}-{two.name}" for one, two, _ in ALL_TYPES])
def test_every_type_can_be_built(running: Vm, form: Form, memory: Memory, code: int) -> None:
    for bits in (min(FORMS[form].sizes), max(FORMS[form].sizes)):
        key = build_key(running, code, bits)
        assert send(running, key, f"{SECURITY}/Key", "getType()B") == code
        assert send(running, key, f"{SECURITY}/Key", "getSize()S") == bits
        assert call(running, BUILDER, f"getMemoryType({KEY})B", key) == memory
        assert not is_initialized(running, key)
        assert running.api.named(f"{SECURITY}/{form.value}") in key.cls.supers


@pytest.mark.parametrize("code,bits", (
    (3, 56), (3, 256), (15, 64), (15, 512), (4, 500), (4, 513), (4, 8192), (11, 255), (21, 0), (9, 113), (10, 113),
    (16, 128), (18, 128), (28, 113), (0, 64), (0x2A, 128), (0x2B, 128), (-1, 255), (99, 64),
))  # fmt: skip
def test_types_and_sizes_that_are_not_there(running: Vm, code: int, bits: int) -> None:
    with throws(EXCEPTION, NO_SUCH_ALGORITHM):
        build_key(running, code, bits)


@pytest.mark.parametrize(
    "code,memory,bits,type_", ((1, 0, 128, 3), (1, 1, 128, 1), (1, 2, 128, 2), (2, 2, 256, 14), (11, 1, 512, 4))
)
def test_algorithm_and_memory(running: Vm, code: int, memory: int, bits: int, type_: int) -> None:
    key = call(running, BUILDER, f"buildKey(BBSZ){KEY}", code, memory, bits, 0)
    assert send(running, key, f"{SECURITY}/Key", "getType()B") == type_
    assert call(running, BUILDER, f"getMemoryType({KEY})B", key) == memory
    with throws(EXCEPTION, NO_SUCH_ALGORITHM):
        call(running, BUILDER, f"buildKey(BBSZ){KEY}", code, 3, bits, 0)


# Secret keys


@pytest.mark.parametrize(
    "kind,value", ((DES, "0123456789abcdef"), (DES, "11" * 24), (AES, "22" * 16), (AES, "33" * 32), (HMAC, "44" * 20))
)
def test_secret_keys_give_back_their_value(running: Vm, kind: int, value: str) -> None:
    key = secret_key(running, kind, value)
    assert is_initialized(running, key)
    target = byte_array(running, 40)
    interface = f"{SECURITY}/{INTERFACES[kind]}"
    assert send(running, key, interface, "getKey([BS)B", target, 3) == len(value) // 2
    assert content(target)[6:].startswith(value)
    assert value not in repr(key.native) and str(bytes.fromhex(value)) not in repr(key.native)
    send(running, key, interface, "clearKey()V")
    assert not is_initialized(running, key)
    with throws(EXCEPTION, UNINITIALIZED_KEY):
        send(running, key, interface, "getKey([BS)B", target, 0)


def test_arrays_that_are_too_short(running: Vm) -> None:
    key = build_key(running, AES, 128)
    interface = f"{SECURITY}/AESKey"
    for words in ((byte_array(running, 15), 0), (byte_array(running, 16), 1), (byte_array(running, 16), -1)):
        with throws("ArrayIndexOutOfBoundsException"):
            send(running, key, interface, "setKey([BS)V", *words)
    with throws("NullPointerException"):
        send(running, key, interface, "setKey([BS)V", None, 0)
    assert not is_initialized(running, key)
    key = secret_key(running, AES, "22" * 16)
    with throws("ArrayIndexOutOfBoundsException"):
        send(running, key, interface, "getKey([BS)B", byte_array(running, 16), 1)


@pytest.mark.parametrize("length", (0, 256))
def test_hmac_keys_have_one_to_255_bytes(running: Vm, length: int) -> None:
    key = build_key(running, HMAC, 64)
    with throws(EXCEPTION, ILLEGAL_VALUE):
        send(running, key, f"{SECURITY}/HMACKey", "setKey([BSS)V", byte_array(running, 256), 0, length)


# Memory


@pytest.mark.parametrize("code,lifetime", ((1, Lifetime.CLEAR_ON_RESET), (2, Lifetime.CLEAR_ON_DESELECT)))
def test_transient_keys_are_cleared(running: Vm, applet: JavaObject, code: int, lifetime: Lifetime) -> None:
    free = running.heap.free(lifetime)
    key = build_key(running, code, 64)
    assert free - running.heap.free(lifetime) == 10
    send(running, key, f"{SECURITY}/DESKey", "setKey([BS)V", byte_array(running, "0123456789abcdef"), 0)
    it = cipher(running, 5)
    init(running, it, CIPHER, key, 2)
    assert len(crypt(running, it, "00" * 8)) == 8
    assert "0123456789abcdef" not in str(save(key))
    running.heap.clear(lifetime, applet.owner.context)
    assert not is_initialized(running, key)
    with throws(EXCEPTION, UNINITIALIZED_KEY):
        crypt(running, it, "00" * 8)


def test_a_reset_clears_transient_keys_only(running: Vm) -> None:
    keys = [build_key(running, code, 64) for code in (1, 2, 3)]
    for key in keys:
        send(running, key, f"{SECURITY}/DESKey", "setKey([BS)V", byte_array(running, "0123456789abcdef"), 0)
    running.heap.reset()
    assert [is_initialized(running, key) for key in keys] == [False, False, True]


def test_keys_that_are_cleared_on_deselect_belong_to_the_selected_applet(vm: Vm, applet: JavaObject) -> None:
    vm.selected_context = applet.owner.context
    with vm.running_as(applet.owner):
        key = build_key(vm, 2, 64)
        vm.selected_context = None
        with throws("SecurityException"):
            send(vm, key, f"{SECURITY}/DESKey", "setKey([BS)V", byte_array(vm, 8), 0)
        with throws(SYSTEM_EXCEPTION, 3):
            build_key(vm, 2, 64)


def test_a_transaction_takes_back_what_was_set(running: Vm) -> None:
    key = secret_key(running, DES, "0123456789abcdef")
    running.heap.begin()
    send(running, key, f"{SECURITY}/DESKey", "setKey([BS)V", byte_array(running, "1111111111111111"), 0)
    running.heap.abort()
    target = byte_array(running, 8)
    send(running, key, f"{SECURITY}/DESKey", "getKey([BS)B", target, 0)
    assert content(target) == "0123456789abcdef"


def test_keys_and_what_uses_them_in_the_state_file(running: Vm, applet: JavaObject) -> None:
    """A key pair, a transient key, and a cipher that was initialised; through JSON, as the card does it."""
    public, private = key_pair(running, 5, 192)
    it = cipher(running, 0x0E)
    init(running, it, CIPHER, secret_key(running, AES, "000102030405060708090a0b0c0d0e0f"), 2)
    transient = build_key(running, 14, 128)
    objects = running.heap.objects
    saved = json.loads(json.dumps({name: save(one) for name, one in objects.items() if one is not applet}))
    loader = Loader(running.find_class, lambda aid: applet.owner, running.entry_point, running.object_class)
    loaded = loader.load({int(name): one for name, one in saved.items()})

    def again(ref: JavaObject) -> JavaObject:
        found = loaded[int(ref.id)]
        assert isinstance(found, JavaObject) and found is not ref
        return found

    secret = get_part(running, private, EC_PRIVATE, "S")
    assert get_part(running, again(private), EC_PRIVATE, "S") == secret
    assert is_initialized(running, again(public)) and not is_initialized(running, again(transient))
    sealed = crypt(running, again(it), "00112233445566778899aabbccddeeff")
    assert sealed.hex() == "69c4e0d86a7b0430d8cdb78070b4c55a"


# Numbers


def test_components_of_a_generated_rsa_key(running: Vm) -> None:
    public, private = key_pair(running, 2, 512)
    for name, size in (("P", 32), ("Q", 32), ("DP1", 32), ("DQ1", 32), ("PQ", 32)):
        assert len(get_part(running, private, RSA_CRT, name)) == size
    assert get_part(running, public, RSA_PUBLIC, "Exponent").hex() == "010001"
    p, q = (int.from_bytes(get_part(running, private, RSA_CRT, name), "big") for name in "PQ")
    assert (p * q).to_bytes(64, "big") == get_part(running, public, RSA_PUBLIC, "Modulus")


def test_a_public_exponent_that_is_set_stays(running: Vm) -> None:
    pair = [build_key(running, kind, 512) for kind in (RSA_PUBLIC, RSA_PRIVATE)]
    both = running.new(f"{SECURITY}/KeyPair")
    signature = f"<init>(L{SECURITY}/PublicKey;L{SECURITY}/PrivateKey;)V"
    running.api.static_named(f"{SECURITY}/KeyPair", signature).call(running, both, *pair)
    set_part(running, pair[0], RSA_PUBLIC, "Exponent", b"\0\3")
    send(running, both, f"{SECURITY}/KeyPair", "genKeyPair()V")
    assert get_part(running, pair[0], RSA_PUBLIC, "Exponent") == b"\0\3"
    one, other = cipher(running, 0x0C), cipher(running, 0x0C)
    init(running, one, CIPHER, pair[0], 2)
    init(running, other, CIPHER, pair[1], 1)
    assert crypt(running, other, crypt(running, one, bytes(63) + b"\7")) == bytes(63) + b"\7"
    for wrong in (b"\0", b"\1", b"\4"):
        set_part(running, pair[0], RSA_PUBLIC, "Exponent", wrong)
        with throws(EXCEPTION, ILLEGAL_VALUE):
            send(running, both, f"{SECURITY}/KeyPair", "genKeyPair()V")


def test_an_rsa_key_is_initialised_by_its_last_component(running: Vm) -> None:
    key = build_key(running, RSA_PRIVATE, 512)
    set_part(running, key, RSA_PRIVATE, "Modulus", b"\x80" + bytes(62) + b"\1")
    assert not is_initialized(running, key)
    with throws(EXCEPTION, UNINITIALIZED_KEY):
        get_part(running, key, RSA_PRIVATE, "Exponent")
    set_part(running, key, RSA_PRIVATE, "Exponent", b"\1\2\3")
    assert is_initialized(running, key)
    assert get_part(running, key, RSA_PRIVATE, "Exponent") == b"\1\2\3"


@pytest.mark.parametrize("kind,bits,name,value", (
    (RSA_PUBLIC, 512, "Modulus", "ff" * 63), (RSA_PUBLIC, 512, "Modulus", "ff" * 65), (RSA_PUBLIC, 512, "Modulus", ""),
    (RSA_PUBLIC, 512, "Modulus", "00" + "ff" * 63), (RSA_PUBLIC, 512, "Modulus", "ff" * 63 + "fe"),
    (RSA_PUBLIC, 512, "Exponent", "ff" * 65), (RSA_CRT, 512, "P", "ff" * 33), (EC_PUBLIC, 192, "FieldFP", "ff" * 25),
    (EC_PUBLIC, 192, "A", "ff" * 25), (EC_PUBLIC, 192, "W", "04" + "ff" * 49), (EC_PUBLIC, 192, "W", "02" + "ff" * 48),
    (EC_PUBLIC, 192, "G", "04" + "ff" * 47), (EC_PRIVATE, 192, "S", "ff" * 26),
))  # fmt: skip
def test_components_that_do_not_fit(running: Vm, kind: int, bits: int, name: str, value: str) -> None:
    with throws(EXCEPTION, ILLEGAL_VALUE):
        set_part(running, build_key(running, kind, bits), kind, name, bytes.fromhex(value))


def test_zeros_at_the_beginning_do_not_make_a_number_too_long(running: Vm) -> None:
    key = build_key(running, RSA_PUBLIC, 512)
    set_part(running, key, RSA_PUBLIC, "Modulus", b"\0" + b"\xff" * 64)
    assert get_part(running, key, RSA_PUBLIC, "Modulus") == b"\xff" * 64


# Elliptic curves


@pytest.mark.parametrize("bits", (112, 128, 160, 192, 224, 256, 384, 521))
def test_key_pairs_on_the_default_curves(running: Vm, bits: int) -> None:
    public, private = key_pair(running, 5, bits)
    size = (bits + 7) // 8
    assert len(get_part(running, public, EC_PUBLIC, "W")) == 2 * size + 1
    assert len(get_part(running, private, EC_PRIVATE, "Field")) == size
    assert send(running, public, f"{SECURITY}/ECPublicKey", "getK()S") == 1
    assert is_initialized(running, public) and is_initialized(running, private)


def test_there_is_no_default_curve_of_320_bits(running: Vm) -> None:
    with throws(EXCEPTION, ILLEGAL_VALUE):
        key_pair(running, 5, 320)


def test_domain_parameters_of_the_applet_stay(running: Vm) -> None:
    """Parameters that no library has a name for: secp112r1 with another generator."""
    public, private = key_pair(running, 5, 112)
    first = get_part(running, public, EC_PUBLIC, "W")
    for key, kind in ((public, EC_PUBLIC), (private, EC_PRIVATE)):
        set_part(running, key, kind, "G", first)
    pair = running.new(f"{SECURITY}/KeyPair")
    signature = f"<init>(L{SECURITY}/PublicKey;L{SECURITY}/PrivateKey;)V"
    running.api.static_named(f"{SECURITY}/KeyPair", signature).call(running, pair, public, private)
    send(running, pair, f"{SECURITY}/KeyPair", "genKeyPair()V")
    assert get_part(running, public, EC_PUBLIC, "G") == first == get_part(running, private, EC_PRIVATE, "G")
    assert get_part(running, public, EC_PUBLIC, "W") != first


def test_copied_and_shared_domain_parameters(running: Vm) -> None:
    public, _ = key_pair(running, 5, 192)
    domain = call(running, BUILDER, f"buildKey(BBSZ){KEY}", 17, 0, 192, 0)
    copy = f"copyDomainParametersFrom(L{SECURITY}/ECKey;)V"
    with throws(EXCEPTION, UNINITIALIZED_KEY):
        send(running, public, f"{SECURITY}/ECPublicKey", copy, domain)
    send(running, domain, f"{SECURITY}/ECKey", copy, public)
    assert is_initialized(running, domain)
    build = f"buildKeyWithSharedDomain(BB{KEY}Z){KEY}"
    other = call(running, BUILDER, build, 7, 0, domain, 0)
    assert get_part(running, other, EC_PUBLIC, "G") == get_part(running, public, EC_PUBLIC, "G")
    set_part(running, other, EC_PUBLIC, "W", get_part(running, public, EC_PUBLIC, "W"))
    assert is_initialized(running, other)
    send(running, other, f"{SECURITY}/Key", "clearKey()V")
    assert is_initialized(running, domain)
    with throws(EXCEPTION, ILLEGAL_VALUE):
        call(running, BUILDER, build, 7, 0, public, 0)
    with throws(EXCEPTION, NO_SUCH_ALGORITHM):
        call(running, BUILDER, build, 1, 0, domain, 0)
    larger = build_key(running, EC_PUBLIC, 256)
    with throws(EXCEPTION, ILLEGAL_VALUE):
        send(running, larger, f"{SECURITY}/ECPublicKey", copy, domain)


def test_these_curves_are_over_prime_fields(running: Vm) -> None:
    key = build_key(running, EC_PUBLIC, 192)
    for signature, words in (("setFieldF2M(S)V", (1,)), ("setFieldF2M(SSS)V", (1, 2, 3))):
        with throws(EXCEPTION, NO_SUCH_ALGORITHM):
            send(running, key, f"{SECURITY}/ECPublicKey", signature, *words)


# Key pairs


@pytest.mark.parametrize("algorithm,bits", ((0, 512), (4, 113), (1, 500), (2, 8192), (5, 100), (7, 512)))
def test_key_pairs_that_are_not_there(running: Vm, algorithm: int, bits: int) -> None:
    with throws(EXCEPTION, NO_SUCH_ALGORITHM):
        key_pair(running, algorithm, bits)


def test_keys_that_do_not_belong_together(running: Vm) -> None:
    signature = f"<init>(L{SECURITY}/PublicKey;L{SECURITY}/PrivateKey;)V"
    constructor = running.api.static_named(f"{SECURITY}/KeyPair", signature)
    rsa, ec = build_key(running, RSA_PUBLIC, 512), build_key(running, EC_PUBLIC, 192)
    for public, private in ((rsa, build_key(running, RSA_PRIVATE, 768)), (ec, build_key(running, RSA_PRIVATE, 512)),
                            (rsa, build_key(running, EC_PRIVATE, 192))):  # fmt: skip
        with throws(EXCEPTION, ILLEGAL_VALUE):
            constructor.call(running, running.new(f"{SECURITY}/KeyPair"), public, private)
    with throws("NullPointerException"):
        constructor.call(running, running.new(f"{SECURITY}/KeyPair"), rsa, None)


def test_dsa_needs_its_parameters(running: Vm) -> None:
    with throws(EXCEPTION, ILLEGAL_VALUE):
        key_pair(running, 3, 1024)


# KeyEncryption


def test_a_key_cipher_deciphers_what_is_set(running: Vm) -> None:
    encryption = "javacardx/crypto/KeyEncryption"
    key = build_key(running, AES, 128, with_cipher=True)
    assert send(running, key, encryption, f"getKeyCipher()L{CIPHER};") is None
    transport = secret_key(running, AES, "55" * 16)
    one, other = cipher(running, 0x0E), cipher(running, 0x0E)
    init(running, one, CIPHER, transport, 2)
    send(running, key, encryption, f"setKeyCipher(L{CIPHER};)V", other)
    assert send(running, key, encryption, f"getKeyCipher()L{CIPHER};") is other
    sealed = byte_array(running, crypt(running, one, "66" * 16))
    with throws(EXCEPTION, ILLEGAL_VALUE):
        send(running, key, f"{SECURITY}/AESKey", "setKey([BS)V", sealed, 0)  # the cipher has no key
    init(running, other, CIPHER, transport, 1)
    send(running, key, f"{SECURITY}/AESKey", "setKey([BS)V", sealed, 0)
    target = byte_array(running, 16)
    send(running, key, f"{SECURITY}/AESKey", "getKey([BS)B", target, 0)
    assert content(target) == "66" * 16
    send(running, key, encryption, f"setKeyCipher(L{CIPHER};)V", None)
    send(running, key, f"{SECURITY}/AESKey", "setKey([BS)V", sealed, 0)
    send(running, key, f"{SECURITY}/AESKey", "getKey([BS)B", target, 0)
    assert content(target) == content(sealed)


def test_only_keys_that_were_built_for_it_have_a_key_cipher(running: Vm) -> None:
    plain, other = build_key(running, DES, 64), build_key(running, DES, 64, with_cipher=True)
    interface = running.api.named("javacardx/crypto/KeyEncryption")
    assert interface not in plain.cls.supers and interface in other.cls.supers
