"""Errors in the work on units."""

from __future__ import annotations

import errno
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.crud.repack.cases import make
from zarr import crud
from zarr.core.buffer.cpu import Buffer
from zarr.crud._options import DEFAULT_OPTIONS
from zarr.crud._repack import work as _work
from zarr.crud._repack.ends import Ends
from zarr.crud._repack.work import Work, batches_of, key_of
from zarr.crud._stores.location import Location
from zarr.storage import LocalStore, MemoryStore

if TYPE_CHECKING:
    from pathlib import Path


def work(*, keep_going: bool, **wanted: Any) -> tuple[Any, MemoryStore, Any]:
    source, target = MemoryStore(), MemoryStore()
    make("3", source, sparse=False)
    plan = crud.repack_plan(source, target, path="a", **wanted)
    ends = Ends.of(plan.source, plan.target)
    made = Work(plan.arrays[0], ends, (), None, DEFAULT_OPTIONS, keep_going=keep_going)
    return made, source, (plan.arrays[0], ends)


def test_only_the_chunks_that_fail_are_lost() -> None:
    """Catches a block that is lost because of one chunk in it."""
    made, source, (array, _) = work(keep_going=True, compressors=())
    source._store_dict["a/c/1/0"] = Buffer.from_bytes(b"?")
    assert len(array.units) == 1
    done, failures = made(array.units[0])
    assert done.written == 8
    assert [failure.chunk for failure in failures] == [(1, 0)]


def test_an_error_is_the_stores_own_and_says_where() -> None:
    """Catches another exception in place of the store's, or one without a place."""
    made, source, (array, ends) = work(keep_going=False)
    del source._store_dict["a/c/0/1"]
    with pytest.raises(Exception, match="deleted from the source") as caught:
        made((0, 1))
    assert "array '', chunk (0, 1), key 'a/c/0/1'" in caught.value.__notes__[0]
    assert key_of(array, ends, (0, 1)) == "a/c/0/1"


def test_hopeless_errors_are_raised_always(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches work that goes on although the disk is full."""
    made, *_ = work(keep_going=True)
    error = OSError(errno.ENOSPC, "full")

    def fail(_: object) -> None:
        raise error

    monkeypatch.setattr(made, "_move", fail)
    with pytest.raises(OSError, match="full") as caught:
        made((0, 0))
    assert caught.value is error


@pytest.mark.parametrize("engine", ["reference", "zarrs"])
def test_files_that_fail_do_not_stop_those_after_them(engine: str, tmp_path: Path) -> None:
    """Catches outcomes of other units, or units that are lost after a failure in their batch."""
    source, target = LocalStore(tmp_path / "s"), LocalStore(tmp_path / "t")
    make("3", source, sparse=False)
    plan = crud.repack_plan(source, target, path="a", engine=engine)
    ends = Ends.of(plan.source, plan.target, engine=engine)
    array = plan.arrays[0]
    batches, threads = batches_of(array, ends)
    (units,) = batches
    assert (units, threads) == (array.units, 1)
    chunks = tmp_path / "s" / "a" / "c"
    (chunks / "0" / "0").unlink()
    (chunks / "1" / "1").unlink()
    (chunks / "1" / "1").mkdir()
    (chunks / "2" / "2").unlink()
    made = Work(array, ends, {"c/0/2"}, None, DEFAULT_OPTIONS, keep_going=True)
    found = list(made.each(units))
    errors = {unit: failed for unit, (_, failed) in zip(units, found, strict=True) if failed}
    assert list(errors) == [(0, 0), (1, 1), (2, 2)]
    assert "deleted from the source" in str(errors[0, 0][0].error)
    assert isinstance(errors[1, 1][0].error, IsADirectoryError)
    assert errors[1, 1][0].key == "a/c/1/1"
    done = [one for one, failed in found if not failed]
    assert [one.there for one in done] == [0, 1, 0, 0, 0, 0]
    assert sum(one.written for one in done) == 5
    stored = {str(path.relative_to(tmp_path / "t")) for path in (tmp_path / "t").rglob("*/*/*")}
    assert stored == {"c/0/1", "c/1/0", "c/1/2", "c/2/0", "c/2/1"}
    strict = Work(array, ends, (), None, DEFAULT_OPTIONS, keep_going=False)
    with pytest.raises(Exception, match="deleted from the source") as caught:
        list(strict.each(units))
    assert "chunk (0, 0), key 'a/c/0/0'" in caught.value.__notes__[0]


def test_large_files_are_copied_one_by_one(tmp_path: Path) -> None:
    """Catches a progress that is told of after gigabytes only."""
    source, target = LocalStore(tmp_path / "s"), LocalStore(tmp_path / "t")
    make("3", source, sparse=False)
    array = crud.repack_plan(source, target, path="a").arrays[0]
    ends = Ends.of(Location(source, "a"), Location(target, ""))
    large = replace(array, bytes_moved=9 << 30)
    batches, threads = batches_of(large, ends)
    assert (list(batches), threads) == ([(unit,) for unit in array.units], array.threads)


def test_an_error_of_a_batch_is_that_of_a_unit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches an error that names no chunk, and one that ends what others could do."""
    make("3", LocalStore(tmp_path / "source"), "", sparse=False)
    target = LocalStore(tmp_path / "target")

    def refusing(*_: Any) -> Any:
        def move(_: Any) -> Any:
            raise OSError(errno.EIO, "of the batch")

        return move

    monkeypatch.setattr(_work, "file_mover", refusing)
    assert crud.copy(tmp_path / "source", target).ok
    assert crud.compare(tmp_path / "source", target).ok
