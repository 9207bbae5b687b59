"""What a call returns, raises and warns about, to compare an engine with upstream's own path."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable


class Outcome(NamedTuple):
    """A result or an error, and the warnings."""

    result: Any
    error: tuple[type[BaseException], str] | None
    warned: list[tuple[type[Warning], str]]


def outcome(call: Callable[[], Any]) -> Outcome:
    """Return what comes of a call."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        result, error = None, None
        try:
            result = call()
        except Exception as err:  # noqa: BLE001
            error = (type(err), str(err))
    return Outcome(result, error, [(one.category, str(one.message)) for one in caught])
