"""A Java Card machine without a card: a platform that has nothing, and what tests of the API's functions need.

with vm.running_as(applet.owner):                    # natives run in the caller's context
    call(vm, "javacard/framework/Util", "makeShort(BB)S", 1, 2)          # a static method
    send(vm, pin, "javacard/framework/OwnerPIN", "check([BSB)Z", array, 0, 4)   # one of an object
    with throws("javacard/framework/PINException", 1): ...
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterator, Mapping
from types import SimpleNamespace
from typing import Any

import pytest

from simtool.codec import java_exports
from simtool.codec.java_exports import parameter_words, return_words
from simtool.softcard.jcvm.api.javacard.framework import apdu
from simtool.softcard.jcvm.api.javacard.framework.applet import Installation
from simtool.softcard.jcvm.classes import JavaClass, Method
from simtool.softcard.jcvm.faults import JavaThrow
from simtool.softcard.jcvm.objects import Context, JavaArray, JavaObject, Kind, Lifetime, Owner, Ref, Word
from simtool.softcard.jcvm.vm import Vm
from tests.harness.jcasm import Assembled

APPLET = "javacard/framework/Applet"


class FakePlatform:
    """A card that has nothing. A test puts what it needs into `content`, `files`, `toolkit`."""

    def __init__(self) -> None:
        self.content: Any = SimpleNamespace(assigned_channel=lambda: 0, channels_of=lambda aid: ())
        self.files: Any = SimpleNamespace()
        self.toolkit: Any = SimpleNamespace()
        self._random = itertools.count(1)

    def random(self, count: int) -> bytes:
        """Not random, so that a test can tell what it will be: 01 02 03 …"""
        return bytes(next(self._random) & 0xFF for _ in range(count))


def machine(packages: tuple[Any, ...], platform: Any = None, **options: Any) -> Vm:
    """A machine with these packages of the API: modules with `CLASSES` and perhaps `ENTRY_POINTS`."""
    natives = [one for package in packages for one in package.CLASSES]
    vm = Vm(platform if platform is not None else FakePlatform(), natives, **options)
    for package in packages:
        for kind, maker in vars(package).get("ENTRY_POINTS", {}).items():
            vm.define_entry_point(kind, maker)
    return vm


def new_class(
    vm: Vm, name: str, parent: str = "java/lang/Object", methods: Mapping[str, Callable[..., Word]] | None = None,
    interfaces: Mapping[str, Mapping[str, Callable[..., Word]]] | None = None,
) -> JavaClass:  # fmt: skip
    """A class as an applet would bring it, its methods written in Python: `(vm, this, *words)`.

    `methods` override those of the API class `parent`; `interfaces` has those of each API interface.
    """
    cls = JavaClass(name, name, vm.api.named(parent))
    for signature, code in (methods or {}).items():
        cls.virtual[vm.api.virtual_token(parent, signature)] = _method(name, signature, code)
    for interface, its in (interfaces or {}).items():
        declared = vm.api.named(interface)
        tokens = {vm.api.virtual_token(interface, signature): signature for signature in its}
        cls.interfaces[declared] = [_method(name, tokens[one], its[tokens[one]]) for one in sorted(tokens)]
        cls.supers |= declared.supers
    return cls


def _method(name: str, signature: str, code: Callable[..., Word]) -> Method:
    descriptor = signature[signature.index("(") :]
    return Method(f"{name}.{signature}", parameter_words(descriptor) + 1, return_words(descriptor), code)


def new_applet(
    vm: Vm, aid: str, methods: Mapping[str, Callable[..., Word]] | None = None, context: Context | None = None,
    interfaces: Mapping[str, Mapping[str, Callable[..., Word]]] | None = None,
) -> JavaObject:  # fmt: skip
    """An applet instance that is registered already; `.owner` is who it runs as. Its package is its own by default."""
    owner = Owner(bytes.fromhex(aid), context or Context(f"package of {aid}"))
    cls = new_class(vm, f"test/Applet{aid}", APPLET, methods, interfaces)
    owner.applet = vm.heap.new_object(cls, owner)
    vm.instances[owner.aid] = owner
    return owner.applet


def call(vm: Vm, cls: str, signature: str, *words: Word) -> Any:
    """A static method, as an applet's `invokestatic` gets there. An int is two words, the second is not used."""
    return vm.api.static_named(cls, signature).call(vm, *words)


def construct(vm: Vm, cls: str, signature: str, *words: Word) -> JavaObject:
    """`new`: an object of the active applet, its constructor called."""
    made = vm.new(cls)
    vm.api.static_named(cls, signature).call(vm, made, *words)
    return made


def send(vm: Vm, this: Ref, cls: str, signature: str, *words: Word) -> Any:
    """A virtual or interface method as `cls` declares it, run in the caller's context as natives are."""
    declared, token = vm.api.named(cls), vm.api.virtual_token(cls, signature)
    if declared.is_interface:
        return vm.interface_method(this.cls, declared, token).call(vm, this, *words)
    return this.cls.virtual[token].call(vm, this, *words)


def missing_methods(vm: Vm, package: str) -> set[str]:
    """Methods of a package's newest table that the machine has no function for: `a/b/Class.name(parameters)result`."""
    table = java_exports.load(package, java_exports.package_versions(package)[-1])
    found: list[Method] = []
    for row in table.classes:
        cls = vm.api.named(f"{table.path}/{row.name}")
        found += [vm.api.static(cls, one.token) for one in row.static_methods]
        found += [] if row.is_interface else cls.virtual
    return {one.name for one in found if one.call.__qualname__.startswith("_missing")}


def unknown_methods(module: Any, package: str) -> set[tuple[str, str]]:
    """Functions of `module.CLASSES` that the package's newest table has no method for: misspelt, they are never called.

    Classes of our own (simtool/…) are left out.
    """
    table = java_exports.load(package, java_exports.package_versions(package)[-1])
    known = {
        (f"{table.path}/{cls.name}", one.name + one.descriptor)
        for cls in table.classes
        for one in (*cls.static_methods, *cls.virtual_methods)
    }
    given = {(cls.name, one) for cls in module.CLASSES for one in cls.methods if not cls.name.startswith("simtool/")}
    return given - known


def byte_array(vm: Vm, content: str | bytes | int, lifetime: Lifetime = Lifetime.PERSISTENT) -> JavaArray:
    """A byte array of the active applet: hex, bytes, or so many zeros."""
    data = bytes.fromhex(content) if isinstance(content, str) else bytes(content)
    made = vm.allocate_array(Kind.BYTE, len(data), lifetime=lifetime)
    memoryview(made.data).cast("B")[:] = data
    return made


def content(array: JavaArray) -> str:
    """What is in an array, in hex."""
    return array.data.tobytes().hex()


@contextlib.contextmanager
def throws(name: str, reason: int | None = None) -> Iterator[None]:
    """The block must throw exactly this class, with this reason code; `lang` classes may come without package."""
    wanted = name if "/" in name else f"java/lang/{name}"
    with pytest.raises(JavaThrow) as caught:
        yield
    throwable = caught.value.throwable
    its_reason = throwable.native.reason & 0xFFFF if reason is not None else None  # type: ignore[union-attr]
    assert (throwable.cls.name, its_reason) == (wanted, reason)


def install(vm: Vm, package: Assembled, parameters: str = "", aid: str = "") -> JavaObject:
    """Load an assembled package and install its first applet (see `install_block`)."""
    return install_block(vm, package.block, parameters, aid)


def install_block(vm: Vm, block: bytes, parameters: str = "", aid: str = "") -> JavaObject:
    """Load a load file data block and install its first applet, under its own AID by default (JCRE §3.1).

    `install` gets the instance AID, one byte of privileges and the parameters, each with its length before it.
    """
    loaded = vm.load(block)
    module = next(iter(loaded.applets))
    owner = Owner(bytes.fromhex(aid) or module, loaded.context)
    fields = b"".join(bytes((len(one),)) + one for one in (owner.aid, b"\x00", bytes.fromhex(parameters)))
    array = vm.runtime_array(len(fields), "install-parameters")
    vm.heap.write_bytes(array, 0, fields)
    vm.installing, vm.selected_context = Installation(owner.aid), loaded.context
    vm.heap.begin_installation()
    with vm.running_as(owner):
        loaded.methods[loaded.applets[module]].call(vm, array, 0, len(fields))
    vm.heap.end_installation(keep=True)
    found, vm.installing = vm.installing.applet, None
    assert found is not None, "it has not registered"
    vm.instances[owner.aid] = owner
    return found


def exchange(vm: Vm, applet: JavaObject, command: str, *, selecting: bool = False) -> str:
    """Let an applet process a command; gives response data and status word. An open transaction is aborted after it."""
    vm.selected_context = applet.owner.context
    given = apdu.begin(vm, bytes.fromhex(command), applet, selecting=selecting)
    status = 0x9000
    try:
        apdu.process(vm, applet, given)
    except JavaThrow as error:
        is_status = error.throwable.cls.name == "javacard/framework/ISOException"
        status = error.throwable.native.reason & 0xFFFF if is_status else 0x6F00  # type: ignore[union-attr]
    if vm.heap.in_transaction:
        vm.heap.abort()
    return apdu.finish(vm, given).hex() + f"{status:04x}"
