"""Documents in the form that the extension reads."""

from __future__ import annotations

import json
from enum import Enum, auto
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from zarr.core.metadata.v2 import ArrayV2Metadata
from zarr.zarrs._extension import extension
from zarr.zarrs._format2 import as_format3
from zarr.zarrs._format3 import as_native
from zarr.zarrs._vlen import vlen_codec

if TYPE_CHECKING:
    from zarr.crud.backends import Document

# NumPy's kinds of variable-length strings and of objects, which are not plain bytes.
VARIABLE_LENGTH_KINDS: Final = frozenset("TO")


class Conversion(Enum):
    """How elements of the document's data type are converted for the extension."""

    SAME = auto()
    """They are the same."""
    VIEWED = auto()
    """They are the same bytes, which the extension treats as plain bytes."""
    CAST = auto()
    """Their byte order is converted."""


class Prepared(NamedTuple):
    """A document as the extension receives it."""

    json: str
    """The document that the extension parses; the same object at each call."""
    dtype: np.dtype[Any]
    """The data type of the elements that it accepts and returns."""
    conversion: Conversion
    """The conversion of elements in both directions."""
    refusal: str | None
    """Why it does not serve the document."""


def prepare(document: Document) -> Prepared:
    """Rewrite a document for the extension, and ask the extension whether it serves it."""
    dtype = document.dtype
    try:
        members, stored = _rewritten(document)
    except NotImplementedError as err:
        return Prepared(document.json, dtype, Conversion.SAME, str(err))
    except (TypeError, ValueError) as err:
        # Zarr checks some of a codec's configuration only when it instantiates the codec.
        return Prepared(document.json, dtype, Conversion.SAME, f"its codecs do not work: {err}")
    text = json.dumps(members, sort_keys=True, separators=(",", ":"))
    refusal: str | None = extension().supports(text)
    if stored != dtype:
        return Prepared(text, stored, Conversion.CAST, refusal)
    if dtype.isnative:
        return Prepared(text, dtype, Conversion.SAME, refusal)
    return Prepared(text, np.dtype(f"V{dtype.itemsize}"), Conversion.VIEWED, refusal)


def _rewritten(document: Document) -> tuple[dict[str, Any], np.dtype[Any]]:
    metadata = document.array
    dtype = document.dtype
    if dtype.kind in VARIABLE_LENGTH_KINDS and vlen_codec(metadata.dtype) is None:
        raise NotImplementedError(f"data type {metadata.dtype} is of variable length")
    fill = document.fill_element
    if isinstance(metadata, ArrayV2Metadata):
        return as_format3(metadata, json.loads(document.json), fill), dtype
    return as_native(metadata, fill, document.chunk_grid.largest)
