"""Whether a filter that is declared for one data type preserves elements of another.

Codecs of numcodecs view the bytes of their input as elements of the configured data type. For input
of that type, a filter loses exactly what its configuration says.
"""

from __future__ import annotations

import math
from enum import Enum, auto
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from zarr.crud._encoding.encoders import Unwritable, cannot

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from zarr.abc.numcodec import Numcodec
    from zarr.crud._encoding.encoded_sizes import Sizes

SAMPLE: Final = 64
"""The number of elements on the last axis of a sample."""

SURROGATES: Final = 0xD800
"""The first code point that is not a character."""

SIGNALLING: Final = tuple(
    bytes.fromhex(word)
    for word in ("7d01", "017d", "7fa00001", "0100a07f", "7ff4000000000001", "010000000000f47f")
)
"""NaNs of two, four and eight bytes, in both byte orders, that conversions change."""


class Handover(Enum):
    """What happens to decoded elements whose data type differs from that of the input."""

    VIEWED = auto()
    """Their bytes are viewed as elements of the input data type."""
    CAST = auto()
    """They are converted to that data type."""
    KEPT = auto()
    """The previous codec computes with them unchanged."""


class Given(NamedTuple):
    """The input of a codec from elements to elements."""

    dtype: np.dtype[Any]
    shape: tuple[int, ...] | None
    """`None` for one axis whose length depends on the data."""
    elements: Sizes
    handover: Handover
    order: Any = "C"
    alias: np.dtype[Any] | None = None
    """Another data type for which the next codec may be declared."""

    def sample_shape(self, itemsize: int) -> tuple[int, ...]:
        """A small shape whose bytes divide into elements of a size as those of full chunks do."""
        if self.shape is None:
            return (SAMPLE * itemsize,)
        if not self.shape:
            return ()
        *rest, last = self.shape
        if last > SAMPLE:
            period = itemsize // math.gcd(itemsize, self.dtype.itemsize)
            last = period * -(-SAMPLE // period) + last % period
        return (*(min(length, 2) for length in rest), last)


def declared(codec: Numcodec) -> np.dtype[Any] | None:
    """Return the data type as which a codec views its input; `None` if it inspects the input."""
    known: Any = codec
    if codec.codec_id == "packbits":
        return np.dtype(bool)
    dtype = known.decode_dtype if codec.codec_id == "astype" else getattr(codec, "dtype", None)
    return None if dtype is None else np.dtype(dtype)


def lost_elements(codec: Numcodec, given: Given, taken: np.dtype[Any]) -> Unwritable | None:
    """Return why a codec for elements of the data type `taken` does not preserve its input.

    `None` if every bit is restored, so that the data type does not matter.
    """
    error: Exception | None = None
    for sample in _samples(given, taken):
        with np.errstate(all="ignore"):
            try:
                made = np.asarray(codec.encode(sample.copy(order="A")))
            except Exception as err:  # noqa: BLE001  # codecs raise whatever they come across
                error = err
                continue
            try:
                kept = keeps(given, sample, np.asarray(codec.decode(made)))
            except Exception:  # noqa: BLE001  # likewise
                kept = False
        if not kept:
            return Unwritable(_told(codec, given, taken), loses=True)
    return None if error is None else Unwritable(cannot(codec, error))


def _told(codec: Numcodec, given: Given, taken: np.dtype[Any]) -> str:
    ours = given.dtype
    reason = f"codec {codec.codec_id!r} is declared for {taken.str}, but gets {ours.str}"
    if taken.newbyteorder("=") == ours and given.handover is not Handover.VIEWED:
        reason += ", for documents of format 3 have no byte order"
    return (
        f"{reason}: other elements would be read than are written; "
        f"declare it for {ours.str}, or leave it out"
    )


def _samples(given: Given, taken: np.dtype[Any]) -> Iterator[npt.NDArray[Any]]:
    """Yield elements of arbitrary bits: mixed, and each value alone, as some codecs then fail."""
    dtype, shape = given.dtype, given.sample_shape(taken.itemsize)
    values, size = _arbitrary(dtype), math.prod(shape)
    for start in range(0, len(values), size):
        # Not `resize`, which loses the byte order.
        flat = values[np.arange(start, start + size) % len(values)]
        yield np.array(flat.reshape(shape), order=given.order)
    for value in values:
        yield np.full(shape, value, dtype, given.order)


def _arbitrary(dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    """Return elements of arbitrary values of a data type."""
    rng = np.random.default_rng(0)
    if dtype.kind == "b":
        return rng.integers(0, 2, SAMPLE).astype(dtype)
    if dtype.kind == "U":
        points = rng.integers(1, SURROGATES, SAMPLE * dtype.itemsize // 4).astype("u4")
        # With their bytes swapped, these are the signalling NaNs of `SIGNALLING`.
        points[: 2 * dtype.itemsize // 4] = 0xA07F
        return points.astype(np.dtype("u4").newbyteorder(dtype.byteorder)).view(dtype)
    bits = bytearray(rng.bytes(SAMPLE * dtype.itemsize))
    for number, word in enumerate(SIGNALLING):
        item = (word * dtype.itemsize)[: dtype.itemsize]
        bits[number * dtype.itemsize : (number + 1) * dtype.itemsize] = item
    return np.frombuffer(bytes(bits), dtype)


def keeps(given: Given, sample: npt.NDArray[Any], back: npt.NDArray[Any]) -> bool:
    """Return whether the decoded data becomes the encoded sample, bit for bit."""
    flat = np.ascontiguousarray(back.reshape(-1, order="A"))
    if given.handover is Handover.VIEWED:
        return flat.tobytes() == sample.tobytes(order="A")
    if flat.size != sample.size:
        return False
    dtype = sample.dtype
    if given.handover is Handover.KEPT and flat.dtype.newbyteorder("=") != dtype.newbyteorder("="):
        return False
    found = np.empty(flat.shape, dtype)
    found[...] = flat
    return found.tobytes() == sample.tobytes(order="A")
