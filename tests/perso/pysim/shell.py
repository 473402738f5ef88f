"""The few commands of pySim-shell that our scripts use, run on a card in software: what a script does.

Written from pySim's manual: `select` walks a path part by part from the MF, an application is selected by its AID, a
file by its identifier; an error ends nothing.
"""

from __future__ import annotations

from simtool.card.session import Session
from simtool.codec.apdu import CommandApdu
from simtool.errors import CardError

ADM = {"ADM1": 0x0A, "ADM2": 0x0B, "ADM3": 0x0C, "ADM4": 0x0D, "ADM5": 0x0E}
APPLICATIONS = {"ADF.USIM": "a0000000871002", "ADF.ISIM": "a0000000871004"}


class Shell:
    """`csv` is what pySim's card_data.csv holds about this card."""

    def __init__(self, session: Session, csv: dict[str, str]) -> None:
        self.errors: list[str] = []
        self._session = session
        self._csv = csv

    def run(self, script: str) -> None:
        for line in script.splitlines():
            words = line.split()
            if not words or words[0].startswith("#"):
                continue
            try:
                getattr(self, f"do_{words[0]}")(*words[1:])
            except CardError as error:
                self.errors.append(f"{line}: {error}")

    def do_select(self, path: str) -> None:
        for part in path.split("/"):
            if part == "MF":
                self._session.select_mf()
            elif part in APPLICATIONS:
                self._session.select_aid(bytes.fromhex(APPLICATIONS[part]))
            else:
                self._session.select_fid(int(part, 16))

    def do_verify_adm(self, option: str, name: str, *words: str) -> None:
        assert option == "--adm-type"
        text = words[-1] if words else self._csv[name]
        is_hex = words[:1] == ("--pin-is-hex",) or (not words and len(text) > 8)
        self._session.verify_pin(ADM[name], bytes.fromhex(text) if is_hex else text.encode().ljust(8, b"\xff"))

    def do_verify_chv(self, option: str, number: str, *words: str) -> None:
        assert option == "--pin-nr"
        text = words[0] if words else self._csv[f"PIN{number}"]
        assert text.isdecimal()
        self._session.verify_pin(int(number), text.encode().ljust(8, b"\xff"))

    def do_change_chv(self, option: str, number: str, new: str, old: str) -> None:
        assert option == "--pin-nr" and (new + old).isdecimal()
        values = (text.encode().ljust(8, b"\xff") for text in (old, new))
        self._session.change_pin(int(number), *values)

    def do_disable_chv(self, option: str, number: str, value: str) -> None:
        assert option == "--pin-nr" and value.isdecimal()
        self._session.disable_pin(int(number), value.encode().ljust(8, b"\xff"))

    def do_enable_chv(self, option: str, number: str, value: str) -> None:
        assert option == "--pin-nr" and value.isdecimal()
        self._session.enable_pin(int(number), value.encode().ljust(8, b"\xff"))

    def do_update_binary(self, *words: str) -> None:
        offset = int(words[1]) if words[0] == "--offset" else 0
        self._session.update_binary(bytes.fromhex(words[-1]), offset)

    def do_update_record(self, number: str, data: str) -> None:
        self._session.update_record(int(number), bytes.fromhex(data))

    def do_activate_file(self, name: str) -> None:
        self._session.activate_file(int(name, 16))

    def do_apdu(self, option: str, status: str, apdu: str) -> None:
        assert (option, status) == ("--expect-sw", "9000")
        self._session.transact(CommandApdu.decode(bytes.fromhex(apdu)), secret=True)
