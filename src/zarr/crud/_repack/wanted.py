"""What a caller wants to be another in the target, and the documents that follow from it."""

from __future__ import annotations

from dataclasses import dataclass
from operator import index as as_int
from typing import TYPE_CHECKING, Any, Literal

from zarr.abc.codec import ArrayArrayCodec, ArrayBytesCodec, BytesBytesCodec
from zarr.crud._arguments import shown
from zarr.crud._errors import UnsupportedError
from zarr.crud._repack.codec_chains import as_list, chain_of, name_of, numcodec_of
from zarr.crud._repack.formats import as_format2, as_format3, kind_of_codec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zarr.crud._document.document import Document

type Extents = tuple[int, ...] | int | Literal[False] | None
SHARDING = "sharding_indexed"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Changes to arrays; `None` keeps what the source has."""

    chunks: Extents = None
    shards: Extents = None
    filters: Any = None
    compressors: Any = None
    serializer: Any = None
    codecs: Any = None
    zarr_format: Literal[2, 3] | None = None

    def __post_init__(self) -> None:
        if self.zarr_format not in (None, 2, 3):
            raise ValueError(f"zarr_format is {shown(self.zarr_format)}; use 2, 3 or None")
        if self.codecs is not None and not self.keeps_codecs(also_codecs=False):
            raise ValueError("codecs is the whole chain; leave filters, serializer and compressors")

    def keeps_codecs(self, *, also_codecs: bool = True) -> bool:
        """Whether all codecs stay."""
        parts = [self.filters, self.compressors, self.serializer]
        return all(part is None for part in [*parts, *([self.codecs] if also_codecs else [])])


def target_members(source: Document, wanted: Wanted) -> dict[str, Any]:
    """Return the members of the document that the target of an array gets.

    Raises
    ------
    UnsupportedError
        The wanted format cannot spell the array, or has no shards.
    ValueError, TypeError
        An extent or a codec is not valid.
    """
    version = int(source["zarr_format"])  # type: ignore[arg-type]
    to = wanted.zarr_format or version
    if version == to == 2:
        return _changed2(source, wanted)
    has_chain = wanted.codecs is not None or wanted.serializer is not None
    members = as_format3(source, with_codecs=not (version == 2 and has_chain))
    if version == 2 and not members["codecs"]:
        parts = [as_list(wanted.filters), [wanted.serializer], as_list(wanted.compressors)]
        chain = [each for part in parts for each in part if each is not None]
        members["codecs"] = chain_of(wanted.codecs or chain, members, source)
        wanted = Wanted(wanted.chunks, wanted.shards, zarr_format=wanted.zarr_format)
    changed = _changed3(source, members, wanted)
    return changed if to == 3 else as_format2(changed)


def _changed2(source: Document, wanted: Wanted) -> dict[str, Any]:
    if wanted.shards or wanted.codecs is not None or wanted.serializer is not None:
        raise UnsupportedError(
            "zarr format 2 has no shards, no serializer and no chain of codecs; "
            "pass zarr_format=3, or only chunks, filters and compressors"
        )
    members = dict(source)
    if wanted.chunks is not None:
        members["chunks"] = list(extents(wanted.chunks, len(source.shape), "chunks"))
    if wanted.filters is not None:
        members["filters"] = [numcodec_of(each) for each in as_list(wanted.filters)] or None
    if wanted.compressors is not None:
        found = [numcodec_of(each) for each in as_list(wanted.compressors)]
        if len(found) > 1:
            raise UnsupportedError("zarr format 2 has one compressor; pass the others as filters")
        members["compressor"] = found[0] if found else None
    return members


def _changed3(source: Document, members: dict[str, Any], wanted: Wanted) -> dict[str, Any]:
    if wanted.chunks is None and wanted.shards is None and wanted.keeps_codecs():
        return members
    rank = len(source.shape)
    chain = [dict(codec) for codec in members["codecs"]]
    if wanted.codecs is not None:
        chain = chain_of(wanted.codecs, members, source)
    elif wanted.serializer is not None and name_of(wanted.serializer, source) == SHARDING:
        given = [*as_list(wanted.filters), wanted.serializer, *as_list(wanted.compressors)]
        chain = chain_of(given, members, source)
    else:
        chain = _with_parts(chain, members, source, wanted)
    chunks = None if wanted.chunks is None else extents(wanted.chunks, rank, "chunks")
    shards = _wanted_shards(wanted, rank)
    grid = members["chunk_grid"]
    if chunks is not None or shards is not None:
        chain, shape = _regrouped(chain, source, chunks, shards)
        if shape is not None:
            grid = {"name": "regular", "configuration": {"chunk_shape": list(shape)}}
    return {**members, "chunk_grid": grid, "codecs": chain}


def _wanted_shards(wanted: Wanted, rank: int) -> tuple[int, ...] | Literal[False] | None:
    if wanted.shards is None:
        return None
    if wanted.shards is False or wanted.shards == ():
        return False
    return extents(wanted.shards, rank, "shards")


def _is_sharding(codec: Mapping[str, Any]) -> bool:
    return bool(codec["name"] == SHARDING)


def _with_parts(
    chain: list[dict[str, Any]], members: dict[str, Any], source: Document, wanted: Wanted
) -> list[dict[str, Any]]:
    """Return a chain with other filters, serializer or compressors, within its shards."""
    if wanted.keeps_codecs():
        return chain
    if _is_sharding(chain[-1]):
        configuration = dict(chain[-1]["configuration"])
        inner = [dict(codec) for codec in configuration["codecs"]]
        configuration["codecs"] = _with_parts(inner, members, source, wanted)
        before = [] if wanted.filters is not None else chain[:-1]
        return [*before, {"name": SHARDING, "configuration": configuration}]
    parts: list[Any] = []
    for kind, given in (
        (ArrayArrayCodec, wanted.filters),
        (ArrayBytesCodec, wanted.serializer),
        (BytesBytesCodec, wanted.compressors),
    ):
        kept = [codec for codec in chain if kind_of_codec(codec) is kind]
        parts += kept if given is None else as_list(given)
    return chain_of(parts, members, source)


def _regrouped(
    chain: list[dict[str, Any]],
    source: Document,
    chunks: tuple[int, ...] | None,
    shards: tuple[int, ...] | Literal[False] | None,
) -> tuple[list[dict[str, Any]], tuple[int, ...] | None]:
    """Return the chain and the shape of stored chunks for wanted chunks and shards."""
    old = source.chunk_shape
    if not _is_sharding(chain[-1]):
        if shards is False and any(_is_sharding(codec) for codec in chain):
            raise UnsupportedError(
                f"shards=False cannot take away shards that {chain[-1]['name']!r} encodes as a "
                "whole; give `codecs`, the whole chain"
            )
        if not shards:
            return chain, chunks or old
        inner = chunks or old
        if inner is None:
            raise UnsupportedError("the chunks of the source differ in shape; give `chunks`, too")
        return [_sharding(chain, inner)], shards
    before, configuration = chain[:-1], dict(chain[-1]["configuration"])
    order = _order(before, len(source.shape))
    of_codec = configuration["chunk_shape"]
    inner = chunks or tuple(of_codec[order.index(axis)] for axis in range(len(order)))
    if shards is False:
        return [*before, *configuration["codecs"]], inner
    configuration["chunk_shape"] = [inner[axis] for axis in order]
    return [*before, {"name": SHARDING, "configuration": configuration}], shards or old


def _order(codecs: list[dict[str, Any]], rank: int) -> list[int]:
    order = list(range(rank))
    for codec in codecs:
        if codec["name"] == "transpose":
            order = [order[axis] for axis in codec["configuration"]["order"]]
    return order


def _sharding(codecs: list[dict[str, Any]], inner: tuple[int, ...]) -> dict[str, Any]:
    index: list[dict[str, Any]] = [
        {"name": "bytes", "configuration": {"endian": "little"}},
        {"name": "crc32c"},
    ]
    configuration = {"chunk_shape": list(inner), "codecs": codecs, "index_codecs": index}
    return {"name": SHARDING, "configuration": {**configuration, "index_location": "end"}}


def extents(given: Any, rank: int, name: str) -> tuple[int, ...]:
    """Return a shape for each axis; one number means the same for all.

    Raises
    ------
    TypeError, ValueError
        It is none, has another rank, or a length below 1.
    """
    try:
        found = (as_int(given),) * rank
    except TypeError:
        try:
            found = tuple(map(as_int, given))
        except TypeError:
            text = f"{name} is {shown(given)}; use a number of elements for each axis"
            raise TypeError(text) from None
    if len(found) != rank or min(found, default=1) < 1:
        raise ValueError(f"{name} is {shown(given)}; use {rank} numbers of elements from 1 on")
    return found
