"""Documents by other writers: zarr's defaults and repairs mean the same to each engine."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import zarr
from tests.crud.lenient_documents import REFUSED, documents
from tests.crud.test_bad_documents import regular
from tests.crud.test_document import document_members
from zarr import crud
from zarr.core.buffer.cpu import Buffer
from zarr.core.metadata.repair import ARRAY_REPAIRS
from zarr.storage import MemoryStore

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [
    pytest.mark.filterwarnings("ignore::zarr.errors.UnstableSpecificationWarning"),
    pytest.mark.filterwarnings("ignore::zarr.errors.ZarrUserWarning"),
    pytest.mark.filterwarnings("ignore:Missing 'endian' for structured dtype"),
    pytest.mark.filterwarnings("ignore:overflow encountered in cast:RuntimeWarning"),
    # NumPy warns about signaling NaNs when it converts or compares.
    pytest.mark.filterwarnings("ignore:invalid value encountered:RuntimeWarning"),
]


def store_of(members: dict[str, Any]) -> MemoryStore:
    """A store with the document as another program wrote it."""
    key = ".zarray" if members["zarr_format"] == 2 else "zarr.json"
    return MemoryStore({key: Buffer.from_bytes(json.dumps(members).encode())})


def bits(found: Any) -> object:
    """The result as bits, so that equality is exact."""
    array = np.asarray(found)
    variable = array.dtype.kind in "OT"
    return array.dtype, array.shape, array.tolist() if variable else array.tobytes()


def another_value(array: zarr.Array[Any]) -> Any:
    """A valid element of the array that is not its fill value."""
    dtype = array.dtype
    if dtype.names:
        return np.array((3, 4.5), dtype)
    if dtype.kind in "OT":
        return b"xy" if array.metadata.dtype.to_json(zarr_format=3) != "string" else "xy"
    if dtype.kind == "b":
        return not np.asarray(array.fill_value).item()
    return np.array(b"xy" if dtype.kind == "V" else 3, dtype.str).astype(dtype)


@pytest.fixture(autouse=True)
def with_rectilinear_grids() -> Iterator[None]:
    """Enable such grids, which zarr considers experimental."""
    with zarr.config.set({"array.rectilinear_chunks": True}):
        yield


@pytest.mark.parametrize("members", list(documents()))
def test_a_document_means_what_zarr_makes_of_it(engine: str, members: dict[str, Any]) -> None:
    """Catches an engine without a default or repair of zarr's parser, which refuses or misreads."""
    where = (slice(1, 4), 0)
    native = store_of(members)
    theirs = zarr.open_array(native, mode="r+")
    empty, value = bits(theirs[...]), another_value(theirs)
    theirs[where] = value
    written = bits(theirs[...])
    for document in (members, crud.read_metadata(native)):
        store = store_of(members)
        assert bits(crud.read_region(document, store, engine=engine)) == empty
        crud.write_region(document, store, where, value, engine=engine)
        # Each engine reads what the other wrote.
        assert bits(zarr.open_array(store, mode="r")[...]) == written
        assert bits(crud.read_region(document, native, engine=engine)) == written
    ours = zarr.open_array(store_of(members), mode="r+", engine=engine)
    assert bits(ours[...]) == empty
    ours[where] = value
    assert bits(ours[...]) == written
    assert bits(zarr.open_array(ours.store, mode="r")[...]) == written


@pytest.mark.parametrize("members", [document_members(**m) for m in REFUSED.values()], ids=REFUSED)
def test_what_zarr_does_not_read_is_refused_by_name(engine: str, members: dict[str, Any]) -> None:
    """Catches arrays that are created although zarr itself could not open them."""
    with pytest.raises((TypeError, ValueError)):
        zarr.open_array(store_of(members), mode="r")
    for call in (
        lambda: crud.read_region(members, MemoryStore(), engine=engine),
        lambda: crud.read_metadata(store_of(members), engine=engine),
    ):
        with pytest.raises(
            crud.DocumentError, match=r"`(codecs|chunk_key_encoding|fill_value)` is"
        ):
            call()


def test_a_regular_grid_that_lists_chunks_needs_no_flag(engine: str) -> None:
    """Catches a regular grid that needs a flag, which zarr requires only for rectilinear ones."""
    members = document_members(chunk_grid=regular([3, 4], 2))
    with zarr.config.set({"array.rectilinear_chunks": False}):
        store = store_of(members)
        document = crud.read_metadata(store, engine=engine)
        crud.write_region(document, store, (slice(None), 0), 3, engine=engine)
        assert bits(crud.read_region(document, store, engine=engine)) == bits(
            zarr.open_array(store, mode="r")[...]
        )


def test_every_repair_of_zarr_is_tried() -> None:
    """Catches a repair in a later release of zarr that is not tested here."""
    repairs = [repair for found in ARRAY_REPAIRS.values() for repair in found]
    left = set(repairs)
    for parameters in documents():
        (members,) = parameters.values
        left -= {repair for repair in left if repair(members) is not None}
    assert not left
