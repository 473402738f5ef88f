"""Real readers, by PC/SC. Only this package talks to the service, and only its module `api` imports pyscard."""

from __future__ import annotations

from simtool.card.pcsc.details import ReaderDetails, ReaderName, reader_details, split_name
from simtool.card.pcsc.link import PcscTransport, ReaderLimits, open_reader
from simtool.card.pcsc.readers import ReaderInfo, find_reader, list_readers
from simtool.card.pcsc.watch import ReaderState, ReaderWatch

__all__ = [
    "PcscTransport", "ReaderDetails", "ReaderInfo", "ReaderLimits", "ReaderName", "ReaderState", "ReaderWatch",
    "find_reader", "list_readers", "open_reader", "reader_details", "split_name",
]  # fmt: skip
