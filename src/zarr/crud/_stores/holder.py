"""What holds the chunks of a batch of writes, as the store in front of it sees it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from zarr.crud._options import Options

type Meant = Callable[[Mapping[str, Any]], list[str]]
"""Which keys of chunks are meant; each chunk has the `path` of its array."""


class Taken(Protocol):
    """Chunks that are about to be replaced or deleted by others; nobody else writes them now."""

    def drop(self) -> None:
        """Forget them: they are replaced."""

    def give_back(self) -> None:
        """Hold them again: they were not replaced."""


class Holder(Protocol):
    """What holds the chunks of a batch, by their keys."""

    engine: Any
    """The engine of calls that name none."""
    options: Options
    """The options of calls that give none."""

    def check_open(self) -> None:
        """Refuse a batch that cannot be used here and now."""

    def holds(self, meant: Meant) -> bool:
        """Return whether any of these keys has a chunk that is held."""

    def write_out(self, meant: Meant) -> None:
        """Write the chunks of these keys."""

    def take_out(self, meant: Meant) -> Taken:
        """Take the chunks of these keys, so that nobody writes them meanwhile."""

    def backend(self, inner: Any) -> Any:
        """Return the backend that gathers the writes of another one."""


def one_of(*keys: str) -> Meant:
    """Mean these keys."""
    return lambda held: [key for key in dict.fromkeys(keys) if key in held]


def beginning(prefix: str) -> Meant:
    """Mean all keys that begin with a prefix."""
    # A copy at once: other threads may change the mapping.
    return lambda held: [key for key in list(held) if key.startswith(prefix)]


def below(path: str) -> Meant:
    """Mean all keys below a path; `""` is the whole store."""
    return beginning(start_of(path))


def among_names(path: str) -> Meant:
    """Mean the keys that decide which names are directly below a path.

    Not those of an array below it: its document decides that.
    """
    start = start_of(path)
    return lambda held: [
        key
        for key, chunk in list(held.items())
        if key.startswith(start) and not (chunk.path and chunk.path.startswith(start))
    ]


def unlisted(path: str, names: set[str]) -> Meant:
    """Mean the keys below a path whose names there are not among these: arrays with no document."""
    start = start_of(path)
    return lambda held: [
        key
        for key in list(held)
        if key.startswith(start) and key.removeprefix(start).partition("/")[0] not in names
    ]


def start_of(path: str) -> str:
    """Return what all keys below a path begin with."""
    return path if not path or path.endswith("/") else f"{path}/"
