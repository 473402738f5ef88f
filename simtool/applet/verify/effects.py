"""What instructions that name no class do to stack and local variables: numbers, stack words, arrays, comparisons."""

from __future__ import annotations

from simtool.applet.verify.instructions import Instruction
from simtool.applet.verify.machine import Machine, Stop
from simtool.applet.verify.rules import M09
from simtool.applet.verify.values import ANY_REFERENCE, NULL, Reference, reference

_ARRAYS = {"b": ("[B", "[Z"), "s": ("[S",), "i": ("[I",)}
_NEW_ARRAYS = {10: "[Z", 11: "[B", 12: "[S", 13: "[I"}
_LETTER = {"a": "", "b": "s", "s": "s", "i": "i"}
REFERENCES = 14


def plain(machine: Machine, one: Instruction) -> bool:
    """Carry out an instruction that this module knows; False for the others. Raises `Stop`."""
    opcode = one.opcode
    if not opcode.special:
        machine.pop_letters(opcode.taken)
        machine.push_letters(opcode.left.rstrip("!"))
        return True
    name, _, slot = one.name.partition("_")
    if name[1:] in ("load", "store"):
        number = int(slot) if slot else one.number
        (machine.load if name[1:] == "load" else machine.store)(number, name[0])
        return True
    if name[1:] in ("aload", "astore"):
        _array(machine, name[0], load=name[1:] == "aload")
        return True
    if name in ("sinc", "iinc"):
        machine.holds(one.number, name[0])
        return True
    match one.name:
        case "aconst_null":
            machine.push(NULL)
        case "pop":
            machine.cut(1)
        case "pop2":
            machine.cut(2)
        case "dup":
            _copy(machine, 1, 1)
        case "dup2":
            _copy(machine, 2, 2)
        case "dup_x":
            copied, below = one.number >> 4, one.number & 0x0F
            if not 1 <= copied <= 4 or below and not copied <= below <= copied + 4:
                raise Stop(M09, f"it cannot copy {copied} words below {below}")
            _copy(machine, copied, below or copied)
        case "swap_x":
            _swap(machine, one.number >> 4, one.number & 0x0F)
        case "arraylength":
            machine.pop_array("[Z", "[B", "[S", "[I", "[L")
            machine.push_letters("s")
        case "newarray":
            if one.number not in _NEW_ARRAYS:
                raise Stop(M09, f"{one.number} is no type of array")
            machine.pop_letters("s")
            machine.push(reference(_NEW_ARRAYS[one.number]))
        case _ if one.name.startswith(("ifnull", "ifnonnull")):
            machine.pop_reference()
        case _ if one.name.startswith("if_acmp"):
            machine.pop_reference()
            machine.pop_reference()
        case _:
            return False
    return True


def cast_type(number: int) -> str | None:
    """The array of numbers that checkcast and instanceof name; None where they name a class."""
    return _NEW_ARRAYS.get(number)


def element(array: Reference) -> Reference:
    """What an array of references holds."""
    if array.types is None:
        return ANY_REFERENCE
    return Reference(frozenset(one[1:] for one in array.types))


def _array(machine: Machine, letter: str, *, load: bool) -> None:
    if not load and letter == "a":
        machine.pop_reference()  # whether it may lie in the array is asked when the program runs (ArrayStoreException)
    elif not load:
        machine.pop_letters(_LETTER[letter])
    machine.pop_letters("s")
    array = machine.pop_array(*(_ARRAYS.get(letter) or ("[L",)))
    if not load:
        return
    if letter == "a":
        machine.push(element(array))
    else:
        machine.push_letters(_LETTER[letter])


def _copy(machine: Machine, copied: int, below: int) -> None:
    """The upper words once more, below the upper `below` words."""
    upper = machine.cut(copied)
    middle = machine.cut(below - copied)
    machine.push(*upper, *middle, *upper)


def _swap(machine: Machine, above: int, below: int) -> None:
    if not (1 <= above <= 2 and 1 <= below <= 2):
        raise Stop(M09, f"it cannot swap {above} words with {below}")
    upper = machine.cut(above)
    lower = machine.cut(below)
    machine.push(*upper, *lower)
