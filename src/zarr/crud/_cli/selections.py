"""Selections as text: what stands between the brackets in Python."""

from __future__ import annotations

import re
from types import EllipsisType
from typing import Any, Final, Literal, NamedTuple

from zarr.crud._cli.failures import UsageError

type Index = int | slice | EllipsisType | list[int] | list[slice]

_INTEGER: Final = re.compile(r"[+-]?\d[\d_]*")
# What lies between two commas: a list, or no bracket at all.
_ITEM: Final = re.compile(r"\s*(\[[^\[\]]*\]|[^,\[\]]*[^,\[\]\s])\s*(?:,|$)")


class Selected(NamedTuple):
    """A selection, and its dialect."""

    selection: Any
    kind: Literal["basic", "orthogonal"]


def parsed(text: str) -> Selected:
    """Return the selection that a text means.

    >>> parsed("0:10, ..., 3")
    Selected(selection=(slice(0, 10, None), Ellipsis, 3), kind='basic')
    >>> parsed("[1,5,9], ::2").kind
    'orthogonal'

    Raises
    ------
    UsageError
        The text is no selection.
    """
    items = [_index(item) for item in _split(text)]
    _refuse_brackets_around_all(text, items)
    kind: Any = "orthogonal" if any(isinstance(item, list) for item in items) else "basic"
    return Selected(tuple(items), kind)


def _refuse_brackets_around_all(text: str, items: list[Index]) -> None:
    """Refuse ``[1:3, ::2]``: its author may mean two axes, or two slices of one axis."""
    alone = items[0] if len(items) == 1 else None
    if isinstance(alone, list) and len(alone) > 1 and isinstance(alone[0], slice):
        inner = text.strip()[1:-1]
        raise UsageError(
            f"{text!r} is a list of slices of the first axis alone; write {inner!r} for one "
            f"slice an axis, or '{text.strip()}, ...' for the list"
        )


def _split(text: str) -> list[str]:
    items, end = [], 0
    while end < len(text):
        found = _ITEM.match(text, end)
        if found is None:
            raise _wrong(text)
        items.append(found[1])
        end = found.end()
    if not items:
        raise _wrong(text)
    return items


def _index(text: str) -> Index:
    if text == "...":
        return ...
    if text.startswith("["):
        if not text[1:-1].strip():
            return list[int]()
        inner = [_index(item) for item in _split(text[1:-1])]
        if all(isinstance(item, int) for item in inner):
            return [item for item in inner if isinstance(item, int)]
        if all(isinstance(item, slice) for item in inner):
            return [item for item in inner if isinstance(item, slice)]
        raise _wrong(text)
    if ":" in text:
        bounds = [None if not part.strip() else _integer(part) for part in text.split(":")]
        if len(bounds) > 3 or bounds[2:] == [0]:
            raise _wrong(text)
        return slice(*bounds)
    return _integer(text)


def _integer(text: str) -> int:
    if _INTEGER.fullmatch(text.strip()) is None:
        raise _wrong(text)
    return int(text.replace("_", ""))


def _wrong(text: str) -> UsageError:
    return UsageError(
        f"{text!r} is no selection; write what stands in brackets in Python, such as "
        "'0:10, ..., 3' or '[1,5,9], ::2'"
    )
