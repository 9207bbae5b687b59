"""Repacks that are broken off, fail or are repeated."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import zarr
from tests.crud.repack.cases import assert_elements, keys, make
from tests.crud.verbs import contents
from tests.patience import wait_for
from zarr import crud
from zarr.core.buffer.cpu import Buffer
from zarr.crud import Location
from zarr.crud._archives.keys import MARKER
from zarr.crud._repack.marker import begin
from zarr.crud._repack.report import Progress
from zarr.crud._stores.trees import list_keys
from zarr.storage import LocalStore, MemoryStore

if TYPE_CHECKING:
    from pathlib import Path

WAYS: dict[str, dict[str, Any]] = {
    "copied": {},
    "regrouped": {"shards": (6, 4)},
    "re-encoded": {"compressors": ()},
}


class FullStore(MemoryStore):
    """A store that takes so many chunks and then raises an error."""

    error: Exception
    room: int

    @classmethod
    def of(cls, error: Exception, room: int) -> FullStore:
        store = cls()
        store.error, store.room = error, room
        return store

    def set_sync(self, key: str, value: Any) -> None:
        if "c/" in key:
            if not self.room:
                raise self.error
            self.room -= 1
        super().set_sync(key, value)

    async def set(self, key: str, value: Any, *args: Any) -> None:
        self.set_sync(key, value)


@pytest.mark.parametrize("way", WAYS)
def test_a_target_that_fails_is_invisible_until_it_is_completed(way: str) -> None:
    """Catches half a target that looks like a whole one, and a resumed one that is not whole."""
    source = MemoryStore()
    expected = make("3", source, sparse=False)
    error = OSError(errno.EIO, "the disk is gone")
    target = FullStore.of(error, 1)
    with pytest.raises(OSError, match="the disk is gone") as caught:
        crud.repack(source, target, path="a", **WAYS[way], max_memory=4096)
    assert caught.value is error
    assert any("array ''" in note and "resume=True" in note for note in error.__notes__)
    with pytest.raises(zarr.errors.NodeNotFoundError):
        crud.read_metadata(target)
    assert MARKER in keys(target)
    with pytest.raises(zarr.errors.ContainsGroupError, match="resume=True"):
        crud.repack(source, target, path="a", **WAYS[way])
    with pytest.raises(zarr.errors.ContainsGroupError, match="another"):
        crud.repack(source, target, path="a", chunks=(1, 1), resume=True)
    target.room = 99
    report = crud.repack(source, target, path="a", **WAYS[way], resume=True, verify=True)
    assert report.arrays[0].there + report.arrays[0].written == len(
        crud.list_chunks(crud.read_metadata(target), target)
    )
    assert report.arrays[0].there >= (way != "re-encoded")
    assert_elements(target, expected, "")
    assert MARKER not in keys(target)


@pytest.mark.parametrize("kind", ["memory", "local"])
def test_an_overwrite_that_was_broken_off_keeps_nothing_old(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches old chunks that are left by a crash and then taken for new ones."""
    source: Any = MemoryStore()
    target: Any = LocalStore(tmp_path) if kind == "local" else MemoryStore()
    expected = make("3-raw", source, sparse=False)
    zarr.create_array(target, data=expected * 1000, chunks=(3, 2), compressors=None)
    left = [4]

    def counted(real: Any) -> Any:
        def delete(*args: Any, **more: Any) -> Any:
            if not left[0]:
                raise KeyboardInterrupt
            left[0] -= 1
            return real(*args, **more)

        return delete

    with monkeypatch.context() as patched:
        patched.setattr(os, "unlink", counted(os.unlink))
        patched.setattr(MemoryStore, "delete_sync", counted(MemoryStore.delete_sync))
        with pytest.raises(KeyboardInterrupt):
            crud.copy(source, target, path="a", overwrite=True)
    names = list_keys(Location(target, ""))
    assert MARKER in names
    assert "zarr.json" not in names
    assert len(names) > 3
    report = crud.copy(source, target, path="a", resume=True)
    assert report.arrays[0].there == 0
    assert_elements(target, expected, "")
    assert MARKER not in list_keys(Location(target, ""))


def test_another_source_with_the_same_document_is_not_resumed() -> None:
    """Catches chunks of two sources in one array."""
    one, other, target = MemoryStore(), MemoryStore(), MemoryStore()
    make("3", one, sparse=False)
    make("3", other, sparse=False)
    begin(Location(target, ""), crud.repack_plan(one, target, path="a").digest, resume=False)
    with pytest.raises(zarr.errors.ContainsGroupError, match="another"):
        crud.copy(other, target, path="a", resume=True)
    assert crud.copy(one, target, path="a", resume=True).ok


def test_what_is_complete_is_not_done_again() -> None:
    """Catches a resumed repack that moves everything again."""
    source, target = MemoryStore(), MemoryStore()
    for name in ("a", "b"):
        make("3", source, name)
    first = crud.copy(source, target)
    assert [each.written for each in first.arrays] == [5, 5]
    before = contents(target)
    again = crud.copy(source, target, resume=True)
    assert [(each.written, each.there) for each in again.arrays] == [(0, 5), (0, 5)]
    assert contents(target) == before


def test_damaged_chunks_are_collected_and_the_rest_is_done() -> None:
    """Catches an error that ends everything, or an array with holes that looks complete."""
    source, target = MemoryStore(), MemoryStore()
    zarr.create_group(source)
    expected = make("3", source, "good", sparse=False)
    make("3", source, "bad", sparse=False)
    for key in ("bad/c/0/1", "bad/c/2/2"):
        source._store_dict[key] = Buffer.from_bytes(b"nothing of zstd")
    report = crud.repack(source, target, compressors=(), keep_going=True)
    assert not report.ok
    found = [(failure.array, failure.chunk, failure.key) for failure in report.failures]
    assert found == [("bad", (0, 1), "bad/c/0/1"), ("bad", (2, 2), "bad/c/2/2")]
    assert all(isinstance(failure.error, crud.DecodeError) for failure in report.failures)
    assert "'bad/c/0/1'" in str(report)
    assert [each.is_complete for each in report.arrays] == [False, True]
    assert_elements(target, expected, "good")
    with pytest.raises(zarr.errors.NodeNotFoundError):
        crud.read_metadata(target, path="bad")
    assert "bad/c/1/1" in keys(target)
    assert MARKER in keys(target)
    with pytest.raises(zarr.errors.NodeNotFoundError):
        crud.read_metadata(target)
    whole = make("3", source, "bad2", sparse=False)
    for key in ("c/0/1", "c/2/2"):
        source._store_dict[f"bad/{key}"] = source._store_dict[f"bad2/{key}"]
    for key in [key for key in keys(source) if key.startswith("bad2")]:
        del source._store_dict[key]
    assert crud.repack(source, target, compressors=(), resume=True, verify=True).ok
    assert_elements(target, whole, "bad")


def test_a_full_target_ends_the_work_even_if_it_should_keep_going() -> None:
    """Catches a thousand errors of one full disk."""
    source = MemoryStore()
    make("3", source, sparse=False)
    target = FullStore.of(OSError(errno.ENOSPC, "no space"), 2)
    with pytest.raises(OSError, match="no space"):
        crud.copy(source, target, path="a", keep_going=True)
    assert len([key for key in keys(target) if key.startswith("c/")]) == 2


def test_verification_finds_other_elements_and_other_chunks() -> None:
    """Catches a proof that proves nothing."""
    source, target = MemoryStore(), MemoryStore()
    make("3-raw", source)
    make("3-raw", source, "b")
    plan = crud.repack_plan(source, target, path="a")
    crud.copy(source, target, path="a")
    crud.delete_node(target)
    for name, data in (("c/0/1", bytes(24)), ("c/1/1", bytes([1] * 24))):
        broken = MemoryStore()
        begin(Location(broken, ""), plan.digest, resume=False)
        broken._store_dict[name] = Buffer.from_bytes(data)
        resumed = crud.repack_plan(source, broken, path="a", resume=True)
        with pytest.raises(crud.MismatchError, match=name):
            resumed.run(verify=True)
        assert "zarr.json" not in keys(broken)
        again = crud.repack_plan(source, broken, path="a", resume=True)
        report = again.run(verify=True, keep_going=True)
        assert [type(failure.error) for failure in report.failures] == [crud.MismatchError]
    assert plan.arrays[0].chunks == 5


def test_progress_counts_to_the_end() -> None:
    """Catches progress that goes back, or that never arrives."""
    source = MemoryStore()
    zarr.create_group(source)
    make("3", source, "a", sparse=False)
    make("3-shards", source, "b", sparse=False)
    said: list[Progress] = []
    crud.copy(source, MemoryStore(), progress=said.append)
    assert [each.done for each in said] == list(range(1, said[0].total + 1))
    assert [each.nbytes for each in said] == sorted(each.nbytes for each in said)
    assert {each.array for each in said} == {"a", "b"}
    assert said[-1].remaining == 0
    with pytest.raises(TypeError, match="progress is 5"):
        crud.copy(source, MemoryStore(), progress=5)  # type: ignore[arg-type]


PROGRAM = """
import sys, time
from zarr import crud
from zarr.crud._repack import work
from zarr.crud._repack.work import Work

def slow(self, indices, call=Work.each):
    for found in call(self, indices):
        print("moved", flush=True)
        time.sleep(0.2)
        yield found

Work.each, work._FILES = slow, 2
crud.repack(sys.argv[1], sys.argv[2], chunks=(1, 7), max_memory=1 << 14, **eval(sys.argv[3]))
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
@pytest.mark.parametrize("way", WAYS)
def test_a_process_that_is_ended_leaves_what_can_be_completed(
    way: str, number: signal.Signals, tmp_path: Path
) -> None:
    """Catches a target that cannot be completed, or that is taken for a complete one."""
    source, target = tmp_path / "source", tmp_path / "target"
    values = np.arange(140, dtype="i4").reshape(20, 7)
    zarr.create_array(LocalStore(source), data=values, chunks=(1, 7))
    wanted: dict[str, Any] = {**WAYS[way], **({"shards": (2, 7)} if way == "regrouped" else {})}
    command = [sys.executable, "-c", PROGRAM, str(source), str(target), repr(wanted)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith(b"moved")
        os.kill(process.pid, number)
        process.stdout.read()
    assert process.returncode
    assert not (target / "zarr.json").exists()
    assert (target / MARKER).exists()
    plan = {"chunks": (1, 7), **wanted}
    report = crud.repack(source, target, resume=True, verify=True, **plan)
    assert report.arrays[0].there >= 1
    assert_elements(LocalStore(target), values, "")
    wait_for(lambda: not list(target.glob("**/*.partial")) or number == signal.SIGKILL, "the end")
