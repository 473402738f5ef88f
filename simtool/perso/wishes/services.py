"""Numbers and services that a phone uses, and the identities for IMS."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from simtool.codec.identifiers import Plmn
from simtool.files import contents
from simtool.files.path import FilePath
from simtool.perso.image import Content
from simtool.perso.profile import Profile
from simtool.perso.record import CardRecord
from simtool.perso.sections import DERIVED, Ims, Services, filled_in
from simtool.perso.wishes.base import GSM, ISIM, TELECOM, USIM, CardWish, Wish, both, card_wish, wish

EPDG = "epdg.epc.mnc{mnc}.mcc{mcc}.pub.3gppnetwork.org"
MAILBOXES, WAITING_SIZE = 4, 5  # bytes of a record that tells of voicemail, fax, e-mail and other messages
OWN_HOLES = ("{imsi", "{msisdn")
IMS_DERIVED = "from the IMSI, TS 23.003 §13"


def services(section: Services) -> Iterator[Wish]:
    if section.smsc is not None:
        places = (f"{USIM}/EF.SMSP", f"{TELECOM}/EF.SMSP")
        yield wish("services.smsc", places, {"service_centre": str(section.smsc)}, field="smsp")
    if section.voicemail is not None:
        entry = {"number": str(section.voicemail.number), "name": section.voicemail.name}
        yield wish("services.voicemail", both("EF.MBDN"), entry)
        yield wish("services.voicemail", both("EF.MBI"), [1], coding=mailboxes)
    if section.message_waiting:
        yield wish("services.message_waiting", both("EF.MWIS"), "nothing waits", coding=zeros)
    numbers = service_numbers(section)
    if numbers:
        origin = ", ".join(dict.fromkeys(name for name, _, _ in numbers))
        entries = [{"name": name, "number": number} for _, name, number in numbers]
        yield wish(origin, (f"{USIM}/EF.SDN", f"{TELECOM}/EF.SDN"), *entries)
    if section.emergency:
        codes = [
            {"number": str(code.number), "name": code.name, "services": list(code.services)}
            for code in section.emergency
        ]
        yield wish("services.emergency", [f"{USIM}/EF.ECC"], *codes)
        yield wish("services.emergency", [f"{GSM}/EF.ECC"], [str(code.number) for code in section.emergency])


def service_numbers(section: Services) -> list[tuple[str, str, str]]:
    """What stands in EF.SDN, in order: the part of the profile, the name, the number."""
    found = []
    for origin, named in (("customer_care", section.customer_care), ("missed_calls", section.missed_calls)):
        if named is not None:
            found.append((f"services.{origin}", named.name, str(named.number)))
    found += [("services.numbers", entry.name, str(entry.number)) for entry in section.numbers]
    found += [("services.ussd", entry.name, str(entry.code)) for entry in section.ussd]
    return found


def mailboxes(path: FilePath, records: list[int], size: int | None) -> Content:
    """EF.MBI: these records of EF.MBDN, no mailbox (00) for other kinds of messages (TS 31.102 §4.2.62)."""
    count = size or MAILBOXES
    return Content.known(contents.encode(path, records + [0] * (count - len(records)), size=size))


def zeros(path: FilePath, value: Any, size: int | None) -> Content:
    """EF.MWIS with no message waiting of any kind (TS 31.102 §4.2.63)."""
    return Content.known(bytes(size or WAITING_SIZE))


def ims(profile: Profile, section: Ims) -> Iterator[Wish | CardWish]:
    given, network = section.model_fields_set, profile.operator.plmn
    for name, file, texts in (
        ("impi", "EF.IMPI", (section.impi,)),
        ("impu", "EF.IMPU", section.impu),
        ("domain", "EF.DOMAIN", (section.domain,)),
    ):
        derived = "" if name in given else IMS_DERIVED
        yield _names(f"ims.{name}", f"{ISIM}/{file}", texts, network, required=False, derived=derived)
    if section.pcscf:
        yield _names("ims.pcscf", f"{ISIM}/EF.P-CSCF", section.pcscf, network, required=False)
    epdg = section.epdg
    if epdg is not None and epdg.identifier is not None:
        is_derived = epdg.identifier == DERIVED
        host = _filled(network, EPDG) if is_derived else epdg.identifier
        derived = "from the IMSI's network, TS 23.003 §19.4.2.9" if is_derived else ""
        yield wish("ims.epdg.identifier", [f"{USIM}/EF.ePDGId"], host, derived=derived)
    if epdg is not None and epdg.selection:
        rows = [{"plmn": str(plmn)} for plmn in epdg.selection]
        yield wish("ims.epdg.selection", [f"{USIM}/EF.ePDGSelection"], rows)


def _names(origin: str, place: str, texts: tuple[str, ...], network: Plmn, **more: Any) -> Wish | CardWish:
    """Names with holes: a wish for all cards where only the network fills them."""
    if not any(hole in text for text in texts for hole in OWN_HOLES):
        return wish(origin, [place], *(_filled(network, text) for text in texts), **more)

    def names(record: CardRecord) -> tuple[str, ...]:
        own = record.subscription
        return tuple(_filled(network, text, own.imsi.digits, own.msisdn or "") for text in texts)

    return card_wish(origin, [place], names, ", ".join(_filled(network, text) for text in texts), **more)


def _filled(network: Plmn, text: str, imsi: str = "{imsi}", msisdn: str = "{msisdn}") -> str:
    return filled_in(text, imsi=imsi, mcc=network.mcc, mnc=network.mnc.zfill(3), msisdn=msisdn)
