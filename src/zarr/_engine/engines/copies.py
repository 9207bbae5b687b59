"""Copies and pickles of `AsyncArray` have nothing of what its engine keeps for the original."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Final

OPERATIONS: Final = "_engine_operations"
"""The attribute of an `AsyncArray` with the counts of its operations."""

READER: Final = "_engine_reader"
"""The attribute of an `AsyncArray` with the reader that served it last."""


def without_engine_state(native: Callable[..., Any]) -> Callable[[Any], Any]:
    """Leave the counts and the reader out of the state that a copy or a pickle receives."""

    @wraps(native)
    def __getstate__(self: Any) -> Any:
        state = native(self)
        if not isinstance(state, dict):
            return state
        return {name: value for name, value in state.items() if name not in (OPERATIONS, READER)}

    return __getstate__
