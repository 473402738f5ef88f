"""Blocks made by several processes at once, handed over in order, only a few ahead of their use.

Workers are started fresh, not forked: a copy of a process with open databases and threads cannot be trusted. What they
need, secrets included, goes to them through pipes and never touches a disk.
"""

from __future__ import annotations

import multiprocessing
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from typing import Any, TypeVar

WORTH_WORKERS = 40_000
"""Fewer records than this are made before other processes have even started."""
AHEAD = 2
_Result = TypeVar("_Result")
_job: Callable[[int, int], Any] | None = None


def in_order(
    job: Callable[[int, int], _Result], spans: Iterable[tuple[int, int]], *, workers: int
) -> Iterator[_Result]:
    """`job(start, count)` for each span, by `workers` other processes; by this one for 0. The job must be picklable."""
    if not workers:
        for start, count in spans:
            yield job(start, count)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, context, initializer=_keep, initargs=(job,)) as pool:
        waiting: deque[Future[_Result]] = deque()
        try:
            for start, count in spans:
                waiting.append(pool.submit(_do, start, count))
                if len(waiting) >= workers + AHEAD:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def _keep(job: Callable[[int, int], Any]) -> None:
    global _job
    _job = job


def _do(start: int, count: int) -> Any:
    if _job is None:
        raise RuntimeError("this worker was given no job")
    return _job(start, count)
