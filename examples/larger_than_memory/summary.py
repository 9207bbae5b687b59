"""What is computed of an array, piece by piece."""

from __future__ import annotations

import resource
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

BINS = 16

type Values = np.ndarray[Any, Any]


class Summary:
    """Count, mean, extremes and histogram of integers from 0 to below `top`, or of booleans."""

    def __init__(self, top: int) -> None:
        self.top = top
        self.count = self.total = 0
        self.least, self.most = top, -1
        self.histogram = np.zeros(min(BINS, top), "i8")

    @property
    def mean(self) -> float:
        """The mean of all values so far."""
        return self.total / self.count

    def add(self, values: Values) -> None:
        """Add the values of a region."""
        flat = values.view("u1").reshape(-1) if values.dtype == bool else values.reshape(-1)
        self.count += flat.size
        self.total += int(flat.sum(dtype="u8"))
        self.least, self.most = min(self.least, int(flat.min())), max(self.most, int(flat.max()))
        bins = len(self.histogram)
        # Faster than `numpy.histogram`, which searches the bin of each value.
        self.histogram += np.bincount(flat // flat.dtype.type(self.top // bins), minlength=bins)

    def join(self, other: Summary) -> None:
        """Add the values of another summary."""
        self.count, self.total = self.count + other.count, self.total + other.total
        self.least, self.most = min(self.least, other.least), max(self.most, other.most)
        self.histogram += other.histogram

    def __eq__(self, other: object) -> bool:
        """Return whether two summaries agree, bin by bin."""
        return isinstance(other, Summary) and str(self) == str(other)

    __hash__ = None  # type: ignore[assignment]

    def __str__(self) -> str:
        """Return everything as text."""
        return (
            f"{self.count:,} values, mean {self.mean:.6f}, from {self.least} to {self.most}, "
            f"histogram {self.histogram.tolist()}"
        )


def summary_by_dask(array: Any, top: int) -> Summary:
    """Compute the same with dask: a task for each chunk, and one that joins them."""
    library: Any = import_module("dask")
    arrays: Any = import_module("dask.array")

    def summary_of(block: Values) -> Summary:
        summary = Summary(top)
        summary.add(block)
        return summary

    blocks = arrays.from_zarr(array).to_delayed().ravel()
    parts = library.compute(*(library.delayed(summary_of)(block) for block in blocks))
    whole = Summary(top)
    for part in parts:
        whole.join(part)
    return whole


def peak_bytes() -> int:
    """Return the most memory that this process has had so far."""
    status = Path("/proc/self/status")
    if status.exists():
        # Unlike the usage of resources, this has nothing of the process that started this one.
        (line,) = [line for line in status.read_text().splitlines() if line.startswith("VmHWM:")]
        return int(line.split()[1]) << 10
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(peak if sys.platform == "darwin" else peak << 10)
