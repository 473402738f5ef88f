r"""A small assembler for Java Card packages: text in, the components of a CAP file out.

The tests' own source of byte code: it follows the format (JCVM specification chapters 4, 6, 7) and shares nothing with
the virtual machine that runs the code. A text::

    .package com/example/demo A00000000101 1.0       // path, AID, version
    .import javacard.framework 1.2                   // tokens from the published tables, or from `imports`
    .applet A0000000010101 Demo                      // AID and class; its install([BSB)V
    .class public Demo extends Applet                // `extends java/lang/Object` where nothing is said
    .field private short counter
    .field static byte[] TEXT = "Hello"              // also: hex 0102   {1, 2, 3}   and for numbers: = 5
    .method public static install([BSB)V
        new Demo
        dup
        invokespecial Demo.<init>()V
        invokevirtual Applet.register()V
        return
    .end
    .method <init>()V
        aload_0
        invokespecial super.<init>()V
        return
    .end
    .method public process(LAPDU;)V
        aload_1
        invokevirtual APDU.getBuffer()[B
        sspush ISO7816.OFFSET_INS
        baload
        stableswitch 0 L0 L1 default Bad             // low, a label for each value from low
    L0: L1: return
    Bad: sspush ISO7816.SW_INS_NOT_SUPPORTED
        invokestatic ISOException.throwIt            // the descriptor may go where the name has only one
        return
    .end

Outside of methods

- `.package PATH AID VERSION`, `.import NAME VERSION [claims VERSION]` (what the Import component then says, where it is
  to differ from the table), `.import-aid AID VERSION` (a package whose classes are not used); java.lang comes by itself
  as the last. `.applet AID CLASS`. `.export`: an Export component, with applets of shareable interfaces, else of every
  public class. `.pool NAME HEX`: a raw constant pool entry of four bytes, used as `#NAME`.
- `.class FLAGS NAME [extends CLASS] [implements INTERFACE, …]`, `.interface FLAGS NAME [extends INTERFACE, …]`.
  `.full-table` in a class: its virtual method table starts at token 0 and repeats what the package's classes inherit.
- `.field FLAGS TYPE NAME [= VALUE]`, `.const TYPE NAME = VALUE` (a name for a number, of a class or of all).
- `.method FLAGS NAME(PARAMETERS)RESULT … .end`; abstract ones and those of interfaces are this one line. Flags are
  public, protected, private, static, final, abstract; without one of the first three it is package-visible.

Classes have their full name with slashes, or the last part where it fits one class only, in descriptors too; `this` and
`super` stand for the class itself and its superclass, a member without class is one of the class itself.

In methods

- `LABEL:` before an instruction; `.stack N` and `.locals N` in place of what is counted; `.extended` for the long
  header; `.local NAME SLOT`; `.byte N …` for raw bytes; `.catch TYPE|any from LABEL to LABEL using LABEL`, in the order
  of the handler table.
- Operands: numbers (decimal, 0x, 'c', constants as `CLASS.NAME`), local variables by slot or name, labels (or a raw
  distance `+4`, `-2`), `dup_x M N`, `sinc SLOT N`, types (`newarray byte`, `checkcast short[]`, `instanceof AID`,
  `checkcast AID[]`), fields, methods; `#N` gives the constant pool index itself.
- `stableswitch`/`itableswitch LOW LABEL … default LABEL`, `slookupswitch`/`ilookupswitch N:LABEL … default LABEL`.
- `invokespecial` takes a constructor, a private method of the class, or `super.method`. Branches have the form that is
  written; one that does not reach is an error.

What it does not do: remote interfaces, extended CAP files, Debug and StaticResources components, checking types.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

from simtool.codec.cap import LOAD_ORDER, ComponentTag
from simtool.codec.java_exports import ExportPackage
from tests.harness.jcasm.build import Builder, directory
from tests.harness.jcasm.descriptor import descriptor
from tests.harness.jcasm.source import AsmError, parse
from tests.harness.jcasm.symbols import Symbols

__all__ = ["AsmError", "Assembled", "assemble"]
_NOT_LOADED = (ComponentTag.DESCRIPTOR, ComponentTag.DEBUG)


@dataclass(frozen=True)
class Assembled:
    """A package: component bodies by tag, and what tests want to know of it.

    `offsets` has methods as `Class.name` and `Class.name(…)…`, from the start of the Method component's body; `labels`
    has `Class.name:label` counted in the same way. `export` serves as one of another text's `imports`.
    """

    path: str
    package_aid: bytes
    applets: tuple[bytes, ...]
    format: tuple[int, int]
    bodies: Mapping[ComponentTag, bytes]
    offsets: Mapping[str, int]
    labels: Mapping[str, int]
    class_offsets: Mapping[str, int]
    export: ExportPackage
    image: tuple[int, int, int]

    @property
    def cap(self) -> bytes:
        """All components in load order, one after the other."""
        return self._row(())

    @property
    def block(self) -> bytes:
        """The load file data block: as `cap`, without the Descriptor."""
        return self._row(_NOT_LOADED)

    @property
    def jar(self) -> bytes:
        """The same as a JAR."""
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as jar:
            for tag, body in self.bodies.items():
                jar.writestr(f"{self.path}/javacard/{tag.label}.cap", _component(tag, body))
        return buffer.getvalue()

    def with_component(self, tag: ComponentTag, body: bytes | None) -> Self:
        """With another body, or without the component (None); the Directory tells of it, unless it is what changes."""
        bodies = {name: old for name, old in self.bodies.items() if name is not tag}
        if body is not None:
            bodies[tag] = body
        if tag is not ComponentTag.DIRECTORY:
            bodies[ComponentTag.DIRECTORY] = directory(bodies, self.format, self.image)
        return replace(self, bodies=bodies)

    def patched(self, tag: ComponentTag, offset: int, raw: bytes) -> Self:
        """With other bytes in the middle of a component's body."""
        body = self.bodies[tag]
        return self.with_component(tag, body[:offset] + raw + body[offset + len(raw) :])

    def _row(self, left_out: tuple[ComponentTag, ...]) -> bytes:
        order = [tag for tag in LOAD_ORDER if tag in self.bodies and tag not in left_out]
        return b"".join(_component(tag, self.bodies[tag]) for tag in order)


def assemble(
    text: str,
    *,
    format: tuple[int, int] = (2, 1),
    int_support: bool | None = None,
    imports: Sequence[ExportPackage] = (),
    with_descriptor: bool = False,
) -> Assembled:
    """Assemble a text. `format` is (2, 1), (2, 2) or (2, 3); `int_support` overrides the flag of the header; `imports`
    are packages to be found besides the published ones; `with_descriptor` adds that component.

    Raises `AsmError` that names the line.
    """
    source = parse(text)
    symbols = Symbols(source, imports)
    builder = Builder(source, symbols, format, int_support)
    bodies = builder.bodies()
    if with_descriptor:
        bodies[ComponentTag.DESCRIPTOR] = descriptor(builder)
    bodies[ComponentTag.DIRECTORY] = directory(bodies, format, builder.image)
    return Assembled(
        path=source.name,
        package_aid=bytes.fromhex(source.aid),
        applets=tuple(bytes.fromhex(aid) for _, aid, _ in source.applets),
        format=format,
        bodies=bodies,
        offsets=builder.offsets(),
        labels=builder.labels(),
        class_offsets={one.source.name: builder.class_offsets[one.path] for one in builder.classes},
        export=symbols.export_table(),
        image=builder.image,
    )


def _component(tag: ComponentTag, body: bytes) -> bytes:
    return bytes((tag,)) + len(body).to_bytes(2) + body
