"""Checks of options that callers give."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Final

from zarr.crud._arguments import shown
from zarr.crud._options import Options

FIELDS: Final = tuple(field.name for field in fields(Options))


def checked(options: Any, whole: str, each: str) -> dict[str, Any]:
    """Return options by field; `None` for one that is omitted.

    Raises
    ------
    TypeError
        They are not options, or one has an unknown name; `whole` is what the options are called.
    ValueError
        An option has an invalid value; `each` is what one option is called.
    """
    if isinstance(options, Options):
        return {name: getattr(options, name) for name in FIELDS}
    if not isinstance(options, Mapping):
        raise TypeError(
            f"{whole} is {shown(options)}; use a mapping such as {{'concurrency': 1}}, or "
            "zarr.crud.Options"
        )
    found = {}
    for name, value in options.items():
        # The configuration treats both spellings as one.
        field = name.replace("-", "_") if isinstance(name, str) else name
        if field not in FIELDS:
            raise TypeError(
                f"{whole} names {name!r}, which is not an option; use {', '.join(FIELDS)}"
            )
        found[field] = None if value is None else checked_value(field, value, each)
    return found


def checked_value(field: str, value: Any, each: str) -> Any:
    try:
        return getattr(Options(**{field: value}), field)
    except ValueError as err:
        reason = str(err).removeprefix(field)
    raise ValueError(each.format(field, field.upper()) + reason)
