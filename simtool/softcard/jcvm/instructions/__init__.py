"""The instructions, one function each, by their opcode (JCVM §7.5). Their functions change the frame and nothing else.

This is the reading of the specification that the translator (`translate`) has to agree with.
"""

from __future__ import annotations

from collections.abc import Callable

from simtool.softcard.jcvm.frame import Frame
from simtool.softcard.jcvm.instructions import arithmetic, arrays, calls, control, fields, objects, stack
from simtool.softcard.jcvm.opcodes import OPCODES

Step = Callable[[Frame], None]
_BY_NAME: dict[str, Step] = {
    name: step
    for table in (stack.TABLE, arithmetic.TABLE, arrays.TABLE, control.TABLE, fields.TABLE, calls.TABLE, objects.TABLE)
    for name, step in table.items()
}
STEPS: tuple[Step, ...] = tuple(_BY_NAME[one.name] for one in OPCODES)
