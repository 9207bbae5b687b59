"""Values on plain HTTP servers: what a server lets nobody get is not absent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zarr.abc.store import RangeByteRequest, SuffixByteRequest
from zarr.storage import ObjectStore

if TYPE_CHECKING:
    from zarr.abc.store import ByteRequest, Store
    from zarr.core.buffer import Buffer, BufferPrototype


def is_over_http(store: Store) -> bool:
    """Return whether `get_over_http` can be used, which bypasses the store's own `get`."""
    return (
        isinstance(store, ObjectStore)
        and type(store).get is ObjectStore.get
        and type(store.store).__name__ == "HTTPStore"
    )


async def get_over_http(
    store: Any, key: str, prototype: BufferPrototype, byte_range: ByteRequest | None
) -> Buffer | None:
    """Return a value or a part of it, or `None` if it is absent.

    Raises
    ------
    obstore.exceptions.GenericError
        The server does not allow it.
    """
    import obstore
    from obstore.exceptions import NotSupportedError

    try:
        response = await obstore.get_async(store.store, key, options=range_options(byte_range))
        data: Any = await response.bytes_async()
    except FileNotFoundError as err:
        check_allowed(err, key)
        return None
    except NotSupportedError:
        # The store has another way to get a range.
        found: Buffer | None = await store.get(key, prototype, byte_range)
        return found
    return prototype.buffer.from_bytes(data)


def check_allowed(err: Exception, key: str) -> None:
    """Check that an error of obstore tells of an absent value.

    The client takes the answer 405 for one, because some servers give it for folders.

    Raises
    ------
    obstore.exceptions.GenericError
        It tells of a method that is not allowed.
    """
    _, _, status = str(err).partition("status code: ")
    if status.startswith("405"):
        from obstore.exceptions import GenericError

        raise GenericError(
            f"the value of {key!r} cannot be read: the server answers 405 Method Not Allowed; "
            "check the endpoint and the network"
        ) from err


def range_options(byte_range: ByteRequest | None) -> Any:
    """Return a range as an option of obstore."""
    if isinstance(byte_range, RangeByteRequest):
        return {"range": (byte_range.start, byte_range.end)}
    if isinstance(byte_range, SuffixByteRequest):
        return {"range": {"suffix": byte_range.suffix}}
    return {} if byte_range is None else {"range": {"offset": byte_range.offset}}
