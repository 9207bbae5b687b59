"""Limits of encoders, determined from their configuration and the size of their input.

Decoders ignore all of them: a chunk that other software has stored can still be read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from numcodecs.blosc import list_compressors  # type: ignore[import-untyped]

from zarr.crud._document.checks import shown
from zarr.crud._document.codecs import missing_compressor
from zarr.crud._encoding.encoded_sizes import refused_shuffle
from zarr.crud._encoding.encoder_options import refused_lzma, refused_pages

if TYPE_CHECKING:
    import numpy as np

    from zarr.abc.numcodec import Numcodec
    from zarr.crud._encoding.encoded_sizes import Sizes

type Config = Mapping[str, Any]

_INT: Final = (-(2**31), 2**31 - 1)

BOUNDS: Final[Mapping[str, Mapping[str, tuple[int, int]]]] = {
    "blosc": {
        "blocksize": _INT,
        "clevel": (0, 9),
        "shuffle": (-1, 2),
        "typesize": (1, 2**31 - 1),
    },
    "bz2": {"level": (1, 9)},
    "gzip": {"level": (-1, 9)},
    "jenkins_lookup3": {"initval": (0, 2**32 - 1)},
    "lz4": {"acceleration": _INT},
    "lzma": {"check": (-1, 15), "format": (1, 3)},
    "pcodec": {
        "delta_encoding_order": (0, 7),
        "equal_pages_up_to": (1, 2**64 - 1),
        "level": (0, 12),
    },
    "shuffle": {"elementsize": (-(2**63), _INT[1])},
    "zlib": {"level": (-1, 9)},
    "zstd": {"level": _INT},
}
"""The ranges that encoders accept; values outside cause an error, or worse."""

MAY_LACK: Final = frozenset({"delta_encoding_order", "typesize"})
"""Members that may be null."""

MOST_BYTES: Final[Mapping[str, int]] = {"blosc": 2**31 - 17, "lz4": 0x7E000000}
"""The most bytes that encoders accept at once, where there is a limit."""

MOST_VLEN: Final = 2**31 - 1
"""The most elements of variable length in a chunk: their count has four bytes."""


class Unwritable(NamedTuple):
    """Why the chunks of an array cannot be written."""

    reason: str
    loses: bool = False
    """Whether zarr's own path stores them anyway, and reads other elements, or none."""


def cannot(codec: Numcodec, why: object) -> str:
    """The message that a codec cannot encode with its configuration."""
    config = {key: value for key, value in codec.get_config().items() if key != "id"}
    return f"codec {codec.codec_id!r} cannot encode with {shown(config)}: {why}"


def is_taken(name: str, member: str, value: object) -> bool:
    """Return whether an encoder accepts a number in its configuration."""
    least, most = BOUNDS[name][member]
    return isinstance(value, int) and least <= value <= most


def refused(name: str, config: Config, size: Sizes | None, count: int | None) -> str | None:
    """Return why an encoder of numcodecs cannot encode; `None` if it can, or it is unknown.

    `size` is the number of bytes in its input, and `count` the largest number of elements, if they
    are known.
    """
    for member, (least, most) in BOUNDS.get(name, {}).items():
        value = config.get(member)
        if value is None and (member in MAY_LACK or member not in config):
            continue
        if not is_taken(name, member, value):
            return (
                f"codec {name!r} cannot encode with {member} {shown(value)}; "
                f"it takes {least} to {most}"
            )
    if name in _MORE:
        reason = _MORE[name](config, size, count)
        if reason is not None:
            return reason
    largest = None if size is None else size.largest
    if largest is not None and largest > MOST_BYTES.get(name, largest):
        return (
            f"codec {name!r} encodes at most {MOST_BYTES[name]} bytes at once, but gets "
            f"{largest}; use smaller chunks, or shards of smaller chunks"
        )
    return None


def refused_pcodec(dtype: np.dtype[Any]) -> str | None:
    """The same, for the data type of the elements that pcodec receives."""
    if dtype.kind in "iufmM" and dtype.itemsize in (2, 4, 8) and dtype.isnative:
        return None
    return f"codec 'pcodec' cannot encode {dtype.str}; it takes native numbers of 2, 4 or 8 bytes"


def refused_vlen(name: str, count: int | None) -> str | None:
    """The same, for the codecs of elements of variable length."""
    if count is None or count <= MOST_VLEN:
        return None
    return f"codec {name!r} encodes at most {MOST_VLEN} elements at once, but gets {count}"


def _blosc(config: Config, _size: Sizes | None, _count: int | None) -> str | None:
    known = ", ".join(repr(name) for name in list_compressors())
    if not isinstance(config.get("cname", ""), str):
        return f"codec 'blosc' has no cname {shown(config['cname'])}; use one of {known}"
    lacking = missing_compressor("blosc", config)
    if lacking is None:
        return None
    return (
        f"codec 'blosc' cannot encode with cname {lacking!r}, which numcodecs is built without: "
        f"zarr-python could not read it; use one of {known}"
    )


_MORE: Final[Mapping[str, Callable[[Config, Sizes | None, int | None], str | None]]] = {
    "blosc": _blosc,
    "lzma": lambda config, _size, _count: refused_lzma(config),
    "pcodec": lambda config, _size, count: refused_pages(config, count),
    "shuffle": lambda config, size, _count: refused_shuffle(config.get("elementsize"), size),
}
