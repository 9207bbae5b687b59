"""Archives for tests: arrays of several kinds in one hierarchy, and ways to change stored bytes."""

from __future__ import annotations

import json
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

import zarr
from zarr import crud
from zarr.codecs import BytesCodec, Crc32cCodec, ShardingCodec, ZstdCodec
from zarr.core.buffer.cpu import Buffer
from zarr.storage import MemoryStore

if TYPE_CHECKING:
    from collections.abc import Callable

VALUES = np.arange(1, 36, dtype="i4").reshape(7, 5)


def hierarchy(store: Any = None) -> Any:
    """Return a store with a group of arrays: raw, compressed, sharded, strings, and rank 0."""
    store = MemoryStore() if store is None else store
    root = zarr.create_group(store, overwrite=True)
    root.create_array("raw", data=VALUES, chunks=(3, 2), compressors=None)
    checked = ZstdCodec(level=1, checksum=True)
    root.create_array("zstd", data=VALUES, chunks=(3, 2), compressors=checked)
    root.create_array("shards", data=VALUES, chunks=(3, 2), shards=(6, 4), compressors=checked)
    root.create_array("raw_shards", data=VALUES, chunks=(3, 2), shards=(6, 4), compressors=None)
    root.create_array("deep/text", data=np.array(["a", "", "ccc"]), chunks=(2,))
    root.create_array("deep/scalar", shape=(), dtype="f8", fill_value=np.nan)
    root["deep/scalar"][...] = 7.0  # type: ignore[index]
    root.create_array("deep/empty", shape=(0, 3), chunks=(2, 2), dtype="u1")
    return store


def format_2(store: Any = None) -> Any:
    """Return a store with a group of format 2, whose array is big-endian."""
    store = MemoryStore() if store is None else store
    root = zarr.create_group(store, zarr_format=2, overwrite=True)
    root.create_array("raw", data=VALUES.astype(">i4"), chunks=(3, 2), compressors=None)
    root["raw"].attrs["units"] = "m"
    return store


def consolidate(store: Any, path: str | None = None) -> None:
    """Store copies of all documents in that of the group, which zarr-python warns about."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        zarr.consolidate_metadata(store, path=path)


def get(store: Any, key: str) -> bytes:
    """Return a stored value."""
    found = store.get_sync(key)
    assert found is not None, key
    value: bytes = found.to_bytes()
    return value


def put(store: Any, key: str, value: bytes) -> None:
    """Store a value."""
    store.set_sync(key, Buffer.from_bytes(value))


def change(store: Any, key: str, edit: Callable[[Any], None]) -> None:
    """Change a stored document in place."""
    members = json.loads(get(store, key))
    edit(members)
    put(store, key, json.dumps(members).encode())


def kinds(report: crud.VerifyReport, least: str = "warning") -> set[str]:
    """Return the kinds of findings, without notes unless they are asked for."""
    wanted = {"error", "warning", "note"} if least == "note" else {"error", "warning"}
    return {one.kind for one in report.findings if one.severity in wanted}


def sharded(**options: Any) -> ShardingCodec:
    """Return a sharding codec with subchunks of (3, 2)."""
    options = {"codecs": [BytesCodec()], "index_codecs": [BytesCodec(), Crc32cCodec()], **options}
    return ShardingCodec(chunk_shape=(3, 2), **options)
