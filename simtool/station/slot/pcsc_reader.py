"""A slot's reader by PC/SC: found by what the bench says of it, and found again when it or the service was gone."""

from __future__ import annotations

from simtool.card.pcsc import PcscTransport, ReaderState, ReaderWatch
from simtool.errors import ReaderError
from simtool.station.bench.bench import SlotSpec
from simtool.station.bench.matching import match_slot, reader_limits


class PcscReader:
    """A `SlotReader`. Everything in it begins anew after an error."""

    def __init__(self, slot: SlotSpec) -> None:
        self._slot = slot
        self._watch: ReaderWatch | None = None

    def now(self) -> ReaderState:
        try:
            return self._found().now()
        except ReaderError:
            self.close()
            raise

    def wait(self, seconds: float) -> ReaderState:
        try:
            if self._watch is None:
                return self._found().now()
            return self._watch.wait(seconds)
        except ReaderError:
            self.close()
            raise

    def open(self) -> PcscTransport:
        """As `SlotReader.open`. Raises `RefusedError`, too, for a card beyond the reader's limits."""
        return PcscTransport(self._found().name, limits=reader_limits(self._slot))

    def close(self) -> None:
        if self._watch is not None:
            self._watch.close()
            self._watch = None

    def _found(self) -> ReaderWatch:
        """Raises `ReaderError`, with the reason why there is no reader for the slot."""
        if self._watch is None:
            match = match_slot(self._slot)
            if not match.reader:
                raise ReaderError(match.problem, hint="plug it in; simtool readers shows what is there")
            self._watch = ReaderWatch(match.reader)
        return self._watch
