"""The tests' assembler: components checked by hand against the format, and what reads CAP files reads its output."""

from __future__ import annotations

import pytest

from simtool.codec.cap import ComponentTag, read_cap
from simtool.softcard.globalplatform import cap as card_cap
from tests.harness.jcasm import AsmError, Assembled, assemble
from tests.harness.jcasm.opcodes import OPCODES

FORMATS = ((2, 1), (2, 2), (2, 3))
DEMO = """
.package com/example/demo A00000000101 1.0
.import javacard.framework 1.2
.applet A0000000010101 Demo
.class public Demo extends Applet
.field private short counter
.field private byte[] buffer
.field static byte[] TEXT = "Hi"
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
.method public process(Ljavacard/framework/APDU;)V
    aload_0
    dup
    getfield_s counter
    sconst_1
    sadd
    putfield_s counter
    aload_0
    invokevirtual selectingApplet
    ifeq Work
    return
Work:
    sspush ISO7816.SW_INS_NOT_SUPPORTED
    invokestatic ISOException.throwIt
    return
.end
"""


def body(assembled: Assembled, tag: ComponentTag) -> str:
    return assembled.bodies[tag].hex(" ")


def test_a_small_applet_byte_by_byte() -> None:
    demo = assemble(DEMO)
    assert body(demo, ComponentTag.HEADER) == "de ca ff ed 01 02 04 00 01 06 a0 00 00 00 01 01"
    # two packages: minor, major, AID; java.lang behind
    assert body(demo, ComponentTag.IMPORT) == ("02 02 01 07 a0 00 00 00 62 01 01 00 01 07 a0 00 00 00 62 00 01")
    assert body(demo, ComponentTag.APPLET) == "01 07 a0 00 00 00 01 01 01 00 01"
    # no flags; super = package 0, class 3; two words, references from token 0, one of them; process is token 7 at 0015
    assert body(demo, ComponentTag.CLASS) == "00 80 03 02 00 01 07 01 00 00 00 15"
    assert demo.bodies[ComponentTag.METHOD] == bytes.fromhex(
        "00"  # no handlers
        "0230 8f0001 3d 8c0002 8b0003 7a"  # install: stack 2, three words of parameters
        "0110 18 8c0004 7a"  # <init>: this
        "0320 18 3d 8500 04 41 8900 18 8b0005 6003 7a 116d00 8d0006 7a"  # process: this and the APDU
    )
    assert body(demo, ComponentTag.STATIC_FIELD) == "00 02 00 01 00 01 03 00 02 48 69 00 00 00 00"
    assert demo.bodies[ComponentTag.CONSTANT_POOL] == bytes.fromhex(
        "0007"
        "02 0000 01"  # counter: class at 0, behind the reference
        "01 0000 00"  # Demo
        "06 00 000e"  # Demo.<init>, in the Method component at 14
        "03 8003 01"  # Applet.register()
        "06 8003 00"  # Applet.<init>
        "03 0000 03"  # selectingApplet, called on the class itself
        "06 8007 01"  # ISOException.throwIt
    )
    # one byte: counter twice, at 1a and 1e; two bytes: 04, 08, 0b, 12, 21, 2a
    assert body(demo, ComponentTag.REF_LOCATION) == "00 02 1a 04 00 06 04 04 03 07 0f 09"
    sizes = "0010 001f 000b 0015 001e 000c 002d 000f 000c 0000 0000"
    assert demo.bodies[ComponentTag.DIRECTORY] == bytes.fromhex(sizes + "0002 0001 0002 02 01 00")
    assert demo.offsets["Demo.process"] == 21
    assert demo.labels == {"Demo.process:Work": 38}


@pytest.mark.parametrize("format_", FORMATS)
def test_readers_of_cap_files_read_it(format_: tuple[int, int]) -> None:
    demo = assemble(DEMO, format=format_)
    for data in (demo.cap, demo.jar):
        read = read_cap(data)
        assert read.header.format == format_
        assert read.package.aid == demo.package_aid
        assert read.applets[0].aid == demo.applets[0]
        assert read.applets[0].install_offset == demo.offsets["Demo.install"]
        assert read.load_file_data_block() == demo.block
    assert card_cap.read(demo.block).applets == demo.applets


def test_formats_differ_in_name_signature_pool_and_token_mapping() -> None:
    old, middle, new = (assemble(DEMO, format=format_) for format_ in FORMATS)
    assert middle.bodies[ComponentTag.HEADER].endswith(b"\x10com/example/demo")
    assert middle.bodies[ComponentTag.CLASS] == bytes(2) + old.bodies[ComponentTag.CLASS]
    mapping = bytes((0, 1, 2, 3, 4, 5, 6, 7, 8))  # all eight tokens are the superclass's, and eight they are
    assert new.bodies[ComponentTag.CLASS] == middle.bodies[ComponentTag.CLASS] + mapping


def test_opcodes_are_the_185_of_the_table() -> None:
    assert [row.code for row in OPCODES.values()] == list(range(185))
    assert OPCODES["putfield_i_this"].code == 0xB8
    assert OPCODES["invokeinterface"].code == 0x8E


def test_the_descriptor_byte_by_byte() -> None:
    """§6.14: a class, its fields and methods, then the types; those count from where the pool's begin."""
    demo = assemble(DEMO, with_descriptor=True)
    assert demo.bodies[ComponentTag.DESCRIPTOR] == bytes.fromhex(
        "01 ff01 0000 00 0003 0003"  # one class, not exported, public
        "ff08 000000 0018"  # TEXT: in the static image at 0
        "0002 000000 0018"  # buffer
        "0102 000001 8004"  # counter: a short
        "ff09 0001 001a 000b 0000 0000"  # install
        "ff80 000e 0012 0005 0000 0000"  # <init>, of no access flag
        "0701 0015 001d 0016 0000 0000"  # process
        "0007 0010 ffff 0012 0012 0012 0014 0016"  # the pool's seven entries, one of them a class
        "0140 0110 0120 0241"  # short; ()V; ()Z; (S)V
        "01b0 04b431 066800a1"  # byte[]; ([BSB)V; (APDU)V: package 0, class 10
    )
    assert read_cap(demo.cap).load_file_data_block(descriptor=True) == demo.cap
    assert read_cap(demo.cap).load_file_data_block() == demo.block != demo.cap


LIBRARY = """
.package com/example/lib A00000000201 1.3
.import javacard.framework 1.0
.export
.interface public Counter extends Shareable
.method next(S)S
.interface public Wide extends Counter, PIN
.method last()I
.class Hidden
.class public abstract Base implements Counter
.const short LIMIT = 0x7000
.field protected int total
.field public static short shared = 7
.field static short own
.method public static make()Ljava/lang/Object;
    aconst_null
    areturn
.end
.method private static secret()V
    return
.end
.method protected <init>(S)V
    aload_0
    invokespecial super.<init>()V
    return
.end
.method public next(S)S
    sload_1
    sreturn
.end
.method protected abstract step()V
.method quiet()V
    return
.end
"""


def test_a_library_and_what_its_export_offers() -> None:
    library = assemble(LIBRARY)
    names = {row.name: row for row in library.export.classes}
    assert list(names) == ["Counter", "Wide", "Base"]
    assert [(m.token, m.name) for m in names["Wide"].interface_methods] == [
        (0, "next"), (1, "check"), (2, "getTriesRemaining"), (3, "isValidated"), (4, "reset"), (5, "last"),
    ]  # fmt: skip
    base = names["Base"]
    assert [(m.token, m.name) for m in base.static_methods] == [(0, "make"), (1, "<init>")]
    assert [(m.token, m.name) for m in base.virtual_methods] == [(0, "equals"), (1, "next"), (2, "step")]
    assert [(f.name, f.token, f.descriptor) for f in base.instance_fields] == [("total", 0, "I")]
    assert [f.name for f in base.static_fields] == ["shared"]
    assert base.constants[0].value == 0x7000
    exports = read_cap(library.cap).exports
    assert [row.class_offset for row in exports] == [library.class_offsets[name] for name in names]
    assert exports[2].static_methods == (library.offsets["Base.make"], library.offsets["Base.<init>"])
    assert exports[2].static_fields == (2,)  # behind the default value of `own`
    assert library.bodies[ComponentTag.HEADER][6] == 0x03  # int and export


def test_interfaces_and_classes_of_a_library_byte_by_byte() -> None:
    library = assemble(LIBRARY)
    assert library.bodies[ComponentTag.CLASS] == bytes.fromhex(
        "c1 8002"  # Counter: interface, shareable; Shareable
        "c3 8002 0000 8001"  # Wide: Shareable, Counter, PIN
        "00 8100 00 ff 00 01 00 00 00"  # Hidden: an empty table, base behind what Object has
        "42 8100 02 ff 00 01 02 00 01"  # Base: two interfaces, two words; public from 1, two; package from 0, one
        f"{library.offsets['Base.next']:04x} {library.offsets['Base.step']:04x} {library.offsets['Base.quiet']:04x}"
        "8002 00"  # Shareable has no methods
        "0000 01 01"  # Counter: its method 0 is token 1
    )
    step = library.offsets["Base.step"]
    assert library.bodies[ComponentTag.METHOD][step : step + 2] == bytes.fromhex("4010")


def test_a_package_uses_another() -> None:
    library = assemble(LIBRARY)
    user = assemble(
        """
        .package com/example/user A00000000301 1.0
        .import com.example.lib 1.3
        .import javacard.framework 1.0 claims 1.9
        .class public Mine extends Base
        .method <init>()V
            aload_0
            sspush Base.LIMIT
            invokespecial super.<init>(S)V
            aload_0
            iconst_1
            putfield_i total
            getstatic_s Base.shared
            pop
            aload_0
            sconst_2
            invokeinterface Counter.next
            pop
            aload_0
            invokevirtual step
            aload_0
            sconst_3
            invokespecial super.next(S)S
            sreturn
        .end
        .method protected step()V
            return
        .end
        .method fast()V
            return
        .end
        """,
        imports=(library.export,),
    )
    assert user.bodies[ComponentTag.IMPORT].hex() == (
        "03" "0301" "06a00000000201" "0901" "07a0000000620101" "0001" "07a0000000620001"
    )  # fmt: skip
    assert user.bodies[ComponentTag.CONSTANT_POOL] == bytes.fromhex(
        "0007"
        "02 8002 00"  # Base.total
        "06 8002 01"  # Base.<init>
        "05 8002 00"  # Base.shared
        "01 8000 00"  # Counter
        "03 0000 02"  # this.step
        "04 0000 01"  # super.next
    ).replace(b"\0\x07", b"\0\x06", 1)
    # shareable as its superclass; an overriding method keeps its token: the table has token 2 alone
    assert user.bodies[ComponentTag.CLASS][:10].hex() == "40800200ff0002010001"
    interface = user.bodies[ComponentTag.METHOD].index(0x8E)
    assert user.bodies[ComponentTag.METHOD][interface : interface + 5].hex() == "8e02000300"


TREE = """
.package com/example/tree A00000000401 1.0
.class public Root
.field public byte a
.field public Root b
.field private int c
.field private Root d
.field short[] e
.field protected short f
.method first()V
    return
.end
.method public second()V
    return
.end
.method private third()V
    return
.end
.class public Leaf extends Root
.method first()V
    return
.end
.method fourth()V
    aload_0
    invokevirtual first
    aload_0
    invokevirtual Root.second
    aload_0
    invokespecial super.first
    return
.end
"""


def test_references_lie_side_by_side() -> None:
    """§4.3.7.5: a f, then b (references of the visible), d e (references of the hidden), then c of two words."""
    tree = assemble(TREE)
    assert tree.bodies[ComponentTag.CLASS][:6].hex() == "0080000702" + "03"
    text = TREE + ".method public use()V\n" + "".join(
        f"aload_0\ngetfield_{kind} {name}\n" for kind, name in ("ba", "ab", "ic", "ad", "ae", "sf")
    ) + "return\n.end\n"  # fmt: skip
    pool = assemble(text).bodies[ComponentTag.CONSTANT_POOL]
    assert [pool[at + 3] for at in range(2, 26, 4)] == [0, 2, 5, 3, 4, 1]


def test_package_visible_methods_have_tokens_of_their_own() -> None:
    tree = assemble(TREE)
    leaf = tree.class_offsets["Leaf"]
    at = tree.offsets
    assert tree.bodies[ComponentTag.CLASS][leaf:] == bytes.fromhex(
        f"00 0000 00 ff 00 02 00 00 02 {at['Leaf.first']:04x} {at['Leaf.fourth']:04x}"
    )
    assert tree.bodies[ComponentTag.CONSTANT_POOL] == bytes.fromhex(
        f"0003 03 {leaf:04x} 80  03 0000 01  04 {leaf:04x} 80"
    )


def test_a_full_table_repeats_what_is_inherited() -> None:
    text = TREE.replace(".class public Leaf extends Root", ".class public Leaf extends Root\n.full-table")
    tree = assemble(text)
    at, leaf = tree.offsets, tree.class_offsets["Leaf"]
    assert tree.bodies[ComponentTag.CLASS][leaf:] == bytes.fromhex(
        f"00 0000 00 ff 00 00 02 00 02 ffff {at['Root.second']:04x} {at['Leaf.first']:04x} {at['Leaf.fourth']:04x}"
    )


def test_a_table_goes_on_to_the_last_token() -> None:
    """§6.9.2: from the first overriding method to the largest token, inherited ones of the package in between."""
    text = TREE + ".class Twig extends Leaf\n.method first()V\nreturn\n.end\n"
    tree = assemble(text)
    at, twig = tree.offsets, tree.class_offsets["Twig"]
    leaf = tree.class_offsets["Leaf"]
    assert tree.bodies[ComponentTag.CLASS][twig:] == bytes.fromhex(
        f"00 {leaf:04x} 00 ff 00 02 00 00 02 {at['Twig.first']:04x} {at['Leaf.fourth']:04x}"
    )
    applet = assemble(
        ".package p A0000000FF 1.0\n.import javacard.framework 1.0\n.class public abstract A extends Applet\n"
        ".method public select()Z\nsconst_1\nsreturn\n.end"
    )
    assert applet.bodies[ComponentTag.CLASS].hex() == "00800300ff00" + "0602" + "0000" + "0001ffff"


def in_method(code: str, *, members: str = "", name: str = "run([BSB)V") -> Assembled:
    """A class with one static method."""
    return assemble(
        f".package p A0000000FF 1.0\n.import javacard.framework 1.2\n.class public C\n{members}\n"
        f".method public static {name}\n{code}\n.end\n"
    )


def code_of(assembled: Assembled, name: str = "C.run") -> str:
    """The code behind the header, of the last method."""
    return assembled.bodies[ComponentTag.METHOD][assembled.offsets[name] + 2 :].hex()


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("bspush -1", "10ff"),
        ("bspush 0xff", "10ff"),
        ("sspush -2", "11fffe"),
        ("iipush 0x80000000", "1480000000"),
        ("bipush 'A'", "1241"),
        ("sload 200", "16c8"),
        ("sinc 3 -1", "5903ff"),
        ("iinc_w 3 -2", "9703fffe"),
        ("dup_x 2 3", "3f23"),
        ("newarray boolean", "900a"),
        ("newarray int", "900d"),
        ("newarray 99", "9063"),
        ("checkcast byte[]", "940b0000"),
        ("checkcast AID", "94000000"),
        ("instanceof AID[]", "950e0000"),
        ("goto +2", "7002"),
        ("goto_w -300", "a8fed4"),
        (".byte 0xfe 255 0", "feff00"),
        ("getfield_a_this #9", "ad09"),
        ("invokestatic #0x0102", "8d0102"),
    ],
)
def test_operands(line: str, code: str) -> None:
    assert code_of(in_method(f".stack 9\n.locals 9\n{line}")) == code


def test_switches_and_branches() -> None:
    """Distances count from the opcode; switches have no padding (JCVM chapter 7)."""
    made = in_method(
        "sload_1\nA: stableswitch -1 A B default B\nB: return\niconst_0\nilookupswitch 5:A -1:B 9:B default A\n"
        "nop\nifnull A\nifnull_w B\njsr A\n",
        name="run([BS)V",
    )
    assert code_of(made) == (
        "1d" "73 000b ffff 0000 0000 000b 7a 0a" "76 fff3 0003 00000005 fff3 ffffffff fffe 00000009 fffe"
        "00 66db 9effe4 71ffd6"
    ).replace(" ", "")  # fmt: skip


def test_what_the_stack_and_the_locals_need() -> None:
    made = in_method("sload_1\ns2i\nistore 4\nbspush 1\nifeq L\niload 4\niload 4\niadd\nireturn\nL: iconst_0\nireturn",
                     name="run([BSB)I")  # fmt: skip
    assert made.bodies[ComponentTag.METHOD][1:3].hex() == "0433"
    nested = in_method("jsr S\nreturn\nS: astore 2\nsconst_0\njsr T\npop\nret 2\nT: astore 1\nret 1", name="run()V")
    assert nested.bodies[ComponentTag.METHOD][1:3].hex() == "0203"


def test_a_long_header() -> None:
    wide = in_method(".stack 16\nreturn")
    assert wide.bodies[ComponentTag.METHOD][1:].hex() == "80100300" + "7a"
    assert in_method(".extended\nreturn").bodies[ComponentTag.METHOD][1:].hex() == "80000300" + "7a"


def test_handlers() -> None:
    """§6.9.1: offsets in the component, the stop bit where no later handler covers the range; types are linked."""
    made = in_method(
        ".catch ISOException from A to B using H\n.catch any from A to C using H\n"
        ".catch CardException from C to D using H\nA: sconst_0\npop\nB: nop\nC: nop\nD: return\nH: athrow"
    )
    start = 1 + 3 * 8 + 2
    method = made.bodies[ComponentTag.METHOD]
    assert method[0] == 3
    assert method[1:25].hex(" ", 2) == (
        f"{start:04x} 0002 {start + 5:04x} 0001 "
        f"{start:04x} 8003 {start + 5:04x} 0000 "
        f"{start + 3:04x} 8001 {start + 5:04x} 0002"
    )
    # index 0 means every type, so another class stands there
    assert made.bodies[ComponentTag.CONSTANT_POOL].hex() == "0003" + "01810000" + "01800700" + "01800400"
    assert made.bodies[ComponentTag.REF_LOCATION].hex() == "0000" + "0002" + "0710"


def test_places_far_apart() -> None:
    """§6.11: steps of 255 until the rest is smaller."""
    made = in_method("new C\n".join(("", "nop\n" * 253, "nop\n" * 252, "nop\n" * 600, "pop\nreturn")))
    assert made.bodies[ComponentTag.REF_LOCATION].hex() == "0000" + "0008" + "04" + "ff01" + "ff00" + "ffff5d"


def test_the_static_image() -> None:
    """§6.10: arrays with values, null references, numbers that are 0, numbers that are not."""
    made = in_method(
        "getstatic_b flag\ngetstatic_i big\ngetstatic_s zero\ngetstatic_a NAMES\ngetstatic_a none\nreturn",
        members=".field static boolean flag = true\n.field static int big = -2\n.field static short zero\n"
        ".field static short[] NAMES = {1, -1, 0x1234}\n.field static Object none\n.field static int[] I = { 7 }\n"
        ".field static boolean[] Z = {1, 0}",
    )
    assert made.bodies[ComponentTag.STATIC_FIELD] == bytes.fromhex(
        "000f 0004 0003  04 0006 0001ffff1234  05 0004 00000007  02 0002 0100  0002 0005 01 fffffffe"
    )
    pool = made.bodies[ComponentTag.CONSTANT_POOL]
    assert pool.hex() == "0005" + "0500000a" + "0500000b" + "05000008" + "05000000" + "05000006"
    assert made.bodies[ComponentTag.DIRECTORY][22:28].hex() == "000f" + "0003" + "000c"


@pytest.mark.parametrize(
    ("code", "members", "needs_int"),
    [
        ("return", "", False),
        ("iconst_0\nreturn", "", True),
        ("iinc 0 1\nreturn", "", True),
        ("return", ".field int x", True),
        ("return", ".method abstract x(I)V", True),
    ],
)
def test_the_int_flag(code: str, members: str, needs_int: bool) -> None:
    assert in_method(code, members=members).bodies[ComponentTag.HEADER][6] == needs_int


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("bspush 256", "does not go into 1 bytes"),
        ("sspush NOWHERE", "neither a number nor a constant"),
        ("frobnicate", "no instruction"),
        ("goto Nowhere", "no label Nowhere"),
        ("A: nop\nA: nop", "stands twice"),
        ("L: nop\n" + "nop\n" * 130 + "goto L", "too far"),
        ("sadd 1", "0 operands"),
        ("getfield_s text", "which is"),
        ("getfield_a missing", "no instance field"),
        ("invokestatic ISOException.throwIt(B)V", "no static method"),
        ("invokevirtual APDU.setIncomingAndReceive(S)V", "0 methods"),
        ("new Nothing", "0 classes"),
        ("stableswitch 0 A", "ends in"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(code: str, reason: str) -> None:
    with pytest.raises(AsmError, match=reason) as caught:
        in_method(code, members=".field byte[] text")
    assert str(caught.value).startswith("line ")


def test_malformed_files_on_purpose() -> None:
    demo = assemble(DEMO)
    without = demo.with_component(ComponentTag.APPLET, None)
    assert read_cap(without.cap).applets == ()
    longer = demo.with_component(ComponentTag.METHOD, demo.bodies[ComponentTag.METHOD] + b"\0")
    assert read_cap(longer.cap).directory.sizes[ComponentTag.METHOD - 1] == 46
    lying = demo.with_component(ComponentTag.DIRECTORY, b"\0" + demo.bodies[ComponentTag.DIRECTORY][1:])
    assert lying.bodies[ComponentTag.METHOD] == demo.bodies[ComponentTag.METHOD]
    patched = demo.patched(ComponentTag.METHOD, demo.offsets["Demo.install"], b"\xff")
    assert patched.bodies[ComponentTag.METHOD][:2].hex() == "00ff"
    raw = assemble(
        ".package p A0000000FF 1.0\n.pool odd 06008899\n.import-aid A000000099 3.7\n.class C\n"
        ".method static run()V\ninvokestatic #odd\n.end"
    )
    assert raw.bodies[ComponentTag.CONSTANT_POOL].hex() == "0001" + "06008899"
    assert raw.bodies[ComponentTag.IMPORT][1:8].hex() == "0703" + "05a0000000"
