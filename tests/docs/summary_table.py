"""What the engines serve, in short, from their answers."""

from __future__ import annotations

import warnings
from collections import Counter
from pathlib import Path
from typing import Final

from tests.docs.engine_table import ENGINES, Row, sections
from tests.zarrs.codec_arrays import table as codec_table
from zarr import crud

LAST: Final = crud.get_backend("reference").preference
"""The preference of the last backend that anybody gets without naming it."""

SUMMARY: Final = Path(__file__).parents[2] / "docs" / "coverage.md"

type Rows = list[Row]


def summary() -> str:
    """The table, and the sentences below it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        answers = dict(sections())
    kinds: Counter[str] = Counter()
    for heading in ("Format 2", "Format 3"):
        kinds.update(codec_table(heading).values())
    selections, grids = answers["selections, read and written"], answers["formats and chunk grids"]
    shards = [row for row in answers["codecs"] if row[0] == "sharding_indexed"]
    native = "[natively](zarrs-codecs.md)"
    rows = {
        "formats": each(grids, "2 and 3", zarrista="3, and reads of 2"),
        "chunk grids": each(grids[:2], "regular and rectilinear"),
        "sharding": each(shards, "yes"),
        "data types": each(
            answers["data types"],
            "all of zarr",
            zarrista="of format 3 all of a fixed size, of format 2 numbers",
        ),
        "codecs": [
            "all that zarr reads",
            f"those but `pickle`: {kinds['native']} {native}, {kinds['Python']} through Python",
            "those of the specification; of format 2 blosc, gzip and zstd",
        ],
        "stores": each(
            answers["stores"],
            "all of zarr",
            zarrs="all of zarr: local files, S3, GCS and Azure with obstore or fsspec, reads "
            "of HTTP and ZIP archives, natively, others through a bridge",
            zarrista="local files, and obstore's stores over the network",
        ),
        "selections in `zarr.crud`": each(selections, "all five dialects, steps of either sign"),
        "selections in `arr[...]`": each(selections, "all five dialects, steps >= 1 as in zarr"),
        "partial chunks on write": ["read, changed, replaced"] * len(ENGINES),
    }
    names = " | ".join(f"`{engine}`" for engine in ENGINES)
    lines = [f"| | {names} |", "|---" * (1 + len(ENGINES)) + "|"]
    lines += [f"| {name} | {' | '.join(texts)} |" for name, texts in rows.items()]
    return "\n".join([*lines, "", refusals(answers["refused"])]) + "\n"


def each(rows: Rows, claim: str, **claims: str) -> list[str]:
    """For each engine the claim (its own if it has one), minus what it does not serve.

    The claim of its own of an engine that is below the reference is a list of what it does serve.
    """
    texts = []
    for engine in ENGINES:
        lacking = [name for name, verdicts in rows if not verdicts[engine].serves]
        said = claims.get(engine, claim)
        is_list = engine in claims and crud.get_backend(engine).preference < LAST
        texts.append(f"{said} but {', '.join(lacking)}" if lacking and not is_list else said)
    return texts


def refusals(rows: Rows) -> str:
    """What raises `UnsupportedError`, and with which engine."""
    by_engines: dict[str, list[str]] = {}
    for name, verdicts in rows:
        refusing = [engine for engine in ENGINES if not verdicts[engine].serves]
        words = "every engine" if len(refusing) == len(ENGINES) else f"`{'`, `'.join(refusing)}`"
        by_engines.setdefault(words, []).append(name)
    items = [f"- with {words}: {', '.join(names)}" for words, names in by_engines.items()]
    return "\n".join(["What raises `UnsupportedError` for now:", "", *items])
