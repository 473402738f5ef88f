"""simtool: turns SIM/USIM cards into an MVNO's product and proves that each one works.

The names below are the public library; they are loaded when first used, so that `import simtool` costs nothing::

    profile = simtool.Profile.load("profiles/full-mvno.yaml")
    record  = profile.issue(1)[0]
    with simtool.connect("soft:sysmoISIM-SJA5") as card:
        model   = simtool.identify(card)
        desired = simtool.render(profile, record, model)
        plan    = simtool.plan(simtool.read_image(card, model), desired, model)
        simtool.apply(plan, card)
        simtool.verify(card, desired, record)
"""

from __future__ import annotations

import importlib
import typing

if typing.TYPE_CHECKING:
    from simtool.card.session import Session
    from simtool.errors import SimtoolError
    from simtool.files.path import FilePath
    from simtool.files.product import CardModel
    from simtool.opening import connect, open_transport
    from simtool.perso.apply import EndState, Mismatch, Options, Report, apply, carry_out
    from simtool.perso.desired import DesiredCard
    from simtool.perso.forecast import forecast
    from simtool.perso.image import CardImage, Content, Unit
    from simtool.perso.memory.journal import Journals
    from simtool.perso.model import identify
    from simtool.perso.plan import Plan, plan
    from simtool.perso.profile import Profile
    from simtool.perso.proof import Proof, prove
    from simtool.perso.read import read_enabled_pins, read_image
    from simtool.perso.record import CardRecord, Credential, Subscription, load_records, save_records
    from simtool.perso.render import render
    from simtool.perso.verify import Verification, verify
    from simtool.perso.visit import Visit, visit

__version__ = "0.1.0.dev0"

__all__ = [
    "CardImage",
    "CardModel",
    "CardRecord",
    "Content",
    "Credential",
    "DesiredCard",
    "EndState",
    "FilePath",
    "Journals",
    "Mismatch",
    "Options",
    "Plan",
    "Profile",
    "Proof",
    "Report",
    "Session",
    "SimtoolError",
    "Subscription",
    "Unit",
    "Verification",
    "Visit",
    "__version__",
    "apply",
    "carry_out",
    "connect",
    "forecast",
    "identify",
    "load_records",
    "open_transport",
    "plan",
    "prove",
    "read_enabled_pins",
    "read_image",
    "render",
    "save_records",
    "verify",
    "visit",
]

_HOMES = {
    "simtool.card.session": ("Session",),
    "simtool.opening": ("connect", "open_transport"),
    "simtool.errors": ("SimtoolError",),
    "simtool.files.path": ("FilePath",),
    "simtool.files.product": ("CardModel",),
    "simtool.perso.apply": ("EndState", "Mismatch", "Options", "Report", "apply", "carry_out"),
    "simtool.perso.forecast": ("forecast",),
    "simtool.perso.image": ("CardImage", "Content", "Unit"),
    "simtool.perso.memory.journal": ("Journals",),
    "simtool.perso.model": ("identify",),
    "simtool.perso.plan": ("Plan", "plan"),
    "simtool.perso.profile": ("Profile",),
    "simtool.perso.proof": ("Proof", "prove"),
    "simtool.perso.read": ("read_enabled_pins", "read_image"),
    "simtool.perso.record": ("CardRecord", "Credential", "Subscription", "load_records", "save_records"),
    "simtool.perso.desired": ("DesiredCard",),
    "simtool.perso.render": ("render",),
    "simtool.perso.verify": ("Verification", "verify"),
    "simtool.perso.visit": ("Visit", "visit"),
}


def __getattr__(name: str) -> object:
    for module, exported in _HOMES.items():
        if name in exported:
            value: object = vars(importlib.import_module(module))[name]
            globals()[name] = value
            return value
    raise AttributeError(f"module 'simtool' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
