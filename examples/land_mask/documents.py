"""Metadata documents, written out: all that an engine needs to know of an array."""

from __future__ import annotations

from typing import Any


def array_document(
    shape: tuple[int, ...],
    data_type: str,
    dimension_names: list[str],
    attributes: dict[str, str],
    *,
    chunk: tuple[int, ...],
    shard: tuple[int, ...] | None = None,
) -> dict[str, Any]:
    """Return the metadata document of a compressed array: all that an engine needs to know."""
    encode: dict[str, Any] = {"name": "bytes", "configuration": {"endian": "little"}}
    compress: dict[str, Any] = {"name": "zstd", "configuration": {"level": 3, "checksum": False}}
    codecs: list[dict[str, Any]] = [encode, compress]
    if shard:
        inner = {
            "chunk_shape": chunk,
            "codecs": codecs,
            "index_codecs": [encode, {"name": "crc32c"}],
        }
        codecs = [{"name": "sharding_indexed", "configuration": inner}]
    return {
        "zarr_format": 3,
        "node_type": "array",
        "shape": shape,
        "data_type": data_type,
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": shard or chunk}},
        "chunk_key_encoding": {"name": "default"},
        "fill_value": 0 if data_type == "float64" else False,
        "codecs": codecs,
        "dimension_names": dimension_names,
        "attributes": attributes,
    }
