"""Whole values of `s3fs` in one request."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from s3fs import S3FileSystem

from zarr.abc.store import RangeByteRequest
from zarr.core.buffer.cpu import buffer_prototype
from zarr.crud._stores.get_value import get_value
from zarr.storage import FsspecStore, MemoryStore


class Derived(S3FileSystem):  # type: ignore[misc]
    """May do anything in its methods."""


def calls_of(kind: Any, monkeypatch: pytest.MonkeyPatch, **options: Any) -> Any:
    """Return the arguments with which a file system is asked for a value."""
    calls = []

    async def cat(self: Any, path: str, **given: Any) -> bytes:
        calls.append((path, given))
        if path.endswith("missing"):
            raise FileNotFoundError(path)
        return b"value"

    monkeypatch.setattr(S3FileSystem, "_cat_file", cat)
    store = FsspecStore(kind(asynchronous=True, anon=True), path="bucket/a", read_only=True)
    found = asyncio.run(get_value(store, "c", buffer_prototype, **options))
    assert found is not None
    assert found.to_bytes() == b"value"
    assert asyncio.run(get_value(store, "missing", buffer_prototype, **options)) is None
    return calls[0]


def test_a_whole_value_takes_no_question_for_its_size(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches two requests for each chunk, and a subclass that gets an argument it lacks."""
    assert calls_of(S3FileSystem, monkeypatch) == ("bucket/a/c", {"max_concurrency": 1})
    assert calls_of(Derived, monkeypatch) == ("bucket/a/c", {})
    part = {"byte_range": RangeByteRequest(1, 3)}
    assert calls_of(S3FileSystem, monkeypatch, **part) == ("bucket/a/c", {"start": 1, "end": 3})


def test_other_stores_are_asked_as_they_are() -> None:
    """Catches a store that is taken for one of s3fs."""
    assert asyncio.run(get_value(MemoryStore(), "c", buffer_prototype)) is None
