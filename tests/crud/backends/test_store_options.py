"""Options that a store cannot follow."""

from __future__ import annotations

from typing import Any

import obstore
import pytest

from zarr.crud import Options
from zarr.crud._stores import file_locks
from zarr.crud.backends import refused_option
from zarr.storage import LocalStore, MemoryStore, ObjectStore, WrapperStore


class Derived(LocalStore):
    """A subclass, which may write in another way."""


WRITES: list[Any] = ["write_chunk", "write_region"]
READS: list[Any] = ["read_chunk", "read_region"]
FSYNC, PROCESSES = Options(durability="fsync"), Options(locking="processes")
CONDITIONAL = Options(locking="conditional")


@pytest.mark.parametrize("operation", WRITES)
@pytest.mark.parametrize(
    ("options", "words"),
    [(FSYNC, "durability='fsync' needs a LocalStore"), (PROCESSES, "locking='processes' needs a")],
    ids=["fsync", "processes"],
)
def test_only_a_plain_local_store_follows_options_of_the_disk(
    operation: Any, options: Options, words: str, tmp_path: Any
) -> None:
    """Catches a write that wrongly counts as safe from a crash, or from other processes."""
    assert refused_option(LocalStore(tmp_path), operation, options) is None
    for store in (MemoryStore(), Derived(tmp_path), WrapperStore(LocalStore(tmp_path))):
        reason = refused_option(store, operation, options)
        assert words in (reason or "")
        assert repr(store) in (reason or "")


@pytest.mark.parametrize("operation", WRITES)
def test_only_a_store_with_conditional_puts_locks_out_all_machines(
    operation: Any, tmp_path: Any
) -> None:
    """Catches a write that wrongly counts as safe from other machines."""
    offering = ObjectStore(obstore.store.MemoryStore())
    assert refused_option(offering, operation, CONDITIONAL) is None
    for store in (MemoryStore(), LocalStore(tmp_path), WrapperStore(offering)):
        reason = refused_option(store, operation, CONDITIONAL)
        assert "locking='conditional' needs" in (reason or "")
        assert repr(store) in (reason or "")


@pytest.mark.parametrize(
    "options", [FSYNC, PROCESSES, CONDITIONAL], ids=["fsync", "processes", "conditional"]
)
def test_reads_ignore_options_of_writes(options: Options) -> None:
    """Catches a read that is refused because of an option that does not concern it."""
    for operation in READS:
        assert refused_option(MemoryStore(), operation, options) is None


def test_other_options_need_no_particular_store() -> None:
    """Catches a refusal of the default options."""
    for options in (Options(), Options(locking="threads", concurrency=2, missing_chunks="error")):
        for operation in WRITES:
            assert refused_option(MemoryStore(), operation, options) is None


def test_a_system_without_locks_locks_out_no_processes(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches a lock that does nothing."""
    monkeypatch.setattr(file_locks, "HAS_LOCKS", False)
    store = LocalStore(tmp_path)
    assert "needs flock" in (refused_option(store, "write_chunk", PROCESSES) or "")
    assert refused_option(store, "write_chunk", FSYNC) is None
