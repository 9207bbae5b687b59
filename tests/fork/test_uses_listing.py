"""The listings of the uses are complete."""

from __future__ import annotations

import ast
import re

from fork.definition import Defined
from fork.uses import Use
from fork.uses_listing import full_listing, short_listing


def test_the_listings_leave_nothing_out(real_uses: list[Use]) -> None:
    """Catches a listing that is short because uses are missing."""
    short, full = list(short_listing(real_uses)), list(full_listing(real_uses))
    assert len(short) <= 177
    words = re.split(r"[ ,;]+", " ".join(short))
    for use in real_uses:
        assert use.defined is not None
        if use.kind != "method":
            assert use.name.rpartition(".")[2] in words
        guard = use.defined.guard if use.guarded else "no guard"
        place = f"{use.defined.module}.{use.defined.name}"
        at = full.index(f"{use.name}  {guard}  {place}")
        assert full[at + 1 : at + 1 + len(use.users)] == [f"    src/zarr/{u}" for u in use.users]


def use(name: str, kind: str, *users: str, place: str = "", guarded: bool = True) -> Use:
    """A use that upstream defines at `place`, or not at all."""
    module, _, own = place.partition(":")
    node = ast.parse(f"def {name.rpartition('.')[2]}(): ...").body[0]
    return Use(name, Defined(module, own, (node,)) if place else None, users, guarded, kind)


ARRAY = "zarr.core.array:Array"
REST = "2 private attributes, 1 names without guard"
USES = [
    use("zarr.abc.Open", "name", "a.py", place="zarr.abc:Open", guarded=False),
    use("zarr.core.array.Array", "name", "a.py", "b.py", "c.py", "d.py", place=ARRAY),
    use("zarr.core.array.Array.get", "method", "a.py", place=f"{ARRAY}.get"),
    use("zarr.core.array.Array.put", "method", "a.py", place=f"{ARRAY}.put"),
    use("zarr.core.array.Array.__len__", "replaced", "b.py", place=f"{ARRAY}.__len__"),
    use("zarr.core.array.Array._grid", "private", "a.py", place=f"{ARRAY}._grid"),
    use("zarr.core.array.Group._grid", "private", "b.py", place="zarr.core.array:Group._grid"),
    use("zarr.core.gone", "name", "a.py"),
    use("zarr.core.Part", "name", "a.py", place="zarr.core.things:Thing"),
]


def test_the_short_listing_has_each_use_in_its_place() -> None:
    """Catches a re-export without its defining module, or a deleted name that looks like the
    others.
    """
    guard = {u.name.rpartition(".")[2]: u.defined.guard for u in USES if u.defined}
    assert list(short_listing(USES)) == [
        f"zarr.core: gone not defined < a; Part {guard['Part']} of zarr.core.things < a",
        f"zarr.core.array: Array {guard['Array']} (2 methods) < a, b +2",
        "methods that our decorators replace",
        "  zarr.core.array.Array: __len__ < b",
        "private attributes, in every class that has one of the name",
        f"  _grid {guard['_grid']} ... of Array, Group < a, b",
        "names of documented modules, without guard, and how many files use each",
        "  zarr.abc: Open 1",
        f"9 uses: 3 guarded names, 2 methods of theirs, 1 replaced methods, {REST}",
    ]


def test_the_full_listing_has_every_user_on_a_line() -> None:
    """Catches a full listing that leaves out users after the second, as the short one does."""
    text = "\n".join(full_listing(USES))
    users = "".join(f"\n    src/zarr/{name}.py" for name in "abcd")
    assert f"zarr.core.array.Array{users}\n" in text
    assert "zarr.core.gone  no guard  not defined\n    src/zarr/a.py\n" in text
    assert text.endswith("1 names without guard")


def test_no_uses_make_a_listing_of_headings() -> None:
    """Catches a listing that fails, instead of saying so, when no uses are found."""
    assert len(list(short_listing([]))) == 4
    assert list(full_listing([])) == [list(short_listing([]))[-1]]
