"""What the codec pipeline leaves to zarr: logged once for each array and reason, or raised."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from zarr.crud._stores.location import Location

_log: Final = logging.getLogger("zarr.zarrs")

_said: Final[dict[tuple[str, str], object]] = {}

_MOST_SAID: Final = 4096


OWN_WAY: Final = "zarr-python's own way is taken"


def leave(
    error: Exception, location: Location, reason: str, *, strict: bool, instead: str = OWN_WAY
) -> None:
    """Log why the engine does not do what was asked, in the same words for every such call.

    Raises
    ------
    Exception
        The error, in strict mode.
    """
    if strict:
        raise error
    if _is_new((str(location), reason)):
        _log.warning(
            "the codec pipeline of the engine 'zarrs' cannot do all that was asked for the array "
            "at %s: %s; %s",
            location,
            reason,
            instead,
        )


def _is_new(record: tuple[str, str]) -> bool:
    """Return whether a record was not logged before, as far as it is remembered."""
    if record in _said:
        return False
    if len(_said) >= _MOST_SAID:
        # The oldest; another thread may have removed it.
        _said.pop(next(iter(_said)), None)
    # One of several threads finds its own mark.
    mark = object()
    return _said.setdefault(record, mark) is mark
