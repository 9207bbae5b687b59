"""Writes: the library encodes, and the values are replaced under the locks of all engines."""

from __future__ import annotations

import multiprocessing
import threading
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import zarr
from tests.zarrista.support import ENGINE, VALUES, document_of, make
from zarr import crud
from zarr.codecs import TransposeCodec
from zarr.crud import Location, Options
from zarr.crud.backends import hold
from zarr.crud.testing import assert_same
from zarr.storage import LocalStore
from zarr.zarrista import _writes
from zarr.zarrista._codecs import ChunkCodec
from zarr.zarrista._library import LibraryError, library

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_a_file_is_replaced_and_never_changed(tmp_path: Path) -> None:
    """Catches the library's own write, which empties the file before it fills it."""
    document, store = make(tmp_path)
    link = tmp_path / "linked"
    link.hardlink_to(tmp_path / "c/0/0")
    before = link.read_bytes()
    crud.write_region(document, store, (0, 0), 7, engine=ENGINE)
    crud.write_chunk(document, store, (0, 0), np.zeros((3, 2), "i4"), engine=ENGINE)
    assert link.read_bytes() == before
    assert (tmp_path / "c/0/0").read_bytes() == bytes(24)


def test_a_read_only_store_is_refused_before_the_library_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches a library that writes although the store was opened to read."""
    document, _ = make(tmp_path)

    def fail(*_: Any, **__: Any) -> Any:
        raise AssertionError("the library is asked")

    monkeypatch.setattr(_writes, "ChunkCodec", fail)
    store = LocalStore(tmp_path, read_only=True)
    files = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    writes: list[Callable[[], object]] = [
        lambda: crud.write_region(document, store, ..., 1, engine=ENGINE),
        lambda: crud.write_chunk(document, store, (0, 0), np.ones((3, 2), "i4"), engine=ENGINE),
    ]
    for write in writes:
        with pytest.raises(crud.ReadOnlyError):
            write()
    assert files == {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}


def test_a_write_waits_for_the_holder_of_its_key(tmp_path: Path) -> None:
    """Catches a lock that only this engine knows."""
    document, store = make(tmp_path)
    done = threading.Event()

    def write() -> None:
        crud.write_region(document, store, (0, 0), 7, engine=ENGINE)
        done.set()

    thread = threading.Thread(target=write)
    with hold(Location(store, ""), "c/0/0"):
        thread.start()
        assert not done.wait(0.2)
        assert crud.read_region(document, store, (0, 0), engine=ENGINE) == 1
    thread.join()
    assert crud.read_region(document, store, (0, 0), engine=ENGINE) == 7


def fill(folder: str, first: int, engines: tuple[str, ...]) -> None:
    """Write every fourth element of one chunk, each in a call."""
    store = LocalStore(folder)
    document = crud.read_metadata(store)
    for position in range(first, 64, 4):
        engine = engines[position // 4 % len(engines)]
        crud.write_region(document, store, position, position + 1, engine=engine)


@pytest.mark.parametrize("chunks", [{"chunks": 64}, {"chunks": 8, "shards": 64}])
def test_processes_and_engines_keep_every_element_of_one_chunk(tmp_path: Path, chunks: Any) -> None:
    """Catches a lost update between two processes, or an absent chunk that both create."""
    zarr.create_array(LocalStore(tmp_path), shape=64, dtype="i4", **chunks)
    context = multiprocessing.get_context("spawn")
    engines = [(ENGINE,), (ENGINE, "zarrs"), ("reference", ENGINE), (ENGINE,)]
    workers = [
        context.Process(target=fill, args=(str(tmp_path), first, engines[first]))
        for first in range(4)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
        assert worker.exitcode == 0
    found = zarr.open_array(LocalStore(tmp_path), mode="r")[...]
    np.testing.assert_array_equal(found, np.arange(1, 65))


@pytest.mark.parametrize("write_empty", [False, True])
def test_chunks_of_the_fill_value_are_kept_or_deleted(tmp_path: Path, write_empty: bool) -> None:
    """Catches an option that the library's own rule replaces, and -0.0 taken for 0.0."""
    document, store = make(tmp_path, dtype="f4", fill_value=0.0)
    options = Options(write_empty_chunks=write_empty)
    crud.write_region(document, store, ..., 0.0, engine=ENGINE, options=options)
    assert (tmp_path / "c/0/0").exists() is write_empty
    crud.write_region(document, store, ..., -0.0, engine=ENGINE, options=options)
    assert np.signbit(crud.read_region(document, store, engine="reference")).all()


@pytest.mark.parametrize(
    ("kind", "selection"),
    [
        ("basic", (slice(None, None, -3), slice(0, 5, 2))),
        ("orthogonal", ([6, 0], slice(1, 4))),
        ("coordinate", ([0, 6, 3], [4, 0, 3])),
        ("mask", VALUES % 3 == 0),
        ("block", (1, slice(1, 3))),
    ],
)
@pytest.mark.parametrize("shards", [None, (6, 4)])
def test_every_dialect_writes_what_the_reference_writes(
    tmp_path: Path, kind: Any, selection: Any, shards: Any
) -> None:
    """Catches elements beside the selected ones, or in another order."""
    found = {}
    for engine in (ENGINE, "reference"):
        document, store = make(tmp_path / engine, shards=shards)
        part = crud.read_region(document, store, selection, kind=kind)
        value = np.arange(part.size, dtype="i4").reshape(part.shape) + 100
        crud.write_region(document, store, selection, value, kind=kind, engine=engine)
        found[engine] = crud.read_region(document, store, engine="reference")
    assert_same(found[ENGINE], found["reference"])


def test_a_failed_write_leaves_the_old_value(tmp_path: Path, monkeypatch: Any) -> None:
    """Catches a value that is gone when the library or the disk fails."""
    document, store = make(tmp_path)
    (tmp_path / "c/1/1").write_bytes(b"damaged")
    with pytest.raises(crud.DecodeError, match="c/1/1"):
        crud.write_region(document, store, (3, 2), 1, engine=ENGINE)
    assert (tmp_path / "c/1/1").read_bytes() == b"damaged"
    before = (tmp_path / "c/0/0").read_bytes()

    def fail(*_: Any) -> Any:
        raise LibraryError("no encoder")

    monkeypatch.setattr(ChunkCodec, "encode", fail)
    with pytest.raises(crud.InternalError, match="no encoder"):
        crud.write_region(document, store, (0, 0), 1, engine=ENGINE)
    assert (tmp_path / "c/0/0").read_bytes() == before


def test_durability_and_locks_of_processes_are_served(tmp_path: Path) -> None:
    """Catches an option that is refused although the values are replaced by our own files."""
    document, store = make(tmp_path)
    options = Options(durability="fsync", locking="processes")
    crud.write_region(document, store, ..., 3, engine=ENGINE, options=options)
    assert (crud.read_region(document, store, engine="zarrs") == 3).all()


def test_only_format_3_is_written(tmp_path: Path) -> None:
    """Catches a write that begins although its format is only read."""
    document, store = make(tmp_path, zarr_format=2)
    assert_same(crud.read_region(document, store, engine=ENGINE), VALUES)
    with pytest.raises(crud.UnsupportedError, match="does not write them"):
        crud.write_region(document, store, ..., 1, engine=ENGINE)
    assert document_of(zarr_format=2)["zarr_format"] == 2


@pytest.mark.parametrize(
    "layout",
    [
        {"chunks": (3, 2)},
        {"chunks": (3, 2), "shards": (6, 4)},
        {"chunks": (3, 2), "shards": (6, 4), "filters": TransposeCodec(order=(1, 0))},
    ],
)
@pytest.mark.parametrize("selection", [..., (slice(5, 7), slice(3, 5)), (slice(6, 7), slice(4, 5))])
def test_cells_beyond_the_shape_come_back_as_with_the_reference(
    tmp_path: Path, layout: Any, selection: Any
) -> None:
    """Catches a shard whose subchunks beyond the end of the array are lost, or a chunk's kept."""
    found = {}
    for engine in (ENGINE, "reference", "zarrs"):
        store = LocalStore(tmp_path / engine)
        large = zarr.create_array(store, shape=(12, 8), dtype="i4", fill_value=-1, **layout)
        large[...] = np.arange(96, dtype="i4").reshape(12, 8)
        document = crud.read_metadata(store)
        small = {**document, "shape": [7, 5]}
        crud.write_region(small, store, selection, 500, path="", engine=engine)
        found[engine] = np.asarray(crud.read_region(document, store, engine="reference"))
    assert_same(found[ENGINE], found["reference"])
    assert_same(found[ENGINE], found["zarrs"])


def test_the_library_itself_writes_in_place(tmp_path: Path) -> None:
    """Catches a page of promises, and a design, whose reason is gone: the library's own writes."""
    make(tmp_path)
    link = tmp_path / "linked"
    link.hardlink_to(tmp_path / "c/0/0")
    array = library().Array.open(library().store.FilesystemStore(str(tmp_path)))
    array.store_chunk([0, 0], library().ArrayBytes(np.full(6, 77, "<i4").tobytes()))
    assert link.read_bytes() == np.full(6, 77, "<i4").tobytes()
