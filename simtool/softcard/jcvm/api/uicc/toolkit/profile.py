"""uicc.toolkit.TerminalProfile (TS 102 241 annex A) and sim.toolkit.MEProfile (TS 43.019), which do the same.

Facilities are bits: number 0 is the lowest of the first byte. What the terminal has not sent is 0. Arrays are looked at
first, then whether there is a profile, then numbers.
"""

from __future__ import annotations

from collections.abc import Mapping

from simtool.softcard.jcvm.api.uicc.toolkit.reasons import NAME, Reason
from simtool.softcard.jcvm.native import Native, NativeClass, read, room, write
from simtool.softcard.jcvm.objects import Ref, narrow
from simtool.softcard.jcvm.vm import Vm

NOT_AVAILABLE = 9
_SHORT_BITS = 16


def methods(exception: str) -> Mapping[str, Native]:
    """The functions of such a class, with its package's ToolkitException."""

    def profile(vm: Vm) -> bytes:
        found = vm.platform.toolkit.profile()
        if found is None:
            raise vm.throw(exception, NOT_AVAILABLE)
        return found

    def natural(vm: Vm, *numbers: int) -> None:
        if min(numbers) < 0:
            raise vm.throw(exception, Reason.BAD_INPUT_PARAMETER)

    def check(vm: Vm, index: int) -> bool:
        known = profile(vm)
        natural(vm, index)
        return bool(_bits(known) >> index & 1)

    def check_mask(vm: Vm, mask: Ref | None, offset: int, length: int) -> bool:
        wanted = read(vm, mask, offset, length)
        known = profile(vm).ljust(length, b"\0")
        return all(have & want == want for have, want in zip(known, wanted, strict=False))

    def get_value(vm: Vm, highest: int, lowest: int) -> int:
        known = profile(vm)
        natural(vm, highest, lowest)
        if not lowest <= highest < lowest + _SHORT_BITS:
            raise vm.throw(exception, Reason.BAD_INPUT_PARAMETER)
        return narrow(_bits(known) >> lowest & (1 << highest - lowest + 1) - 1)

    def copy(vm: Vm, start: int, target: Ref | None, offset: int, length: int) -> int:
        room(vm, target, offset, length)
        known = profile(vm)
        natural(vm, start)
        write(vm, target, offset, known[start : start + length].ljust(length, b"\0"))
        return offset + length

    return {
        "check(B)Z": check,
        "check([BSS)Z": check_mask,
        "check(S)Z": check,
        "getValue(SS)S": get_value,
        "copy(S[BSS)S": copy,
    }


def _bits(profile: bytes) -> int:
    return int.from_bytes(profile, "little")


TERMINAL_PROFILE = NativeClass("uicc/toolkit/TerminalProfile", methods(NAME))
