"""Whether an engine serves an array, asked before anything is read or written."""

from __future__ import annotations

import pytest

import zarr
from tests.crud.codecs import SERVED_BY_NOBODY
from zarr import crud
from zarr._engine.keyword.requested import check
from zarr.core.array_spec import ArrayConfig
from zarr.storage import MemoryStore, StorePath


@pytest.mark.parametrize("writes", [False, True])
def test_a_check_refuses_what_a_named_engine_does_not_serve(engine: str, *, writes: bool) -> None:
    """Catches an unreadable new array, or a refusal where `"auto"` may leave it to zarr."""
    store = MemoryStore()
    crud.create(SERVED_BY_NOBODY, store, path="a/b")
    metadata = zarr.open_array(store, path="a/b").metadata
    place = StorePath(store, "a/b")
    with pytest.raises(crud.UnsupportedError, match=f"{engine!r} does not serve .*a/b: .*codec"):
        check(metadata, place, engine, writes=writes)
    for other in ("zarr", "auto"):
        check(metadata, place, other, writes=writes)
    strict = zarr.open_array(store, path="a/b", config={"read_missing_chunks": False}).config
    check(metadata, place, "auto", writes=writes, config=strict)
    durable = ArrayConfig("C", False, engine_options={"durability": "fsync"})
    if writes:
        with pytest.raises(crud.UnsupportedError, match="no engine serves"):
            check(metadata, place, "auto", writes=True, config=durable)
    else:
        check(metadata, place, "auto", writes=False, config=durable)


def test_a_new_array_of_chunks_beyond_the_budget_is_refused(engine: str) -> None:
    """Catches an array that is created, and of which no chunk can be written or read."""
    store = MemoryStore()
    with pytest.raises(
        crud.UnsupportedError, match=r"does not serve .*: one chunk takes \d+ bytes"
    ):
        zarr.create_array(store, shape=1 << 40, chunks=1 << 40, dtype="i1", engine=engine)
    assert not store._store_dict
    # An array that is there may have such chunks: an option allows to read them.
    big = zarr.create_array(store, shape=1 << 40, chunks=1 << 40, dtype="i1")
    check(big.metadata, big.store_path, engine, writes=False)
