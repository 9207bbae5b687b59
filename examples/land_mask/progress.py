"""A progress line for work that goes through rows."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from time import perf_counter


def bands(height: int, step: int, what: str) -> Iterator[slice]:
    """Yield `height` rows in slices of `step`, and tell how far the work on them is."""
    # A terminal shows one line that moves; a log gets a new line every two seconds.
    interval, end = (0.1, "\r") if sys.stdout.isatty() else (2.0, "\n")
    began = told = perf_counter()
    for start in range(0, height, step):
        stop = min(start + step, height)
        yield slice(start, stop)
        now = perf_counter()
        if stop == height or now - told > interval:
            told = now
            last = "\n" if stop == height else end
            print(f"  {what}: {stop / height:4.0%} in {now - began:.1f} s", end=last, flush=True)
