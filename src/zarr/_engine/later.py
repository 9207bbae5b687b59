"""Code that the seams call, imported at its first use, so that `import zarr` takes no longer."""

from __future__ import annotations

import os
import sys
from functools import partial, wraps
from importlib import import_module
from inspect import iscoroutinefunction, markcoroutinefunction
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_PACKAGE: Final = "zarr._engine"
_AT_FIRST_USE: Final = ("zarr", "_zarrs_bindings", "zarrista")

_modules: Final[set[str]] = set()
"""The modules that have a first use."""


def later[F: Callable[..., Any]](native: F, module: str, maker: str) -> F:
    """Return what `maker` of a module of this package makes of `native`, at the first call."""
    _modules.add(module)
    made: Callable[..., Any] | None = None

    @wraps(native)
    def method(*args: Any, **kwargs: Any) -> Any:
        nonlocal made
        if made is None:
            # Threads may make one each: all are equal.
            made = getattr(_imported(module), maker)(native)
        return made(*args, **kwargs)

    shown: Any = markcoroutinefunction(method) if iscoroutinefunction(native) else method
    return shown  # type: ignore[no-any-return]


def made_later(module: str, maker: str) -> Callable[[Any], Any]:
    """Return `maker` as a decorator that works at the first call of what it decorates."""
    return partial(later, module=module, maker=maker)


def called_later(module: str, name: str) -> Callable[..., Any]:
    """Return a function that calls one of a module of this package, imported at its first call."""
    _modules.add(module)

    def call(*args: Any) -> Any:
        return getattr(_imported(module), name)(*args)

    return call


def found_later(package: str, places: Mapping[str, tuple[str, str]]) -> Callable[[str], Any]:
    """Return the function `__getattr__` of a package, for names with their module and name there.

    A name is an attribute of the package once it was found.
    """
    _modules.update(module for module, _ in places.values())

    def __getattr__(name: str) -> Any:
        if name not in places:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        module, there = places[name]
        value = getattr(_imported(module), there)
        setattr(sys.modules[package], name, value)
        return value

    return __getattr__


def _imported(module: str) -> Any:
    return import_module(f"{_PACKAGE}.{module}")


def _complete() -> None:
    """Import all modules before a fork: its child could wait forever for one half imported."""
    # Where no other thread runs Python, none is importing.
    if len(sys._current_frames()) > 1:
        for module in sorted(_modules):
            _imported(module)
        waited: set[str] = set()
        while half := _half_imported() - waited:
            waited |= half
            for name in half:
                import_module(name)


def _half_imported() -> set[str]:
    """Return the modules that a thread is importing, of those that are imported at a first use."""
    return {
        name
        for name, module in list(sys.modules.items())
        if name.partition(".")[0] in _AT_FIRST_USE
        and getattr(getattr(module, "__spec__", None), "_initializing", False)
    }


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_complete)
