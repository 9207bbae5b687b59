"""Faults that a test injects into an archive, one by one, as `docs/archives.md` lists them."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from google_crc32c import value as crc32c

from tests.crud.verify.archives import change, consolidate, format_2, get, hierarchy, put

if TYPE_CHECKING:
    from collections.abc import Callable

HEX: Final = "0123456789abcdef" * 2


class Fault(NamedTuple):
    """A fault: how to inject it, and how it is found."""

    inject: Callable[[Any], None]
    kind: str
    """The kind of the finding."""
    level: str
    """The lowest level that finds it."""
    key: str | None
    """The key that the finding names."""
    make: Callable[[], Any] = hierarchy


def _flipped(key: str, place: int) -> Callable[[Any], None]:
    def inject(store: Any) -> None:
        value = bytearray(get(store, key))
        value[place] ^= 1
        put(store, key, bytes(value))

    return inject


def _cut(key: str, count: int) -> Callable[[Any], None]:
    return lambda store: put(store, key, get(store, key)[:-count])


def _longer(key: str) -> Callable[[Any], None]:
    return lambda store: put(store, key, get(store, key) + b"more")


def _index(entry: int, edit: Callable[[int, int], tuple[int, int]]) -> Callable[[Any], None]:
    """Change an entry of the index of a shard of 4 subchunks, with a right checksum."""

    def inject(store: Any) -> None:
        value = bytearray(get(store, "raw_shards/c/0/0"))
        start = len(value) - 68 + 16 * entry
        struct.pack_into("<QQ", value, start, *edit(*struct.unpack_from("<QQ", value, start)))
        value[-4:] = struct.pack("<I", crc32c(bytes(value[-68:-4])))
        put(store, "raw_shards/c/0/0", bytes(value))

    return inject


def _dead(store: Any) -> None:
    value = get(store, "raw_shards/c/0/0")
    put(store, "raw_shards/c/0/0", value[:-68] + b"dead" + value[-68:])


def _consolidated(edit: Callable[[Any], None]) -> Callable[[Any], None]:
    def inject(store: Any) -> None:
        consolidate(store)
        edit(store)

    return inject


def _copy(edit: Callable[[Any], None]) -> Callable[[Any], None]:
    return _consolidated(
        lambda store: change(
            store, "zarr.json", lambda group: edit(group["consolidated_metadata"]["metadata"])
        )
    )


def _stored(key: str, value: bytes = b"x") -> Callable[[Any], None]:
    return lambda store: put(store, key, value)


def _second_format(edit: Callable[[Any], None]) -> Callable[[Any], None]:
    def inject(store: Any) -> None:
        for name in (".zarray", ".zattrs"):
            put(store, f"raw/{name}", get(format_2(), f"raw/{name}"))
        change(store, "raw/zarr.json", lambda array: array.update(attributes={"units": "m"}))
        change(store, "raw/.zarray", edit)

    return inject


def _without(key: str) -> Callable[[Any], None]:
    return lambda store: store.delete_sync(key)


FAULTS: Final[dict[str, Fault]] = {
    "a raw chunk is cut": Fault(_cut("raw/c/0/0", 1), "truncated", "list", "raw/c/0/0"),
    "a raw chunk is too long": Fault(_longer("raw/c/0/0"), "oversized", "list", "raw/c/0/0"),
    "a compressed chunk is emptied": Fault(
        _stored("zstd/c/0/0", b""), "truncated", "list", "zstd/c/0/0"
    ),
    "a compressed chunk is cut": Fault(
        _cut("zstd/c/0/0", 2), "undecodable", "decode", "zstd/c/0/0"
    ),
    "a bit of a compressed chunk with a checksum is flipped": Fault(
        _flipped("zstd/c/1/1", -6), "undecodable", "decode", "zstd/c/1/1"
    ),
    "a compressed chunk is replaced by other bytes": Fault(
        _stored("zstd/c/0/0", b"other"), "undecodable", "decode", "zstd/c/0/0"
    ),
    "a chunk of strings is cut": Fault(
        _cut("deep/text/c/0", 2), "undecodable", "decode", "deep/text/c/0"
    ),
    "a bit of a subchunk with a checksum is flipped": Fault(
        _flipped("shards/c/0/0", 8), "undecodable", "decode", "shards/c/0/0"
    ),
    "a bit of the index of a shard is flipped": Fault(
        _flipped("shards/c/0/0", -40), "damaged-index", "index", "shards/c/0/0"
    ),
    "a shard is cut to less than its index": Fault(
        _stored("shards/c/0/0"), "damaged-index", "index", "shards/c/0/0"
    ),
    "an index points beyond its shard": Fault(
        _index(1, lambda offset, nbytes: (offset + 1000, nbytes)),
        *("subchunk-beyond-value", "index", "raw_shards/c/0/0"),
    ),
    "an index claims more bytes than an address has": Fault(
        _index(1, lambda _, nbytes: (2**64 - 2, nbytes)),
        *("subchunk-beyond-value", "index", "raw_shards/c/0/0"),
    ),
    "an index gives bytes to two subchunks": Fault(
        _index(1, lambda offset, nbytes: (offset - 8, nbytes)),
        *("overlapping-subchunks", "index", "raw_shards/c/0/0"),
    ),
    "an index makes a raw subchunk too short": Fault(
        _index(1, lambda offset, nbytes: (offset, nbytes - 1)),
        *("truncated", "index", "raw_shards/c/0/0"),
    ),
    "a shard has bytes that no subchunk uses": Fault(
        _dead, "dead-bytes", "index", "raw_shards/c/0/0"
    ),
    "a document is no JSON": Fault(
        _stored("zstd/zarr.json", b"{"), "invalid-document", "list", "zstd/zarr.json"
    ),
    "a document lacks a member": Fault(
        lambda store: change(store, "zstd/zarr.json", lambda array: array.pop("shape")),
        *("invalid-document", "list", "zstd/zarr.json"),
    ),
    "documents of an array and of a group": Fault(
        _stored("raw/.zgroup", b'{"zarr_format": 2}'),
        *("conflicting-documents", "list", "raw/.zgroup", format_2),
    ),
    "documents of two formats that disagree": Fault(
        _second_format(lambda array: array.update(shape=[8, 5])),
        *("formats-disagree", "list", "raw/.zarray"),
    ),
    "documents of two formats that agree": Fault(
        _second_format(lambda array: array.update(fill_value=0)),
        *("two-formats", "list", "raw/.zarray"),
    ),
    "a copy in consolidated metadata is old": Fault(
        _copy(lambda copies: copies["raw"].update(shape=[9, 5])),
        *("consolidated-disagrees", "list", "zarr.json"),
    ),
    "consolidated metadata lacks a node": Fault(
        _copy(lambda copies: copies.pop("raw")), "consolidated-lacks-node", "list", "zarr.json"
    ),
    "consolidated metadata has a node that was deleted": Fault(
        _consolidated(_without("raw/zarr.json")), "consolidated-without-node", "list", "zarr.json"
    ),
    "the same in format 2": Fault(
        _consolidated(
            lambda store: change(store, "raw/.zarray", lambda array: array.update(shape=[9, 5]))
        ),
        *("consolidated-disagrees", "list", ".zmetadata", format_2),
    ),
    "the document of a group above a node is lost": Fault(
        _without("deep/zarr.json"), "no-group-above", "list", None
    ),
    "a node lies below an array": Fault(
        _stored("raw/inside/zarr.json", b'{"zarr_format": 3, "node_type": "group"}'),
        *("node-below-array", "list", None),
    ),
    "chunks are missing": Fault(_without("raw/c/1/1"), "missing-chunks", "list", None),
    "a chunk beyond the grid": Fault(_stored("raw/c/3/0"), "beyond-grid", "list", "raw/c/3/0"),
    "a temporary file of zarr-crud": Fault(
        _stored(f"raw/c/0/0.{HEX}.crud.partial"),
        *("leftover", "list", f"raw/c/0/0.{HEX}.crud.partial"),
    ),
    "a temporary file of zarr-python": Fault(
        _stored(f"raw/c/0/0.{HEX}.partial"), "leftover", "list", f"raw/c/0/0.{HEX}.partial"
    ),
    "a temporary file of obstore": Fault(_stored("raw/c/0/0#1"), "leftover", "list", "raw/c/0/0#1"),
    "a repack is broken off": Fault(
        _stored("raw/.zarr-crud-repack.json"),
        *("unfinished-repack", "list", "raw/.zarr-crud-repack.json"),
    ),
    "a key that is nothing": Fault(_stored("raw/c/0/x"), "unknown-key", "list", "raw/c/0/x"),
    "attributes without a node": Fault(
        _stored("lost/.zattrs", b"{}"), "unknown-key", "list", "lost/.zattrs"
    ),
}
