"""Arrays that differ in lengths and names of dimensions share what they do not differ in."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import zarr
from tests.engine.metadata.test_templates import document, natively, seen
from zarr._engine.engines.native_pipeline import native_pipeline
from zarr._engine.metadata.similar import key_of_similar, similar_metadata
from zarr._engine.metadata.templates import array_metadata
from zarr.core.metadata import ArrayV2Metadata, ArrayV3Metadata
from zarr.storage import MemoryStore

SHARDED: Any = {"shards": (6, 4), "chunks": (3, 2)}
LENGTHS: Any = st.lists(
    st.sampled_from((0, 1, 2, 7, 1 << 70, -1, True, 1.0, "2", None, [2, 1])), max_size=3
)
GRIDS: Any = st.builds(
    lambda name, lengths, other: {"name": name, "configuration": {"chunk_shape": lengths} | other},
    st.sampled_from(("regular", "rectilinear", None)),
    LENGTHS,
    st.sampled_from(({}, {"order": "C"})),
)
OWN: Any = st.fixed_dictionaries(
    {},
    optional={
        "shape": LENGTHS,
        "chunks": LENGTHS,
        "chunk_grid": GRIDS,
        "dimension_names": st.none()
        | st.lists(st.sampled_from(("x", "y", None, "", 1)), max_size=3)
        | st.just("xy"),
        "attributes": st.sampled_from(({}, {"n": 1}, None, [1])),
    },
)


def stored_together(zarr_format: Any, **given: Any) -> Any:
    """A group with arrays of several shapes, and data."""
    group = zarr.create_group(MemoryStore(), zarr_format=zarr_format)
    for number, shape in enumerate([(7, 5), (5, 7), (0, 3), (9, 1)]):
        made = group.create_array(
            f"a{number}", **{"chunks": (3, 2), "dtype": ">u2"} | given, shape=shape
        )
        made[...] = np.arange(shape[0] * shape[1]).reshape(shape)
    return group


@given(st.sampled_from([document(2), document(3), document(3, "f4"), document(2, "<f8")]), OWN)
def test_a_similar_document_means_what_it_means_to_upstream(
    data: dict[str, Any], own: dict[str, Any]
) -> None:
    """Catches metadata, an error or a warning that differs from that of a document alone."""
    array_metadata(data, None)
    assert seen(array_metadata, data | own) == seen(natively, data | own)


@pytest.mark.parametrize("zarr_format", [2, 3])
def test_similar_documents_are_parsed_once(
    zarr_format: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches a group of many variables whose documents are all parsed."""
    data = document(zarr_format, "u4")
    array_metadata(data, None)
    monkeypatch.setattr(ArrayV2Metadata, "from_dict", None)
    monkeypatch.setattr(ArrayV3Metadata, "from_dict", None)
    for length in range(20, 30):
        assert array_metadata(data | {"shape": [length, 5]}, None).shape == (length, 5)


@pytest.mark.parametrize(
    ("zarr_format", "given"), [(2, {}), (3, {}), (3, SHARDED), (3, {"dtype": "str"})]
)
def test_similar_members_share_a_pipeline_and_read_their_own_data(
    zarr_format: Any, given: Any
) -> None:
    """Catches an array with the grid of another one, and pipelines that are made for each."""
    group = stored_together(zarr_format, **given)
    for _ in range(2):
        ours = dict(zarr.open_group(group.store, mode="r", engine="zarrs").arrays())
        assert len({id(native_pipeline(one._async_array)) for one in ours.values()}) == 1
        for name, array in group.arrays():
            assert ours[name].metadata == array.metadata
            assert ours[name].nchunks == array.nchunks
            np.testing.assert_array_equal(ours[name][...], array[...])
            native = ours[name].with_config({"engine": "zarr"})
            np.testing.assert_array_equal(native[...], array[...])


def test_what_else_differs_is_not_shared() -> None:
    """Catches an array that gets the data type, the codecs or the order of another one."""
    data, data_2 = document(3), document(2)
    others: list[dict[str, Any]] = [
        data | {"shape": [7, 5, 1]},
        data | {"data_type": "int32"},
        data | {"fill_value": 1},
        data | {"fill_value": False},
        data | {"codecs": [{"name": "bytes", "configuration": {"endian": "big"}}]},
        data_2 | {"order": "F"},
        data_2 | {"dtype": ">i2"},
        data_2,
    ]
    keys = [key_of_similar(one) for one in (data, *others)]
    assert None not in keys
    assert len(set(keys)) == len(keys)
    assert key_of_similar(data | {"shape": [1, 2]}) == keys[0]
    sharded = zarr.create_array({}, shape=(9, 9), dtype="i2", **SHARDED).metadata.to_dict()
    grid = {"name": "regular", "configuration": {"chunk_shape": [12, 4]}}
    listed = sharded | {"shape": [9, 9], "chunk_grid": grid}
    assert key_of_similar(listed) != key_of_similar(sharded | {"shape": [9, 9]})


def test_what_is_no_document_has_no_similar_ones() -> None:
    """Catches a key for what zarr has to refuse."""
    data: dict[str, Any] = document(3)
    for wrong in ({}, data | {"shape": 7}, data | {"zarr_format": True}, data | {"x": object()}):
        assert key_of_similar(wrong) is None
    known = ArrayV3Metadata.from_dict(data)
    assert similar_metadata(known, data | {"chunk_grid": {"name": "regular"}}) is None
    assert similar_metadata(known, data) == known
