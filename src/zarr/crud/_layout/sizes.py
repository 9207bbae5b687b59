"""Numbers of bytes as people read them."""

from __future__ import annotations

from typing import Final

_UNITS: Final = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")


def shown_size(nbytes: float) -> str:
    """Return a number of bytes with a unit.

    Examples
    --------
    >>> shown_size(1000), shown_size(1536), shown_size(3 << 40)
    ('1000 B', '1.5 KiB', '3.0 TiB')
    """
    size = float(nbytes)
    for unit in _UNITS:
        if size < 1024 or unit == _UNITS[-1]:
            break
        size /= 1024
    return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
