"""The configuration that the codec pipeline follows."""

from __future__ import annotations

from typing import Any

import pytest

import zarr
from zarr.crud import Options
from zarr.crud._document.cache import as_document
from zarr.storage import MemoryStore
from zarr.zarrs._pipeline.settings import configured, is_sharded


def document(**layout: Any) -> Any:
    return as_document(
        zarr.create_array(MemoryStore(), shape=(8,), chunks=(2,), dtype="i2", **layout).metadata
    )


PLAIN, SHARDS = document(), document(shards=(4,))


def test_nothing_configured_gives_the_defaults() -> None:
    """Catches a default that differs from zarrs-python's."""
    found = configured().options(PLAIN, write_empty_chunks=False)
    assert found == Options(missing_chunks="error")
    assert configured().chunks_at_a_time(SHARDS) is None


@pytest.mark.parametrize(
    ("workers", "most", "threads"), [(5, None, 5), (5, 2, 2), (2, 5, 2), (None, 3, 3)]
)
def test_chunks_and_threads_are_limited(workers: Any, most: Any, threads: int) -> None:
    """Catches more threads or chunks at a time than configured."""
    keys = {"threading.max_workers": workers, "codec_pipeline.chunk_concurrent_maximum": most}
    with zarr.config.set(keys):
        made = configured()
    assert made.options(PLAIN, write_empty_chunks=False).concurrency == threads
    assert made.chunks_at_a_time(PLAIN) is None
    # A shard may have several threads.
    assert made.options(SHARDS, write_empty_chunks=False).concurrency == workers
    assert made.chunks_at_a_time(SHARDS) == most


def test_checksums_and_empty_chunks_follow_their_settings() -> None:
    """Catches an option that is read and dropped."""
    with zarr.config.set({"codec_pipeline.validate_checksums": False}):
        made = configured()
    found = made.options(PLAIN, write_empty_chunks=True, missing_chunks="fill")
    assert found == Options(validate_checksums=False, write_empty_chunks=True)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("threading.max_workers", 0),
        ("threading.max_workers", "many"),
        ("codec_pipeline.chunk_concurrent_maximum", -1),
        ("codec_pipeline.chunk_concurrent_minimum", 1.5),
        ("codec_pipeline.strict", "yes"),
        ("codec_pipeline.validate_checksums", 2),
    ],
)
def test_wrong_values_are_errors_that_name_the_key(key: str, value: Any) -> None:
    """Catches a misspelt value that counts as another."""
    with zarr.config.set({key: value}), pytest.raises(ValueError, match=key):
        configured()


def test_shards_are_told_from_chunks() -> None:
    """Catches a limit that applies to the wrong kind of array."""
    assert is_sharded(SHARDS)
    assert not is_sharded(PLAIN)
    assert not is_sharded(document(zarr_format=2))
