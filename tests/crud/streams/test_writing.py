"""The state of a stream that is written."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest

import zarr
from tests.patience import HANG, in_thread, wait_for
from zarr import crud
from zarr.crud._document.cache import as_array_document
from zarr.crud._options import DEFAULT_OPTIONS
from zarr.crud._stores.location import locate
from zarr.crud._streams.pace import Pace
from zarr.crud._streams.writing import Target, Writing
from zarr.storage import MemoryStore


class Blocked(MemoryStore):
    """A store whose writes of chunks wait."""

    def __init__(self) -> None:
        super().__init__()
        self.begun: list[str] = []
        self.is_open = threading.Event()

    def set_sync(self, key: str, value: Any) -> None:
        if key.startswith("c/"):
            self.begun.append(key)
            assert self.is_open.wait(HANG)
        super().set_sync(key, value)


def writing_of(store: Any, ahead: int, calls: int = 1) -> Writing:
    array = zarr.create_array(store, shape=12, chunks=(2,), dtype="i2", compressors=None)
    target = Target(
        crud.get_backend("reference"),
        as_array_document(array.metadata),
        locate(store, ""),
        DEFAULT_OPTIONS,
    )
    return Writing(target, Pace(4, calls, calls, 4), ahead)


def item(number: int) -> tuple[Any, Any]:
    region = slice(2 * number, 2 * number + 2)
    return region, np.arange(2 * number, 2 * number + 2, dtype="i2")


def notes(error: BaseException) -> str:
    return "\n".join(error.__notes__)


def test_all_is_written_and_nothing_held_at_the_end() -> None:
    """Catches bytes that are counted twice, after which the producer waits for ever."""
    store = MemoryStore()
    writing = writing_of(store, 8)
    for number in range(6):
        writing.put(item(number))
        assert writing._held <= 8
    writing.finish()
    assert writing._held == 0
    array = zarr.open_array(store)
    assert np.array_equal(np.asarray(array[...]), np.arange(12))


def test_a_value_of_the_producer_is_copied_unless_it_is_made_anew() -> None:
    """Catches a second copy of a value that was converted, and none of one that was not."""
    target = writing_of({}, 8)._target
    given = np.arange(2, dtype="i2")
    for value, keep, shares in [
        (given, True, False),
        (given, False, True),
        (given.astype("f8"), True, False),
        ([1, 2], True, False),
    ]:
        kept = target.parsed(0, (slice(0, 2), value), keep=keep).item.value
        assert np.shares_memory(kept, given) is shares
        assert kept.dtype == given.dtype


def test_a_stop_drops_what_has_not_begun_and_waits_for_the_rest() -> None:
    """Catches writes that land after the error, and begun ones that are not waited for."""
    store = Blocked()
    writing = writing_of(store, 1000)
    for number in range(4):
        writing.put(item(number))
    wait_for(lambda: store.begun, "the first write")
    error = ValueError()
    thread = in_thread(lambda: writing.stop(error))
    threading.Event().wait(0.02)
    assert thread.is_alive()
    store.is_open.set()
    thread.join(HANG)
    assert store.begun == ["c/0"]
    assert "written: 0; not written: 1 to 3" in notes(error)


@pytest.mark.parametrize("second", [False, True])
def test_an_interrupt_of_the_stop_is_noted_too(second: bool) -> None:
    """Catches an exception without an account, because it came while others were waited for."""
    store = Blocked()
    writing = writing_of(store, 1000)
    writing.put(item(0))
    wait_for(lambda: store.begun, "the first write")
    interrupts = [KeyboardInterrupt("second"), KeyboardInterrupt("third")]
    wait = writing._jobs._join

    def interrupted(begun: Any) -> None:
        if len(interrupts) > (0 if second else 1):
            raise interrupts.pop(0)
        store.is_open.set()
        wait(begun)

    writing._jobs._join = interrupted  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt) as caught:
        writing.stop(KeyboardInterrupt("first"))
    assert caught.value.args == (("third",) if second else ("second",))
    assert "perhaps written in part: 0" in notes(caught.value)
    assert writing._jobs.cancellation.is_cancelled
    store.is_open.set()
