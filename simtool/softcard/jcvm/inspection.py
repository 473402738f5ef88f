"""What a run of applet code can be asked about: where an exception came from, what was executed, the longest run.

For the developer of an applet; a card of plastic tells none of this.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType

from simtool.codec import java_exports
from simtool.softcard.jcvm.classes import JavaClass, Method
from simtool.softcard.jcvm.faults import JavaThrow, VmFault
from simtool.softcard.jcvm.flow import reachable
from simtool.softcard.jcvm.frame import Frame
from simtool.softcard.jcvm.objects import Ref
from simtool.softcard.jcvm.opcodes import Instruction, decode
from simtool.softcard.jcvm.package import Constant, Package, SuperRef, VirtualRef


@dataclass(frozen=True, slots=True)
class Place:
    """An instruction of a method: `offset` from the method's first instruction, `instruction` as `spelled`."""

    method: str
    offset: int
    instruction: str

    def __str__(self) -> str:
        return f"{self.method}, offset {self.offset}: {self.instruction}"


def origin(error: BaseException) -> list[Place]:
    """The methods that an exception or fault went through, the innermost first.

    Both engines leave their traces in Python's traceback: a translated method as lines of its source, an interpreted
    one as the frame that ran it.
    """
    found = []
    trace: TracebackType | None = error.__traceback__
    while trace is not None:
        names = trace.tb_frame.f_globals
        frame = trace.tb_frame.f_locals.get("frame")
        method, lines = names.get("METHOD"), names.get("LINES", ())
        if isinstance(method, Method) and trace.tb_lineno < len(lines):
            found.append(_place(method, lines[trace.tb_lineno]))
        elif trace.tb_frame.f_code.co_name == "run" and isinstance(frame, Frame):
            found.append(_place(frame.method, frame.pc))
        trace = trace.tb_next
    return found[::-1]


def _place(method: Method, at: int) -> Place:
    code = method.package.code if method.package is not None else b""
    try:
        text = spelled(decode(code, at), method)
    except VmFault:
        text = "no instruction"
    return Place(method.name, at - method.start, text)


def spelled(instruction: Instruction, method: Method) -> str:
    """An instruction with its operands; a branch leads to an offset, a call names the method, `new` the class."""
    name, operands, package = instruction.opcode.name, instruction.operands, method.package
    pool = package.pool if package is not None else []
    if instruction.opcode.operands == "*":
        cases = (f"{value}:{place - method.start}" for value, place in instruction.cases)
        return " ".join((name, *cases, f"default:{operands[0] - method.start}"))
    if instruction.opcode.operands in ("j", "J"):
        return f"{name} {operands[0] - method.start}"
    if name == "invokeinterface":
        cls, token = pool[operands[1]] if operands[1] < len(pool) else None, operands[2]
        declared = cls.interface_methods.get((cls, token)) if isinstance(cls, JavaClass) else None
        return f"{name} {declared.name if declared is not None else f'{_pooled(cls)}, method {token}'}"
    if name in _OF_THE_POOL and operands[-1] < len(pool) and operands[0] not in _PRIMITIVE_ARRAYS.get(name, ()):
        return " ".join((name, *map(str, operands[:-1]), _pooled(pool[operands[-1]]) or str(operands[-1])))
    return " ".join((name, *map(str, operands)))


_OF_THE_POOL = frozenset((
    "invokevirtual", "invokespecial", "invokestatic", "new", "anewarray", "checkcast", "instanceof",
))  # fmt: skip


_PRIMITIVE_ARRAYS = {"checkcast": range(10, 14), "instanceof": range(10, 14)}
"""Types of casts that use no entry of the pool (JCVM §7.5)."""


def _pooled(constant: Constant | None) -> str:
    """What an entry of the constant pool is called; nothing for a field."""
    match constant:
        case JavaClass() | Method():
            return constant.name
        case SuperRef(method=method):
            return method.name
        case VirtualRef(cls=cls, token=token, internal=internal):
            table = cls.internal if internal else cls.virtual
            return table[token].name if token < len(table) else ""
    return ""


def name_of(error: BaseException) -> str:
    """What it was: the exception's class with its reason in hex and in the API's words, or the fault's text."""
    if not isinstance(error, JavaThrow):
        return str(error)
    throwable = error.throwable
    reason = getattr(throwable.native, "reason", None)
    if not isinstance(reason, int):
        return throwable.cls.name
    return " ".join(filter(None, (throwable.cls.name, f"{reason & 0xFFFF:04X}", _constant_name(throwable.cls, reason))))


def _constant_name(cls: JavaClass, reason: int) -> str:
    """What the API calls a reason code: a constant of the exception's class, of ISO7816 for a status word."""
    path, _, name = cls.name.rpartition("/")
    package = path.replace("/", ".")
    if package not in java_exports.package_names():
        return ""
    table = java_exports.load(package, java_exports.package_versions(package)[-1])
    found = table.class_named(_NAMED_BY.get(cls.name, name))
    constants = found.constants if found is not None else ()
    return next((one.name for one in constants if one.descriptor == "S" and one.value == reason), "")


_NAMED_BY = {"javacard/framework/ISOException": "ISO7816"}


@dataclass(slots=True)
class Coverage:
    """A tracer that remembers which instructions were executed; with `tell` it also says each one."""

    tell: Callable[[str], None] | None = None
    executed: dict[Method, set[int]] = field(default_factory=dict)

    def step(self, frame: Frame) -> None:
        self.executed.setdefault(frame.method, set()).add(frame.pc)
        if self.tell is not None:
            stack = " ".join(_word(word) for word in frame.stack)
            at = frame.pc - frame.method.start
            self.tell(
                f"{frame.method.name} {at:5} {spelled(frame.instruction, frame.method)}".ljust(72) + f" [{stack}]"
            )


def _word(word: object) -> str:
    if word is None:
        return "null"
    return f"#{word.id}" if isinstance(word, Ref) else str(word)


@dataclass(frozen=True, slots=True)
class MethodCoverage:
    """How many instructions of a method were executed, of how many that can be reached."""

    method: str
    executed: int
    instructions: int


def coverage(package: Package, seen: Coverage) -> list[MethodCoverage]:
    """Every method of a package, in the order of its code."""
    return [
        MethodCoverage(method.name, len(seen.executed.get(method, ())), len(reachable(method)))
        for _, method in sorted(package.methods.items())
        if method.end
    ]
