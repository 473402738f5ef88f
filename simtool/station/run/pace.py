"""How fast cards become good, how many of them do, and when the order will be filled. Pure: the time is given.

Cards are counted in buckets of some seconds, so that a fast bench does not fill the memory.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from simtool.station.events import CardDone, End
from simtool.station.view import Pace

WINDOW_SECONDS = 600.0
BUCKET_SECONDS = 5.0
SHORTEST_SECONDS = 10.0
HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Bucket:
    """How many cards became good in the `BUCKET_SECONDS` from `start` on."""

    start: float
    good: int


@dataclass(frozen=True, slots=True)
class Level:
    """How many good cards the whole batch had at a time, all stations together."""

    at: float
    good: int


@dataclass(frozen=True, slots=True)
class Track:
    """What is remembered to tell the pace. `began` is the time of this run's first card, None before it."""

    began: float | None = None
    buckets: tuple[Bucket, ...] = ()
    levels: tuple[Level, ...] = ()
    good: int = 0
    bad: int = 0


def with_card(track: Track, done: CardDone) -> Track:
    """One more card; those that were not touched or not finished do not count."""
    if done.end in (End.REJECTED, End.QUARANTINED):
        return replace(track, began=_began(track, done), bad=track.bad + 1)
    if done.end is not End.GOOD:
        return track
    start = done.at - done.at % BUCKET_SECONDS
    buckets = track.buckets
    if buckets and buckets[-1].start >= start:  # clocks of two processes: a little late is as good as now
        buckets = (*buckets[:-1], replace(buckets[-1], good=buckets[-1].good + 1))
    else:
        kept = (one for one in buckets if one.start > start - WINDOW_SECONDS)
        buckets = (*kept, Bucket(start, 1))
    return replace(track, began=_began(track, done), buckets=buckets, good=track.good + 1)


def with_level(track: Track, at: float, good: int) -> Track:
    """The batch's good cards as the inventory counts them now; at most one per bucket is kept."""
    if track.levels and at - track.levels[-1].at < BUCKET_SECONDS:
        return track
    kept = (one for one in track.levels if one.at > at - WINDOW_SECONDS)
    return replace(track, levels=(*kept, Level(at, good)))


def pace(track: Track, now: float, wanted: int | None) -> Pace:
    """This station's cards per hour over the last minutes, its part of good cards in this run, and the time left.

    `wanted` is how many good cards the order still needs (None: unknown). The time left goes by the pace of all
    stations together, where the inventory shows that others work too.
    """
    finished = track.good + track.bad
    share = track.good / finished if finished else 1.0
    own = _own_rate(track, now)
    if wanted is not None and wanted <= 0:
        return Pace(own * HOUR, share, 0.0)
    together = max(own, _batch_rate(track, now))
    eta = wanted / together if wanted is not None and together > 0 else None
    return Pace(own * HOUR, share, eta)


def _began(track: Track, done: CardDone) -> float:
    """The moment at which the first card came in."""
    return track.began if track.began is not None else done.at - max(0.0, done.busy)


def _own_rate(track: Track, now: float) -> float:
    """Good cards per second of this station."""
    if track.began is None:
        return 0.0
    since = max(track.began, now - WINDOW_SECONDS)
    good = sum(one.good for one in track.buckets if one.start + BUCKET_SECONDS > since)
    return good / max(now - since, SHORTEST_SECONDS)


def _batch_rate(track: Track, now: float) -> float:
    """Good cards per second of the whole batch."""
    levels = [one for one in track.levels if one.at > now - WINDOW_SECONDS]
    if not levels:
        return 0.0
    first, last = levels[0], levels[-1]
    return max(0, last.good - first.good) / max(now - first.at, SHORTEST_SECONDS)
