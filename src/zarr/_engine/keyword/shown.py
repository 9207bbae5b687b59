"""Decorators that show the keyword `engine`, and leave what it does to code imported later."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zarr._engine.keyword.docstrings import shows_engine
from zarr._engine.later import later

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    class Shown[**P](Protocol):
        """Gives a function the parameters `P`; its return type is unchanged."""

        def __call__[R](self, function: Callable[..., R], /) -> Callable[P, R]: ...


class Unseen:
    """Stands for a module of signatures, at which only type checkers look."""

    def __getattr__(self, name: str) -> None:
        """Return nothing."""


def shown_as[**P](_signature: Callable[P, object]) -> Shown[P]:
    """Show the keyword at run time, and the parameters of `_signature` to type checkers."""
    return shows_engine


def passed_as[**P](_signature: Callable[P, object], *, checked: bool = False) -> Shown[P]:
    """Add the keyword to a function, and pass it to the functions it calls through the context.

    `checked`: arrays that the engine does not serve are refused before the function does anything.
    Type checkers see the parameters of `_signature`.
    """
    return shown_later("keyword.context", "passing_checked" if checked else "passing")


def shown_later(module: str, maker: str) -> Callable[[Any], Any]:
    """Return a decorator that shows the keyword, and makes at the first call what takes it."""

    def decorate(function: Any) -> Any:
        return shows_engine(later(function, module, maker))

    return decorate
