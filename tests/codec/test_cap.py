"""CAP files in all formats and containers, and everything that can be wrong with them (JCVM chapter 6)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simtool.codec.cap import ComponentTag, PackageRef, read_cap
from simtool.errors import DecodeError
from tests.harness.cap_builder import FRAMEWORK, JAVA_LANG, UICC_TOOLKIT, CapPlan, component

FULL = CapPlan(imports=(JAVA_LANG, FRAMEWORK, UICC_TOOLKIT), exports=2, version=(1, 3), debug=True, format=(2, 2))


@pytest.mark.parametrize("form", [(2, 1), (2, 2), (2, 3)])
def test_formats_and_containers_say_the_same(form: tuple[int, int]) -> None:
    plan = CapPlan(format=form, applets=("d07002ca440001", "d07002ca440002"), imports=(JAVA_LANG, UICC_TOOLKIT))
    jar, row = read_cap(plan.jar()), read_cap(plan.row())
    assert jar == row
    assert jar.header.format == form
    assert jar.package == PackageRef(bytes.fromhex(plan.aid), 1, 0)
    assert [applet.aid.hex() for applet in jar.applets] == list(plan.applets)
    assert [(one.aid.hex(), one.major, one.minor) for one in jar.imports] == list(plan.imports)
    assert jar.header.name == (plan.name if form[1] >= 2 else "")
    assert jar.digest == row.digest


def test_everything_of_a_library() -> None:
    cap = read_cap(FULL.row())
    assert (cap.package.version, cap.constants, len(cap.exports)) == ("1.3", 7, 2)
    assert [one.class_offset for one in cap.exports] == [2, 14]
    assert cap.statics.image_size == 0


def test_what_is_loaded() -> None:
    """In load order, never Debug, the Descriptor on demand (§6.3)."""
    cap = read_cap(FULL.jar())
    tags = [ComponentTag(number) for number in _tags(cap.load_file_data_block())]
    assert tags == [
        ComponentTag.HEADER, ComponentTag.DIRECTORY, ComponentTag.IMPORT, ComponentTag.APPLET, ComponentTag.CLASS,
        ComponentTag.METHOD, ComponentTag.STATIC_FIELD, ComponentTag.EXPORT, ComponentTag.CONSTANT_POOL,
        ComponentTag.REF_LOCATION,
    ]  # fmt: skip
    assert _tags(cap.load_file_data_block(descriptor=True))[-1] == ComponentTag.DESCRIPTOR


def _tags(block: bytes) -> list[int]:
    found = []
    while block:
        found.append(block[0])
        block = block[3 + int.from_bytes(block[1:3]) :]
    return found


BOUNDARIES = range(1, len(FULL.bodies()) + 1)


@pytest.mark.parametrize("kept", BOUNDARIES)
def test_cut_at_every_component_boundary(kept: int) -> None:
    """Only what is never loaded may be missing: Descriptor and Debug."""
    whole = FULL.row()
    rest, tags = whole, []
    for _ in range(kept):
        tags.append(rest[0])
        rest = rest[3 + int.from_bytes(rest[1:3]) :]
    cut = whole[: len(whole) - len(rest)]
    if ComponentTag.REF_LOCATION in tags:
        assert read_cap(cut).load_file_data_block() == read_cap(whole).load_file_data_block()
        return
    with pytest.raises(DecodeError, match="cut short|Directory"):
        read_cap(cut)


@given(st.integers(1, len(FULL.row()) - 1))
def test_cut_anywhere(length: int) -> None:
    try:
        cap = read_cap(FULL.row()[:length])
    except DecodeError:
        return
    assert cap.load_file_data_block() == read_cap(FULL.row()).load_file_data_block()


@given(st.binary(max_size=200))
def test_rubbish_is_an_error_and_nothing_else(data: bytes) -> None:
    with pytest.raises(DecodeError):
        read_cap(data)


@given(st.integers(0, len(FULL.jar()) - 1), st.integers(1, 255))
def test_a_damaged_archive_is_an_error_and_nothing_else(place: int, change: int) -> None:
    raw = bytearray(FULL.jar())
    raw[place] ^= change
    try:
        read_cap(bytes(raw))
    except DecodeError:
        pass


def test_every_byte_of_an_archive_damaged() -> None:
    """The library that reads archives has a dozen ways to complain; all become one."""
    whole = CapPlan().jar()
    for place in range(len(whole)):
        raw = bytearray(whole)
        raw[place] ^= 0xFF
        try:
            read_cap(bytes(raw))
        except DecodeError:
            continue


def test_an_entry_that_would_fill_the_memory() -> None:
    import io
    import zipfile

    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as jar:
        jar.writestr("a/javacard/Header.cap", bytes(17 * 1024 * 1024))
    with pytest.raises(DecodeError, match="16 MiB"):
        read_cap(buffer.getvalue())


def replaced(tag: ComponentTag, body: bytes) -> bytes:
    bodies = CapPlan().bodies() | {tag: body}
    order = sorted(bodies, key=lambda one: (one is not ComponentTag.HEADER, one))
    return b"".join(component(one, bodies[one]) for one in order)


WRONG = [
    # component, its body, words of the error
    (ComponentTag.HEADER, bytes.fromhex("cafebabe010204"), "DECAFFED"),
    (ComponentTag.HEADER, bytes.fromhex("decaffed010904"), r"format 9\.1"),
    (ComponentTag.HEADER, bytes.fromhex("decaffed01020400010601020304"), "package AID at offset 10 needs 6 bytes"),
    (ComponentTag.IMPORT, bytes.fromhex("00"), "Directory says"),
    (ComponentTag.METHOD, bytes(200), "Method component: the Directory says"),
]


@pytest.mark.parametrize(("tag", "body", "words"), WRONG)
def test_components_that_are_wrong(tag: ComponentTag, body: bytes, words: str) -> None:
    with pytest.raises(DecodeError, match=words):
        read_cap(replaced(tag, body))


def test_a_component_that_stands_twice() -> None:
    with pytest.raises(DecodeError, match="Import component stands twice"):
        read_cap(CapPlan().row() + component(ComponentTag.IMPORT, b"\x00"))


VERSIONS = [
    # on the card, wanted, whether it is offered (JCVM §4.5.2)
    ((1, 3), (1, 3), True),
    ((1, 4), (1, 3), True),
    ((1, 2), (1, 3), False),
    ((2, 0), (1, 3), False),
]


@pytest.mark.parametrize(("there", "wanted", "offered"), VERSIONS)
def test_versions(there: tuple[int, int], wanted: tuple[int, int], offered: bool) -> None:
    aid = bytes.fromhex(UICC_TOOLKIT[0])
    assert PackageRef(aid, *there).offers(PackageRef(aid, *wanted)) is offered
