"""Fill values, whose bits a target must keep: they are the elements of missing chunks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zarr.crud._errors import UnsupportedError
from zarr.crud._repack.trial import same_bits

if TYPE_CHECKING:
    from zarr.crud._document.document import Document


def check_fill(source: Document, target: Document) -> None:
    """Refuse a target whose fill value has other bits than that of the source.

    Raises
    ------
    UnsupportedError
        It has: format 2 has one NaN only.
    """
    one, other = source.fill_element, target.fill_element
    if not same_bits(one, other):
        bits = one.astype(one.dtype.newbyteorder(">")).tobytes().hex()
        raise UnsupportedError(
            f"zarr format {target['zarr_format']} cannot spell the fill value {source.fill_value} "
            f"with the bits 0x{bits}, which missing chunks have; keep the format of the source"
        )
