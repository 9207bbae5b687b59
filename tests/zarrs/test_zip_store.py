"""ZIP archives that are read without Python: when, and that the elements are the same."""

from __future__ import annotations

import asyncio
import gc
import pickle
import subprocess
import sys
import zipfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import _zarrs_bindings as zb
import zarr
from tests.patience import HANG
from tests.remote.test_differential import ARRAYS, SHAPE, selections, values
from zarr import crud
from zarr.codecs import ZstdCodec
from zarr.crud.testing import assert_same
from zarr.storage import ZipStore
from zarr.zarrs._store import handle_of

if TYPE_CHECKING:
    from zarr.abc.store import Store

METHODS = {"stored": zipfile.ZIP_STORED, "deflated": zipfile.ZIP_DEFLATED}

WHOLE = np.arange(35, dtype="i4").reshape(7, 5)


class Bridged(ZipStore):
    """A subclass, which may do anything, so it is read through Python."""


def make(path: Path, method: int = zipfile.ZIP_STORED, **options: Any) -> None:
    """Write the archive of one array."""
    options = {"shape": (7, 5), "chunks": (3, 2), "dtype": "i4"} | options
    data = options.pop("data", WHOLE)
    with ZipStore(path, mode="w", compression=method) as store:
        zarr.create_array(store, **options)[...] = data


def is_native(store: Store) -> bool:
    """Return whether the extension reads a store itself, once it is open."""
    asyncio.run(store._ensure_open())
    return isinstance(handle_of(store), zb.ZipStore)


@pytest.mark.filterwarnings("ignore:Combining a `sharding_indexed` codec")
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", ARRAYS)
def test_all_ways_give_the_same_elements(tmp_path: Path, name: str, method: str) -> None:
    """Catches wrong places, wrong byte orders, and chunks that are lost or read as missing."""
    path = tmp_path / "a.zip"
    make(path, METHODS[method], data=values(ARRAYS[name]["dtype"]), shape=SHAPE, **ARRAYS[name])
    plain = zarr.open_array(ZipStore(path), mode="r", engine="zarr")
    native = zarr.open_array(ZipStore(path), mode="r", engine="zarrs")
    bridged = zarr.open_array(Bridged(path), mode="r", engine="zarrs")
    assert is_native(native.store)
    assert not is_native(bridged.store)
    for way, chosen in selections().items():
        for selection in chosen:
            expected = getattr(plain, way)(selection)
            for array in (native, bridged):
                assert np.array_equal(getattr(array, way)(selection), expected), (way, selection)


@settings(max_examples=15)
@given(data=st.data())
def test_archives_of_any_shape_are_read(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Catches ranks, ragged edges and data types that are read otherwise than by zarr-python."""
    path = tmp_path_factory.mktemp("any") / "a.zip"
    rank = data.draw(st.integers(0, 4))
    per = tuple(data.draw(st.integers(1, 3)) for _ in range(rank))
    chunks = tuple(data.draw(st.integers(1, 3)) for _ in range(rank))
    shape = tuple(data.draw(st.integers(0, 7)) for _ in range(rank))
    dtype = data.draw(st.sampled_from(["bool", "u1", ">i2", "f4", "c16", "M8[s]", "U3", "T"]))
    zarr_format = data.draw(st.sampled_from([2, 3]))
    shards = data.draw(st.booleans()) and zarr_format == 3 and rank > 0
    numbers = np.random.default_rng(0).integers(0, 99, shape)
    elements = numbers.astype(dtype) if dtype != "U3" else numbers.astype("U3")
    make(
        path,
        data.draw(st.sampled_from(list(METHODS.values()))),
        data=elements,
        shape=shape,
        chunks=chunks,
        shards=tuple(p * c for p, c in zip(per, chunks, strict=True)) if shards else None,
        dtype=dtype,
        zarr_format=zarr_format,
        compressors=data.draw(st.sampled_from([None, "auto"])),
    )
    select = tuple(
        slice(data.draw(st.integers(0, 3)), None, data.draw(st.integers(1, 2))) for _ in shape
    )
    with ZipStore(path) as store:
        expected = zarr.open_array(store, mode="r", engine="zarr")
        found = zarr.open_array(store, mode="r", engine="zarrs")
        assert is_native(store)
        assert np.array_equal(found[...], expected[...])
        assert np.array_equal(found[select], expected[select])


def test_only_an_archive_that_is_only_read_is_native(tmp_path: Path) -> None:
    """Catches an archive whose directory is not complete, and a file that is not on the disk."""
    path = tmp_path / "a.zip"
    make(path)
    assert is_native(ZipStore(path))
    for mode in ("a", "w"):
        other = ZipStore(tmp_path / f"{mode}_.zip", mode=mode)
        zarr.create_array(other, data=WHOLE, chunks=(3, 2))
        assert not is_native(other)
        assert_same(zarr.open_array(other, engine="zarrs")[...], WHOLE)
        other.close()
    with path.open("rb") as file:
        assert not is_native(ZipStore(file))
    assert not is_native(Bridged(path))


def test_other_methods_are_read_through_python(tmp_path: Path) -> None:
    """Catches an archive that zarr-python reads, and that becomes unreadable."""
    make(tmp_path / "a.zip", zipfile.ZIP_BZIP2)
    store = ZipStore(tmp_path / "a.zip")
    assert_same(zarr.open_array(store, mode="r", engine="zarrs")[...], WHOLE)
    assert not is_native(store)


def test_missing_chunks_are_fill_values_or_errors(tmp_path: Path) -> None:
    """Catches a missing entry that is an error, or unset memory."""
    make(tmp_path / "a.zip", data=0, fill_value=7)
    with ZipStore(tmp_path / "b.zip", mode="w") as store:
        zarr.create_array(store, shape=(7, 5), chunks=(3, 2), dtype="i4", fill_value=7)
    store = ZipStore(tmp_path / "b.zip")
    array = zarr.open_array(store, mode="r", engine="zarrs")
    assert (np.asarray(array[...]) == 7).all()
    with pytest.raises(zarr.errors.ChunkNotFoundError, match="c/0/0"):
        crud.read_region(
            array.metadata, store, engine="zarrs", options=crud.Options(missing_chunks="error")
        )


def test_a_file_that_is_replaced_is_not_mixed_with_its_successor(tmp_path: Path) -> None:
    """Catches the directory of one archive with the entries of another."""
    path = tmp_path / "a.zip"
    make(path)
    make(tmp_path / "b.zip", data=-WHOLE, compressors=None)
    store = ZipStore(path)
    array = zarr.open_array(store, mode="r", engine="zarrs")
    assert_same(array[...], WHOLE)
    (tmp_path / "b.zip").replace(path)
    assert_same(array[...], WHOLE)
    late = ZipStore(path)
    opened = zarr.open_array(late, mode="r", engine="zarrs")
    make(path.with_name("c.zip"), data=2 * WHOLE)
    (tmp_path / "c.zip").replace(path)
    assert_same(opened[...], -WHOLE)
    assert not is_native(late)


def test_a_store_that_was_closed_reads_the_file_of_today(tmp_path: Path) -> None:
    """Catches a handle, or a reader, of the archive before; upstream opens the path again."""
    path = tmp_path / "a.zip"
    make(path)
    store = ZipStore(path)
    document = crud.read_metadata(store)
    array = zarr.open_array(store, mode="r", engine="zarrs")
    assert_same(array[...], WHOLE)
    assert_same(crud.read_region(document, store, engine="zarrs"), WHOLE)
    store.close()
    make(tmp_path / "b.zip", data=-WHOLE, compressors=ZstdCodec())
    (tmp_path / "b.zip").replace(path)
    assert_same(array[...], -WHOLE)
    assert_same(array[1:3, 2], -WHOLE[1:3, 2])
    assert_same(crud.read_region(document, store, engine="zarrs"), -WHOLE)
    assert is_native(store)


def test_a_store_that_was_pickled_is_native(tmp_path: Path) -> None:
    """Catches a store that was not opened yet and stays with Python for good."""
    make(tmp_path / "a.zip")
    array = zarr.open_array(ZipStore(tmp_path / "a.zip"), mode="r", engine="zarrs")
    back = pickle.loads(pickle.dumps(array))
    assert_same(back[...], WHOLE)
    assert is_native(back.store)


def test_descriptors_are_closed_with_their_store(tmp_path: Path) -> None:
    """Catches a file that stays open for as long as its document, or the process, lives."""
    make(tmp_path / "a.zip")
    document = crud.read_metadata(ZipStore(tmp_path / "a.zip"))

    def descriptors() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    def work(most: int) -> None:
        store = ZipStore(tmp_path / "a.zip")
        for _ in range(3):
            store.close()
            for _ in range(3):
                assert_same(crud.read_region(document, store, engine="zarrs"), WHOLE)
            assert is_native(store)
        assert descriptors() <= most

    # What a process opens once stays open.
    work(1 << 20)
    gc.collect()
    before = descriptors()
    for _ in range(20):
        work(before + 2)
        gc.collect()
        assert descriptors() <= before


def test_damage_is_the_same_error_as_in_zarr_python(tmp_path: Path) -> None:
    """Catches wrong elements, and an error of another class."""
    path = tmp_path / "a.zip"
    make(path, compressors=None)
    data = bytearray(path.read_bytes())
    data[data.find(b"c/1/1") + 5] ^= 0xFF
    path.write_bytes(data)
    for store in (ZipStore(path), Bridged(path)):
        # The traceback of an error refers to the store, which then warns that nobody closed it.
        with closing(store):
            for engine in ("zarr", "zarrs", "reference"):
                with pytest.raises(zipfile.BadZipFile, match="c/1/1"):
                    zarr.open_array(store, mode="r", engine=engine)[...]


PROGRAM = """
import os, signal, sys, warnings
warnings.simplefilter("ignore")
import zarr
from zarr.storage import ZipStore

array = zarr.open_array(ZipStore(sys.argv[1]), mode="r", engine="zarrs")
expected = array[...]
children = []
for _ in range(8):
    child = os.fork()
    if child == 0:
        signal.alarm(60)
        same = all((array[...] == expected).all() and array[6, 4] == 34 for _ in range(20))
        os._exit(0 if same else 3)
    children.append(child)
assert (array[...] == expected).all()
print([os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children])
"""


def test_forked_children_read_at_once(tmp_path: Path) -> None:
    """Catches a lock, or a position of the file, that parent and children share."""
    make(tmp_path / "a.zip", shards=(6, 4), compressors=None)
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path / "a.zip")],
        capture_output=True,
        text=True,
        timeout=HANG,
        check=False,
    )
    assert ran.stdout.strip() == str([0] * 8), ran.stderr
