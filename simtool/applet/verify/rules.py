"""The verifier's rules. docs/applets.md lists them; a number keeps its meaning.

Letters: F file and components, R references to other packages and the constant pool, K classes, M shape of methods,
T types of values, D Descriptor.
"""

from __future__ import annotations

from simtool.applet.verify.finding import Rule, Severity

_E, _W, _N = Severity.ERROR, Severity.WARNING, Severity.NOTE
_CONVERT = "convert the package again"
_FETCH = "fetch the file anew or convert the package again"

F01 = Rule("F01", _E, "a component that cannot be read to its last byte", _FETCH, "§6.1")
F02 = Rule("F02", _E, "the Directory tells other sizes or counts than there are", _CONVERT, "§6.5")
F03 = Rule("F03", _E, "flags of the Header that the content contradicts", _CONVERT, "§6.4")
F04 = Rule("F04", _E, "an AID that is none, or one that stands twice", "correct the AIDs and convert again", "§4.2")
F05 = Rule("F05", _E, "an applet without a public static install([BSB)V", "write one and convert again", "§6.6")
F06 = Rule("F06", _E, "a static image that its parts do not make", _CONVERT, "§6.11")
F07 = Rule("F07", _E, "an export that names nothing", _CONVERT, "§6.13")
F08 = Rule("F08", _W, "exports that are too many or too few", _CONVERT, "§6.13")
F09 = Rule("F09", _W, "AIDs of applet and package that do not share their first five bytes", "use one RID", "§4.2.2")
F10 = Rule("F10", _N, "the INT flag without an int", "leave int support out of the conversion", "§6.4")

R01 = Rule("R01", _E, "a package imported twice, or the package itself", _CONVERT, "§6.7")
R02 = Rule("R02", _N, "an imported package that is not known here", "give its CAP file as a library", "§6.7")
R03 = Rule("R03", _W, "an import in a version that was not published", "look at the card's packages", "§4.5")
R04 = Rule(
    "R04", _E, "a class that is not there", "convert against the export files of the versions imported", "§6.8.1"
)
R05 = Rule(
    "R05", _E, "a field or method that its class does not have", "convert against the versions imported", "§6.8.2"
)
R06 = Rule("R06", _E, "a static field or method that begins nowhere", _CONVERT, "§6.8.3")
R07 = Rule("R07", _E, "an operand that points to no entry, or to one of another kind", _CONVERT, "§7.5")
R08 = Rule("R08", _N, "entries of the constant pool that are not used, or stand twice", _CONVERT, "§6.8")
R09 = Rule("R09", _E, "a constant pool operand that RefLocation leaves out", _CONVERT, "§6.12")
R10 = Rule("R10", _E, "a place in RefLocation where no constant pool operand is", _CONVERT, "§6.12")
R11 = Rule("R11", _E, "an entry of the constant pool that is not to the format", _CONVERT, "§6.8")

K01 = Rule("K01", _E, "classes out of order: interfaces first, what is extended before what extends", _CONVERT, "§6.9")
K02 = Rule("K02", _E, "a class that extends or implements what it may not", _CONVERT, "§6.9.2")
K03 = Rule("K03", _E, "a virtual method table that does not go on where the superclass's ends", _CONVERT, "§6.9.2")
K04 = Rule("K04", _E, "an entry of a virtual method table that fits no method", _CONVERT, "§6.9.2")
K05 = Rule("K05", _E, "an interface's table that is incomplete or fits no method", _CONVERT, "§6.9.2.6")
K06 = Rule("K06", _E, "instance fields that do not fit the size and the references told", _CONVERT, "§6.9.2")
K07 = Rule("K07", _E, "a final method that is overridden", "correct the source and convert again", "§6.9.2")
K08 = Rule("K08", _E, "a SHAREABLE flag that the interfaces contradict", _CONVERT, "§6.9.1")
K09 = Rule("K09", _E, "a token mapping that the superclass contradicts", _CONVERT, "§6.9.2.7")

M01 = Rule("M01", _E, "a method whose header is not to the format", _CONVERT, "§6.10.3")
M02 = Rule("M02", _E, "bytes that are no instruction, or one that is cut off", _CONVERT, "§7.5")
M03 = Rule("M03", _E, "a jump that leads to no instruction of the method", _CONVERT, "§7.5")
M04 = Rule("M04", _E, "code that runs over the method's end", _CONVERT, "§7.5")
M05 = Rule("M05", _E, "an exception handler that lies wrong", _CONVERT, "§6.10.1")
M06 = Rule("M06", _E, "a stop bit that hides a later exception handler", _CONVERT, "§6.10.1")
M07 = Rule("M07", _N, "code that nothing leads to", "take it out to save room", "§6.10")
M08 = Rule("M08", _E, "an int without the INT flag", "convert with int support, or write it with short", "§6.4")
M09 = Rule("M09", _E, "an operand that the instruction does not allow", _CONVERT, "§7.5")
M10 = Rule("M10", _N, "bytes between methods that belong to none that is known", "keep the Descriptor", "§6.10")

M11 = Rule(
    "M11", _W, "exception handlers not in the order of their ends, or a stop bit that is missing", _CONVERT, "§6.10.1"
)

T01 = Rule("T01", _E, "a stack that grows over what the method's header tells", _CONVERT, "§6.10.3")
T02 = Rule("T02", _E, "a value taken from an empty stack", _CONVERT, "§7.5")
T03 = Rule("T03", _E, "a value of the wrong kind", _CONVERT, "§7.5")
T04 = Rule("T04", _E, "ways that meet with different stacks", _CONVERT, "§7.5")
T05 = Rule("T05", _E, "a local variable that is not there, or holds no such value", _CONVERT, "§7.5")
T06 = Rule("T06", _E, "an argument that the called method does not take", _CONVERT, "§7.5")
T07 = Rule("T07", _E, "a result that the method does not have", _CONVERT, "§7.5")
T08 = Rule("T08", _E, "a field used as another type than it has", _CONVERT, "§7.5")
T09 = Rule("T09", _E, "an object used before its constructor was called", _CONVERT, "§7.5")
T10 = Rule("T10", _E, "a member that this code may not use", "correct the source and convert again", "§6.14")
T11 = Rule("T11", _E, "a subroutine that returns to where it was not called from", _CONVERT, "§7.5")
T12 = Rule("T12", _N, "types that could not be judged", "keep the Descriptor, give libraries", "§6.14")
T13 = Rule("T13", _E, "a new object of what has none", "correct the source and convert again", "§7.5")
T14 = Rule("T14", _W, "a method too tangled to be judged", "write it simpler", "§7.5")

D01 = Rule("D01", _E, "a Descriptor that cannot be read", _FETCH, "§6.14")
D02 = Rule("D02", _E, "a class that the Descriptor tells otherwise", _CONVERT, "§6.14.1")
D03 = Rule("D03", _E, "a field that the Descriptor tells otherwise", _CONVERT, "§6.14.2")
D04 = Rule("D04", _E, "a method that the Descriptor tells otherwise", _CONVERT, "§6.14.3")
D05 = Rule("D05", _E, "a type in the Descriptor that is wrong", _CONVERT, "§6.14.4")
D06 = Rule("D06", _N, "no Descriptor: types of the package's own members are not told", "keep the Descriptor", "§6.14")

RULES: tuple[Rule, ...] = (
    F01, F02, F03, F04, F05, F06, F07, F08, F09, F10,
    R01, R02, R03, R04, R05, R06, R07, R08, R09, R10, R11,
    K01, K02, K03, K04, K05, K06, K07, K08, K09,
    M01, M02, M03, M04, M05, M06, M07, M08, M09, M10, M11,
    T01, T02, T03, T04, T05, T06, T07, T08, T09, T10, T11, T12, T13, T14,
    D01, D02, D03, D04, D05, D06,
)  # fmt: skip
