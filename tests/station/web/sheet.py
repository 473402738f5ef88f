"""A first article's sheet, as the bench would have made it."""

from __future__ import annotations

import base64
import struct
import zlib

from simtool.station.article.sheet import ArticleSheet, BrandView, NamedValue, ProofRow, ScriptRow, UnitRow


def picture(width: int = 180, height: int = 320) -> bytes:
    """A plain PNG in two colours."""
    rows = b"".join(
        b"\0" + (b"\x1d\x4e\x89" if line < height // 4 else b"\xf4\xf6\xf8") * width for line in range(height)
    )
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    )
    body = b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )
    return b"\x89PNG\r\n\x1a\n" + body


def sheet(batch: str, customer: str, iccid: str) -> ArticleSheet:
    return ArticleSheet(
        batch=batch, customer=customer, quantity=20, profile="spring26.yaml", product="sysmoISIM-SJA5",
        vendor="sysmocom", atr="3b9f96801f878031e073fe211b674a4c7531302b", chip="8988211000000123457",
        iccid=iccid, digest="d1" * 32, made_by="olga", made_at="2026-11-25T07:12:40+00:00", station="bench-1",
        numbers=(
            NamedValue("ICCID", iccid), NamedValue("IMSI", "001010000000101"), NamedValue("MSISDN", "+88228000101"),
        ),
        units=(
            UnitRow("MF/EF.ICCID", 10, "98494400000051551310", iccid, "record"),
            UnitRow("ADF.USIM/EF.IMSI", 9, "080910100000001010", "001010000000101", "record"),
            UnitRow("ADF.USIM/EF.SPN", 17, "01" + "41434d45".ljust(32, "f"), "ACME\nshown with the PLMN", "brand.spn"),
            UnitRow("ADF.USIM/EF.AUTHKEYS", 33, "", "", "authentication", secret=True),
        ),
        script=(
            ScriptRow("MF/EF.ICCID", "{iccid}", "identity.iccid"),
            ScriptRow("ADF.USIM/EF.IMSI", "{imsi}", "identity.imsi"),
            ScriptRow("ADF.USIM/EF.AUTHKEYS", "Milenage with {key} and {opc}", "authentication"),
        ),
        proofs=(
            ProofRow("USIM", "AKA", True, "RES, CK and IK as computed, SQN 32"),
            ProofRow("USIM", "GSM", True, "SRES and Kc as computed"),
        ),
        check_values=(NamedValue("Ki", "7a1f22"), NamedValue("OPc", "0c9be1")),
        units_compared=148, content_ok=True,
        brand=BrandView(text="ACME Mobile\n  Menu", png=base64.b64encode(picture()).decode()),
        label=(NamedValue("ICCID", iccid), NamedValue("PUK", "********")), seconds=9.3,
    )  # fmt: skip
