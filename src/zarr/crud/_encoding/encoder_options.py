"""Checks of option combinations for the encoders of lzma and pcodec."""

from __future__ import annotations

import lzma
from typing import TYPE_CHECKING, Any, Final

from zarr.crud._document.checks import shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    type Config = Mapping[str, Any]

MOST_PAGE: Final = 1 << 24
"""The most elements in a page of pcodec."""

DICTIONARY: Final = (1 << 12, 3 << 29)
"""The least and most bytes of a dictionary of lzma."""

MODES: Final = ("auto", "classic")

DELTAS: Final = ("auto", "no_op", "none", "try_consecutive", "try_lookback")

PAGINGS: Final = ("equal_pages_up_to",)


def refused_lzma(config: Config) -> str | None:
    """Return why lzma cannot encode; `None` if it can."""
    names = ("format", "check", "preset", "filters")
    given: Any = {name: config[name] for name in names if config.get(name) is not None}
    try:
        lzma.LZMACompressor(**_with_little_memory(given))
    except MemoryError:
        return None
    except Exception as err:  # noqa: BLE001  # whatever a wrong filter leads to
        return f"codec 'lzma' cannot encode with {shown(given)}: {err}"
    return None


def _with_little_memory(given: dict[str, Any]) -> dict[str, Any]:
    """Return the same lzma options, with those that only affect memory use reduced.

    Raises
    ------
    ValueError
        An option is outside its range.
    """
    made = dict(given)
    if "preset" in made:
        level = made["preset"] & ~lzma.PRESET_EXTREME
        if not 0 <= level <= 9:
            raise ValueError("preset takes 0 to 9, and 2**31 more for `extreme`")
        made["preset"] = 0
    if "dict_size" in made:
        least, most = DICTIONARY
        if not least <= made["dict_size"] <= most:
            raise ValueError(f"dict_size takes {least} to {most}")
        made["dict_size"] = least
    if "filters" in made:
        made["filters"] = [_with_little_memory(one) for one in made["filters"]]
    return made


_PCODEC: Final = "codec 'pcodec' cannot encode with"


def refused_pages(config: Config, count: int | None) -> str | None:
    """Return why pcodec cannot encode so many elements; `None` if it can, or it is unknown."""
    for member, known in (
        ("mode_spec", MODES),
        ("delta_spec", DELTAS),
        ("paging_spec", PAGINGS),
    ):
        value = config.get(member, known[0])
        if value not in known:
            words = ", ".join(map(repr, known))
            return f"codec 'pcodec' has no {member} {shown(value)}; it has {words}"
    delta, order = config.get("delta_spec", "auto"), config.get("delta_encoding_order")
    if delta == "try_consecutive" and order is None:
        return f"{_PCODEC} delta_spec {delta!r} and no delta_encoding_order; it takes 0 to 7"
    if delta not in ("auto", "try_consecutive") and order is not None:
        return f"{_PCODEC} delta_spec {delta!r} and delta_encoding_order {order}; leave that out"
    page = config.get("equal_pages_up_to", 1)
    if count is not None and min(page, count) > MOST_PAGE:
        return (
            f"{_PCODEC} equal_pages_up_to {page} where there are {count} elements; "
            f"it takes 1 to {MOST_PAGE}"
        )
    return None
