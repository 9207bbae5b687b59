"""What a call returned or raised, and whether two calls agree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from zarr import crud

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy.typing as npt


@dataclass
class Outcome:
    """What a call returned, or the name of the error that it raised."""

    value: npt.NDArray[Any] | None = None
    error: str = ""
    told: str = ""

    @property
    def word(self) -> str:
        """Which of the two it was."""
        return self.error or "a value"

    def bits(self) -> tuple[str, bytes]:
        """Everything that must be equal in the results of two engines."""
        assert self.value is not None
        value = np.asarray(self.value)
        return f"{value.dtype.str}{value.shape}", value.tobytes()


def outcome(call: Callable[[], Any]) -> Outcome:
    """The outcome of a call; unexpected errors are raised."""
    try:
        return Outcome(np.asarray(call()))
    except crud.CrudError as err:
        return Outcome(error=type(err).__name__, told=str(err))
    except MemoryError as err:
        return Outcome(error="MemoryError", told=str(err))


def same(what: str, found: Outcome, other: Outcome) -> Iterator[str]:
    """Two values that should be equal."""
    if found.bits() != other.bits():
        yield f"{what} differ: {found.value!r:.200} and {other.value!r:.200}"
