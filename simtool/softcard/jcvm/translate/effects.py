"""How many words an instruction takes from the operand stack, and how many it leaves (JCVM §7.5)."""

from __future__ import annotations

from simtool.softcard.jcvm.classes import JavaClass, Method
from simtool.softcard.jcvm.flow import return_words
from simtool.softcard.jcvm.opcodes import Instruction
from simtool.softcard.jcvm.package import Package, SuperRef, VirtualRef


class Untranslatable(Exception):  # noqa: N818  # the interpreter will do it
    """The code does not say enough to be written as a function."""


_WORD = {"a": 1, "b": 1, "s": 1, "i": 2}
_BINARY = ("add", "sub", "mul", "div", "rem", "and", "or", "xor")
_SHIFTS = ("shl", "shr", "ushr")
_FIXED: dict[str, tuple[int, int]] = {
    "nop": (0, 0), "aconst_null": (0, 1), "bspush": (0, 1), "sspush": (0, 1), "bipush": (0, 2), "sipush": (0, 2),
    "iipush": (0, 2), "pop": (1, 0), "pop2": (2, 0), "dup": (1, 2), "dup2": (2, 4), "sinc": (0, 0), "iinc": (0, 0),
    "sinc_w": (0, 0), "iinc_w": (0, 0), "sneg": (1, 1), "ineg": (2, 2), "s2b": (1, 1), "s2i": (1, 2), "i2b": (2, 1),
    "i2s": (2, 1), "icmp": (4, 1), "ifnull": (1, 0), "ifnonnull": (1, 0), "ifnull_w": (1, 0), "ifnonnull_w": (1, 0),
    "goto": (0, 0), "goto_w": (0, 0), "jsr": (0, 1), "ret": (0, 0), "stableswitch": (1, 0), "slookupswitch": (1, 0),
    "itableswitch": (2, 0), "ilookupswitch": (2, 0), "return": (0, 0), "sreturn": (1, 0), "areturn": (1, 0),
    "ireturn": (2, 0), "new": (0, 1), "newarray": (1, 1), "anewarray": (1, 1), "arraylength": (1, 1), "athrow": (1, 0),
    "checkcast": (1, 1), "instanceof": (1, 1),
    **{f"{t}{name}": (2 * _WORD[t], _WORD[t]) for t in "si" for name in (*_BINARY, *_SHIFTS)},
    **{f"{t}aload": (2, _WORD[t]) for t in "absi"},
    **{f"{t}astore": (2 + _WORD[t], 0) for t in "absi"},
    **{f"getstatic_{t}": (0, _WORD[t]) for t in "absi"},
    **{f"putstatic_{t}": (_WORD[t], 0) for t in "absi"},
    **{f"getfield_{t}{wide}": (1, _WORD[t]) for t in "absi" for wide in ("", "_w")},
    **{f"putfield_{t}{wide}": (1 + _WORD[t], 0) for t in "absi" for wide in ("", "_w")},
    **{f"getfield_{t}_this": (0, _WORD[t]) for t in "absi"},
    **{f"putfield_{t}_this": (_WORD[t], 0) for t in "absi"},
}  # fmt: skip


def effect(one: Instruction, package: Package) -> tuple[int, int | None]:
    """Words taken and left. None left: it never comes back. Raises `Untranslatable`."""
    name = one.opcode.name
    if name in _FIXED:
        return _FIXED[name]
    head = name.partition("_")[0]
    if name.startswith(("sconst_", "iconst_")):
        return 0, 1 + (name[0] == "i")
    if head in ("aload", "sload", "iload"):
        return 0, 1 + (name[0] == "i")
    if head in ("astore", "sstore", "istore"):
        return 1 + (name[0] == "i"), 0
    if name.startswith("if_"):
        return 2, 0
    if name.startswith("if"):
        return 1, 0
    if name in ("dup_x", "swap_x"):
        return _rearranging(name, one.operands[0])
    return _call(one, package)


def _rearranging(name: str, operand: int) -> tuple[int, int]:
    m, n = operand >> 4, operand & 15
    if name == "swap_x":
        if m not in (1, 2) or n not in (1, 2):
            raise Untranslatable("swap_x")
        return m + n, m + n
    if not 1 <= m <= 4 or (n and not m <= n <= m + 4):
        raise Untranslatable("dup_x")
    return max(m, n), max(m, n) + m


def constant(package: Package, index: int) -> object:
    """An entry of the constant pool."""
    if index >= len(package.pool):
        raise Untranslatable(f"constant {index}")
    return package.pool[index]


def _call(one: Instruction, package: Package) -> tuple[int, int | None]:
    if one.opcode.name == "invokeinterface":
        count, index, token = one.operands
        interface = constant(package, index)
        if not isinstance(interface, JavaClass):
            raise Untranslatable("no interface")
        return count, _returned(_of_interface(package, interface, token))
    found = constant(package, one.operands[0])
    if isinstance(found, VirtualRef):
        table = found.cls.internal if found.internal else found.cls.virtual
        if found.token >= len(table):
            raise Untranslatable("no such method")
        return table[found.token].words, _returned(_overriding(package, found, table[found.token]))
    method = found.method if isinstance(found, SuperRef) else found
    if not isinstance(method, Method):
        raise Untranslatable("no method")
    return method.words, _returned(method)


def _returned(method: Method | None) -> int | None:
    """Words that come back. A method without code of which nobody knows makes the caller untranslatable."""
    if method is None:
        raise Untranslatable("nobody tells what the method returns")
    words = return_words(method)
    if words is None and not method.end:
        raise Untranslatable("an abstract method that nobody here implements")
    return words


def _overriding(package: Package, ref: VirtualRef, declared: Method) -> Method | None:
    """The declared method; where it is abstract, one that a class known here puts in its place."""
    if declared.end or declared.returns is not None:
        return declared
    for known in (package, *(one for one in package.imports if isinstance(one, Package))):
        for cls in known.classes.values():
            table = cls.internals.get(ref.cls.context, []) if ref.internal else cls.virtual
            if ref.cls in cls.supers and ref.token < len(table) and table[ref.token].end:
                return table[ref.token]
    return None


def _of_interface(package: Package, interface: JavaClass, token: int) -> Method | None:
    """What the tables say of an interface's method, else one that a class known here has for it."""
    named = interface.interface_methods.get((interface, token))
    if named is not None:
        return named
    for known in (package, *(one for one in package.imports if isinstance(one, Package))):
        for cls in known.classes.values():
            methods = cls.interfaces.get(interface)
            if methods is not None and token < len(methods) and methods[token].end:
                return methods[token]
    return None
