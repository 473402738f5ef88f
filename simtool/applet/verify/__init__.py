"""The off-card verifier: whether a CAP file is to the letter of the format, and its code to the rules of its types.

An own reading of JCVM specification chapters 4, 6 and 7; it shares nothing with the machine of the software card.
docs/applets.md lists the rules. What nobody tells (no Descriptor, an unknown package) is a note, never an error.

What it does not do: extended CAP files (2.3 with several packages), StaticResources and Debug components, hash codes of
remote methods; how deep calls nest is not counted.
"""

from __future__ import annotations

from collections.abc import Sequence

from simtool.applet.verify.classes import check_classes
from simtool.applet.verify.code import check_code
from simtool.applet.verify.components import check_components
from simtool.applet.verify.describing import check_description
from simtool.applet.verify.finding import Finding, Report, Rule, Severity
from simtool.applet.verify.flow import Flow
from simtool.applet.verify.links import Links
from simtool.applet.verify.methods import Methods
from simtool.applet.verify.rules import F01, RULES
from simtool.applet.verify.world import Loaded, World
from simtool.codec.cap import CapFile, read_cap
from simtool.errors import DecodeError

__all__ = ["RULES", "Finding", "Rule", "Severity", "verify", "verify_bytes"]


def verify(cap: CapFile, libraries: Sequence[CapFile] = ()) -> tuple[Finding, ...]:
    """Everything that the rules find, errors first. `libraries` are what it imports beside the published packages."""
    report = Report()
    world = World([one for one in libraries if one.package.aid != cap.package.aid])
    try:
        loaded = Loaded(cap, world)
    except DecodeError as error:
        report.add(F01, str(error))
        return tuple(report)
    world.take(loaded)
    methods = Methods(loaded, report)
    links = Links(loaded, methods, report)
    check_components(loaded, methods, report)
    check_classes(links, report)
    check_description(links, report)
    check_code(links, report)
    for method in methods:
        Flow(links, method, report).run()
    return tuple(report)


def verify_bytes(data: bytes, libraries: Sequence[CapFile] = ()) -> tuple[Finding, ...]:
    """As `verify`, for a file that may not even be a CAP file: that is a finding too."""
    report = Report()
    try:
        cap = read_cap(data)
    except DecodeError as error:
        report.add(F01, str(error))
        return tuple(report)
    return verify(cap, libraries)
