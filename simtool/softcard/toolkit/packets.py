"""Secured packets for applets: from the card's receiving entity to the toolkit (TS 31.130 §6.2, TS 31.115)."""

from __future__ import annotations

from simtool.softcard import secured_packets
from simtool.softcard.secured_packets import SecuredPackets
from simtool.softcard.toolkit.sms import Opened, PacketOpener, Refused


def opener(packets: SecuredPackets) -> PacketOpener:
    """Applets see what has passed, in plain; their answer goes into the proof of receipt."""

    def open_packet(packet: bytes) -> Opened | Refused:
        result = packets.open(packet)
        if isinstance(result, secured_packets.Opened):
            return Opened(result.tar, result.packet, result.response, result.answers.by_submit)
        return Refused(result.response, result.by_submit)

    return open_packet
