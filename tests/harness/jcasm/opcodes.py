"""The 185 instructions of the Java Card virtual machine: opcode, operands, effect on the stack (JCVM chapter 7).

One line each: opcode, mnemonic, kind of operands, words taken > words left. On the stack `s` is a short, byte or
boolean, `a` a reference, `r` a return address, `w` any word, `i` an int of two words; `!` says that the next
instruction does not follow; `*` that the operands decide.
"""

from __future__ import annotations

from dataclasses import dataclass

_TABLE = """
00 nop none >
01 aconst_null none >a
02 sconst_m1 none >s
03 sconst_0 none >s
04 sconst_1 none >s
05 sconst_2 none >s
06 sconst_3 none >s
07 sconst_4 none >s
08 sconst_5 none >s
09 iconst_m1 none >i
0A iconst_0 none >i
0B iconst_1 none >i
0C iconst_2 none >i
0D iconst_3 none >i
0E iconst_4 none >i
0F iconst_5 none >i
10 bspush s1 >s
11 sspush s2 >s
12 bipush s1 >i
13 sipush s2 >i
14 iipush s4 >i
15 aload local >a
16 sload local >s
17 iload local >i
18 aload_0 none >a
19 aload_1 none >a
1A aload_2 none >a
1B aload_3 none >a
1C sload_0 none >s
1D sload_1 none >s
1E sload_2 none >s
1F sload_3 none >s
20 iload_0 none >i
21 iload_1 none >i
22 iload_2 none >i
23 iload_3 none >i
24 aaload none as>a
25 baload none as>s
26 saload none as>s
27 iaload none as>i
28 astore local a>
29 sstore local s>
2A istore local i>
2B astore_0 none a>
2C astore_1 none a>
2D astore_2 none a>
2E astore_3 none a>
2F sstore_0 none s>
30 sstore_1 none s>
31 sstore_2 none s>
32 sstore_3 none s>
33 istore_0 none i>
34 istore_1 none i>
35 istore_2 none i>
36 istore_3 none i>
37 aastore none asa>
38 bastore none ass>
39 sastore none ass>
3A iastore none asi>
3B pop none w>
3C pop2 none ww>
3D dup none w>ww
3E dup2 none ww>wwww
3F dup_x words *
40 swap_x words *
41 sadd none ss>s
42 iadd none ii>i
43 ssub none ss>s
44 isub none ii>i
45 smul none ss>s
46 imul none ii>i
47 sdiv none ss>s
48 idiv none ii>i
49 srem none ss>s
4A irem none ii>i
4B sneg none s>s
4C ineg none i>i
4D sshl none ss>s
4E ishl none ii>i
4F sshr none ss>s
50 ishr none ii>i
51 sushr none ss>s
52 iushr none ii>i
53 sand none ss>s
54 iand none ii>i
55 sor none ss>s
56 ior none ii>i
57 sxor none ss>s
58 ixor none ii>i
59 sinc local_s1 >
5A iinc local_s1 >
5B s2b none s>s
5C s2i none s>i
5D i2b none i>s
5E i2s none i>s
5F icmp none ii>s
60 ifeq branch1 s>
61 ifne branch1 s>
62 iflt branch1 s>
63 ifge branch1 s>
64 ifgt branch1 s>
65 ifle branch1 s>
66 ifnull branch1 a>
67 ifnonnull branch1 a>
68 if_acmpeq branch1 aa>
69 if_acmpne branch1 aa>
6A if_scmpeq branch1 ss>
6B if_scmpne branch1 ss>
6C if_scmplt branch1 ss>
6D if_scmpge branch1 ss>
6E if_scmpgt branch1 ss>
6F if_scmple branch1 ss>
70 goto branch1 >!
71 jsr branch2 >r
72 ret local >!
73 stableswitch table2 s>
74 itableswitch table4 i>
75 slookupswitch lookup2 s>
76 ilookupswitch lookup4 i>
77 areturn none a>!
78 sreturn none s>!
79 ireturn none i>!
7A return none >!
7B getstatic_a static >a
7C getstatic_b static >s
7D getstatic_s static >s
7E getstatic_i static >i
7F putstatic_a static a>
80 putstatic_b static s>
81 putstatic_s static s>
82 putstatic_i static i>
83 getfield_a field1 a>a
84 getfield_b field1 a>s
85 getfield_s field1 a>s
86 getfield_i field1 a>i
87 putfield_a field1 aa>
88 putfield_b field1 as>
89 putfield_s field1 as>
8A putfield_i field1 ai>
8B invokevirtual virtual *
8C invokespecial special *
8D invokestatic function *
8E invokeinterface interface *
8F new class >a
90 newarray atype s>a
91 anewarray class s>a
92 arraylength none a>s
93 athrow none a>!
94 checkcast cast a>a
95 instanceof cast a>s
96 sinc_w local_s2 >
97 iinc_w local_s2 >
98 ifeq_w branch2 s>
99 ifne_w branch2 s>
9A iflt_w branch2 s>
9B ifge_w branch2 s>
9C ifgt_w branch2 s>
9D ifle_w branch2 s>
9E ifnull_w branch2 a>
9F ifnonnull_w branch2 a>
A0 if_acmpeq_w branch2 aa>
A1 if_acmpne_w branch2 aa>
A2 if_scmpeq_w branch2 ss>
A3 if_scmpne_w branch2 ss>
A4 if_scmplt_w branch2 ss>
A5 if_scmpge_w branch2 ss>
A6 if_scmpgt_w branch2 ss>
A7 if_scmple_w branch2 ss>
A8 goto_w branch2 >!
A9 getfield_a_w field2 a>a
AA getfield_b_w field2 a>s
AB getfield_s_w field2 a>s
AC getfield_i_w field2 a>i
AD getfield_a_this field1 >a
AE getfield_b_this field1 >s
AF getfield_s_this field1 >s
B0 getfield_i_this field1 >i
B1 putfield_a_w field2 aa>
B2 putfield_b_w field2 as>
B3 putfield_s_w field2 as>
B4 putfield_i_w field2 ai>
B5 putfield_a_this field1 a>
B6 putfield_b_this field1 s>
B7 putfield_s_this field1 s>
B8 putfield_i_this field1 i>
"""


@dataclass(frozen=True, slots=True)
class Opcode:
    """`taken` and `left` are words; both 0 where `varies`."""

    code: int
    name: str
    operands: str
    taken: int
    left: int
    ends: bool
    varies: bool
    uses_int: bool


def _words(types: str) -> int:
    return sum(2 if one == "i" else 1 for one in types)


def _opcode(line: str) -> Opcode:
    code, name, operands, effect = line.split()
    before, _, after = effect.partition(">")
    varies = effect == "*"
    taken = 0 if varies else _words(before)
    uses_int = "i" in effect or name.startswith("iinc")
    return Opcode(int(code, 16), name, operands, taken, _words(after.strip("!")), after == "!", varies, uses_int)


OPCODES = {row.name: row for row in map(_opcode, _TABLE.strip().splitlines())}
OPERAND_SIZE = {
    "none": 0, "s1": 1, "s2": 2, "s4": 4, "local": 1, "local_s1": 2, "local_s2": 3, "words": 1, "branch1": 1,
    "branch2": 2, "static": 2, "field1": 1, "field2": 2, "virtual": 2, "special": 2, "function": 2, "interface": 4,
    "class": 2, "atype": 1, "cast": 3,
}  # fmt: skip
"""Bytes of operands; those of switches depend on how many cases there are."""
ARRAY_TYPES = {"Z": 10, "B": 11, "S": 12, "I": 13}
"""Types of newarray, checkcast and instanceof (table 7-1)."""
ARRAY_OF_REFERENCES = 14
