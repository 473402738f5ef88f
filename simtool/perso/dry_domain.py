"""A security domain that does not exist, for dry runs: it agrees to all under the keys of the plan it is given.

Commands and their number are those that a card gets; its answer to SELECT may be longer, by what it says of itself.
"""

from __future__ import annotations

from simtool.codec import tlv
from simtool.crypto import scp02, scp03
from simtool.crypto.diversification import DATA_LENGTH
from simtool.crypto.key_set import KeyCipher
from simtool.crypto.scp03 import MacMode
from simtool.gp.scp03 import Scp03Option
from simtool.gp.transact import CLA_GP, INS_DELETE, INS_INITIALIZE_UPDATE, INS_INSTALL, INS_LOAD, INS_SELECT
from simtool.perso.application_steps import OpenChannel

HEADER = 5
CONFIRMATION = b"\x00"  # no receipt (GlobalPlatform Card Specification §11.5.3.1)
_LAST_BLOCK = 0x80
_TAG_FCI, _TAG_DF_NAME = 0x6F, 0x84
_PROPERTIES = bytes.fromhex("a5049f6501ff")  # the longest command: what every card tells (§11.9.3.1)


class AgreeableDomain:
    """Answers as a card with these channels would; made-up challenges, right cryptograms."""

    def __init__(self, channels: tuple[OpenChannel, ...]) -> None:
        self._channels = channels

    def answer(self, tpdu: bytes) -> bytes:
        """The data that a security domain has to say to a command; nothing where it says 9000 or is not meant."""
        ins, data = tpdu[1], tpdu[HEADER:]
        for channel in self._channels:
            if ins == INS_SELECT and data == channel.aid:
                return tlv.encode(_TAG_FCI, tlv.encode(_TAG_DF_NAME, channel.aid) + _PROPERTIES)
            if ins == INS_INITIALIZE_UPDATE and tpdu[2] == channel.keys.version:
                return _update(channel, data)
        loaded = ins == INS_LOAD and tpdu[2] & _LAST_BLOCK
        confirms = tpdu[0] & CLA_GP and (ins in (INS_INSTALL, INS_DELETE) or loaded)
        return CONFIRMATION if self._channels and confirms else b""


def _update(channel: OpenChannel, host: bytes) -> bytes:
    """The answer to INITIALIZE UPDATE (§E.5.1.6; Amendment D §7.1.1.6)."""
    keys = channel.keys
    head = bytes(DATA_LENGTH) + bytes((keys.version,))
    if keys.cipher is KeyCipher.DES:
        counter = bytes(scp02.COUNTER_LENGTH)
        session = scp02.session_keys(keys, counter)
        challenge = scp02.card_challenge(session.c_mac, channel.aid)
        return head + b"\x02" + counter + challenge + scp02.card_cryptogram(session.enc, host, counter, challenge)
    options = channel.options or 0
    mode = MacMode.S16 if options & Scp03Option.S16 else MacMode.S8
    counter = bytes(scp03.COUNTER_LENGTH) if options & Scp03Option.PSEUDO_RANDOM else b""
    challenge = scp03.card_challenge(keys.enc, counter, channel.aid, mode) if counter else bytes(mode)
    mac = scp03.session_keys(keys, host, challenge).mac
    cryptogram = scp03.card_cryptogram(mac, host, challenge, mode)
    return head + bytes((3, options)) + challenge + cryptogram + counter
