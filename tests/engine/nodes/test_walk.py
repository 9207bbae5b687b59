"""The members of groups that have an engine."""

from __future__ import annotations

import asyncio
import json
import warnings
from contextlib import nullcontext, suppress
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

import zarr
from tests.engine.nodes.slow_stores import RoundStore
from tests.engine.upstreams_answer import outcome
from zarr.core.buffer import cpu
from zarr.core.sync import sync
from zarr.crud._stores.in_flight import requests_in_flight
from zarr.storage import LocalStore, LoggingStore, MemoryStore

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from zarr.abc.store import Store

pytestmark = pytest.mark.filterwarnings("ignore:Consolidated metadata is currently not part")


def text(document: Any) -> bytes:
    """A stored document."""
    return json.dumps(document).encode()


def array_3(**members: Any) -> bytes:
    """The document of an array of format 3."""
    made = zarr.create_array({}, shape=(7, 5), chunks=(3, 2), dtype="i2").metadata
    return text(made.to_dict() | members)


GROUP_3 = {"zarr_format": 3, "node_type": "group", "attributes": {"a": 1}}
ARRAY_2 = {
    "zarr_format": 2,
    "shape": [7],
    "chunks": [3],
    "dtype": "<i2",
    "fill_value": 0,
    "order": "C",
    "filters": None,
    "compressor": None,
}
INLINE = {"kind": "inline", "must_understand": False}
COPIES = {**INLINE, "metadata": {"n": json.loads(array_3()), "only": json.loads(array_3())}}
FILES: dict[str, list[bytes]] = {
    "zarr.json": [
        *(array_3(), array_3(attributes={"b": 2}), text(GROUP_3), text(GROUP_3), text(GROUP_3)),
        *(text(GROUP_3 | {"consolidated_metadata": COPIES}), array_3(data_type="nonsense")),
        *(text({"zarr_format": 3}), text({"node_type": "array"}), b"{", b"", text([])),
    ],
    ".zarray": [text(ARRAY_2), text(ARRAY_2), text({"zarr_format": 2, "shape": [1]}), b"{"],
    ".zgroup": [text({"zarr_format": 2}), text({"zarr_format": 2}), b"[]"],
    ".zattrs": [text({"c": 3}), text({}), b"{"],
    ".zmetadata": [text({"zarr_consolidated_format": 1, "metadata": {}})],
    "c/0": [b"chunk"],
    "0.0": [b"chunk"],
    "stray": [b""],
}
SOUND = {name: FILES[name][:2] for name in (".zarray", ".zgroup", ".zattrs", "stray", "c/0")} | {
    "zarr.json": FILES["zarr.json"][:6]
}
NAMES = ["n", "m", "é", "a b", "%20", "zarr.json", "x.y"]
folders = st.lists(st.sampled_from(NAMES), min_size=1, max_size=4).map("/".join)


def values(files: dict[str, list[bytes]], most: int = 14) -> st.SearchStrategy[dict[str, bytes]]:
    """Stored keys below some folders, of which any may be missing."""
    names = sorted(files)
    one = st.sampled_from([(name, value) for name in names for value in files[name]])
    entry = st.tuples(folders, one).map(lambda found: (f"{found[0]}/{found[1][0]}", found[1][1]))
    return st.lists(entry, max_size=most).map(dict)


def fill(store: Store, keys: dict[str, bytes], zarr_format: int) -> None:
    """Store values below a group."""
    root = (
        {"zarr.json": text(GROUP_3)} if zarr_format == 3 else {".zgroup": text({"zarr_format": 2})}
    )
    for key, value in {**root, **keys}.items():
        # A disk has no key with keys below it.
        with suppress(OSError) if isinstance(store, LocalStore) else nullcontext():
            sync(store.set(key, cpu.Buffer.from_bytes(value)))


def shown(node: Any) -> Any:
    """What a node tells of itself, but its engine."""
    one = getattr(node, "_async_array", getattr(node, "_async_group", node))
    return (type(node), node.name, node.store_path, repr(one.metadata), one.metadata.zarr_format)


def members(store: Store, zarr_format: Any, engine: str | None, **options: Any) -> Any:
    """The names and nodes below the root, or the error, and the warnings; sorted."""

    def walk() -> Any:
        group = zarr.open_group(store, mode="r+", zarr_format=zarr_format, engine=engine)

        async def collect() -> list[Any]:
            return [one async for one in group._async_group.members(**options)]

        return sorted((path, repr(shown(node))) for path, node in sync(collect()))

    found = outcome(walk)
    return found._replace(warned=sorted(found.warned, key=repr))


MAKERS: dict[str, Callable[[Path], Store]] = {
    "memory": lambda _: MemoryStore(),
    "local": LocalStore,
    "asynchronous": lambda _: RoundStore(),
    "wrapped": lambda _: LoggingStore(MemoryStore(), log_level="CRITICAL"),
}


@pytest.mark.parametrize("kind", MAKERS)
@given(
    keys=values(SOUND),
    zarr_format=st.sampled_from([2, 3]),
    max_depth=st.sampled_from([0, 1, 2, None]),
    trusts=st.booleans(),
)
def test_members_are_upstreams(
    kind: str,
    tmp_path_factory: pytest.TempPathFactory,
    keys: dict[str, bytes],
    zarr_format: int,
    max_depth: int | None,
    trusts: bool,
) -> None:
    """Catches a node, a path, or a warning that is missing or superfluous."""
    store = MAKERS[kind](tmp_path_factory.mktemp("store"))
    fill(store, keys, zarr_format)
    options = {"max_depth": max_depth, "use_consolidated_for_children": trusts}
    expected = members(store, zarr_format, None, **options)
    assert expected.error is None
    assert members(store, zarr_format, "zarrs", **options) == expected


@given(
    keys=values(SOUND),
    damaged=values({name: FILES[name][-5:] for name in FILES if name != ".zmetadata"}, most=1),
    zarr_format=st.sampled_from([2, 3]),
)
def test_a_damaged_member_is_upstreams_error(
    keys: dict[str, bytes], damaged: dict[str, bytes], zarr_format: int
) -> None:
    """Catches damage that is skipped, or other damage that is an error."""
    store = MemoryStore()
    fill(store, keys | damaged, zarr_format)
    native = members(store, zarr_format, None, max_depth=None)
    found = members(store, zarr_format, "zarrs", max_depth=None)
    assert found.error == native.error
    if native.error is None:
        assert found == native


@pytest.mark.parametrize("zarr_format", [2, 3])
def test_the_waits_are_levels_and_not_nodes(zarr_format: Any) -> None:
    """Catches nodes that are read one after the other, or more at once than are allowed."""
    store = RoundStore()
    with zarr.config.set({"array.engine": "zarr"}):
        group = zarr.create_group(store, zarr_format=zarr_format)
        for n in range(12):
            for name in "abcdefghij":
                group.create_array(f"g{n}/{name}", shape=7, dtype="i2")
    opened = zarr.open_group(store, mode="r+", zarr_format=zarr_format, engine="zarrs")
    with zarr.config.set({"array.requests_in_flight": 30}):
        store.reset()
        found = opened.members(max_depth=None)
    assert len(found) == 132
    requests = len(store.keys)
    assert store.most == 30
    # A list and the documents of each level; format 2 has two documents or three.
    assert requests <= 13 + 132 * (1 if zarr_format == 3 else 3)
    assert store.rounds <= 2 * 2 + (requests + 29) // 30 + (zarr_format == 2)
    store.reset()
    assert len(opened.members()) == 12
    assert store.most <= requests_in_flight()
    assert store.rounds == 2


def test_each_key_is_requested_once() -> None:
    """Catches a document that is read twice, or one of a format that the group has not."""
    store = RoundStore()
    with zarr.config.set({"array.engine": "zarr"}):
        group = zarr.create_group(store)
        for name in ("x", "g/y"):
            group.create_array(name, shape=7, dtype="i2")
    opened = zarr.open_group(store, mode="r+", zarr_format=3, engine="zarrs")
    store.reset()
    opened.members(max_depth=None)
    assert sorted(store.keys) == sorted(["/", "x/zarr.json", "g/zarr.json", "g/", "g/y/zarr.json"])
    opened.members(max_depth=0)
    assert sorted(store.keys[5:]) == sorted(["/", "x/zarr.json", "g/zarr.json"])


@pytest.mark.parametrize("engine", ["zarrs", "reference", "auto"])
def test_members_have_the_engine_of_the_group(engine: str) -> None:
    """Catches a member, at any depth, that another engine would read."""
    store = MemoryStore()
    zarr.create_group(store).create_array("a/b/c", shape=7, dtype="i2")
    group = zarr.open_group(store, mode="r+", engine=engine)
    assert {node.engine for _, node in group.members(max_depth=None)} == {engine}
    assert {array.engine for _, array in group["a/b"].arrays()} == {engine}  # type: ignore[union-attr]
    with zarr.config.set({"array.engine": engine}):
        assert [node.engine for _, node in zarr.open_group(store).members()] == [engine]


def test_a_generator_that_is_closed_leaves_no_request() -> None:
    """Catches requests that go on after the caller has stopped to ask."""
    store = RoundStore()
    with zarr.config.set({"array.engine": "zarr"}):
        for n in range(20):
            zarr.create_array(store, name=f"g{n}/a", shape=7, dtype="i2")

    async def first() -> set[Any]:
        group = await zarr.api.asynchronous.open_group(store, mode="r+", engine="zarrs")
        found = group.members(max_depth=None)
        await anext(found)
        assert store.waiting == 0
        await found.aclose()
        store.reset()
        await asyncio.sleep(0)
        return asyncio.all_tasks() - {asyncio.current_task()}

    assert asyncio.run(first()) == set()
    assert store.keys == []


def test_a_cancelled_walk_leaves_no_request() -> None:
    """Catches tasks of a cancelled call that wait for the store, or ask it for more."""
    store = RoundStore()
    with zarr.config.set({"array.engine": "zarr"}):
        for n in range(20):
            zarr.create_array(store, name=f"a{n}", shape=7, dtype="i2")

    async def cancel() -> None:
        group = await zarr.api.asynchronous.open_group(store, mode="r+", engine="zarrs")
        store.is_silent = True
        store.reset()

        async def all_members() -> Any:
            return [one async for one in group.members()]

        task = asyncio.create_task(all_members())
        while store.waiting == 0:
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert store.waiting == 0
        asked = len(store.keys)
        store.is_silent = False
        for _ in range(100):
            await asyncio.sleep(0)
        assert len(store.keys) == asked

    asyncio.run(cancel())


def test_the_stores_error_is_the_callers_and_ends_the_walk() -> None:
    """Catches another object than the store's error, or requests that go on after it."""
    failure = PermissionError("no")

    class Failing(RoundStore):
        async def get(self, key: str, *args: Any, **options: Any) -> Any:
            found = await super().get(key, *args, **options)
            if key.startswith("a7/"):
                raise failure
            return found

    store = Failing()
    with zarr.config.set({"array.engine": "zarr"}):
        root = zarr.create_group(store)
        for n in range(20):
            if n != 7:
                root.create_array(f"a{n}", shape=7, dtype="i2")
    sync(store.set("a7/c/0", cpu.Buffer.from_bytes(b"")))
    group = zarr.open_group(store, mode="r+", zarr_format=3, engine="zarrs")
    with pytest.raises(PermissionError) as found:
        group.members()
    assert found.value is failure
    assert store.waiting == 0


def test_members_that_vanish_meanwhile_are_no_nodes() -> None:
    """Catches a walk that fails because a member was deleted after it was listed."""

    class Vanishing(RoundStore):
        async def list_dir(self, prefix: str) -> Any:
            async for name in super().list_dir(prefix):
                yield name
            await self.delete("gone/zarr.json")

    store = Vanishing()
    with zarr.config.set({"array.engine": "zarr"}):
        for name in ("gone", "stays"):
            zarr.create_array(store, name=name, shape=7, dtype="i2")
    group = zarr.open_group(store, mode="r+", zarr_format=3, engine="zarrs")
    with pytest.warns(zarr.errors.ZarrUserWarning, match="Object at gone is not recognized"):
        assert [name for name, _ in group.members()] == ["stays"]


def test_a_warning_comes_from_upstreams_module() -> None:
    """Catches warnings that a filter for upstream's module no longer catches."""
    store = MemoryStore()
    zarr.create_group(store)
    sync(store.set("stray", cpu.Buffer.from_bytes(b"")))
    for engine in ("zarr", "zarrs"):
        group = zarr.open_group(store, mode="r+", engine=engine)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("error")
            warnings.filterwarnings("always", module=r"zarr\.core\.group")
            group.members()
        assert len(caught) == 1
        assert caught[0].filename.endswith("group.py")


def test_a_group_of_another_class_finds_its_members_itself() -> None:
    """Catches a walk that passes by the method of a subclass."""

    class Own(zarr.AsyncGroup):
        async def getitem(self, key: str) -> Any:
            asked.append(key)
            return await super().getitem(key)

    asked: list[str] = []
    store = MemoryStore()
    zarr.create_group(store).create_array("x", shape=7, dtype="i2")
    group = zarr.open_group(store, engine="zarrs")._async_group
    own = Own(group.metadata, group.store_path, group.member_engine)

    async def collect() -> list[str]:
        return [name async for name, _ in own.members()]

    assert sync(collect()) == asked == ["x"]


def test_a_patched_getitem_is_called() -> None:
    """Catches a count of zero in tests of other packages that count the calls of the method."""
    store = MemoryStore()
    zarr.create_group(store).create_array("x", shape=7, dtype="i2")
    group = zarr.open_group(store, engine="zarrs")
    native = zarr.AsyncGroup.getitem
    with patch.object(zarr.AsyncGroup, "getitem", autospec=True, side_effect=native) as patched:
        assert [name for name, _ in group.members()] == ["x"]
    assert patched.call_count == 1


@pytest.mark.parametrize("max_depth", [-1, -2])
def test_a_negative_depth_is_refused(max_depth: int) -> None:
    """Catches a depth that never ends, or that means all levels."""
    group = zarr.create_group(MemoryStore(), engine="zarrs")
    with pytest.raises(ValueError, match="max_depth must be None or >= 0"):
        group.members(max_depth=max_depth)


def test_more_nodes_than_are_read_at_once_are_all_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches nodes that are lost, or found twice, between two parts of a level."""
    monkeypatch.setattr("zarr._engine.nodes.walk.AT_ONCE", 3)
    store = MemoryStore()
    for n in range(10):
        zarr.create_array(store, name=f"a{n}", shape=7, dtype="i2")
    found = zarr.open_group(store, mode="r+", engine="zarrs").members()
    assert sorted(name for name, _ in found) == [f"a{n}" for n in range(10)]
