"""Arrays with codecs in every configuration that a person may write by hand."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, Final

from tests.faults.fuzz.changes import WIDE_SIZES

if TYPE_CHECKING:
    from random import Random

NUMBERS: Final = (
    *WIDE_SIZES,
    *(-(2**63), -(2**40), -(2**31) - 1, -(2**31), -131073, -131072, -100, -2, -1),
    *(2, 3, 4, 5, 7, 8, 9, 10, 12, 13, 16, 22, 23, 31, 52, 53, 64, 100, 128, 255, 256, 1000),
    *(2**31 - 17, 2**31 + 1, 2**32 + 1, 2**32 + 8, 2**34, 2**64, 10**30),
)
STRANGE: Final[tuple[Any, ...]] = (None, True, False, 1.0, 2.5, "1", "", [], [1], {})

LITTLE: Final = {"name": "bytes", "configuration": {"endian": "little"}}
CRC: Final = {"name": "crc32c"}

BLOSC: Final = {"cname": "lz4", "clevel": 5, "blocksize": 0, "typesize": 4}
WORDS: Final[dict[str, tuple[str, ...]]] = {
    "cname": ("blosclz", "lz4", "lz4hc", "snappy", "zlib", "zstd", "x"),
    "shuffle": ("noshuffle", "shuffle", "bitshuffle", "x"),
    "location": ("start", "end", "middle"),
    "mode_spec": ("auto", "classic", "x"),
    "delta_spec": ("auto", "no_op", "none", "try_consecutive", "try_lookback", "x"),
    "paging_spec": ("equal_pages_up_to", "x"),
    "dtype": ("<i4", "<f8", "|u1", "<f4", "x"),
    "astype": ("<i4", "<f8", "|u1", "<i2", "x"),
    "encode_dtype": ("<i4", "<f4", "|u1", "x"),
    "decode_dtype": ("<i4", "<f8", "x"),
}

BYTES: Final[dict[str, dict[str, Any]]] = {
    "blosc": {**BLOSC, "shuffle": 1},
    "zstd": {"level": 1, "checksum": False},
    "gzip": {"level": 1},
    "zlib": {"level": 1},
    "bz2": {"level": 1},
    "lz4": {"acceleration": 1},
    "lzma": {"format": 1, "check": -1, "preset": 1, "filters": None},
    "shuffle": {"elementsize": 4},
    "crc32": {"location": "start"},
    "adler32": {"location": "end"},
    "crc32c": {"location": "end"},
    "fletcher32": {},
    "jenkins_lookup3": {"initval": 0},
}
"""Codecs of numcodecs from bytes to bytes, as they are most often configured."""

ELEMENTS: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    "delta": ("<i4", {"dtype": "<i4", "astype": "<i4"}),
    "astype": ("<f8", {"encode_dtype": "<f4", "decode_dtype": "<f8"}),
    "bitround": ("<f8", {"keepbits": 5}),
    "quantize": ("<f8", {"digits": 2, "dtype": "<f8", "astype": "<f4"}),
    "fixedscaleoffset": ("<f8", {"offset": 1, "scale": 10, "dtype": "<f8", "astype": "<i4"}),
    "packbits": ("|b1", {}),
}
"""Codecs from elements to elements, and a data type for each."""

PCODEC: Final[dict[str, Any]] = {
    "level": 4,
    "mode_spec": "auto",
    "delta_spec": "auto",
    "paging_spec": "equal_pages_up_to",
    "delta_encoding_order": None,
    "equal_pages_up_to": 1000,
}

OWN: Final[dict[str, dict[str, Any]]] = {
    "blosc": {**BLOSC, "shuffle": "shuffle"},
    "zstd": BYTES["zstd"],
    "gzip": BYTES["gzip"],
}
"""Codecs of zarr's own."""

DTYPES: Final = {"<i4": "int32", "<f8": "float64", "|u1": "uint8", "|b1": "bool", "<i2": "int16"}


def configured(rng: Random) -> dict[str, Any]:
    """The members of a document with random configurations of its codecs."""
    count = rng.choice((1, 3, 64, 1000, 5000))
    name = rng.choice((None, None, None, None, *ELEMENTS))
    dtype = rng.choice(list(DTYPES)) if name is None else ELEMENTS[name][0]
    filters = [] if name is None else [(name, _mutated(rng, ELEMENTS[name][1]))]
    return (_format2 if rng.random() < 0.4 else _format3)(rng, count, dtype, filters)


def _format2(rng: Random, count: int, dtype: str, filters: list[Any]) -> dict[str, Any]:
    chosen = [*filters, *_some(rng, BYTES | {"pcodec": PCODEC})]
    codecs = [{"id": name, **config} for name, config in chosen]
    return {
        "zarr_format": 2,
        "shape": [2 * count],
        "chunks": [count],
        "dtype": dtype,
        "fill_value": 0,
        "order": "C",
        "filters": codecs[:-1] or None,
        "compressor": codecs[-1],
    }


def _format3(rng: Random, count: int, dtype: str, filters: list[Any]) -> dict[str, Any]:
    numcodecs = {f"numcodecs.{name}": config for name, config in BYTES.items()}
    chosen = [_member(name, config) for name, config in _some(rng, numcodecs | OWN | OWN)]
    body = LITTLE
    if rng.random() < 0.15 and dtype in ("<i4", "<f8"):
        body = _member("numcodecs.pcodec", _mutated(rng, PCODEC))
    codecs = [*(_member(f"numcodecs.{name}", config) for name, config in filters), body, *chosen]
    if rng.random() < 0.3:
        shape = (
            [count]
            if rng.random() < 0.7
            else rng.choice(([max(count // 2, 1)], [0], [-1], [2**64], [2.0]))
        )
        index = rng.choice(([LITTLE, CRC], [LITTLE], [LITTLE, *chosen[:1]]))
        shard = {"chunk_shape": shape, "codecs": codecs, "index_codecs": index}
        codecs = [_member("sharding_indexed", {**shard, "index_location": "end"})]
    return {
        "zarr_format": 3,
        "node_type": "array",
        "shape": [2 * count],
        "data_type": DTYPES[dtype],
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [count]}},
        "chunk_key_encoding": {"name": "default"},
        "fill_value": False if dtype == "|b1" else 0,
        "codecs": codecs,
    }


def _member(name: str, config: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "configuration": config}


def _some(rng: Random, codecs: dict[str, dict[str, Any]]) -> list[tuple[str, dict[str, Any]]]:
    names = rng.choices(list(codecs), k=rng.choice((1, 1, 2)))
    return [(name, _mutated(rng, codecs[name])) for name in names]


def _mutated(rng: Random, config: dict[str, Any]) -> dict[str, Any]:
    """A configuration with some members changed, usually to another number."""
    changed = copy.deepcopy(config)
    for name in rng.sample(list(config), k=min(len(config), rng.choice((0, 1, 1, 1, 2)))):
        if name == "filters":
            changed[name] = [_lzma_filter(rng) for _ in range(rng.randint(0, 3))]
        elif name in WORDS and rng.random() < 0.9:
            changed[name] = rng.choice(WORDS[name])
        else:
            changed[name] = rng.choice(NUMBERS if rng.random() < 0.9 else STRANGE)
    return changed


def _lzma_filter(rng: Random) -> dict[str, Any]:
    made: dict[str, Any] = {
        "id": rng.choice((3, 4, 5, 6, 7, 8, 9, 33, 33, 33, 0x4000000000000001, 0))
    }
    for name in rng.sample(("dist", "preset", "dict_size", "lc", "lp", "pb", "mode", "mf"), k=2):
        made[name] = rng.choice((*NUMBERS[:9], 0, 1, 2, 3, 4, 256, 257, 4096, 1 << 16))
    return made
