"""Java programs compiled with javac, converted, and run twice: on the JVM and on our Java Card machine.

A program is a class with methods `public static short NAME(short, short)`. `both(...)` calls each method with each pair
of arguments, in one order, and gives for JVM and card the results: numbers, or the name of what was thrown.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from simtool.applet.classfile import ClassFile, read_class
from simtool.applet.convert import Converted, PackageSpec, convert
from simtool.codec.java_exports import ExportPackage
from simtool.softcard.jcvm.api.java import io, lang, rmi
from simtool.softcard.jcvm.api.javacard import framework
from simtool.softcard.jcvm.faults import JavaThrow
from simtool.softcard.jcvm.heap import Limits
from simtool.softcard.jcvm.objects import Owner
from simtool.softcard.jcvm.vm import Vm
from tests.harness import jcvm

AID = bytes.fromhex("a00000055910ff01")
IMPORTS = {"javacard.framework": "1.2"}
OPTIONS = ("-J-XX:TieredStopAtLevel=1", "-J-Xshare:auto", "--release", "8", "-Xlint:-options", "-proc:none", "-g")
_MAIN = """
public class Main {
    public static void main(String[] names) throws Exception {
        java.util.Scanner in = new java.util.Scanner(System.in);
        StringBuilder out = new StringBuilder();
        while (in.hasNext()) {
            Class<?> one = Class.forName(in.next());
            java.lang.reflect.Method method = one.getMethod(in.next(), short.class, short.class);
            short a = in.nextShort(), b = in.nextShort();
            try {
                out.append(method.invoke(null, a, b));
            } catch (java.lang.reflect.InvocationTargetException e) {
                out.append(e.getCause().getClass().getName());
            }
            out.append('\\n');
        }
        System.out.print(out);
    }
}
"""

needs_java = pytest.mark.skipif(
    shutil.which("javac") is None or shutil.which("java") is None, reason="javac and java are not installed"
)
Call = tuple[str, str, int, int]
"""Class, method, arguments."""


@dataclass(frozen=True)
class Compiled:
    """Class files below a folder. `classes` are those of `package`."""

    folder: Path
    classes: tuple[ClassFile, ...]


def javac(folder: Path, sources: Mapping[str, str], package: str, *, classpath: Path | None = None) -> Compiled:
    """Compile sources, by path (`p/A.java`); a main class for the JVM is added."""
    out = folder / "classes"
    out.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, text in {**sources, "Main.java": _MAIN}.items():
        path = folder / "sources" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        paths.append(str(path))
    command = ["javac", *OPTIONS, "-cp", str(classpath or out), "-d", str(out), *paths]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found = sorted((out / package).glob("*.class"))
    return Compiled(out, tuple(read_class(path.read_bytes(), path.name) for path in found))


def converted(
    classes: Sequence[ClassFile], package: str, libraries: Sequence[ExportPackage] = (), *, int_allowed: bool = False,
    aid: bytes = AID, applets: tuple[tuple[str, bytes], ...] = (), cap_format: tuple[int, int] = (2, 1),
    imports: Mapping[str, str] = IMPORTS,
) -> Converted:  # fmt: skip
    spec = PackageSpec(package, aid, (1, 0), applets, imports, int_allowed, cap_format)
    return convert(classes, spec, libraries)


def on_jvm(compiled: Compiled, calls: Sequence[Call], package: str) -> list[str]:
    """What the JVM makes of the calls, all in one run."""
    lines = "".join(f"{package.replace('/', '.')}.{cls} {name} {a} {b}\n" for cls, name, a, b in calls)
    command = ["java", "-XX:TieredStopAtLevel=1", "-Xshare:auto", "-cp", str(compiled.folder), "Main"]
    done = subprocess.run(command, input=lines, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def on_card(made: Converted, calls: Sequence[Call], *, translator: bool, before: Sequence[Converted] = ()) -> list[str]:
    """What our machine makes of them."""
    vm = machine(translator=translator)
    for one in before:
        vm.load(one.block)
    package = vm.load(made.block)
    methods = {}
    for cls, row in zip(made.export.classes, made.cap_file.exports, strict=True):
        for method, offset in zip(cls.static_methods, row.static_methods, strict=True):
            methods[cls.name, method.name] = package.methods[offset]
    found = []
    for cls_name, name, a, b in calls:
        try:
            with vm.running_as(Owner(package.aid, package.context)):
                found.append(str(methods[cls_name, name].call(vm, a, b)))
        except JavaThrow as thrown:
            found.append(thrown.throwable.cls.name.replace("/", "."))
    return found


def machine(*, translator: bool) -> Vm:
    vm = jcvm.machine((lang, io, rmi, framework), limits=Limits(persistent=1 << 28))
    vm.use(translator=translator)
    return vm


def methods_of(compiled: Compiled) -> list[tuple[str, str]]:
    """Class and name of every method that can be called."""
    return [
        (one.name.rpartition("/")[2], method.name)
        for one in compiled.classes
        for method in one.methods
        if method.descriptor == "(SS)S" and int(method.flags) & 9 == 9
    ]
