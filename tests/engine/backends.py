"""Backends to pass as objects, and what other processes call."""

from __future__ import annotations

import threading
from typing import Any, ClassVar

import numpy as np

from zarr.crud.reference import ReferenceBackend


class Recording(ReferenceBackend):
    """The reference, which keeps the names of the verbs that it was asked for."""

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
    """Holds what no pickle takes."""

    name: ClassVar[str] = "unpicklable"

    def __init__(self) -> None:
        super().__init__()
        self.lock = threading.Lock()


class Unavailable(Recording):
    """Needs what is not here."""

    name: ClassVar[str] = "unavailable"

    @classmethod
    def unavailable(cls) -> str | None:
        return "the moon is not installed"


def engine_and_sum(array: Any) -> tuple[str, int]:
    """What an array that came to another process has there."""
    return array.engine, int(np.asarray(array).sum())
