"""What a card product offers by GlobalPlatform, as data: the part `global_platform` of a product's YAML.

The grammar (hex in quotes; only `isd` and `secure_channels` are needed)::

    global_platform:
      isd: a000000003000000                 # AID of the issuer security domain
      privileges: '9afe80'                  # of the issuer security domain, 3 bytes (GPCS 2.3.1 table 6-1)
      life_cycle: secured                   # op_ready, initialized, secured
      secure_channels:                      # the first is the one that card recognition data name first
        - {scp: '02', i: '55', versions: ['20-2f', '70']}   # key versions that open it
      keys:                                 # as delivered; the first is the default one (P1 00 of INITIALIZE UPDATE)
        - {version: '70', cipher: des, enc: '…', mac: '…', dek: '…'}
      key_file: PATH                        # instead, or besides: records with the layout fields domain, key_version,
                                            # cipher, key_octets, key_type, key, which are the domain's keys
      counter_file: PATH                    # their sequence counters: domain, key_version, counter
      tries: 10                             # wrong tries in a row until a key version is blocked; 0: never
      diversification: '00…'                # 10 bytes in the answer to INITIALIZE UPDATE
      cplc: '…'                             # card production life cycle data, 42 bytes
      memory: {nonvolatile: 65536, volatile: 4096}   # bytes free for code and data of applications, as delivered
      max_load_block: 255                   # bytes of data of a LOAD command; 247 where a C-MAC has to fit beside
      domain_package: {file: 'a0000001515350', module: 'a000000151535041'}   # supplementary security domains come of it
      token_key: '70'                       # key version of the issuer's that tokens are verified with
      receipt_key: '71'                     # and receipts are made with
      access_rules: {store: open}           # an ARA-M is there; store: open (anybody), secured (in a secure channel)
      api: {java_card: '3.0.4', packages: {uicc.toolkit: '1.4'}}   # names as in data/api_packages.yaml
      tars: ['b00000']                      # toolkit application references in use by the card itself
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from simtool.codec import java_exports
from simtool.errors import DecodeError
from simtool.files.path import FilePath

LIFE_CYCLES = {"op_ready": 0x01, "initialized": 0x07, "secured": 0x0F}
CPLC_LENGTH = 42
DIVERSIFICATION_LENGTH = 10


@dataclass(frozen=True, slots=True)
class ApiPackage:
    """A package that the card's platform offers for import: AID and version."""

    name: str
    aid: bytes
    major: int
    minor: int

    def serves(self, aid: bytes, major: int, minor: int) -> bool:
        """Whether an import of that version is satisfied: same major, this minor or a later one (JCVM §4.5.2)."""
        return aid == self.aid and major == self.major and minor <= self.minor


@dataclass(frozen=True, slots=True)
class DeliveredKeys:
    """A key set of the issuer security domain as delivered. `cipher` is des or aes; the repr shows no keys."""

    version: int
    cipher: str
    keys: tuple[bytes, bytes, bytes] = field(repr=False)


@dataclass(frozen=True, slots=True)
class ChannelSpec:
    """A secure channel protocol with its parameter `i`, and the key versions that open it."""

    scp: int
    i: int
    versions: tuple[range, ...]

    def takes(self, version: int) -> bool:
        return any(version in one for one in self.versions)


@dataclass(frozen=True, slots=True)
class DomainPackage:
    """The load file and module on the card that supplementary security domains are instances of."""

    file: bytes
    module: bytes


@dataclass(frozen=True, slots=True)
class GlobalPlatformSpec:
    """The GlobalPlatform side of a product."""

    isd: bytes
    privileges: int
    life_cycle: int
    secure_channels: tuple[ChannelSpec, ...]
    keys: tuple[DeliveredKeys, ...]
    key_file: FilePath | None
    counter_file: FilePath | None
    tries: int
    diversification: bytes
    cplc: bytes
    nonvolatile: int
    volatile: int
    max_load_block: int
    domain_package: DomainPackage | None
    token_key: int | None
    receipt_key: int | None
    access_rules: str | None
    api: tuple[ApiPackage, ...]
    tars: tuple[bytes, ...]


def parse_global_platform(row: dict[str, Any]) -> GlobalPlatformSpec:
    """The section from its YAML. Raises `DecodeError`, `KeyError` or `ValueError` for what cannot be."""
    unknown = row.keys() - {
        "isd", "privileges", "life_cycle", "secure_channels", "keys", "key_file", "counter_file", "tries",
        "diversification", "cplc", "memory", "max_load_block", "domain_package", "token_key", "receipt_key",
        "access_rules", "api", "tars",
    }  # fmt: skip
    if unknown:
        raise DecodeError(f"global_platform: not known: {', '.join(sorted(unknown))}")
    memory = row.get("memory", {})
    cplc = bytes.fromhex(row.get("cplc", ""))
    if len(cplc) not in (0, CPLC_LENGTH):
        raise DecodeError(f"global_platform: CPLC has {CPLC_LENGTH} bytes, not {len(cplc)}")
    return GlobalPlatformSpec(
        isd=bytes.fromhex(row["isd"]),
        privileges=int(row.get("privileges", "9afe80"), 16),
        life_cycle=LIFE_CYCLES[row.get("life_cycle", "secured")],
        secure_channels=tuple(_channel(one) for one in row["secure_channels"]),
        keys=tuple(_keys(one) for one in row.get("keys", ())),
        key_file=FilePath(row["key_file"]) if "key_file" in row else None,
        counter_file=FilePath(row["counter_file"]) if "counter_file" in row else None,
        tries=row.get("tries", 0),
        diversification=bytes.fromhex(row.get("diversification", "")).ljust(DIVERSIFICATION_LENGTH, b"\0"),
        cplc=cplc,
        nonvolatile=memory.get("nonvolatile", 0x10000),
        volatile=memory.get("volatile", 0x1000),
        max_load_block=row.get("max_load_block", 255),
        domain_package=_package(row.get("domain_package")),
        token_key=int(row["token_key"], 16) if "token_key" in row else None,
        receipt_key=int(row["receipt_key"], 16) if "receipt_key" in row else None,
        access_rules=_access_rules(row.get("access_rules")),
        api=_api(row.get("api", {})),
        tars=tuple(bytes.fromhex(tar) for tar in row.get("tars", ())),
    )


def _package(row: dict[str, str] | None) -> DomainPackage | None:
    return DomainPackage(bytes.fromhex(row["file"]), bytes.fromhex(row["module"])) if row is not None else None


def _access_rules(row: dict[str, str] | None) -> str | None:
    store = row["store"] if row is not None else None
    if store not in (None, "open", "secured"):
        raise DecodeError(f"global_platform: access_rules store is open or secured, not {store}")
    return store


def _channel(row: dict[str, Any]) -> ChannelSpec:
    scp, versions = int(row["scp"], 16), row.get("versions")
    if scp not in (0x02, 0x03):
        raise DecodeError(f"global_platform: SCP{scp:02X} is not one this card can speak")
    if versions is None:
        versions = ["20-2f"] if scp == 0x02 else ["30-3f"]
    return ChannelSpec(scp, int(row["i"], 16), tuple(_versions(one) for one in versions))


def _versions(text: str) -> range:
    first, _, last = text.partition("-")
    return range(int(first, 16), int(last or first, 16) + 1)


def _keys(row: dict[str, Any]) -> DeliveredKeys:
    enc, mac, dek = (bytes.fromhex(row[name]) for name in ("enc", "mac", "dek"))
    if row["cipher"] not in ("des", "aes") or not len(enc) == len(mac) == len(dek):
        raise DecodeError(f"global_platform: key set {row['version']}: des or aes, three keys of one length")
    return DeliveredKeys(int(row["version"], 16), row["cipher"], (enc, mac, dek))


def _api(row: dict[str, Any]) -> tuple[ApiPackage, ...]:
    """The packages of a Java Card platform and those named besides; their AIDs stand in `data/api_packages.yaml`."""
    if not row:
        return ()
    wanted: dict[str, str] = {}
    if "java_card" in row:
        wanted |= java_exports.java_card_releases()[row["java_card"]]
    wanted |= row.get("packages", {})
    found = []
    for name, version in wanted.items():
        known = java_exports.package_versions(name)
        if version not in known:
            raise DecodeError(f"global_platform: {name} has versions {', '.join(known)}, not {version}")
        major, _, minor = version.partition(".")
        found.append(ApiPackage(name, java_exports.package_aid(name), int(major), int(minor)))
    return tuple(found)
