"""TensorStore and zarrista read what the engines write in the data types of `ml_dtypes`, and the
other way round.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pytest
import tensorstore
import xarray as xr
import zarrista

import zarr
from tests.data_types.cases import FLOATS, INTEGERS, NAMES, document, elements, native, patterns
from tests.ecosystem.test_peers import ENGINES, by_tensorstore, by_zarrista, codec, natively
from zarr import crud
from zarr.crud.testing import assert_same

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

LACKS: Final[Mapping[str, frozenset[str]]] = {
    "tensorstore": frozenset({"float6_e2m3fn", "float6_e3m2fn", "float8_e4m3", "uint2", "uint4"}),
    "zarrista": frozenset({"float8_e4m3fn"}),
}
"""The data types that each peer does not have."""

PEERS: Final = {"tensorstore": by_tensorstore, "zarrista": by_zarrista}

SHARED: Final = [name for name in NAMES if name not in LACKS["tensorstore"]]

# It has numbers of its own as fill values of float8_e8m0fnu: 1.0 is the element 0x3f, not 0x7f.
NUMBERS: Final = [name for name in SHARED if name != "float8_e8m0fnu"]

CASES: Final = [("bfloat16", "big"), *((name, "little") for name in NAMES)]


def chains(name: str, endian: str) -> dict[str, list[dict[str, Any]]]:
    """Chains of codecs, for chunks of (3, 2) elements."""
    body = document(name, endian)["codecs"][0]
    zstd, crc = codec("zstd", level=1, checksum=False), {"name": "crc32c"}
    blosc = {"cname": "lz4", "clevel": 5, "shuffle": "bitshuffle", "blocksize": 0}
    index = [codec("bytes", endian="little"), crc]
    shard = {"chunk_shape": [3, 1], "codecs": [body, zstd], "index_codecs": index}
    return {
        "raw": [body],
        "checked": [body, zstd, crc],
        "gzip": [body, codec("gzip", level=1)],
        "blosc": [body, codec("blosc", **blosc, typesize=native(name).itemsize)],
        "transposed": [codec("transpose", order=[1, 0]), body],
        "shards": [codec("sharding_indexed", **shard, index_location="end")],
    }


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("name", "endian"), CASES)
def test_peers_read_what_the_engines_write(
    engine: str, name: str, endian: str, tmp_path: Path
) -> None:
    """Catches an element that means another number elsewhere."""
    for chain, codecs in chains(name, endian).items():
        values, folder = elements(name, (7, 5)), tmp_path / chain
        members = document(name, codecs=codecs)
        crud.create(members, folder)
        crud.write_region(members, folder, ..., values, engine=engine)
        for peer, read in PEERS.items():
            if name in LACKS[peer]:
                with pytest.raises(Exception, match=name):
                    read(folder)
            else:
                assert_same(read(folder), values)


@pytest.mark.parametrize("name", SHARED)
def test_the_engines_read_what_tensorstore_writes(name: str, tmp_path: Path) -> None:
    """Catches the same in the other direction, with every bit pattern."""
    values = np.resize(patterns(name), (len(patterns(name)) // 7 + 7, 7))
    for chain, codecs in chains(name, "big").items():
        grid = {"name": "regular", "configuration": {"chunk_shape": [300, 2]}}
        if chain == "shards":
            codecs[0]["configuration"]["chunk_shape"] = [30, 1]
        made = {"data_type": name, "chunk_grid": grid, "codecs": codecs, "shape": values.shape}
        spec = {
            "driver": "zarr3",
            "kvstore": {"driver": "file", "path": f"{tmp_path / chain}/"},
            "metadata": made,
        }
        theirs = tensorstore.open(spec, create=True).result()
        assert theirs.dtype.numpy_dtype == native(name)
        theirs.write(values).result()
        assert_same(natively(tmp_path / chain), values)
        for engine in ENGINES:
            array = zarr.open_array(tmp_path / chain, engine=engine)
            assert_same(array[...], values)
            assert_same(array[5:300:7, 3], values[5:300:7, 3])
            array[3:, 2] = values[:-3, 4]
            changed = values.copy()
            changed[3:, 2] = values[:-3, 4]
            assert_same(by_tensorstore(tmp_path / chain), changed)
            array[...] = values


@pytest.mark.parametrize("name", [name for name in NAMES if name not in LACKS["zarrista"]])
def test_the_engines_read_what_zarrista_writes(name: str, tmp_path: Path) -> None:
    """Catches the same with zarrista."""
    values = np.resize(patterns(name), (30, 2))
    grid = {"name": "regular", "configuration": {"chunk_shape": [30, 2]}}
    members = document(name, "big", shape=[30, 2], chunk_grid=grid)
    crud.create(members, tmp_path)
    theirs = zarrista.Array.open(zarrista.store.FilesystemStore(str(tmp_path)))
    theirs.store_chunk([0, 0], zarrista.ArrayBytes(values.tobytes()))
    for engine in ENGINES:
        assert_same(zarr.open_array(tmp_path, engine=engine)[...], values)


@pytest.mark.parametrize("name", NUMBERS)
def test_missing_chunks_are_what_tensorstore_takes_them_for(name: str, tmp_path: Path) -> None:
    """Catches a fill value that means another number elsewhere."""
    fills: list[Any] = [0, 1]
    if name in INTEGERS:
        fills += INTEGERS[name]
    else:
        spec = FLOATS[name]
        fills += [-0.0, 1.3] + ["NaN"] * bool(spec.nan)
        fills += ["Infinity", "-Infinity"] * bool(spec.infinity)
        last = (1 << spec.bits) - 1
        fills.append(f"0x{last:0{2 * native(name).itemsize}x}")
    for place, fill in enumerate(fills):
        folder = tmp_path / str(place)
        crud.create(document(name, fill_value=fill), folder)
        theirs = by_tensorstore(folder)
        for engine in ENGINES:
            found: Any = zarr.open_array(folder, engine=engine)[...]
            # Its integers as fill values have other bits than its elements.
            np.testing.assert_array_equal(found.astype("f4"), theirs.astype("f4"))
            if name in FLOATS:
                assert_same(found, theirs)


@pytest.mark.parametrize("name", SHARED)
def test_tensorstore_reads_documents_that_zarr_makes(name: str, tmp_path: Path) -> None:
    """Catches a document with a member, or the spelling of a fill value, that is only ours."""
    zarr.create_array(tmp_path, shape=(7, 5), chunks=(3, 2), dtype=name, engine="zarrs")[1:] = (
        elements(name, (6, 5))
    )
    assert_same(by_tensorstore(tmp_path)[1:], zarr.open_array(tmp_path)[1:])
    assert json.loads((tmp_path / "zarr.json").read_text())["data_type"] == name


@pytest.mark.parametrize("engine", ["zarr", *ENGINES])
@pytest.mark.parametrize("name", NAMES)
def test_xarray_opens_them(name: str, engine: str, tmp_path: Path) -> None:
    """Catches a data set with a variable that xarray cannot open, or reads as something else."""
    values = elements(name, (7, 5))
    group = zarr.create_group(tmp_path)
    group.create_array("x", data=values, chunks=(3, 2), dimension_names=["a", "b"])
    with zarr.config.set({"array.engine": engine}):
        found = xr.open_zarr(tmp_path, consolidated=False, chunks=None)
        assert found["x"].dtype == native(name)
        assert_same(found["x"].isel(a=slice(1, 6)).to_numpy(), values[1:6])
