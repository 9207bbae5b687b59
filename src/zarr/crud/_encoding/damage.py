"""Whether the codecs of an array detect changes to stored bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from zarr.codecs import ShardingCodec
from zarr.core.metadata.v2 import ArrayV2Metadata
from zarr.crud._encoding.checksums import NUMCODECS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zarr.abc.codec import Codec
    from zarr.crud._document.document import Document
    from zarr.crud._options import Options

type DetectsDamage = bool | str
"""Whether any changed bit of a stored chunk is an error or has no effect; or where this holds."""

INDEX_ONLY: Final = "in the index of each shard, not in its subchunks"
SUBCHUNKS_ONLY: Final = "in the subchunks of each shard, not in its index"

# Formats that contain a checksum that is always compared.
_ALWAYS: Final = frozenset({"gzip", "zlib", "bz2"})


def detects_damage(document: Document, options: Options) -> DetectsDamage:
    """Return whether a checksum covers everything from which a chunk (shard) is decoded.

    A checksum anywhere in the chain is enough: a change on either side of it either changes the
    bytes that are compared, or has no effect. Without one, only some damage is an error.
    """
    metadata = document.array
    if isinstance(metadata, ArrayV2Metadata):
        codecs = [*(metadata.filters or ()), *filter(None, [metadata.compressor])]
        configs = (codec.get_config() for codec in codecs)
        return any(_has_checksum(config["id"], config, options) for config in configs)
    return _of_chain(metadata.codecs, options)


def _of_chain(codecs: Iterable[Codec], options: Options) -> DetectsDamage:
    found: DetectsDamage = False
    for codec in codecs:
        if isinstance(codec, ShardingCodec):
            found = _of_shard(codec, options)
            continue
        members: Any = codec.to_dict()
        name = str(members["name"]).removeprefix("numcodecs.")
        if _has_checksum(name, members.get("configuration") or {}, options):
            return True
    return found


def _of_shard(codec: ShardingCodec, options: Options) -> DetectsDamage:
    index = _of_chain(codec.index_codecs, options)
    inner = _of_chain(codec.codecs, options)
    if not index:
        # A damaged pointer may lead to another, intact subchunk.
        return SUBCHUNKS_ONLY if inner else False
    return inner or INDEX_ONLY


def _has_checksum(name: str, configuration: Any, options: Options) -> bool:
    if name in NUMCODECS:
        return options.validate_checksums
    if name == "zstd":
        return bool(configuration.get("checksum", False))
    if name == "lzma":
        # Only its `.xz` format has a checksum, unless that is turned off.
        return bool(configuration.get("format", 1) == 1 and configuration.get("check", -1) != 0)
    return name in _ALWAYS
