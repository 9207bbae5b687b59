"""Documents with `NaN` and infinities, which strict JSON lacks and zarr reads and writes."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest

import zarr
from tests.crud.test_bad_documents import v2_members
from tests.crud.test_document import document_members
from zarr import crud
from zarr.storage import MemoryStore

# Missing values as climate data writes them, and such numbers at a greater depth.
ATTRIBUTES: dict[str, Any] = {
    "missing_value": math.nan,
    "valid_range": [-math.inf, math.inf],
    "deep": {"nan": [math.nan, 1.5], "zero": -0.0},
}

GROUPS: dict[int, dict[str, Any]] = {
    2: {"zarr_format": 2, "attributes": ATTRIBUTES},
    3: {"zarr_format": 3, "node_type": "group", "attributes": ATTRIBUTES},
}


def array_members(zarr_format: int) -> dict[str, Any]:
    """An array whose fill value and attributes are such numbers, written as bare words."""
    if zarr_format == 2:
        return v2_members(dtype="<f4", fill_value=math.nan, attributes=ATTRIBUTES)
    return document_members(data_type="float32", fill_value=math.nan, attributes=ATTRIBUTES)


def same(found: object) -> bool:
    """Whether attributes equal those above; a NaN does not equal itself."""
    return json.dumps(found) == json.dumps(ATTRIBUTES)


@pytest.mark.parametrize("zarr_format", [2, 3])
def test_what_the_facade_writes_zarr_reads(engine: str, zarr_format: int) -> None:
    """Catches a refused document of climate data, by a rule that zarr does not have."""
    store = MemoryStore()
    crud.create(GROUPS[zarr_format], store, engine=engine)
    crud.create(array_members(zarr_format), store, path="a", engine=engine)
    group = zarr.open_group(store)
    array = group["a"]
    assert isinstance(array, zarr.Array)
    assert same(dict(group.attrs))
    assert same(dict(array.attrs))
    assert np.isnan(array[...]).all()
    for path, members in (("", GROUPS[zarr_format]), ("a", array_members(zarr_format))):
        crud.write_metadata(members, store, path=path, engine=engine)
        document = crud.read_metadata(store, path=path, engine=engine)
        assert same(document["attributes"])
        crud.write_metadata(document, store, path=path, engine=engine)
        assert crud.read_metadata(store, path=path, engine=engine) == document
        assert document == {**document}
        assert hash(document) == hash(crud.read_metadata(store, path=path))


@pytest.mark.filterwarnings("ignore:Consolidated metadata:zarr.errors.ZarrUserWarning")
@pytest.mark.parametrize("consolidated", [False, True])
@pytest.mark.parametrize("zarr_format", [2, 3])
def test_one_such_child_does_not_hide_the_others(
    engine: str, zarr_format: Any, consolidated: bool
) -> None:
    """Catches an attribute of one child that prevents a list of the children of its group."""
    store = MemoryStore()
    group = zarr.create_group(store, zarr_format=zarr_format, attributes=ATTRIBUTES)
    group.create_group("inner", attributes=ATTRIBUTES)
    group.create_array("a", shape=(7, 5), chunks=(3, 2), dtype="f4", attributes=ATTRIBUTES)
    group.create_array("plain", shape=(7, 5), dtype="i2")
    if consolidated:
        zarr.consolidate_metadata(store)
    children = dict(crud.list_children(store, engine=engine))
    assert sorted(children) == ["a", "inner", "plain"]
    assert same(children["a"]["attributes"])
    assert same(children["inner"]["attributes"])


@pytest.mark.parametrize("zarr_format", [2, 3])
def test_data_are_read_and_written_through_such_a_document(engine: str, zarr_format: int) -> None:
    """Catches numbers in the extension's JSON that its parser does not know."""
    store, document = MemoryStore(), array_members(zarr_format)
    crud.write_region(document, store, (slice(1, 4), 0), 2.5, engine=engine, detached=True)
    found = crud.read_region(document, store, engine=engine)
    expected = np.full((7, 5), np.nan, "f4")
    expected[1:4, 0] = 2.5
    assert np.array_equal(found, expected, equal_nan=True)


@pytest.mark.parametrize("value", [{1, 2}, b"bytes", object(), 1j])
def test_what_no_json_has_is_refused(value: object) -> None:
    """Catches an error of the JSON module, instead of the fork's own sentence."""
    members: dict[str, Any] = GROUPS[3] | {"attributes": {"x": value}}
    with pytest.raises(crud.DocumentError, match="is not JSON"):
        crud.create(members, MemoryStore())
