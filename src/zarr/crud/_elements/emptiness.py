"""Chunks that need not be stored, because every element has exactly the fill value's bytes.

Zarr's pipelines compare numbers: they drop a chunk of `-0.0` in structures or complex numbers, or
of NaNs other than the fill value, and it is read back as something else. The pipelines are
therefore configured to keep all chunks, and a codec before each chain drops chunks that are
identical to the fill value.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from zarr.abc.codec import ArrayArrayCodec
from zarr.codecs import ShardingCodec
from zarr.crud._document.casting import cast

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from zarr.abc.codec import Codec
    from zarr.core.array_spec import ArraySpec
    from zarr.core.buffer import NDBuffer
    from zarr.core.common import JSON

# NumPy's kinds of elements that only refer to their content.
ELSEWHERE: Final = frozenset("TO")

NUMBERS: Final = frozenset("biuf")
"""NumPy's kinds of elements that codecs convert to one another."""


def without_empty_chunks(codecs: Sequence[Codec]) -> list[Codec]:
    """Return codecs that encode a chunk of only the fill value to nothing.

    They decode as before. A shard is empty if all its subchunks are, so only those are checked.
    """
    inside = [_inside(codec) for codec in codecs]
    if isinstance(codecs[0], ShardingCodec):
        return inside
    return [DropEmpty(), *inside]


def _inside(codec: Codec) -> Codec:
    if not isinstance(codec, ShardingCodec):
        return codec
    # Keep the codec's class, which may be a subclass.
    return replace(codec, codecs=tuple(without_empty_chunks(codec.codecs)))


@dataclass(frozen=True)
class DropEmpty(ArrayArrayCodec):
    """Encodes empty chunks to nothing, and all others unchanged."""

    is_fixed_size = True

    def to_dict(self) -> dict[str, JSON]:
        """Return a placeholder: no document contains this codec."""
        return {"name": "drop_empty"}

    def compute_encoded_size(self, input_byte_length: int, _chunk_spec: ArraySpec) -> int:
        """Return the same size."""
        return input_byte_length

    def _decode_sync(self, chunk_array: NDBuffer, _chunk_spec: ArraySpec) -> NDBuffer:
        return chunk_array

    def _encode_sync(self, chunk_array: NDBuffer, chunk_spec: ArraySpec) -> NDBuffer | None:
        fill_value = chunk_spec.fill_value
        if fill_value is None:
            fill_value = chunk_spec.dtype.default_scalar()
        array = chunk_array.as_numpy_array()
        expected = chunk_spec.dtype.to_native_dtype()
        if array.dtype != expected:
            # Some codecs produce elements of another data type than the one that decoding fills in.
            if array.dtype.itemsize != expected.itemsize:
                return chunk_array
            array = array.view(expected)
        if not _exists(fill_value, expected):
            return chunk_array
        return None if is_all(array, fill_value) else chunk_array


def _exists(fill_value: Any, dtype: np.dtype[Any]) -> bool:
    """Return whether the element exists: some codecs change elements but not the fill value."""
    given: npt.NDArray[Any] = np.asarray(fill_value)
    if given.dtype.kind == dtype.kind and given.dtype.itemsize <= dtype.itemsize:
        return True
    if not {given.dtype.kind, dtype.kind} <= NUMBERS:
        return True
    with np.errstate(all="ignore"):
        return given.astype(dtype).astype(given.dtype).tobytes() == given.tobytes()


def is_all(array: npt.NDArray[Any], fill_value: Any) -> bool:
    """Return whether each element has exactly the bytes of the fill value, or its text."""
    dtype = array.dtype
    if dtype.kind in ELSEWHERE:
        elements = array.reshape(-1).tolist()
        return all(isinstance(one, (str, bytes)) and one == fill_value for one in elements)
    one = cast(np.array(fill_value, dtype=dtype), dtype)
    # The first element decides for most chunks. Compare arrays: a scalar loses the byte order.
    first: Any = (*(0,) * array.ndim, ...)
    if array.size == 0 or array[first].tobytes() != one.tobytes():
        return array.size == 0
    if dtype.itemsize in (1, 2, 4, 8):
        word = np.dtype(f"u{dtype.itemsize}")
        return bool((array.view(word) == one.view(word)).all())
    words = _words(dtype.itemsize)
    parts, wanted = array.view(words), one.view(words)
    return all((parts[name] == wanted[name]).all() for name in words.names or ())


@lru_cache(maxsize=64)
def _words(size: int) -> np.dtype[Any]:
    """An element of `size` bytes as unsigned integers, which NumPy compares fast."""
    formats = ["u8"] * (size // 8) + [f"u{width}" for width in (4, 2, 1) if size % 8 & width]
    return np.dtype([(f"f{place}", word) for place, word in enumerate(formats)])
