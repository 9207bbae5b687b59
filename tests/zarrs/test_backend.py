"""The zarrs backend: one call into the extension for each verb."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import zarr
from tests.crud.codecs import SERVED_BY_NOBODY
from zarr import crud
from zarr.crud._document.cache import as_document
from zarr.crud._options import DEFAULT_OPTIONS
from zarr.crud._stores.location import Location
from zarr.crud.testing import assert_same
from zarr.storage import LocalStore, MemoryStore
from zarr.zarrs import _many_regions
from zarr.zarrs._backend import ZarrsBackend

VALUES = np.arange(35).reshape(7, 5)
LAYOUTS: dict[str, dict[str, Any]] = {
    "the same": {"dtype": "i2"},
    "the same bytes": {"dtype": ">i2", "zarr_format": 2},
    "another byte order": {
        "dtype": np.dtype([("a", "i2"), ("b", "f4")]),
        "fill_value": np.zeros((), "i2, f4")[()],
        "serializer": zarr.codecs.BytesCodec(endian="big"),
    },
}
"""By conversion of elements: an array whose elements need it."""


def array(store: Any, **options: Any) -> zarr.Array[Any]:
    """A ragged array."""
    layout: dict[str, Any] = {"shape": (7, 5), "chunks": (3, 2), "fill_value": 0}
    return zarr.create_array(store, **(layout | options))


@pytest.mark.parametrize("name", LAYOUTS)
@pytest.mark.filterwarnings("ignore::zarr.errors.UnstableSpecificationWarning")
def test_each_verb_converts_elements_and_fills_out(name: str) -> None:
    """Catches a verb that swaps bytes, or that returns a result in memory other than `out`."""
    made = array(MemoryStore(), **LAYOUTS[name])
    document, where = as_document(made.metadata), Location(made.store, "")
    values = VALUES.astype(document.dtype)
    backend, options = ZarrsBackend(), DEFAULT_OPTIONS
    all_of_it = crud.backends.Box(((0, 1, 7), (0, 1, 5)), (7, 5))
    backend.write_region(document, where, all_of_it, values, options=options)
    chunk = np.full((3, 2), values[6, 4], document.dtype)
    backend.write_chunk(document, where, (0, 0), chunk, options=options)
    values[:3, :2] = chunk
    assert_same(np.asarray(made[...]), values)
    for out in (None, np.zeros((7, 5), document.dtype)):
        found = backend.read_region(document, where, all_of_it, out=out, options=options)
        assert_same(found, values)
        assert out is None or found is out
    for out in (None, np.zeros((3, 2), document.dtype)):
        found = backend.read_chunk(document, where, (0, 0), out=out, options=options)
        assert_same(found, chunk)
        assert out is None or found is out


def test_a_reader_is_only_for_what_needs_nothing_of_python(tmp_path: Path) -> None:
    """Catches a reader that reads other elements, or another folder after a change of directory."""
    backend = ZarrsBackend()

    def reader(store: Any, path: str = "", **options: Any) -> Any:
        document = as_document(array(store, **({"dtype": "i2"} | options)).metadata)
        return backend.reader(document, Location(store, path))

    found = reader(LocalStore(tmp_path / "a"))
    assert_same(found.read_region((6, slice(3, 5))), np.zeros(2, "i2"))
    assert found.read_region([0]) is None
    assert reader(MemoryStore(), **LAYOUTS["the same bytes"]) is None
    assert reader(LocalStore(os.path.relpath(tmp_path / "b"))) is None
    assert backend.reader(as_document(SERVED_BY_NOBODY), Location(MemoryStore(), "")) is None


def test_a_refusal_depends_on_document_operation_and_options() -> None:
    """Catches a write that begins and cannot finish, or a read refused for an option of writes."""
    backend, where = ZarrsBackend(), Location(MemoryStore(), "")
    served, unserved = as_document(array({}, dtype="i2").metadata), as_document(SERVED_BY_NOBODY)
    durable = crud.Options(durability="fsync")
    assert backend.supports(served, where, "read_region", None, durable) is None
    assert "LocalStore" in (backend.supports(served, where, "write_chunk", None, durable) or "")
    for operation in ("read_chunk", "write_region"):
        assert backend.supports(served, where, operation) is None
        assert "codec" in (backend.supports(unserved, where, operation, None, durable) or "")


@pytest.mark.parametrize("path", ["", "a/b"])
def test_temporary_files_are_looked_for_beside_the_chunk(
    path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches files of killed writers that stay because another folder is searched."""
    searched: list[Path] = []
    monkeypatch.setattr(_many_regions, "look_is_due", lambda: True)
    monkeypatch.setattr(_many_regions, "look_beside", searched.append)
    store = LocalStore(tmp_path)
    metadata = array(store, name=path or None, dtype="i2").metadata
    crud.write_region(metadata, store, (slice(4, 7), 3), 1, path=path, engine="zarrs")
    crud.write_chunk(metadata, store, (2, 1), np.ones((3, 2), "i2"), path=path, engine="zarrs")
    crud.write_regions([(metadata, store, (0, 0), path)], [1], engine="zarrs")
    names = ("c/1/1", "c/2/1", "c/0/0")
    assert searched == [tmp_path / path / name for name in names]
    assert searched[1].exists()


@pytest.mark.parametrize("data_type", ["i4", "string"])
@pytest.mark.filterwarnings("ignore::zarr.errors.UnstableSpecificationWarning")
def test_points_store_the_subchunks_that_upstream_stores(data_type: str) -> None:
    """Catches untouched subchunks of a shard that points store, or touched ones that they omit."""
    found = {}
    for engine in ("zarr", "zarrs", "reference"):
        store = MemoryStore()
        shard = zarr.create_array(
            store,
            shape=(1, 7, 5),
            chunks=(1, 1, 1),
            shards=(2, 7, 5),
            dtype=data_type,
            compressors=None,
            config={"write_empty_chunks": True},
            engine=engine,
        )
        fill = np.full(2, shard.fill_value, dtype=shard.dtype)
        shard.vindex[[0, 0], [1, 4], [2, 3]] = fill
        stored = store._store_dict["c/0/0/0"].as_numpy_array()
        offsets = stored[-(2 * 7 * 5 * 16 + 4) : -4].view("<u8")[::2]
        found[engine] = np.flatnonzero(offsets != 2**64 - 1).tolist()
        assert (shard[...] == shard.fill_value).all()
    assert found["zarrs"] == found["zarr"] == [1 * 5 + 2, 4 * 5 + 3]
    assert set(found["zarrs"]) < set(found["reference"])
