"""Why filters and a compressor of format 2 cannot encode."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from zarr.crud._document.codecs import config_of
from zarr.crud._encoding.encoded_sizes import ANY, Sizes, exactly, size_after
from zarr.crud._encoding.encoder_trials import tried
from zarr.crud._encoding.encoders import Unwritable, refused, refused_pcodec, refused_vlen
from zarr.crud._encoding.lossy_filters import Given, Handover, declared

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zarr.abc.numcodec import Numcodec
    from zarr.crud._encoding.encoder_trials import Tried

TYPED: Final = frozenset(
    {"astype", "bitround", "categorize", "delta", "fixedscaleoffset", "packbits", "quantize"}
)
"""Codecs of numcodecs from elements to elements."""

PCODEC: Final = "pcodec"
BYTES: Final = np.dtype("u1")
VLEN: Final = frozenset({"vlen-bytes", "vlen-utf8"})


def unwritable_filters(
    codecs: Iterable[Numcodec], shape: tuple[int, ...], dtype: np.dtype[Any], order: Any
) -> Unwritable | None:
    """Return why they cannot encode a chunk, in this order; `None` if they can."""
    count = exactly(math.prod(shape))
    size: Sizes | None = count.times(exactly(dtype.itemsize))
    given: Given | None = Given(dtype, shape, count, Handover.VIEWED, order)
    for codec in codecs:
        name, found = codec.codec_id, None
        if not type(codec).__module__.startswith("numcodecs."):
            # The output of an unknown codec is unknown.
            size = given = None
        elif name in VLEN:
            reason = refused_vlen(name, None if given is None else given.elements.largest)
            found = None if reason is None else Unwritable(reason)
            size = ANY
            given = _bytes(size)
        elif name in TYPED:
            if given is None:
                continue
            trial = tried(codec, given)
            found = trial.refusal or _refused_cut(codec, given)
            given = _after(trial, given)
            size = None if given is None else given.elements.times(exactly(given.dtype.itemsize))
        else:
            most = None if given is None else given.elements.largest
            reason = refused(name, config_of(codec), size, most)
            if name == PCODEC and given is not None:
                reason = reason or refused_pcodec(given.dtype)
            found = None if reason is None else Unwritable(reason)
            size = size_after(name, size)
            given = None if size is None else _bytes(size)
        if found is not None:
            return found
    return None


def _bytes(size: Sizes) -> Given:
    shape = (size.largest,) if size.largest is not None and not size.modulus else None
    return Given(BYTES, shape, size, Handover.VIEWED)


def _after(trial: Tried, given: Given) -> Given | None:
    made, elements = trial.made, trial.elements
    if made is None or elements is None:
        return None
    shape = given.shape
    if made.ndim == 1 or shape is None or elements != given.elements:
        shape = None if elements.modulus or elements.largest is None else (elements.largest,)
    order = given.order if made.ndim > 1 else "C"
    return Given(made.dtype, shape, elements, Handover.VIEWED, order, trial.alias)


def _refused_cut(codec: Numcodec, given: Given) -> Unwritable | None:
    """Why a codec cannot view its input as its elements, if the size depends on the data."""
    taken = declared(codec)
    if taken is None or taken.hasobject or given.shape is not None:
        return None
    if given.elements.times(exactly(given.dtype.itemsize)).all_divisible(taken.itemsize):
        return None
    return Unwritable(
        f"codec {codec.codec_id!r} cannot encode every chunk: its number of input bytes depends "
        f"on the chunk, and need not be a multiple of the {taken.itemsize} bytes of {taken.str}; "
        "use it before the codec that outputs those bytes"
    )
