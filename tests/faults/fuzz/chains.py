"""Every codec chain that the engines serve, for elements of a fixed size."""

from __future__ import annotations

from typing import Any, Final

import numcodecs  # type: ignore[import-untyped]

from tests.faults.fuzz.chain import Chain

LARGE: Final = 1 << 17

LITTLE = {"name": "bytes", "configuration": {"endian": "little"}}
BIG = {"name": "bytes", "configuration": {"endian": "big"}}
CRC = {"name": "crc32c"}


def codec(name: str, **configuration: Any) -> dict[str, Any]:
    """A codec of format 3."""
    return {"name": name, "configuration": configuration}


def blosc(cname: str, shuffle: str, typesize: int = 4, blocksize: int = 0) -> dict[str, Any]:
    """The codec `blosc`."""
    options = {"cname": cname, "clevel": 5, "shuffle": shuffle, "typesize": typesize}
    return codec("blosc", **options, blocksize=blocksize)


def sharding(
    inner: tuple[int, ...], *codecs: dict[str, Any], first: bool = False, index: Any = (LITTLE, CRC)
) -> dict[str, Any]:
    """The codec `sharding_indexed`."""
    return codec(
        "sharding_indexed",
        chunk_shape=list(inner),
        codecs=list(codecs) or [LITTLE],
        index_codecs=list(index),
        index_location="start" if first else "end",
    )


ZSTD = codec("zstd", level=3, checksum=False)
GZIP = codec("gzip", level=3)
LZ4 = codec("numcodecs.lz4")
TRANSPOSE = codec("transpose", order=[1, 0])

CHAINS: Final[dict[str, Chain]] = {
    "raw": Chain([LITTLE]),
    "raw, large": Chain([LITTLE], "int32", None, (LARGE,), (LARGE,)),
    "big-endian": Chain([BIG], "int16"),
    "complex, big-endian": Chain([BIG], "complex64"),
    "bool": Chain([codec("bytes")], "bool"),
    "transpose": Chain([TRANSPOSE, LITTLE], "float64"),
    "zstd": Chain([LITTLE, ZSTD]),
    "zstd, big-endian": Chain([BIG, ZSTD], "float64"),
    "zstd, checksum": Chain([LITTLE, codec("zstd", level=1, checksum=True)]),
    "zstd, large": Chain([LITTLE, ZSTD], "int32", None, (LARGE,), (LARGE,)),
    "blosc, large": Chain(
        [LITTLE, blosc("lz4", "shuffle", 4, 1 << 14)], "int32", None, (LARGE,), (LARGE,)
    ),
    "gzip": Chain([TRANSPOSE, LITTLE, GZIP]),
    "zlib": Chain([LITTLE, codec("numcodecs.zlib", level=3)]),
    **{
        f"blosc {cname} {shuffle}": Chain([LITTLE, blosc(cname, shuffle, 8, blocksize)], "float64")
        for cname in ("blosclz", "lz4", "lz4hc", "snappy", "zlib", "zstd")
        for shuffle, blocksize in (("noshuffle", 0), ("shuffle", 256), ("bitshuffle", 0))
    },
    "lz4": Chain([LITTLE, LZ4]),
    "bz2": Chain([LITTLE, codec("numcodecs.bz2", level=3)]),
    "lzma": Chain([LITTLE, codec("numcodecs.lzma")]),
    "crc32c": Chain([LITTLE, CRC]),
    **{
        name: Chain([LITTLE, codec(f"numcodecs.{name}")])
        for name in ("crc32", "adler32", "fletcher32", "jenkins_lookup3")
    },
    "shuffle": Chain([LITTLE, codec("numcodecs.shuffle", elementsize=4)]),
    "shuffle, lz4": Chain([LITTLE, codec("numcodecs.shuffle", elementsize=2), LZ4], "int16"),
    "zstd, crc32c": Chain([LITTLE, ZSTD, CRC]),
    "crc32c, zstd": Chain([LITTLE, CRC, ZSTD]),
    "gzip, zstd": Chain([LITTLE, GZIP, ZSTD]),
    "blosc, lz4, bz2": Chain(
        [LITTLE, blosc("zstd", "shuffle"), LZ4, codec("numcodecs.bz2", level=1)]
    ),
    "zlib, fletcher32": Chain(
        [LITTLE, codec("numcodecs.zlib", level=1), codec("numcodecs.fletcher32")]
    ),
    "delta": Chain([codec("numcodecs.delta", dtype="<i4"), LITTLE, ZSTD]),
    "packbits": Chain([codec("numcodecs.packbits"), codec("bytes"), GZIP], "bool"),
    "scale": Chain(
        [
            codec("numcodecs.fixedscaleoffset", offset=1, scale=10, dtype="<f8", astype="<i4"),
            LITTLE,
        ],
        "float64",
    ),
    "astype": Chain(
        [codec("numcodecs.astype", encode_dtype="<f4", decode_dtype="<f8"), LITTLE], "float64"
    ),
    "quantize": Chain(
        [codec("numcodecs.quantize", digits=2, dtype="<f8"), LITTLE, ZSTD], "float64"
    ),
    "pcodec": Chain([codec("numcodecs.pcodec", level=4)], "float64"),
    "pcodec, crc32c": Chain([codec("numcodecs.pcodec", level=4), CRC], "int32"),
    "text": Chain([LITTLE, ZSTD], codec("fixed_length_utf32", length_bytes=12)),
    "time": Chain([BIG], codec("numpy.datetime64", unit="s", scale_factor=1)),
    "shard": Chain([sharding((8, 4))]),
    "shard, first": Chain([sharding((4, 8), LITTLE, ZSTD, first=True)], "int16"),
    "shard, no checksum": Chain([sharding((8, 8), BIG, index=(BIG,))], "float32"),
    "shard, transposed": Chain([TRANSPOSE, sharding((4, 8), TRANSPOSE, LITTLE, CRC)]),
    "shard, blosc": Chain([sharding((8, 8), LITTLE, blosc("lz4", "bitshuffle"), first=True)]),
    "shard, pcodec": Chain([sharding((8, 8), codec("numcodecs.pcodec", level=2))], "float64"),
    "shard, gzip, crc32c": Chain([sharding((8, 4), LITTLE, GZIP, CRC), CRC]),
    "shard, zstd outside": Chain([sharding((8, 4), LITTLE), ZSTD]),
    "shard in shard": Chain([sharding((8, 8), sharding((4, 2), LITTLE, ZSTD, first=True))]),
    "shard in shard, raw": Chain([sharding((8, 4), sharding((4, 4)), first=True)]),
}

FORMAT_2: Final[dict[str, dict[str, Any]]] = {
    "raw": {"dtype": ">i4", "order": "F"},
    "zlib": {"compressors": numcodecs.Zlib(), "order": "F"},
    "gzip": {"compressors": numcodecs.GZip(), "dtype": ">f8"},
    "blosc": {"compressors": numcodecs.Blosc(cname="zstd", shuffle=2, blocksize=128)},
    "lz4": {"compressors": numcodecs.LZ4()},
    "bz2": {"compressors": numcodecs.BZ2()},
    "zstd": {"compressors": numcodecs.Zstd()},
    "lzma": {"compressors": numcodecs.LZMA()},
    "bytes": {"dtype": "S3", "compressors": numcodecs.Zstd()},
    "text": {"dtype": "U2", "compressors": numcodecs.Zstd()},
    "delta": {"filters": [numcodecs.Delta("i4")], "compressors": numcodecs.Zlib()},
    "shuffle": {"filters": [numcodecs.Shuffle(4)], "compressors": numcodecs.LZ4()},
    "packbits": {"filters": [numcodecs.PackBits()], "dtype": "bool"},
    "scale": {"filters": [numcodecs.FixedScaleOffset(1, 10, "f8", "i2")], "dtype": "f8"},
    "base64": {"filters": [numcodecs.Base64()], "compressors": numcodecs.Zlib()},
    "categorize": {"filters": [numcodecs.Categorize(["0", "1"], "<U1", "u1")], "dtype": "U1"},
    **{
        name: {"filters": [make()], "compressors": numcodecs.Zstd()}
        for name, make in {
            "crc32": numcodecs.CRC32,
            "adler32": numcodecs.Adler32,
            "fletcher32": numcodecs.Fletcher32,
        }.items()
    },
}

CHAINS.update(
    {
        f"format 2, {name}": Chain(
            [], keywords={"dtype": "i4", "filters": None, "compressors": None} | k
        )
        for name, k in FORMAT_2.items()
    }
)
