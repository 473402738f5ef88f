"""Java class files of one package to a CAP file (JCVM specification chapters 2, 4, 6, formats 2.1 to 2.3, compact).

Methods are converted one by one: numbers narrowed from 32 to 16 bits where that is safe, instructions chosen, shortened
and laid out. Names become tokens by the specification's rules. What a Java Card cannot have is refused with file and
line. The same classes give the same bytes, in whatever order they come.
"""

from __future__ import annotations

from collections.abc import Sequence

from simtool.applet.classfile import ClassFile
from simtool.applet.convert import accessors, allowed, components
from simtool.applet.convert.class_component import class_component
from simtool.applet.convert.descriptor import descriptor
from simtool.applet.convert.export_table import export_table
from simtool.applet.convert.link import link
from simtool.applet.convert.members import Members
from simtool.applet.convert.model import Model
from simtool.applet.convert.package import Converted, ConvertError, PackageSpec, together
from simtool.codec.cap import ComponentTag
from simtool.codec.java_exports import ExportPackage

__all__ = ["ConvertError", "Converted", "PackageSpec", "convert"]


def convert(classes: Sequence[ClassFile], spec: PackageSpec, libraries: Sequence[ExportPackage] = ()) -> Converted:
    """The CAP file of a package. `libraries` are packages converted before that this one uses.

    Raises `ConvertError` for what a card cannot have; it tells of everything that was found wrong.
    """
    components.check(spec)
    files = [one for one in classes if not one.name.endswith("/package-info")]
    for one in files:
        if one.package != spec.name:
            raise ConvertError(one.source, 0, f"the class {one.name} is not of the package {spec.name}")
    if len({one.name for one in files}) != len(files):
        raise ConvertError(spec.name, 0, "a class is there twice")
    if not files:
        raise ConvertError(spec.name, 0, "the package has no classes")
    early = [error for one in files for error in allowed.of_class(one)]
    if early:
        raise together(early)
    originals: accessors.Originals = {}
    if not spec.int_allowed:
        files, originals = accessors.narrowed(files)
    model = Model(files, spec, libraries)
    errors = [error for one in model.locals_ for error in allowed.refusals(model, one)]
    linked = link(Members(model, originals), errors)
    tag = ComponentTag
    bodies = {tag.CLASS: class_component(linked)}
    exported = components.exports(linked)
    bodies |= {
        tag.HEADER: components.header(linked, exports=bool(exported)),
        tag.IMPORT: components.imports(linked),
        tag.CONSTANT_POOL: components.constant_pool(linked),
        tag.METHOD: components.methods(linked),
        tag.STATIC_FIELD: linked.image.body,
        tag.REF_LOCATION: components.locations(linked),
        tag.DESCRIPTOR: descriptor(linked),
    }
    if spec.applets:
        bodies[tag.APPLET] = components.applets(linked)
    if exported:
        bodies[tag.EXPORT] = exported
    bodies[tag.DIRECTORY] = components.directory(bodies, linked)
    return Converted(spec.name, dict(sorted(bodies.items())), export_table(model), linked.doubts)
