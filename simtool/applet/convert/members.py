"""What code names, looked up: constant pool references, and how a call is made (JCVM §6.8, §7.5).

A field and a static method are named with the class that declares them, a virtual method with the class that the source
names, a call of `super` with the class that it stands in.
"""

from __future__ import annotations

from dataclasses import dataclass

from simtool.applet.classfile import ClassFlag, MemberRef
from simtool.applet.convert.accessors import Originals
from simtool.applet.convert.card_code import Reference
from simtool.applet.convert.model import PACKAGE_TOKEN, AnyClass, External, Local, Model, is_function, is_visible
from simtool.applet.convert.package import ConvertError
from simtool.codec import java_exports
from simtool.codec.cap import PoolTag
from simtool.codec.java_exports import parameter_words, return_words


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a method: instruction, its operands beside the reference, and that."""

    name: str
    reference: Reference
    values: tuple[int, ...] = ()


class Members:
    """Looks members up for code of the package's classes."""

    def __init__(self, model: Model, originals: Originals) -> None:
        self.model = model
        self.originals = originals

    def class_reference(self, path: str, where: Local, line: int) -> Reference:
        return Reference(PoolTag.CLASS, self.model.need(path, where, line).path)

    def field(self, member: MemberRef, where: Local, line: int, *, static: bool) -> Reference:
        owner = self._owner(member, where, line)
        found = self.model.declaring(owner, member.name, member.descriptor, static=static)
        if found is None:
            raise self._unknown(owner, member, where, line)
        tag = PoolTag.STATIC_FIELD if static else PoolTag.FIELD
        return Reference(tag, found[0].path, member.name, member.descriptor)

    def call(self, name: str, member: MemberRef, where: Local, line: int) -> Call:
        """How `member` is called by an instruction of Java's. Raises `ConvertError` where a card has no such method."""
        if member.owner.startswith("["):
            raise where.error(f"{member.name} of an array is not in Java Card", "use Util.arrayCopy", line)
        owner = self._owner(member, where, line)
        if name in ("invokestatic", "invokespecial") or self._is_private(owner, member):
            method = self._function(owner, member)
            if method is not None:
                its = "invokestatic" if name == "invokestatic" else "invokespecial"
                return Call(its, Reference(PoolTag.STATIC_METHOD, method.path, member.name, member.descriptor))
            if name == "invokestatic" or member.name == "<init>":
                raise self._unknown(owner, member, where, line)
        if self.token(owner, member.name, member.descriptor) is None:
            raise self._unknown(owner, member, where, line)
        if name == "invokespecial":
            return Call(name, Reference(PoolTag.SUPER, where.path, member.name, member.descriptor))
        if owner.is_interface:
            token = self.model.public_methods(owner).index((member.name, member.descriptor))
            words = parameter_words(member.descriptor) + 1, token, return_words(member.descriptor)
            return Call("invokeinterface", Reference(PoolTag.CLASS, owner.path), words)
        return Call("invokevirtual", Reference(PoolTag.VIRTUAL, owner.path, member.name, member.descriptor))

    def token(self, owner: AnyClass, name: str, descriptor: str) -> int | None:
        """The token of a virtual method, package-visible ones with the high bit set. None where there is none."""
        wanted = (name, descriptor)
        if isinstance(owner, Local) and wanted in owner.hidden and not self._is_public_now(owner, name, descriptor):
            return owner.hidden.index(wanted) | PACKAGE_TOKEN
        rows = self.model.public_methods(owner)
        return rows.index(wanted) if wanted in rows else None

    def _is_public_now(self, owner: Local, name: str, descriptor: str) -> bool:
        """Whether a package-visible method has become a public one in this class, or in a superclass."""
        for one in (owner, *self.model.supers(owner)):
            if isinstance(one, Local):
                method = one.method((name, descriptor))
                if method is not None and not is_function(method):
                    return is_visible(method.flags)
        return False

    def super_token(self, where: Local, name: str, descriptor: str) -> int | None:
        """The token of what `super.name()` calls in `where`."""
        parent = next(self.model.supers(where), None)
        return None if parent is None else self.token(parent, name, descriptor)

    def _is_private(self, owner: AnyClass, member: MemberRef) -> bool:
        method = owner.method((member.name, member.descriptor)) if isinstance(owner, Local) else None
        return method is not None and ClassFlag.PRIVATE in method.flags

    def _function(self, owner: AnyClass, member: MemberRef) -> AnyClass | None:
        """The class that has the static method, constructor or private method."""
        found = self.model.declaring(owner, member.name, member.descriptor, static=True)
        if found is None or (member.name == "<init>" and found[0] is not owner and found[0] != owner):
            return None
        one = found[0]
        method = one.method((member.name, member.descriptor)) if isinstance(one, Local) else None
        return one if method is None or is_function(method) else None

    def _owner(self, member: MemberRef, where: Local, line: int) -> AnyClass:
        return self.model.need(member.owner, where, line)

    def _unknown(self, owner: AnyClass, member: MemberRef, where: Local, line: int) -> ConvertError:
        name = owner.path.rpartition("/")[2].replace("$", ".")
        if isinstance(owner, External):
            package = owner.package
            its = f"{package.name} {package.major}.{package.minor}"
            newer = self._newer(owner, member)
            hint = f"it is there from version {newer}" if newer else "see the API of the card"
            return where.error(f"{name} has no {_shown(member)} in {its}", hint, line)
        return where.error(f"{name} has no {_shown(member)}", "compile all classes of the package again", line)

    def _newer(self, owner: External, member: MemberRef) -> str | None:
        if owner.package.name not in java_exports.package_names():
            return None
        for version in java_exports.package_versions(owner.package.name):
            table = java_exports.load(owner.package.name, version).class_named(owner.table.name)
            rows = () if table is None else (*table.static_methods, *table.virtual_methods, *table.interface_methods)
            if any((row.name, row.descriptor) == (member.name, member.descriptor) for row in rows):
                return version
        return None


def _shown(member: MemberRef) -> str:
    if member.name == "<init>":
        return f"constructor {member.descriptor[:-1]}"
    return member.name + (member.descriptor if member.descriptor[0] == "(" else "")
