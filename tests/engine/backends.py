"""Backends to pass as objects, and functions for other processes."""

from __future__ import annotations

import threading
from typing import Any, ClassVar

import numpy as np

from zarr.crud.reference import ReferenceBackend


class Recording(ReferenceBackend):
    """The reference, with a record of the verbs that were called."""

    name: ClassVar[str] = "recording"

    def __init__(self) -> None:
        self.verbs: list[str] = []

    def read_region(self, *args: Any, **kwargs: Any) -> Any:
        self.verbs.append("read_region")
        return super().read_region(*args, **kwargs)

    def write_region(self, *args: Any, **kwargs: Any) -> Any:
        self.verbs.append("write_region")
        return super().write_region(*args, **kwargs)


class Unpicklable(Recording):
    """A backend that holds an object that cannot be pickled."""

    name: ClassVar[str] = "unpicklable"

    def __init__(self) -> None:
        super().__init__()
        self.lock = threading.Lock()


class Unavailable(Recording):
    """A backend with a missing requirement."""

    name: ClassVar[str] = "unavailable"

    @classmethod
    def unavailable(cls) -> str | None:
        return "the moon is not installed"


def engine_and_sum(array: Any) -> tuple[str, int]:
    """Return the engine and the sum of an array in another process."""
    return array.engine, int(np.asarray(array).sum())
