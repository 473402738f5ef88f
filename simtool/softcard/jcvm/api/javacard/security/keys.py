"""The methods of keys (Java Card API 3.0.5: Key and its subinterfaces, javacardx.crypto.KeyEncryption).

One class of ours for each kind of key, and another for those with a key cipher. Values are kept as they were set, but
for zeros at the beginning where a number would be too long with them.
"""

from __future__ import annotations

from collections.abc import Mapping

from simtool.softcard.jcvm.api.javacard.security.exceptions import (
    ILLEGAL_VALUE,
    NO_SUCH_ALGORITHM,
    UNINITIALIZED_KEY,
    refuse,
)
from simtool.softcard.jcvm.api.javacard.security.key_forms import (
    EC_DOMAIN,
    FORMS,
    Form,
    Memory,
    Part,
    capacity,
    interfaces,
    type_code,
)
from simtool.softcard.jcvm.api.javacard.security.key_state import (
    KeyState,
    clear,
    is_initialized,
    key_of,
    part_of,
    point,
    set_part,
)
from simtool.softcard.jcvm.faults import JavaThrow
from simtool.softcard.jcvm.native import Native, NativeClass, read, state_of, usable, write
from simtool.softcard.jcvm.objects import JavaObject, Ref
from simtool.softcard.jcvm.vm import Vm

CIPHER = "javacardx/crypto/Cipher"
KEY_ENCRYPTION = "javacardx/crypto/KeyEncryption"


def class_name(form: Form, *, with_cipher: bool) -> str:
    """Our class for keys of a kind."""
    return f"simtool/{form.value}{'WithCipher' if with_cipher else ''}"


def get_type(vm: Vm, this: JavaObject) -> int:
    state = state_of(this, KeyState)
    return type_code(state.kind, Memory(state.memory))


def get_size(vm: Vm, this: JavaObject) -> int:
    return state_of(this, KeyState).bits


def clear_key(vm: Vm, this: JavaObject) -> None:
    clear(vm, this)


def initialized(vm: Vm, this: JavaObject) -> bool:
    return is_initialized(vm, this)


# Secret keys


def set_fixed(vm: Vm, this: JavaObject, array: Ref | None, offset: int) -> None:
    """DESKey.setKey, AESKey.setKey: as many bytes as the key has."""
    state = state_of(this, KeyState)
    size = state.bits // 8
    set_part(vm, this, Part.KEY, _exactly(vm, _incoming(vm, state, array, offset, size), size))


def set_counted(vm: Vm, this: JavaObject, array: Ref | None, offset: int, length: int) -> None:
    """HMACKey.setKey: ILLEGAL_VALUE for no bytes, or more than there is room for."""
    state = state_of(this, KeyState)
    value = _incoming(vm, state, array, offset, length)
    if not 0 < len(value) <= capacity(state.kind, Part.KEY, state.bits):
        raise refuse(vm, ILLEGAL_VALUE)
    set_part(vm, this, Part.KEY, value)


def _exactly(vm: Vm, value: bytes, size: int) -> bytes:
    if len(value) != size:
        raise refuse(vm, ILLEGAL_VALUE)
    return value


def _incoming(vm: Vm, state: KeyState, array: Ref | None, offset: int, length: int) -> bytes:
    """What is to be set, deciphered where there is a key cipher. ILLEGAL_VALUE if that fails."""
    value = read(vm, array, offset, length)
    if state.cipher is None:
        return value
    source, target = vm.runtime_array(length, "key-in"), vm.runtime_array(length + 32, "key-out")
    memoryview(source.data).cast("B")[:] = value
    try:
        count = vm.invoke(state.cipher, CIPHER, "doFinal([BSS[BS)S", source, 0, length, target, 0)
    except JavaThrow:
        raise refuse(vm, ILLEGAL_VALUE) from None
    plain: bytes = target.data.tobytes()[:count]
    return plain


# Numbers


def _setter(part: Part) -> Native:
    def set_it(vm: Vm, this: JavaObject, array: Ref | None, offset: int, length: int) -> None:
        state = state_of(this, KeyState)
        value = _incoming(vm, state, array, offset, length)
        set_part(vm, this, part, _fitting(vm, state, part, value))

    return set_it


def _fitting(vm: Vm, state: KeyState, part: Part, value: bytes) -> bytes:
    """A component as it is kept. ILLEGAL_VALUE where it does not go with the size of the key."""
    most = capacity(state.kind, part, state.bits)
    if not value:
        raise refuse(vm, ILLEGAL_VALUE)
    if part is Part.W or (part is Part.G and Part.FIELD in FORMS[state.kind].parts):
        if len(value) > most:
            raise refuse(vm, ILLEGAL_VALUE)
        point(vm, (len(value) - 1) // 2, value)
        return value
    if len(value) > most:
        value = value.lstrip(b"\0") or b"\0"
    if len(value) > most or (part is Part.MODULUS and len(value.lstrip(b"\0")) != most):
        raise refuse(vm, ILLEGAL_VALUE)
    if part in (Part.MODULUS, Part.FIELD) and not value[-1] & 1:
        raise refuse(vm, ILLEGAL_VALUE)
    return value


def _getter(part: Part) -> Native:
    def get_it(vm: Vm, this: JavaObject, array: Ref | None, offset: int) -> int:
        value = part_of(vm, this, part)
        if value is None:
            raise refuse(vm, UNINITIALIZED_KEY)
        write(vm, array, offset, value)
        return len(value)

    return get_it


def set_k(vm: Vm, this: JavaObject, cofactor: int) -> None:
    set_part(vm, this, Part.K, (cofactor & 0xFFFF).to_bytes(2, "big"))


def get_k(vm: Vm, this: JavaObject) -> int:
    value = part_of(vm, this, Part.K)
    if value is None:
        raise refuse(vm, UNINITIALIZED_KEY)
    return int.from_bytes(value, "big")


def set_field_f2m(vm: Vm, this: JavaObject, *exponents: int) -> None:
    """These keys are over prime fields."""
    raise refuse(vm, NO_SUCH_ALGORITHM)


def copy_domain_parameters_from(vm: Vm, this: JavaObject, other: Ref | None) -> None:
    """ECKey: ILLEGAL_VALUE for another size or field, UNINITIALIZED_KEY where the other has not all of them."""
    found = key_of(vm, other)
    if found is None or Part.FIELD not in FORMS[found[1].kind].parts:
        raise refuse(vm, ILLEGAL_VALUE)
    source, state = found
    if state.bits != state_of(this, KeyState).bits:
        raise refuse(vm, ILLEGAL_VALUE)
    values = [part_of(vm, source, one) for one in EC_DOMAIN]
    if None in values[:-1]:
        raise refuse(vm, UNINITIALIZED_KEY)
    for part, value in zip(EC_DOMAIN, values, strict=True):
        set_part(vm, this, part, value)


# KeyEncryption


def get_key_cipher(vm: Vm, this: JavaObject) -> Ref | None:
    return state_of(this, KeyState).cipher


def set_key_cipher(vm: Vm, this: JavaObject, cipher: Ref | None) -> None:
    """KeyEncryption.setKeyCipher: null is allowed, and means that key data comes in the clear."""
    if cipher is not None:
        usable(vm, cipher)
        vm.storable(cipher)
    vm.heap.touch(this)
    state_of(this, KeyState).cipher = cipher


_KEY: Mapping[str, Native] = {
    "clearKey()V": clear_key, "getSize()S": get_size, "getType()B": get_type, "isInitialized()Z": initialized,
}  # fmt: skip
_ENCRYPTION: dict[str, Native] = {
    "getKeyCipher()Ljavacardx/crypto/Cipher;": get_key_cipher,
    "setKeyCipher(Ljavacardx/crypto/Cipher;)V": set_key_cipher,
}
_OTHER_PARTS: Mapping[Part, Mapping[str, Native]] = {
    Part.KEY: {
        "setKey([BS)V": set_fixed, "setKey([BSS)V": set_counted, "getKey([BS)B": _getter(Part.KEY),
    },
    Part.K: {
        "setK(S)V": set_k, "getK()S": get_k, "setFieldF2M(S)V": set_field_f2m, "setFieldF2M(SSS)V": set_field_f2m,
        "copyDomainParametersFrom(Ljavacard/security/ECKey;)V": copy_domain_parameters_from,
    },
    Part.FIELD: {"setFieldFP([BSS)V": _setter(Part.FIELD), "getField([BS)S": _getter(Part.FIELD)},
}  # fmt: skip


def _methods(form: Form) -> dict[str, Native]:
    found = dict(_KEY)
    for part in FORMS[form].parts:
        found |= _OTHER_PARTS.get(part) or {
            f"set{part.value}([BSS)V": _setter(part), f"get{part.value}([BS)S": _getter(part),
        }  # fmt: skip
    return found


KEYS: tuple[NativeClass, ...] = tuple(
    NativeClass(
        class_name(form, with_cipher=with_cipher),
        _methods(form) | (_ENCRYPTION if with_cipher else {}),
        state=KeyState,
        interfaces=(*interfaces(form), KEY_ENCRYPTION) if with_cipher else interfaces(form),
    )
    for form in FORMS
    for with_cipher in (False, True)
)
