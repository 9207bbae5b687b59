"""What file systems cannot do is refused, not left undone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import fsspec
import pytest
from fsspec.asyn import AsyncFileSystem
from fsspec.implementations.asyn_wrapper import AsyncFileSystemWrapper

from zarr.crud import UnsupportedError
from zarr.crud._stores.abilities import check_deletes, check_listed, check_puts
from zarr.storage import FsspecStore, MemoryStore, WrapperStore

if TYPE_CHECKING:
    from zarr.abc.store import Store


class Bare(AsyncFileSystem):  # type: ignore[misc]
    """A file system that can do nothing."""

    async_impl = True


class Whole(Bare):
    """A file system that can do all."""

    async def _pipe_file(self, path: str, value: bytes, **kwargs: Any) -> None: ...

    async def _rm_file(self, path: str, **kwargs: Any) -> None: ...


class Trees(Bare):
    """A file system with a method for trees alone."""

    async def _rm(self, path: str, recursive: bool = False, **kwargs: Any) -> None: ...


def store(file_system: Any, path: str = "/x") -> Store:
    return FsspecStore(file_system, path=path)


def test_what_a_file_system_has_no_method_for_is_refused() -> None:
    """Catches a value that stays although its deletion raised nothing."""
    bare = Bare(asynchronous=True)
    below = fsspec.filesystem("dir", path="/y", fs=bare, asynchronous=True)
    for refused in (store(bare), store(below), WrapperStore(store(bare))):
        with pytest.raises(UnsupportedError, match=r"is not changed: .* cannot store values"):
            check_puts(refused)
        with pytest.raises(UnsupportedError, match=r"is not changed: .* cannot delete values"):
            check_deletes(refused)
    check_deletes(store(Trees(asynchronous=True)))


def test_other_stores_do_what_they_can() -> None:
    """Catches a refusal of stores with methods of their own."""
    memory = AsyncFileSystemWrapper(fsspec.filesystem("memory"), asynchronous=True)
    for able in (MemoryStore(), store(Whole(asynchronous=True)), store(memory)):
        check_puts(able)
        check_deletes(able)
        check_listed(able, [])


def test_a_web_server_without_pages_has_no_empty_lists() -> None:
    """Catches children and chunks that are missing because nothing could be listed."""
    web = store(fsspec.filesystem("http", asynchronous=True), "http://127.0.0.1:1/x")
    check_listed(web, ["zarr.json"])
    with pytest.raises(UnsupportedError, match=r"cannot be listed: .* consolidated metadata"):
        check_listed(web, [])
