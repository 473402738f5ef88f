"""What other packages may use of a converted one, as a table like those of the API (JCVM §4.3.7, chapter 5)."""

from __future__ import annotations

from simtool.applet.classfile import ClassFlag, Method
from simtool.applet.convert.model import External, Local, Model, Signature, is_visible, signature
from simtool.codec.java_exports import (
    AccessFlag,
    ExportClass,
    ExportConstant,
    ExportField,
    ExportMethod,
    ExportPackage,
)

_SAME_FLAGS = AccessFlag.PUBLIC | AccessFlag.PROTECTED | AccessFlag.STATIC | AccessFlag.FINAL
_NUMBERS = "ZBSI"


def export_table(model: Model) -> ExportPackage:
    """The table of the package; without classes where it exports none."""
    spec = model.spec
    classes = tuple(_class(model, token, one) for token, one in enumerate(model.exported))
    return ExportPackage(spec.name.replace("/", "."), spec.aid, *spec.version, classes)


def _class(model: Model, token: int, one: Local) -> ExportClass:
    flags = AccessFlag(one.file.flags & (ClassFlag.PUBLIC | ClassFlag.FINAL | ClassFlag.INTERFACE | ClassFlag.ABSTRACT))
    flags |= AccessFlag.SHAREABLE if model.is_shareable(one) else AccessFlag(0)
    virtual = tuple(_virtual(model, one, at, row) for at, row in enumerate(one.public))
    functions = enumerate(model.exported_functions(one))
    statics = enumerate(model.exported_statics(one))
    instance = [each for each in one.file.fields if each.name in one.fields and is_visible(each.flags)]
    supers = [above.path for above in model.supers(one)][::-1]
    return ExportClass(
        token=token,
        name=one.path.rpartition("/")[2],
        flags=flags,
        supers=tuple(supers) or ("java/lang/Object",),
        interfaces=tuple(dict.fromkeys(model.all_interfaces(one))),
        static_methods=tuple(ExportMethod(at, each.name, each.descriptor, _flags(each)) for at, each in functions),
        virtual_methods=() if one.is_interface else virtual,
        interface_methods=virtual if one.is_interface else (),
        static_fields=tuple(ExportField(at, each.name, each.descriptor, _access(each.flags)) for at, each in statics),
        instance_fields=tuple(
            ExportField(one.fields[each.name], each.name, each.descriptor, _access(each.flags))
            for each in sorted(instance, key=lambda each: one.fields[each.name])
        ),
        constants=tuple(
            ExportConstant(each.name, each.descriptor, each.constant)
            for each in one.file.fields
            if is_visible(each.flags) and isinstance(each.constant, int) and each.descriptor in _NUMBERS
        ),
    )


def _virtual(model: Model, one: Local, token: int, row: Signature) -> ExportMethod:
    """A method as the nearest class has it that declares it."""
    above = [model.find(name) for name in one.interfaces] if one.is_interface else list(model.supers(one))
    for each in (one, *above):
        if isinstance(each, Local):
            declared = each.method(row)
            if declared is not None:
                return ExportMethod(token, *row, _flags(declared))
        elif isinstance(each, External):
            for its in (*each.table.virtual_methods, *each.table.interface_methods):
                if signature(its) == row:
                    return ExportMethod(token, *row, its.flags)
    return ExportMethod(token, *row, AccessFlag.PUBLIC | AccessFlag.ABSTRACT)


def _flags(method: Method) -> AccessFlag:
    abstract = AccessFlag.ABSTRACT if ClassFlag.ABSTRACT in method.flags else AccessFlag(0)
    return _access(method.flags) | abstract


def _access(flags: ClassFlag) -> AccessFlag:
    return AccessFlag(int(flags)) & _SAME_FLAGS
