"""Tiny cells of every kind, and peers that return wrong results."""

from __future__ import annotations

from typing import Any

import numpy as np

from bench.cells import Cell
from bench.engines import CrudReference
from bench.layouts import Layout
from bench.peer import Selection, Values

RAGGED = Layout((7, 5), (3, 2), "zstd")
SHARDED = Layout((7, 5), (3, 2), "zstd", shard=(6, 4))
EVERYTHING = (slice(None), slice(None))
BOX = (slice(1, 6), slice(1, 4))

CELLS = [
    Cell("element", "element", RAGGED, ((6, 4), (0, 3))),
    Cell("chunk", "chunk", RAGGED, ((1, 1), (0, 0))),
    Cell("whole", "region", SHARDED, (EVERYTHING,)),
    Cell("box", "region", RAGGED, (BOX,)),
    Cell("plane", "region", RAGGED, ((slice(None), 3),)),
    Cell("again", "again", RAGGED, (EVERYTHING,)),
    Cell("into", "into", RAGGED, (BOX,)),
    Cell("rows", "rows", RAGGED, ((np.array([0, 3, 6]),),)),
    Cell("points", "points", SHARDED, ((np.array([6, 0, 3]), np.array([4, 0, 1])),)),
    Cell("write new", "write new", SHARDED, (EVERYTHING,)),
    Cell("write part", "write part", RAGGED, (BOX,)),
    Cell("append", "append", RAGGED, (EVERYTHING,)),
]
WRITES = [cell for cell in CELLS if cell.writes]


class WrongValue(CrudReference):
    def read_again(self, selection: Selection) -> Any:
        return super().read_again(selection) + np.uint16(1)


class WrongType(CrudReference):
    def read_again(self, selection: Selection) -> Any:
        return super().read_again(selection).astype("i8")


class WrongAtOnePlace(CrudReference):
    def read_again(self, selection: Selection) -> Any:
        found = super().read_again(selection)
        return np.uint16(0) if selection == (0, 3) else found


class LostWrite(CrudReference):
    def write(self, selection: Selection, value: Values) -> None:
        pass


class StrayWrite(CrudReference):
    def write(self, selection: Selection, value: Values) -> None:
        super().write(selection, value)
        super().write((0, 0), np.array(0, "u2"))
