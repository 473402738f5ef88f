"""What instructions with a constant pool index do: fields, calls, new objects, casts; and who may use what.

Access follows the Java language (JCVM §6.14 tells the flags): private within the class, protected within the package
and in subclasses on objects of their own kind, final fields assigned by their class alone.
"""

from __future__ import annotations

from simtool.applet.verify.effects import REFERENCES, cast_type
from simtool.applet.verify.instructions import Instruction
from simtool.applet.verify.links import LETTERS, Link, Links, Signature, described
from simtool.applet.verify.machine import Machine, Stop
from simtool.applet.verify.methods import MethodView
from simtool.applet.verify.rules import K05, M09, R05, R07, T03, T06, T07, T08, T09, T10, T12, T13
from simtool.applet.verify.values import (
    ANY_REFERENCE,
    THIS,
    Reference,
    Uninitialised,
    Value,
    Word,
    of_descriptor,
    reference,
    said,
    spoken,
)
from simtool.applet.verify.world import ClassView, Member
from simtool.codec.cap import PoolTag

_KINDS = {
    "f": (PoolTag.FIELD,), "F": (PoolTag.FIELD,), "S": (PoolTag.STATIC_FIELD,), "V": (PoolTag.VIRTUAL,),
    "P": (PoolTag.STATIC_METHOD, PoolTag.SUPER), "C": (PoolTag.STATIC_METHOD,), "I": (PoolTag.CLASS,),
    "N": (PoolTag.CLASS,), "Y": (PoolTag.CLASS,),
}  # fmt: skip
_OF_LETTER = {"b": "S", "s": "S", "i": "I"}


def wrong_entry(links: Links, one: Instruction) -> str:
    """Why the index of an instruction is none that it may have; empty where it is good (or told of elsewhere)."""
    if one.index is None:
        return ""
    if one.index >= len(links.loaded.pool):
        return f"the constant pool has no entry {one.index}"
    entry = links.loaded.pool[one.index]
    if entry.tag not in _KINDS[one.opcode.operands]:
        return f"entry {one.index} is a {entry.tag.name.lower().replace('_', ' ')} reference"
    return ""


class Calls:
    """Carries out the instructions of one method that have a constant pool operand."""

    def __init__(self, links: Links, method: MethodView) -> None:
        self._links = links
        self._world = links.loaded.world
        self._method = method
        self._package = links.loaded.aid

    def run(self, machine: Machine, one: Instruction) -> None:
        """Raises `Stop` with the rule that is broken, or without one where an entry was found wrong before."""
        if one.opcode.operands == "Y" and one.index is None:
            self._cast(machine, one, cast_type(one.number))
            return
        if wrong_entry(self._links, one):
            raise Stop(R07, wrong_entry(self._links, one))
        link = self._links.by_index.get(one.index or 0)
        if link is None:
            raise Stop
        match one.opcode.operands:
            case "f" | "F" | "S":
                self._field(machine, one, link)
            case "V":
                self._virtual(machine, link)
            case "P":
                self._special(machine, link)
            case "C":
                self._static(machine, link)
            case "I":
                self._interface(machine, one, link)
            case "N":
                self._new(machine, one, link)
            case _:
                element = f"L{link.cls};"
                self._cast(machine, one, f"[{element}" if one.number == REFERENCES else element)

    # --- fields

    def _field(self, machine: Machine, one: Instruction, link: Link) -> None:
        verb, letter = one.name[:3], one.name.split("_")[1]
        known = link.descriptor
        if known is not None and LETTERS.get(known[0]) != letter or known is None and letter not in link.letters:
            what = f"is {spoken(known)}" if known is not None else "is of another size"
            raise Stop(T08, f"the field {what}, {one.name} does not fit")
        words = self._words(known, letter)
        if verb == "put":
            self._take(machine, words, known, T08)
        if one.opcode.operands != "S":
            this = machine.this() if one.name.endswith("_this") else machine.pop()
            self._holder(machine, this, link, put=verb == "put")
        if link.member is not None:
            self._access(link.member, None)
            if verb == "put" and link.member.final and link.member.owner != self._method.owner:
                raise Stop(T10, "the field is final, only its own class may set it")
        if verb == "get":
            machine.push(*words)

    def _words(self, known: str | None, letter: str) -> tuple[Value, ...]:
        if known is not None:
            return of_descriptor(known)
        return (ANY_REFERENCE,) if letter == "a" else of_descriptor(_OF_LETTER[letter])

    def _holder(self, machine: Machine, this: Value, link: Link, *, put: bool) -> None:
        """The object whose field it is."""
        if isinstance(this, Uninitialised):
            if not (put and this.at == THIS and this.name == link.cls):
                raise Stop(T09, "the constructor of this object was not called")
            return
        if this is Word.UNKNOWN:
            return
        if not isinstance(this, Reference):
            raise Stop(T03, f"it wants an object and finds {said(this)}")
        bad = machine.fits(this, f"L{link.cls};")
        if bad:
            raise Stop(T08, f"{bad} is no {spoken(f'L{link.cls};')}")
        if link.member is not None:
            self._access(link.member, this)

    # --- calls

    def _signature(self, link: Link) -> Signature:
        found = self._links.signature(link)
        if found is None:
            raise Stop(T12, "what this call takes and gives is not told anywhere")
        return found

    def _take(self, machine: Machine, words: tuple[Value, ...], descriptor: str | None, rule: object) -> None:
        """Take one value of a type from the stack."""
        if descriptor is None or descriptor[0] not in "L[":
            if words == (ANY_REFERENCE,):
                machine.pop_reference()
                return
            for word in reversed(words):
                if isinstance(word, Word):
                    machine.pop_word(word)
            return
        bad = machine.fits(machine.pop_reference(), descriptor)
        if bad:
            raise Stop(T08 if rule is T08 else T06, f"it wants {spoken(descriptor)} and finds {bad}")

    def _arguments(self, machine: Machine, signature: Signature) -> None:
        if signature.parameters is None:
            for word in machine.cut(signature.words):
                if isinstance(word, Uninitialised):
                    raise Stop(T09, "an object is passed on whose constructor was not called")
            return
        for descriptor in reversed(signature.parameters):
            self._take(machine, of_descriptor(descriptor), descriptor, T06)

    def _result(self, machine: Machine, signature: Signature) -> None:
        if not signature.returns:
            raise Stop
        if signature.result is None:
            raise Stop(T12, "what this call gives is not told anywhere")
        machine.push(*((ANY_REFERENCE,) if signature.result == "a" else of_descriptor(signature.result)))

    def _receiver(self, machine: Machine, cls: str, member: Member | None) -> None:
        this = machine.pop_reference()
        bad = machine.fits(this, f"L{cls};")
        if bad:
            raise Stop(T06, f"it is called on {bad}, which is no {spoken(f'L{cls};')}")
        if member is not None:
            self._access(member, this)

    def _virtual(self, machine: Machine, link: Link) -> None:
        signature = self._signature(link)
        self._arguments(machine, signature)
        self._receiver(machine, link.cls, link.member)
        self._result(machine, signature)

    def _static(self, machine: Machine, link: Link) -> None:
        member = link.member
        if member is not None and member.static is False:
            raise Stop(M09, f"{member.name} is not static")
        if member is not None:
            self._access(member, None)
        signature = self._signature(link)
        self._arguments(machine, signature)
        self._result(machine, signature)

    def _special(self, machine: Machine, link: Link) -> None:
        """A method of the superclass, a private one, or a constructor."""
        member = link.member
        if link.entry.tag is PoolTag.SUPER:
            if self._method.owner is not None and self._world.is_subclass(self._method.owner, link.cls) is False:
                raise Stop(M09, "the entry names a class that the method does not belong to")
            signature = self._signature(link)
            self._arguments(machine, signature)
            self._receiver(machine, self._method.owner or link.cls, None)
            if link.method is not None and link.method.abstract:
                raise Stop(M09, "the superclass's method is abstract")
            self._result(machine, signature)
            return
        if member is not None and member.static:
            raise Stop(M09, f"{member.name} is static")
        if member is not None and link.descriptor is None and link.method is not None:
            signature = Signature(None, max(link.method.arguments - 1, 0), None)
        else:
            signature = self._constructor_or_private(link)
        self._arguments(machine, signature)
        this = machine.pop()
        if isinstance(this, Uninitialised):
            self._construct(machine, this, link)
            return
        told = self._method.descriptor is not None
        if member is not None and member.init and (told or not isinstance(this, Reference) or this.types is not None):
            raise Stop(T09, f"a constructor is called on {said(this)}")
        if this is not Word.UNKNOWN and not isinstance(this, Reference):
            raise Stop(T03, f"it wants an object and finds {said(this)}")
        if isinstance(this, Reference) and member is not None and member.owner:
            bad = machine.fits(this, f"L{member.owner};")
            if bad:
                raise Stop(T06, f"it is called on {bad}, which is no {spoken(f'L{member.owner};')}")
        if member is not None:
            self._access(member, None)
        if link.method is not None and link.descriptor is None:
            signature = self._signature(link)
        self._result(machine, signature)

    def _constructor_or_private(self, link: Link) -> Signature:
        if link.descriptor is not None:
            return described(link.descriptor)
        if link.method is not None:
            return Signature(None, max(link.method.arguments - 1, 0), None)
        return self._signature(link)

    def _construct(self, machine: Machine, this: Uninitialised, link: Link) -> None:
        member = link.member
        if member is not None and member.init is False and link.descriptor is not None:
            raise Stop(T09, f"{member.name} is no constructor, and none was called yet")
        owner = link.cls or (member.owner if member is not None else "")
        allowed = {this.name}
        if this.at == THIS:
            view = self._world.view(this.name)
            allowed |= {view.parent} if view is not None and view.parent is not None else set()
        if owner and owner not in allowed:
            raise Stop(T09, f"the constructor is one of {spoken(f'L{owner};')}, not of {spoken(f'L{this.name};')}")
        if member is not None and this.at != THIS:
            self._access(member, None, constructor=True)
        machine.replace(this, reference(f"L{this.name};"))

    def _interface(self, machine: Machine, one: Instruction, link: Link) -> None:
        view = link.view
        if view is not None and not view.is_interface:
            raise Stop(R07, f"entry {one.index} is a class, no interface")
        member = self._of_interface(view, one, link)
        if member is not None and member.descriptor is not None:
            signature = described(member.descriptor)
        else:
            signature = self._implementing(link, one)
        if signature.words + 1 != one.count:
            raise Stop(M09, f"it says {one.count} words of arguments, the method takes {signature.words + 1} with this")
        self._arguments(machine, signature)
        this = machine.pop_reference()
        bad = machine.fits(this, f"L{link.cls};")
        if bad:
            raise Stop(T06, f"it is called on {bad}, which does not implement {spoken(f'L{link.cls};')}")
        self._result(machine, signature)

    def _of_interface(self, view: ClassView | None, one: Instruction, link: Link) -> Member | None:
        if view is None or view.interface_methods is None:
            return None
        found = view.interface_methods.get(one.token)
        todo, seen = list(view.interfaces), {view.name}
        while found is None and todo:
            above = self._world.view(todo.pop())
            if above is None or above.name in seen:
                continue
            seen.add(above.name)
            found = (above.interface_methods or {}).get(one.token)
            todo += above.interfaces
        if found is None and self._links.certain(link.entry.ref):
            raise Stop(R05, f"{spoken(f'L{link.cls};')} has no method {one.token}")
        return found

    def _implementing(self, link: Link, one: Instruction) -> Signature:
        """An interface's method by any class of the package that implements it."""
        loaded = self._links.loaded
        for info in loaded.types.values():
            for its in info.implemented:
                if loaded.name(its.ref) == link.cls and one.token < len(its.tokens):
                    place = loaded.resolve(info, its.tokens[one.token])
                    method = self._links.methods.by_offset.get(place) if place is not None else None
                    if method is not None and not method.abstract:
                        return self._links.of_method(method)
                elif loaded.name(its.ref) == link.cls:
                    raise Stop(K05, f"the interface has no method {one.token}")
        raise Stop(T12, "what this call takes and gives is not told anywhere")

    # --- objects

    def _new(self, machine: Machine, one: Instruction, link: Link) -> None:
        descriptor = f"L{link.cls};"
        if one.name == "anewarray":
            machine.pop_letters("s")
            machine.push(reference(f"[{descriptor}"))
            return
        view = link.view
        if view is not None and (view.is_interface or view.abstract):
            raise Stop(T13, f"{spoken(descriptor)} is {'an interface' if view.is_interface else 'abstract'}")
        made = Uninitialised(one.at, link.cls)
        machine.replace(made, Word.UNUSABLE)
        machine.push(made)

    def _cast(self, machine: Machine, one: Instruction, descriptor: str | None) -> None:
        if descriptor is None:
            raise Stop(M09, f"{one.number} is no type to cast to")
        machine.pop_reference()
        if one.name == "checkcast":
            machine.push(reference(descriptor))
        else:
            machine.push_letters("s")

    # --- rights

    def _access(self, member: Member, this: Reference | None, *, constructor: bool = False) -> None:
        """Whether the method may use a member; `this` is the object for members of objects."""
        owner = self._method.owner
        if not owner or not member.owner:
            return
        if member.private and member.owner != owner:
            raise Stop(T10, f"{member.name} of {spoken(f'L{member.owner};')} is private")
        if not member.protected:
            return
        declarer = self._declarer(member)
        view = self._world.view(declarer)
        if view is None or view.package == self._package:
            return
        if constructor or self._world.is_subclass(owner, declarer) is False:
            raise Stop(T10, f"{member.name} of {spoken(f'L{declarer};')} is protected")
        for one in (this.types or ()) if this is not None else ():
            if one.startswith("L") and self._world.is_subclass(one[1:-1], owner) is False:
                raise Stop(T10, f"{member.name} is protected and called on another class's object")

    def _declarer(self, member: Member) -> str:
        """The superclass that has the method first."""
        found = member.owner
        for view in self._world.supers(member.owner):
            if view is None:
                break
            rows = (*view.virtual.values(), *view.static_methods.values())
            if any((one.name, one.descriptor) == (member.name, member.descriptor) for one in rows):
                found = view.name
        return found


def check_return(machine: Machine, one: Instruction, method: MethodView) -> None:
    """A return instruction against the method's result. Raises `Stop`."""
    member = method.member
    result = member.descriptor.rpartition(")")[2] if member is not None and member.descriptor is not None else None
    kind = "V" if one.name == "return" else one.name[0]
    wanted = None if result is None else {"V": "V", "I": "i", "L": "a", "[": "a"}.get(result[0], "s")
    if wanted is not None and wanted != kind or wanted is None and len(method.results) > 1:
        raise Stop(T07, f"the method gives {spoken(result)}" if result else "the method gives other results elsewhere")
    if kind == "a":
        bad = machine.fits(machine.pop_reference(), result) if result is not None else machine.pop_reference() and ""
        if bad:
            raise Stop(T07, f"the method gives {spoken(result or '')}, not {bad}")
    elif kind != "V":
        machine.pop_letters(kind)
    if any(isinstance(value, Uninitialised) and value.at == THIS for value in machine.locals):
        raise Stop(T09, "the constructor ends before it called the superclass's")
