"""Arrays whose shards are transposed before they are divided, with every engine."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import zarr
from tests.crud.transposed_shards import (
    LOSING,
    LOSING_RECTILINEAR,
    RECTILINEAR,
    VALID,
    Json,
    sharding,
    transpose,
)
from zarr import crud
from zarr.codecs import BytesCodec, ShardingCodec, TransposeCodec
from zarr.core.metadata.v3 import ArrayV3Metadata
from zarr.crud.testing import assert_same
from zarr.storage import MemoryStore

pytestmark = [
    pytest.mark.filterwarnings("ignore:Numcodecs codecs are not in the Zarr version 3"),
    pytest.mark.filterwarnings("ignore:Combining a `sharding_indexed`"),
    pytest.mark.filterwarnings("ignore::zarr.errors.UnstableSpecificationWarning"),
]

SHAPE = (11, 7)
VALUES = np.arange(77, dtype="i4").reshape(SHAPE)
OPTIONS: dict[str, Any] = {
    "shape": SHAPE,
    "chunks": (6, 5),
    "dtype": "i4",
    "filters": [TransposeCodec(order=(1, 0))],
    "serializer": ShardingCodec(chunk_shape=(5, 3), codecs=[BytesCodec()]),
    "compressors": None,
}
ENGINES = ("reference", "zarrs", "auto")


@pytest.fixture(autouse=True)
def rectilinear_chunks() -> Any:
    """Enable such grids, which zarr considers experimental."""
    with zarr.config.set({"array.rectilinear_chunks": True}):
        yield


def stored(members: Json, root: Path) -> Path:
    root.mkdir(exist_ok=True)
    (root / "zarr.json").write_text(json.dumps(members))
    return root


def works(array: Any) -> None:
    """Check whole and partial writes and reads, in both memory orders."""
    expected = np.full(array.shape, array.fill_value, array.dtype)
    expected[...] = np.arange(expected.size).reshape(expected.shape)
    array[...] = expected
    assert_same(array[...], expected)
    part = tuple(slice(1, n - 1, 2) for n in expected.shape)
    expected[part] = -5
    array[part] = -5
    assert_same(array[...], expected)
    assert_same(array[part], expected[part])
    assert_same(array.with_config({"order": "F"})[...], np.asfortranarray(expected))
    first = (0,) * expected.ndim
    assert array[first] == expected[first]


@pytest.mark.parametrize("members", [*VALID.values(), RECTILINEAR], ids=[*VALID, "rectilinear"])
def test_arrays_open_with_every_engine(asked: str, members: Json, tmp_path: Path) -> None:
    """Catches a refusal of shards that TensorStore and the specification accept."""
    works(zarr.open_array(stored(members, tmp_path), mode="r+", engine=asked))


def test_arrays_are_created_with_every_engine(asked: str) -> None:
    """Catches a document that one function for creating arrays writes and another refuses."""
    store = MemoryStore()
    array: Any = zarr.create_array(store, **OPTIONS, engine=asked)
    works(array)
    again: Any = zarr.open_array(store)
    for codec in array.metadata.codecs, again.metadata.codecs:
        assert [type(one) for one in codec] == [TransposeCodec, ShardingCodec]
    works(pickle.loads(pickle.dumps(array)))
    array.resize((13, 8))
    assert_same(array[11:], np.zeros((2, 8), "i4"))
    array.append(np.full((1, 8), 3, "i4"))
    assert_same(array[-1], np.full(8, 3, "i4"))
    copied: Any = zarr.from_array({}, data=array, engine=asked)
    assert_same(copied[...], array[...])


def test_members_of_groups_open_with_every_engine(asked: str, tmp_path: Path) -> None:
    """Catches a way to the metadata with another check, as for groups or consolidated metadata."""
    group = zarr.create_group(tmp_path, engine=asked)
    made: Any = group.create_array("a/b", **OPTIONS)
    made[...] = VALUES
    with pytest.warns(UserWarning, match="Consolidated metadata"):
        zarr.consolidate_metadata(tmp_path)
    opened: Any
    for opened in (
        zarr.open_group(tmp_path, engine=asked),
        zarr.open_group(tmp_path, engine=asked, use_consolidated=False),
    ):
        assert_same(opened["a/b"][...], VALUES)
        assert [name for name, _ in opened.members(max_depth=None)] == ["a", "a/b"]
    assert [path for path, _ in crud.list_children(tmp_path, path="a")] == ["a/b"]


def test_metadata_that_upstream_takes_are_as_upstream_has_them() -> None:
    """Catches the fork's constructor for valid metadata, which changes codecs or classes."""
    codec = ShardingCodec(chunk_shape=(5, 3), subchunk_write_order="lexicographic")
    codecs = (one for one in (TransposeCodec(order=(1, 0)), codec))
    made: Any = zarr.create_array({}, **OPTIONS | {"filters": None, "serializer": "auto"}).metadata
    metadata = ArrayV3Metadata(
        shape=SHAPE,
        data_type=made.data_type,
        chunk_grid=made.chunk_grid,
        chunk_key_encoding=made.chunk_key_encoding,
        fill_value=0,
        codecs=codecs,
        attributes={},
        dimension_names=None,
    )
    assert metadata.codecs[1] == codec
    assert type(metadata.codecs[1]) is ShardingCodec
    assert metadata == ArrayV3Metadata.from_dict(metadata.to_dict())


def test_what_divides_neither_is_refused_in_upstreams_words(tmp_path: Path) -> None:
    """Catches an error about axes in another order than that of the document."""
    members = {**VALID["two axes"], "codecs": [transpose(1, 0), sharding((5, 4))]}
    with pytest.raises(ValueError, match="Chunk edge length 6 in dimension 0 is not divisible"):
        zarr.open_array(stored(members, tmp_path))


@pytest.mark.parametrize("name", ENGINES)
@pytest.mark.parametrize("members", [*LOSING.values(), LOSING_RECTILINEAR])
def test_arrays_that_would_lose_data_open_with_no_engine(
    name: str, members: Json, tmp_path: Path
) -> None:
    """Catches an `"auto"` that silently falls back to a path that changes values."""
    root = stored(members, tmp_path)
    array: Any = zarr.open_array(root, mode="r+")
    with pytest.raises(crud.DocumentError, match="do not divide"):
        zarr.open_array(root, mode="r+", engine=name)
    with pytest.raises(crud.DocumentError, match="do not divide"):
        array.with_engine(name)
    with zarr.config.set({"array.engine": name}):
        configured: Any = zarr.open_array(root, mode="r+")
        with pytest.raises(crud.DocumentError, match="do not divide"):
            configured[...] = 1
        with pytest.raises(crud.DocumentError, match="do not divide"):
            configured[...]
    assert [path.name for path in root.iterdir()] == ["zarr.json"]


@pytest.mark.parametrize("name", ENGINES)
def test_arrays_that_would_lose_data_are_not_created(name: str, tmp_path: Path) -> None:
    """Catches a document that is written before the check, and that only upstream opens."""
    options = OPTIONS | {"serializer": ShardingCodec(chunk_shape=(3, 5))}
    with pytest.raises(crud.DocumentError, match="do not divide"):
        zarr.create_array(tmp_path, **options, engine=name)
    with pytest.raises(crud.DocumentError, match="do not divide"):
        zarr.create_array(tmp_path / "new", data=VALUES, **_without_shape(options), engine=name)
    # A store of local files creates its root when it is opened.
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def _without_shape(options: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in options.items() if key not in ("shape", "dtype")}


def test_upstreams_path_opens_what_it_did(tmp_path: Path) -> None:
    """Catches an engine "zarr" that refuses an array that zarr-python opens."""
    array: Any = zarr.open_array(stored(LOSING["two axes"], tmp_path), mode="r+", engine="zarr")
    array[...] = np.arange(12).reshape(4, 3)
    assert array.shape == (4, 3)
