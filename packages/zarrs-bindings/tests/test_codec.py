"""Every supported codec and data type, in both directions, against what upstream zarr stores."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import _zarrs_bindings as zb
import zarr
import zarr.codecs as zc
from tests.bindings.support import (
    BIG,
    CRC,
    GZIP,
    LITTLE,
    ZSTD,
    blosc,
    document,
    files,
    local,
    ramp,
    sharding,
    upstream,
)
from tests.faults.fuzz.snappy import blosc_snappy
from zarr.codecs import numcodecs as zn
from zarr.storage import LocalStore

if TYPE_CHECKING:
    from pathlib import Path

SHUFFLE = {"name": "numcodecs.shuffle", "configuration": {"elementsize": 4}}
CODECS: dict[str, tuple[Any, ...]] = {
    "little": (LITTLE,),
    "big": (BIG,),
    "zstd": (LITTLE, {"name": "zstd", "configuration": {"level": 3, "checksum": True}}),
    "gzip": (BIG, GZIP),
    "blosc": (LITTLE, blosc()),
    "crc32c": (LITTLE, CRC),
    "two": (LITTLE, GZIP, ZSTD, CRC),
    "transpose": ({"name": "transpose", "configuration": {"order": [1, 0]}}, LITTLE, ZSTD),
    "zlib": (LITTLE, {"name": "numcodecs.zlib", "configuration": {"level": 1}}),
    "bz2": (LITTLE, {"name": "numcodecs.bz2", "configuration": {"level": 1}}),
    "shuffle": (LITTLE, SHUFFLE, ZSTD),
    "adler32": (LITTLE, {"name": "numcodecs.adler32", "configuration": {}}),
    "fletcher32": (LITTLE, {"name": "numcodecs.fletcher32", "configuration": {}}),
    "shard": (sharding((3, 1), LITTLE, ZSTD),),
    "shard-in-shard": (sharding((3, 2), sharding((1, 1), BIG, GZIP, location="start")),),
    "shard-compressed": (sharding((3, 1)), GZIP),
}
DTYPES = "bool i1 u1 i2 u2 i4 u4 i8 u8 f2 f4 f8 c8 c16 U3 M8[s] m8[ms]"


@pytest.mark.filterwarnings("ignore:Numcodecs codecs", "ignore:Combining a `sharding")
@pytest.mark.parametrize("name", CODECS)
def test_chunks_of_either_side_are_read_by_the_other(tmp_path: Path, name: str) -> None:
    """Catches nonstandard framing, byte order or checksum placement."""
    text = document(chunks=(6, 2), codecs=CODECS[name])
    theirs = upstream(tmp_path, text)
    ours = local(tmp_path, text)
    theirs[...] = ramp((7, 5))
    np.testing.assert_array_equal(ours.read_all(), ramp((7, 5)))
    ours.write_all(-ramp((7, 5)))
    np.testing.assert_array_equal(theirs[...], -ramp((7, 5)))
    ours.write(np.array([[5, 6]], "i4"), (4, 1, 1), (1, 1, 2))
    theirs[0, 0] = 9
    expected = -ramp((7, 5))
    expected[4, 1:3], expected[0, 0] = (5, 6), 9
    np.testing.assert_array_equal(theirs[...], expected)
    np.testing.assert_array_equal(ours.read_all(), expected)


@pytest.mark.parametrize("cname", ["lz4", "lz4hc", "blosclz", "zstd", "zlib"])
@pytest.mark.parametrize("shuffle", ["noshuffle", "shuffle", "bitshuffle"])
def test_every_blosc_compressor_is_served(tmp_path: Path, cname: str, shuffle: str) -> None:
    """Catches a compressor that is not linked, or is mixed up with another."""
    codec = blosc()
    codec["configuration"] |= {"cname": cname, "shuffle": shuffle}
    ours = local(tmp_path, document(codecs=(LITTLE, codec)))
    ours.write_all(ramp((7, 5)))
    np.testing.assert_array_equal(ours.read_all(), ramp((7, 5)))
    np.testing.assert_array_equal(upstream(tmp_path, ours.text)[...], ramp((7, 5)))


@pytest.mark.parametrize("shuffle", ["noshuffle", "shuffle", "bitshuffle"])
def test_blosc_with_snappy_is_read_and_not_written(tmp_path: Path, shuffle: str) -> None:
    """Catches written snappy chunks, which zarr-python cannot read, and others' that we cannot."""
    codec = blosc()
    codec["configuration"] |= {"cname": "snappy", "shuffle": shuffle}
    ours = local(tmp_path, document((400,), (400,), codecs=(LITTLE, codec)))
    with pytest.raises(RuntimeError, match=r"unsupported: codec `blosc` .*`snappy`"):
        ours.write_all(ramp((400,)))
    assert files(tmp_path) == {}
    (tmp_path / "c").mkdir(parents=True)
    for blocksize in (0, 800):
        data = blosc_snappy(ramp((400,)).tobytes(), shuffle, 4, blocksize)
        (tmp_path / "c" / "0").write_bytes(data)
        np.testing.assert_array_equal(ours.read_all(), ramp((400,)))
        np.testing.assert_array_equal(ours.read((7, 1, 3)), ramp((400,))[7:10])


@pytest.mark.parametrize("typesize", [0, 256, 2**31, 2**32, 2**34, 2**63])
@pytest.mark.parametrize("shape", [(7, 5), (70, 50)])
def test_no_size_of_items_ends_the_process(
    tmp_path: Path, typesize: int, shape: tuple[int, int]
) -> None:
    """Catches a division by a number that C has truncated to 32 bits."""
    codec = blosc()
    codec["configuration"] |= {"typesize": typesize, "shuffle": "noshuffle"}
    ours = local(tmp_path, document(shape, (7, 5), codecs=(LITTLE, codec)))
    ours.write_all(ramp(shape))
    np.testing.assert_array_equal(ours.read_all(), ramp(shape))


@pytest.mark.parametrize("order", ["little", "big"])
@pytest.mark.parametrize("code", DTYPES.split())
def test_every_fixed_size_dtype_is_served(tmp_path: Path, code: str, order: Any) -> None:
    """Catches swapped words, including those of complex numbers, strings and times."""
    dtype = np.dtype(code)
    value = (np.arange(35).reshape(7, 5) % 100).astype("i8" if dtype.kind in "mM" else dtype)
    value = value.view(dtype)
    theirs = zarr.create_array(
        LocalStore(tmp_path / "theirs"),
        shape=(7, 5),
        chunks=(3, 2),
        dtype=dtype,
        serializer=zc.BytesCodec(endian=order),
        compressors=[],
        filters=[],
    )
    theirs[...] = value
    text = (tmp_path / "theirs" / "zarr.json").read_text()
    ours = zb.FilesystemStore(str(tmp_path / "ours"))
    whole = ((0, 1, 7), (0, 1, 5))
    zb.write_region(text, ours, whole, value, "", None)
    assert files(tmp_path / "ours") == files(tmp_path / "theirs")
    got = zb.read_region(text, ours, whole, "", dtype, None, None)
    assert got.dtype == dtype
    np.testing.assert_array_equal(got, value)


@pytest.mark.parametrize("name", ["bfloat16", "int4", "uint2", "float8_e4m3", "r24", "r128"])
def test_types_of_no_numpy_name_are_served_as_raw_bits(tmp_path: Path, name: str) -> None:
    """Catches types that are parsed, but whose bytes are changed."""
    item = {"bfloat16": 2, "r24": 3, "r128": 16}.get(name, 1)
    fill: object = [0] * item if name.startswith("r") else 0
    if name in ("bfloat16", "float8_e4m3"):
        fill = 0.0 if name == "bfloat16" else "0x00"
    text = document(dtype=name, fill=fill)
    value = np.frombuffer(np.arange(35 * item).astype("u1") % 2, f"V{item}").reshape(7, 5)
    store = zb.FilesystemStore(str(tmp_path))
    whole = ((0, 1, 7), (0, 1, 5))
    zb.write_region(text, store, whole, value, "", None)
    got = zb.read_region(text, store, whole, "", np.dtype(f"V{item}"), None, None)
    assert got.tobytes() == value.tobytes()


def test_pcodec_and_packbits_give_back_what_they_were_given(tmp_path: Path) -> None:
    """Catches array-to-bytes codecs that are treated as plain bytes."""
    options = {"level": 1, "mode_spec": "auto", "delta_spec": "auto", "equal_pages_up_to": 100}
    options |= {"paging_spec": "equal_pages_up_to", "delta_encoding_order": 0}
    for codec in ({"name": "numcodecs.pcodec", "configuration": options}, {"name": "packbits"}):
        ours = local(tmp_path / codec["name"], document(codecs=(codec, CRC)))  # type: ignore[operator]
        ours.write_all(ramp((7, 5)))
        np.testing.assert_array_equal(ours.read(6, (4, -2, 3)), ramp((7, 5))[6, ::-2])


def test_bitround_rounds_as_upstream_does(tmp_path: Path) -> None:
    """Catches an array-to-array codec that is skipped."""
    codec = {"name": "bitround", "configuration": {"keepbits": 3}}
    ours = local(tmp_path, document(dtype="float32", fill=0.0, codecs=(codec, LITTLE)))
    value = (ramp((7, 5), "f4") / 7).astype("f4")
    ours.write_all(value)
    rounded = zn.BitRound(keepbits=3)._codec.encode(value).view("f4").reshape(7, 5)
    np.testing.assert_array_equal(ours.read_all(), rounded)
    assert not np.array_equal(rounded, value)
