"""javacardx.framework.string.StringUtil (Java Card API 3.0.5, optional).

Case is that of ASCII letters. Encodings: UTF-8, UTF-16 in its three kinds, UCS-2, ISO 8859-1.
"""

from __future__ import annotations

from simtool.softcard.jcvm.api.javacardx.framework.string import code_points
from simtool.softcard.jcvm.api.javacardx.framework.string.code_points import (
    ILLEGAL_NUMBER_FORMAT,
    INVALID_BYTE_SEQUENCE,
    STRING_EXCEPTION,
    UNSUPPORTED_ENCODING,
    characters,
)
from simtool.softcard.jcvm.faults import JavaThrow
from simtool.softcard.jcvm.native import ARRAY_INDEX, NativeClass, byte_array, read, usable, write
from simtool.softcard.jcvm.objects import JavaArray, Kind, Ref, narrow
from simtool.softcard.jcvm.vm import Vm


def _outside(vm: Vm) -> JavaThrow:
    return vm.throw("java/lang/IndexOutOfBoundsException")


def _give(vm: Vm, target: Ref | None, at: int, data: bytes) -> int:
    write(vm, target, at, data)
    return len(data)


# Characters


def code_point_count(vm: Vm, array: Ref | None, offset: int, length: int) -> int:
    return len(characters(read(vm, array, offset, length)))


def code_point_at(vm: Vm, array: Ref | None, offset: int, length: int, index: int, target: Ref | None, at: int) -> int:
    data = read(vm, array, offset, length)
    byte_array(vm, target)
    if not 0 <= index < length:
        raise _outside(vm)
    return _give(vm, target, at, characters(data[index:])[0])


def code_point_before(
    vm: Vm, array: Ref | None, offset: int, length: int, index: int, target: Ref | None, at: int
) -> int:
    data = read(vm, array, offset, length)
    byte_array(vm, target)
    if not 1 <= index <= length:
        raise _outside(vm)
    return _give(vm, target, at, characters(data[:index])[-1])


def _moved(vm: Vm, data: bytes, index: int, count: int) -> int:
    """The byte index so many characters after, or before, another."""
    if not 0 <= index <= len(data):
        raise _outside(vm)
    found = characters(data[index:]) if count >= 0 else characters(data[:index])
    if abs(count) > len(found):
        raise _outside(vm)
    passed = found[:count] if count >= 0 else found[count:]
    length = sum(len(one) for one in passed)
    return index + length if count >= 0 else index - length


def offset_by_code_points(vm: Vm, array: Ref | None, offset: int, length: int, index: int, count: int) -> int:
    return _moved(vm, read(vm, array, offset, length), index, count)


def check(vm: Vm, array: Ref | None, offset: int, length: int) -> bool:
    return code_points.is_well_formed(read(vm, array, offset, length))


# Comparing and changing


def compare(
    vm: Vm, ignore_case: int, array: Ref | None, offset: int, length: int, other: Ref | None, at: int, size: int
) -> int:
    """The difference of the first bytes that differ, else of the lengths."""
    ours, theirs = read(vm, array, offset, length), read(vm, other, at, size)
    if ignore_case:
        ours, theirs = code_points.folded(ours), code_points.folded(theirs)
    for one, another in zip(ours, theirs, strict=False):
        if one != another:
            return one - another
    return len(ours) - len(theirs)


def index_of(vm: Vm, array: Ref | None, offset: int, length: int, part: Ref | None, at: int, size: int) -> int:
    return read(vm, array, offset, length).find(read(vm, part, at, size))


def replace(
    vm: Vm, array: Ref | None, offset: int, length: int, old: Ref | None, old_at: int, old_size: int,
    new: Ref | None, new_at: int, new_size: int, target: Ref | None, at: int,
) -> int:  # fmt: skip
    """Nothing is replaced where the old string is empty."""
    data, before = read(vm, array, offset, length), read(vm, old, old_at, old_size)
    after = read(vm, new, new_at, new_size)
    return _give(vm, target, at, data.replace(before, after) if before else data)


def to_lower_case(vm: Vm, array: Ref | None, offset: int, length: int, target: Ref | None, at: int) -> int:
    return _give(vm, target, at, code_points.cased(read(vm, array, offset, length), upper=False))


def to_upper_case(vm: Vm, array: Ref | None, offset: int, length: int, target: Ref | None, at: int) -> int:
    return _give(vm, target, at, code_points.cased(read(vm, array, offset, length), upper=True))


def trim(vm: Vm, array: Ref | None, offset: int, length: int, target: Ref | None, at: int) -> int:
    """Without what is up to U+0020 at both ends."""
    return _give(vm, target, at, read(vm, array, offset, length).strip(bytes(range(0x21))))


def _beginning(vm: Vm, part: bytes, count: int) -> bytes:
    return part if count < 0 else part[: _moved(vm, part, 0, count)]


def starts_with(
    vm: Vm, array: Ref | None, offset: int, length: int, part: Ref | None, at: int, size: int, count: int
) -> bool:
    data, prefix = read(vm, array, offset, length), read(vm, part, at, size)
    return data.startswith(_beginning(vm, prefix, count))


def ends_with(
    vm: Vm, array: Ref | None, offset: int, length: int, part: Ref | None, at: int, size: int, count: int
) -> bool:
    """`count`: how many characters of the part, from its beginning, are looked for; negative for all."""
    data, suffix = read(vm, array, offset, length), read(vm, part, at, size)
    return data.endswith(_beginning(vm, suffix, count))


def substring(
    vm: Vm, array: Ref | None, offset: int, length: int, begin: int, end: int, target: Ref | None, at: int
) -> int:
    """From character `begin` up to before character `end`, to the last one where that is negative."""
    found = characters(read(vm, array, offset, length))
    last = len(found) if end < 0 else end
    if not 0 <= begin <= last <= len(found):
        raise _outside(vm)
    return _give(vm, target, at, b"".join(found[begin:last]))


# Values


def value_of_boolean(vm: Vm, value: int, target: Ref | None, at: int) -> int:
    return _give(vm, target, at, b"true" if value else b"false")


def parse_boolean(vm: Vm, array: Ref | None, offset: int, length: int) -> bool:
    return read(vm, array, offset, length).lower() == b"true"


def value_of_short(vm: Vm, value: int, target: Ref | None, at: int) -> int:
    return _give(vm, target, at, str(value).encode())


def _shorts(vm: Vm, ref: Ref | None) -> JavaArray:
    found = usable(vm, ref)
    if not isinstance(found, JavaArray) or found.kind is not Kind.SHORT:
        raise vm.fault("a short array was expected")
    return found


def value_of_shorts(vm: Vm, values: Ref | None, target: Ref | None, at: int) -> int:
    """The array is one signed number of up to 64 bits, most significant short first."""
    shorts = _shorts(vm, values).data[:4]
    value = int.from_bytes(b"".join(one.to_bytes(2, signed=True) for one in shorts), signed=True)
    return _give(vm, target, at, str(value).encode())


def _parsed(vm: Vm, data: bytes, bits: int) -> int:
    value = code_points.number(data, bits)
    if value is None:
        raise vm.throw(STRING_EXCEPTION, ILLEGAL_NUMBER_FORMAT)
    return value


def parse_short_integer(vm: Vm, array: Ref | None, offset: int, length: int) -> int:
    return _parsed(vm, read(vm, array, offset, length), 16)


def parse_long_integer(vm: Vm, array: Ref | None, offset: int, length: int, target: Ref | None, at: int) -> int:
    """Gives how many shorts it took, leading ones that are zero left out."""
    data, found = read(vm, array, offset, length), _shorts(vm, target)
    raw = _parsed(vm, data, 64).to_bytes(8, signed=True)
    halves = [int.from_bytes(raw[one : one + 2]) for one in range(0, 8, 2)]
    while len(halves) > 1 and not halves[0]:
        del halves[0]
    if at < 0 or at + len(halves) > len(found.data):
        raise vm.throw(ARRAY_INDEX)
    vm.heap.write_elements(found, at, type(found.data)("h", [narrow(one) for one in halves]))
    return len(halves)


# Encodings


def _converted(vm: Vm, data: bytes | None) -> bytes:
    if data is None:
        raise vm.throw(STRING_EXCEPTION, INVALID_BYTE_SEQUENCE)
    return data


def _known(vm: Vm, encoding: int) -> None:
    if encoding not in code_points.CODECS:
        raise vm.throw(STRING_EXCEPTION, UNSUPPORTED_ENCODING)


def convert_to(vm: Vm, array: Ref | None, offset: int, length: int, target: Ref | None, at: int, encoding: int) -> int:
    data = read(vm, array, offset, length)
    _known(vm, encoding)
    return _give(vm, target, at, _converted(vm, code_points.encode(data, encoding)))


def convert_from(
    vm: Vm, array: Ref | None, offset: int, length: int, target: Ref | None, at: int, encoding: int
) -> int:
    data = read(vm, array, offset, length)
    _known(vm, encoding)
    return _give(vm, target, at, _converted(vm, code_points.decode(data, encoding)))


STRING_UTIL = NativeClass(
    "javacardx/framework/string/StringUtil",
    {
        "codePointCount([BSS)S": code_point_count,
        "codePointAt([BSSS[BS)S": code_point_at,
        "codePointBefore([BSSS[BS)S": code_point_before,
        "offsetByCodePoints([BSSSS)S": offset_by_code_points,
        "compare(Z[BSS[BSS)S": compare,
        "indexOf([BSS[BSS)S": index_of,
        "replace([BSS[BSS[BSS[BS)S": replace,
        "toLowerCase([BSS[BS)S": to_lower_case,
        "toUpperCase([BSS[BS)S": to_upper_case,
        "trim([BSS[BS)S": trim,
        "valueOf(Z[BS)S": value_of_boolean,
        "parseBoolean([BSS)Z": parse_boolean,
        "valueOf(S[BS)S": value_of_short,
        "parseShortInteger([BSS)S": parse_short_integer,
        "valueOf([S[BS)S": value_of_shorts,
        "parseLongInteger([BSS[SS)S": parse_long_integer,
        "convertTo([BSS[BSB)S": convert_to,
        "convertFrom([BSS[BSB)S": convert_from,
        "check([BSS)Z": check,
        "startsWith([BSS[BSSS)Z": starts_with,
        "endsWith([BSS[BSSS)Z": ends_with,
        "substring([BSSSS[BS)S": substring,
    },
)
