"""A second Ctrl-C during a write: the wait ends, and the error names the keys in question."""

from __future__ import annotations

import asyncio
import gc
import signal
import threading
import time
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

import zarr
from tests.faults.test_cancelled_writes import KINDS, HeldMemory, made
from tests.interrupts import alarm
from tests.patience import HANG, in_thread, join, wait_for
from zarr import crud

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = [
    pytest.mark.usefixtures("few_requests"),
    pytest.mark.filterwarnings(
        "ignore::pytest.PytestUnraisableExceptionWarning", "ignore:coroutine .* was never awaited"
    ),
]


@pytest.fixture(autouse=True, scope="module")
def _collected() -> Iterator[None]:
    """Collect garbage here, so that it is not collected in a test of another module."""
    yield
    gc.collect()


def interrupted_twice(is_under_way: Callable[[], bool], work: Callable[[], object]) -> str:
    """Interrupt `work`, then its wait for the store; return the notes of its error."""
    noticed: list[float] = []

    def notice(*_: object) -> None:
        noticed.append(time.monotonic())
        raise KeyboardInterrupt

    def send() -> None:
        wait_for(is_under_way, "the requests")
        alarm(main, lambda: noticed)
        time.sleep(0.5)  # the second one is meant for the wait
        alarm(main, lambda: len(noticed) == 2)

    signal.signal(signal.SIGALRM, notice)
    main = threading.get_ident()
    sender = in_thread(send)
    with pytest.raises(KeyboardInterrupt) as caught:
        work()
    join(sender)
    assert len(noticed) == 2
    assert time.monotonic() - noticed[1] < HANG / 2
    return "\n".join(caught.value.__notes__)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("concurrency", [None, 3])
def test_the_error_names_the_keys_whose_values_are_unknown(
    engine: str, kind: type[Any], concurrency: int | None, tmp_path: Path
) -> None:
    """Catches a user who does not know what to write again."""
    array = asyncio.run(made(kind, engine, tmp_path))
    store = array.store_path.store
    most = zarr.config.get("async.concurrency")
    if engine == "reference" and concurrency is not None:
        most = concurrency
    options = crud.Options(concurrency=concurrency)
    write = partial(
        crud.write_region, array.metadata, store, ..., 2, engine=engine, options=options
    )
    said = interrupted_twice(lambda: len(store.begun) == most, write)
    assert len(store.begun) == most
    assert all(repr(key) in said for key in store.begun)
    store.go_on.set()


def test_one_key_is_named_too(engine: str, tmp_path: Path) -> None:
    """Catches a write of a single chunk that is treated differently."""
    array = asyncio.run(made(HeldMemory, engine, tmp_path))
    store = array.store_path.store
    write = partial(crud.write_region, array.metadata, store, (0, 0), 2, engine=engine)
    said = interrupted_twice(lambda: bool(store.begun), write)
    assert store.begun == ["c/0/0"]
    assert "'c/0/0'" in said
    store.go_on.set()
