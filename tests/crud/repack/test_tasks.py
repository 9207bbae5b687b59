"""Tasks for other processes."""

from __future__ import annotations

import pickle
import random
from typing import TYPE_CHECKING, Any

import pytest

import zarr
from tests.crud.repack.cases import assert_elements, make
from zarr import crud
from zarr.crud._archives.keys import MARKER
from zarr.crud._repack.recode import names_of
from zarr.crud._repack.tasks import check_shared, tasks_of
from zarr.storage import LocalStore, MemoryStore

if TYPE_CHECKING:
    from pathlib import Path

WAYS: list[dict[str, Any]] = [{}, {"shards": (6, 4)}, {"compressors": ()}]


@pytest.mark.parametrize("number", range(3))
def test_tasks_run_in_any_order_more_than_once_from_pickles(number: int, tmp_path: Path) -> None:
    """Catches a task that needs another one, or something that is not in its pickle."""
    source, target = LocalStore(tmp_path / "s"), LocalStore(tmp_path / "t")
    expected = make("3", source)
    plan = crud.repack_plan(source, target, path="a", max_memory=1 << 12, **WAYS[number])
    tasks = [pickle.dumps(task) for task in plan.tasks(units=1)] * 2
    assert len(tasks) == 2 * len(plan.arrays[0].units)
    random.Random(0).shuffle(tasks)
    for task in tasks:
        done, failures = pickle.loads(task).run()
        assert done.written >= 1
        assert not failures
    with pytest.raises(Exception, match="no array or group"):
        crud.read_metadata(target)
    report = crud.repack(source, target, path="a", resume=True, verify=True, **WAYS[number])
    assert report.arrays[0].there >= (number < 2)
    assert_elements(target, expected, "")


@pytest.mark.parametrize("number", range(3))
def test_tasks_leave_what_is_there(number: int, tmp_path: Path) -> None:
    """Catches a resumed repack on a cluster that moves everything again."""
    source, target = LocalStore(tmp_path / "s"), LocalStore(tmp_path / "t")
    make("3-shards", source, sparse=False)
    changes: list[dict[str, Any]] = [{}, {"shards": False}, {"compressors": ()}]
    wanted = changes[number]
    plan = crud.repack_plan(source, target, path="a", **wanted)
    there = set(names_of(plan.arrays[0]))
    assert len(there) == (9 if number == 1 else 4)
    for task in tasks_of(plan, there=there):
        done, _ = task.run()
        assert (done.written, done.there) == (0, len(there))


def test_stores_of_this_process_are_no_stores_of_others(tmp_path: Path) -> None:
    """Catches workers that each copy into a memory of their own."""
    check_shared(LocalStore(tmp_path))
    with pytest.raises(crud.UnsupportedError, match="memory of this process"):
        crud.copy(make_source(), LocalStore(tmp_path / "t"), client=object())

    class Odd(LocalStore):
        def __reduce__(self) -> Any:
            raise TypeError("a socket")

    with pytest.raises(crud.UnsupportedError, match=r"cannot be sent .*: "):
        check_shared(Odd(tmp_path))


def make_source() -> MemoryStore:
    store = MemoryStore()
    make("3", store)
    return store


def test_tasks_begin_a_repack_once() -> None:
    """Catches old chunks below those of tasks, and tasks that delete what others have stored."""
    source, target = MemoryStore(), MemoryStore()
    expected = make("3-raw", source, sparse=False)
    zarr.create_array(target, data=expected * 9, chunks=(3, 2), compressors=None)
    plan = crud.repack_plan(source, target, path="a", overwrite=True)
    (task,) = plan.tasks()
    assert list(target._store_dict) == [MARKER]
    task.run()
    assert len(plan.tasks(2)) == 5
    assert len(target._store_dict) == 10
    with pytest.raises(zarr.errors.ContainsGroupError, match="another"):
        crud.repack_plan(source, target, path="a", chunks=(1, 1), resume=True)
    assert crud.copy(source, target, path="a", resume=True).arrays[0].there == 9
    assert_elements(target, expected, "")
