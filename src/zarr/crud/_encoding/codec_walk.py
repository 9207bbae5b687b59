"""A walk through the codecs of format 3: the input of each, and whether its output is readable."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from zarr.abc.codec import ArrayArrayCodec, ArrayBytesCodec
from zarr.codecs.cast_value import CastValue
from zarr.codecs.scale_offset import ScaleOffset
from zarr.crud._document.codecs import config_of
from zarr.crud._encoding.encoded_sizes import ANY, Sizes, size_after
from zarr.crud._encoding.encoder_trials import Tried, tried
from zarr.crud._encoding.encoders import Unwritable, refused, refused_pcodec
from zarr.crud._encoding.lossy_filters import Given, Handover, declared
from zarr.errors import UnknownCodecError

if TYPE_CHECKING:
    import numpy as np

    from zarr.core.array_spec import ArraySpec

COMPUTING: Final = (CastValue, ScaleOffset)
"""Codecs that compute with elements of the data type that zarr expects."""


@dataclass
class Walk:
    """The input of the next codec."""

    spec: ArraySpec
    """The shape and data type that zarr expects, according to the stored document."""
    live: np.dtype[Any]
    """The data type of the elements; in the array object it may have another byte order."""
    count: Sizes
    given: np.dtype[Any]
    handover: Handover = Handover.CAST
    before: Tried | None = None
    """The previous codec, if it is one from elements to elements that zarr may misread."""
    flat: Unwritable | None = None
    """Why later codecs cannot rely on the axes of the chunk."""
    size: Sizes | None = None
    """The number of bytes; `None` if there are none yet, or it is unknown."""

    @property
    def dtype(self) -> np.dtype[Any]:
        """The data type that zarr expects."""
        dtype: np.dtype[Any] = self.spec.dtype.to_native_dtype()
        return dtype

    @property
    def misread(self) -> Unwritable | None:
        """Why zarr would read other elements from what is stored."""
        return None if self.before is None else self.before.misread(self.dtype)

    def pass_unknown(self, codec: Any) -> None:
        """Pass an unknown codec, of which only the resulting data type is known."""
        self.size, self.before, self.handover = None, None, Handover.KEPT
        if isinstance(codec, ArrayArrayCodec):
            self.given = self.live = codec.resolve_metadata(self.spec).dtype.to_native_dtype()


def refused_computing(codec: CastValue | ScaleOffset, walk: Walk) -> Unwritable | None:
    mistaken = None if walk.before is None else walk.before.mistaken(walk.dtype)
    if mistaken is not None:
        return mistaken
    walk.handover = Handover.KEPT
    if isinstance(codec, CastValue):
        if not walk.live.isnative:
            return _swapped("cast_value", walk, loses=False)
        walk.given = walk.live = codec.dtype.to_native_dtype()
        walk.before = None
    return None


def refused_numcodec(codec: Any, walk: Walk) -> Unwritable | None:
    most = walk.count.largest
    try:
        made = codec._codec
    except (UnknownCodecError, ImportError):
        # An engine reports the missing package, or does not need it.
        config = codec.codec_config
        reason = refused(str(config["id"]), config, walk.size, most)
        walk.size = size_after(str(config["id"]), walk.size)
        return None if reason is None else Unwritable(reason)
    except (TypeError, ValueError) as err:
        return Unwritable(f"codec {codec.codec_name!r} does not work: {err}")
    name = made.codec_id
    if not type(made).__module__.startswith("numcodecs."):
        walk.pass_unknown(codec)
        return None
    if isinstance(codec, ArrayArrayCodec):
        return _filter(made, walk)
    is_serializer = isinstance(codec, ArrayBytesCodec)
    reason = refused(name, config_of(made), walk.size, most if is_serializer else None)
    if name == "pcodec":
        reason = reason or refused_pcodec(walk.given.newbyteorder("="))
    walk.size = ANY if is_serializer else size_after(name, walk.size)
    return None if reason is None else Unwritable(reason)


def _filter(made: Any, walk: Walk) -> Unwritable | None:
    alias = None if walk.before is None else walk.before.alias
    shape = walk.spec.shape
    trial = tried(made, Given(walk.given, shape, walk.count, walk.handover, alias=alias))
    if trial.refusal is not None or trial.made is None:
        walk.before = None
        return trial.refusal
    if walk.live != walk.given:
        return _swapped(made.codec_id, walk, loses=declared(made) is not None)
    if trial.is_flat and len(shape) > 1 and walk.flat is None:
        what = f"codec {made.codec_id!r} makes arrays of one axis"
        walk.flat = Unwritable(f"{what}, and a codec after it needs them all")
    walk.given = walk.live = trial.made.dtype
    walk.count = trial.elements or walk.count
    walk.before = trial
    # The codec views decoded data as its own output, unless it inspects their data type.
    walk.handover = Handover.KEPT if trial.alias is not None else Handover.VIEWED
    return None


def _swapped(name: str, walk: Walk, *, loses: bool) -> Unwritable:
    return Unwritable(
        f"codec {name!r} gets {walk.live.str} from this array object, but {walk.given.str} when "
        "the array is opened again, for documents of format 3 have no byte order; use the data "
        f"type {walk.given.str}, or open the array again",
        loses=loses,
    )
