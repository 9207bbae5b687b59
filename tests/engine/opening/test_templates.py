"""Arrays of equal documents share what nothing can change, and nothing else."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

import zarr
from zarr._engine.opening import templates
from zarr._engine.opening.templates import key_of, template_of
from zarr.codecs import BytesCodec
from zarr.crud._document.cache import as_document
from zarr.registry import register_codec
from zarr.storage import MemoryStore

MADE: dict[str, Any] = {"shape": (7, 5), "chunks": (3, 2), "dtype": "i2"}


def members_of(store: MemoryStore, path: str = "a") -> dict[str, Any]:
    """The members of a stored document."""
    members: dict[str, Any] = json.loads(store._store_dict[f"{path}/zarr.json"].to_bytes())
    return members


def stored(**given: Any) -> MemoryStore:
    """A store with an array."""
    store = MemoryStore()
    zarr.create_array(store, name="a", **{**MADE, **given})
    return store


def opened(store: MemoryStore) -> Any:
    """The array of a store, with an engine."""
    return zarr.open_array(store, path="a", engine="zarrs")


def test_keys_tell_numbers_of_different_types_apart() -> None:
    """Catches a document that is taken for another one that Python counts as equal."""
    values: list[Any] = [1, True, 1.0, "1", [1], None, 0.0, -0.0, float("nan"), 1 << 70]
    assert len({key_of({"shape": value}) for value in values}) == len(values)
    assert key_of({"a": 1, "attributes": {"x": 1}}) == key_of({"a": 1})
    shared = [1, 2]
    assert key_of({"a": shared, "b": shared}) == key_of({"a": [1, 2], "b": [1, 2]})
    assert key_of({"a": object()}) is None


def test_arrays_of_equal_documents_share_the_document_and_its_parts() -> None:
    """Catches a document that is parsed for each array."""
    store = stored(attributes={"x": 1})
    first, second = opened(store), opened(store)
    assert first.metadata == second.metadata
    assert first.metadata is not second.metadata
    assert first.metadata.codecs is second.metadata.codecs
    third = opened(stored(attributes={"y": [2]}))
    assert as_document(third.metadata) is as_document(second.metadata)
    assert dict(third.attrs) == {"y": [2]}
    assert "attributes" in as_document(third.metadata)
    assert as_document(third.metadata)["attributes"] == {}


def test_attributes_belong_to_one_array() -> None:
    """Catches attributes that change in another array, or are stored for it."""
    store, other = stored(attributes={"x": [1]}), stored(attributes={"x": [1]})
    first, second, third = opened(store), opened(store), opened(other)
    first.metadata.attributes["x"].append(2)
    first.metadata.extra_fields["x"] = {"must_understand": False}
    assert dict(second.attrs) == dict(third.attrs) == {"x": [1]}
    assert second.metadata.extra_fields == {}
    third.attrs["z"] = 3
    assert members_of(other)["attributes"] == {"x": [1], "z": 3}
    assert members_of(store)["attributes"] == {"x": [1]}


def test_what_only_looks_like_a_document_is_not_kept() -> None:
    """Catches numbers of NumPy, whose bytes are those of other numbers."""
    store = stored()
    array = opened(store)
    members = members_of(store) | {"shape": np.array([7, 5])}
    key = key_of(members)
    assert key is not None
    templates.keep(key, members, array._async_array)
    assert template_of(key) is None


def test_another_configuration_parses_anew() -> None:
    """Catches codecs and pipelines of a configuration that is out of date."""
    store = stored()
    before = opened(store)

    class OwnBytes(BytesCodec):
        pass

    register_codec("bytes", OwnBytes)
    own = f"{OwnBytes.__module__}.{OwnBytes.__qualname__}"
    with zarr.config.set({"codecs.bytes": own}):
        assert type(opened(store).metadata.codecs[0]) is OwnBytes
    assert type(opened(store).metadata.codecs[0]) is BytesCodec
    fused = "zarr.core.codec_pipeline.FusedCodecPipeline"
    with zarr.config.set({"codec_pipeline.path": fused}):
        pipeline = opened(store)._async_array.__dict__["_native_pipeline"]
        assert type(pipeline).__name__ == "FusedCodecPipeline"
    assert opened(store).metadata == before.metadata


def test_a_repaired_document_warns_each_time() -> None:
    """Catches a warning that is given for the first array only."""
    store = stored()
    members = members_of(store)
    members["chunk_grid"]["configuration"]["chunk_shape"] = [0, 2]
    buffer = zarr.core.buffer.default_buffer_prototype().buffer
    store._store_dict["a/zarr.json"] = buffer.from_bytes(json.dumps(members).encode())
    for _ in range(2):
        with pytest.warns(UserWarning, match="Array"):
            opened(store)
