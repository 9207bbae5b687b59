"""The attribute `engine` of nodes cannot be set; the error says what to do instead."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, ClassVar, Never, NoReturn


class Fixed:
    """A descriptor that cannot be set: other users of the same object would not notice."""

    instead: ClassVar[str]
    """A sentence with the reason and the alternative."""

    def __set__(self, instance: object, value: Never) -> NoReturn:
        """Refuse; type checkers do so too."""
        raise AttributeError(self.instead)

    def __delete__(self, instance: object) -> NoReturn:
        """Refuse, as for setting."""
        raise AttributeError(self.instead)


def tells_of_engine[T](cls: type[T]) -> type[T]:
    """Let a frozen dataclass raise the error of its descriptor `engine`, which says what to do."""
    frozen: Any = cls
    for method in ("__setattr__", "__delattr__"):
        setattr(frozen, method, _telling(getattr(frozen, method)))
    return cls


def _telling(native: Callable[..., None]) -> Callable[..., None]:
    plain = getattr(object, native.__name__)

    @wraps(native)
    def method(self: Any, name: str, *value: Any) -> None:
        # The class refuses every attribute, with a message that names only the field.
        (plain if name == "engine" else native)(self, name, *value)

    return method
