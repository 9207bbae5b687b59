"""Codecs that exist only in Python, as the extension calls them: one object per document."""

from __future__ import annotations

import json
import warnings
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from zarr.codecs.numcodecs._codecs import _NumcodecsCodec
from zarr.core.array_spec import ArraySpec
from zarr.core.buffer.cpu import Buffer, NDBuffer
from zarr.core.dtype.common import HasEndianness
from zarr.crud.backends import Document, Options, cast

if TYPE_CHECKING:
    from collections.abc import Callable

    from zarr.core.chunk_utils import ChunkTransform
    from zarr.core.dtype.wrapper import ZDType


class PythonCodec:
    """The codecs of a document, on the elements of a chunk in C order.

    The elements have the document's own data type. The codecs see them in the byte order of the
    array object if that differs. They are called only on the thread that called the extension.
    """

    def __init__(self, document: Document, endianness: str | None) -> None:
        seen = document.array.dtype
        self._dtype = seen.to_native_dtype()
        if endianness is not None and isinstance(seen, HasEndianness):
            seen = replace(seen, endianness=endianness)  # type: ignore[call-arg]
        self._seen = seen.to_native_dtype()
        self._verified = _codecs(document, seen, validate_checksums=True)
        self._unverified = _codecs(document, seen, validate_checksums=False)
        # Codecs that do not work are refused now rather than at the first chunk.
        _ = self._verified(document.shape), self._unverified(document.shape)

    def decode(
        self,
        data: bytes,
        shape: tuple[int, ...],
        validate_checksums: bool,  # noqa: FBT001  # the extension passes all by position
    ) -> np.ndarray[tuple[int], np.dtype[np.uint8]]:
        """Return the elements of a stored chunk of this shape, as bytes."""
        made = self._verified if validate_checksums else self._unverified
        codecs, spec = made(shape)
        decoded = codecs.decode_chunk(Buffer.from_bytes(data), spec).as_numpy_array()
        if decoded.shape != shape:
            raise ValueError(f"it has shape {decoded.shape}, and not {shape}")
        return np.ascontiguousarray(cast(decoded, self._dtype)).reshape(-1).view("u1")

    def encode(self, data: bytearray, shape: tuple[int, ...]) -> bytes:
        """Return the bytes to store for the elements of a chunk of this shape."""
        elements = np.frombuffer(data, dtype=self._dtype).reshape(shape)
        elements = cast(elements, self._seen)
        codecs, spec = self._verified(shape)
        encoded = codecs.encode_chunk(NDBuffer.from_numpy_array(elements), spec)
        if encoded is None:
            raise ValueError("the codecs store nothing for this chunk")
        return encoded.to_bytes()


def make_codec(text: str) -> PythonCodec:
    """Return the codecs of a document and a byte order; an exception says why this fails."""
    given = json.loads(text)
    with warnings.catch_warnings():
        # The caller parsed the same codecs before, and the warnings were given then.
        warnings.simplefilter("ignore")
        return PythonCodec(Document(json.dumps(given["array"])), given["endianness"])


def _codecs(
    document: Document, seen: ZDType[Any, Any], *, validate_checksums: bool
) -> Callable[[tuple[int, ...]], tuple[ChunkTransform, ArraySpec]]:
    # Most arrays have no such codec, and the reference takes longer to import than to ask.
    from zarr.crud.reference import codecs_for

    # The caller decides whether a chunk is empty.
    options = Options(validate_checksums=validate_checksums, write_empty_chunks=True)
    codecs_of_shape = codecs_for(document, options)

    @lru_cache(maxsize=64)
    def made(shape: tuple[int, ...]) -> tuple[ChunkTransform, ArraySpec]:
        codecs = codecs_of_shape(shape)
        transform = codecs.pipeline.sync_transform
        if transform is None:
            raise ValueError("one of them has no synchronous form")
        for codec in transform.codecs:
            if isinstance(codec, _NumcodecsCodec):
                _ = codec._codec  # raises if a package that it needs is missing
        spec = codecs.spec
        return transform, ArraySpec(shape, seen, spec.fill_value, spec.config, spec.prototype)

    return made
