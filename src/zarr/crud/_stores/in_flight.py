"""How many requests are in flight at a time in stores that answer after a while."""

from __future__ import annotations

from operator import index as as_int
from typing import Final

from zarr.core.config import config

KEY: Final = "array.requests_in_flight"

_UPSTREAM: Final = "async.concurrency"

_DEFAULT: Final = 128

# Upstream's defaults are the first that the configuration has.
_UPSTREAMS_DEFAULT: Final[int] = config.defaults[0]["async"]["concurrency"]

# A server, and the memory of this process, would give up long before.
_MOST: Final = 1 << 20


def requests_in_flight() -> int:
    """Return the most requests in flight: of a process over the network, else of a call.

    What is set for the engines has precedence. Next comes zarr-python's own setting, if somebody
    has changed it.

    Raises
    ------
    ValueError
        The setting is not a number from 1 to 2**20.
    """
    given = config.get(KEY, None)
    if given is None:
        concurrency = config.get(_UPSTREAM)
        if concurrency is None or concurrency == _UPSTREAMS_DEFAULT:
            return _DEFAULT
        return max(1, min(_MOST, int(concurrency)))
    try:
        number = as_int(given)
    except TypeError:
        number = 0
    if not 1 <= number <= _MOST:
        raise ValueError(f"{KEY} is {given!r}; use a number of requests from 1 to 2**20, or None")
    return number
