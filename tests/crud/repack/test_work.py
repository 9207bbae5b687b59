"""Errors in the work on units."""

from __future__ import annotations

import errno
from typing import Any

import pytest

from tests.crud.repack.cases import make
from zarr import crud
from zarr.core.buffer.cpu import Buffer
from zarr.crud._options import DEFAULT_OPTIONS
from zarr.crud._repack.ends import Ends
from zarr.crud._repack.work import Work, key_of
from zarr.storage import MemoryStore


def work(*, keep_going: bool, **wanted: Any) -> tuple[Any, MemoryStore, Any]:
    source, target = MemoryStore(), MemoryStore()
    make("3", source, sparse=False)
    plan = crud.repack_plan(source, target, path="a", **wanted)
    ends = Ends.of(plan.source, plan.target)
    made = Work(plan.arrays[0], ends, (), None, DEFAULT_OPTIONS, keep_going=keep_going)
    return made, source, (plan.arrays[0], ends)


def test_only_the_chunks_that_fail_are_lost() -> None:
    """Catches a block that is lost because of one chunk in it."""
    made, source, (array, _) = work(keep_going=True, compressors=())
    source._store_dict["a/c/1/0"] = Buffer.from_bytes(b"?")
    assert len(array.units) == 1
    done, failures = made(array.units[0])
    assert done.written == 8
    assert [failure.chunk for failure in failures] == [(1, 0)]


def test_an_error_is_the_stores_own_and_says_where() -> None:
    """Catches another exception in place of the store's, or one without a place."""
    made, source, (array, ends) = work(keep_going=False)
    del source._store_dict["a/c/0/1"]
    with pytest.raises(Exception, match="deleted from the source") as caught:
        made((0, 1))
    assert "array '', chunk (0, 1), key 'a/c/0/1'" in caught.value.__notes__[0]
    assert key_of(array, ends, (0, 1)) == "a/c/0/1"


def test_hopeless_errors_are_raised_always(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches work that goes on although the disk is full."""
    made, *_ = work(keep_going=True)
    error = OSError(errno.ENOSPC, "full")

    def fail(_: object) -> None:
        raise error

    monkeypatch.setattr(made, "_move", fail)
    with pytest.raises(OSError, match="full") as caught:
        made((0, 0))
    assert caught.value is error
