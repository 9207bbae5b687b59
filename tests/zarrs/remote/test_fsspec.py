"""Which file systems of fsspec are known, and which are left to the bridge."""

from __future__ import annotations

from typing import Any

import fsspec
import pytest
from fsspec.implementations.asyn_wrapper import AsyncFileSystemWrapper
from s3fs import S3FileSystem

import _zarrs_bindings as zb
from tests.zarrs.remote.reasons import reason
from zarr.storage import FsspecStore
from zarr.storage._fsspec import ALLOWED_EXCEPTIONS
from zarr.zarrs._store import access_of, handle_of


class Changed(S3FileSystem):  # type: ignore[misc]
    """May do anything in its methods."""


def fs(kind: Any = S3FileSystem, **options: Any) -> Any:
    """Return a file system; nothing is sent to it."""
    return kind(asynchronous=True, anon=True, skip_instance_cache=True, **options)


def test_a_file_system_is_known_by_its_exact_class() -> None:
    """Catches a changed method that is not called."""
    assert reason(FsspecStore(fs(), path="bucket/a")) == "natively"
    namesake = type("S3FileSystem", (Changed,), {})
    for other in (Changed, namesake):
        assert "is not a file system that" in reason(FsspecStore(fs(other), path="bucket/a"))
    memory = AsyncFileSystemWrapper(fsspec.filesystem("memory"), asynchronous=True)
    assert "not a file system that" in reason(FsspecStore(memory, path="/a"))
    patched = fs()
    patched._cat_file = None
    assert "method of its own" in reason(FsspecStore(patched, path="bucket/a"))


def test_a_subclass_of_the_store_is_never_bypassed() -> None:
    """Catches a changed `get` that is not called."""

    class Mine(FsspecStore):
        pass

    assert "Mine is not a store" in reason(Mine(fs(), path="bucket/a"))


@pytest.mark.parametrize(
    "missing", [(), (OSError,), (*ALLOWED_EXCEPTIONS, PermissionError), (KeyError,)]
)
def test_other_exceptions_for_missing_keys_go_over_the_bridge(missing: Any) -> None:
    """Catches an answer 403 that is an error, although the user takes it for a missing chunk."""
    given = FsspecStore(fs(), path="bucket/a", allowed_exceptions=missing)
    assert "allowed_exceptions" in reason(given)
    fewer = FsspecStore(fs(), path="bucket/a", allowed_exceptions=(FileNotFoundError,))
    assert reason(fewer) == "natively"


def test_a_library_of_another_release_goes_over_the_bridge() -> None:
    """Catches an attribute that no longer exists and stops every read."""
    given = FsspecStore(fs(), path="bucket/a")
    del given.fs.requester_pays
    assert "cannot be read (AttributeError)" in reason(given)


def test_a_store_that_moves_is_followed() -> None:
    """Catches reads of the bucket, or of the prefix, that the store had before."""
    given = FsspecStore(fs(), path="bucket/a")
    before = handle_of(given)
    assert handle_of(given) is before
    given.path = "bucket/b"
    moved = handle_of(given)
    assert moved is not before
    given.fs = fs(endpoint_url="http://host")
    assert handle_of(given) is not moved


def test_a_prefix_that_no_client_can_send_goes_over_the_bridge() -> None:
    """Catches a path with an empty part, which is another object for the client."""
    given = FsspecStore(fs(), path="bucket/a//b")
    assert "cannot be" in access_of(given) or "empty" in access_of(given)
    assert isinstance(handle_of(given), zb.PythonStore)
