"""Parts of many chunks as one selection."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.engine.indexers import INDEXERS, LAYOUTS, VALUES, arrays, made, spec_of
from zarr.crud import UnsupportedError, get_backend
from zarr.crud._document.cache import as_document
from zarr.crud._options import DEFAULT_OPTIONS
from zarr.crud._pipelines.joined import joined, planned
from zarr.crud.testing import assert_same


def batch_of(array: Any, indexer: Any) -> list[Any]:
    """The batch that upstream makes of an indexer."""
    inner, document = array._async_array, as_document(array.metadata)
    return [
        (
            inner.store_path / array.metadata.encode_chunk_key(index),
            spec_of(inner, document.chunk_shape_at(tuple(map(int, index)))),
            taken,
            where,
            whole,
        )
        for index, taken, where, whole in indexer
    ]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", [name for name in INDEXERS if name != "nothing"])
def test_one_read_gives_what_many_give(layout: str, name: str) -> None:
    """Catches elements that are taken from, or put to, another place than by chunks."""
    native, _ = arrays(layout, "zarr")
    indexer, document = made(native, name), as_document(native.metadata)
    part = joined(document, batch_of(native, indexer), "", indexer.drop_axes)
    assert part is not None
    backend = get_backend("zarrs")
    found = np.full(indexer.shape, -7, "i4")
    found[part.where] = backend.read_region(
        document, part.location, part.selection, out=None, options=DEFAULT_OPTIONS
    )
    answers = {
        "box": VALUES[1:6, 2:5], "step": VALUES[0:7:3, 4], "element": VALUES[6, 4], "all": VALUES,
        "rows": VALUES[[6, 0, 3]], "outer": VALUES[np.ix_([6, 0], [4, 4, 1])],
        "list and integer": VALUES[[6, 0], 3], "mask of an axis": VALUES[::2, 1:3],
        "points": VALUES[[6, 0, 3, 3], [4, 1, 2, 0]],
        "mask": VALUES[(np.arange(35) % 4 == 1).reshape(7, 5)],
    }  # fmt: skip
    assert_same(found, np.asarray(answers[name]))


def test_what_is_no_single_selection_is_not_joined() -> None:
    """Catches two boxes that become the box around both."""
    native, _ = arrays("format 3", "zarr")
    document = as_document(native.metadata)
    batch = batch_of(native, made(native, "all"))
    for some in (batch[:-1], [batch[0], batch[0]], [batch[0], batch[4]]):
        assert joined(document, some, "", ()) is None
        parts, is_joined = planned(document, some, "", ())
        assert (len(parts), is_joined) == (len(some), False)
    moved = [*batch[:-1], (*batch[-1][:3], (slice(0, 1), slice(0, 1)), True)]
    assert joined(document, moved, "", ()) is None


def test_chunks_of_another_kind_are_refused() -> None:
    """Catches a chunk that is decoded as one of another shape."""
    native, _ = arrays("format 3", "zarr")
    place, _, *rest = batch_of(native, made(native, "all"))[0]
    wrong = [(place, spec_of(native._async_array, (2, 3)), *rest)]
    with pytest.raises(UnsupportedError, match="a chunk of shape"):
        joined(as_document(native.metadata), wrong, "", ())


def test_a_limit_of_chunks_keeps_them_apart() -> None:
    """Catches a limit that one large call does not keep."""
    native, _ = arrays("shards", "zarr")
    document, batch = as_document(native.metadata), batch_of(native, made(native, "all"))
    assert planned(document, batch, "", (), len(batch))[1]
    assert not planned(document, batch, "", (), len(batch) - 1)[1]


def test_a_grown_array_has_its_new_chunks() -> None:
    """Catches a selection beyond the end of the array that the document describes."""
    native, _ = arrays("format 3", "zarr")
    document = as_document(native.metadata)
    native.resize((11, 5))
    native[7:] = 1
    part = joined(document, batch_of(native, made(native, "all")), "", ())
    assert part is not None
    assert part.document.shape == (12, 5)
    found = get_backend("zarrs").read_region(
        part.document, part.location, part.selection, out=None, options=DEFAULT_OPTIONS
    )
    assert_same(found, native[...])
