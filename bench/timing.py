"""Timing in rounds: every peer has its turn in each, and the medians are compared."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from random import Random
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from bench.codec_alone import NAME, codec_sample
from bench.layouts import stored
from bench.peer import Peer, RefusedError, same

if TYPE_CHECKING:
    from bench.cells import Cell

# A sample of short calls is repeated until it takes about this long, in seconds.
SAMPLE = 0.002


class WrongResultError(Exception):
    """A peer returned or stored something else than it should have."""


@dataclass
class Measured:
    """A cell with the median seconds of each peer, and the reasons why others have none."""

    cell: Cell
    seconds: dict[str, float] = field(default_factory=dict)
    codec: float | None = None
    """What the codec library alone takes, if there is one."""
    refused: dict[str, str] = field(default_factory=dict)


def measure(cell: Cell, peers: Sequence[type[Peer]], rounds: int, folder: Path) -> Measured:
    """Check what each peer does with a cell, then time it; arrays to read stay in `folder`."""
    measured = Measured(cell)
    samples: dict[str, Callable[[], float]] = {}
    source = _source(cell, folder)
    copies = folder / "copies"
    for number, peer in enumerate(peers):
        try:
            if cell.writes:
                samples[peer.name] = _write_sample(cell, peer, source, copies / str(number))
            else:
                samples[peer.name] = _read_sample(cell, peer(source))
        except RefusedError as refusal:
            measured.refused[peer.name] = str(refusal)
    alone = codec_sample(cell)
    if alone is not None:
        samples[NAME] = alone
    os.sync()
    taken: dict[str, list[float]] = {name: [] for name in samples}
    for number in range(rounds):
        # A peer leaves memory warm or cold, so none may always follow the same one.
        for name in Random(number).sample(list(samples), len(samples)):
            taken[name].append(samples[name]())
    measured.seconds = {name: median(values) for name, values in taken.items()}
    measured.codec = measured.seconds.pop(NAME, None)
    shutil.rmtree(copies, ignore_errors=True)
    return measured


def _source(cell: Cell, folder: Path) -> Path:
    """Return the array that a cell reads, or copies before it writes; cells share them."""
    filled = cell.kind != "write new"
    source = folder / f"source-{abs(hash((cell.layout, filled)))}"
    if not source.exists():
        cell.layout.create(source, filled=filled)
    return source


def _read_sample(cell: Cell, peer: Peer) -> Callable[[], float]:
    """Check every place, and return a function that times one read, averaged over several."""
    read = cell.reader(peer)
    shortest = SAMPLE
    for place in cell.places:
        began = perf_counter()
        found = read(place)
        shortest = min(shortest, perf_counter() - began)
        if not same(found, cell.expected(place)):
            raise WrongResultError(f"{peer.name} reads {place} wrongly ({cell.name})")
    places = cycle(cell.places)
    turn = [next(places) for _ in range(min(100, int(SAMPLE / shortest)))]

    def sample() -> float:
        began = perf_counter()
        for place in turn:
            read(place)
        return (perf_counter() - began) / len(turn)

    return sample


def _write_sample(cell: Cell, make: type[Peer], source: Path, target: Path) -> Callable[[], float]:
    """Check one write, and return a function that times one."""
    value = cell.written()
    values = cycle((value, value ^ np.uint16(1)))
    shutil.copytree(source, target)
    peer = make(target)

    def sample() -> float:
        nonlocal peer
        if cell.kind != "write part":
            shutil.rmtree(target)
            shutil.copytree(source, target)
            peer = make(target)
        value = next(values)
        # Data that another peer wrote must not be on its way to the disk meanwhile.
        os.sync()
        began = perf_counter()
        cell.write(peer, value)
        return perf_counter() - began

    sample()
    if not same(stored(peer.stored), cell.after(value)):
        raise WrongResultError(f"{make.name} writes {cell.places[0]} wrongly ({cell.name})")
    return sample
