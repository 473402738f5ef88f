"""Install parameters in words."""

from __future__ import annotations

from simtool.codec.install_parameters import InstallParameters
from simtool.gp.parameters_text import describe

TUTORIAL = "c900ef1cc80200ffc70200ffca1201000100150500000000000000000000" + "0000"


def test_uicc_parameters() -> None:
    toolkit = "01000f02" + "0101" + "0200" + "00" + "00" + "03b00105" + "00"
    access = "00" + "0100" + "00" + "07a0000000871002" + "0402010100" + "00"
    uicc = f"80{len(toolkit) // 2:02x}{toolkit}81{len(access) // 2:02x}{access}"
    rows = dict(describe(InstallParameters.decode(bytes.fromhex(f"c9020102ea{len(uicc) // 2:02x}{uicc}"))))
    assert rows["application (C9)"] == "0102"
    assert rows["toolkit menu"] == "position 1, identifier 1; position 2, identifier any"
    assert rows["toolkit TARs"] == "B00105"
    assert rows["toolkit services"] == "0"
    assert rows["access to the MF"] == "full"
    assert rows["access to A0000000871002"] == "PIN1 ADM1"


def test_the_tutorial_string() -> None:
    """System parameters of a SIM applet: full access, five menu entries, no TAR field."""
    rows = dict(describe(InstallParameters.decode(bytes.fromhex(TUTORIAL))))
    assert rows["non-volatile quota"] == "255 bytes"
    assert rows["SIM access domain"] == "full"
    assert rows["SIM toolkit menu"] == "; ".join(["last, identifier any"] * 5)
    assert "SIM toolkit TARs" not in rows
    assert rows["SIM toolkit security level"] == "empty"


def test_what_is_not_known_is_shown() -> None:
    rows = dict(describe(InstallParameters.decode(bytes.fromhex("c900ef04d7020100b600"))))
    assert (rows["object D7"], rows["object B6"]) == ("0100", "empty")
