"""Writers of one chunk in one process: threads, engines, and several objects of one store."""

from __future__ import annotations

import signal
import threading
import time
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import zarr
from tests.faults.support import Faults, array_of
from tests.patience import A_WHILE, HANG, in_thread, join
from zarr import crud
from zarr.storage import LocalStore, MemoryStore

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from zarr.abc.store import Store

ENGINES = ("reference", "zarrs")


class SlowLocalStore(LocalStore):
    """A subclass, so only key locks apply; slow, so that writers meet."""

    def get_sync(self, key: str, **options: Any) -> Any:
        found = super().get_sync(key, **options)
        time.sleep(0.0005)
        return found


class SlowMemoryStore(MemoryStore):
    """The same in memory."""

    def get_sync(self, key: str, **options: Any) -> Any:
        found = super().get_sync(key, **options)
        time.sleep(0.0005)
        return found


def memory_stores() -> Callable[[], Store]:
    """Several objects of one store in memory."""
    values: dict[str, Any] = {}
    return lambda: SlowMemoryStore(values)


@pytest.mark.parametrize("sharded", [False, True])
@pytest.mark.parametrize("kind", ["memory", "subclass", "local"])
def test_engines_and_store_objects_in_one_process_keep_every_element(
    kind: str, sharded: bool, tmp_path: Path
) -> None:
    """Catches locks that belong to one engine or one store object, and exclude nobody else."""
    in_memory = memory_stores()
    made: dict[str, Callable[[], Store]] = {
        "memory": in_memory,
        "subclass": lambda: SlowLocalStore(tmp_path),
        "local": lambda: LocalStore(tmp_path),
    }
    document = array_of(tmp_path, (16, 16), sharded=sharded)
    options = crud.Options(locking="threads")
    start = threading.Barrier(4)

    def write(number: int) -> None:
        store = made[kind]()
        start.wait()
        for at in range(number, 256, 4):
            engine = ENGINES[number % 2]
            crud.write_region(
                document,
                store,
                divmod(at, 16),
                at + 1,
                engine=engine,
                options=options,
                detached=True,
            )

    threads = [in_thread(partial(write, number)) for number in range(4)]
    join(*threads)
    found = crud.read_region(document, made[kind](), engine="zarrs")
    assert np.array_equal(found, np.arange(1, 257).reshape(16, 16))


class Gate(MemoryStore):
    """A store that blocks the first `set` until it is released."""

    def __init__(self) -> None:
        super().__init__()
        self.reached, self.go_on = threading.Event(), threading.Event()

    def set_sync(self, key: str, value: Any) -> None:
        if not self.reached.is_set():
            self.reached.set()
            assert self.go_on.wait(HANG)
        super().set_sync(key, value)


WRITERS: dict[str, Callable[[Any, Store], None]] = {
    "write_encoded_chunk": lambda document, store: crud.write_encoded_chunk(
        document, store, (0, 0), np.full((4, 4), 5, "i4").tobytes()
    ),
    "delete_chunk": lambda document, store: crud.delete_chunk(document, store, (0, 0)),
    "write_chunk": lambda document, store: crud.write_chunk(
        document, store, (0, 0), 5, engine="reference"
    ),
    "write_chunk, zarrs": lambda document, store: crud.write_chunk(
        document, store, (0, 0), 5, engine="zarrs"
    ),
}


def line(store: Store) -> crud.Document:
    zarr.create_array(store, shape=(4, 4), chunks=(4, 4), dtype="i4", compressors=None)
    return crud.read_metadata(store)


@pytest.mark.parametrize("writer", WRITERS)
def test_a_whole_chunk_is_not_undone_by_a_partial_write_that_began_before(
    engine: str, writer: str
) -> None:
    """Catches a whole write that does not wait for a partial one, which has read the old chunk and
    stores it again.
    """
    store = Gate()
    document = line(store)
    first = in_thread(lambda: crud.write_region(document, store, (0, 0), 1, engine=engine))
    assert store.reached.wait(HANG)
    whole = in_thread(lambda: WRITERS[writer](document, store))
    whole.join(A_WHILE)
    assert whole.is_alive()
    store.go_on.set()
    join(first, whole)
    found = np.asarray(crud.read_region(document, store))
    assert (found == (0 if writer == "delete_chunk" else 5)).all()


@pytest.mark.parametrize("writer", ["write_encoded_chunk", "delete_chunk"])
def test_encoded_chunks_and_deletions_wait_for_another_process(
    engine: str, writer: str, tmp_path: Path, faults: Faults
) -> None:
    """Catches verbs that replace a file without its lock."""
    root = tmp_path / "root"
    document = array_of(root, (4, 4), sharded=False)
    crud.write_region(document, root, (2, 2), 3)
    first = "crud.write_region(document, root, (0, 0), 1, engine=engine)"
    with faults.started(first, root, engine, "rename:STOP:c/0/0:0:1") as process:
        process.reach(process.has_stopped, "the first writer")
        whole = in_thread(lambda: WRITERS[writer](document, LocalStore(root)))
        whole.join(A_WHILE)
        assert whole.is_alive()
        process.go_on()
        join(whole)
    found = np.asarray(crud.read_region(document, root))
    assert (found == (0 if writer == "delete_chunk" else 5)).all()


def test_a_wait_for_another_thread_is_ended_by_an_interrupt(
    engine: str, tmp_path: Path, faults: Faults
) -> None:
    """Catches a wait that cannot be interrupted: the other thread may be stuck in its store."""
    array_of(tmp_path / "root", (4, 4), sharded=False)
    code = """
    class Stuck(MemoryStore):
        def set_sync(self, key, value):
            stuck.set()
            time.sleep(600)
    store, stuck = Stuck(), threading.Event()
    more = {"engine": engine, "detached": True}
    write = lambda index: crud.write_region(document, store, index, 1, **more)
    threading.Thread(target=write, args=((0, 0),), daemon=True).start()
    stuck.wait()
    try:
        print("waiting", flush=True)
        write((1, 1))
    except KeyboardInterrupt:
        print("interrupted")
    """
    with faults.started(code, tmp_path / "root", engine) as process:
        process.reach(process.out, "the first writer")
        time.sleep(A_WHILE)
        process.send_signal(signal.SIGINT)
        assert process.finish() == "waiting\ninterrupted\n"


def test_neighbours_do_not_wait_for_each_other(engine: str) -> None:
    """Catches a lock of the whole array, or of a group of its keys."""
    store = Gate()
    zarr.create_array(store, shape=8, chunks=4, dtype="i4", compressors=None)
    document = crud.read_metadata(store)
    held = in_thread(lambda: crud.write_region(document, store, 0, 1, engine=engine))
    assert store.reached.wait(HANG)
    crud.write_region(document, store, 4, 2, engine=engine)
    store.go_on.set()
    join(held)
    assert list(np.asarray(crud.read_region(document, store))) == [1, 0, 0, 0, 2, 0, 0, 0]
