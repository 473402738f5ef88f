"""Runs Py-GP, a GlobalPlatform library by other people, against the card in a reader. Started as a program.

    python py_gp_driver.py READER ISD SCP I VERSION KEY LEVEL CAPFILE PACKAGE MODULE INSTANCE

Prints one JSON object: the outcome of each step. Py-GP brings PC/SC bindings for Windows only; those of pyscard are the
same and take their place. It knows a helper that newer releases of `cryptography` no longer have, and gets a stand-in.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
import types

import cryptography.utils
from smartcard import scard


def pygp_modules() -> tuple[types.ModuleType, types.ModuleType]:
    """Py-GP's commands and its connection."""
    cryptography.utils.register_interface = lambda interface: lambda cls: cls  # type: ignore[attr-defined]
    stand_in = types.ModuleType("pygp.connection.pcsc")
    stand_in.__dict__.update({name: value for name, value in vars(scard).items() if not name.startswith("__")})
    sys.modules["pygp.connection.pcsc"] = stand_in
    import pygp.pygp  # noqa: F401

    return sys.modules["pygp.gp.gp_functions"], sys.modules["pygp.connection.connection"]


def run(arguments: list[str]) -> dict[str, object]:
    reader, isd, scp, i, version, key, level, cap_file, package, module, instance = arguments
    gp, connection = pygp_modules()
    done: dict[str, object] = {}

    def note(step: str, result: object) -> object:
        """A step's status, and what else it gave."""
        status, rest = (result[0], result[1:]) if isinstance(result, tuple) else (result, ())
        done[step] = str(status.get("errorCode"))
        return rest[0] if rest else None

    def registry(step: str, scope: str) -> object:
        """What GET STATUS tells; only its status word where Py-GP takes the R-MAC behind it for data objects."""
        if int(level, 16) & 0x30 == 0x10:
            return note(step, gp.send_APDU(f"80F2{scope}02024F00")[:1])
        return note(step, gp.get_status(scope))

    connection.establish_context()
    connection.card_connect(reader, scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1)
    note("select", gp.select_application(isd))
    cryptogram = note("initialize update", gp.initialize_update(version, None, key, key, key, scp, i))
    note("external authenticate", gp.external_authenticate(int(level, 16), cryptogram))
    done["issuer"] = registry("status of the issuer", "80")
    done["before"] = registry("status of files", "20")
    if int(level, 16) & 0x20 == 0:  # Py-GP deciphers answers without data, which nobody enciphers: LOAD fails there
        note("install for load", gp.install_load(package, ""))
        note("load", gp.load_blocks(cap_file, 100))
        note("install", gp.install_install(True, package, module, instance))
        done["after"] = registry("status of files and modules", "10")
        done["applications"] = registry("status of applications", "40")
        note("lock", gp.set_status("40", "80", instance))
        note("delete", gp.delete_application(instance, None))
        note("delete package", gp.delete_package(package, None))
        done["left"] = registry("status at the end", "20")
    return done


if __name__ == "__main__":
    with contextlib.redirect_stdout(io.StringIO()):
        outcome = run(sys.argv[1:])
    print(json.dumps(outcome))  # noqa: T201
