"""Every filter of numcodecs, declared for every data type, on arrays of every data type."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numcodecs  # type: ignore[import-untyped]
import numpy as np

import zarr
from zarr.registry import get_codec_class
from zarr.storage import MemoryStore

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

type Config = dict[str, Any]
type Values = npt.NDArray[Any]

NUMBERS: Final = (
    "|b1",
    "|u1",
    "<i2",
    "<i4",
    ">i4",
    "<u4",
    "<f2",
    "<f4",
    ">f4",
    "<i8",
    "<f8",
    ">f8",
)
ARRAYS: Final = (
    *NUMBERS,
    *("<c8", "<M8[s]", ">m8[ns]", "<U2", ">U1", "|S4", "|V4"),
    [("a", "<i2"), ("b", "<u2")],
)
SIGNALLING: Final = bytes.fromhex(
    "7fa000017fa000010100a07f0100a07f7ff4000000000001010000000000f47f"
)
"""NaNs of four and eight bytes that a conversion changes, in both byte orders."""

SHAPE: Final = (4, 6)
"""For arrays of one chunk, whose last axis divides into elements of other sizes."""


class Case(NamedTuple):
    """A filter of an array."""

    zarr_format: int
    dtype: np.dtype[Any]
    name: str
    config: Config

    @property
    def declared(self) -> np.dtype[Any] | None:
        """The data type that the filter gives to the elements."""
        if self.name == "packbits":
            return np.dtype(bool)
        named = self.config.get("decode_dtype", self.config.get("dtype"))
        return None if named is None else np.dtype(named)

    @property
    def is_own(self) -> bool:
        """Whether the stored document declares the filter's data type to be that of the array."""
        given = self.dtype.newbyteorder("=") if self.zarr_format == 3 else self.dtype
        if self.declared is not None and self.declared.hasobject:
            return given.kind == "U"
        if self.name == "quantize" and self.zarr_format == 3:
            # Zarr expects elements of the array's data type after the filter, whatever it returns.
            made = np.dtype(self.config.get("astype", self.config["dtype"]))
            return self.declared == given == made
        return self.declared is None or self.declared == given

    def made(self) -> zarr.Array[Any]:
        """The array, created by zarr-python's own path and opened again."""
        codec: Any = {"id": self.name, **self.config}
        made = numcodecs.get_codec(codec)
        if self.zarr_format == 3:
            made = get_codec_class(f"numcodecs.{self.name}")(**self.config)
        store = MemoryStore()
        zarr.create_array(
            store,
            shape=SHAPE,
            chunks=SHAPE,
            dtype=self.dtype,
            zarr_format=self.zarr_format,  # type: ignore[arg-type]
            filters=[made],
            compressors=None,
            fill_value=None,
        )
        return zarr.open_array(store, mode="r+")

    def values(self, seed: int) -> Values:
        """Elements of arbitrary bits, including signaling NaNs."""
        rng, count = np.random.default_rng(seed), SHAPE[0] * SHAPE[1]
        dtype = self.dtype
        if dtype.kind == "b":
            return rng.integers(0, 2, SHAPE).astype(dtype)
        if dtype.kind == "U":
            points = rng.integers(1, 0xD800, (count, dtype.itemsize // 4)).astype("u4")
            points[seed] = 0xA07F
            return points.view(f"<U{dtype.itemsize // 4}").reshape(SHAPE).astype(dtype)
        bits = bytearray(rng.bytes(count * dtype.itemsize))
        start = 8 * (seed % 2)
        bits[start : start + len(SIGNALLING)] = SIGNALLING
        bits = bits[: count * dtype.itemsize]
        return np.frombuffer(bytes(bits), dtype).reshape(SHAPE)


def natively(case: Case, values: Values) -> Values | None:
    """The result of a write and read by zarr-python's own path; `None` if it raises."""
    try:
        array = case.made()
        # In the array's byte order, because that path does not convert another one.
        array[...] = values.astype(array.dtype)
        found: Any = zarr.open_array(array.store, mode="r")[...]
    except Exception:  # noqa: BLE001  # whatever codecs come across
        return None
    return np.asarray(found).astype(case.dtype)


def configs() -> Iterator[tuple[str, Config]]:
    """Filters, each declared for every number type."""
    yield "packbits", {}
    yield from (("bitround", {"keepbits": bits}) for bits in (0, 5))
    for dtype in (*NUMBERS, "<M8[s]", "<U2"):
        yield "delta", {"dtype": dtype}
        yield "astype", {"encode_dtype": dtype, "decode_dtype": dtype}
    for dtype, other in product(("|u1", "<i4", "<f4", ">f4"), ("<i4", "<f4", ">f8")):
        yield "delta", {"dtype": dtype, "astype": other}
        yield "astype", {"encode_dtype": other, "decode_dtype": dtype}
    for dtype in ("<f2", "<f4", ">f8"):
        yield "quantize", {"digits": 2, "dtype": dtype}
        yield "quantize", {"digits": 2, "dtype": dtype, "astype": "<f4"}
        yield "quantize", {"digits": 2, "dtype": dtype, "astype": ">f4"}
    for dtype in ("|b1", "<i2", "<i4", "<f4", ">f8"):
        yield "fixedscaleoffset", {"offset": 1, "scale": 10, "dtype": dtype}
    yield "fixedscaleoffset", {"offset": 1, "scale": 10, "dtype": "<f4", "astype": "<i4"}


def cases(zarr_format: int, dtype: np.dtype[Any]) -> Iterator[Case]:
    """All cases for arrays of a data type."""
    for name, config in configs():
        yield Case(zarr_format, dtype, name, config)
    if zarr_format == 2:
        labels: Config = {"labels": ["ab", "xy"], "astype": "|u1"}
        for named in ("<U2", ">U1", "<U4", "O"):
            yield Case(2, dtype, "categorize", labels | {"dtype": named})
