"""What the GlobalPlatform commands have in common: the card, its keys, and the way to its security domain.

Keys never stand on the command line: they come from the card's record or from a key file that only its owner reads.
"""

from __future__ import annotations

import functools
import typing
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click

from simtool.cli.card_options import PRODUCT, READER, RECORD, TRACE, Desk, Handler
from simtool.errors import CodecError, InputError

if typing.TYPE_CHECKING:
    from simtool.card.session import Session
    from simtool.crypto.key_set import KeySet
    from simtool.files.product import CardModel
    from simtool.gp.domain import SecurityDomain
    from simtool.gp.secure_channel import SecureLink
    from simtool.perso.record import CardRecord

_PATH = click.Path(path_type=Path)
KEY_FILE = click.option("--key-file", type=_PATH, help="Key sets from a file that only you can read (key_sets: …).")
KEY_VERSION = click.option("--key-version", type=click.IntRange(1, 127), help="Which key set, where there are several.")
DIVERSIFICATION = click.option(
    "--diversification", default="none", show_default=True, type=click.Choice(["none", "emv", "visa2", "kdf3"]),
    help="The key file holds master keys; make the card's own from them.",
)  # fmt: skip
LEVEL = click.option(
    "--security-level", "level", default="01", show_default=True,
    type=click.Choice(["00", "01", "03", "10", "11", "13", "33"]),
    help="Protection of the channel: 01 MAC, 03 and encryption, 33 both ways.",
)  # fmt: skip
DOMAIN = click.option("--domain", "domain_aid", metavar="AID", help="Security domain; the issuer's without it.")
OPTIONS = (READER, PRODUCT, RECORD, KEY_FILE, KEY_VERSION, DIVERSIFICATION, LEVEL, DOMAIN, TRACE)


@dataclass(frozen=True, slots=True)
class DomainDesk:
    """One card, and how to speak with its security domain."""

    desk: Desk
    key_file: Path | None
    key_version: int | None
    diversification: str
    level: str
    domain_aid: str | None

    @contextmanager
    def open(
        self, *, keys_needed: bool = True, keys: KeySet | None = None
    ) -> Iterator[tuple[CardModel, SecurityDomain]]:
        """The card's product and its selected security domain, through a secure channel where there are keys.

        `keys` are the card's own that open it, in place of those of record and key file.
        Raises `InputError` when keys are needed and none are given, `RefusedError` when they do not fit.
        """
        from simtool.gp.domain import SecurityDomain, select_domain

        with self.desk.open() as (session, model):
            from simtool.perso.read import read_iccid

            iccid = read_iccid(session, model).digits
            keys = keys or self._keys(iccid, model)
            if keys is None and keys_needed:
                raise InputError(
                    "this needs the security domain's keys", hint="give --record FILE with key_sets, or --key-file FILE"
                )
            aid = select_domain(session, aid_of(self.domain_aid) if self.domain_aid else None)
            if keys is None:
                yield model, SecurityDomain(session)
                return
            spec = model.global_platform
            channel = self._channel(session, keys, iccid, aid)
            yield model, SecurityDomain(channel, limit=spec.max_load_block) if spec else SecurityDomain(channel)

    def _channel(self, session: Session, keys: KeySet, iccid: str, aid: bytes) -> SecureLink:
        from simtool.crypto.diversification import Diversification
        from simtool.gp.domain import SecurityDomain
        from simtool.gp.levels import SecurityLevel
        from simtool.gp.secure_channel import open_channel
        from simtool.perso.applications import protocol_options
        from simtool.perso.memory.attempts import Attempts
        from simtool.perso.memory.key_attempts import KeyAttempts
        from simtool.perso.memory.state_folder import state_folder

        return open_channel(
            session,
            keys,
            level=SecurityLevel(int(self.level, 16)),
            memory=KeyAttempts(Attempts(state_folder()), iccid),
            card=iccid,
            diversification=Diversification(self.diversification),
            options=protocol_options(SecurityDomain(session), keys),
            aid=aid or None,
        )

    def _keys(self, iccid: str, model: CardModel) -> KeySet | None:
        """The key set to open a channel with; None where none are given at all."""
        from simtool.perso.application_wish import opens_channel
        from simtool.perso.record import load_key_sets

        record = self.desk.record_of(iccid)
        if self.key_file is not None:
            sets = load_key_sets(self.key_file)
        elif record is not None:
            sets = record.key_sets
        else:
            return None
        if self.key_version is not None:
            sets = tuple(one for one in sets if one.version == self.key_version)
        else:
            sets = tuple(one for one in sets if opens_channel(model, one.version))
        place = str(self.key_file or self.desk.record_file)
        if not sets:
            wanted = f" of version {self.key_version}" if self.key_version else ""
            raise InputError(f"there is no key set{wanted} for a security domain", place=place, field="key_sets")
        if len(sets) > 1:
            versions = ", ".join(str(one.version) for one in sets)
            raise InputError(f"which key set: {versions}?", place=place, hint="name it with --key-version")
        return sets[0]

    def new_keys(self, version: int, file: Path | None) -> KeySet:
        """The set of this version that is to be put on the card: from `file`, else from the key file, else what the
        record has to come, or has. Raises `InputError` when there is none."""
        from simtool.perso.record import load_key_sets

        source = file or self.key_file
        if source is not None:
            sets = load_key_sets(source)
        else:
            record = self._record_of_card()
            sets = (*record.key_set_targets, *record.key_sets) if record is not None else ()
        found = next((one for one in sets if one.version == version), None)
        if found is None:
            place = str(source or self.desk.record_file or "")
            raise InputError(f"there is no key set of version {version} to put", place=place, field="key_sets")
        return found

    def _record_of_card(self) -> CardRecord | None:
        from simtool.perso.read import read_iccid

        with self.desk.open() as (session, model):
            return self.desk.record_of(read_iccid(session, model).digits)


def aid_of(text: str) -> bytes:
    """An AID from the command line. Raises `InputError`."""
    from simtool.perso.sections.fields import parse_aid

    return parsed("AID", text, parse_aid)


_T = typing.TypeVar("_T")


def parsed(name: str, text: typing.Any, parse: typing.Callable[[typing.Any], _T]) -> _T:
    """A value from the command line; what cannot be read becomes an `InputError` that names the option."""
    try:
        return parse(text)
    except CodecError as error:
        raise InputError(f"{name}: {error}") from None


def on_domain(function: Handler) -> Handler:
    """Give a command the options of a security domain, and the desk itself as `desk`."""

    @functools.wraps(function)
    def gather(
        *args: typing.Any,
        reader: str,
        product: str | None,
        record_file: Path | None,
        key_file: Path | None,
        key_version: int | None,
        diversification: str,
        level: str,
        domain_aid: str | None,
        trace: bool,
        **kwargs: typing.Any,
    ) -> typing.Any:
        card = Desk(reader, product, record_file, trace=trace)
        desk = DomainDesk(card, key_file, key_version, diversification, level, domain_aid)
        return function(*args, desk=desk, **kwargs)

    decorated: Handler = gather
    for option in reversed(OPTIONS):
        decorated = option(decorated)
    return decorated
