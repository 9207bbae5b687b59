"""A definition of upstream's has a guard that trips when its meaning may have changed."""

from __future__ import annotations

import pytest

from tests.fork.uses_cases import TEXT, UPSTREAM, uses

THING = "zarr.core.things.Thing"


def _changed(old: str, new: str, path: str = "core/things.py") -> set[str]:
    """The uses of `TEXT` whose guard a change of the tiny upstream trips."""
    assert UPSTREAM[path].count(old) == 1
    before, after = uses(TEXT), uses(TEXT, {path: UPSTREAM[path].replace(old, new)})
    assert before.keys() == after.keys()
    guards = {n: (before[n].defined, after[n].defined) for n in before if before[n].guarded}
    return {n for n, (a, b) in guards.items() if a and b and a.guard != b.guard}


@pytest.mark.parametrize(
    ("change", "tripped"),
    [
        (("return size + 1", "return size + 2"), "zarr.core.things.grow"),
        (("def grow(size)", "def grow(size, by=1)"), "zarr.core.things.grow"),
        (("class Thing(base.Base)", "class Thing(base.Base, dict)"), THING),
        (("size: int = 1", "size: int = 2"), THING),
        (("return self.size\n", "return 1\n"), THING),
        (('{"size": self.size}', '{"length": self.size}'), f"{THING}.to_dict"),
        (("return self._path", "return 'a'", "core/base.py"), f"{THING}.resolve"),
        (('"_frozen", True', '"_frozen", False'), f"{THING}._frozen"),
    ],
)
def test_a_change_of_a_definition_trips_its_guard_alone(
    change: tuple[str, ...], tripped: str
) -> None:
    """A name that means something else by now; a class whose every change trips its guard."""
    assert _changed(*change) == {tripped}


@pytest.mark.parametrize(
    "change",
    [
        ("A thing.", "One thing."),
        ("As a dict.", "As another dict."),
        ("# how it grows", "# why it grows"),
        ("        return None", "        return 1"),
        ("return LIMIT", "return 4"),
        ("return 1", "return 2", "core/base.py"),
        ("class Open: ...", "class Open(dict): ...", "abc.py"),
    ],
)
def test_what_no_use_relies_on_trips_nothing(change: tuple[str, ...]) -> None:
    """Guards so wide that every release trips them, until nobody reads what they say."""
    assert _changed(*change) == set()
