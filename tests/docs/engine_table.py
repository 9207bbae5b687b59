"""What each engine serves, according to the engines: `python -m tests.docs.engine_table` writes
it.
"""

from __future__ import annotations

import re
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
import obstore

import zarr
from tests.data_types.cases import NAMES
from tests.docs.coverage import CODECS, DTYPES, LAYOUTS, metadata, refused
from zarr import crud
from zarr.crud.testing import AsyncOnlyStore
from zarr.storage import FsspecStore, LocalStore, LoggingStore, MemoryStore, ObjectStore, ZipStore

PAGE: Final = Path(__file__).parents[2] / "docs" / "engines.md"
BEGIN: Final = "<!-- made by tests/docs/engine_table.py: begin -->\n"
END: Final = "<!-- end -->\n"
ENGINES: Final = ("reference", "zarrs", "zarrista")

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
    '`locking="conditional"`': crud.Options(locking="conditional"),
}

type Row = tuple[str, dict[str, crud.Verdict]]


def stores(folder: Path) -> dict[str, Any]:
    """One store of each kind."""
    return {
        "`LocalStore`": LocalStore(folder),
        "`MemoryStore`": MemoryStore(),
        "`ZipStore`": ZipStore(folder / "a.zip", mode="w"),
        "`FsspecStore`": FsspecStore.from_url("memory://engines"),
        "`ObjectStore` over the network": ObjectStore(
            obstore.store.S3Store("bucket", region="us-east-1", skip_signature=True)
        ),
        "`ObjectStore` in memory": ObjectStore(obstore.store.MemoryStore()),
        "`LoggingStore`, other wrappers": LoggingStore(MemoryStore()),
        "a store of your own, asynchronous only": AsyncOnlyStore(),
    }


def sections() -> Iterator[tuple[str, list[Row]]]:
    """The questions, and the answer of each engine."""
    plain, memory = metadata(), MemoryStore()
    ask: Callable[..., dict[str, crud.Verdict]] = crud.explain
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        yield "stores", [(kind, ask(plain, store)) for kind, store in stores(folder).items()]
        # The engine "zarrista" serves no store in memory.
        local = LocalStore(folder)
        format2 = metadata(zarr_format=2)
        with zarr.config.set({"array.rectilinear_chunks": True}):
            yield (
                "formats and chunk grids",
                [
                    ("format 3, regular", ask(plain, local)),
                    ("format 3, rectilinear", ask(metadata(chunks=[[3, 4], [2, 3]]), local)),
                    ("format 2, read", ask(format2, local)),
                    ("format 2, written", ask(format2, local, operation="write_region")),
                ],
            )
        yield "data types", [(name, of_dtypes(dtypes, local)) for name, dtypes in DTYPES.items()]
        yield "codecs", [(n, ask(metadata(**c), local)) for n, c in CODECS.items()]
        yield "refused", [(n, ask(document, local)) for n, document in refused().items()]
        yield (
            "selections, read and written",
            [
                (n, ask(plain, local, selection, kind=kind, operation="write_region"))
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
        conditions = stores(folder)["`ObjectStore` over the network"]
        yield (
            "options, on obstore's S3, GCS, Azure and memory stores",
            [
                (n, ask(plain, conditions, operation="write_region", options=o))
                for n, o in OPTIONS.items()
                if o.locking == "conditional"
            ],
        )
        yield (
            "options, on any other store",
            [
                (n, ask(plain, memory, operation="write_region", options=o))
                for n, o in OPTIONS.items()
            ],
        )


def of_dtypes(dtypes: tuple[Any, ...], local: LocalStore) -> dict[str, crud.Verdict]:
    """The answer of each engine about data types in every layout: a refusal, if there is one.

    Layouts that an engine only reads are asked about for reading; another row says so.
    """
    verdicts: dict[str, crud.Verdict] = {}
    for dtype in dtypes:
        for layout in LAYOUTS:
            if isinstance(dtype, str) and dtype in NAMES and "zarr_format" in layout:
                continue
            made = metadata(dtype=dtype, **layout)
            found = crud.explain(made, local, operation="write_region")
            if "zarr_format" in layout:
                found["zarrista"] = crud.explain(made, local)["zarrista"]
            for name, verdict in found.items():
                if name not in verdicts or verdicts[name].serves:
                    verdicts[name] = verdict
    return verdicts


def table() -> str:
    """The whole table as Markdown."""
    lines = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for title, rows in sections():
            names = " | ".join(f"`{engine}`" for engine in ENGINES)
            lines += ["", f"| {title} | {names} |", "|---" * (1 + len(ENGINES)) + "|"]
            for name, verdicts in rows:
                answers = " | ".join(answer(verdicts[engine]) for engine in ENGINES)
                lines.append(f"| {name} | {answers} |")
    return "\n".join(lines[1:]) + "\n"


def answer(verdict: crud.Verdict) -> str:
    """Yes, or the reason why not, without the address of the store."""
    store = r"(MemoryStore\('memory|LocalStore\('file)://[^']+'\)"
    reason = re.sub(store, "this store", verdict.reason or "")
    return "yes" if verdict.serves else f"no: {reason}"


def made(page: Path) -> str:
    """The text between the markers of a page."""
    return page.read_text().partition(BEGIN)[2].partition(END)[0]


def make(page: Path, text: str) -> None:
    """Write a text between the markers."""
    before, _, rest = page.read_text().partition(BEGIN)
    page.write_text(before + BEGIN + text + END + rest.partition(END)[2])


def main() -> None:
    """Write both pages."""
    from tests.docs.summary_table import SUMMARY, summary

    make(PAGE, table())
    make(SUMMARY, summary())


if __name__ == "__main__":
    main()
