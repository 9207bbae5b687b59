"""Metadata objects of equal documents."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import zarr
from tests.engine.upstreams_answer import Outcome, outcome
from zarr._engine.metadata.shared import array_metadata, known_metadata, metadata_like
from zarr.codecs import BytesCodec
from zarr.core.metadata import ArrayV2Metadata, ArrayV3Metadata
from zarr.registry import register_codec

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


class _Own(BytesCodec):
    """Another implementation of a codec."""


def test_the_configured_classes_of_codecs_are_used() -> None:
    """Catches codecs of the class that was configured when the document was first read."""
    data = document(3)
    assert type(array_metadata(data, None).codecs[0]) is BytesCodec  # type: ignore[union-attr]
    register_codec("bytes", _Own, qualname="tests.engine._Own")
    with zarr.config.set({"codecs.bytes": "tests.engine._Own"}):
        found = array_metadata(data, None)
        assert type(found.codecs[0]) is type(natively(data, None).codecs[0])  # type: ignore[union-attr]
        assert type(found.codecs[0]) is _Own  # type: ignore[union-attr]


def test_what_is_known_needs_no_parsing() -> None:
    """Catches a question about a document that parses it, or that is answered by another one."""
    data = document(3, shape=[11, 5])
    assert known_metadata(data) is None
    expected = array_metadata(data | {"attributes": {"n": 1}}, None)
    known = known_metadata(data)
    assert known is not None
    assert metadata_like(known, data | {"attributes": {"n": 1}}) == expected
    assert known.attributes == {}
    assert known_metadata(data | {"shape": [12, 5]}) is None
