"""A dictionary of members that are parsed when somebody asks for them."""

from __future__ import annotations

import copy
import json
import operator
import pickle
from contextlib import suppress
from threading import Barrier, BrokenBarrierError, Thread
from typing import TYPE_CHECKING, Any

import pytest

from zarr._engine.metadata.lazy_members import LazyMembers, Unparsed

if TYPE_CHECKING:
    from collections.abc import Callable

PLAIN = {"a": 1, "b": "two", "c": [3]}


def lazy(calls: list[str] | None = None) -> LazyMembers:
    """The same members, unparsed; `calls` receives the names that are parsed."""

    def parser(name: str) -> Callable[[], Any]:
        def parse() -> Any:
            if calls is not None:
                calls.append(name)
            return copy.copy(PLAIN[name])

        return parse

    return LazyMembers({name: Unparsed(parser(name)) for name in PLAIN})


WAYS: dict[str, Callable[[Any], Any]] = {
    "item": lambda members: members["b"],
    "get": lambda members: (members.get("b"), members.get("z"), members.get("z", 7)),
    "values": lambda members: list(members.values()),
    "items": lambda members: list(members.items()),
    "dict": dict,
    "unpacked": lambda members: {**members},
    "keywords": lambda members: dict(**members),
    "updated": lambda members: [made := {"z": 0}, made.update(members)][0],
    "or": lambda members: members | {"z": 0},
    "ror": lambda members: {"z": 0} | members,
    "ior": lambda members: members.__ior__({"a": 0}),
    "ior of a dict": lambda members: {"z": 0}.__ior__(members),
    "copy": lambda members: members.copy(),
    "copied": copy.copy,
    "deep": copy.deepcopy,
    "pickle": lambda members: pickle.loads(pickle.dumps(members)),
    "pickle 0": lambda members: pickle.loads(pickle.dumps(members, 0)),
    "json": json.dumps,
    "repr": repr,
    "list": list,
    "reversed": lambda members: list(reversed(members)),
    "sorted": sorted,
    "length": len,
    "in": lambda members: ("a" in members, "z" in members, bool(members)),
    "pop": lambda members: (members.pop("b"), members.pop("z", 7), dict(members)),
    "popitem": lambda members: (members.popitem(), dict(members)),
    "setdefault": lambda members: (members.setdefault("b", 0), members.setdefault("z", 1)),
    "set": lambda members: [members.__setitem__("b", 5), dict(members)],
    "delete": lambda members: [members.__delitem__("b"), dict(members)],
    "equal": lambda members: (members == PLAIN, members == {"a": 1}, members == 3),
    "reflected": lambda members: (operator.eq(PLAIN, members), operator.ne(PLAIN, members)),
    "unequal": lambda members: (members != PLAIN, members != {"a": 1}),
    "match": lambda members: _matched(members),
}


def _matched(members: Any) -> Any:
    match members:
        case {"b": value, **rest}:
            return value, rest
    return None


@pytest.mark.parametrize("way", WAYS)
def test_nobody_sees_an_unparsed_member(way: str) -> None:
    """Catches a way to a member on which it is not parsed."""
    assert WAYS[way](lazy()) == WAYS[way](dict(PLAIN))


def test_a_member_is_parsed_when_it_is_asked_for_and_once() -> None:
    """Catches members that are parsed for others, or at each access."""
    calls: list[str] = []
    members = lazy(calls)
    assert len(members) == 3
    assert list(members) == ["a", "b", "c"]
    assert "c" in members
    assert calls == []
    first = members["c"]
    assert members["c"] is first is members.get("c")
    assert calls == ["c"]
    assert members == PLAIN
    assert calls == ["c", "a", "b"]
    assert lazy() == lazy()


def test_a_member_that_cannot_be_parsed_is_an_error_each_time() -> None:
    """Catches a damaged member that is returned the second time, or that hides the others."""

    def refuse() -> Any:
        raise ValueError("damaged")

    members = LazyMembers({"good": 1, "bad": Unparsed(refuse)})
    ways: list[Callable[[], Any]] = [lambda: members["bad"], lambda: members.pop("bad")]
    for ask in (*ways, members.popitem, members.values, *ways):
        with pytest.raises(ValueError, match="damaged"):
            ask()
    assert list(members) == ["good", "bad"]
    assert members["good"] == 1
    del members["bad"]
    assert members.popitem() == ("good", 1)
    with pytest.raises(KeyError, match="empty"):
        members.popitem()
    with pytest.raises(KeyError, match="none"):
        _ = members["none"]


def test_threads_get_one_object() -> None:
    """Catches two objects for one member, of which one loses a change of its attributes."""
    barrier, found = Barrier(8), []
    members = LazyMembers({"a": Unparsed(lambda: [barrier.wait(60)])})

    def ask() -> None:
        found.append(members["a"])

    threads = [Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(one) for one in found}) == 1


class Step(str):
    """A name; whoever looks it up waits until another thread does."""

    __slots__ = ("barrier",)
    barrier: Barrier

    def __hash__(self) -> int:
        with suppress(BrokenBarrierError):
            self.barrier.wait(10)
        return super().__hash__()

    __eq__ = str.__eq__


def test_threads_in_step_get_one_object() -> None:
    """Catches a member that is looked at in one step and stored in another."""
    found: list[Any] = []
    name = Step("a")
    name.barrier = Barrier(2)
    members = LazyMembers({"a": Unparsed(list)})
    threads = [Thread(target=lambda: found.append(members[name])) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found[0] is found[1] is members["a"]


def test_views_show_the_members_of_one_moment() -> None:
    """Catches a list of members that stores them again after they were deleted."""
    members: LazyMembers

    def deleted() -> str:
        members.pop("b", None)
        return "old"

    members = LazyMembers({"a": Unparsed(deleted), "b": 2})
    assert list(members.items()) == [("a", "old"), ("b", 2)]
    assert list(members) == ["a"]


def test_a_member_that_is_replaced_meanwhile_stays_replaced() -> None:
    """Catches a parsed member that overwrites, or brings back, what another thread has changed."""
    members: LazyMembers

    def replaced() -> str:
        members["a"] = "new"
        return "old"

    def deleted() -> str:
        del members["b"]
        return "old"

    members = LazyMembers({"a": Unparsed(replaced), "b": Unparsed(deleted)})
    assert members["a"] == "new"
    assert members["b"] == "old"
    assert dict(members) == {"a": "new"}
