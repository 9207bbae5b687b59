"""The members of a group from its consolidated metadata, each parsed when it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Self

if TYPE_CHECKING:
    from _collections_abc import dict_items, dict_values
    from collections.abc import Callable, Iterator

_MISSING: Final = object()


class Unparsed:
    """Stands for a member that is parsed when somebody asks for it."""

    __slots__ = ("_made", "_parse")

    def __init__(self, parse: Callable[[], Any]) -> None:
        self._parse: Callable[[], Any] | None = parse
        self._made: dict[str, Any] = {}

    @property
    def is_left(self) -> bool:
        """Whether nobody has asked."""
        return self._parse is not None

    def parsed(self) -> Any:
        """Return the member, to all threads the same object."""
        parse = self._parse
        if parse is not None:
            # One step of the interpreter. A child process could inherit a lock locked.
            self._made.setdefault("made", parse())
            self._parse = None
        return self._made["made"]


class LazyMembers(dict[str, Any]):
    """A `dict` of names and metadata objects; values that are `Unparsed` are parsed at access.

    Everything but `len`, `in` and the names parses what it returns or compares. The same object is
    returned each time. Copies and pickles are ordinary dictionaries of parsed members; `values` and
    `items` show the members at the time of the call. If a member cannot be parsed, each access to
    it raises the error, and removes nothing.
    """

    __slots__ = ()
    __hash__ = None

    def _parsed(self, name: str, value: Any) -> Any:
        if type(value) is not Unparsed:
            return value
        made = value.parsed()
        # It is not stored in place of the other: another thread may just have replaced the member.
        now = dict.get(self, name, value)
        return made if now is value else self._parsed(name, now)

    def _whole(self) -> dict[str, Any]:
        return {name: self._parsed(name, value) for name, value in list(dict.items(self))}

    def __getitem__(self, name: str, /) -> Any:
        """Return a member, parsed."""
        return self._parsed(name, dict.__getitem__(self, name))

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names.

        Defined here because `dict(members)` and `{**members}` copy the values unseen from a
        subclass that has the iterator of `dict`.
        """
        return dict.__iter__(self)

    def get(self, name: str, default: Any = None, /) -> Any:
        """Return a member, parsed, or the default."""
        value = dict.get(self, name, _MISSING)
        return default if value is _MISSING else self._parsed(name, value)

    def values(self) -> dict_values[str, Any]:
        """Return the members, all parsed."""
        return self._whole().values()

    def items(self) -> dict_items[str, Any]:
        """Return names and members, all parsed."""
        return self._whole().items()

    def pop(self, name: str, *default: Any) -> Any:
        """Remove a member, and return it parsed."""
        self.get(name)
        value = dict.pop(self, name, *default)
        return value.parsed() if type(value) is Unparsed else value

    def popitem(self) -> tuple[str, Any]:
        """Remove the last member, and return its name and the member parsed."""
        for name in reversed(list(self)):
            found = self.pop(name, _MISSING)
            if found is not _MISSING:
                return name, found
        return dict.popitem(self)

    def setdefault(self, name: str, default: Any = None, /) -> Any:
        """Return a member, parsed, or store the default."""
        return self._parsed(name, dict.setdefault(self, name, default))

    def copy(self) -> dict[str, Any]:
        """Return an ordinary dictionary of the parsed members."""
        return self._whole()

    __copy__ = copy

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, dict):
            return NotImplemented
        if isinstance(other, LazyMembers):
            other = other._whole()
        return len(self) == len(other) and self._whole() == other

    def __ne__(self, other: object) -> bool:
        same = self.__eq__(other)
        return same if same is NotImplemented else not same

    def __repr__(self) -> str:
        return repr(self._whole())

    def __or__(self, other: Any) -> Any:
        return self._whole() | other

    def __ror__(self, other: Any) -> Any:
        return other | self._whole()

    def __ior__(self, other: Any) -> Self:  # type: ignore[override]
        self.update(other)
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        """Return what a copy is made of: another process may not have this class."""
        return dict, (self._whole(),)

    def __reduce_ex__(self, _protocol: Any) -> tuple[Any, ...]:
        return self.__reduce__()
