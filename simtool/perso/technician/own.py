"""What a card says about itself: its numbers, its network, its names, as far as anyone may read them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from simtool.card.session import Session
from simtool.codec.identifiers import Iccid, Imsi, Plmn
from simtool.crypto.secret import Secret
from simtool.errors import CodecError, InputError
from simtool.files import contents
from simtool.files.path import FilePath
from simtool.files.product import CardModel
from simtool.perso.image import CardImage, Unit, units_of
from simtool.perso.preview import phone_units
from simtool.perso.preview.standing import Home
from simtool.perso.profile import Profile
from simtool.perso.read import ICCID_PATH, read_image
from simtool.perso.record import WITHOUT_OPC, CardRecord, Credential, Subscription
from simtool.perso.stand_in import stand_in_domain_keys
from simtool.perso.technician.names import in_reach
from simtool.perso.technician.show import is_secret

USIM, GSM, TELECOM, ISIM = "MF/ADF.USIM", "MF/DF.GSM", "MF/DF.TELECOM", "MF/ADF.ISIM"
RECORDS = 8
KEY_ORIGIN = "authentication"
_FILES = (
    *(f"{place}/{name}" for name in ("EF.MSISDN", "EF.SMSP") for place in (USIM, TELECOM)),
    f"{ISIM}/EF.IMPI",
)


@dataclass(frozen=True, slots=True)
class OwnData:
    """The readable identity files of one card."""

    model: CardModel
    image: CardImage

    def value(self, *paths: str, record: int = 0) -> Any:
        """The value in the first of these files that the card has and lets us read; None if there is none."""
        for text in paths:
            path = FilePath(text)
            if not self.model.has(path):
                continue
            number = (record or 1) if self.model.file(path).type.has_records else 0
            content = self.image.get(path, number)
            if content is None:
                continue
            value = contents.decode(path, content.data)
            if value is not None and not (isinstance(value, str) and value.startswith("hex:")):
                return value
        return None

    def values(self, *paths: str) -> list[Any]:
        """The values of the first records that hold one, with their numbers lost."""
        found = [self.value(*paths, record=number) for number in range(1, RECORDS + 1)]
        return [value for value in found if value is not None]

    @property
    def iccid(self) -> str:
        return str(self.value(str(ICCID_PATH)) or "")

    @property
    def imsi(self) -> Imsi | None:
        value = self.value(f"{USIM}/EF.IMSI", f"{GSM}/EF.IMSI")
        try:
            return Imsi(str(value)) if value is not None else None
        except CodecError:
            return None

    @property
    def home(self) -> Plmn | None:
        """The network that the IMSI belongs to; the length of its code as EF.AD says, else 2 digits."""
        imsi = self.imsi
        if imsi is None:
            return None
        data = self.value(f"{USIM}/EF.AD", f"{GSM}/EF.AD")
        length = data.mnc_length if isinstance(data, contents.AdministrativeData) else None
        return Home(imsi, length).plmn


def read_own(session: Session, model: CardModel, credentials: tuple[Credential, ...] = ()) -> OwnData:
    """Read the identity files. Without credentials no PIN is sent."""
    units = [Unit(ICCID_PATH), *phone_units(model)]
    for path in map(FilePath, _FILES):
        if model.has(path) and in_reach(model, path):
            units += units_of(model.file(path))[:RECORDS]
    units = [unit for unit in dict.fromkeys(units) if in_reach(model, unit.path)]
    return OwnData(model, read_image(session, model, only=units, credentials=credentials))


def stand_in_record(own: OwnData, profile: Profile) -> CardRecord:
    """A record as the card itself tells it, to compare a profile with a card whose record is not at hand.

    Numbers are the card's own where it lets them be read, else the first of the profile's; the keys are made up, so
    nothing that depends on them may be compared or written. Raises `InputError` for a card without a readable ICCID.
    """
    try:
        iccid = Iccid(own.iccid)
    except CodecError:
        raise InputError("the card's ICCID cannot be read", hint="give its record with --record FILE") from None
    algorithm = profile.authentication.algorithm
    key = bytes(16)
    opc = None if algorithm in WITHOUT_OPC else bytes(32 if algorithm == "tuak" else 16)
    entry = own.value(f"{USIM}/EF.MSISDN", f"{TELECOM}/EF.MSISDN")
    number = entry.number if isinstance(entry, contents.Entry) and profile.identity.msisdn is not None else None
    subscription = Subscription(
        imsi=own.imsi or profile.first_imsi,
        k=Secret(key, kind="ki"),
        opc=Secret(opc, kind="opc") if opc is not None else None,
        algorithm=algorithm,
        msisdn=number,
        settings=profile.authentication.settings,
    )
    key_sets = profile.key_set_targets()
    return CardRecord(iccid, (subscription,), key_sets=stand_in_domain_keys(own.model), key_set_targets=key_sets)


def without_keys(image: CardImage, model: CardModel) -> CardImage:
    """A wanted image less everything that comes from keys."""
    units = {
        unit: content
        for unit, content in image.units.items()
        if image.origins.get(unit) != KEY_ORIGIN and not is_secret(model.file(unit.path))
    }
    return CardImage(units, image.origins)
