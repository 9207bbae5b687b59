"""Points, and random coordinates for them."""

from __future__ import annotations

from typing import Any

import numpy as np

import _zarrs_bindings as zb


def points(rows: Any, columns: Any) -> zb.Points:
    return zb.Points((rows.reshape(-1), columns.reshape(-1)), rows.shape)


def some(seed: int, shape: tuple[int, ...], high: tuple[int, int] = (7, 5)) -> tuple[Any, Any]:
    random = np.random.default_rng(seed)
    return random.integers(0, high[0], shape), random.integers(0, high[1], shape)
