"""KeyBuilder (Java Card API 3.0.5)."""

from __future__ import annotations

from simtool.softcard.jcvm.api.javacard.security.exceptions import ILLEGAL_VALUE, NO_SUCH_ALGORITHM, refuse
from simtool.softcard.jcvm.api.javacard.security.key_forms import FORMS, Form, Memory, of_algorithm, of_type
from simtool.softcard.jcvm.api.javacard.security.key_state import KeyState, key_of, own_parts, store_size
from simtool.softcard.jcvm.api.javacard.security.keys import class_name
from simtool.softcard.jcvm.native import NativeClass, construct
from simtool.softcard.jcvm.objects import JavaObject, Kind, Lifetime, Ref
from simtool.softcard.jcvm.services import SYSTEM_EXCEPTION
from simtool.softcard.jcvm.vm import Vm

ILLEGAL_TRANSIENT = 3
_LIFETIMES = {
    Memory.TRANSIENT_RESET: Lifetime.CLEAR_ON_RESET,
    Memory.TRANSIENT_DESELECT: Lifetime.CLEAR_ON_DESELECT,
}


def make_key(
    vm: Vm, form: Form, memory: Memory, bits: int, *, with_cipher: bool = False, domain: JavaObject | None = None
) -> JavaObject:
    """A key of the active applet, not initialised.

    SystemException: NO_TRANSIENT_SPACE, NO_RESOURCE, and ILLEGAL_TRANSIENT where the active applet's package is not
    that of the selected one (JCRE §6.2.1).
    """
    if memory is Memory.TRANSIENT_DESELECT and vm.context is not vm.selected_context:
        raise vm.throw(SYSTEM_EXCEPTION, ILLEGAL_TRANSIENT)
    shared = domain is not None
    store = None
    if memory in _LIFETIMES:
        store = vm.allocate_array(Kind.BYTE, store_size(form, bits, shared=shared), lifetime=_LIFETIMES[memory])
    made = vm.new(class_name(form, with_cipher=with_cipher))
    parts = [None] * len(own_parts(form, shared=shared)) if store is None else []
    construct(vm, made, KeyState(form.value, bits, int(memory), parts, store, domain))
    return made


def build_key(vm: Vm, code: int, bits: int, with_cipher: int) -> JavaObject:
    """buildKey(byte, short, boolean): by TYPE code."""
    found = of_type(code)
    if found is None or bits not in FORMS[found[0]].sizes:
        raise refuse(vm, NO_SUCH_ALGORITHM)
    return make_key(vm, *found, bits, with_cipher=bool(with_cipher))


def build_key_in(vm: Vm, code: int, memory: int, bits: int, with_cipher: int) -> JavaObject:
    """buildKey(byte, byte, short, boolean): by ALG_TYPE code and memory type."""
    form = of_algorithm(code)
    if form is None or bits not in FORMS[form].sizes or memory not in list(Memory):
        raise refuse(vm, NO_SUCH_ALGORITHM)
    return make_key(vm, form, Memory(memory), bits, with_cipher=bool(with_cipher))


def build_key_with_shared_domain(vm: Vm, code: int, memory: int, domain: Ref | None, with_cipher: int) -> JavaObject:
    """buildKeyWithSharedDomain: ILLEGAL_VALUE where `domain` is no key with the parameters that this kind needs."""
    form = of_algorithm(code)
    if form is None or memory not in list(Memory) or FORMS[form].domain is None:
        raise refuse(vm, NO_SUCH_ALGORITHM)
    found = key_of(vm, domain)
    if found is None or found[1].kind is not FORMS[form].domain:
        raise refuse(vm, ILLEGAL_VALUE)
    return make_key(vm, form, Memory(memory), found[1].bits, with_cipher=bool(with_cipher), domain=found[0])


def build_xec_key(vm: Vm, parameters: Ref | None, attributes: int, with_cipher: int) -> JavaObject:
    """Keys of named parameters came with 3.1; this card has none."""
    raise refuse(vm, NO_SUCH_ALGORITHM)


def get_memory_type(vm: Vm, key: Ref | None) -> int:
    """getMemoryType: a JCSystem.MEMORY_TYPE code."""
    found = key_of(vm, key)
    return found[1].memory if found is not None else int(Memory.PERSISTENT)


def no_parameters(vm: Vm, name: int) -> JavaObject:
    """NamedParameterSpec.getInstance: this card has no named parameters."""
    raise refuse(vm, NO_SUCH_ALGORITHM)


_KEY = "Ljavacard/security/Key;"
KEY_BUILDER: tuple[NativeClass, ...] = (
    NativeClass(
        "javacard/security/KeyBuilder",
        {
            f"buildKey(BSZ){_KEY}": build_key,
            f"buildKey(BBSZ){_KEY}": build_key_in,
            f"buildKeyWithSharedDomain(BB{_KEY}Z){_KEY}": build_key_with_shared_domain,
            f"buildXECKey(Ljavacard/security/NamedParameterSpec;SZ){_KEY}": build_xec_key,
            f"getMemoryType({_KEY})B": get_memory_type,
        },
    ),
    NativeClass(
        "javacard/security/NamedParameterSpec",
        {"getInstance(S)Ljavacard/security/NamedParameterSpec;": no_parameters},
    ),
)
