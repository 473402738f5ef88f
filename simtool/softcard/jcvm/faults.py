"""How execution ends other than by returning (JCVM §5, JCRE §3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simtool.softcard.jcvm.objects import JavaObject


class LinkError(Exception):
    """A package that cannot be used on this card: its text says where and why."""


class NoRoom(LinkError):
    """The package would do, but there is no memory for its static fields."""


class JavaThrow(Exception):  # noqa: N818  # it is how a Java throwable travels, not an error of ours
    """A throwable of the applet's program on its way to a handler."""

    def __init__(self, throwable: JavaObject) -> None:
        super().__init__(throwable)
        self.throwable = throwable


class VmFault(Exception):  # noqa: N818
    """The virtual machine stops a program: stack or time used up, code that no verifier would have let through.

    An applet cannot catch it. The card answers with a status word and goes on with other applets.
    """
