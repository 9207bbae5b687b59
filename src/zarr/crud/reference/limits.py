"""Limits of the codecs of zarr and numcodecs, which the reference runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from zarr.abc.codec import ArrayBytesCodec
from zarr.codecs.numcodecs._codecs import _NumcodecsCodec
from zarr.core.metadata.v2 import ArrayV2Metadata
from zarr.crud._document.codecs import all_codecs, lacking_compressor
from zarr.errors import UnknownCodecError

if TYPE_CHECKING:
    from zarr.crud._document.document import Document

PACKAGES: Final = {"crc32c": "numcodecs[crc32c]", "pcodec": "pcodec", "zfpy": "zfpy"}
"""Packages to install for codecs that numcodecs supports only with another package."""


def lacking(document: Document) -> str | None:
    """Return what the codecs of an array need and lack; without it no chunk is read or written."""
    compressor = lacking_compressor(document.array)
    if compressor is not None:
        return f"numcodecs is built without the compressor {compressor!r} of codec 'blosc'"
    for codec in all_codecs(document.array):
        if isinstance(codec, _NumcodecsCodec):
            try:
                _ = codec._codec
            except (UnknownCodecError, ImportError):
                package = PACKAGES.get(str(codec.codec_config["id"]))
                how = f"install {package!r}" if package else "install the package that has it"
                return f"codec {codec.codec_name!r} needs a package that is not there; {how}"
            except (TypeError, ValueError) as err:
                return f"codec {codec.codec_name!r} does not work: {err}"
    return None


def refused_order(document: Document) -> str | None:
    """Return why an array object whose byte order differs from its document cannot be written."""
    metadata, dtype = document.array, document.dtype
    if isinstance(metadata, ArrayV2Metadata) or dtype.isnative:
        return None
    for codec in all_codecs(metadata):
        if isinstance(codec, _NumcodecsCodec) and isinstance(codec, ArrayBytesCodec):
            native = dtype.newbyteorder("=").str
            return (
                f"codec {codec.codec_name!r} takes native elements, but gets {dtype.str} from "
                f"this array object; use the data type {native}, or open the array again"
            )
    return None
