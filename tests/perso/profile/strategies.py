"""Wide profiles for hypothesis: every section, in sizes that some products carry and others do not."""

from __future__ import annotations

from typing import Any

import yaml
from hypothesis import strategies as st

import simtool

HOME = "262-01"
NAMES = st.text("ABCdef 123-äöéñΩжя日", min_size=1, max_size=20)
SHORT_NAMES = st.text("ABCdef1äö", min_size=1, max_size=8)
PLMNS = st.builds("{:03}-{}".format, st.integers(200, 799), st.sampled_from(("01", "07", "20", "410")))
NUMBERS = st.builds("+{}".format, st.integers(10**6, 10**14))
TECHNOLOGIES = st.lists(
    st.sampled_from(["NG-RAN", "E-UTRAN", "NB-IoT", "UTRAN", "GERAN"]), min_size=1, max_size=4, unique=True
)
PREFERRED = st.fixed_dictionaries({"plmn": PLMNS, "technologies": TECHNOLOGIES})
KEYS = st.one_of(
    st.fixed_dictionaries({"id": st.integers(0, 255), "scheme": st.just("A"), "public_key": st.just("5a" * 32)}),
    st.fixed_dictionaries({"id": st.integers(0, 255), "scheme": st.just("B"), "public_key": st.just("02" * 33)}),
)
NAMED = st.fixed_dictionaries({"name": SHORT_NAMES, "number": NUMBERS})
HOSTS_NAMES = st.sampled_from(["epdg.example.org", "192.0.2.1", "2001:db8::1", "derived"])


def some(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """A section in which each field may be missing."""
    return st.fixed_dictionaries({}, optional=fields)


@st.composite
def _steering(draw: st.DrawFn) -> dict[str, Any]:
    mcc = f"{draw(st.integers(200, 799)):03}"
    networks = draw(st.lists(st.sampled_from(["01", "02", "03", "10"]), min_size=1, max_size=4, unique=True))
    cut = draw(st.integers(0, len(networks)))
    prefer = [{"plmn": f"{mcc}-{mnc}", "technologies": draw(TECHNOLOGIES)} for mnc in networks[:cut]]
    return {"country": "X", "mcc": mcc, "prefer": prefer, "avoid": [f"{mcc}-{mnc}" for mnc in networks[cut:]]}


BRANDING = some(
    spn=st.fixed_dictionaries(
        {"name": NAMES}, optional={"show_plmn_at_home": st.booleans(), "hide_when_roaming": st.booleans()}
    ),
    networks=st.lists(
        st.fixed_dictionaries(
            {"full": NAMES, "plmns": st.lists(PLMNS, min_size=1, max_size=2)}, optional={"short": SHORT_NAMES}
        ),
        max_size=3,
    ),
    same_brand=st.lists(PLMNS, max_size=5),
    languages=st.lists(st.sampled_from(["de", "en", "fr", "tr"]), unique=True),
)
NETWORK = some(
    home=st.lists(PREFERRED, max_size=3),
    operator=st.lists(PREFERRED, max_size=30),
    user=st.lists(PREFERRED, max_size=5),
    steering=st.lists(_steering(), max_size=3),
    equivalent_home=st.lists(PLMNS, max_size=5).map(lambda rest: [HOME, *rest]),
    forbidden=st.lists(PLMNS, max_size=5),
    home_search_period=st.integers(0, 80).map(lambda steps: 6 * steps),
    access_class=st.sampled_from(["from-imsi", "0", "9", "12"]),
    special_access_classes=st.lists(st.integers(11, 15), max_size=2),
    access_identities=st.lists(st.sampled_from([1, 2]), unique=True),
    ursp=st.binary(max_size=20).map(bytes.hex),
    suci=some(
        enabled=st.booleans(),
        calculated_by=st.sampled_from(["phone", "card"]),
        routing_indicator=st.integers(0, 9999).map(str),
        keys=st.lists(KEYS, max_size=3),
    ),
)
SERVICES = some(
    smsc=NUMBERS,
    voicemail=NUMBERS,
    message_waiting=st.booleans(),
    customer_care=NAMED,
    missed_calls=NAMED,
    numbers=st.lists(NAMED, max_size=4),
    ussd=st.lists(st.fixed_dictionaries({"name": SHORT_NAMES, "code": st.just("*100#")}), max_size=2),
    emergency=st.lists(
        st.fixed_dictionaries({"number": st.sampled_from(["112", "110", "911"])}, optional={"name": SHORT_NAMES}),
        max_size=3,
    ),
)
IMS = some(
    domain=st.just("ims.example.org"),
    impu=st.lists(st.sampled_from(["sip:{imsi}@ims.example.org", "tel:{msisdn}"]), min_size=1, max_size=3),
    pcscf=st.lists(st.sampled_from(["pcscf.example.org", "192.0.2.7"]), max_size=3),
    epdg=some(identifier=HOSTS_NAMES, selection=st.lists(PLMNS, max_size=3)),
)
FILES = st.dictionaries(
    st.sampled_from(["MF/EF.PL", "MF/ADF.USIM/EF.LI", "MF/ADF.USIM/EF.GID1", "MF/DF.GSM/EF.SPN", "MF/ADF.USIM/EF.SPN"]),
    st.sampled_from(["hex:ffff", "hex:"]),
    max_size=2,
)
PINS = some(PIN1=some(value=st.just("random"), enabled=st.booleans()), PUK1=some(value=st.just("random")))
FULL = st.fixed_dictionaries(
    {
        "operator": st.just({"kind": "full", "name": "N", "plmn": HOME}),
        "identity": st.fixed_dictionaries(
            {"iccid": st.just({"first": "894944000000115531"}), "imsi": st.just({"first": "262010000000001"})},
            optional={"msisdn": NUMBERS, "gid1": st.binary(min_size=1, max_size=8).map(bytes.hex)},
        ),
    },
    optional={
        "authentication": some(pins=PINS, algorithm=st.sampled_from(["milenage", "tuak", "xor", "comp128v1"])),
        "branding": BRANDING,
        "network": NETWORK,
        "services": SERVICES,
        "ims": IMS,
        "files": FILES,
    },
)
RESELLER = st.fixed_dictionaries(
    {"operator": st.just({"kind": "reseller", "name": "R", "plmn": "001-01"})},
    optional={
        "branding": BRANDING,
        "services": SERVICES.map(lambda section: {name: item for name, item in section.items() if name != "smsc"}),
    },
)


def parsed(value: dict[str, Any]) -> simtool.Profile:
    """The profile, by way of YAML as a person would write it."""
    return simtool.Profile.parse(yaml.safe_dump(value, allow_unicode=True))


FULL_PROFILES, RESELLER_PROFILES = FULL.map(parsed), RESELLER.map(parsed)
