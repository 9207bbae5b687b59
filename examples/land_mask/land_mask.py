"""Store the world's land mask as a Zarr array, and ask it questions through two engines.

The data is real: 21,600 x 43,200 cells of 30 arc-seconds, about a kilometre. The array is
written through Rust, read by both engines, and each answer is held against the source.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np
from documents import array_document
from picture import Panel, draw
from places import ISLANDS
from progress import bands
from questions import Found, Question, Selection, how_large, overview, questions
from table import Answered, show
from world import PROVENANCE, World, load_world

import zarr
from zarr import crud
from zarr.storage import LocalStore
from zarr.zarrs import counters

ENGINES = ("reference", "zarrs")
ROUNDS = 3

type Read = Callable[[Selection], Any]


def main(arguments: list[str] | None = None) -> int:
    """Run the example; return 0 if every check holds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", type=Path, metavar="DIR", help="where the output goes")
    parser.add_argument(
        "--thin", type=int, default=1, choices=(1, 2, 5), help="use every n-th row and column"
    )
    options = parser.parse_args(arguments)
    folder = options.keep or Path(tempfile.mkdtemp(prefix="land-mask-"))
    folder.mkdir(parents=True, exist_ok=True)

    world = load_world(options.thin)
    store = LocalStore(folder / "world.zarr")
    write(world, store)
    failures = compare_all(world, store)
    answered = [ask(question, world, store, failures) for question in questions(world)]
    show(answered)

    save_picture(folder / "world.png", world, store, answered)
    print(f"  the array and the picture are in {folder}")
    for failure in failures:
        print(f"FAILED: {failure}", file=sys.stderr)
    if failures:
        return 1
    print(f"All {len(answered)} answers of both engines, in both ways, are what the source holds.")
    return 0


def write(world: World, store: LocalStore) -> None:
    """Write a group with the mask and its two coordinates."""
    group: dict[str, Any] = {"zarr_format": 3, "node_type": "group", "attributes": PROVENANCE}
    crud.create(group, store, overwrite=True, engine="zarrs")
    for name, units, values in (
        ("lat", "degrees_north", world.lat),
        ("lon", "degrees_east", world.lon),
    ):
        line = array_document(values.shape, "float64", [name], {"units": units}, chunk=values.shape)
        crud.create(line, store, path=name, engine="zarrs")
        crud.write_region(line, store, ..., values, path=name, engine="zarrs")

    # A shard, which is one file, is 30 by 30 degrees; a chunk in it is 3 by 3, unless thinned.
    chunk, shard = 360, 30 * world.per_degree
    mask = array_document(
        world.land.shape, "bool", ["lat", "lon"], PROVENANCE, chunk=(chunk,) * 2, shard=(shard,) * 2
    )
    crud.create(mask, store, path="land", engine="zarrs")
    for rows in bands(len(world.land), shard, "writing it through Rust"):
        crud.write_region(mask, store, rows, world.land[rows], path="land", engine="zarrs")
    files = [file for file in Path(store.root).rglob("*") if file.is_file()]
    size = sum(file.stat().st_size for file in files)
    print(f"  {world.land.nbytes / 1e6:,.0f} MB are {size / 1e6:.1f} MB in {len(files)} files")


def compare_all(world: World, store: LocalStore) -> list[str]:
    """Read every cell back through Rust; return what differs from the source."""
    document = crud.read_metadata(store, path="land")
    step = 30 * world.per_degree
    failures = []
    for rows in bands(len(world.land), step, "comparing every cell with the source"):
        found = crud.read_region(document, store, rows, engine="zarrs")
        if not np.array_equal(found, world.land[rows]):
            failures.append(f"rows {rows.start} to {rows.stop} were not read as they were written")
    return failures


def ask(question: Question, world: World, store: LocalStore, failures: list[str]) -> Answered:
    """Answer a question with each engine, in both ways; note in `failures` what is wrong."""
    truth = [world.land[selection] for selection in question.selections]
    seconds = {}
    for engine in ENGINES:
        opened = zarr.open_array(store, path="land", mode="r", engine=engine)
        for way, read in (
            ("zarr.crud", read_with(engine, store)),
            ("arr[...]", opened.__getitem__),
        ):
            before = counters()["read_region"]
            found, seconds[engine, way] = timed(read, question)
            served = counters()["read_region"] - before
            due = ROUNDS * len(truth) if engine == "zarrs" else 0
            if not all(map(np.array_equal, found, truth)):
                failures.append(f"{question.text} {engine} through {way} differs from the source")
            if served != due:
                failures.append(f"{question.text} Rust served {served} reads of {due} by {engine}")
    answer = question.measure(found)
    if not question.known[0] <= answer <= question.known[1]:
        failures.append(f"{question.text} {answer} is not between {question.known}")
    return Answered(question.text, question.form.format(answer), seconds)


def save_picture(file: Path, world: World, store: LocalStore, answered: list[Answered]) -> None:
    """Draw what the zarrs engine reads."""
    print("\n  drawing a picture of it")
    read = read_with("zarrs", store)
    answers = {row.text: row.answer for row in answered}
    panels = []
    for name, island in ISLANDS.items():
        window = world.window(island.edges)
        text = how_large(world, name).text
        panels.append(Panel(read(window), world.lat[window[0]], f"{text} {answers.pop(text)}"))
    notes = [
        "The land mask of the world",
        f"{world.land.size:,} cells, read through zarr.crud",
        *(f"{text} {answer}" for text, answer in answers.items()),
    ]
    draw(file, read(overview(world)), panels, notes)


def read_with(engine: str, store: LocalStore) -> Read:
    """Return a function of a selection: the same call for every engine."""
    document = crud.read_metadata(store, path="land")
    return lambda selection: crud.read_region(document, store, selection, engine=engine)


def timed(read: Read, question: Question) -> tuple[Found, float]:
    """Read what a question needs, a few times; return it with the median of the seconds."""
    taken = []
    for _ in range(ROUNDS):
        began = perf_counter()
        found = [read(selection) for selection in question.selections]
        taken.append(perf_counter() - began)
    return found, median(taken)


if __name__ == "__main__":
    raise SystemExit(main())
