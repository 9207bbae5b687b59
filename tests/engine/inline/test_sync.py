"""Nodes are opened and created by the calling thread, if they have an engine and nothing waits."""

from __future__ import annotations

import asyncio
import gc
import os
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import zarr
from tests.interrupts import is_interrupted
from zarr._engine.inline import sync as inline
from zarr.core.sync import SyncError, sync
from zarr.storage import LoggingStore, MemoryStore

if TYPE_CHECKING:
    from pathlib import Path

MADE: dict[str, Any] = {"shape": (7, 5), "chunks": (3, 2), "dtype": "i2"}

PROGRAM = """
import sys, threading, warnings
import numpy as np
import zarr
warnings.simplefilter("ignore")
folder = sys.argv[1]
before = threading.enumerate()
made = dict(shape=(7, 5), chunks=(3, 2), dtype="i2")
for place in (folder, {}, zarr.storage.ZipStore(folder + ".zip", mode="w")):
    root = zarr.create_group(place, engine="zarrs")
    array = root.create_array("a/b", **made)
    root.require_array("a/b", shape=(7, 5), dtype="i2")
    root.create_group("g").attrs["x"] = 1
    root.require_group("g"), root.require_groups("g", "h")
    array.attrs["x"] = 1
    array.update_attributes({"y": 2})
    root.update_attributes({"y": 2})
    for name in ("zeros", "ones", "empty"):
        getattr(root, name)(name=name, shape=3)
    root.full(name="full", shape=3, fill_value=2)
    assert sorted(root) == ["a", "empty", "full", "g", "h", "ones", "zeros"], list(root)
    list(root.arrays()), list(root.groups()), root.members(max_depth=None), root.tree(), len(root)
    assert "a/b" in root and root["a/b"].shape == (7, 5) and root.get("none") is None
    if place is folder:
        zarr.zeros((3,), store=folder + "/z", engine="zarrs")
        zarr.create_array(folder + "/c", **made, engine="zarrs")
        del root["c"]
        for mode in ("r", "r+", "a"):
            zarr.open(folder, mode=mode, engine="zarrs")
            zarr.open_group(folder, mode=mode, engine="zarrs")
            zarr.open_array(folder, path="a/b", mode=mode, engine="zarrs")
        zarr.open_array(folder + "/w", mode="w", **made, engine="zarrs")
        dict(zarr.create_hierarchy(store=root.store, nodes={"n": root.metadata}, engine="zarrs"))
        with zarr.config.set({"array.engine": "zarrs"}):
            zarr.consolidate_metadata(folder)
            assert zarr.open_consolidated(folder)["a/b"].engine == "zarrs"
            zarr.group(folder), zarr.open_like(np.ones(3), "like", store=folder)
assert zarr.core.sync.loop == [None]
assert threading.enumerate() == before
zarr.open_array(folder, path="a/b", mode="r")
assert zarr.core.sync.loop != [None]
"""


def test_no_loop_and_no_thread_is_started(tmp_path: Path) -> None:
    """Catches a function or method that goes to zarr's event loop in spite of its engine."""
    command = [sys.executable, "-c", PROGRAM, str(tmp_path / "root")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether each call of `sync` was run inline."""
    seen: list[bool] = []
    native = inline.is_inline

    def is_inline(*arguments: Any) -> bool:
        seen.append(native(*arguments))
        return seen[-1]

    monkeypatch.setattr(zarr._engine, "is_inline", is_inline)
    return seen


class Own(MemoryStore):
    """A store of somebody else: its methods may wait."""


def test_other_stores_and_engines_have_zarrs_loop(ran: list[bool]) -> None:
    """Catches a store that is run on a loop that its objects do not belong to."""
    for store, engine in ((MemoryStore(), "zarr"), (MemoryStore(), None), (Own(), "zarrs")):
        zarr.create_array(store, name="a", **MADE, engine=engine)
        zarr.open_group(store, engine=engine)["a"].update_attributes({"x": 1})
    assert ran
    assert not any(ran)
    ran.clear()
    zarr.open_group(MemoryStore(), engine="zarrs").create_array("a", **MADE)
    zarr.zeros((3,), engine="zarrs")
    assert ran == [True, True, True]
    ran.clear()
    with zarr.config.set({"array.engine": "zarrs"}):
        zarr.open_group(MemoryStore())
        zarr.zeros((3,))
    assert ran == [True, False]


def test_a_timeout_or_a_loop_of_the_caller_is_followed(ran: list[bool]) -> None:
    """Catches a call that ignores how long it may take, or where it must run."""
    group = zarr.create_group(MemoryStore(), engine="zarrs")
    assert ran.pop()
    with zarr.config.set({"async.timeout": 100}):
        group.create_group("a")
    sync(group._async_group.getitem("a"), timeout=100)
    sync(group._async_group.getitem("a"), loop=zarr.core.sync._get_loop())
    assert ran == [False] * 3


@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited")
def test_a_call_on_the_thread_of_zarrs_loop_is_refused(tmp_path: Path) -> None:
    """Catches a call that works there with an engine, and hangs or fails with another store."""
    zarr.create_array(tmp_path, **MADE)

    async def opens() -> None:
        zarr.open_array(tmp_path, engine="zarrs")

    with pytest.raises(SyncError):
        sync(opens())
    # Upstream leaves the coroutine as it is; Python warns when it is collected.
    gc.collect()


def test_a_call_in_a_running_loop_works(tmp_path: Path, ran: list[bool]) -> None:
    """Catches a notebook in which nodes cannot be opened."""

    async def works() -> int:
        group = zarr.create_group(tmp_path, engine="zarrs")
        task = asyncio.current_task()
        group.create_array("a", **MADE)
        root: Any = zarr.open(tmp_path, engine="zarrs")
        assert root["a"].shape == (7, 5)
        assert asyncio.current_task() is task
        return await asyncio.sleep(0, 1)

    assert asyncio.run(works()) == 1
    assert ran
    assert all(ran)


def test_the_order_of_calls_is_zarrs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a document that is read twice, not at all, or in another order."""
    orders = []
    for inlined in (True, False):
        if not inlined:
            monkeypatch.setattr(zarr._engine, "is_inline", lambda *_: False)
        calls: list[str] = []
        store = Recorded(MemoryStore())
        store.calls = calls
        for recorded in (store, LoggingStore(MemoryStore())):
            group = zarr.create_group(recorded, engine="zarrs")
            array = group.create_array("a/b", **MADE)
            array.attrs["x"] = 1
            zarr.open_array(recorded, path="a/b", engine="zarrs")
            zarr.open(recorded, engine="zarrs")
            group.members(max_depth=None)
            del group["a"]
            if isinstance(recorded, LoggingStore):
                calls.extend(f"{name} {count}" for name, count in recorded.counter.items())
        orders.append(calls)
    assert orders[0] == orders[1]
    assert len(orders[0]) > 20


class Recorded(zarr.storage.WrapperStore[MemoryStore]):
    """Notes its calls; a subclass, which has zarr's loop."""

    calls: list[str]

    def with_read_only(self, read_only: bool = False) -> Recorded:
        """Keep the notes."""
        changed = super().with_read_only(read_only)
        changed.calls = self.calls
        return changed

    async def get(self, key: str, prototype: Any, byte_range: Any = None) -> Any:
        """Note it."""
        self.calls.append(f"get {key}")
        return await super().get(key, prototype, byte_range)

    async def set(self, key: str, value: Any) -> None:
        """Note it."""
        self.calls.append(f"set {key}")
        await super().set(key, value)


def test_threads_open_at_the_same_time(tmp_path: Path) -> None:
    """Catches loops that are shared among threads."""
    group = zarr.create_group(tmp_path, engine="zarrs")
    errors: list[BaseException] = []
    start = threading.Barrier(32)

    def work(number: int) -> None:
        try:
            start.wait()
            for turn in range(5):
                group.create_array(f"{number}/{turn}", **MADE, attributes={"n": number})
                found = zarr.open_array(tmp_path, path=f"{number}/{turn}", engine="zarrs")
                assert dict(found.attrs) == {"n": number}
        except BaseException as err:  # noqa: BLE001  # the test raises it
            errors.append(err)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(list(group)) == 32


def test_a_forked_child_works_at_once(tmp_path: Path) -> None:
    """Catches a loop or a lock that a child inherits."""
    group = zarr.create_group(tmp_path, engine="zarrs")

    async def forks() -> int:
        # In the middle of a coroutine, too.
        child = os.fork()
        if child == 0:
            code = 1
            try:
                group.create_array(str(os.getpid()), **MADE)[...] = 1
                root: Any = zarr.open(tmp_path, engine="zarrs")
                code = int(not np.all(root[str(os.getpid())][...]))
            finally:
                os._exit(code)
        return child

    children = [asyncio.run(forks()) for _ in range(4)]
    assert [os.waitpid(child, 0)[1] for child in children] == [0] * 4
    assert sorted(group) == sorted(map(str, children))


@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited", "ignore:unclosed file")
def test_an_interrupt_is_raised_and_everything_works_afterwards(tmp_path: Path) -> None:
    """Catches an interrupt that waits for the end, or leaves a loop behind."""
    group = zarr.create_group(tmp_path, engine="zarrs")
    made = 0

    def create() -> None:
        nonlocal made
        while True:
            group.create_array(f"a{made}", **MADE)
            made += 1

    assert is_interrupted(lambda: made > 20, create)
    # Python may be interrupted between making a coroutine, or opening a file, and passing it on.
    gc.collect()
    assert list(tmp_path.rglob("*.partial")) == []
    assert asyncio.events._get_running_loop() is None
    assert group.create_array("after", **MADE).shape == (7, 5)
    assert "after" in group


def test_a_call_within_a_call_works(tmp_path: Path) -> None:
    """Catches code that a call runs, and that cannot open nodes itself."""
    seen: list[Any] = []

    class Attributes(dict[str, Any]):
        def items(self) -> Any:
            seen.append(zarr.open_group({}, engine="zarrs"))
            return super().items()

    group = zarr.create_group(tmp_path / "group", attributes=Attributes(x=1), engine="zarrs")
    assert dict(group.attrs) == {"x": 1}
