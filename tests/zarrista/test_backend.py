"""The backend among the others: named, never chosen, and refusing with a reason."""

from __future__ import annotations

import asyncio
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import zarr
from tests.crud.codecs import SERVED_BY_NOBODY
from tests.zarrista.support import ENGINE, VALUES, document_of, make, refusal
from zarr import crud
from zarr.crud import Options
from zarr.crud.testing import assert_same
from zarr.storage import LocalStore, MemoryStore
from zarr.zarrista import ZarristaBackend
from zarr.zarrista._arrays import opened

if TYPE_CHECKING:
    from pathlib import Path


def test_nobody_gets_it_without_naming_it(tmp_path: Path, caplog: Any) -> None:
    """Catches "auto", or a call without an engine, that takes the engine below the reference."""
    assert ZarristaBackend.preference < crud.get_backend("reference").preference
    document, store = make(tmp_path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ZarristaBackend, "supports", lambda *_: pytest.fail("it is asked"))
        for engine in (None, "auto", "zarr"):
            assert_same(crud.read_region(document, store, engine=engine), VALUES)
        with zarr.config.set({"array.engine": "auto"}):
            assert_same(zarr.open_array(store)[...], VALUES)
    assert not caplog.records


def test_what_the_others_refuse_it_refuses(tmp_path: Path) -> None:
    """Catches an array that "auto" gives to it because nobody else serves it."""
    store = LocalStore(tmp_path)
    with pytest.raises(crud.UnsupportedError, match=r"reference: .*zarrista: "):
        crud.read_region(SERVED_BY_NOBODY, store, engine="auto", detached=True)


def test_an_array_with_the_engine_is_served(tmp_path: Path) -> None:
    """Catches an engine that the functions have and arrays have not."""
    _, store = make(tmp_path)
    array = zarr.open_array(store, engine=ENGINE)
    assert array.engine == ENGINE
    assert array.engine_info().serves == ENGINE
    assert_same(array[1:6, ::2], VALUES[1:6, ::2])
    array.oindex[np.array([0, 2]), :] = 0
    np.testing.assert_array_equal(zarr.open_array(store, engine="zarr")[0:3:2], 0)
    created = zarr.create_array(
        LocalStore(tmp_path / "b"), data=VALUES, chunks=(3, 2), engine=ENGINE
    )
    assert_same(created[...], VALUES)
    with pytest.raises(crud.UnsupportedError, match="MemoryStore is neither"):
        zarr.create_array(MemoryStore(), data=VALUES, engine=ENGINE)


def test_awaited_calls_are_served(tmp_path: Path) -> None:
    """Catches a function that only the synchronous verbs have."""
    document, store = make(tmp_path)

    async def work() -> Any:
        await crud.write_region_async(document, store, (0, 0), 50, engine=ENGINE)
        return await crud.read_region_async(document, store, engine=ENGINE)

    expected = VALUES.copy()
    expected[0, 0] = 50
    assert_same(asyncio.run(work()), expected)


SERVED: dict[str, Any] = {
    "missing_chunks": "error",
    "write_empty_chunks": True,
    "concurrency": 1,
    "decoded_size_budget": 1 << 20,
    "validate_checksums": False,
    "durability": "fsync",
    "locking": "processes",
    "memory_pool": 0,
    "coalesce_max_gap": 0,
    "coalesce_max_bytes": 0,
    "immutable_store": False,
    "in_flight_bytes": 1,
    "chunk_cache": 1 << 20,
    "chunk_cache_max_age": 1.0,
}


def test_every_option_is_followed_or_refused(tmp_path: Path) -> None:
    """Catches an option that nobody has thought about."""
    assert {field.name for field in fields(Options)} == set(SERVED)
    document, store = make(tmp_path)
    for name, value in SERVED.items():
        options = Options(**{name: value})
        for operation in ("read_region", "write_region"):
            assert refusal(document, store, operation=operation, options=options) is None
        crud.write_region(document, store, ..., VALUES, engine=ENGINE, options=options)
        assert_same(crud.read_region(document, store, engine=ENGINE, options=options), VALUES)
    conditional = Options(locking="conditional")
    reason = refusal(document, store, operation="write_region", options=conditional)
    assert "needs an ObjectStore" in (reason or "")
    assert refusal(document, store, options=conditional) is None
    kept = Options(chunk_cache=1 << 20)
    told = crud.explain(document, store, options=kept)[ENGINE].chunk_cache
    assert told == "not used: the backend keeps no decoded chunks"


def test_the_budget_is_kept(tmp_path: Path) -> None:
    """Catches a result that is allocated by the library before it is refused."""
    document, store = make(tmp_path)
    with pytest.raises(crud.DecodedSizeError):
        crud.read_region(document, store, engine=ENGINE, options=Options(decoded_size_budget=100))


@pytest.mark.parametrize("shape", [(), (0,), (3, 0, 2), (1, 1, 1, 1, 1)])
def test_arrays_of_any_rank_are_served(tmp_path: Path, shape: tuple[int, ...]) -> None:
    """Catches an array without axes, or without elements, that the library refuses to read."""
    document = document_of(shape=shape, chunks=tuple(max(1, n) for n in shape), fill_value=5)
    store = LocalStore(tmp_path)
    assert_same(
        np.asarray(crud.read_region(document, store, engine=ENGINE, detached=True)),
        np.full(shape, 5, "i4"),
    )
    values = np.arange(np.prod(shape, dtype=int), dtype="i4").reshape(shape)
    crud.write_region(document, store, ..., values, engine=ENGINE, detached=True)
    found = crud.read_region(document, store, engine=ENGINE, detached=True)
    assert_same(np.asarray(found), values)


def test_a_call_beside_the_facade_is_refused_as_well(tmp_path: Path) -> None:
    """Catches a backend object that works on what `supports` refuses."""
    backend, document = ZarristaBackend(), document_of(dtype="T")
    assert isinstance(opened(document, crud.Location(LocalStore(tmp_path), "")), str)
    with pytest.raises(crud.UnsupportedError, match="string"):
        backend.read_chunk(
            document, crud.Location(LocalStore(tmp_path), ""), (0, 0), out=None, options=Options()
        )
