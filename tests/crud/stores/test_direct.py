"""Stores that reach the values of another store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from zarr.abc.store import OffsetByteRequest, RangeByteRequest, SuffixByteRequest
from zarr.core.buffer.cpu import Buffer, buffer_prototype
from zarr.crud import Location
from zarr.crud._stores.direct import DirectStore
from zarr.crud._stores.event_loop import finish, is_synchronous
from zarr.crud._stores.location import delete_keys, get, get_each, put, put_new
from zarr.crud._stores.trees import delete_tree, list_keys, list_names, list_prefixes
from zarr.storage import MemoryStore

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Direct(DirectStore):
    """The values of a dictionary, reached directly."""

    def __init__(self, *, read_only: bool = False, has_condition: bool = True) -> None:
        super().__init__(MemoryStore(read_only=read_only))
        self.values: dict[str, bytes] = {}
        self.has_condition = has_condition
        self.calls: list[str] = []

    def get_many(
        self, requests: Sequence[tuple[str, int | None, int | None]]
    ) -> list[bytes | None]:
        self.calls.append("get_many")
        return [self._part(*request) for request in requests]

    def _part(self, key: str, start: int | None, length: int | None) -> bytes | None:
        value = self.values.get(key)
        if value is None:
            return None
        if start is None:
            return value if length is None else value[-length:]
        return value[start:] if length is None else value[start : start + length]

    def start_get(self, key: str) -> Callable[[], bytes | None]:
        self.calls.append("start_get")
        return lambda: self.values.get(key)

    def put(self, key: str, value: Any) -> None:
        self.calls.append("put")
        self.values[key] = bytes(value)

    def put_absent(self, key: str, value: Any) -> bool | None:
        if not self.has_condition:
            return super().put_absent(key, value)
        return self.values.setdefault(key, bytes(value)) is value

    def delete_many(self, keys: list[str]) -> None:
        self.calls.append("delete_many")
        for key in keys:
            self.values.pop(key, None)

    def list_below(self, path: str) -> list[str]:
        self.calls.append("list_below")
        return [key for key in self.values if not path or key.startswith(f"{path}/")]

    def list_level(self, path: str) -> tuple[list[str], list[str]]:
        self.calls.append("list_level")
        start = f"{path}/" if path else ""
        below = [key.removeprefix(start).split("/") for key in self.list_below(path)]
        keys = [start + name for name, *more in below if not more]
        return keys, sorted({start + name for name, *more in below if more})


KEYS = ["a/c/0", "a/zarr.json", "ab", "zarr.json"]


def filled() -> Direct:
    direct = Direct()
    direct.values = {key: key.encode() for key in KEYS}
    return direct


def test_its_methods_are_those_of_a_store() -> None:
    """Catches a range that is another one, or a method that suspends without an event loop."""
    direct, prototype = filled(), buffer_prototype
    ranges = [None, RangeByteRequest(1, 3), OffsetByteRequest(3), SuffixByteRequest(2)]
    expected = [b"a/c/0", b"/c", b"/0", b"/0"]
    for span, value in zip(ranges, expected, strict=True):
        found = direct.get_sync("a/c/0", prototype=prototype, byte_range=span)
        assert found is not None
        assert found.to_bytes() == value
        again = finish(direct.get("a/c/0", prototype, span))
        assert again is not None
        assert again.to_bytes() == value
    several = finish(direct.get_partial_values(prototype, [("ab", None), ("none", None)]))
    assert [value and value.to_bytes() for value in several] == [b"ab", None]
    with pytest.raises(ValueError, match="byte_range"):
        direct.get_sync("ab", byte_range=5)  # type: ignore[arg-type]
    assert finish(direct.exists("ab"))
    assert not finish(direct.exists("none"))
    finish(direct.set("new", Buffer.from_bytes(b"x")))
    finish(direct.delete("ab"))
    assert set(direct.values) == {*KEYS, "new"} - {"ab"}
    assert (direct.supports_writes, direct.supports_deletes, direct.supports_listing) == (True,) * 3


@pytest.mark.parametrize(
    ("method", "arguments", "expected"),
    [
        ("list", (), KEYS),
        ("list_prefix", ("a/",), KEYS[:2]),
        ("list_dir", ("",), ["a", "ab", "zarr.json"]),
        ("list_dir", ("a/",), ["c", "zarr.json"]),
    ],
)
def test_it_lists_as_a_store(method: str, arguments: tuple[str], expected: list[str]) -> None:
    """Catches names that are not relative to the path, or that are listed twice."""

    async def collect() -> list[str]:
        return [key async for key in getattr(filled(), method)(*arguments)]

    assert finish(collect()) == expected


def test_it_has_the_name_of_the_other_store() -> None:
    """Catches messages and locks that name an object that the user does not have."""
    direct, other = Direct(), Direct()
    assert (str(direct), repr(direct)) == (str(direct.reached), repr(direct.reached))
    assert direct == direct
    assert direct == other
    assert direct != Direct(read_only=True)
    assert direct != direct.reached
    assert is_synchronous(direct)
    for change in (
        lambda: put(Direct(read_only=True), "a", b""),
        lambda: put_new(Direct(read_only=True), "a", b""),
        lambda: Direct(read_only=True).delete_sync("a"),
    ):
        with pytest.raises(ValueError, match="read-only"):
            change()


def test_many_keys_take_one_call() -> None:
    """Catches keys that are requested, listed or deleted one by one, or through an event loop."""
    direct = filled()

    def calls(work: Callable[[], object], expected: object, *names: str) -> None:
        direct.calls.clear()
        assert work() == expected
        assert direct.calls == list(names)

    def each() -> list[bytes | None]:
        found = get_each(direct, ["ab", "none", "zarr.json"], buffer_prototype)
        return [None if value is None else value.to_bytes() for value in found]

    calls(each, [b"ab", None, b"zarr.json"], "get_many")
    calls(lambda: get(direct, "none"), None, "get_many")
    calls(lambda: list_keys(Location(direct, "a")), ["c/0", "zarr.json"], "list_below")
    calls(lambda: list_names(Location(direct, ""))[0], "a", "list_level", "list_below")
    calls(lambda: list_prefixes(Location(direct, "")), ["a"], "list_level", "list_below")
    calls(lambda: list_prefixes(Location(direct, "a")), ["c"], "list_level", "list_below")
    calls(lambda: delete_keys(direct, ["zarr.json", "none"]), None, "delete_many")
    calls(lambda: delete_tree(Location(direct, "a")), None, "list_below", "delete_many")
    assert list(direct.values) == ["ab"]


def test_a_new_value_replaces_none_where_there_is_a_condition() -> None:
    """Catches a condition that is not used, and a value that is lost where there is none."""
    direct = filled()
    assert put_new(direct, "new", b"x")
    assert not put_new(direct, "new", b"y")
    assert direct.values["new"] == b"x"
    for store in (Direct(has_condition=False), MemoryStore()):
        assert put_new(store, "new", b"x")
        assert put_new(store, "new", b"y")
        found = get(store, "new")
        assert found is not None
        assert found.to_bytes() == b"y"
