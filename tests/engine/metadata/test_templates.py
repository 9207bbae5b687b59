"""Arrays of equal documents share what nothing can change, and nothing else."""

from __future__ import annotations

import copy
import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import zarr
from tests.engine.upstreams_answer import Outcome, outcome
from zarr._engine.metadata import templates
from zarr._engine.metadata.templates import (
    array_metadata,
    key_of,
    known_template,
    template_of,
    template_with_parts_of,
)
from zarr.codecs import BytesCodec
from zarr.core.metadata import ArrayV2Metadata, ArrayV3Metadata
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


@pytest.mark.parametrize("zarr_format", [2, 3])
def test_arrays_of_equal_documents_share_the_document_and_its_parts(zarr_format: Any) -> None:
    """Catches a document that is parsed for each array."""
    store = stored(zarr_format=zarr_format, attributes={"x": 1})
    _, first, second = opened(store), opened(store), opened(store)
    assert first.metadata == second.metadata
    assert first.metadata is not second.metadata
    assert first.metadata.fill_value is second.metadata.fill_value
    third = opened(stored(zarr_format=zarr_format, attributes={"y": [2]}))
    assert as_document(third.metadata) is as_document(second.metadata)
    assert dict(third.attrs) == {"y": [2]}
    assert as_document(third.metadata)["attributes"] == {}
    members = dict(zarr.open_group(third.store, engine="zarrs").arrays())
    assert as_document(members["a"].metadata) is as_document(second.metadata)


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
    templates.keep(key, members, array.metadata)
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


type Json = dict[str, Any]


def document(zarr_format: Any, dtype: str = "i2", **members: Any) -> Json:
    """The document of an array, with its attributes."""
    made = zarr.create_array({}, shape=(7, 5), chunks=(3, 2), dtype=dtype, zarr_format=zarr_format)
    return json.loads(json.dumps(made.metadata.to_dict())) | members  # type: ignore[no-any-return]


VALUES: Any = st.sampled_from(
    (
        *(0, 1, -1, True, False, None, 1.0, "i4", "NaN", "0x7fc12345", [], [0, 2], [3, 2], {}),
        *([True, 2], {"id": "zlib", "level": 1}, {"id": "pickle"}, "<f8", "float64", "|V3"),
        *({"name": "regular", "configuration": {"chunk_shape": [0, 2]}}, [{"id": "delta"}]),
        *("F", "/", [{"name": "bytes"}]),
    )
)
NAMES: Any = st.sampled_from(sorted({*document(2), *document(3), "dimension_names", "other"}))
DOCUMENTS = st.sampled_from([document(2), document(3), document(3, "f4"), document(2, "<f8")])


def natively(data: Json, path: str | None) -> Any:
    """As upstream reads an array's document."""
    if data.get("zarr_format") == 3:
        return ArrayV3Metadata.from_dict(data, path=path)
    return ArrayV2Metadata.from_dict(data, path=path)


def seen(read: Any, data: Json) -> Outcome:
    """Everything that the metadata of a document shows."""

    def show() -> Any:
        found = read(copy.deepcopy(data), "memory://a")
        return type(found), repr(found.__dict__), repr(found.to_dict())

    return outcome(show)


@given(DOCUMENTS, st.dictionaries(NAMES, VALUES, max_size=2), st.sets(NAMES, max_size=1))
def test_every_document_means_what_it_means_to_upstream(
    data: Json, changed: Json, without: set[str]
) -> None:
    """Catches metadata, an error or a warning that differs, the first time or the next."""
    changed = {name: value for name, value in (data | changed).items() if name not in without}
    expected = seen(natively, changed)
    assert seen(array_metadata, changed) == expected
    assert seen(array_metadata, changed) == expected


@pytest.mark.parametrize("zarr_format", [2, 3])
def test_equal_documents_share_all_but_what_can_change(zarr_format: Any) -> None:
    """Catches documents that are parsed again, and attributes that two arrays share."""
    data = document(zarr_format)
    one = array_metadata(data | {"attributes": {"n": {"a": 1}}}, None)
    two = array_metadata(data | {"attributes": {"n": {"a": 1}}}, None)
    other = array_metadata(data | {"shape": [8, 5]}, None)
    assert one == two
    assert one.shape is two.shape
    assert other.shape == (8, 5)
    one.attributes["m"] = one.attributes["n"]["a"] = 2  # type: ignore[index]
    assert two.attributes == {"n": {"a": 1}}
    for name, value in one.__dict__.items():
        if isinstance(value, dict):
            assert two.__dict__[name] is not value


def test_what_is_shared_is_not_the_callers() -> None:
    """Catches a caller who changes its document, and with it the arrays of others."""
    data = document(3, shape=[9, 9])
    before = array_metadata(data, None)
    data["codecs"][0]["configuration"] = {"endian": "big"}
    data["shape"][0] = 1
    assert array_metadata(document(3, shape=[9, 9]), None) == before


@pytest.mark.parametrize("zarr_format", [2, 3])
def test_what_is_known_needs_no_parsing(zarr_format: Any) -> None:
    """Catches a question about a document that parses it, or that is answered by another one."""
    data = document(zarr_format, shape=[11, 5])
    assert known_template(data) is None
    expected = array_metadata(data | {"attributes": {"n": 1}}, None)
    known = known_template(data)
    assert known is not None
    assert known.metadata({"n": 1}) == expected
    assert known.bare.attributes == {}
    assert known_template(data | {"shape": [12, 5]}) is None
    assert known_template(data | {"attributes": [1]}) is None


@pytest.mark.parametrize("zarr_format", [2, 3])
def test_copies_are_known_by_their_parts(zarr_format: Any) -> None:
    """Catches a copy that is not recognized, and a changed one that is."""
    data = document(zarr_format, shape=[13, 5])
    first = array_metadata(data, None)
    template = template_with_parts_of(first)
    assert template is not None
    assert template_with_parts_of(array_metadata(data | {"attributes": {"n": 1}}, None)) is template
    assert template_with_parts_of(first.update_shape((14, 5))) is None
    assert template_with_parts_of(natively(data, None)) is None
    assert template_with_parts_of({"shape": [13, 5]}) is None
    other = "zarr.core.codec_pipeline.FusedCodecPipeline"
    with zarr.config.set({"codec_pipeline.path": other}):
        assert template_with_parts_of(first) is None
