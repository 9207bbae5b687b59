"""What is verified without Python, and what is read instead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import zarr
from zarr import crud
from zarr.codecs import Crc32cCodec
from zarr.crud._document.cache import as_document
from zarr.storage import LocalStore, MemoryStore, WrapperStore

if TYPE_CHECKING:
    from pathlib import Path


def sizes(store: Any, options: crud.Options | None = None) -> Any:
    """What the engine says of the first and the last chunk of an array."""
    document = as_document(crud.read_metadata(store))
    place = crud.Location(store, "")
    given = crud.Options() if options is None else options
    return crud.get_backend("zarrs").verify_chunks(document, place, [(0,), (2,)], options=given)


def test_files_of_plain_arrays_are_verified(tmp_path: Path) -> None:
    """Catches an array that is read although nothing needs it."""
    store = LocalStore(tmp_path)
    zarr.create_array(store, data=np.arange(1, 7), chunks=(2,), compressors=Crc32cCodec())
    assert sizes(store) == [20, 20]
    (tmp_path / "c/2").write_bytes(b"x" * 20)
    assert sizes(store) == [20, None]
    assert sizes(store, crud.Options(chunk_cache=1 << 20)) is None


@pytest.mark.parametrize("zarr_format", [2, 3])
@pytest.mark.parametrize("dtype", [">i4", "M8[s]", "U1"])
def test_elements_of_each_byte_order_are_verified(
    dtype: str, zarr_format: Any, tmp_path: Path
) -> None:
    """Catches an array that is read because of what happens after a read."""
    store = LocalStore(tmp_path)
    values = np.arange(1, 7).astype(dtype)
    zarr.create_array(store, data=values, chunks=(2,), compressors=None, zarr_format=zarr_format)
    assert sizes(store) == [2 * values.itemsize] * 2


def test_texts_are_read(tmp_path: Path) -> None:
    """Catches texts for which nobody has room."""
    store = LocalStore(tmp_path)
    zarr.create_array(store, data=np.array(list("abcdef"), "T"), chunks=(2,))
    assert sizes(store) is None
    report = crud.verify(store, level="decode", engine="zarrs")
    assert report.ok
    assert report.arrays[0].checked == 3


def test_other_stores_are_read(tmp_path: Path) -> None:
    """Catches the methods of a store that are passed over."""
    for store in (MemoryStore(), WrapperStore(LocalStore(tmp_path))):
        zarr.create_array(store, data=np.arange(1, 7), chunks=(2,), compressors=None)
        assert sizes(store) is None
