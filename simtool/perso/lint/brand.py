"""Rules about names and how they are shown."""

from __future__ import annotations

from collections.abc import Iterator

from simtool.codec.text import encode_alpha
from simtool.errors import CodecError
from simtool.perso.lint.rule import Hit, Rule, Severity, Subject
from simtool.perso.wishes.branding import has_logo

SPN_SIZE = 16


def _name_too_long(subject: Subject) -> Iterator[Hit]:
    spn = subject.profile.branding.spn
    if spn is None:
        return
    try:
        size = len(encode_alpha(spn.name))
    except CodecError as error:
        yield Hit(("branding", "spn", "name"), str(error))
        return
    if size > SPN_SIZE:
        yield Hit(("branding", "spn", "name"), f"{spn.name!r} takes {size} bytes, EF.SPN has room for {SPN_SIZE}")


def _never_shown(subject: Subject) -> Iterator[Hit]:
    for number, network in enumerate(subject.profile.branding.networks):
        if not network.plmns:
            yield Hit(("branding", "networks", number), f"no network leads to the name {network.full!r}")


def _host_is_abroad(subject: Subject) -> Iterator[Hit]:
    profile = subject.profile
    at_home = {profile.operator.plmn, *profile.network.equivalent_home, *profile.branding.same_brand}
    for number, plmn in enumerate(profile.operator.hosts):
        if plmn not in at_home and profile.branding.spn is not None:
            yield Hit(("operator", "hosts", number), f"on the host's network {plmn} the phone believes it roams")


def _no_name(subject: Subject) -> Iterator[Hit]:
    if subject.profile.branding.spn is None:
        yield Hit(("branding",), "the profile has no service provider name")


def _nothing_shown(subject: Subject) -> Iterator[Hit]:
    spn = subject.profile.branding.spn
    if spn is not None and not spn.name.strip():
        yield Hit(("branding", "spn", "name"), "the service provider name is empty")


def _logo_without_place(subject: Subject) -> Iterator[Hit]:
    if subject.profile.branding.logo is not None and subject.model is not None:
        if not has_logo(subject.profile, subject.model):
            yield Hit(("branding", "logo"), f"{subject.model.name} has no EF.IMG: the logo is left out")


E, W = Severity.ERROR, Severity.WARNING
RULES = (
    Rule(
        "P20", "service provider name too long for its coding", E,
        "EF.SPN holds 16 bytes: 16 letters of the GSM alphabet, fewer of others.",
        "Shorten the name.", "TS 31.102 §4.2.12, TS 102 221 Annex A", _name_too_long,
    ),
    Rule(
        "P21", "network name without a network", W,
        "A record of EF.PNN is shown where a record of EF.OPL leads to it; this one has none.",
        "Name its plmns.", "TS 31.102 §4.2.58, §4.2.59", _never_shown,
    ),
    Rule(
        "P22", "host's network that is not home", W,
        "The phone shows a roaming sign, and by hide_when_roaming no brand, on the network that the customer lives in.",
        "Add the host to network.equivalent_home or branding.same_brand.",
        "TS 22.101 Annex A, TS 31.102 §4.2.66", _host_is_abroad,
    ),
    Rule(
        "P23", "no service provider name", W, "The phone shows the name of the network, which is the host's.",
        "Give branding.spn.", "TS 22.101 Annex A", _no_name,
    ),
    Rule(
        "P24", "empty service provider name", E, "Service 19 is on and the phone has nothing to show.",
        "Give a name, or take branding.spn away.", "TS 31.102 §4.2.12", _nothing_shown,
    ),
    Rule(
        "P25", "logo without a place", W, "The product has no files for pictures, so the logo is left out.",
        "Take a product with EF.IMG, or the logo away.", "TS 31.102 §4.6.1.1", _logo_without_place,
    ),
)  # fmt: skip
