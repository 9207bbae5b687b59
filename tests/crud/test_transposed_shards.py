"""Shards that are transposed before they are divided into subchunks, against TensorStore."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import tensorstore

import zarr
from tests.crud.transposed_shards import (
    LOSING,
    LOSING_RECTILINEAR,
    RECTILINEAR,
    VALID,
    Json,
    places,
    subchunk_in_array,
)
from zarr import crud
from zarr.core.metadata.v3 import ArrayV3Metadata
from zarr.crud.testing import assert_same
from zarr.storage import LocalStore, MemoryStore

pytestmark = [
    pytest.mark.filterwarnings("ignore:Numcodecs codecs are not in the Zarr version 3"),
    pytest.mark.filterwarnings("ignore:Combining a `sharding_indexed`"),
    pytest.mark.filterwarnings("ignore::zarr.errors.UnstableSpecificationWarning"),
]

BOTH = {**VALID, "rectilinear": RECTILINEAR}
REFUSED = {**LOSING, "rectilinear": LOSING_RECTILINEAR}


@pytest.fixture(autouse=True)
def rectilinear_chunks() -> Any:
    """Enable such grids, which zarr considers experimental."""
    with zarr.config.set({"array.rectilinear_chunks": True}):
        yield


@pytest.fixture(params=[pytest.param(members, id=name) for name, members in VALID.items()])
def valid(request: pytest.FixtureRequest) -> Json:
    members: Json = request.param
    return members


@pytest.fixture(params=[pytest.param(members, id=name) for name, members in BOTH.items()])
def any_valid(request: pytest.FixtureRequest) -> Json:
    members: Json = request.param
    return members


@pytest.fixture(params=[pytest.param(members, id=name) for name, members in REFUSED.items()])
def losing(request: pytest.FixtureRequest) -> Json:
    members: Json = request.param
    return members


def values_of(members: Json) -> npt.NDArray[np.int32]:
    shape = tuple(members["shape"])
    return np.arange(np.prod(shape), dtype="i4").reshape(shape) + 100


def parts_of(members: Json) -> list[tuple[slice, ...]]:
    """Boxes that begin and end within subchunks, one with steps."""
    shape = members["shape"]
    return [
        tuple(slice(1, n - 1) for n in shape),
        tuple(slice(n // 2, None) for n in shape),
        tuple(slice(None, None, 2) for _ in shape),
    ]


def by_tensorstore(members: Json, root: Path) -> Any:
    root.mkdir(exist_ok=True)
    (root / "zarr.json").write_text(json.dumps(members))
    spec = {"driver": "zarr3", "kvstore": {"driver": "file", "path": str(root)}}
    return tensorstore.open(spec, open=True).result()


def test_what_tensorstore_wrote_is_read(engine: str, valid: Json, tmp_path: Path) -> None:
    """Catches a refusal because the subchunks do not divide the shard before the transposition."""
    expected = np.full(valid["shape"], 7, "i4")
    theirs = by_tensorstore(valid, tmp_path)
    for part in parts_of(valid):
        expected[part] = values_of(valid)[part]
        theirs[part].write(expected[part]).result()
    document = crud.read_metadata(tmp_path, engine=engine)
    assert_same(crud.read_region(document, tmp_path, engine=engine), expected)
    for part in parts_of(valid):
        found = crud.read_region(document, tmp_path, part, engine=engine)
        assert_same(found, expected[part])


def test_tensorstore_reads_what_was_written(engine: str, valid: Json, tmp_path: Path) -> None:
    """Catches subchunks in the order of the array's axes, or neighbors lost in a partial write."""
    crud.create(valid, tmp_path)
    document = crud.read_metadata(tmp_path)
    expected = np.full(valid["shape"], 7, "i4")
    for part in parts_of(valid):
        expected[part] = values_of(valid)[part]
        crud.write_region(document, tmp_path, part, expected[part], engine=engine)
        assert_same(by_tensorstore(valid, tmp_path).read().result(), expected)
    rows, columns = np.nonzero(expected[..., 0] if expected.ndim == 3 else expected)
    points = (rows, columns, np.zeros_like(rows))[: expected.ndim]
    expected[points] = -1
    crud.write_region(document, tmp_path, points, -1, kind="coordinate", engine=engine)
    assert_same(by_tensorstore(valid, tmp_path).read().result(), expected)


def test_the_subchunks_in_a_shard_are_the_transposed_blocks(engine: str, tmp_path: Path) -> None:
    """Catches an index or a subchunk in the array's order, which both readers would reverse."""
    members = VALID["two axes"]
    crud.create(members, tmp_path)
    document = crud.read_metadata(tmp_path)
    values = values_of(members)
    crud.write_region(document, tmp_path, ..., values, engine=engine)
    stored = (tmp_path / "c/1/1").read_bytes()
    shard = values[6:12, 5:10].T
    # 1 x 2 subchunks of (5, 3), with 16 bytes for each in the index, and its checksum.
    index = np.frombuffer(stored[-36:-4], "<u8").reshape(1, 2, 2)
    assert len(stored) == values[:6, :5].nbytes + 36
    for i, j in np.ndindex(1, 2):
        offset, length = map(int, index[i, j])
        block = shard[5 * i : 5 * i + 5, 3 * j : 3 * j + 3]
        assert stored[offset : offset + length] == block.astype("<i4").tobytes()


def test_both_engines_store_the_same_bytes(any_valid: Json, tmp_path: Path) -> None:
    """Catches a shard that only its own engine can read."""
    stores = {engine: tmp_path / engine for engine in ("reference", "zarrs", "zarr")}
    for engine, root in stores.items():
        crud.create(any_valid, root)
        array: Any = zarr.open_array(root, mode="r+", engine=engine)
        array[...] = values_of(any_valid)
    found = [
        {path.relative_to(root): path.read_bytes() for path in root.rglob("*") if path.is_file()}
        for root in stores.values()
    ]
    assert len(found[0]) > 2
    assert found[0] == found[1] == found[2]


def test_all_verbs_serve(engine: str, any_valid: Json, tmp_path: Path) -> None:
    """Catches a verb with its own check of the document, or shards of one shape used as another."""
    crud.create(any_valid, tmp_path, engine=engine)
    document = crud.read_metadata(tmp_path, engine=engine)
    values = values_of(any_valid)
    crud.write_region(document, tmp_path, ..., values, engine=engine)
    assert_same(crud.read_region(document, tmp_path, engine=engine), values)
    assert crud.explain(document, tmp_path)[engine].serves
    last = crud.list_chunks(document, tmp_path)[-1]
    chunk = crud.read_chunk(document, tmp_path, last, engine=engine)
    crud.write_chunk(document, tmp_path, last, chunk + 1, engine=engine)
    assert_same(crud.read_chunk(document, tmp_path, last, engine=engine), chunk + 1)
    encoded = crud.read_encoded_chunk(document, tmp_path, last)
    assert encoded == crud.encode_chunk(document, chunk + 1, index=last, engine=engine)
    assert_same(crud.decode_chunk(document, encoded or b"", index=last, engine=engine), chunk + 1)


def test_a_subchunk_lies_in_the_axes_of_the_array(engine: str, valid: Json) -> None:
    """Catches a position or shape of a subchunk in the order of the stored axes."""
    store = MemoryStore()
    crud.create(valid, store)
    document = crud.read_metadata(store)
    values = values_of(valid)
    crud.write_region(document, store, ..., values, engine=engine)
    shape = subchunk_in_array(valid)
    padded = np.pad(values, [(0, n) for n in shape], constant_values=7)
    for place in places(valid):
        box = tuple(slice(i * n, i * n + n) for i, n in zip(place, shape, strict=True))
        found = crud.read_subchunk(document, store, place, engine=engine)
        assert_same(found, padded[box])
    beyond = tuple(i + 1 for i in place)
    with pytest.raises(zarr.errors.BoundsCheckError):
        crud.read_subchunk(document, store, beyond, engine=engine)


def test_a_shard_that_is_compressed_has_subchunks(engine: str) -> None:
    """Catches an array that seems unsharded, because other codecs follow the sharding codec."""
    members = VALID["two axes"]
    members = {**members, "codecs": [*members["codecs"], {"name": "crc32c"}]}
    store = MemoryStore()
    crud.write_region(members, store, ..., values_of(members), engine=engine, detached=True)
    found = crud.read_subchunk(members, store, (1, 1), engine=engine)
    assert_same(found, values_of(members)[3:6, 5:10])


def test_subchunks_that_would_lose_data_are_no_document(losing: Json, tmp_path: Path) -> None:
    """Catches documents with which upstream reads other values than were written."""
    (tmp_path / "zarr.json").write_text(json.dumps(losing))
    with pytest.raises(crud.DocumentError, match=r"`codecs` has subchunks .* do not divide"):
        crud.read_metadata(tmp_path)
    with pytest.raises(crud.DocumentError, match="do not divide"):
        crud.create(losing, tmp_path, path="new")
    assert not (tmp_path / "new").exists()


def test_no_verb_takes_subchunks_that_would_lose_data(
    engine: str, losing: Json, tmp_path: Path
) -> None:
    """Catches an engine that stores what another refuses, or an unchecked metadata object."""
    store = LocalStore(tmp_path)
    value = np.zeros(losing["shape"], "i4")
    shard = (0,) * value.ndim
    for metadata in (losing, ArrayV3Metadata.from_dict(losing)):
        calls: list[Any] = [
            lambda m=metadata: crud.read_region(m, store, engine=engine),
            lambda m=metadata: crud.write_region(m, store, ..., value, engine=engine),
            lambda m=metadata: crud.read_chunk(m, store, shard, engine=engine),
            lambda m=metadata: crud.write_chunk(m, store, shard, 1, engine=engine),
            lambda m=metadata: crud.read_subchunk(m, store, shard, engine=engine),
            lambda m=metadata: crud.encode_chunk(m, 1, index=shard, engine=engine),
            lambda m=metadata: crud.decode_chunk(m, b"", index=shard, engine=engine),
            lambda m=metadata: crud.create(m, store, engine=engine),
            lambda m=metadata: crud.explain(m, store),
            lambda m=metadata: crud.list_chunks(m, store),
        ]
        for call in calls:
            with pytest.raises(crud.DocumentError, match="do not divide"):
                call()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("order", ["F", "C", [1, 1], [0], [0, 2], [1.0, 0], None])
def test_an_order_that_is_no_permutation_is_refused(engine: str, order: Any) -> None:
    """Catches the letters of an early draft, still stored by some writers, that are accepted."""
    members = VALID["two axes"]
    first = {"name": "transpose", "configuration": {"order": order}}
    members = {**members, "codecs": [first, members["codecs"][1]]}
    with pytest.raises(crud.DocumentError, match="codecs"):
        crud.read_region(members, MemoryStore(), engine=engine)
