"""What to say about keys whose changes were not waited for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def note_unknown(error: BaseException, keys: Iterable[str]) -> None:
    """Add to an error which keys were being changed when it ended the wait for the store."""
    names = ", ".join(map(repr, sorted(set(keys))))
    if names:
        error.add_note(
            f"The values of these keys may be the old or the new ones, because the store had not "
            f"answered: {names}; write them again."
        )
