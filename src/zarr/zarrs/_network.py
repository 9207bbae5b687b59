"""What was measured of the server of a store."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from zarr.zarrs._extension import extension
from zarr.zarrs._store import handle_of

if TYPE_CHECKING:
    from zarr.abc.store import Store


class NetworkInfo(NamedTuple):
    """What this process has measured while it read values; `None` for what is not known."""

    latency: float | None
    """Seconds from a request to the begin of its answer: the least of a minute."""

    bandwidth: float | None
    """Bytes a second that arrived together: the most of a minute."""


def network_info(store: Store) -> NetworkInfo:
    """Return the latest latency and bandwidth of a store, which decide what is requested of it.

    Stores with equal settings share them. A store that is not used natively over the network has
    none. Nothing is sent.

    Examples
    --------
    >>> import zarr
    >>> network_info(zarr.storage.MemoryStore())
    NetworkInfo(latency=None, bandwidth=None)
    """
    kind = getattr(extension(), "RemoteStore", None)
    handle = handle_of(store, waits=False)
    if kind is None or not isinstance(handle, kind):
        return NetworkInfo(None, None)
    return NetworkInfo(*handle.pace)
