"""What a profile and a record wish for, file by file, as values. The places are the standards'; no product is known.

Service tables follow from the wishes: a service whose files are filled is switched on (TS 31.102 §4.2.8, TS 51.011
§10.3.7, TS 31.103 §4.2.7); nothing else in them is touched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from simtool.errors import EncodeError
from simtool.files import contents
from simtool.files.catalogue import service_table
from simtool.files.path import FilePath
from simtool.perso.image import Content
from simtool.perso.profile import Profile
from simtool.perso.record import CardRecord, Subscription
from simtool.perso.sections import BY_CARD, Ims, Network, Suci

USIM, GSM, TELECOM, ISIM = "MF/ADF.USIM", "MF/DF.GSM", "MF/DF.TELECOM", "MF/ADF.ISIM"
NULL_SCHEME = 0
SUCI_SCHEMES = {"A": 1, "B": 2}  # protection scheme identifiers (TS 33.501 Annex C.1)
ContentCoding = Callable[[FilePath, Any, int | None], Content]
"""Makes the content of a file or record of so many bytes; None: of as few as hold the value."""


def whole(path: FilePath, value: Any, size: int | None) -> Content:
    """A file or record whose every byte is wanted."""
    return Content.known(contents.encode(path, value, size=size))


def administrative_data(path: FilePath, mnc_length: int, size: int | None) -> Content:
    """EF.AD: normal operation and the length of the network code; the bytes between stay as they are."""
    data = contents.encode(path, {"mode": "normal", "mnc_length": mnc_length}, size=None)
    return Content(data[:size], bytes.fromhex("ff00000f")[:size])  # older cards have three bytes, without that length


def service_bits(path: FilePath, services: Mapping[int, bool], size: int | None) -> Content:
    """A service table: only the bits of these services, on or off. Services beyond the file's end are left out."""
    bits = service_table(path.name.removeprefix("EF.")).bits
    size = (max(services) * bits + 7) // 8 if size is None else size
    data, mask = bytearray(size), bytearray(size)
    for number, on in services.items():
        first = (number - 1) * bits
        if first // 8 < size:
            field = (1 << bits) - 1 << first % 8
            mask[first // 8] |= field
            data[first // 8] |= field if on else 0
    return Content(bytes(data), bytes(mask))


def every_service(path: FilePath, services: Mapping[int, bool], size: int | None) -> Content:
    """The same where no service may be left out: a file whose service cannot be switched on is never looked at."""
    bits = service_table(path.name.removeprefix("EF.")).bits
    last = [(number, (number - 1) * bits // 8) for number, on in services.items() if on]
    missing = [str(number) for number, byte in last if size is not None and byte >= size]
    if missing:
        raise EncodeError(f"{path} has {size} bytes and no room for service {', '.join(missing)}")
    return service_bits(path, services, size)


@dataclass(frozen=True, slots=True)
class Wish:
    """Values for the same file in one or more places.

    `values` are those of records counting from `first_record`, or the single one of a transparent file. `origin` is the
    part of the profile that asks; a product answers it with any place of any wish of that origin, and has to if one of
    them is `required`. `field` is the layout field under which some products keep this value beside their keys.
    """

    origin: str
    paths: tuple[FilePath, ...]
    values: tuple[Any, ...]
    coding: ContentCoding = whole
    required: bool = False
    first_record: int = 1
    field: str = ""


def wish(origin: str, places: Iterable[str], *values: Any, required: bool = True, **more: Any) -> Wish:
    return Wish(origin, tuple(map(FilePath, places)), values, required=required, **more)


def wishes(profile: Profile, record: CardRecord) -> Iterator[Wish]:
    """Everything but the keys, in the order of the profile."""
    subscription = record.subscription
    yield wish("record.iccid", ["MF/EF.ICCID"], record.iccid, field="iccid")
    yield from _identity(profile, subscription)
    yield from _branding(profile)
    yield from _network(profile.network, subscription)
    yield from _services(profile, subscription)
    if profile.ims is not None:
        yield from _ims(profile, profile.ims, subscription)
    yield from _service_tables(profile, subscription)
    for path, value in profile.files.items():
        yield wish(f"files.{path}", [path], value)


def _both(name: str) -> tuple[str, str]:
    """The USIM's file and its twin for 2G phones."""
    return f"{USIM}/{name}", f"{GSM}/{name}"


def _identity(profile: Profile, subscription: Subscription) -> Iterator[Wish]:
    yield wish("record.imsi", _both("EF.IMSI"), subscription.imsi, field="imsi")
    mnc_length = len(profile.operator.plmn.mnc)
    yield wish("operator.plmn", _both("EF.AD"), mnc_length, coding=administrative_data)
    if profile.identity.gid1 is not None:
        yield wish("identity.gid1", _both("EF.GID1"), profile.identity.gid1.hex())
    if profile.identity.gid2 is not None:
        yield wish("identity.gid2", _both("EF.GID2"), profile.identity.gid2.hex())
    if subscription.msisdn is not None:
        places = (f"{USIM}/EF.MSISDN", f"{TELECOM}/EF.MSISDN")
        yield wish("record.msisdn", places, {"number": subscription.msisdn})


def _branding(profile: Profile) -> Iterator[Wish]:
    spn = profile.branding.spn
    if spn is not None:
        value = {
            "name": spn.name,
            "show_plmn_at_home": spn.show_plmn_at_home,
            "hide_when_roaming": spn.hide_when_roaming,
        }
        yield wish("branding.spn", _both("EF.SPN"), value)
    networks = profile.branding.networks
    if networks:
        names = [{"full": network.full, "short": network.short} for network in networks]
        areas = [
            {"plmn": str(plmn), "name_record": number}
            for number, network in enumerate(networks, start=1)
            for plmn in network.plmns
        ]
        yield wish("branding.networks", _both("EF.PNN"), *names)
        if areas:
            yield wish("branding.networks.plmns", _both("EF.OPL"), *areas)


def _network(network: Network, subscription: Subscription) -> Iterator[Wish]:
    preferred = (
        ("home", network.home, "EF.HPLMNwAcT"),
        ("operator", network.operator, "EF.OPLMNwAcT"),
        ("user", network.user, "EF.PLMNwAcT"),
    )
    for name, entries, file in preferred:
        if entries:
            rows = [{"plmn": str(entry.plmn), "technologies": entry.technologies} for entry in entries]
            yield wish(f"network.{name}", _both(file), rows)
    if network.user:
        plmns = [str(entry.plmn) for entry in network.user]
        yield wish("network.user", [f"{GSM}/EF.PLMNsel"], plmns, required=False, field="plmnsel")
    if network.equivalent_home:
        plmns = [str(plmn) for plmn in network.equivalent_home]
        yield wish("network.equivalent_home", [f"{USIM}/EF.EHPLMN"], plmns)
    if network.forbidden is not None:
        yield wish("network.forbidden", _both("EF.FPLMN"), [str(plmn) for plmn in network.forbidden])
    if network.home_search_period is not None:
        yield wish("network.home_search_period", _both("EF.HPPLMN"), network.home_search_period)
    if network.suci is not None:
        yield from _suci(network.suci)
    own_class = network.access_class == "from-imsi"
    access_class = int(subscription.imsi.digits[-1] if own_class else network.access_class)
    asked_for = "access_class" in network.model_fields_set
    yield wish("network.access_class", _both("EF.ACC"), access_class, required=asked_for, field="acc")


def _suci(suci: Suci) -> Iterator[Wish]:
    """The phone's file, or the card's own where the card calculates (TS 31.102 §4.4.11.8)."""
    value = {
        "schemes": [{"scheme": SUCI_SCHEMES[key.scheme], "key_index": n} for n, key in enumerate(suci.keys, start=1)]
        or [{"scheme": NULL_SCHEME}],
        "keys": [{"identifier": key.id, "key": key.public_key.hex()} for key in suci.keys],
    }
    directory = "DF.SAIP" if suci.calculated_by == BY_CARD else "DF.5GS"
    yield wish("network.suci", [f"{USIM}/{directory}/EF.SUCI_Calc_Info"], value)
    yield wish("network.suci.routing_indicator", [f"{USIM}/DF.5GS/EF.Routing_Indicator"], suci.routing_indicator)


def _services(profile: Profile, subscription: Subscription) -> Iterator[Wish]:
    services = profile.services
    if services.smsc is not None:
        places = (f"{USIM}/EF.SMSP", f"{TELECOM}/EF.SMSP")
        yield wish("services.smsc", places, {"service_centre": str(services.smsc)}, field="smsp")
    if services.voicemail is not None:
        yield wish("services.voicemail", _both("EF.MBDN"), {"number": str(services.voicemail)})
        yield wish("services.voicemail", _both("EF.MBI"), [1])


def _ims(profile: Profile, ims: Ims, subscription: Subscription) -> Iterator[Wish]:
    plmn = profile.operator.plmn
    names = {
        "imsi": subscription.imsi.digits,
        "mcc": plmn.mcc,
        "mnc": plmn.mnc.zfill(3),
        "msisdn": subscription.msisdn or "",
    }
    yield wish("ims.impi", [f"{ISIM}/EF.IMPI"], ims.impi.format(**names), required=False)
    yield wish("ims.impu", [f"{ISIM}/EF.IMPU"], *(text.format(**names) for text in ims.impu), required=False)
    yield wish("ims.domain", [f"{ISIM}/EF.DOMAIN"], ims.domain.format(**names), required=False)
    if ims.pcscf:
        yield wish("ims.pcscf", [f"{ISIM}/EF.P-CSCF"], *ims.pcscf, required=False)
    if ims.epdg is not None and ims.epdg.identifier is not None:
        yield wish("ims.epdg.identifier", [f"{USIM}/EF.ePDGId"], ims.epdg.identifier)
    if ims.epdg is not None and ims.epdg.selection:
        rows = [{"plmn": str(plmn)} for plmn in ims.epdg.selection]
        yield wish("ims.epdg.selection", [f"{USIM}/EF.ePDGSelection"], rows)


def _service_tables(profile: Profile, subscription: Subscription) -> Iterator[Wish]:
    """Service numbers of TS 31.102 §4.2.8 and TS 51.011 §10.3.7 for what the profile fills."""
    network, ims = profile.network, profile.ims
    filled: tuple[tuple[bool, tuple[int, ...], tuple[int, ...], tuple[int, ...]], ...] = (
        # what is filled, its USIM services, its 2G services, its ISIM services
        (profile.identity.gid1 is not None, (17,), (15,), ()),
        (profile.identity.gid2 is not None, (18,), (16,), ()),
        (profile.branding.spn is not None, (19,), (17,), ()),
        (bool(profile.branding.networks), (45,), (51,), ()),
        (any(entry.plmns for entry in profile.branding.networks), (46,), (52,), ()),
        (bool(network.user), (20,), (7, 43), ()),
        (bool(network.operator), (42,), (44,), ()),
        (bool(network.home), (43,), (45,), ()),
        (bool(network.equivalent_home), (71,), (), ()),
        (subscription.msisdn is not None, (21,), (9,), ()),
        (profile.services.smsc is not None, (12,), (12,), ()),
        (profile.services.voicemail is not None, (47,), (53,), ()),
        (ims is not None and bool(ims.pcscf), (), (), (1,)),
        (ims is not None and ims.epdg is not None, (106, 107), (), ()),
    )
    origin = "services that the profile fills"
    usim = {number: True for wanted, numbers, _, _ in filled if wanted for number in numbers}
    gsm = {number: True for wanted, _, numbers, _ in filled if wanted for number in numbers}
    isim = {number: True for wanted, _, _, numbers in filled if wanted for number in numbers}
    if network.suci is not None:
        usim |= {124: True, 125: network.suci.calculated_by == BY_CARD}
    tables = (
        (f"{USIM}/EF.UST", usim, every_service),
        (f"{GSM}/EF.SST", gsm, service_bits),  # shorter beside a USIM, whose own table phones go by
        (f"{ISIM}/EF.IST", isim, service_bits),
    )
    for path, services, coding in tables:
        if services:
            yield wish(origin, [path], services, coding=coding, required=False)
