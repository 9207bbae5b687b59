"""Invalid or hostile documents: refused before anything is built, allocated or requested."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest

import zarr
from tests.crud.test_document import document_members
from zarr import crud
from zarr.core.buffer.cpu import Buffer
from zarr.crud.testing import FailingStore, StoreFailure
from zarr.errors import MetadataValidationError
from zarr.storage import MemoryStore


def v2_members(**changes: Any) -> dict[str, Any]:
    """A ragged array's document of format 2, with members replaced."""
    members = {
        "zarr_format": 2,
        "shape": [7, 5],
        "chunks": [3, 2],
        "dtype": "<i2",
        "fill_value": 0,
        "order": "C",
        "filters": None,
        "compressor": None,
    }
    return {key: value for key, value in (members | changes).items() if value is not ...}


def regular(*chunk_shape: Any) -> dict[str, Any]:
    return {"name": "regular", "configuration": {"chunk_shape": list(chunk_shape)}}


def rectilinear(*chunk_shapes: Any) -> dict[str, Any]:
    chunks = {"kind": "inline", "chunk_shapes": list(chunk_shapes)}
    return {"name": "rectilinear", "configuration": chunks}


def sharding(codecs: list[Any], index_codecs: list[Any]) -> dict[str, Any]:
    shards = {"chunk_shape": [3, 2], "codecs": codecs, "index_codecs": index_codecs}
    return {"name": "sharding_indexed", "configuration": shards}


BYTES: Final = {"name": "bytes", "configuration": {"endian": "little"}}

# The changed members, the one that is named, and what is said about it.
BAD_V3: Final[list[tuple[dict[str, Any], str, str]]] = [
    ({"zarr_format": 4}, "zarr_format", "is 4; use 2 or 3"),
    ({"zarr_format": "3"}, "zarr_format", 'is "3"'),
    ({"zarr_format": None}, "zarr_format", "is null"),
    ({"zarr_format": True}, "zarr_format", "is true"),
    ({"node_type": "leaf"}, "node_type", 'is "leaf"; use'),
    ({"node_type": ...}, "node_type", "use 'array' or 'group'"),
    ({"shape": ...}, "shape", "is missing"),
    ({"shape": "75"}, "shape", 'is "75"; use a list'),
    ({"shape": None}, "shape", "is null"),
    ({"shape": [7, -5]}, "shape", "has -5 on axis 1"),
    ({"shape": [7.0, 5]}, "shape", "has 7.0 on axis 0"),
    ({"shape": [2**63, 5]}, "shape", "has 9223372036854775808 on axis 0"),
    ({"shape": [10**400, 5]}, "shape", "on axis 0"),
    ({"shape": [1] * 65, "chunk_grid": regular(*[1] * 65)}, "shape", "has 65 axes"),
    ({"shape": [1] * 10**5, "chunk_grid": regular(*[1] * 10**5)}, "shape", "has 100000 axes"),
    ({"data_type": "int17"}, "data_type", 'is "int17"'),
    ({"data_type": None}, "data_type", "is null"),
    ({"data_type": ["int16"]}, "data_type", 'is ["int16"]'),
    ({"data_type": "r7"}, "data_type", 'is "r7"'),
    ({"chunk_grid": "regular"}, "chunk_grid", 'is "regular"'),
    ({"chunk_grid": {"name": "hexagonal"}}, "chunk_grid", "use a name with a configuration"),
    ({"chunk_grid": {"name": "hexagonal", "configuration": {}}}, "chunk_grid", "'hexagonal'"),
    ({"chunk_grid": {"name": "regular", "configuration": {}}}, "chunk_grid", "is null"),
    ({"chunk_grid": regular(3)}, "chunk_grid", "has 1 axes; `shape` has 2"),
    ({"chunk_grid": regular(3, -1)}, "chunk_grid", "has -1 on axis 1"),
    ({"chunk_grid": regular(3, 2**63)}, "chunk_grid", "on axis 1"),
    ({"chunk_grid": regular(3, "2")}, "chunk_grid", 'has "2" on axis 1'),
    ({"chunk_grid": rectilinear([3, 4])}, "chunk_grid", "does not list the chunks of 2 axes"),
    ({"chunk_grid": rectilinear([[1, 10**12]], [2, 3])}, "chunk_grid", "more than 16777216"),
    # Each axis alone lists few enough chunks.
    (
        {"chunk_grid": rectilinear([[1, 2**23]], [[1, 2**23], 1])},
        "chunk_grid",
        "more than 16777216 chunks",
    ),
    (
        {"chunk_grid": rectilinear([3, 3], [2, 3])},
        "chunk_grid",
        "for 6 of the 7 elements of axis 0",
    ),
    ({"chunk_grid": rectilinear([], [2, 3])}, "chunk_grid", "for 0 of the 7"),
    ({"chunk_grid": rectilinear([3, 0, 4], [2, 3])}, "chunk_grid", ""),
    ({"chunk_key_encoding": {"name": "hilbert"}}, "chunk_key_encoding", "hilbert"),
    ({"chunk_key_encoding": ...}, "chunk_key_encoding", "is missing"),
    ({"fill_value": ...}, "fill_value", "is missing"),
    ({"fill_value": "zero"}, "fill_value", 'is "zero"'),
    ({"fill_value": 70_000}, "fill_value", "is 70000"),
    (
        {"data_type": "string", "fill_value": "\ud800", "codecs": [{"name": "vlen-utf8"}]},
        "fill_value",
        r'is "\ud800"; half a surrogate pair is not text',
    ),
    ({"codecs": 5}, "codecs", "is 5; use a list"),
    ({"codecs": []}, "codecs", "is []; use a list"),
    ({"codecs": [{"name": "no-such"}]}, "codecs", "no-such"),
    ({"codecs": [BYTES, {"name": "gzip", "configuration": {"level": 99}}]}, "codecs", "99"),
    ({"codecs": [{"name": "crc32c"}]}, "codecs", "is [{"),
    ({"codecs": [BYTES, BYTES]}, "codecs", "is [{"),
    ({"codecs": [BYTES, {"name": "x" * 9999}]}, "codecs", "xxx..."),
    ({"codecs": [{"name": "crc32c"}, BYTES]}, "codecs", "order"),
    ({"codecs": [BYTES, {"name": "numcodecs.zlib", "configuration": {"a": 1}}]}, "codecs", "'a'"),
    (
        {"codecs": [BYTES, {"name": "numcodecs.shuffle", "configuration": {"elementsize": "1"}}]},
        "codecs",
        "has \"1\" as elementsize of 'shuffle'",
    ),
    ({"codecs": [sharding([BYTES, BYTES], [BYTES])]}, "codecs", "nly one"),
    ({"codecs": [sharding([BYTES], [BYTES, BYTES])]}, "codecs", "nly one"),
    ({"data_type": "bool", "fill_value": [1, 1]}, "fill_value", "is [true, true]; use one"),
    ({"attributes": 3}, "attributes", "is 3; use an object"),
    ({"dimension_names": ["x"]}, "dimension_names", 'is ["x"]'),
    ({"dimension_names": [1, 2]}, "dimension_names", "is [1, 2]"),
    ({"dimension_names": 3}, "dimension_names", "is 3"),
    ({"storage_transformers": [{"name": "t"}]}, "storage_transformers", "none is supported"),
    ({"novel": {"must_understand": True}}, "novel", "must_understand"),
    ({"novel": {"name": "x"}}, "novel", "must_understand"),
    ({"novel": 1}, "novel", "must_understand"),
]

BAD_V2: Final[list[tuple[dict[str, Any], str, str]]] = [
    ({"chunks": [3]}, "chunks", "has 1 axes; `shape` has 2"),
    ({"chunks": ...}, "chunks", "is missing"),
    ({"shape": [2**70, 5]}, "shape", "on axis 0"),
    ({"dtype": "<q9"}, "dtype", 'is "<q9"'),
    ({"dtype": 5}, "dtype", "is 5"),
    ({"dtype": [["a", "<i2"], ["b"]]}, "dtype", "is [["),
    ({"order": "Z"}, "order", "use 'C' or 'F'"),
    ({"order": ...}, "order", "is missing"),
    ({"fill_value": "x"}, "fill_value", 'is "x"'),
    ({"filters": 3}, "filters", "is 3"),
    ({"filters": [{"id": "no-such"}]}, "filters", "no-such"),
    # Decoding it runs code from the stored bytes.
    ({"filters": [{"id": "pickle"}]}, "dtype", "pickle"),
    ({"dtype": "|O", "filters": [{"id": "pickle"}]}, "dtype", "pickle"),
    ({"compressor": {"id": "no-such"}}, "compressor", "no-such"),
    ({"compressor": {"id": "lzma", "format": 2**40}}, "compressor", "as format of 'lzma'"),
    ({"filters": [{"id": "shuffle", "elementsize": "4"}]}, "filters", "as elementsize"),
    ({"dimension_separator": "-"}, "dimension_separator", "use '.' or '/'"),
]

BAD: Final = [(document_members(**changes), *rest) for changes, *rest in BAD_V3] + [
    (v2_members(**changes), *rest) for changes, *rest in BAD_V2
]


@pytest.mark.parametrize(("members", "name", "words"), BAD)
def test_the_member_at_fault_is_named(members: dict[str, Any], name: str, words: str) -> None:
    """Catches a read or write that reaches the store first, or that blames another member."""
    store = FailingStore(StoreFailure(7), on="get")
    with zarr.config.set({"array.rectilinear_chunks": True}):
        for call in (
            lambda: crud.read_region(members, store),
            lambda: crud.write_region(members, store, ..., 1),
            lambda: crud.create(members, store),
        ):
            with pytest.raises(crud.DocumentError) as caught:
                call()
            text = str(caught.value)
            assert text.startswith(f"the metadata document is not valid: `{name}` ")
            assert words in text
            assert len(text) < 500
            assert isinstance(caught.value, MetadataValidationError)
            assert caught.value.kind == "metadata"


@pytest.mark.parametrize(("members", "name", "words"), BAD)
def test_a_stored_document_is_refused_alike(members: dict[str, Any], name: str, words: str) -> None:
    """Catches a stored document that is trusted more than one that a caller passes."""
    text = json.dumps(members).encode()
    key = ".zarray" if members["zarr_format"] == 2 else "zarr.json"
    with zarr.config.set({"array.rectilinear_chunks": True}):
        with pytest.raises(crud.DocumentError) as caught:
            crud.read_metadata(MemoryStore({key: Buffer.from_bytes(text)}))
        assert f"`{name}`" in str(caught.value)
        group = Buffer.from_bytes(b'{"zarr_format": 3, "node_type": "group"}')
        store = MemoryStore({"zarr.json": group, f"a/{key}": Buffer.from_bytes(text)})
        with pytest.raises(crud.DocumentError) as caught:
            crud.list_children(store)
        assert f"`{name}`" in str(caught.value)


@pytest.mark.parametrize(
    "members",
    [
        document_members(novel={"must_understand": False, "anything": [1]}),
        document_members(attributes=...),
        document_members(dimension_names=[None, "x"]),
        document_members(shape=[2**62, 5]),
        document_members(shape=[0, 5], chunk_grid=regular(0, 2)),
        v2_members(compressor=...),
        v2_members(shape=[0, 5], chunks=[0, 2]),
        v2_members(fill_value=None),
        v2_members(novel=1),
    ],
)
def test_what_is_unusual_but_right_is_served(engine: str, members: dict[str, Any]) -> None:
    """Catches a refusal of old software's chunks of 0, of optional members, or of ignored ones."""
    store = MemoryStore()
    crud.create(members, store, engine=engine)
    document = crud.read_metadata(store, engine=engine)
    if crud.explain(document, store)[engine].serves:
        found = crud.read_region(document, store, (slice(0, 2), 0), engine=engine)
        assert not found.any()
    else:
        assert members["zarr_format"] == 2


def test_a_rectilinear_grid_needs_zarrs_flag() -> None:
    """Catches an experimental grid that is accepted, or an error that does not name the flag."""
    members = document_members(chunk_grid=rectilinear([3, 4], [2, 3]))
    with pytest.raises(crud.DocumentError, match=r"`chunk_grid` .*'array\.rectilinear_chunks'"):
        crud.read_region(members, MemoryStore())
