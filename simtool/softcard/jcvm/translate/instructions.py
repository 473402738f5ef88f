"""One writer for each instruction that goes straight on; the others are in `method` (JCVM §7.5)."""

from __future__ import annotations

from collections.abc import Callable

from simtool.softcard.jcvm.classes import JavaClass, Method
from simtool.softcard.jcvm.objects import Kind
from simtool.softcard.jcvm.opcodes import Instruction
from simtool.softcard.jcvm.package import FieldRef, StaticRef, SuperRef, VirtualRef
from simtool.softcard.jcvm.translate.effects import Untranslatable, constant, effect
from simtool.softcard.jcvm.translate.expressions import (
    NULL,
    Expr,
    Range,
    bitwise,
    local,
    number,
    shifted,
    wrapping,
)
from simtool.softcard.jcvm.translate.writing import Writer, slot

Write = Callable[[Writer, Instruction], None]
_WRAPPING = {"add": "+", "sub": "-", "mul": "*"}
_BITWISE = {"and": "&", "or": "|", "xor": "^"}
_SHIFTS = {"shl": "<<", "shr": ">>", "ushr": ">>>"}
_RANGES = {"s": Range.WORD, "i": Range.INT, "b": Range.BYTE, "a": Range.WORD}


def _push(w: Writer, expr: Expr, letter: str) -> None:
    w.push_int(expr) if letter == "i" else w.push(expr)


def _pop(w: Writer, letter: str) -> Expr:
    return w.pop_int() if letter == "i" else w.pop()


# Constants and local variables


def _constant(w: Writer, one: Instruction) -> None:
    letter = one.opcode.name[0] if one.opcode.name[:2] in ("sc", "ic") else "i" if "ip" in one.opcode.name else "s"
    tail = one.opcode.name.rpartition("_")[2]
    value = one.operands[0] if one.operands else -1 if tail == "m1" else int(tail)
    _push(w, number(value, _RANGES[letter]), letter)


def _load(w: Writer, one: Instruction) -> None:
    wide = one.opcode.name[0] == "i"
    expr = local(w.local_index(slot(one), 1 + wide))
    _push(w, Expr(expr.raw, Range.INT, expr.uses, atom=True) if wide else expr, "i" if wide else "s")


def _store(w: Writer, one: Instruction) -> None:
    wide = one.opcode.name[0] == "i"
    w.store(w.local_index(slot(one), 1 + wide), _pop(w, "i" if wide else "s"))


def _increment(w: Writer, one: Instruction) -> None:
    index, step = one.operands
    range_ = _RANGES[one.opcode.name[0]]
    w.store(w.local_index(index), wrapping(local(index), "+", number(step), range_))


# The order of words


def _pop_words(w: Writer, one: Instruction) -> None:
    w.pop()
    if one.opcode.name == "pop2":
        w.pop()


def _copy(w: Writer, m: int, n: int) -> None:
    """The top m words again below the top n; n 0: on top."""
    depth = max(m, n)
    words = [w.pop() for _ in range(depth)][::-1]
    top = [w.atom(word) for word in words[-m:]]
    words[-m:] = top
    w.stack += (top if n else []) + words + ([] if n else top)


def _dup(w: Writer, one: Instruction) -> None:
    _copy(w, 1, 0)


def _dup2(w: Writer, one: Instruction) -> None:
    _copy(w, 2, 0)


def _dup_x(w: Writer, one: Instruction) -> None:
    _copy(w, one.operands[0] >> 4, one.operands[0] & 15)


def _swap_x(w: Writer, one: Instruction) -> None:
    m, n = one.operands[0] >> 4, one.operands[0] & 15
    words = [w.pop() for _ in range(m + n)][::-1]
    w.stack += words[-m:] + words[:-m]


# Arithmetic


def _arithmetic(w: Writer, one: Instruction) -> None:
    letter, operation = one.opcode.name[0], one.opcode.name[1:]
    b, a = _pop(w, letter), _pop(w, letter)
    range_ = _RANGES[letter]
    if operation in _WRAPPING:
        _push(w, wrapping(a, _WRAPPING[operation], b, range_), letter)
    elif operation in _BITWISE:
        _push(w, bitwise(a, _BITWISE[operation], b, range_), letter)
    else:
        _push(w, shifted(a, _SHIFTS[operation], b, range_), letter)


def _division(w: Writer, one: Instruction) -> None:
    letter, operation = one.opcode.name[0], one.opcode.name[1:]
    b, a = w.atom(_pop(w, letter)), _pop(w, letter)
    if not b.value:
        w.write(f"if {b.code} == 0: divided_by_zero(vm)")
    function = "divide" if operation == "div" else "remainder"
    _push(w, w.atom(Expr(f"{function}({a.code}, {b.code})", _RANGES[letter], wraps=True)), letter)


def _negation(w: Writer, one: Instruction) -> None:
    letter = one.opcode.name[0]
    _push(w, wrapping(number(0), "-", _pop(w, letter), _RANGES[letter]), letter)


def _conversion(w: Writer, one: Instruction) -> None:
    source, target = one.opcode.name[0], one.opcode.name[2]
    expr = _pop(w, source)
    if target == "b":
        w.push(Expr(expr.byte, Range.BYTE, expr.uses))
    elif target == "s":
        w.push(Expr(expr.raw, Range.WORD, expr.uses, wraps=True))
    else:
        w.push_int(Expr(expr.code, Range.INT, expr.uses, expr.atom, value=expr.value))


def _icmp(w: Writer, one: Instruction) -> None:
    b, a = w.atom(w.pop_int()).code, w.atom(w.pop_int()).code
    w.push(Expr(f"(({a} > {b}) - ({a} < {b}))", Range.BYTE, _uses(a) | _uses(b)))


def _uses(text: str) -> frozenset[int]:
    return frozenset((int(text[1:]),)) if text[0] == "l" else frozenset()


# Arrays


def _array_load(w: Writer, one: Instruction) -> None:
    letter = one.opcode.name[0]
    index = w.atom(w.pop())
    array = w.pop_atom()
    w.usable(array)
    if not index.positive:
        w.write(f"if {index.code} < 0: out_of_range(vm)")
    w.result(f"{array}.data[{index.code}]", _RANGES[letter])


def _array_store(w: Writer, one: Instruction) -> None:
    letter = one.opcode.name[0]
    value = _pop(w, letter)
    index = w.atom(w.pop())
    array = w.pop_atom()
    w.usable(array)
    if letter == "a":
        w.write(f"store_element(vm, {array}, {index.code}, {value.code})")
        return
    if not index.positive:
        w.write(f"if {index.code} < 0: out_of_range(vm)")
    data = w.temporary()
    w.write(f"{data} = {array}.data")
    w.write(f"if {array}.persistent: {data}[{index.code}]; barrier({array}, {index.code})")
    w.write(f"{data}[{index.code}] = {value.byte if letter == 'b' else value.code}")


def _array_length(w: Writer, one: Instruction) -> None:
    array = w.pop_atom()
    w.usable(array)
    w.result(f"len({array}.data)")


def _new_array(w: Writer, one: Instruction) -> None:
    length = w.pop()
    if one.opcode.name == "newarray":
        if one.operands[0] not in (Kind.BOOLEAN, Kind.BYTE, Kind.SHORT, Kind.INT):
            raise Untranslatable("newarray")
        w.result(f"vm.allocate_array({w.constant('K', Kind(one.operands[0]))}, {length.code})")
    else:
        element = w.constant("C", _class(w, one.operands[0]))
        w.result(f"vm.allocate_array({w.constant('K', Kind.REFERENCE)}, {length.code}, {element})")


# Fields


def _static(w: Writer, one: Instruction) -> tuple[str, int]:
    found = constant(w.package, one.operands[0])
    holder = found.package.statics if isinstance(found, StaticRef) else None
    if not isinstance(found, StaticRef) or holder is None or found.index >= len(holder.words):
        raise Untranslatable("no static field")
    return w.constant("S", holder), found.index


def _get_static(w: Writer, one: Instruction) -> None:
    holder, index = _static(w, one)
    w.result(f"{holder}.words[{index}]", _RANGES[one.opcode.name[-1]])


def _put_static(w: Writer, one: Instruction) -> None:
    letter = one.opcode.name[-1]
    value = _pop(w, letter)
    code = w.storable(value) if letter == "a" else value.byte if letter == "b" else value.code
    holder, index = _static(w, one)
    w.write(f"barrier({holder}, {index})")
    w.write(f"{holder}.words[{index}] = {code}")


def _field(w: Writer, one: Instruction) -> int:
    found = constant(w.package, one.operands[0])
    if not isinstance(found, FieldRef):
        raise Untranslatable("no field")
    return found.index


def _target(w: Writer, one: Instruction) -> str:
    target = f"l{w.local_index(0)}" if one.opcode.name.endswith("_this") else w.pop_atom()
    w.usable(target)
    return target


def _get_field(w: Writer, one: Instruction) -> None:
    index, letter = _field(w, one), one.opcode.name.split("_")[1]
    w.result(f"{_target(w, one)}.words[{index}]", _RANGES[letter])


def _put_field(w: Writer, one: Instruction) -> None:
    index, letter = _field(w, one), one.opcode.name.split("_")[1]
    value = _pop(w, letter)
    code = w.storable(value) if letter == "a" else value.byte if letter == "b" else value.code
    target = _target(w, one)
    w.write(f"if {target}.persistent: barrier({target}, {index})")
    w.write(f"{target}.words[{index}] = {code}")


# Objects


def _class(w: Writer, index: int) -> JavaClass:
    found = constant(w.package, index)
    if not isinstance(found, JavaClass):
        raise Untranslatable("no class")
    return found


def _new(w: Writer, one: Instruction) -> None:
    cls = _class(w, one.operands[0])
    if cls.is_interface or cls.abstract:
        raise Untranslatable("new of what has no instances")
    w.result(f"vm.allocate({w.constant('C', cls)})")


def _type(w: Writer, one: Instruction) -> tuple[int, str]:
    kind, index = one.operands
    if kind not in (0, *Kind):
        raise Untranslatable("no type")
    return kind, w.constant("C", _class(w, index)) if kind in (0, Kind.REFERENCE) else "None"


def _checkcast(w: Writer, one: Instruction) -> None:
    kind, wanted = _type(w, one)
    ref = w.atom(w.pop())
    w.push(ref)
    if kind == 0:
        plain = f"{ref.code}.context is ctx and {wanted} in {ref.code}.cls.supers"
        w.write(f"if {ref.code} is not None and not ({plain}): cast(vm, {ref.code}, 0, {wanted})")
    else:
        w.write(f"cast(vm, {ref.code}, {kind}, {wanted})")


def _instanceof(w: Writer, one: Instruction) -> None:
    kind, wanted = _type(w, one)
    w.result(f"instance(vm, {w.pop().code}, {kind}, {wanted})")


# Calls


def _call(w: Writer, one: Instruction) -> None:
    taken, left = effect(one, w.package)
    words = [w.pop() for _ in range(taken)][::-1]
    code = _call_code(w, one, words)
    if left:
        w.result(code, Range.INT if left == 2 else Range.WORD)
    else:
        w.write(code)


def _call_code(w: Writer, one: Instruction, words: list[Expr]) -> str:
    kind = one.opcode.name
    if kind == "invokestatic":
        found = constant(w.package, one.operands[0])
        if not isinstance(found, Method):
            raise Untranslatable("no method")
        return f"{w.constant('M', found)}.call({_arguments('vm', words)})"
    if not words:
        raise Untranslatable("no receiver")
    words[0] = w.atom(words[0])
    this = words[0].code
    if kind == "invokeinterface":
        interface = w.constant("C", _class(w, one.operands[1]))
        token = one.operands[2]
        here = f"{this}.cls.interfaces[{interface}][{token}].call({_arguments('vm', words)})"
        away = f"call_interface(vm, {interface}, {token}, {_arguments('', words)})"
        return f"{here} if {this}.context is ctx else {away}"
    found = constant(w.package, one.operands[0])
    if kind == "invokespecial":
        w.usable(this)
        method = found.method if isinstance(found, SuperRef) else found
        return f"{w.constant('M', method)}.call({_arguments('vm', words)})"
    if not isinstance(found, VirtualRef):
        raise Untranslatable("no virtual method")
    w.write(f"if {this}.context is not ctx: vm.may_call({this})")
    table = f"internals[{w.constant('P', found.cls.context)}]" if found.internal else "virtual"
    return f"{this}.cls.{table}[{found.token}].call({_arguments('vm', words)})"


def _arguments(first: str, words: list[Expr]) -> str:
    return ", ".join(([first] if first else []) + [word.code for word in words])


def _nop(w: Writer, one: Instruction) -> None:
    return None


def _aconst_null(w: Writer, one: Instruction) -> None:
    w.push(NULL)


WRITERS: dict[str, Write] = {
    "nop": _nop, "aconst_null": _aconst_null,
    **dict.fromkeys(("bspush", "sspush", "bipush", "sipush", "iipush"), _constant),
    **{f"{t}const_{value}": _constant for t in "si" for value in ("m1", *range(6))},
    **{f"{t}load{tail}": _load for t in "asi" for tail in ("", "_0", "_1", "_2", "_3")},
    **{f"{t}store{tail}": _store for t in "asi" for tail in ("", "_0", "_1", "_2", "_3")},
    **dict.fromkeys(("sinc", "iinc", "sinc_w", "iinc_w"), _increment),
    "pop": _pop_words, "pop2": _pop_words, "dup": _dup, "dup2": _dup2, "dup_x": _dup_x, "swap_x": _swap_x,
    **{f"{t}{one}": _arithmetic for t in "si" for one in (*_WRAPPING, *_BITWISE, *_SHIFTS)},
    **{f"{t}{one}": _division for t in "si" for one in ("div", "rem")},
    "sneg": _negation, "ineg": _negation, "icmp": _icmp,
    **dict.fromkeys(("s2b", "s2i", "i2b", "i2s"), _conversion),
    **{f"{t}aload": _array_load for t in "absi"}, **{f"{t}astore": _array_store for t in "absi"},
    "arraylength": _array_length, "newarray": _new_array, "anewarray": _new_array,
    **{f"getstatic_{t}": _get_static for t in "absi"}, **{f"putstatic_{t}": _put_static for t in "absi"},
    **{f"getfield_{t}{tail}": _get_field for t in "absi" for tail in ("", "_w", "_this")},
    **{f"putfield_{t}{tail}": _put_field for t in "absi" for tail in ("", "_w", "_this")},
    "new": _new, "checkcast": _checkcast, "instanceof": _instanceof,
    **dict.fromkeys(("invokestatic", "invokespecial", "invokevirtual", "invokeinterface"), _call),
}  # fmt: skip
