"""From class and instruction to the handler and the logical channel (TS 102 221 §10.1.1, §10.1.2)."""

from __future__ import annotations

from simtool.files.product import CardModel
from simtool.softcard import status as sw
from simtool.softcard.channel import MAX_CHANNEL
from simtool.softcard.commands import (
    admin,
    authenticate,
    channels,
    files,
    gsm,
    identity,
    objects,
    pins,
    records,
    responses,
    select,
    suspend,
    toolkit,
    vendor,
)
from simtool.softcard.commands.base import Case, ClassGroup, Handler, Route

GSM_CLASS = 0xA0
UICC, GSM = "uicc", "gsm"

TABLES: tuple[tuple[Route, ...], ...] = (
    select.ROUTES,
    files.ROUTES,
    records.ROUTES,
    pins.ROUTES,
    responses.ROUTES,
    authenticate.ROUTES,
    channels.ROUTES,
    objects.ROUTES,
    admin.ROUTES,
    toolkit.ROUTES,
    identity.ROUTES,
    suspend.ROUTES,
    gsm.ROUTES,
)

RoutingTable = dict[int, tuple[Handler, int, Case]]
"""CLA and INS as one number to handler, channel and case."""


def class_bytes(group: ClassGroup) -> list[tuple[int, int]]:
    """Class bytes of a group with their channel, without secure messaging: 0 to 3 in X0 to X3, 4 to 19 in 4X and CX."""
    if group is ClassGroup.GSM:
        return [(GSM_CLASS, 0)]
    bases = []
    if group is not ClassGroup.PROPRIETARY:
        bases.append((0x00, 0x40))
    if group is not ClassGroup.INTERINDUSTRY:
        bases.append((0x80, 0xC0))
    found = []
    for low, high in bases:
        found += [(low | number, number) for number in range(4)]
        found += [(high | number - 4, number) for number in range(4, MAX_CHANNEL + 1)]
    return found


def build(model: CardModel) -> RoutingTable:
    """The table of a product: what its classes (`uicc`, `gsm`) have, and commands of its own."""
    table: RoutingTable = {}
    for route in _routes(model.classes):
        for cla, channel in class_bytes(route.group):
            table[cla << 8 | route.ins] = (route.handler, channel, route.case)
    for key, commands in vendor.headers(model.commands).items():
        table[key] = (vendor.handler_for(key, commands, table.get(key)), 0, Case.EITHER)
    return table


def _routes(classes: tuple[str, ...]) -> list[Route]:
    return [
        route for routes in TABLES for route in routes if (GSM if route.group is ClassGroup.GSM else UICC) in classes
    ]


def refusal(cla: int, ins: int, classes: tuple[str, ...], table: RoutingTable) -> bytes:
    """Why no handler fits: 6E00, 6882 and 6884 for the class, 6D00 for the instruction (TS 102 221 §10.2.1.5)."""
    if cla == GSM_CLASS:
        return sw.WRONG_INSTRUCTION if GSM in classes else sw.WRONG_CLASS
    if UICC not in classes or cla & 0xF0 in (0x20, 0x30, 0xA0, 0xB0, 0xD0, 0xF0):
        return sw.WRONG_CLASS
    if cla & 0xF0 in (0x10, 0x50, 0x70, 0x90):
        return sw.CHAINING_NOT_SUPPORTED
    if cla & 0xF0 in (0x60, 0xE0) or (not cla & 0x40 and cla & 0x0C):
        return sw.SECURE_MESSAGING_NOT_SUPPORTED
    other = (cla ^ 0x80) << 8 | ins
    return sw.WRONG_CLASS if other in table else sw.WRONG_INSTRUCTION
