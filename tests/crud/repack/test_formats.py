"""Documents of both formats for one array."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import zarr
from tests.crud.repack.cases import ARRAYS, FIELDS
from zarr import crud
from zarr.crud._document.cache import as_document
from zarr.crud._repack.formats import as_format2, as_format3, kind_of_codec


def document(**members: Any) -> crud.Document:
    return as_document(zarr.create_array({}, shape=(7, 5), **members).metadata)


@pytest.mark.parametrize("name", [name for name in ARRAYS if name.startswith("2")])
def test_a_document_comes_back_from_the_other_format(name: str) -> None:
    """Catches a member that is lost on the way."""
    before = document(**ARRAYS[name])
    after: Any = as_document(as_format2(as_format3(before)))
    known = {"fill_value", "dimension_separator"}
    assert {k: v for k, v in after.items() if k not in known} == {
        k: v
        for k, v in as_document(before.array.to_dict()).items()
        if k not in known | {"node_type"}
    } or name == "2-blosc"
    assert after.fill_element.tobytes() == before.fill_element.tobytes()


def test_names_of_dimensions_move_between_attribute_and_member() -> None:
    """Catches names that xarray no longer finds, or finds twice."""
    members: Any = document(zarr_format=2, chunks=(3, 2), dtype="i4")
    old = as_document({**members, "attributes": {"_ARRAY_DIMENSIONS": ["y", "x"], "u": 1}})
    new = as_format3(old)
    assert new["dimension_names"] == ["y", "x"]
    assert new["attributes"] == {"u": 1}
    assert as_format2(new)["attributes"] == {"_ARRAY_DIMENSIONS": ["y", "x"], "u": 1}
    odd = as_document({**members, "attributes": {"_ARRAY_DIMENSIONS": ["y"]}})
    assert as_format3(odd)["attributes"] == {"_ARRAY_DIMENSIONS": ["y"]}


def test_a_fill_value_keeps_its_bits() -> None:
    """Catches a NaN that becomes another one, and an undefined value that is not zero."""
    members: Any = document(zarr_format=2, chunks=(3, 2), dtype=">f4")
    for value, expected in (("NaN", np.float32("nan")), (None, np.float32(0)), (-0.0, -0.0)):
        made = as_document(as_format3(as_document({**members, "fill_value": value})))
        assert made.fill_element.tobytes() == np.array([expected], "<f4").tobytes()


def test_fields_of_two_byte_orders_are_refused() -> None:
    """Catches a structure whose fields are swapped."""
    mixed = np.dtype([("x", "<i2"), ("y", ">f4")])
    with pytest.raises(crud.UnsupportedError, match="two byte orders"):
        as_format3(document(zarr_format=2, chunks=(3, 2), dtype=mixed))
    as_format3(document(zarr_format=2, chunks=(3, 2), dtype=FIELDS))


@pytest.mark.parametrize(
    ("members", "text"),
    [
        ({"chunks": (3, 2), "shards": (6, 4)}, "sharding_indexed"),
        ({"chunks": (3, 2), "filters": [zarr.codecs.CastValue(data_type="int16")]}, "cast_value"),
    ],
)
def test_what_format_2_lacks_is_refused(members: Any, text: str) -> None:
    """Catches a document of format 2 with something of format 3."""
    with pytest.raises(crud.UnsupportedError, match=text):
        as_format2(dict(document(dtype="i4", **members)))


def test_other_orders_of_axes_are_refused() -> None:
    """Catches an order of axes that format 2 cannot spell."""
    order = zarr.codecs.TransposeCodec(order=(2, 0, 1))
    array: Any = zarr.create_array({}, shape=(4, 4, 4), chunks=2, dtype="i4", filters=[order])
    with pytest.raises(crud.UnsupportedError, match="orders 'C' and 'F'"):
        as_format2(dict(as_document(array.metadata)))


def test_codecs_have_one_of_three_kinds() -> None:
    """Catches a filter that counts as a compressor."""
    names = {"transpose": "ArrayArray", "bytes": "ArrayBytes", "gzip": "BytesBytes"}
    for name, kind in names.items():
        assert kind_of_codec({"name": name}).__name__ == f"{kind}Codec"
