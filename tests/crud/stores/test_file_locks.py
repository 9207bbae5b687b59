"""Locks on chunk files."""

from __future__ import annotations

import errno
import os
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from tests.patience import in_thread, join, wait_for
from zarr.crud._stores import file_locks
from zarr.crud._stores.file_locks import UNREADABLE, claim, hold, open_file, release, try_lock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Path]:
    """A chunk file. No test may leave a lock behind."""
    made = tmp_path / "chunk"
    made.write_bytes(b"old")
    yield made
    assert not file_locks._locked


def opened(path: Path) -> int:
    """A separate descriptor, whose locks act like those of another process."""
    fd = open_file(path)
    assert fd is not None
    return fd


def test_only_regular_files_are_opened(tmp_path: Path) -> None:
    """Catches a wait for the writer of a FIFO, or a folder that is treated as an absent chunk."""
    (tmp_path / "file").touch()
    os.mkfifo(tmp_path / "fifo")
    assert open_file(tmp_path / "absent") is None
    assert open_file(tmp_path / "file" / "below") is None
    for name, code in ((".", errno.EISDIR), ("fifo", errno.EINVAL)):
        with pytest.raises(OSError, match=os.strerror(code)) as caught:
            open_file(tmp_path / name)
        assert caught.value.errno == code
        assert caught.value.filename == str(tmp_path / name)


def test_a_lock_excludes_others_until_it_is_released(path: Path) -> None:
    """Catches two simultaneous writers of one chunk."""
    one, two = opened(path), opened(path)
    assert try_lock(one, path)
    assert not try_lock(two, path)
    release(one)
    assert try_lock(two, path)
    release(two)


def test_a_lock_counts_only_for_the_file_that_the_name_leads_to(path: Path) -> None:
    """Catches a writer that holds the lock of a file that was replaced or deleted meanwhile."""
    fd = opened(path)
    other = path.with_name("other")
    other.write_bytes(b"new")
    other.replace(path)
    assert not try_lock(fd, path)
    release(fd)
    fd = opened(path)
    path.unlink()
    assert not try_lock(fd, path)
    release(fd)


@pytest.mark.parametrize("locking", ["auto", "processes"])
def test_a_claim_waits_for_the_lock_and_takes_the_new_file(
    path: Path, locking: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches a claim on the old file, which the holder of the lock has replaced."""
    pauses: list[float] = []

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        time.sleep(seconds)

    monkeypatch.setattr(file_locks, "time", SimpleNamespace(sleep=sleep))
    holder = opened(path)
    assert try_lock(holder, path)
    claimed: list[int | None] = []
    waiting = in_thread(lambda: claimed.append(claim(path, locking, keep=True)))
    wait_for(lambda: len(pauses) > 1, "a pause")
    other = path.with_name("other")
    other.write_bytes(b"new")
    assert not claimed
    other.replace(path)
    inode = path.stat().st_ino
    release(holder)
    join(waiting)
    (fd,) = claimed
    assert fd is not None
    assert os.fstat(fd).st_ino == inode
    second = opened(path)
    assert not try_lock(second, path)
    release(second)
    release(fd)


def test_threads_alone_lock_no_file(path: Path) -> None:
    """Catches a wait for other processes that the caller did not request."""
    holder = opened(path)
    assert try_lock(holder, path)
    fd = claim(path, "threads", keep=True)
    assert fd is not None
    release(fd)
    release(holder)


def test_an_entry_that_cannot_be_opened_is_replaced_or_an_error(path: Path) -> None:
    """Catches a whole chunk that cannot replace damage, or a partial write that loses it."""
    path.unlink()
    assert claim(path, "auto", keep=True) is None
    path.symlink_to(path)
    assert claim(path, "auto", keep=False) == UNREADABLE
    with pytest.raises(OSError, match="chunk"):
        claim(path, "auto", keep=True)


@pytest.mark.parametrize("code", [errno.ENOLCK, errno.ENOTSUP, errno.EINVAL])
def test_a_file_system_without_locks_is_used_unless_they_are_required(
    path: Path, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches an endless loop, or writers that wrongly assume that others are locked out."""

    def refuse(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr("fcntl.flock", refuse)
    fd = claim(path, "auto", keep=True)
    assert fd is not None
    os.close(fd)
    with pytest.raises(OSError, match=os.strerror(code)) as caught:
        claim(path, "processes", keep=True)
    assert caught.value.filename == str(path)


def test_a_new_file_that_was_removed_is_not_held(path: Path) -> None:
    """Catches a write into a new file that was removed as a leftover."""
    fd, other = opened(path), opened(path)
    assert hold(fd, path)
    assert not hold(other, path)
    file_locks.unlock(fd)
    assert hold(other, path)
    path.unlink()
    release(other)
    assert not hold(fd, path)
    release(fd)


def test_a_child_closes_the_locked_files_of_its_parent(path: Path) -> None:
    """Catches a chunk that stays locked by a copy of the descriptor after the parent has died."""
    fd = opened(path)
    assert try_lock(fd, path)
    file_locks._forget()
    with pytest.raises(OSError, match=os.strerror(errno.EBADF)):
        os.fstat(fd)
    again = opened(path)
    assert try_lock(again, path)
    release(again)
