"""Reads: boxes through the library's store, everything else from boxes, errors by key."""

from __future__ import annotations

import errno
import gzip
import os
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.patience import in_thread, join
from tests.privileges import without_capabilities
from tests.zarrista.support import ENGINE, VALUES, make
from zarr import crud
from zarr.codecs import GzipCodec
from zarr.crud import Options
from zarr.crud.testing import assert_same
from zarr.errors import ChunkNotFoundError
from zarr.zarrista import _reads
from zarr.zarrista._library import LibraryError, called

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Any]]:
    """The calls of the library's own reads."""
    seen: list[tuple[str, Any]] = []
    real = called

    def noted(function: Any, *arguments: Any, **options: Any) -> Any:
        name = getattr(function, "__name__", "")
        if name.startswith("retrieve"):
            seen.append((name, arguments[0]))
        return real(function, *arguments, **options)

    monkeypatch.setattr(_reads, "called", noted)
    return seen


def test_a_box_is_one_call_of_the_library(tmp_path: Path, calls: list[Any]) -> None:
    """Catches a region that is read chunk by chunk in Python."""
    document, store = make(tmp_path)
    assert_same(crud.read_region(document, store, (slice(1, 7), 3), engine=ENGINE), VALUES[1:7, 3])
    assert calls == [("retrieve_array_subset", (slice(1, 7), slice(3, 4)))]
    calls.clear()
    found = crud.read_chunk(document, store, (2, 2), engine=ENGINE)
    assert_same(found, np.array([[35, -9], [-9, -9], [-9, -9]], "i4"))
    assert calls == [("retrieve_chunk", [2, 2])]


@pytest.mark.parametrize(
    ("kind", "selection", "expected"),
    [
        ("basic", (slice(None, None, -3), slice(0, 5, 2)), VALUES[::-3, 0:5:2]),
        ("orthogonal", ([6, 0, 6], slice(1, 4)), VALUES[[6, 0, 6], 1:4]),
        ("coordinate", ([0, 6, 3], [4, 0, 3]), VALUES[[0, 6, 3], [4, 0, 3]]),
        ("mask", VALUES % 3 == 0, VALUES[VALUES % 3 == 0]),
        ("block", (1, slice(1, 3)), VALUES[3:6, 2:5]),
        ("orthogonal", ([slice(0, 2), slice(5, 7)], 1), VALUES[[0, 1, 5, 6], 1]),
    ],
)
@pytest.mark.parametrize("shards", [None, (6, 4)])
def test_other_selections_are_gathered_from_boxes(
    tmp_path: Path, calls: list[Any], kind: Any, selection: Any, expected: Any, shards: Any
) -> None:
    """Catches a gather that takes other elements, and one that asks for steps or lists."""
    document, store = make(tmp_path, shards=shards)
    if kind == "block" and shards:
        expected = VALUES[6:, 4:]
    for options in (None, Options(missing_chunks="error"), Options(immutable_store=False)):
        found = crud.read_region(
            document, store, selection, kind=kind, engine=ENGINE, options=options
        )
        assert_same(found, expected)
    for _, box in calls:
        assert all(isinstance(one, slice) and one.step is None for one in box)
    assert calls


def test_missing_chunks_are_told_from_chunks_of_the_fill_value(
    tmp_path: Path, calls: list[Any]
) -> None:
    """Catches an error for a stored chunk that holds the fill value, or none for a missing one."""
    document, store = make(tmp_path, config={"write_empty_chunks": True})
    crud.write_region(
        document, store, ..., -9, engine="reference", options=Options(write_empty_chunks=True)
    )
    strict = Options(missing_chunks="error")
    assert (crud.read_region(document, store, engine=ENGINE, options=strict) == -9).all()
    (tmp_path / "c/1/1").unlink()
    assert (crud.read_region(document, store, engine=ENGINE) == -9).all()
    reads: list[Callable[[], object]] = [
        lambda: crud.read_region(document, store, engine=ENGINE, options=strict),
        lambda: crud.read_chunk(document, store, (1, 1), engine=ENGINE, options=strict),
    ]
    for read in reads:
        with pytest.raises(ChunkNotFoundError, match="c/1/1"):
            read()


def test_a_shard_is_read_as_one_value_if_the_store_changes(
    tmp_path: Path, calls: list[Any]
) -> None:
    """Catches a part of a shard whose index is of another version, against the caller's word."""
    document, store = make(tmp_path, shards=(6, 4))
    for given, natively in ((None, True), (True, True), (False, False)):
        calls.clear()
        options = Options(immutable_store=given)
        assert crud.read_region(document, store, (5, 3), engine=ENGINE, options=options) == 29
        assert bool(calls) is natively


def test_a_damaged_chunk_is_named(tmp_path: Path) -> None:
    """Catches an error of the library's own class, which names no key."""
    document, store = make(tmp_path)
    (tmp_path / "c/1/1").write_bytes(b"damaged")
    for selection in (..., (slice(3, 6), slice(2, 4)), (slice(None, None, 2),)):
        with pytest.raises(crud.DecodeError, match="c/1/1"):
            crud.read_region(document, store, selection, engine=ENGINE)
    with pytest.raises(crud.DecodeError, match="c/1/1"):
        crud.read_chunk(document, store, (1, 1), engine=ENGINE)
    assert crud.read_region(document, store, (0, 0), engine=ENGINE) == 1


@pytest.mark.parametrize("selection", [(0, 0), (slice(0, 3), slice(0, 2)), ...])
def test_a_raw_chunk_of_another_length_is_an_error(tmp_path: Path, selection: Any) -> None:
    """Catches a part of a chunk that is read although the file is longer than the chunk."""
    document, store = make(tmp_path)
    file = tmp_path / "c/0/0"
    file.write_bytes(file.read_bytes() + b"more")
    with pytest.raises(crud.DecodeError, match="c/0/0"):
        crud.read_region(document, store, selection, engine=ENGINE)


def test_what_the_library_makes_of_gzip_members(tmp_path: Path) -> None:
    """Catches a page of promises that says too much or too little: see those of damage."""
    document, store = make(tmp_path, chunks=(7, 5), compressors=GzipCodec())
    data = VALUES.tobytes()
    file = tmp_path / "c/0/0"
    file.write_bytes(gzip.compress(data) + b"behind")
    assert_same(crud.read_region(document, store, engine=ENGINE), VALUES)
    file.write_bytes(gzip.compress(data[:40]) + gzip.compress(data[40:]))
    with pytest.raises(crud.DecodeError, match="c/0/0"):
        crud.read_region(document, store, engine=ENGINE)
    assert_same(crud.read_region(document, store, engine="reference"), VALUES)


def test_a_bomb_is_an_error_after_it_was_decoded(tmp_path: Path) -> None:
    """Catches a page of promises that says that the library stops at the size of the chunk."""
    document, store = make(tmp_path, chunks=(7, 5), compressors=GzipCodec())
    (tmp_path / "c/0/0").write_bytes(gzip.compress(bytes(1 << 24)))
    with pytest.raises(crud.DecodeError, match=f"decoded chunk is {1 << 24}, expected 140"):
        crud.read_region(document, store, engine=ENGINE)


def obstacles(at: Path) -> dict[str, Any]:
    return {
        "directory": at.mkdir,
        "fifo": lambda: os.mkfifo(at),
        "loop": lambda: at.symlink_to(at),
    }


@pytest.mark.parametrize("kind", ["directory", "fifo", "loop"])
def test_what_is_no_file_is_an_error_of_the_system(tmp_path: Path, kind: str) -> None:
    """Catches fill values, an error without a number, or a wait for the writer of a FIFO."""
    document, store = make(tmp_path)
    (tmp_path / "c/0/0").unlink()
    obstacles(tmp_path / "c/0/0")[kind]()
    failures: list[Any] = []

    def outcome(work: Any) -> None:
        try:
            failures.append(work())
        except OSError as err:
            failures.append(err)

    works: list[Callable[[], object]] = [
        lambda: crud.read_region(document, store, engine=ENGINE),
        lambda: crud.read_region(document, store, (0, 0), engine=ENGINE),
        lambda: crud.read_region(document, store, ([0], [0]), kind="orthogonal", engine=ENGINE),
        lambda: crud.read_chunk(document, store, (0, 0), engine=ENGINE),
    ]
    for work in works:
        join(in_thread(lambda work=work: outcome(work)))  # type: ignore[misc]
    for failure in failures:
        assert isinstance(failure, OSError)
        assert failure.errno in (errno.EISDIR, errno.EINVAL, errno.ELOOP)
        assert str(failure.filename).endswith("c/0/0")
    assert len(failures) == 4


def test_what_may_not_be_read_is_a_permission_error(tmp_path: Path) -> None:
    """Catches the library's text about a permission, as an error without a number."""
    document, store = make(tmp_path)
    (tmp_path / "c/0/0").chmod(0)
    with without_capabilities(), pytest.raises(PermissionError) as caught:
        crud.read_region(document, store, (0, 0), engine=ENGINE)
    assert caught.value.errno == errno.EACCES
    assert str(caught.value.filename).endswith("c/0/0")


def test_a_chunk_that_is_replaced_amid_a_read_is_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches an error for values that are all right by themselves."""
    document, store = make(tmp_path, shards=(6, 4))

    def fail(*_: Any, **__: Any) -> Any:
        raise LibraryError("the index does not fit")

    monkeypatch.setattr(_reads, "called", fail)
    assert_same(crud.read_region(document, store, engine=ENGINE), VALUES)
    expected = crud.read_chunk(document, store, (1, 0), engine="reference")
    assert_same(crud.read_chunk(document, store, (1, 0), engine=ENGINE), expected)


def test_files_in_the_place_of_folders_are_missing_chunks(tmp_path: Path) -> None:
    """Catches an error of the library for what the other engines take for absent."""
    document, store = make(tmp_path)
    for name in ("0", "1", "2"):
        for file in (tmp_path / "c" / name).iterdir():
            file.unlink()
        (tmp_path / "c" / name).rmdir()
        (tmp_path / "c" / name).write_text("a file")
    found = crud.read_region(document, store, engine=ENGINE)
    assert_same(found, crud.read_region(document, store, engine="reference"))


def test_out_of_any_strides_and_order_is_filled(tmp_path: Path) -> None:
    """Catches elements beside those of `out` that change."""
    document, store = make(tmp_path)
    room = np.full((14, 15), -7, "i4")
    out = room[::2, ::-3]
    assert crud.read_region(document, store, out=out, engine=ENGINE) is out
    assert_same(out, VALUES)
    assert np.count_nonzero(room == -7) == room.size - VALUES.size
    wide = np.zeros((5, 7), "i4").T
    crud.read_region(document, store, out=wide, engine=ENGINE)
    assert_same(wide, VALUES)
