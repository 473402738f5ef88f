"""The Class component (JCVM §6.9): order, what is extended, method tables, interfaces, instance fields."""

from __future__ import annotations

from simtool.applet.verify.finding import Report, Rule
from simtool.applet.verify.links import Links
from simtool.applet.verify.methods import words_of
from simtool.applet.verify.parts import EXTERNAL, INTERFACE, NO_TOKEN, NONE, REMOTE, SHAREABLE, Implemented, TypeInfo
from simtool.applet.verify.rules import K01, K02, K03, K04, K05, K06, K07, K08, K09, R04
from simtool.applet.verify.world import OBJECT, ClassView, Member
from simtool.codec.cap import ComponentTag
from simtool.codec.java_exports import parameter_words, type_words

_CLASS = ComponentTag.CLASS
_SHAREABLE = "javacard/framework/Shareable"


def check_classes(links: Links, report: Report) -> None:
    Classes(links, report).check()


class Classes:
    """Checks every class and interface."""

    def __init__(self, links: Links, report: Report) -> None:
        self._links = links
        self._loaded = links.loaded
        self._world = links.loaded.world
        self._report = report

    def check(self) -> None:
        class_seen = False
        for info in self._loaded.types.values():
            if info.is_interface and class_seen:
                self._wrong(K01, info, "an interface stands behind a class")
            class_seen = class_seen or not info.is_interface
            if info.flags & ~(INTERFACE | SHAREABLE | REMOTE):
                self._wrong(K02, info, f"its flags {info.flags:X} have bits that mean nothing")
            good = self._references(info)
            self._shareable(info)
            if not info.is_interface:
                self._fields(info)
                if good:
                    self._tables(info)
                    for one in info.implemented:
                        self._implemented(info, one)

    def _wrong(self, rule: Rule, info: TypeInfo, text: str) -> None:
        self._report.add(rule, text, _CLASS, info.offset)

    # --- what is extended

    def _references(self, info: TypeInfo) -> bool:
        """Superclass and interfaces are there, may be extended, and stand before."""
        rows = [(ref, True) for ref in info.interfaces]
        if not info.is_interface and info.parent != NONE:
            rows.append((info.parent, False))
        good = True
        for ref, interface in rows:
            view = self._links.class_view(ref)
            if view is False:
                self._wrong(R04, info, f"it names the class {ref:04X}, which is not there")
                good = False
                continue
            if not ref & EXTERNAL and ref >= info.offset:
                self._wrong(K01, info, f"what it extends stands behind it, at {ref:04X}")
                good = False
            if isinstance(view, ClassView):
                good = self._may_extend(info, view, interface=interface) and good
        names = [self._loaded.name(ref) for ref in info.interfaces]
        if len(set(names)) != len(names):
            self._wrong(K05, info, "an interface stands twice")
        self._complete(info, names)
        return good

    def _may_extend(self, info: TypeInfo, view: ClassView, *, interface: bool) -> bool:
        if view.is_interface != interface:
            self._wrong(K02, info, f"{view.name} is {'a class' if interface else 'an interface'}")
            return False
        if view.final and not interface:
            self._wrong(K02, info, f"its superclass {view.name} is final")
        return True

    def _complete(self, info: TypeInfo, names: list[str]) -> None:
        """All superinterfaces of an interface are listed too (§6.9.1), by the class or by a superclass."""
        have = set(names)
        for view in self._world.supers(self._loaded.name(info.offset)) if not info.is_interface else ():
            if view is None:
                return
            have |= set(view.interfaces)
        for name in names:
            view = self._world.view(name)
            missing = sorted(set(view.interfaces) - have) if view is not None else []
            if missing:
                self._wrong(K05, info, f"with {name} it has to list {missing[0]}")

    def _shareable(self, info: TypeInfo) -> None:
        known = [self._links.class_view(ref) for ref in info.interfaces]
        if not all(isinstance(one, ClassView) for one in known):
            return
        told = any(isinstance(one, ClassView) and (one.shareable or one.name == _SHAREABLE) for one in known)
        inherited = False
        if not info.is_interface and not told:
            for view in list(self._world.supers(self._loaded.name(info.offset)))[1:]:
                if view is None or view.shareable or any(self._is_shareable(name) for name in view.interfaces):
                    inherited = True
        if info.shareable != told and not inherited:
            text = "is set, though no interface of it is" if info.shareable else "is missing: an interface of it is"
            self._wrong(K08, info, f"the flag {text} shareable")

    def _is_shareable(self, name: str) -> bool:
        view = self._world.view(name)
        return name == _SHAREABLE or view is not None and view.shareable

    # --- instance fields

    def _fields(self, info: TypeInfo) -> None:
        first, count = info.first_reference, info.reference_count
        if (first == NO_TOKEN) != (count == 0):
            self._wrong(K06, info, f"{count} references from token {first:02X}")
        elif count and first + count > info.size:
            self._wrong(K06, info, f"references {first} to {first + count - 1} in an object of {info.size} words")
        text = self._loaded.texts.get(info.offset)
        if text is None:
            return
        fields = [one for one in text.fields if not one.static]
        size = sum(type_words(one.descriptor) for one in fields)
        if size != info.size:
            self._wrong(K06, info, f"its fields take {size} words, it says {info.size}")
        references = sorted(one.ref[2] for one in fields if one.descriptor[0] in "L[")
        if references != list(range(first, first + count)) and (references or count):
            self._wrong(K06, info, f"its references are the tokens {', '.join(map(str, references)) or 'none'}")

    # --- method tables

    def _above(self, info: TypeInfo) -> int | None:
        """How many public virtual methods the superclass has; None where nobody tells."""
        if info.parent == NONE:
            return 0
        if not info.parent & EXTERNAL:
            parent = self._loaded.types.get(info.parent)
            return parent.public_base + len(parent.public) if parent is not None else None
        view = self._links.class_view(info.parent)
        if not isinstance(view, ClassView) or not self._links.certain(info.parent):
            return None
        return max(view.virtual, default=-1) + 1

    def _tables(self, info: TypeInfo) -> None:
        above = self._above(info)
        total = info.public_base + len(info.public)
        if above is not None:
            if info.public_base > above:
                self._wrong(K03, info, f"its table begins at token {info.public_base}, the superclass has {above}")
            elif total < above:
                self._wrong(K03, info, f"its table ends before token {total}, the superclass has {above}")
        parent = self._loaded.types.get(info.parent) if not info.parent & EXTERNAL else None
        below = parent.package_base + len(parent.package) if parent is not None else 0
        if (
            info.package
            and info.package_base > below
            or parent is not None
            and info.package_base + len(info.package) < below
        ):
            text = f"package-visible methods {info.package_base} to {info.package_base + len(info.package)}"
            self._wrong(K03, info, f"{text}, the superclass has {below}")
        for at, place in enumerate(info.public):
            self._entry(info, info.public_base + at, place, above, package=False)
        for at, place in enumerate(info.package):
            self._entry(info, info.package_base + at, place, below, package=True)
        self._mapping(info, above)

    def _entry(self, info: TypeInfo, token: int, place: int, above: int | None, *, package: bool) -> None:
        inherited = self._inherited(info, token, package=package)
        if place == NONE:
            if above is not None and token >= above or isinstance(inherited, int):
                self._wrong(K04, info, f"virtual method {token} has no place, though the package has it")
            return
        method = self._links.methods.by_offset.get(place)
        if method is None:
            return
        if method.arguments == 0:
            self._wrong(K04, info, f"virtual method {token}: the one at {place:04X} has no this")
        if method.member is not None and (method.member.static or method.member.init or method.member.private):
            self._wrong(K04, info, f"virtual method {token}: the one at {place:04X} is called by no table")
        if place == inherited:
            return
        member = None
        for view in list(self._world.supers(self._loaded.name(info.offset)))[1:]:
            its = view and (view.package_virtual if package else view.virtual).get(token)
            if isinstance(its, Member) and (its.descriptor is not None or its.final):
                member = its
                break
        if member is None:
            return
        if member.final:
            self._wrong(K07, info, f"virtual method {token}: {member.name} of {member.owner} is final")
        if member.descriptor is not None and method.descriptor not in (None, member.descriptor):
            self._wrong(K04, info, f"virtual method {token} is {method.descriptor}, it overrides {member.descriptor}")
        elif member.descriptor is not None and words_of(method) not in (None, method.arguments):
            text = f"takes {method.arguments} words, {member.name}{member.descriptor} takes {words_of(method)}"
            self._wrong(K04, info, f"virtual method {token} {text}")

    def _inherited(self, info: TypeInfo, token: int, *, package: bool) -> int | None:
        """Where the superclass's method of a token begins, if it is one of this package."""
        parent = self._loaded.types.get(info.parent) if not info.parent & EXTERNAL else None
        return self._loaded.resolve(parent, token, package=package) if parent is not None else None

    def _mapping(self, info: TypeInfo, above: int | None) -> None:
        """§6.9.2.7: tokens that the superclass has for each method, FF for what it has not."""
        if info.mapping is None:
            return
        if above is not None and any(one != NO_TOKEN and one >= above for one in info.mapping):
            self._wrong(K09, info, f"it names a token that the superclass does not have: it has {above}")
        if info.inheritable > info.public_base + len(info.public):
            self._wrong(
                K09, info, f"{info.inheritable} methods to inherit, it has {info.public_base + len(info.public)}"
            )

    # --- interfaces

    def _implemented(self, info: TypeInfo, one: Implemented) -> None:
        name = self._loaded.name(one.ref)
        view = self._world.view(name)
        wanted = self._methods_of(view) if view is not None else None
        if wanted is not None and self._links.certain(one.ref) and len(one.tokens) != len(wanted):
            self._wrong(K05, info, f"{name} has {len(wanted)} methods, the table {len(one.tokens)}")
            return
        total = info.public_base + len(info.public)
        for number, token in enumerate(one.tokens):
            if token >= total:
                self._wrong(K05, info, f"method {number} of {name}: the class has no virtual method {token}")
                continue
            asked = wanted.get(number) if wanted is not None else None
            had = self._links.virtual_member(self._loaded.name(info.offset), token)
            types = (asked and asked.descriptor, had and had.descriptor)
            place = self._loaded.resolve(info, token)
            method = self._links.methods.by_offset.get(place) if place is not None else None
            if types[0] and types[1] and types[0] != types[1]:
                self._wrong(K05, info, f"method {number} of {name} is {types[0]}, virtual method {token} {types[1]}")
            elif types[0] and method is not None and parameter_words(types[0]) + 1 != method.arguments:
                text = (
                    f"takes {parameter_words(types[0]) + 1} words with this, virtual method {token} {method.arguments}"
                )
                self._wrong(K05, info, f"method {number} of {name} {text}")

    def _methods_of(self, view: ClassView) -> dict[int, Member] | None:
        """An interface's methods, with those of its superinterfaces where its own list has only what it declares."""
        if view.interface_methods is None:
            return None
        found = dict(view.interface_methods)
        for name in view.interfaces:
            above = self._world.view(name)
            if above is None or above.interface_methods is None:
                return None
            for token, member in above.interface_methods.items():
                found.setdefault(token, member)
        return found if sorted(found) == list(range(len(found))) and view.name != OBJECT else None
