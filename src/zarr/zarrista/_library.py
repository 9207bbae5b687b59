"""The library `zarrista`: imported at first use, called, and refused in forked children."""

from __future__ import annotations

import os
import sys
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

from zarr.core.sync import SyncError
from zarr.crud.backends import errors

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from types import ModuleType

LIBRARY: Final = "zarrista"

RELEASES: Final = "0.1."
"""The releases that the backend was compared with; later ones may do something else."""

HOW_TO_GET_IT: Final = f"run `pip install '{LIBRARY}=={RELEASES}*'`"

_lost: bool = False


class LibraryError(Exception):
    """The library has failed: the store did, the stored bytes are damaged, or it has a defect."""


def is_available() -> bool:
    """Return whether the library is installed, in a release that the backend knows."""
    return missing() is None


def missing() -> str | None:
    """Return why the library cannot be used, and how to get it; `None` if it can."""
    if find_spec(LIBRARY) is None:
        return f"the package {LIBRARY!r} is not installed; {HOW_TO_GET_IT}"
    try:
        found = version(LIBRARY)
    except PackageNotFoundError:
        return f"the module {LIBRARY!r} is not of a package of that name; {HOW_TO_GET_IT}"
    if found.startswith(RELEASES):
        return None
    return f"the package {LIBRARY!r} is of the release {found}; {HOW_TO_GET_IT}"


def lost() -> str | None:
    """Return why this process cannot use the library; `None` if it can."""
    if not _lost:
        return None
    return (
        f"this process was forked after {LIBRARY} had been loaded: the threads of the library do "
        "not exist here, and a call might never end; start processes by the method 'spawn' or "
        "'forkserver'"
    )


@cache
def library() -> ModuleType:
    """Return the library.

    Raises
    ------
    BackendUnavailableError
        It is not installed, or does not load.
    """
    try:
        import zarrista
    except ImportError as err:
        reason = missing() or f"the package {LIBRARY!r} does not load: {err}; {HOW_TO_GET_IT}"
        said = f"the backend 'zarrista' is not available: {reason}"
        raise errors.BackendUnavailableError(said) from err
    return zarrista


def called[T](function: Callable[..., T], *arguments: Any, **options: Any) -> T:
    """Call a function of the library.

    Raises
    ------
    LibraryError
        The library raised anything of its own, a panic included.
    """
    try:
        return function(*arguments, **options)
    except BaseException as err:
        raise_of_library(err)
        raise


async def awaited[T](function: Callable[..., Awaitable[T]], *arguments: Any, **options: Any) -> T:
    """Await a function of the library; see `called`."""
    try:
        return await function(*arguments, **options)
    except BaseException as err:
        raise_of_library(err)
        raise


def raise_of_library(err: BaseException) -> None:
    """Raise a `LibraryError` for what the library raised, and nothing for interrupts."""
    # A panic of the library is no `Exception`; its class cannot be imported.
    is_panic = type(err).__name__ == "PanicException"
    if is_panic or (isinstance(err, Exception) and not isinstance(err, (SyncError, MemoryError))):
        raise LibraryError(str(err) or type(err).__name__) from err


def _forget() -> None:
    global _lost
    _lost = _lost or LIBRARY in sys.modules


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
