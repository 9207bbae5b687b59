"""One cell in one process: ``worker.py PEER ARRAY WORK CONCURRENCY [TARGET]``.

It imports nothing of this project, because the environment of the peers has none of it. With
``digest`` as the last argument it also prints a digest of what it has read, piece by piece.
"""

from __future__ import annotations

import itertools
import sys
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

Selection = tuple[slice, ...]

PIPELINES = {
    "zarr fused": "zarr.core.codec_pipeline.FusedCodecPipeline",
    "zarrs-python": "zarrs.ZarrsCodecPipeline",
}
STREAMED = "zarrs streamed"  # as in cells.py, which this environment lacks
ENGINES = {"engine zarrs": "zarrs", "engine zarrista": "zarrista", STREAMED: "zarrs"}


class Opened:
    """An array, opened by one of the libraries."""

    def __init__(self, peer: str, path: str, *, writable: bool = False) -> None:
        if peer == "tensorstore":
            self._tensorstore(path)
        elif peer == "zarrista":
            self._zarrista(path)
        else:
            self._zarr(peer, path, "r+" if writable else "r")

    def _tensorstore(self, path: str) -> None:
        import tensorstore  # type: ignore[import-untyped,unused-ignore]

        store = {"driver": "file", "path": f"{path}/"}
        spec = {"driver": "zarr3", "kvstore": store, "context": {"file_io_sync": False}}
        array: Any = tensorstore.open(spec, open=True).result()
        self.shape: tuple[int, ...] = tuple(array.shape)
        self.chunks: tuple[int, ...] = tuple(array.chunk_layout.write_chunk.shape)
        self.subchunks: tuple[int, ...] = tuple(array.chunk_layout.read_chunk.shape)
        self.read: Callable[[Any], Any] = lambda where: array[where].read().result()
        self.write: Callable[[Any], Any] = lambda values: array[...].write(values).result()

    def _zarrista(self, path: str) -> None:
        import json
        from pathlib import Path

        import zarrista

        array: Any = zarrista.Array.open(zarrista.store.FilesystemStore(path))
        document = json.loads((Path(path) / "zarr.json").read_text())
        self.shape = tuple(document["shape"])
        self.chunks = tuple(document["chunk_grid"]["configuration"]["chunk_shape"])
        codec = document["codecs"][0]
        is_sharded = codec["name"] == "sharding_indexed"
        self.subchunks = tuple(codec["configuration"]["chunk_shape"]) if is_sharded else self.chunks
        self.read = lambda where: array[where].to_numpy()
        self.write = lambda values: array.__setitem__(..., values)

    def _zarr(self, peer: str, path: str, mode: str) -> None:
        import zarr

        keywords = {}
        if peer in PIPELINES:
            zarr.config.set({"codec_pipeline.path": PIPELINES[peer]})
        if peer == "zarrs-python":
            zarr.config.set({"codec_pipeline.strict": True})
        if peer in ENGINES:
            keywords["engine"] = ENGINES[peer]
        array: Any = zarr.open_array(path, mode=mode, **keywords)  # type: ignore[arg-type]
        self.shape, self.subchunks = array.shape, array.chunks
        self.chunks = array.shards or array.chunks
        self.read = lambda where: array if peer == STREAMED else array[where]
        self.write = lambda values: array.__setitem__(..., values)


def pieces(shape: tuple[int, ...], size: tuple[int, ...]) -> Iterator[Selection]:
    """Return the selections of whole pieces, in order."""
    starts = [range(0, extent, step) for extent, step in zip(shape, size, strict=True)]
    for corner in itertools.product(*starts):
        ends = zip(corner, size, shape, strict=True)
        yield tuple(slice(a, min(a + step, extent)) for a, step, extent in ends)


def digest(array: Any) -> int:
    """Return what identifies the elements of an array."""
    import numpy as np

    return zlib.crc32(np.ascontiguousarray(array))


def main(peer: str, path: str, work: str, concurrency: int, target: str) -> int | None:
    """Do the work; return a digest if one is asked for."""
    array = Opened(peer, path)
    finish: Callable[[Any], int] = digest if target == "digest" else lambda _: 0
    if work == "open":
        return None
    if work == "all":
        return finish(array.read(...))
    if work == "round":
        Opened(peer, target, writable=True).write(array.read(...))
        return None
    size = array.chunks if work == "chunks" else array.subchunks
    selections = pieces(array.shape, size)
    if concurrency == 1:
        return sum(finish(array.read(where)) for where in selections)
    with ThreadPoolExecutor(concurrency) as threads:
        return sum(threads.map(lambda where: finish(array.read(where)), selections))


if __name__ == "__main__":
    name, where, what, at_once, *rest = sys.argv[1:]
    print(main(name, where, what, int(at_once), rest[0] if rest else ""))
