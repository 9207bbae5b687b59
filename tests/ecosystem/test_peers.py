"""zarr-python, TensorStore and zarrista read what the engines write, for every codec and option.

A peer that lacks a codec must refuse the array. What each lacks is listed here.
"""

from __future__ import annotations

import json
from itertools import product
from typing import TYPE_CHECKING, Any, Final

import numcodecs  # type: ignore[import-untyped]
import numpy as np
import pytest
import tensorstore
import zarrista

import zarr
from zarr import crud

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import numpy.typing as npt

pytestmark = [
    pytest.mark.filterwarnings("ignore:Numcodecs codecs are not in the Zarr version 3"),
    pytest.mark.filterwarnings("ignore::zarr.errors.ZarrUserWarning"),
]

ENGINES: Final = ("reference", "zarrs")

DATA_TYPES: Final = (
    *("bool", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"),
    *("float16", "float32", "float64", "complex64", "complex128"),
)

NUMCODECS: Final = frozenset(
    {
        *("adler32", "bz2", "crc32", "fletcher32", "jenkins_lookup3", "lz4", "lzma", "pcodec"),
        *("numcodecs.crc32c", "numcodecs.gzip", "numcodecs.zstd", "zlib"),
    }
)
"""Codecs of numcodecs in format 3, which are in no specification."""

LACKS: Final[Mapping[str, frozenset[str]]] = {
    "zarr": frozenset(),
    "tensorstore": NUMCODECS | {"blosc, large items", "shuffle"},
    "zarrista": NUMCODECS,
}
"""The codecs that each peer does not read, in format 3."""

type Codecs = list[dict[str, Any]]


def codec(name: str, **configuration: Any) -> dict[str, Any]:
    """A codec of format 3."""
    return {"name": name, "configuration": configuration}


LITTLE: Final = codec("bytes", endian="little")
BIG: Final = codec("bytes", endian="big")
CRC: Final = {"name": "crc32c"}
ZSTD: Final = codec("zstd", level=1, checksum=False)
TRANSPOSE: Final = codec("transpose", order=[1, 0])
PCODEC: Final[dict[str, Any]] = {
    "mode_spec": "auto",
    "delta_spec": "auto",
    "paging_spec": "equal_pages_up_to",
    "delta_encoding_order": None,
    "equal_pages_up_to": 5,
}


def sharding(
    inner: list[int], *codecs: dict[str, Any], index: Any = (LITTLE, CRC), at: str = "end"
) -> dict[str, Any]:
    """The codec `sharding_indexed`."""
    given = {"codecs": list(codecs), "index_codecs": list(index)}
    return codec("sharding_indexed", chunk_shape=inner, index_location=at, **given)


def chains(dtype: np.dtype[Any]) -> dict[str, Codecs]:
    """Every codec with every option, for elements of a data type."""
    item = dtype.itemsize
    body = LITTLE if item > 1 else {"name": "bytes"}
    blosc = {"cname": "lz4", "clevel": 5, "shuffle": "shuffle", "typesize": item, "blocksize": 0}
    made: dict[str, Codecs] = {
        "raw": [body],
        "big": [BIG],
        "crc32c": [body, CRC],
        "zstd, crc32c": [body, ZSTD, CRC],
        "transpose": [TRANSPOSE, body],
        "shard": [sharding([2, 1], body, ZSTD)],
        "shard, index first": [sharding([2, 1], body, ZSTD, at="start")],
        "shard, big index": [sharding([2, 1], body, index=(BIG,), at="start")],
        "shard, transposed": [TRANSPOSE, sharding([1, 2], TRANSPOSE, body)],
        "shard in shard": [sharding([2, 2], sharding([1, 2], body, at="start"))],
        "blosc, large items": [body, codec("blosc", **(blosc | {"typesize": 256}))],
        "zlib": [body, codec("numcodecs.zlib", level=1)],
        "bz2": [body, codec("numcodecs.bz2", level=3)],
        "lz4": [body, codec("numcodecs.lz4", acceleration=1)],
        "lzma": [body, codec("numcodecs.lzma", preset=1, format=1, check=-1, filters=None)],
        "shuffle": [body, codec("numcodecs.shuffle", elementsize=item)],
        "crc32": [body, codec("numcodecs.crc32", location="start")],
        "adler32": [body, codec("numcodecs.adler32", location="end")],
        "fletcher32": [body, codec("numcodecs.fletcher32")],
        "jenkins_lookup3": [body, codec("numcodecs.jenkins_lookup3", initval=0)],
        "numcodecs.zstd": [body, codec("numcodecs.zstd", level=1, checksum=True)],
        "numcodecs.gzip": [body, codec("numcodecs.gzip", level=1)],
        "numcodecs.crc32c": [body, codec("numcodecs.crc32c", location="end")],
    }
    for level in (0, 1, 9):
        made[f"gzip {level}"] = [body, codec("gzip", level=level)]
        made[f"blosc, level {level}"] = [body, codec("blosc", **(blosc | {"clevel": level}))]
    for level, checksum in product((-7, 0, 22), (False, True)):
        made[f"zstd {level} {checksum}"] = [body, codec("zstd", level=level, checksum=checksum)]
    shuffles = ("noshuffle", "shuffle", "bitshuffle")
    for cname, shuffle, blocksize in product(BLOSC, shuffles, (0, 128)):
        options = {"cname": cname, "shuffle": shuffle, "blocksize": blocksize}
        made[f"blosc {cname} {shuffle} {blocksize}"] = [body, codec("blosc", **(blosc | options))]
    if dtype.kind in "iuf" and item > 1:
        for level in (0, 8, 12):
            made[f"pcodec {level}"] = [codec("numcodecs.pcodec", level=level, **PCODEC)]
    return made


BLOSC: Final = ("blosclz", "lz4", "lz4hc", "zlib", "zstd")


def values_of(dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    """Values that compress."""
    return (np.arange(35 * 9).reshape(21, 15) // 3 % 5).astype(dtype)


def natively(folder: Path) -> npt.NDArray[Any]:
    """Read with zarr-python's own path."""
    return np.asarray(zarr.open_array(folder, mode="r", engine="zarr")[...])


def by_tensorstore(folder: Path) -> npt.NDArray[Any]:
    """Read with TensorStore."""
    driver = "zarr3" if (folder / "zarr.json").exists() else "zarr"
    spec = {"driver": driver, "kvstore": {"driver": "file", "path": f"{folder}/"}}
    found: npt.NDArray[Any] = tensorstore.open(spec, read=True).result().read().result()
    return found


def by_zarrista(folder: Path) -> npt.NDArray[Any]:
    """Read with zarrista."""
    found: Any = zarrista.Array.open(zarrista.store.FilesystemStore(str(folder)))[...]
    return np.asarray(found)


PEERS: Final[Mapping[str, Callable[[Path], npt.NDArray[Any]]]] = {
    "zarr": natively,
    "tensorstore": by_tensorstore,
    "zarrista": by_zarrista,
}


def check(
    folder: Path, name: str, values: npt.NDArray[Any], lacks: Mapping[str, frozenset[str]]
) -> None:
    """All peers read the array in a folder, or lack the codec and say so."""
    for peer, read in PEERS.items():
        if name in lacks[peer] or name.split()[0] in lacks[peer]:
            with pytest.raises(
                Exception, match=r"(?i)codec|compressor|filter|typesize|elementsize"
            ):
                read(folder)
            continue
        try:
            found = read(folder)
        except Exception as err:
            raise AssertionError(f"{peer} does not read {name}: {err}") from err
        np.testing.assert_array_equal(found, values, err_msg=f"{peer} of {name}")


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("data_type", DATA_TYPES)
def test_peers_read_every_codec_of_format_3(engine: str, data_type: str, tmp_path: Path) -> None:
    """Catches a form of a codec that only our engines read."""
    dtype = np.dtype(data_type)
    values = values_of(dtype)
    fill: Any = {"b": False, "c": [0.0, 0.0]}.get(dtype.kind, 0)
    for name, codecs in chains(dtype).items():
        folder = tmp_path / name
        document = {
            "zarr_format": 3,
            "node_type": "array",
            "shape": [21, 15],
            "data_type": data_type,
            "chunk_grid": codec("regular", chunk_shape=[8, 4]),
            "chunk_key_encoding": codec("default", separator="/"),
            "fill_value": fill,
            "codecs": codecs,
        }
        crud.create(document, folder)
        crud.write_region(document, folder, ..., values, engine=engine)
        check(folder, name, values, LACKS)


COMPRESSORS: Final[dict[str, Any]] = {
    "raw": None,
    "zlib": numcodecs.Zlib(level=1),
    "gzip": numcodecs.GZip(level=1),
    "bz2": numcodecs.BZ2(level=1),
    "zstd": numcodecs.Zstd(level=1),
    "lz4": numcodecs.LZ4(),
    "lzma": numcodecs.LZMA(preset=1),
    **{
        f"blosc {cname} {shuffle}": numcodecs.Blosc(cname, shuffle=shuffle)
        for cname, shuffle in product(BLOSC, (-1, 0, 1, 2))
    },
}

LACKS_2: Final[Mapping[str, frozenset[str]]] = {
    "zarr": frozenset(),
    "tensorstore": frozenset({"lz4", "lzma"}),
    "zarrista": frozenset({"bz2", "lz4", "lzma", "zlib"}),
}
"""The compressors that each peer does not read, in format 2."""


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("dtype", ["|b1", "|u1", "<i2", ">i2", "<i4", ">f8", "<f4"])
def test_peers_read_every_compressor_of_format_2(engine: str, dtype: str, tmp_path: Path) -> None:
    """Catches the same in format 2."""
    values = values_of(np.dtype(dtype))
    for (name, compressor), order in product(COMPRESSORS.items(), "CF"):
        folder = tmp_path / f"{name} {order}"
        config: Any = None if compressor is None else dict(compressor.get_config())
        if name == "zstd":
            # TensorStore refuses every member that it does not know.
            del config["checksum"]
        document = {
            "zarr_format": 2,
            "shape": [21, 15],
            "chunks": [8, 4],
            "dtype": dtype,
            "fill_value": False if dtype == "|b1" else 0,
            "order": order,
            "filters": None,
            "compressor": config,
        }
        crud.create(document, folder)
        assert json.loads((folder / ".zarray").read_text())["order"] == order
        crud.write_region(document, folder, ..., values, engine=engine)
        check(folder, name, values, LACKS_2)
