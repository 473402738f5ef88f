"""The Descriptor against what it describes: classes, fields, methods, types of the constant pool (JCVM §6.14)."""

from __future__ import annotations

from simtool.applet.verify.description import ClassFlag, ClassText, FieldText, MemberFlag, MethodText
from simtool.applet.verify.finding import Report, Rule
from simtool.applet.verify.links import LETTERS, SIZES, Links
from simtool.applet.verify.methods import Methods, MethodView
from simtool.applet.verify.parts import NO_TOKEN, PACKAGE_VISIBLE, TypeInfo
from simtool.applet.verify.rules import D01, D02, D03, D04, D05, D06
from simtool.applet.verify.world import Loaded
from simtool.codec.cap import ComponentTag, ExportedClass, PoolTag
from simtool.codec.java_exports import parameter_words

_DESCRIPTOR = ComponentTag.DESCRIPTOR
_VISIBILITY = MemberFlag.PUBLIC | MemberFlag.PRIVATE | MemberFlag.PROTECTED
_METHOD_FLAGS = sum(map(int, MemberFlag))
_FIELD_FLAGS = _METHOD_FLAGS - MemberFlag.ABSTRACT - MemberFlag.INIT
_CLASS_FLAGS = sum(map(int, ClassFlag))


def check_description(links: Links, report: Report) -> None:
    loaded = links.loaded
    if loaded.trouble:
        report.add(D01, loaded.trouble, _DESCRIPTOR)
        return
    if loaded.description is None:
        report.add(D06, "checks of types take what is not told as right", None)
        return
    refs = [text.ref for text in loaded.description.classes]
    for offset in loaded.types:
        if refs.count(offset) != 1:
            report.add(D02, f"the class at {offset:04X} is told of {refs.count(offset)} times", _DESCRIPTOR, 0)
    for text in loaded.description.classes:
        info = loaded.types.get(text.ref)
        if info is None:
            report.add(D02, f"no class begins at {text.ref:04X}", _DESCRIPTOR, text.place)
        else:
            _Described(loaded, links.methods, report, text, info).check()
    _pool(links, report)


class _Described:
    """One class and what the Descriptor tells of it."""

    def __init__(self, loaded: Loaded, methods: Methods, report: Report, text: ClassText, info: TypeInfo) -> None:
        self._loaded, self._methods, self._report = loaded, methods, report
        self._text, self._info = text, info
        exports = loaded.cap.exports
        self._token = next((at for at, one in enumerate(exports) if one.class_offset == text.ref), NO_TOKEN)
        self._export: ExportedClass | None = exports[self._token] if self._token != NO_TOKEN else None

    def check(self) -> None:
        text, info = self._text, self._info
        if bool(text.flags & ClassFlag.INTERFACE) != info.is_interface:
            self._wrong(D02, "it is told as an interface or class, which it is not", text.place)
        if int(text.flags) & ~_CLASS_FLAGS:
            self._wrong(D02, f"its flags {int(text.flags):02X} have bits that mean nothing", text.place)
        if text.token != self._token:
            self._wrong(D02, f"its token is {text.token}, by the Export component {self._token}", text.place)
        own = {self._loaded.name(ref) for ref in info.interfaces}
        told = {self._loaded.name(ref) for ref in text.interfaces}
        if not info.is_interface and told != own:
            self._wrong(D02, "it is told to have other interfaces than it has", text.place)
        if info.is_interface and text.fields:
            self._wrong(D02, "an interface has no fields", text.place)
        for field in text.fields:
            self._field(field)
        for method in text.methods:
            self._method(method)
        if not info.is_interface and not text.flags & ClassFlag.ABSTRACT:
            self._whole()

    def _wrong(self, rule: Rule, text: str, place: int) -> None:
        self._report.add(rule, f"class {self._text.ref:04X}: {text}", _DESCRIPTOR, place)

    def _whole(self) -> None:
        """A class that is not abstract has no abstract method."""
        for token in range(self._info.public_base + len(self._info.public)):
            place = self._loaded.resolve(self._info, token)
            method = self._methods.by_offset.get(place) if place is not None else None
            if method is not None and method.abstract:
                self._wrong(D02, f"it is not abstract, its virtual method {token} is", self._text.place)

    def _visibility(self, rule: Rule, flags: MemberFlag, allowed: int, place: int) -> None:
        if int(flags) & ~allowed or (flags & _VISIBILITY).bit_count() > 1:
            self._wrong(rule, f"its flags {int(flags):02X} cannot be", place)

    def _field(self, one: FieldText) -> None:
        self._visibility(D03, one.flags, _FIELD_FLAGS, one.place)
        if one.static:
            offset, image = int.from_bytes(one.ref[1:]), self._loaded.image
            if one.ref[0]:
                self._wrong(D03, "a static field of the package begins with 0", one.place)
            elif LETTERS[one.descriptor[0]] == "a":
                if offset % 2 or offset >= 2 * image.references:
                    self._wrong(D03, f"no reference is at {offset:04X} of the static image", one.place)
            elif offset < 2 * image.references or offset + SIZES[one.descriptor] > image.size:
                self._wrong(D03, f"no number of its size is at {offset:04X} of the static image", one.place)
            visible = self._export is not None and one.flags & (MemberFlag.PUBLIC | MemberFlag.PROTECTED)
            fields = self._export.static_fields if self._export is not None and visible else ()
            wanted = fields.index(offset) if offset in fields else NO_TOKEN
            if one.token != wanted:
                self._wrong(D03, f"its token is {one.token}, by the Export component {wanted}", one.place)
            return
        if int.from_bytes(one.ref[:2]) != self._text.ref:
            self._wrong(D03, "an instance field names another class", one.place)
        if one.ref[2] >= self._info.size:
            self._wrong(D03, f"its token {one.ref[2]} lies outside of the object", one.place)

    def _method(self, one: MethodText) -> None:
        self._visibility(D04, one.flags, _METHOD_FLAGS, one.place)
        if self._info.is_interface:
            return
        method = self._methods.by_offset.get(one.offset)
        if method is None:
            self._wrong(D04, f"no method can begin at {one.offset:04X}", one.place)
            return
        words = parameter_words(one.descriptor) + (MemberFlag.STATIC not in one.flags)
        if words != method.arguments:
            text = f"takes {words} words, by its header {method.arguments}"
            self._wrong(D04, f"the method at {one.offset:04X} {text}", one.place)
        if bool(one.flags & MemberFlag.ABSTRACT) != method.abstract:
            self._wrong(D04, f"the method at {one.offset:04X} is abstract at one place only", one.place)
        if MemberFlag.INIT in one.flags and not one.descriptor.endswith("V"):
            self._wrong(D04, f"the constructor at {one.offset:04X} gives something", one.place)
        if not method.abstract and not method.whole:
            self._wrong(D04, f"the method at {one.offset:04X} has {one.size} bytes, which are not there", one.place)
        self._table(one)
        self._handlers(one, method)

    def _table(self, one: MethodText) -> None:
        """The token leads to the method."""
        function = one.flags & (MemberFlag.STATIC | MemberFlag.INIT | MemberFlag.PRIVATE)
        if not function:
            package = bool(one.token & PACKAGE_VISIBLE)
            if self._loaded.resolve(self._info, one.token & 0x7F, package=package) != one.offset:
                self._wrong(D04, f"virtual method {one.token} is not the one at {one.offset:04X}", one.place)
            return
        methods = self._export.static_methods if self._export is not None else ()
        wanted = methods.index(one.offset) if one.offset in methods else NO_TOKEN
        if one.token != wanted:
            self._wrong(D04, f"its token is {one.token}, by the Export component {wanted}", one.place)

    def _handlers(self, one: MethodText, method: MethodView) -> None:
        its = [at for at, row in enumerate(self._loaded.handlers) if method.start <= row.start < method.end]
        first = its[0] if its else 0
        told = list(range(one.handler_index, one.handler_index + one.handler_count))
        if told != its and (told or its) or not told and one.handler_index != first:
            text = f"the method at {one.offset:04X} has handlers {', '.join(map(str, its)) or 'none'}"
            self._wrong(D04, f"{text}, not {one.handler_count} from {one.handler_index}", one.place)


def _pool(links: Links, report: Report) -> None:
    """The types of the constant pool (§6.14.4): none for classes, else what the member has."""
    loaded = links.loaded
    if loaded.description is None:
        return
    told = loaded.description.pool
    if len(told) != len(loaded.pool):
        text = f"types of {len(told)} constants, the pool has {len(loaded.pool)}"
        report.add(D05, text, _DESCRIPTOR, loaded.description.pool_place)
        return
    for index, entry in enumerate(loaded.pool):
        place = loaded.description.pool_place + 2 + 2 * index
        if (told[index] is None) != (entry.tag is PoolTag.CLASS):
            kind = "a class has none" if entry.tag is PoolTag.CLASS else "it is missing"
            report.add(D05, f"entry {index}: {kind}", _DESCRIPTOR, place)
            continue
        link = links.by_index.get(index)
        known = link.member.descriptor if link is not None and link.member is not None else None
        if told[index] is not None and known not in (None, told[index]):
            report.add(D05, f"entry {index} is {told[index]}, its member {known}", _DESCRIPTOR, place)
