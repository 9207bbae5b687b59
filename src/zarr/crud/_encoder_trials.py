"""What codecs from elements to elements make of a few elements."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from zarr.crud._document_checks import shown

if TYPE_CHECKING:
    from zarr.abc.numcodec import Numcodec
    from zarr.core.array_spec import ArraySpec

SAMPLE: Final = 64
"""How many elements are tried."""


class Tried(NamedTuple):
    """What a codec from elements to elements makes of some zeros, or of both booleans."""

    codec: Numcodec
    reason: str | None = None
    dtype: np.dtype[Any] | None = None
    elements: int | None = None
    """How many elements it makes of all of them."""
    lost_bytes: str | None = None
    """Why what it decodes to are not as many bytes; in format 2 they are taken for elements."""
    lost_elements: str | None = None
    """Why what it decodes to are not as many elements, whatever those are."""
    is_flat: bool = False
    """Whether what it makes has one axis, however many it was given."""

    def other_size(self, after: ArraySpec) -> str | None:
        """Why nobody could read what it makes, given what zarr expects to find."""
        expected = math.prod(after.shape) * after.dtype.to_native_dtype().itemsize
        made, dtype = self.elements, self.dtype
        if dtype is None or made is None or made * dtype.itemsize == expected:
            return None
        return _cannot(self.codec, f"what it makes is {dtype}, and read as {after.dtype}")


def tried(codec: Numcodec, dtype: np.dtype[Any] | None, count: int | None) -> Tried:
    """Try a codec: what it says about its configuration it says of any elements."""
    if dtype is None or not count or dtype.kind in "OT":
        return Tried(codec)
    zeros = np.zeros(min(count, SAMPLE), dtype)
    if dtype.kind == "b":
        # Of zeros alone, a codec that computes with booleans gives back what it was given.
        zeros[::2] = True
    try:
        with np.errstate(all="ignore"):
            made = np.asarray(codec.encode(zeros))
            back = np.asarray(codec.decode(made))
            is_flat = np.ndim(codec.encode(zeros.reshape(1, -1))) < 2
    except Exception as err:  # noqa: BLE001  # codecs raise whatever they come across
        return Tried(codec, _cannot(codec, err))
    lost = _cannot(codec, f"it makes {back.size} of {back.dtype} of {zeros.size} of {dtype}")
    if dtype.kind == "b" and back.size == zeros.size and not np.array_equal(back, zeros):
        return Tried(codec, _cannot(codec, "it gives back other booleans than it is given"))
    after: int | None = count if made.size == zeros.size else None
    if codec.codec_id == "packbits":
        after = 1 + -(-count // 8)
    lost_bytes = lost if back.nbytes != zeros.nbytes else None
    lost_elements = lost if back.size != zeros.size else None
    return Tried(codec, None, made.dtype, after, lost_bytes, lost_elements, is_flat)


def _cannot(codec: Numcodec, why: object) -> str:
    config = {key: value for key, value in codec.get_config().items() if key != "id"}
    return f"codec {codec.codec_id!r} cannot encode with {shown(config)}: {why}"
