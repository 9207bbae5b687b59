"""Options as callers write them, checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Final

from zarr.crud._arguments import shown
from zarr.crud._options import Options

FIELDS: Final = tuple(field.name for field in fields(Options))


def checked(options: Any, whole: str, each: str) -> dict[str, Any]:
    """Return options by field, `None` where one is left out.

    Raises
    ------
    TypeError
        They are no options, or there is none of a name; `whole` is what they are called.
    ValueError
        An option does not have such a value; `each` is what one is called.
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
        # The configuration takes both spellings for one.
        field = name.replace("-", "_") if isinstance(name, str) else name
        if field not in FIELDS:
            raise TypeError(f"{whole} names {name!r}, which is no option; use {', '.join(FIELDS)}")
        found[field] = None if value is None else checked_value(field, value, each)
    return found


def checked_value(field: str, value: Any, each: str) -> Any:
    try:
        return getattr(Options(**{field: value}), field)
    except ValueError as err:
        reason = str(err).removeprefix(field)
    raise ValueError(each.format(field, field.upper()) + reason)
