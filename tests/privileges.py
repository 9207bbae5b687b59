"""Removes what root may do against the modes of its files, so that tests see refusals."""

from __future__ import annotations

import ctypes
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

VERSION = 0x20080522


@contextmanager
def without_capabilities() -> Iterator[None]:
    """Without the rights of this thread beyond what file modes allow their owner."""
    libc = ctypes.CDLL(None, use_errno=True)
    # The version and this thread; then the effective, permitted and inheritable sets, twice.
    header = (ctypes.c_uint32 * 2)(VERSION, 0)
    before = (ctypes.c_uint32 * 6)()
    assert libc.capget(header, before) == 0
    during = (ctypes.c_uint32 * 6)(*before)
    during[0] = during[3] = 0
    assert libc.capset(header, during) == 0
    try:
        yield
    finally:
        assert libc.capset(header, before) == 0
