"""A rehearsal: a profile on a card product as the vendor delivers it, without a card. What would refuse?

A stand-in record is rendered and planned: made-up keys, every credential of the product known. So everything that plan
would refuse for the product's sake is found before there is a card.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from simtool.codec.identifiers import Iccid
from simtool.crypto.key_set import KeyCipher, KeySet
from simtool.crypto.secret import Secret
from simtool.errors import CodecError, PlanError
from simtool.files.path import FilePath
from simtool.files.product import CardModel
from simtool.files.specs import PIN_LENGTH
from simtool.perso.access import choose, read_right
from simtool.perso.applications import EMPTY_REGISTRY, content_steps
from simtool.perso.desired import KEYS
from simtool.perso.image import CardImage, Content, Unit
from simtool.perso.kinds import may_write
from simtool.perso.plan import plan
from simtool.perso.profile import Profile
from simtool.perso.read import ICCID_PATH
from simtool.perso.record import WITHOUT_OPC, CardRecord, Credential, Subscription
from simtool.perso.render import render_possible

DEACTIVATED = 0x04  # life cycle status (TS 102 221 §11.1.1.4.9)
ANY_ICCID = "8900000000000000000"
ANY_NUMBER = "+882280001"


def rehearse(profile: Profile, model: CardModel) -> tuple[str, ...]:
    """Every reason why this product cannot become the profile's, as `prepare` would tell them; none if it can."""
    desired, found = render_possible(profile, stand_in(profile, model), model)
    more = list[str]()
    content_steps(desired.applications, EMPTY_REGISTRY, model, more)
    reasons = (*found, *more)
    units = desired.image.units
    if reasons:  # no PIN is presented then: what cannot be read without one is left out
        current = replace(delivered_image(model, units, ()), enabled_pins=None)
        seen = {unit: content for unit, content in units.items() if unit in current.units}
        desired = replace(desired, image=CardImage(seen, desired.image.origins))
    else:
        current = delivered_image(model, units, tuple(pin.name for pin in model.pins))
    try:
        plan(current, desired, model)
    except PlanError as error:
        return tuple(dict.fromkeys((*reasons, *error.reasons)))
    return reasons


def stand_in(profile: Profile, model: CardModel | None = None) -> CardRecord:
    """A record as a card of this profile could have it; nothing in it is real but the first numbers of the ranges."""
    has_keys = may_write(profile.operator.kind, KEYS)
    algorithm = profile.authentication.algorithm
    opc = None if algorithm in WITHOUT_OPC or not has_keys else bytes(32 if algorithm == "tuak" else 16)
    number = profile.identity.msisdn
    subscription = Subscription(
        imsi=profile.first_imsi,
        k=Secret(bytes(16), kind="ki") if has_keys else None,
        opc=Secret(opc, kind="opc") if opc is not None else None,
        algorithm=algorithm,
        msisdn=str(number) if number is not None else ANY_NUMBER if profile.identity.iccid is None else None,
        settings=profile.authentication.settings,
    )
    pins = (*(pin.name for pin in model.pins), "PUK1", "PUK2") if model is not None else ()
    held = tuple(Credential(name, Secret(bytes(PIN_LENGTH), kind="pin")) for name in pins)
    key_sets = profile.key_set_targets()
    domain_keys = stand_in_domain_keys(model) if model is not None else ()
    return CardRecord(
        _iccid(model), (subscription,), held, profile.targets(), key_sets=domain_keys, key_set_targets=key_sets
    )


def stand_in_domain_keys(model: CardModel) -> tuple[KeySet, ...]:
    """Made-up keys of the security domain, where the product has one."""
    if model.global_platform is None:
        return ()
    channel = model.global_platform.secure_channels[0]
    cipher = KeyCipher.DES if channel.scp == 2 else KeyCipher.AES
    key = Secret(bytes(16), kind="key")
    return (KeySet(channel.versions[0].start, cipher, key, key, key),)


def _iccid(model: CardModel | None) -> Iccid:
    if model is not None and model.has(ICCID_PATH):
        try:
            return Iccid.decode(model.file(ICCID_PATH).content)
        except CodecError:
            pass  # delivered blank
    return Iccid(ANY_ICCID)


def delivered_image(model: CardModel, units: Iterable[Unit], held: tuple[str, ...]) -> CardImage:
    """What the product's description says of these units, as far as the PINs `held` make them readable."""
    found: dict[Unit, Content] = {}
    asleep: set[FilePath] = set()
    absent: set[FilePath] = set()
    for unit in units:
        spec = model.file(unit.path) if model.has(unit.path) else None
        if spec is None or unit.record > (spec.records or 0):
            absent.add(unit.path)
        elif choose(model, read_right(model, unit.path), held) is None:
            continue
        elif spec.life_cycle == DEACTIVATED:
            asleep.add(unit.path)
        else:
            found[unit] = Content.known(spec.contents[unit.record - 1] if unit.record else spec.content)
    enabled = frozenset(pin.name for pin in model.pins if pin.enabled)
    return CardImage(found, deactivated=frozenset(asleep), absent=frozenset(absent), enabled_pins=enabled)
