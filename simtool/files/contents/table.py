"""Which file has which coding, by name; and which standard files stay hex, with the reason."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from simtool.files.contents import (
    calls,
    card,
    cells,
    fiveg,
    graphics,
    groups,
    identity,
    ims,
    locks,
    messages,
    mms,
    networks,
    numbers,
    phonebook,
    policy,
    security,
    services,
    simple,
    state,
    suci,
    wlan,
)
from simtool.files.contents.base import Coding
from simtool.files.contents.objects import PLAIN
from simtool.files.contents.parts import choice, sequence
from simtool.files.path import FilePath

_GROUP = simple.hex_coding("TS 31.102 §4.2.10")
_METER = simple.number_coding("TS 31.102 §4.2.9", 3)

# Files of BER-TLV data objects whose values are kept as they are.
_DATA_OBJECTS = {
    "NCP-IP": "TS 31.102 §4.2.90",
    "IMSConfigData": "TS 31.102 §4.2.107",
    "XCAPConfigData": "TS 31.102 §4.2.111",
    "MuDMiDConfigData": "TS 31.102 §4.2.113",
    "PROSE_MON": "TS 31.102 §4.4.8.2",
    "MCS_CONFIG": "TS 31.102 §4.6.4.2",
    "V2X_CONFIG": "TS 31.102 §4.6.5.3",
    "5G_PROSE_DD": "TS 31.102 §4.4.13.3",
    "5G_PROSE_DC": "TS 31.102 §4.4.13.4",
    "5G_PROSE_U2NRU": "TS 31.102 §4.4.13.5",
    "5G_PROSE_RU": "TS 31.102 §4.4.13.6",
    "5G_PROSE_UIR": "TS 31.102 §4.4.13.7",
    "5G_PROSE_U2URU": "TS 31.102 §4.4.13.8",
    "5G_PROSE_EU": "TS 31.102 §4.4.13.9",
    "5MBSUECONFIG": "TS 31.102 §4.4.14.2",
}

CODINGS: Mapping[str, Coding] = MappingProxyType(
    {
        "EF.ICCID": identity.ICCID,
        "EF.DIR": card.DIR,
        "EF.ARR": card.ARR,
        "EF.PL": simple.language_coding("TS 102 221 §13.3"),
        "EF.LI": simple.language_coding("TS 31.102 §4.2.1"),
        "EF.IMSI": identity.IMSI,
        "EF.ACC": identity.ACC,
        "EF.AD": identity.AD,
        "EF.Phase": simple.number_coding("TS 51.011 §10.3.19", 1),
        "EF.GID1": _GROUP,
        "EF.GID2": _GROUP,
        "EF.SPN": networks.SPN,
        "EF.PNN": networks.PNN,
        "EF.OPL": networks.OPL,
        "EF.OPL5G": networks.OPL5G,
        "EF.SPDI": networks.SPDI,
        "EF.PLMNsel": networks.PLMN_LIST,
        "EF.FPLMN": networks.PLMN_LIST,
        "EF.EHPLMN": networks.PLMN_LIST,
        "EF.UPLMNWLAN": networks.PLMN_LIST,
        "EF.OPLMNWLAN": networks.PLMN_LIST,
        "EF.WLRPLMN": networks.PLMN_LIST,
        "EF.PLMNwAcT": networks.PREFERRED_LIST,
        "EF.OPLMNwAcT": networks.PREFERRED_LIST,
        "EF.HPLMNwAcT": networks.PREFERRED_LIST,
        "EF.HPPLMN": simple.step_coding("TS 31.102 §4.2.6", 6),
        "EF.EHPLMNPI": simple.number_coding("TS 31.102 §4.2.85", 1),
        "EF.LRPLMNSI": simple.number_coding("TS 31.102 §4.2.86", 1),
        "EF.UST": services.UST,
        "EF.IST": services.IST,
        "EF.EST": services.EST,
        "EF.SST": services.SST,
        "EF.5G_PROSE_ST": services.PROSE_5G,
        "EF.UMPC": card.UMPC,
        "EF.LP": sequence(choice(simple.SIM_LANGUAGES)).coding("TS 51.011 §10.3.1"),
        "EF.MST": services.MST,
        "EF.VST": services.VST,
        "EF.PST": services.PST,
        "EF.MExE-ST": services.MEXE_ST,
        "EF.ICE_DN": numbers.ENTRY,
        "EF.MSISDN": numbers.ENTRY,
        "EF.ADN": numbers.ENTRY,
        "EF.FDN": numbers.ENTRY,
        "EF.SDN": numbers.ENTRY,
        "EF.LND": numbers.ENTRY,
        "EF.MBDN": numbers.ENTRY,
        "EF.BDN": numbers.BARRED_ENTRY,
        "EF.SMSP": numbers.SMSP,
        "EF.MBI": numbers.MBI,
        "EF.MWIS": numbers.MWIS,
        "EF.ECC": numbers.ECC,
        "EF.IMPI": ims.IMPI,
        "EF.DOMAIN": ims.DOMAIN,
        "EF.IMPU": ims.IMPU,
        "EF.P-CSCF": ims.P_CSCF,
        "EF.UICCIARI": ims.UICCIARI,
        "EF.PSISMSC": ims.PSISMSC,
        "EF.WebRTCURI": ims.WEBRTC_URI,
        "EF.NAFKCA": ims.NAFKCA,
        "EF.ePDGId": ims.EPDG_ID,
        "EF.ePDGIdEm": ims.EPDG_ID,
        "EF.ePDGSelection": networks.EPDG_SELECTION,
        "EF.ePDGSelectionEm": networks.EPDG_SELECTION,
        "EF.SUCI_Calc_Info": suci.SUCI_CALC_INFO,
        "EF.Routing_Indicator": identity.ROUTING_INDICATOR,
        "EF.LOCI": state.LOCI,
        "EF.PSLOCI": state.PSLOCI,
        "EF.LOCIGPRS": state.PSLOCI,
        "EF.EPSLOCI": state.EPSLOCI,
        "EF.5GS3GPPLOCI": state.LOCI_5G,
        "EF.5GSN3GPPLOCI": state.LOCI_5G,
        "EF.Keys": state.KEYS,
        "EF.KeysPS": state.KEYS,
        "EF.Kc": state.KC,
        "EF.KcGPRS": state.KC,
        "EF.START-HFN": state.START_HFN,
        "EF.THRESHOLD": simple.number_coding("TS 31.102 §4.2.52", 3, blank=True),
        "EF.ACM": _METER,
        "EF.ACMmax": _METER,
        **calls.FILES,
        **cells.FILES,
        **fiveg.FILES,
        **graphics.FILES,
        **groups.FILES,
        **locks.FILES,
        **messages.FILES,
        **mms.FILES,
        **phonebook.FILES,
        **policy.FILES,
        **security.FILES,
        **wlan.FILES,
        **{f"EF.{name}": PLAIN.coding(clause) for name, clause in _DATA_OBJECTS.items()},
    }
)

_UNVERIFIED = "its layout could not be checked against public text"
_PICTURE = "picture data: bytes by their nature"
_RARE = "not met in personalisation"
HEX_BY_INTENTION: Mapping[str, str] = MappingProxyType(
    {
        "EF.LAUNCHPAD": _RARE,
        "EF.ICON": _PICTURE,
        "EF.IIDF": _PICTURE,
        "EF.ICE_GRAPHICS": _PICTURE,
        "EF.LAUNCH_SCWS": _UNVERIFIED,
        "EF.ICE_FF": _UNVERIFIED,
        "EF.RMA": _UNVERIFIED,
        "EF.MML": "multimedia messages: data of the phone",
        "EF.MMDF": "multimedia messages: data of the phone",
        "EF.MLPL": "a list of 3GPP2 C.S0074",
        "EF.MSPL": "a list of 3GPP2 C.S0074",
        "EF.MMSSMODE": "a list of 3GPP2 C.S0074",
        "EF.V2XP_PC5": _UNVERIFIED,
        "EF.V2XP_Uu": _UNVERIFIED,
        "EF.ORPK": _UNVERIFIED,
        "EF.ARPK": _UNVERIFIED,
        "EF.TPRPK": _UNVERIFIED,
        "EF.TKCDF": "a key or certificate: bytes by its nature",
        "EF.RPLMNAcTD": "void since the early releases",
        "EF.UFC": "bits of TERMINAL PROFILE (TS 31.111 §5.2)",
        "EF.IWL": _UNVERIFIED,
        "EF.3GPPPSDATAOFFservicelist": _UNVERIFIED,
        "EF.AC_GBAUAPI": _UNVERIFIED,
        "EF.IMSDCI": _UNVERIFIED,
        "EF.UWSIDL": _UNVERIFIED,
        "EF.OWSIDL": _UNVERIFIED,
        "EF.HWSIDL": _UNVERIFIED,
        "EF.WRI": "holds a master key",
        **{
            f"EF.{name}": _UNVERIFIED
            for name in (
                "PROSE_ANN", "PROSEFUNC", "PROSE_RADIO_COM", "PROSE_RADIO_MON", "PROSE_RADIO_ANN",
                "PROSE_POLICY", "PROSE_PLMN", "PROSE_GC", "PROSE_UIRC", "PROSE_GM_DISCOVERY", "PROSE_RELAY",
                "PROSE_RELAY_DISCOVERY", "ACDC_LIST", "ACDC_OS_CONFIG", "TVUSD", "5GSEDRX", "5GNSWO_CONF",
                "KAUSF_DERIVATION",
            )
        },
    }
)  # fmt: skip
# Directories whose files other bodies specify; names there say nothing.
HEX_DIRECTORIES: Mapping[str, str] = MappingProxyType(
    {
        "MF/DF.CDMA": "3GPP2 C.S0023",
        "MF/DF.EIRENE": "railway networks",
        "MF/DF.EAP": "TS 102 310; holds keys",
    }
)
# Files of the same name with another coding.
_SPECIAL: Mapping[str, Coding] = MappingProxyType({"MF/DF.GSM/EF.ECC": numbers.ECC_2G})
_NUMBERED = re.compile(f"(EF\\.(?:{'|'.join(phonebook.BOOK_FILES.values())}))(?:[0-9]{{1,2}}|[A-Z][0-9]?)")


def coding_for(path: FilePath) -> Coding | None:
    """The coding of a file by its name (and directory, where that matters); None if it is not known.

    Files of a phone book may carry a letter or number behind their name, as the examples of TS 31.102 annex G do:
    EF.ANRA, EF.ADN1.
    """
    text = str(path)
    if text in _SPECIAL:
        return _SPECIAL[text]
    parent = path.parent
    if str(parent) in HEX_DIRECTORIES:
        return None
    if path.name not in CODINGS and parent is not None and parent.name == "DF.PHONEBOOK":
        match = _NUMBERED.fullmatch(path.name)
        return CODINGS.get(match[1]) if match else None
    return CODINGS.get(path.name)
