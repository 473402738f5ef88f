"""A record that is nobody's: what a card of a profile could have, to try things with before there is a card."""

from __future__ import annotations

from simtool.codec.identifiers import Iccid
from simtool.crypto.key_set import KeyCipher, KeySet
from simtool.crypto.secret import Secret
from simtool.errors import CodecError
from simtool.files.product import CardModel
from simtool.files.specs import PIN_LENGTH
from simtool.perso.desired import KEYS
from simtool.perso.kinds import may_write
from simtool.perso.profile import Profile
from simtool.perso.read import ICCID_PATH
from simtool.perso.record import WITHOUT_OPC, CardRecord, Credential, Subscription

ANY_ICCID = "8900000000000000000"
ANY_NUMBER = "+882280001"


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
