"""What the README says about coverage, from the answers of the engines."""

from __future__ import annotations

import warnings
from collections import Counter
from pathlib import Path
from typing import Final

from tests.docs.engine_table import ENGINES, Row, sections
from tests.zarrs.codec_arrays import table as codec_table

README: Final = Path(__file__).parents[2] / "README.md"

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
    native = "[natively](docs/zarrs-codecs.md)"
    rows = {
        "formats": each(grids, "2 and 3"),
        "chunk grids": each(grids, "regular and rectilinear"),
        "sharding": each(shards, "yes"),
        "data types": each(answers["data types"], "all of zarr"),
        "codecs": [
            "all that zarr reads",
            f"those but `pickle`: {kinds['native']} {native}, {kinds['Python']} through Python",
        ],
        "stores": each(
            answers["stores"],
            "all of zarr",
            zarrs="all of zarr: local files, S3, GCS and Azure with obstore or fsspec, reads "
            "of HTTP and ZIP archives, natively, others through a bridge",
        ),
        "selections in `zarr.crud`": each(selections, "all five dialects, steps of either sign"),
        "selections in `arr[...]`": each(selections, "all five dialects, steps >= 1 as in zarr"),
        "partial chunks on write": ["read, changed, replaced"] * 2,
    }
    lines = ["| | `reference` | `zarrs` |", "|---|---|---|"]
    lines += [f"| {name} | {' | '.join(texts)} |" for name, texts in rows.items()]
    return "\n".join([*lines, "", refusals(answers["refused"])]) + "\n"


def each(rows: Rows, claim: str, **claims: str) -> list[str]:
    """For each engine the claim (its own if it has one), minus what it does not serve."""
    texts = []
    for engine in ENGINES:
        lacking = [name for name, verdicts in rows if not verdicts[engine].serves]
        said = claims.get(engine, claim)
        texts.append(f"{said} but {', '.join(lacking)}" if lacking else said)
    return texts


def refusals(rows: Rows) -> str:
    """What raises `UnsupportedError`, and with which engine."""
    by_engines: dict[str, list[str]] = {}
    for name, verdicts in rows:
        refusing = [engine for engine in ENGINES if not verdicts[engine].serves]
        words = "either engine" if len(refusing) == len(ENGINES) else f"`{'`, `'.join(refusing)}`"
        by_engines.setdefault(words, []).append(name)
    items = [f"- with {words}: {', '.join(names)}" for words, names in by_engines.items()]
    return "\n".join(["What raises `UnsupportedError` for now:", "", *items])
