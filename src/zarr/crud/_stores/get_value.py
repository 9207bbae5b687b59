"""The value of a key in a store that waits: what its `get` returns, in fewer requests of `s3fs`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from zarr.crud._stores.http_values import get_over_http, is_over_http
from zarr.storage import FsspecStore

if TYPE_CHECKING:
    from zarr.abc.store import ByteRequest, Store
    from zarr.core.buffer import Buffer, BufferPrototype


async def get_value(
    store: Store, key: str, prototype: BufferPrototype, byte_range: ByteRequest | None = None
) -> Buffer | None:
    """Return what the store's `get` returns; a whole value of `s3fs` takes one request, not two.

    A value that a plain HTTP server lets nobody get is an error; see `get_over_http`.
    """
    if is_over_http(store):
        return await get_over_http(store, key, prototype, byte_range)
    if byte_range is not None or not _asks_for_size(store):
        return await store.get(key, prototype, byte_range)
    found: Any = store
    root = found.path.rstrip("/")
    try:
        data = await found.fs._cat_file(f"{root}/{key}" if root else key, max_concurrency=1)
    except found.allowed_exceptions:
        return None
    return prototype.buffer.from_bytes(data)


def _asks_for_size(store: Store) -> bool:
    if not isinstance(store, FsspecStore) or type(store).get is not FsspecStore.get:
        return False
    known = getattr(sys.modules.get("s3fs.core"), "S3FileSystem", None)
    return type(store.fs) is known and "_cat_file" not in vars(store.fs)
