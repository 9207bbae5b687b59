"""What the zarrs backend serves, and its reasons to refuse the rest."""

from __future__ import annotations

from typing import Any

import numcodecs  # type: ignore[import-untyped]
import numpy as np
import pytest

import zarr
import zarr.codecs.numcodecs
from tests.crud.test_document import document_members
from zarr import crud
from zarr.core.metadata.v3 import ArrayV3Metadata
from zarr.crud.testing import assert_same
from zarr.storage import MemoryStore

pytestmark = pytest.mark.filterwarnings("ignore::zarr.errors.UnstableSpecificationWarning")


def refusal(document: Any) -> str:
    """The reason for which the backend refuses a document, the same for every verb."""
    reasons = []
    for call in (
        lambda: crud.read_region(document, MemoryStore(), engine="zarrs"),
        lambda: crud.write_region(document, MemoryStore(), ..., 0, engine="zarrs"),
    ):
        with pytest.raises(crud.UnsupportedError) as caught:
            call()
        reasons.append(str(caught.value).split(": ", 1)[1])
    assert len(set(reasons)) == 1
    return reasons[0]


def array_metadata(**options: Any) -> Any:
    """Zarr's metadata object of an array with ragged chunks."""
    options = {"shape": (7, 5), "chunks": (3, 2), "dtype": "i2"} | options
    return zarr.create_array(MemoryStore(), **options).metadata


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"dtype": "T", "compressors": zarr.codecs.numcodecs.LZMA()}, "lzma"),
        ({"dtype": "T", "zarr_format": 2, "compressors": numcodecs.LZMA()}, "lzma"),
        ({"compressors": numcodecs.Pickle(), "zarr_format": 2}, "pickle"),
        (
            {
                "filters": [zarr.codecs.numcodecs.Delta(dtype="i2")],
                "serializer": zarr.codecs.ShardingCodec(chunk_shape=(1, 2)),
            },
            "numcodecs.delta",
        ),
    ],
    ids=["strings", "strings of format 2", "code", "shards after a codec of Python"],
)
@pytest.mark.filterwarnings("ignore:Numcodecs codecs are not in the Zarr version 3")
@pytest.mark.filterwarnings("ignore:Combining a `sharding_indexed`")
def test_what_is_not_served_is_refused_with_its_name(options: dict[str, Any], text: str) -> None:
    """Catches another engine that steps in, and a reason that does not name the codec."""
    assert text in refusal(array_metadata(**options))


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("shards", [None, (6, 4)])
def test_structures_keep_the_byte_order_of_their_fields(order: Any, shards: Any) -> None:
    """Catches fields with swapped bytes: structures are passed as bytes, in their stored order."""
    dtype = np.dtype([("a", "i2"), ("b", "f8"), ("c", "S3")]).newbyteorder(order)
    serializer = zarr.codecs.BytesCodec(endian="big")
    values = np.zeros((7, 5), dtype)
    values["a"], values["b"], values["c"] = 258, np.arange(35).reshape(7, 5) / 7, b"xy"
    store = MemoryStore()
    array = zarr.create_array(
        store, shape=(7, 5), chunks=(3, 2), shards=shards, dtype=dtype, serializer=serializer
    )
    array[...] = values
    for document in (array.metadata, crud.read_metadata(store)):
        ours = crud.read_region(document, store, engine="zarrs")
        assert_same(ours, crud.read_region(document, store, engine="reference"))
        assert np.array_equal(ours, values)
        copy = MemoryStore()
        crud.write_region(document, copy, ..., values, engine="zarrs", detached=True)
        assert np.array_equal(crud.read_region(document, copy, engine="reference"), values)


def test_an_array_made_with_foreign_byte_order_keeps_it() -> None:
    """Catches a lost byte order: `>i4` in the creating handle, native in one opened later."""
    store = MemoryStore()
    values = np.arange(35, dtype=">i4").reshape(7, 5)
    metadata = zarr.create_array(store, data=values, chunks=(3, 2)).metadata
    for engine in ("reference", "zarrs"):
        assert_same(crud.read_region(metadata, store, engine=engine), values)
        out = np.zeros((7, 5), ">i4")
        assert crud.read_region(metadata, store, out=out, engine=engine) is out
        assert_same(out, values)
        native = crud.read_region(crud.read_metadata(store), store, engine=engine)
        assert_same(native, values.astype("i4"))


@pytest.mark.parametrize(
    ("name", "configuration"),
    [
        ("numcodecs.crc32", {"location": "mid"}),
        ("numcodecs.zlib", {"level": 1, "foo": 2}),
        ("numcodecs.jenkins_lookup3", {"prefix": "YWI="}),
    ],
)
def test_a_configuration_that_a_codec_does_not_take_is_a_reason(
    name: str, configuration: dict[str, Any]
) -> None:
    """Catches numcodecs' own error, also from `explain`, for an unvalidated metadata object."""
    members = document_members()
    members["codecs"] = [*members["codecs"], {"name": name, "configuration": configuration}]
    metadata = ArrayV3Metadata.from_dict(members)
    verdicts = crud.explain(metadata, MemoryStore())
    for engine in ("zarrs", "reference"):
        assert "work: " in str(verdicts[engine].reason)
        with pytest.raises(crud.UnsupportedError, match=r"do(es)? not work"):
            crud.read_region(metadata, MemoryStore(), engine=engine)


@pytest.mark.parametrize("rank", [65, 100_000])
def test_absurd_ranks_are_refused(rank: int) -> None:
    """Catches a crash, and a refusal that takes long."""
    document = document_members(
        shape=[1] * rank,
        chunk_grid={"name": "regular", "configuration": {"chunk_shape": [1] * rank}},
    )
    with pytest.raises(crud.DocumentError, match=f"`shape` has {rank} axes"):
        crud.read_chunk(document, MemoryStore(), (0,) * rank, engine="zarrs")


def test_the_document_is_parsed_once_by_the_extension() -> None:
    """Catches a document that is parsed again for the same store and path."""
    import _zarrs_bindings

    store = MemoryStore()
    document = array_metadata()
    crud.read_region(document, store, (0, 0), engine="zarrs", detached=True)
    hits = _zarrs_bindings.cache_info()[0]
    for _ in range(10):
        crud.read_region(document, store, (0, 0), engine="zarrs", detached=True)
    assert _zarrs_bindings.cache_info()[0] == hits + 10
