"""Stores that tag each response with the stored value that it is of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zarr.crud._stores.http_values import check_allowed, range_options
from zarr.crud._stores.ranges import ends_beyond, get_part
from zarr.storage import ObjectStore

if TYPE_CHECKING:
    from zarr.abc.store import ByteRequest, Store
    from zarr.core.buffer import Buffer, BufferPrototype


def gives_etags(store: Store) -> bool:
    """Return whether `get_tagged` can be used, which bypasses the store's own `get`."""
    return isinstance(store, ObjectStore) and type(store).get is ObjectStore.get


async def get_tagged(
    store: Any, key: str, prototype: BufferPrototype, byte_range: ByteRequest | None
) -> tuple[Buffer | None, str | None]:
    """Return a value or a part of it, as `get_part` does, and the value's ETag.

    Two values with the same ETag have the same bytes. The ETag is `None` if the service gives none,
    or only a weak one, which does not say this.
    """
    import obstore
    from obstore.exceptions import NotSupportedError

    try:
        response = await obstore.get_async(store.store, key, options=range_options(byte_range))
        data = await response.bytes_async()
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as err:
        check_allowed(err, key)
        return None, None
    except NotSupportedError:
        # Some services cannot count from the end; the store itself then asks for the size.
        return await get_part(store, key, prototype, byte_range), None
    except Exception:
        if not await ends_beyond(store, key, byte_range):
            raise
        return prototype.buffer.from_bytes(b""), None
    tag = response.meta.get("e_tag")
    if not tag or tag.startswith("W/"):
        tag = None
    return prototype.buffer.from_bytes(data), tag  # type: ignore[arg-type]
