"""The card certificate: what a finished card is, and by what proof. Holds check values, never keys."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from simtool.perso.profile import Profile
from simtool.perso.record import CardRecord
from simtool.perso.verify import NOT_READ_AGAIN, Verification


@dataclass(frozen=True, slots=True)
class Certificate:
    """`check_values` maps a key's name to its key check value (3 bytes, hex), as far as the record holds keys."""

    made: str
    product: str
    iccid: str
    imsi: str
    msisdn: str
    brand: str
    network: str
    algorithm: str
    check_values: tuple[tuple[str, str], ...]
    proofs: tuple[str, ...]
    units_compared: int
    sqn: int

    def rows(self) -> list[tuple[str, str]]:
        """Name and value, as a person reads them."""
        return [
            ("made", self.made),
            ("card product", self.product),
            ("ICCID", self.iccid),
            ("IMSI", self.imsi),
            ("MSISDN", self.msisdn or "none"),
            ("brand", self.brand),
            ("network", self.network),
            ("algorithm", self.algorithm),
            *((f"check value {name}", value) for name, value in self.check_values),
            ("content", f"{self.units_compared} units read back and equal" if self.units_compared else NOT_READ_AGAIN),
            *(("proof", proof) for proof in self.proofs),
            ("SQN used so far", str(self.sqn)),
        ]

    def to_json(self) -> dict[str, Any]:
        return {
            "made": self.made,
            "product": self.product,
            "iccid": self.iccid,
            "imsi": self.imsi,
            "msisdn": self.msisdn,
            "brand": self.brand,
            "network": self.network,
            "algorithm": self.algorithm,
            "key_check_values": dict(self.check_values),
            "proofs": list(self.proofs),
            "units_compared": self.units_compared,
            "sqn": self.sqn,
        }


def certify(product: str, profile: Profile, record: CardRecord, verification: Verification) -> Certificate | None:
    """The certificate of a card that passed; None for one that did not."""
    if not verification:
        return None
    subscription = verification.record.subscription
    keys = [(name, key) for name, key in (("K", subscription.k), ("OPc", subscription.opc)) if key is not None]
    spn = profile.branding.spn
    return Certificate(
        made=datetime.now(UTC).isoformat(timespec="seconds"),
        product=product,
        iccid=record.iccid.digits,
        imsi=subscription.imsi.digits,
        msisdn=subscription.msisdn or "",
        brand=spn.name if spn else profile.operator.name,
        network=str(profile.operator.plmn),
        algorithm=subscription.algorithm,
        check_values=tuple((name, key.kcv().hex()) for name, key in keys),
        proofs=tuple(str(proof) for proof in verification.proofs) or (verification.unproved,),
        units_compared=verification.units,
        sqn=subscription.sqn,
    )
