"""zarr-python and zarrista read what the engines write through filters. TensorStore has none.

A peer that lacks a codec must refuse the array. What each lacks is listed here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pytest

import zarr
from tests.ecosystem.test_peers import ENGINES, LITTLE, PEERS, ZSTD, codec, sharding
from zarr import crud
from zarr.storage import MemoryStore

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import numpy.typing as npt

pytestmark = [
    pytest.mark.filterwarnings("ignore:Numcodecs codecs are not in the Zarr version 3"),
    pytest.mark.filterwarnings("ignore::zarr.errors.ZarrUserWarning"),
    pytest.mark.filterwarnings("ignore::zarr.errors.UnstableSpecificationWarning"),
]

type Filter = tuple[str, str, dict[str, Any]]
"""A data type of the array, and a filter of numcodecs."""

FILTERS: Final[Mapping[str, Filter]] = {
    "delta": ("<i4", "delta", {"dtype": "<i4", "astype": "<i4"}),
    "delta, floats": ("<f8", "delta", {"dtype": "<f8", "astype": "<f8"}),
    "delta, narrow": ("<i4", "delta", {"dtype": "<i4", "astype": "<i2"}),
    "fixedscaleoffset": (
        "<f8",
        "fixedscaleoffset",
        {"offset": 1, "scale": 10, "dtype": "<f8", "astype": "<i4"},
    ),
    "fixedscaleoffset, integers": (
        "<i4",
        "fixedscaleoffset",
        {"offset": 1, "scale": 2, "dtype": "<i4", "astype": "<i8"},
    ),
    "quantize": ("<f8", "quantize", {"digits": 1, "dtype": "<f8", "astype": "<f8"}),
    "bitround": ("<f4", "bitround", {"keepbits": 3}),
    "packbits": ("|b1", "packbits", {}),
    "astype": ("<f8", "astype", {"encode_dtype": "<f4", "decode_dtype": "<f8"}),
}

COMPUTED: Final[Mapping[str, tuple[str, list[dict[str, Any]]]]] = {
    "cast_value": ("<f8", [codec("cast_value", data_type="float32")]),
    "cast_value, integers": (
        "<f8",
        [codec("cast_value", data_type="int16", rounding="towards-zero", out_of_range="clamp")],
    ),
    "scale_offset": ("<i4", [codec("scale_offset", offset=1, scale=2)]),
    "scale_offset, cast_value": (
        "<f8",
        [codec("scale_offset", offset=1, scale=10), codec("cast_value", data_type="int32")],
    ),
}
"""Filters of zarr's own, in format 3."""

READS_3: Final[Mapping[str, frozenset[str]]] = {
    "zarr": frozenset({*FILTERS, *COMPUTED}),
    "tensorstore": frozenset(),
    "zarrista": frozenset({"bitround", "fixedscaleoffset", "fixedscaleoffset, integers"}),
}
"""What each peer reads in format 3."""

READS_2: Final[Mapping[str, frozenset[str]]] = {
    "zarr": frozenset({*FILTERS, "shuffle"}),
    "tensorstore": frozenset(),
    "zarrista": frozenset({"fixedscaleoffset", "fixedscaleoffset, integers", "shuffle"}),
}
"""Likewise, in format 2."""


def values_of(dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    """Values that lose something in a filter that rounds."""
    numbers = np.arange(21 * 15).reshape(21, 15) // 3 % 50
    return (numbers / 7 + 1 if dtype.kind == "f" else numbers % 2 ** (dtype.kind != "b")).astype(
        dtype
    )


def natively(document: dict[str, Any], values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """What zarr-python's own path reads of what it wrote."""
    store = MemoryStore()
    crud.create(document, store)
    array: Any = zarr.open_array(store, mode="r+", engine="zarr")
    array[...] = values
    return np.asarray(array[...])


def format3(dtype: str, codecs: list[dict[str, Any]], *, fill: Any = 0) -> dict[str, Any]:
    """A document of format 3."""
    return {
        "zarr_format": 3,
        "node_type": "array",
        "shape": [21, 15],
        "data_type": dtype,
        "chunk_grid": codec("regular", chunk_shape=[8, 4]),
        "chunk_key_encoding": codec("default", separator="/"),
        "fill_value": fill,
        "codecs": codecs,
    }


def format2(dtype: str, filters: list[dict[str, Any]], *, fill: Any = 0) -> dict[str, Any]:
    """A document of format 2."""
    return {
        "zarr_format": 2,
        "shape": [21, 15],
        "chunks": [8, 4],
        "dtype": dtype,
        "fill_value": fill,
        "order": "C",
        "filters": filters,
        "compressor": {"id": "zstd", "level": 1},
    }


def check(
    folder: Path, name: str, wanted: npt.NDArray[Any], reads: Mapping[str, frozenset[str]]
) -> None:
    """The peers that have a filter read the array in a folder; the others say that they lack it."""
    for peer, read in PEERS.items():
        if name not in reads[peer]:
            with pytest.raises(Exception, match=r"(?i)codec|filter|dtype|data[_ ]type"):
                read(folder)
            continue
        np.testing.assert_array_equal(read(folder), wanted, err_msg=f"{peer} of {name}")


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("is_sharded", [False, True], ids=["chunks", "shards"])
def test_peers_read_every_filter_of_format_3(engine: str, is_sharded: bool, tmp_path: Path) -> None:
    """Catches a filter that only our engines read, or that peers decode to other numbers."""
    own = {
        name: (dtype, [codec(f"numcodecs.{one}", **config)])
        for name, (dtype, one, config) in FILTERS.items()
    }
    for name, (kind, filters) in {**own, **COMPUTED}.items():
        dtype = np.dtype(kind)
        stored_bool = name == "packbits"
        codecs = [*filters, {"name": "bytes"} if stored_bool else LITTLE, ZSTD]
        body = [sharding([4, 2], *codecs)] if is_sharded else codecs
        document = format3(dtype.name, body, fill=False if stored_bool else 0)
        values, folder = values_of(dtype), tmp_path / name
        crud.create(document, folder)
        crud.write_region(document, folder, ..., values, engine=engine)
        check(folder, name, natively(document, values), READS_3)


@pytest.mark.parametrize("engine", ENGINES)
def test_peers_read_every_filter_of_format_2(engine: str, tmp_path: Path) -> None:
    """Catches the same in format 2."""
    filters = {**FILTERS, "shuffle": ("<i4", "shuffle", {"elementsize": 4})}
    for name, (kind, one, config) in filters.items():
        dtype = np.dtype(kind)
        fill = False if kind == "|b1" else 0
        document = format2(kind, [{"id": one, **config}], fill=fill)
        values, folder = values_of(dtype), tmp_path / name
        crud.create(document, folder)
        crud.write_region(document, folder, ..., values, engine=engine)
        check(folder, name, natively(document, values), READS_2)


TEXTS: Final = np.array(["", "é", "abc", "\U0001f600" * 9, "x"] * 63, object).reshape(21, 15)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("zarr_format", [2, 3])
@pytest.mark.parametrize("name", ["vlen-utf8", "vlen-bytes"])
def test_peers_read_elements_of_variable_length(
    name: str, zarr_format: int, engine: str, tmp_path: Path
) -> None:
    """Catches lengths or offsets that only our engines understand."""
    wanted: npt.NDArray[Any] = TEXTS
    dtype = "string"
    if name == "vlen-bytes":
        wanted = np.array([text.encode() for text in TEXTS.flat], object).reshape(TEXTS.shape)
        dtype = "variable_length_bytes"
    document = format3(dtype, [{"name": name}, ZSTD], fill="")
    if zarr_format == 2:
        document = format2("|O", [{"id": name}], fill="")
    crud.create(document, tmp_path)
    crud.write_region(document, tmp_path, ..., wanted, engine=engine)
    for peer, read in PEERS.items():
        if peer == "tensorstore":
            with pytest.raises(ValueError, match=r"(?i)data_type|dtype"):
                read(tmp_path)
            continue
        found = np.asarray(read(tmp_path))
        if (peer, name, zarr_format) == ("zarrista", "vlen-bytes", 2):
            # It interprets them as text.
            found = np.array([text.encode() for text in found.flat], object).reshape(found.shape)
        np.testing.assert_array_equal(found.astype(object), wanted, err_msg=peer)
