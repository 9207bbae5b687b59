"""How a server is reached: natively, through Python, and by the reference; as S3 and over HTTP."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from obstore.store import HTTPStore, S3Store

from tests.remote.stores import Bridged
from zarr.storage import ObjectStore

if TYPE_CHECKING:
    from zarr.abc.store import Store

ENGINES = {"native": "zarrs", "bridge": "zarrs", "reference": "reference"}
"""The engine of each way."""

KEYS: Any = {
    "access_key_id": "AKIDHIDDEN",
    "secret_access_key": "SECRETHIDDEN",
    "token": "TOKENHIDDEN",
}


def reached(url: str, way: str, protocol: str, *, attempts: int, seconds: float) -> Store:
    """Return a store of the server that gives up after so many attempts, and after silence."""
    backoff = {
        "init_backoff": timedelta(milliseconds=2),
        "max_backoff": timedelta(milliseconds=10),
        "base": 2,
    }
    retries: Any = {
        "max_retries": attempts - 1,
        "backoff": backoff,
        "retry_timeout": timedelta(seconds=60),
    }
    limit = f"{int(1000 * seconds)}ms"
    client: Any = {"allow_http": True, "read_timeout": limit, "connect_timeout": limit}
    inner: Any
    if protocol == "http":
        inner = HTTPStore.from_url(
            f"{url}/bucket/data", client_options=client, retry_config=retries
        )
    else:
        inner = S3Store(
            "bucket",
            prefix="data",
            endpoint=url,
            region="r",
            client_options=client,
            retry_config=retries,
            **KEYS,
        )
    return Bridged(inner) if way == "bridge" else ObjectStore(inner)
