"""Trials of codecs from elements to elements on a few elements."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from zarr.crud._encoding.encoders import Unwritable, cannot
from zarr.crud._encoding.lossy_filters import Handover, declared, keeps, lost_elements

if TYPE_CHECKING:
    import numpy.typing as npt

    from zarr.abc.numcodec import Numcodec
    from zarr.crud._encoding.encoded_sizes import Sizes
    from zarr.crud._encoding.lossy_filters import Given


class Tried(NamedTuple):
    """The result of a trial of a codec from elements to elements."""

    codec: Numcodec
    refusal: Unwritable | None = None
    made: npt.NDArray[Any] | None = None
    """The encoded sample; `None` if nothing could be tried."""
    elements: Sizes | None = None
    """The number of elements after encoding all of them."""
    alias: np.dtype[Any] | None = None
    """Another data type that may replace that of the output."""
    is_flat: bool = False
    """Whether the output has one axis for any number of input axes."""

    def misread(self, after: np.dtype[Any]) -> Unwritable | None:
        """Why the output would be unreadable if the next codec views it as another data type."""
        if self.made is None or self.made.dtype == after:
            return None
        # Not zeros, which are the same in any byte order.
        bits = (np.arange(self.made.nbytes) % 119 + 1).astype("u1")
        made = bits.view(self.made.dtype)
        # What the codec `bytes` stores and reads back: it converts the byte order.
        stored = made.astype(made.dtype.newbyteorder("<"))
        try:
            found = stored.view(after.newbyteorder("<")).astype(after)
            with np.errstate(all="ignore"):
                back = [np.asarray(self.codec.decode(one.copy())) for one in (made, found)]
            is_read = found.size == made.size and back[0].tobytes() == back[1].tobytes()
        except Exception:  # noqa: BLE001  # codecs raise whatever they come across
            is_read = False
        return None if is_read else self._taken_for(after)

    def mistaken(self, after: np.dtype[Any]) -> Unwritable | None:
        """The same, if the next codec computes with the elements, in any byte order."""
        made = self.made
        if made is None or made.dtype.newbyteorder("=") == after.newbyteorder("="):
            return None
        return self._taken_for(after)

    def _taken_for(self, after: np.dtype[Any]) -> Unwritable:
        made = None if self.made is None else self.made.dtype
        return Unwritable(
            cannot(self.codec, f"its output is {made}, but is read as {after}"), loses=True
        )


def tried(codec: Numcodec, given: Given) -> Tried:
    """Try a codec: a defect of its configuration shows with any elements."""
    dtype, taken = given.dtype, declared(codec)
    if dtype.kind in "OT" or not dtype.itemsize:
        return Tried(codec)
    if taken is not None and not taken.itemsize:
        return Tried(codec, Unwritable(cannot(codec, f"elements of {taken.str} have no bytes")))
    if taken is not None and given.alias is not None and taken == given.alias:
        dtype = taken
    if not (taken is None or taken == dtype or (taken.hasobject and dtype.kind == "U")):
        refusal = lost_elements(codec, given, taken)
        if refusal is not None:
            return Tried(codec, refusal)
    sample = np.zeros(
        given.sample_shape(1 if taken is None else taken.itemsize), dtype, given.order
    )
    if dtype.kind == "b":
        # With only zeros, a codec that computes with booleans would return its input.
        sample.reshape(-1, order="A")[::2] = True
    with np.errstate(all="ignore"):
        try:
            made = np.asarray(codec.encode(sample.copy(order="A")))
            is_flat = np.ndim(codec.encode(sample.reshape(1, -1))) < 2
        except Exception as err:  # noqa: BLE001  # codecs raise whatever they come across
            return Tried(codec, Unwritable(cannot(codec, err)))
        try:
            back = np.asarray(codec.decode(made.copy(order="A")))
            # As zarr does; zarr cannot view objects as bytes.
            back = back.astype(dtype) if back.dtype.hasobject else back
        except Exception as err:  # noqa: BLE001  # likewise
            return Tried(codec, Unwritable(cannot(codec, err), loses=True))
    reason = _lost(given, sample, back)
    if reason is not None:
        return Tried(codec, Unwritable(cannot(codec, reason), loses=True))
    elements = _elements(codec, given, sample, made)
    alias = None
    if codec.codec_id == "bitround":
        # It rounds bits of floating-point numbers, and returns integers if it has rounded any.
        integers = np.dtype(dtype.str.replace("f", "i"))
        alias = integers if made.dtype == dtype else dtype
    return Tried(codec, None, made, elements, alias, is_flat)


def _lost(given: Given, sample: npt.NDArray[Any], back: npt.NDArray[Any]) -> str | None:
    """What a codec loses of a sample, regardless of its configuration."""
    viewed = given.handover is Handover.VIEWED
    if back.nbytes != sample.nbytes if viewed else back.size != sample.size:
        return f"it turns {sample.size} of {sample.dtype} into {back.size} of {back.dtype}"
    if sample.dtype.kind == "b" and not keeps(given, sample, back):
        return "it does not return the booleans that it encoded"
    return None


def _elements(
    codec: Numcodec, given: Given, sample: npt.NDArray[Any], made: npt.NDArray[Any]
) -> Sizes | None:
    taken = declared(codec)
    if codec.codec_id == "packbits":
        return given.elements.regrouped(sample.itemsize, 8).plus(1)
    if made.size == sample.size:
        return given.elements
    if taken is not None and made.nbytes and made.size * taken.itemsize == sample.nbytes:
        return given.elements.regrouped(sample.itemsize, taken.itemsize)
    return None
