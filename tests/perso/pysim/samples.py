"""Small samples in pySim's own formats, and whole ones written from a card product's content."""

from __future__ import annotations

import json
from typing import Any

from simtool.card.files import CardFiles
from simtool.card.session import Session
from simtool.files.path import FilePath
from simtool.files.product import CardModel
from simtool.perso.image import CardImage

ATR_SJA5 = "3b9f96801f878031e073fe211b674a357530350265f8"
FCP = {
    # a file: its FCP on the published sysmoISIM-SJA5 test card
    "MF/EF.ICCID": "621f8202412183022fe2a506d00120d201058a01058b032f06028002000a880110",
    "MF/DF.GSM": "622f8202782183027f20a50c8001718304000564508701018a01058b032f0601c60f90017083010183018183010a83010b",
    "MF/DF.GSM/EF.IMSI": "621e8202412183026f07a506d00130d2010f8a01058b036f0603800200098800",
    "MF/DF.GSM/EF.PLMNsel": "621e8202412183026f30a506d00120d2010f8a01058b036f06048002003c8800",
    "MF/DF.GSM/EF.SPN": "621e8202412183026f46a506d00130d2010f8a01058b036f0606800200118800",
    "MF/DF.GSM/EF.SST": "621e8202412183026f38a506d00120d2010f8a01058b036f06078002000f8800",
    "MF/DF.GSM/EF.ACM": "62218205462100031483026f39a506d00110d2010f8a01058b036f06058002003c8800",
}
ICCID = "989444000000115513f4"
IMSI = "080910100000001020"
SPN = "034d61676963ffffffffffffffffffffff"
PLMNSEL = "00f110" + "ff" * 57
SST = "ff33ffff3f003f0f300cf0c3f00000"
ACM = [f"{number:06x}" for number in range(20)]


def file(path: str, **more: Any) -> dict[str, Any]:
    return {"path": path.split("/"), "fcp_raw": FCP.get(path, ""), "fcp": {}, **more}


def fsdump(files: dict[str, dict[str, Any]], **head: Any) -> str:
    """A document as pySim-shell prints it."""
    document = {"name": "UICC", "atr": ATR_SJA5, "eid": None, "iccid": "8949440000001155314", "aids": {}, **head}
    return json.dumps(document | {"files": files}, indent=4)


SMALL = {
    "MF/EF.ICCID": file("MF/EF.ICCID", body=ICCID),
    "MF/DF.GSM": file("MF/DF.GSM"),
    "MF/DF.GSM/EF.IMSI": file("MF/DF.GSM/EF.IMSI", body=IMSI),
    "MF/DF.GSM/EF.ACM": file("MF/DF.GSM/EF.ACM", body=ACM),
    "MF/DF.GSM/EF.SPN": file("MF/DF.GSM/EF.SPN", body=SPN),
    "MF/DF.GSM/EF.Kc": file(
        "MF/DF.GSM/EF.Kc", error={"sw_actual": "6982", "sw_expected": "9000", "message": "Security status"}
    ),
    "MF/DF.GSM/EF.CPBCCH": file("MF/DF.GSM/EF.CPBCCH", error={"sw_actual": "6a82", "sw_expected": "9000"}),
    "MF/ADF.USIM/EF.EHPLMN": file("MF/ADF.USIM/EF.EHPLMN", error={"sw_actual": "6984", "sw_expected": "9000"}),
}

EXPORT = f"""\
################################################################################
# MF                                                                           #
################################################################################
# directory: MF (3f00)
# file: MF (3f00)
# RAW FCP Template: 62308202782183023f00a50c8001718304000564508701018a01058c04261a0000c60f90017083010183018183010a83010b
# Decoded FCP Template: {{'file_descriptor': {{'file_descriptor_byte': {{'shareable': True}}}}}}
select MF
# MF(3f00) has no exportable contents
#
################################################################################
# MF/EF.ICCID                                                                  #
################################################################################
# directory: MF/EF.ICCID (3f00/2fe2)
# file: EF.ICCID (2fe2)
# structure: transparent
# RAW FCP Template: {FCP["MF/EF.ICCID"]}
select MF/EF.ICCID
update_binary {ICCID}
#
# directory: MF/DF.GSM/EF.IMSI (3f00/7f20/6f07)
# file: EF.IMSI (6f07)
# structure: transparent
# RAW FCP Template: {FCP["MF/DF.GSM/EF.IMSI"]}
select MF/DF.GSM/EF.IMSI
update_binary {IMSI}
#
# directory: MF/DF.GSM/EF.ACM (3f00/7f20/6f39)
# file: EF.ACM (6f39)
# structure: cyclic
# RAW FCP Template: {FCP["MF/DF.GSM/EF.ACM"]}
select MF/DF.GSM/EF.ACM
{chr(10).join(f"update_record {number} {row}" for number, row in enumerate(ACM, 1))}
#
# directory: MF/DF.GSM/EF.SPN (3f00/7f20/6f46)
# RAW FCP Template: {FCP["MF/DF.GSM/EF.SPN"]}
select MF/DF.GSM/EF.SPN
update_binary {SPN}
#
# directory: MF/DF.GSM/EF.Kc (3f00/7f20/6f20)
# file: EF.Kc (6f20)
# structure: transparent
select MF/DF.GSM/EF.Kc
# bad file: MF/DF.GSM/EF.Kc/EF.Kc, SW match failed! Expected 9000 and got 6982: Command not allowed - Security status
#
# directory: MF/DF.GSM/EF.CPBCCH (3f00/7f20/6f63)
# bad file: MF/DF.GSM/EF.CPBCCH/EF.CPBCCH, SW match failed! Expected 9000 and got 6a82: File not found
#
# directory: MF/ADF.USIM/EF.EHPLMN (3f00/a0000000871002/6fd9)
# file: EF.EHPLMN (6fd9)
select MF/ADF.USIM/EF.EHPLMN
# bad file: MF/ADF.USIM/EF.EHPLMN/EF.EHPLMN, SW match failed! Expected 9000 and got 6984: Referenced data invalidated
#
# directory: MF/ADF.ARA-M (3f00/a00000015141434c00)
# RAW FCP Template: None
select MF/ADF.ARA-M
aram_delete_all
#
################################################################################
# Export summary                                                               #
################################################################################
# total files visited: 346
# bad files:           3
#  MF/DF.GSM/EF.Kc/EF.Kc, SW match failed! Expected 9000 and got 6982: Command not allowed - Security status
"""


def fcps(session: Session, model: CardModel, image: CardImage) -> dict[FilePath, str]:
    """What the card answers to SELECT of every file of an image, in hex."""
    card_files, answers = CardFiles(session, model), {}
    for path in image.paths:
        card_files.enter(path.parent or path)
        answers[path] = session.select_fid(model.file(path).fid, fcp=True).hex()
        card_files.forget()
    return answers


def whole_fsdump(model: CardModel, image: CardImage, answers: dict[FilePath, str]) -> str:
    """What pySim would dump of a card with that content."""
    files: dict[str, dict[str, Any]] = {}
    for path, rows in bodies(image).items():
        body: Any = rows if model.file(path).type.has_records else rows[0]
        files[str(path)] = {"path": list(path.parts), "fcp_raw": answers[path], "body": body}
    return fsdump(files, atr=model.atrs[0].value.hex())


def whole_export(model: CardModel, image: CardImage, answers: dict[FilePath, str]) -> str:
    """The same as a script."""
    lines = []
    for path, rows in bodies(image).items():
        fids = "/".join(f"{model.file(part).fid:04x}" for part in way(path))
        lines += [f"# directory: {path} ({fids})", f"# RAW FCP Template: {answers[path]}", f"select {path}"]
        if model.file(path).type.has_records:
            lines += [f"update_record {number} {row}" for number, row in enumerate(rows, 1)]
        else:
            lines.append(f"update_binary {rows[0]}")
        lines.append("#")
    return "\n".join(lines) + "\n"


def bodies(image: CardImage) -> dict[FilePath, list[str]]:
    found: dict[FilePath, list[str]] = {}
    for unit, content in sorted(image.units.items()):
        found.setdefault(unit.path, []).append(content.data.hex())
    return found


def way(path: FilePath) -> list[FilePath]:
    """The directories from the MF down to the file, and the file."""
    return [*(way(path.parent) if path.parent is not None else []), path]
