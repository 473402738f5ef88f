"""Classes and methods as the machine uses them, loaded from a CAP file or part of the API (JCVM §6.8, §6.9)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from simtool.softcard.jcvm.objects import Context, Word

if TYPE_CHECKING:
    from simtool.softcard.jcvm.native import NativeState
    from simtool.softcard.jcvm.package import Package

Code = Callable[..., Word]
"""What runs a method: `code(vm, *words)` gives the value it returns, None where it returns nothing."""


class Method:
    """A method. `call` runs it; `words` are its arguments with `this`, `returns` the words of its result.

    For a method of a CAP file `package`, `offset` (in the Method component), `start`, `end` (of its byte code there),
    `locals` and `stack` in words, and the `handlers` that concern it; `end` 0 for a native or abstract one.
    """

    __slots__ = ("call", "end", "handlers", "locals", "name", "offset", "package", "returns", "stack", "start", "words")

    def __init__(self, name: str, words: int, returns: int | None, call: Code) -> None:
        self.name = name
        self.words = words
        self.returns = returns
        self.call = call
        self.package: Package | None = None
        self.offset = self.start = self.end = 0
        self.locals = self.stack = 0
        self.handlers: tuple[Handler, ...] = ()

    def __repr__(self) -> str:
        return f"<method {self.name}>"


class Handler:
    """An exception handler: it covers `start` to `end` and is at `target`; `catches` None is every throwable."""

    __slots__ = ("catches", "end", "start", "target")

    def __init__(self, start: int, end: int, target: int, catches: JavaClass | None) -> None:
        self.start = start
        self.end = end
        self.target = target
        self.catches = catches


class JavaClass:
    """A class or interface. `virtual` are its methods by token, `internal` the package-visible ones by theirs.

    Tokens of the latter mean something within one package only: `internals` has the tables of all packages that a class
    and its superclasses are from, by their context (a method of the same name in another package overrides nothing).

    `size` is the number of words of an instance, superclass included, `blank` their defaults (0 or None). `supers` are
    the class itself, its superclasses and all its interfaces. `interfaces` leads from an interface to its methods by
    token. `key` names the class in the state file. `context` is that of its package, None for the API.
    """

    __slots__ = (
        "abstract", "blank", "context", "interface_methods", "interfaces", "internal", "internals", "is_interface",
        "key", "name", "parent", "shareable", "size", "state", "supers", "virtual",
    )  # fmt: skip

    def __init__(self, name: str, key: str, parent: JavaClass | None) -> None:
        self.name = name
        self.key = key
        self.parent = parent
        self.is_interface = self.shareable = self.abstract = False
        self.context: Context | None = None
        self.size: int = parent.size if parent is not None else 0
        self.blank: list[Any] = list(parent.blank) if parent is not None else []
        self.virtual: list[Method] = list(parent.virtual) if parent is not None else []
        self.internal: list[Method] = []
        self.internals: dict[Context | None, list[Method]] = dict(parent.internals) if parent is not None else {}
        self.interfaces: dict[JavaClass, list[Method]] = dict(parent.interfaces) if parent is not None else {}
        self.interface_methods: dict[tuple[JavaClass, int], Method] = {}
        self.supers: frozenset[JavaClass] = (parent.supers if parent is not None else frozenset()) | {self}
        self.state: type[NativeState] | None = parent.state if parent is not None else None

    def __repr__(self) -> str:
        return f"<class {self.name}>"
