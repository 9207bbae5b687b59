"""The floor: the time to read the files of an uncompressed array, without any library."""

from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path
from threading import local
from typing import Any, ClassVar

import numpy as np

from bench.peer import Index, RefusedError, Refusing, Selection, Values, chunk_region


class Floor(Refusing):
    """Opens and reads chunk files into place, on as many threads as there are cores."""

    name: ClassVar[str] = "floor"
    ours: ClassVar[bool] = True
    replaces: ClassVar[bool] = True

    def __init__(self, folder: Path) -> None:
        self.stored = folder
        document = json.loads((folder / "zarr.json").read_bytes())
        self.codecs = [codec["name"] for codec in document["codecs"]]
        self.shape = tuple(document["shape"])
        self.chunk = tuple(document["chunk_grid"]["configuration"]["chunk_shape"])
        self.folder = f"{folder}/c/"
        self.threads = ThreadPoolExecutor(os.cpu_count())

    def read(self, selection: Selection) -> Any:
        """Read everything; refuse parts, because their floor depends on how they are planned."""
        if selection != (slice(None),) * len(self.shape):
            raise RefusedError("only whole chunks and whole arrays have a plain floor")
        if any(n % c for n, c in zip(self.shape, self.chunk, strict=True)):
            raise RefusedError("only chunks that divide the array have a plain floor")
        self._check()
        out = np.empty(self.shape, np.uint16)
        kept = local()

        def place(index: Index) -> None:
            # New memory would cost more than the copy, so each thread keeps one chunk.
            if not hasattr(kept, "chunk"):
                kept.chunk = np.empty(self.chunk, np.uint16)
            out[chunk_region(index, self.chunk)] = self._fill(index, kept.chunk)

        grid = [range(n // c) for n, c in zip(self.shape, self.chunk, strict=True)]
        for _ in self.threads.map(place, product(*grid)):
            pass
        return out

    def read_chunk(self, index: Index) -> Any:
        """Open, read, close."""
        self._check()
        return self._fill(index, np.empty(self.chunk, np.uint16))

    def _check(self) -> None:
        if self.codecs != ["bytes"]:
            raise RefusedError("only uncompressed chunks have a plain floor")

    def _fill(self, index: Index, out: Values) -> Values:
        file = os.open(self.folder + "/".join(map(str, index)), os.O_RDONLY)
        try:
            os.preadv(file, [out], 0)
        finally:
            os.close(file)
        return out
