"""What each engine serves, asked of the engines: `python -m tests.docs.engine_table` writes it."""

from __future__ import annotations

import re
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
import obstore
from numcodecs import LZ4, Blosc, Delta, Shuffle  # type: ignore[import-untyped]

import zarr
from zarr import codecs, crud
from zarr.crud.testing import AsyncOnlyStore
from zarr.storage import FsspecStore, LocalStore, LoggingStore, MemoryStore, ObjectStore, ZipStore

PAGE: Final = Path(__file__).parents[2] / "docs" / "engines.md"
BEGIN: Final = "<!-- made by tests/docs/engine_table.py: begin -->\n"
END: Final = "<!-- end -->\n"
ENGINES: Final = ("reference", "zarrs")

DTYPES: Final[dict[str, Any]] = {
    "bool": "?", "int8 to int64, uint8 to uint64": "i4", "float16": "f2", "float32, float64": "f4",
    "complex64, complex128": "c8", "datetime64, timedelta64": "M8[ns]",
    "fixed-length strings": "U5", "fixed-length bytes": "S5", "raw bytes": "V5",
    "structures": [("a", "i2"), ("b", "f8")], "big-endian numbers": ">i4",
    "strings of variable length": str,
}  # fmt: skip

CODECS: Final[dict[str, dict[str, Any]]] = {
    "none": {"compressors": None},
    "blosc": {"compressors": codecs.BloscCodec()},
    "gzip": {"compressors": codecs.GzipCodec()},
    "zstd": {"compressors": codecs.ZstdCodec()},
    "crc32c": {"compressors": codecs.Crc32cCodec()},
    "transpose": {"filters": codecs.TransposeCodec(order=(1, 0))},
    "sharding_indexed": {"shards": (6, 4)},
    "format 2: blosc": {"zarr_format": 2, "compressors": Blosc()},
    "format 2: LZ4 behind delta and shuffle": {
        "zarr_format": 2,
        "filters": [Delta(dtype="<i4"), Shuffle(4)],
        "compressors": LZ4(),
    },
    "format 2: order F": {"zarr_format": 2, "order": "F"},
}

SELECTIONS: Final[dict[str, tuple[Any, Any]]] = {
    "integers, slices, `...`": ("basic", (slice(1, 5), 2)),
    "steps": ("basic", slice(None, None, 3)),
    "negative steps (`zarr.crud` only)": ("basic", slice(None, None, -1)),
    "orthogonal: lists and masks of axes": ("orthogonal", ([0, 5], slice(None))),
    "coordinates": ("coordinate", ([0, 5], [1, 1])),
    "masks": ("mask", np.ones((7, 5), bool)),
    "blocks": ("block", (1, slice(0, 2))),
}

OPTIONS: Final[dict[str, crud.Options]] = {
    '`missing_chunks="error"`': crud.Options(missing_chunks="error"),
    "`write_empty_chunks=True`": crud.Options(write_empty_chunks=True),
    "`validate_checksums=False`": crud.Options(validate_checksums=False),
    '`durability="fsync"`': crud.Options(durability="fsync"),
    '`locking="processes"`': crud.Options(locking="processes"),
}

type Row = tuple[str, dict[str, crud.Verdict]]


def metadata(**changes: Any) -> Any:
    """The metadata of a ragged array, made by zarr."""
    keywords = {"shape": (7, 5), "chunks": (3, 2), "dtype": "i4"} | changes
    return zarr.create_array(MemoryStore(), **keywords).metadata


def stores(folder: Path) -> dict[str, Any]:
    """One store of each kind."""
    return {
        "`LocalStore`": LocalStore(folder),
        "`MemoryStore`": MemoryStore(),
        "`ZipStore`": ZipStore(folder / "a.zip", mode="w"),
        "`FsspecStore`": FsspecStore.from_url("memory://engines"),
        "`ObjectStore`": ObjectStore(obstore.store.MemoryStore()),
        "`LoggingStore`, other wrappers": LoggingStore(MemoryStore()),
        "a store of your own, asynchronous only": AsyncOnlyStore(),
    }


def sections() -> Iterator[tuple[str, list[Row]]]:
    """What is asked, and each engine's answer."""
    plain, memory = metadata(), MemoryStore()
    ask: Callable[..., dict[str, crud.Verdict]] = crud.explain
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        yield "stores", [(kind, ask(plain, store)) for kind, store in stores(folder).items()]
        local = LocalStore(folder)
        with zarr.config.set({"array.rectilinear_chunks": True}):
            yield (
                "formats and chunk grids",
                [
                    ("format 3, regular", ask(plain, memory)),
                    ("format 3, rectilinear", ask(metadata(chunks=[[3, 4], [2, 3]]), memory)),
                    ("format 2", ask(metadata(zarr_format=2), memory)),
                ],
            )
        yield "data types", [(n, ask(metadata(dtype=d), memory)) for n, d in DTYPES.items()]
        yield "codecs", [(n, ask(metadata(**c), memory)) for n, c in CODECS.items()]
        yield (
            "selections, read and written",
            [
                (n, ask(plain, memory, selection, kind=kind, operation="write_region"))
                for n, (kind, selection) in SELECTIONS.items()
            ],
        )
        yield (
            "options, on a local store",
            [
                (n, ask(plain, local, operation="write_region", options=o))
                for n, o in OPTIONS.items()
            ],
        )
        yield (
            "options, on any other store",
            [
                (n, ask(plain, memory, operation="write_region", options=o))
                for n, o in OPTIONS.items()
            ],
        )


def table() -> str:
    """The whole table as Markdown."""
    lines = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for title, rows in sections():
            names = " | ".join(f"`{engine}`" for engine in ENGINES)
            lines += ["", f"| {title} | {names} |", "|---|---|---|"]
            for name, verdicts in rows:
                answers = " | ".join(answer(verdicts[engine]) for engine in ENGINES)
                lines.append(f"| {name} | {answers} |")
    return "\n".join(lines[1:]) + "\n"


def answer(verdict: crud.Verdict) -> str:
    """Yes, or why not, without the address of the store that was asked about."""
    reason = re.sub(r"MemoryStore\('memory://\d+'\)", "this store", verdict.reason or "")
    return "yes" if verdict.serves else f"no: {reason}"


def main() -> None:
    """Write the table into the page."""
    before, _, rest = PAGE.read_text().partition(BEGIN)
    after = rest.partition(END)[2]
    PAGE.write_text(before + BEGIN + table() + END + after)


if __name__ == "__main__":
    main()
