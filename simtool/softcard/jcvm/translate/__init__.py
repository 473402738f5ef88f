"""From byte code to Python: a method is written once as a Python function, and from then on that function runs.

`method` puts the parts together: `effects` knows how many words each instruction takes and leaves, `blocks` cuts the
code, `expressions` keeps the operand stack as Python expressions, `writing` has one writer for each instruction, and
`support` is what the written code calls. What cannot be written so (nobody can tell what a method returns, the depth of
the stack differs by the way taken) is left to the interpreter. Nothing is written from untrusted text: only numbers and
names made here get into the source.
"""

from simtool.softcard.jcvm.translate.method import translate

__all__ = ["translate"]
