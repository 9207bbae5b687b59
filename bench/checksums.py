"""What checksums cost: one chunk of 4 MiB, encoded and decoded with and without them.

.venv/bin/python -m bench.checksums
"""

from __future__ import annotations

import time
import warnings
from statistics import median
from typing import TYPE_CHECKING, Any, Final

import numpy as np

import zarr
from zarr import crud
from zarr.codecs import Crc32cCodec, ZstdCodec

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS: Final = 41

CHAINS: Final[dict[str, list[Any]]] = {
    "bytes": [],
    "bytes, crc32c": [Crc32cCodec()],
    "zstd": [ZstdCodec(level=1)],
    "zstd with checksum": [ZstdCodec(level=1, checksum=True)],
    "zstd, crc32c": [ZstdCodec(level=1), Crc32cCodec()],
}

UNSEEN: Final = crud.Options(validate_checksums=False)


def values() -> np.ndarray[Any, Any]:
    """A slow wave with noise, which zstd makes smaller by about a third."""
    noise = np.random.default_rng(7).normal(scale=1e-3, size=1 << 20)
    wave = np.sin(np.linspace(0, 60, 1 << 20)) + noise
    return np.round(wave * 1000).astype("f4")


def timed(calls: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Medians in milliseconds; the calls take turns."""
    times: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(ROUNDS):
        for name, call in calls.items():
            start = time.perf_counter()
            call()
            times[name].append((time.perf_counter() - start) * 1000)
    return {name: median(taken) for name, taken in times.items()}


def calls_of(engine: str) -> dict[str, Callable[[], object]]:
    """The calls to measure, by name."""
    data, calls = values(), dict[str, Any]()
    for name, codecs in CHAINS.items():
        document = zarr.create_array(
            {}, shape=data.shape, chunks=data.shape, dtype="f4", compressors=codecs or None
        ).metadata
        encoded = crud.encode_chunk(document, data, engine=engine)
        out = np.empty_like(data)

        def encode(document: Any = document) -> object:
            return crud.encode_chunk(document, data, engine=engine)

        def decode(
            options: Any = None, document: Any = document, encoded: bytes = encoded, out: Any = out
        ) -> object:
            return crud.decode_chunk(document, encoded, out=out, engine=engine, options=options)

        calls[f"{name}: encode"] = encode
        calls[f"{name}: decode"] = decode
        if "crc32c" in name:
            calls[f"{name}: decode, not compared"] = lambda decode=decode: decode(UNSEEN)
    return calls


def main() -> None:
    """Print a table."""
    warnings.simplefilter("ignore")
    print("| 4 MiB | reference, ms | zarrs, ms |\n|---|--:|--:|")
    reference, zarrs = (timed(calls_of(engine)) for engine in ("reference", "zarrs"))
    for name, taken in reference.items():
        print(f"| {name} | {taken:.2f} | {zarrs[name]:.2f} |")


if __name__ == "__main__":
    main()
