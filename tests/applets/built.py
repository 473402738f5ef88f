"""Applets of the folder `applets`, built once for all tests, and how they get onto a software card and off it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from simtool.applet.classfile import read_class
from simtool.applet.convert import PackageSpec, convert
from simtool.applet.javac import compile_java, compiled_stubs
from simtool.applet.stubs import stubs_of
from simtool.files.applets.manifest import Manifest, encode_parameters, install_parameters
from simtool.files.marked_yaml import read_yaml
from simtool.softcard import SoftCard
from tests.harness.gp_host import blocks, lv
from tests.softcard.applets.conftest import Desk, desk_on

APPLETS = Path(__file__).parents[2] / "applets"
BLOCK = 200


@dataclass(frozen=True, slots=True)
class Product:
    """An applet as it is loaded. `code` is the size of its Method component."""

    folder: Path
    manifest: Manifest
    block: bytes
    code: int

    @property
    def package_aid(self) -> bytes:
        return self.manifest.package.aid

    @property
    def applets(self) -> tuple[bytes, ...]:
        return tuple(one.module for one in self.manifest.applets)

    @property
    def instance(self) -> bytes:
        return self.manifest.applets[0].instance_aid

    def example(self, **changes: Any) -> dict[str, Any]:
        """The values of example.yaml, some of them changed."""
        values: dict[str, Any] = read_yaml(self.folder / "example.yaml").value
        return deepcopy(values) | changes

    def coded(self, values: Mapping[str, Any]) -> bytes:
        return encode_parameters(self.manifest, values)

    def installed_with(self, values: Mapping[str, Any]) -> str:
        return install_parameters(self.manifest, values).hex()


@cache
def built(name: str, version: tuple[int, int] = (1, 0)) -> Product:
    """The applet of this folder, as `version`."""
    folder = APPLETS / name
    manifest = Manifest.load(folder)
    package = manifest.package
    with tempfile.TemporaryDirectory() as classes:
        stubs = compiled_stubs(stubs_of(manifest.api.versions))
        compile_java(sorted(folder.rglob("*.java")), Path(classes), classpath=[stubs])
        files = [read_class(one.read_bytes(), one.name) for one in sorted(Path(classes).rglob("*.class"))]
    modules = tuple((one.class_name, one.module) for one in manifest.applets)
    spec = PackageSpec(
        package.name.replace(".", "/"), package.aid, version, modules, manifest.api.versions,
        manifest.int_allowed, manifest.format,
    )  # fmt: skip
    made = convert(files, spec)
    return Product(folder, manifest, made.block, len(_method_component(made.block)))


def _method_component(block: bytes) -> bytes:
    return next(body for tag, body in _components(block) if tag == 7)


def _components(block: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(block):
        end = at + 3 + int.from_bytes(block[at + 1 : at + 3])
        yield block[at], block[at + 3 : end]
        at = end


def personalize(desk: Desk, instance: bytes, data: bytes, size: int = BLOCK) -> str:
    """INSTALL [for personalization], STORE DATA block by block: the last status word."""
    desk.open()
    assert desk.host.send(0xE6, 0x20, 0, lv(b"", b"", instance, b"", b"", b"")).ok
    parts = blocks(data, size)
    for number, part in enumerate(parts):
        answer = desk.host.send(0xE2, 0x80 if number == len(parts) - 1 else 0, number, part)
        if not answer.ok:
            break
    return answer.sw


def put(card: SoftCard, product: Product, values: Mapping[str, Any]) -> Desk:
    """Load, install and personalise as the manifest says."""
    desk = desk_on(card)
    assert desk.load(product) == "9000"
    assert desk.install(product, product.instance, product.installed_with(values)) == "9000"
    if product.manifest.delivery.value == "store-data":
        assert personalize(desk, product.instance, product.coded(values)) == "9000"
    return desk


def remove(desk: Desk, product: Product) -> str:
    """DELETE of the package with its instances."""
    desk.open()
    return desk.host.send(0xE4, 0, 0x80, b"\x4f" + lv(product.package_aid)).sw


def packet(tar: bytes, data: bytes) -> str:
    """A command packet without security, behind its user data header, in hex (TS 102 225 §5.1, TS 31.115 §4)."""
    head = bytes.fromhex("0000 0000") + tar + bytes(6)
    body = bytes((len(head),)) + head + data
    return (bytes.fromhex("027000") + len(body).to_bytes(2) + body).hex()
