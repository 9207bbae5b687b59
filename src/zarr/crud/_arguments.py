"""Errors for arguments of the wrong type: one sentence with what was given and what is accepted.

Valid arguments are checked where they are used, at no cost. These functions run only for invalid or
rare ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from zarr.crud._options import DEFAULT_OPTIONS, Options

if TYPE_CHECKING:
    from collections.abc import Sequence

_OF_ENGINE: Final = "_is_of_engine"


def of_engine[E: Exception](error: E) -> E:
    """Mark an error as one about an engine, and return it."""
    setattr(error, _OF_ENGINE, True)
    return error


def is_of_engine(error: Exception) -> bool:
    """Return whether an error is about an engine rather than the document that is being parsed."""
    return getattr(error, _OF_ENGINE, False)


def checked_options(options: object) -> Options:
    """Return the options of a call; the default options if none are given."""
    if options is None:
        return DEFAULT_OPTIONS
    if isinstance(options, Options):
        return options
    raise TypeError(
        f"options is {shown(options)}; use an Options object, such as Options(concurrency=1)"
    )


def checked_flag(name: str, given: object) -> bool:
    """Return a flag that decides whether data is lost; refuse other truthy values."""
    if isinstance(given, (bool, int, np.bool_)) and given in (False, True):
        return bool(given)
    raise TypeError(f"{name} is {shown(given)}; use True or False")


def is_word(given: object, words: Sequence[str]) -> bool:
    """Return whether an argument is one of the words; NumPy compares arrays element by element."""
    return isinstance(given, str) and given in words


def wrong_word(name: str, given: object, words: Sequence[str]) -> TypeError | ValueError:
    """The error for an argument that is not one of its words."""
    error = ValueError if isinstance(given, str) else TypeError
    return error(f"{name} is {shown(given)}; use {listed(words, 'or')}")


def bytes_of(data: object) -> memoryview:
    """Return the bytes of a bytes-like object in C order.

    Otherwise a number would become as many zeros, and a list of numbers the bytes of its values.
    """
    try:
        view = memoryview(data)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        # NumPy has no buffer of dates; the `ValueError` reports that.
        raise TypeError(f"data is {shown(data)}; use bytes, or what has a buffer of them") from None
    return view.cast("B") if view.c_contiguous and view.nbytes else memoryview(view.tobytes())


def listed(words: Sequence[str], link: str) -> str:
    """Quoted words, as a sentence lists them."""
    *most, last = map(repr, words)
    return f"{', '.join(most)} {link} {last}" if most else last


def shown(given: Any) -> str:
    """The argument as text, short enough for a sentence."""
    text = " ".join(repr(given).split())
    return text if len(text) <= 80 else f"{text[:77]}..."
