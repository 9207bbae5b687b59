"""Limits of encoders are reported before anything is written or created; reads still work."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pytest

import zarr
from zarr import crud
from zarr.core.buffer.cpu import Buffer
from zarr.storage import MemoryStore

if TYPE_CHECKING:
    pass

pytestmark = [
    pytest.mark.filterwarnings("ignore:Numcodecs codecs are not in the Zarr version 3"),
    pytest.mark.filterwarnings("ignore::zarr.errors.ZarrUserWarning"),
]

ENGINES: Final = ("reference", "zarrs")
VALUES: Final = np.arange(35, dtype="i4").reshape(7, 5) % 9
LITTLE: Final = {"name": "bytes", "configuration": {"endian": "little"}}

BLOSC: Final = {"cname": "lz4", "clevel": 5, "shuffle": 1, "blocksize": 0, "typesize": 4}
PCODEC: Final[dict[str, Any]] = {
    "level": 1,
    "mode_spec": "auto",
    "delta_spec": "auto",
    "paging_spec": "equal_pages_up_to",
    "delta_encoding_order": None,
    "equal_pages_up_to": 1000,
}
RIGHT: Final[dict[str, dict[str, Any]]] = {
    "blosc": BLOSC,
    "bz2": {"level": 1},
    "gzip": {"level": 1},
    "lz4": {"acceleration": 1},
    "lzma": {"format": 1, "check": -1, "preset": 1, "filters": None},
    "pcodec": PCODEC,
    "shuffle": {"elementsize": 4},
    "zlib": {"level": 1},
    "zstd": {"level": 1, "checksum": False},
}

NOT_WRITTEN: Final = [
    ("blosc", "clevel", 10, "0 to 9"),
    ("blosc", "clevel", -1, "0 to 9"),
    ("bz2", "level", 0, "1 to 9"),
    ("bz2", "level", 10, "1 to 9"),
    ("gzip", "level", 12, "-1 to 9"),
    ("zlib", "level", -2, "-1 to 9"),
    ("lzma", "check", 2, "integrity check"),
    ("lzma", "format", 0, "1 to 3"),
    ("lzma", "preset", 10, "0 to 9"),
    ("lzma", "check", None, "-1 to 15"),
    ("blosc", "clevel", None, "0 to 9"),
    ("blosc", "blocksize", None, "-2147483648 to 2147483647"),
    ("pcodec", "level", 13, "0 to 12"),
    ("pcodec", "delta_encoding_order", 8, "0 to 7"),
    ("pcodec", "equal_pages_up_to", 0, "1 to"),
    ("pcodec", "mode_spec", "x", "'auto', 'classic'"),
    # A division by the lower 32 bits of 2**32 ends the process.
    ("blosc", "typesize", 2**31, "1 to 2147483647"),
    ("blosc", "typesize", 2**32, "1 to 2147483647"),
    ("blosc", "typesize", 2**34, "1 to 2147483647"),
    ("blosc", "typesize", 2**64, "1 to 2147483647"),
    ("blosc", "typesize", 4.0, "1 to 2147483647"),
    ("blosc", "blocksize", 2**31, "-2147483648 to 2147483647"),
    ("blosc", "clevel", 2**40, "0 to 9"),
    ("blosc", "clevel", 5.0, "0 to 9"),
    ("bz2", "level", 2**31, "1 to 9"),
    ("bz2", "level", "1", "1 to 9"),
    ("gzip", "level", -(2**63), "-1 to 9"),
    ("lz4", "acceleration", 2**40, "-2147483648 to 2147483647"),
    ("lzma", "preset", 2**32, "0 to 9"),
    ("pcodec", "equal_pages_up_to", 2**64, "1 to"),
    ("zlib", "level", 2**62, "-1 to 9"),
    ("zlib", "level", 1.0, "-1 to 9"),
    ("zstd", "level", [3], "-2147483648 to 2147483647"),
]
"""Configurations that decoders ignore, and encoders reject."""

NOT_READ: Final = [
    ("lzma", "format", 2**31),
    ("shuffle", "elementsize", 2**31),
    ("blosc", "typesize", 0),
    ("blosc", "typesize", -(2**31)),
]
"""Numbers that decoders use and that fit no C integer; and those that zarr-python refuses."""

WRITTEN: Final = [
    ("blosc", "clevel", 0),
    ("blosc", "typesize", 256),
    ("blosc", "typesize", True),
    ("blosc", "blocksize", False),
    ("blosc", "typesize", 2**31 - 1),
    ("blosc", "blocksize", -1),
    ("blosc", "blocksize", 2**31 - 1),
    ("blosc", "blocksize", 1),
    ("gzip", "level", -1),
    ("lzma", "preset", 2**31 + 1),
    ("pcodec", "delta_spec", "no_op"),
    ("pcodec", "equal_pages_up_to", 2**64 - 1),
    ("shuffle", "elementsize", -(2**40)),
]
"""Extreme values that zarr-python writes and reads."""


def members(codec: str, config: dict[str, Any], where: str) -> dict[str, Any]:
    """A document with a codec, in format 2, in format 3, or within a shard."""
    if where == "format 2":
        compressor = {"id": codec, **config}
        rest = {"dtype": "<i4", "fill_value": 0, "order": "C", "filters": None}
        return {
            "zarr_format": 2,
            "shape": [7, 5],
            "chunks": [4, 2],
            "compressor": compressor,
            **rest,
        }
    name = f"numcodecs.{codec}"
    if codec in ("blosc", "gzip") and where != "numcodecs":
        name = codec
        if codec == "blosc":
            config = {**config, "shuffle": ("noshuffle", "shuffle")[config["shuffle"]]}
    member = {"name": name, "configuration": config}
    codecs = [member] if codec == "pcodec" else [LITTLE, member]
    if where == "shard":
        inner = {
            "chunk_shape": [2, 2],
            "codecs": codecs,
            "index_codecs": [LITTLE, {"name": "crc32c"}],
        }
        codecs = [{"name": "sharding_indexed", "configuration": {**inner, "index_location": "end"}}]
    return {
        "zarr_format": 3,
        "node_type": "array",
        "shape": [7, 5],
        "data_type": "int32",
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [4, 2]}},
        "chunk_key_encoding": {"name": "default"},
        "fill_value": 0,
        "codecs": codecs,
    }


def spelt(value: Any) -> str:
    """A value as messages show it."""
    return "null" if value is None else str(value)


def parsed_upstream(codec: str, value: Any, where: str) -> bool:
    """Whether zarr-python's own codec accepts a value: gzip's does not, and none accepts null."""
    own = where in ("format 3", "shard") and codec in ("blosc", "gzip")
    return not (own and (codec == "gzip" or type(value) is not int))


WHERES: Final = ("format 2", "format 3", "numcodecs", "shard")


@pytest.mark.parametrize("where", WHERES)
@pytest.mark.parametrize(("codec", "member", "value", "bounds"), NOT_WRITTEN)
def test_a_configuration_that_cannot_encode_is_refused_for_writing_and_read(
    codec: str, member: str, value: Any, bounds: str, where: str
) -> None:
    """Catches a crash or C error at the first chunk, or a refused read of existing arrays."""
    wrong = members(codec, RIGHT[codec] | {member: value}, where)
    if not parsed_upstream(codec, value, where):
        return
    store = MemoryStore()
    crud.write_region(
        members(codec, RIGHT[codec], where), store, ..., VALUES, engine="zarrs", detached=True
    )
    stored = dict(store._store_dict)
    for engine in ENGINES:
        for call in (
            lambda engine=engine: crud.write_region(wrong, store, ..., VALUES, engine=engine),
            lambda engine=engine: crud.write_chunk(wrong, store, (0, 0), 1, engine=engine),
            lambda engine=engine: crud.encode_chunk(wrong, 1, engine=engine),
        ):
            with pytest.raises(crud.UnsupportedError) as caught:
                call()
            told = str(caught.value)
            assert all(word in told for word in (repr(codec), member, spelt(value), bounds)), told
        assert store._store_dict == stored
        np.testing.assert_array_equal(crud.read_region(wrong, store, engine=engine), VALUES)


def store_of(document: dict[str, Any]) -> MemoryStore:
    """A store that holds this document."""
    key = ".zarray" if document["zarr_format"] == 2 else "zarr.json"
    return MemoryStore({key: Buffer.from_bytes(json.dumps(document).encode())})


@pytest.mark.parametrize("where", WHERES)
@pytest.mark.parametrize(("codec", "member", "value"), NOT_READ)
def test_a_number_that_no_c_integer_holds_is_refused(
    codec: str, member: str, value: int, where: str
) -> None:
    """Catches an error of a C library at the first chunk."""
    wrong = members(codec, RIGHT[codec] | {member: value}, where)
    with pytest.raises(crud.DocumentError) as caught:
        crud.write_region(wrong, MemoryStore(), ..., VALUES, engine="zarrs")
    if parsed_upstream(codec, value, where):
        told = str(caught.value)
        words = (repr(codec), member, str(value), " to ") if value > 0 else (str(value),)
        assert all(word in told for word in words), told


@pytest.mark.parametrize("where", WHERES)
@pytest.mark.parametrize(("codec", "member", "value"), WRITTEN)
@pytest.mark.parametrize("engine", ENGINES)
def test_extremes_that_work_in_zarr_python_work(
    engine: str, codec: str, member: str, value: Any, where: str
) -> None:
    """Catches a limit that is narrower than the encoder's."""
    if not parsed_upstream(codec, value, where):
        return
    right = members(codec, RIGHT[codec] | {member: value}, where)
    store = store_of(right)
    crud.write_region(right, store, ..., VALUES, engine=engine)
    for reader in ENGINES:
        np.testing.assert_array_equal(crud.read_region(right, store, engine=reader), VALUES)
    np.testing.assert_array_equal(zarr.open_array(store, mode="r")[...], VALUES)
