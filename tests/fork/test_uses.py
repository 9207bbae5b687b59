"""What our packages rely on in upstream is found, recorded, and guarded."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from fork.fetch import ROOT
from fork.names import Modules
from fork.uses import Use, find_uses, needs_guard, read_checkout
from fork.uses_listing import full_listing, short_listing
from fork.uses_record import FILE, dump_record, survey_uses
from tests.fork.uses_cases import TEXT, UNUSED, UPSTREAM, USED, uses

if TYPE_CHECKING:
    from fork.upstream import Upstream

THING = "zarr.core.things.Thing"


@pytest.fixture(scope="module")
def real_uses(real_upstream: Upstream) -> list[Use]:
    known = Modules(real_upstream.files)
    return find_uses(read_checkout(ROOT, known), known)


def test_every_use_is_recorded_and_every_guard_is_that_of_the_pinned_release(
    real_upstream: Upstream,
) -> None:
    """A new import from zarr.core, or a changed upstream, that nobody has looked at."""
    assert list(survey_uses(ROOT, real_upstream.files)) == []


def test_the_record_is_what_write_makes(real_uses: list[Use]) -> None:
    """A file mended by hand, whose next renewal changes lines that nobody touched."""
    assert (ROOT / FILE).read_text(encoding="utf-8") == dump_record(real_uses)


def test_the_real_uses_hold_those_that_are_known(real_uses: list[Use]) -> None:
    """A reader of syntax that sees little, and finds everything recorded."""
    names = {use.name for use in real_uses}
    assert names >= {
        "zarr.abc.store.Store",
        "zarr.core.array.Array.__getitem__",
        "zarr.core.array.Array.set_mask_selection",
        "zarr.core.array.AsyncArray._chunk_grid",
        "zarr.core.config.config",
        "zarr.core.group.AsyncGroup.zeros_like",
        "zarr.core.sync._get_loop",
        "zarr.codecs.numcodecs._codecs._NumcodecsCodec._codec",
        "zarr.storage._local.LocalStore._ensure_open_sync",
    }
    assert all(use.guarded == (needs_guard(use.name)) for use in real_uses)
    assert not any(
        use.name.startswith(("zarr.crud", "zarr.zarrs", "zarr._engine")) for use in real_uses
    )


@pytest.mark.parametrize("name", USED)
def test_every_use_of_upstream_is_found(name: str) -> None:
    """A use that reaches upstream in a way that the reader does not know."""
    text, expected = USED[name]
    assert uses(text).keys() == expected


@pytest.mark.parametrize("name", UNUSED)
def test_what_is_not_upstreams_is_no_use(name: str) -> None:
    """A record full of our own attributes, or a name that a module of ours defines."""
    assert uses(UNUSED[name]) == {}


def test_a_re_export_leads_to_the_module_that_defines() -> None:
    """A guard of an import statement, which stays as it is while the definition changes."""
    found = uses("from zarr.core import Part")["zarr.core.Part"]
    assert found.defined is not None
    assert (found.defined.module, found.defined.name) == ("zarr.core.things", "Thing")


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


def test_the_listings_leave_nothing_out(real_uses: list[Use]) -> None:
    """A listing that is short because it lacks something."""
    short, full = list(short_listing(real_uses)), list(full_listing(real_uses))
    assert len(short) <= 140
    words = re.split(r"[ ,;]+", " ".join(short))
    for use in real_uses:
        assert use.defined is not None
        if use.kind != "method":
            assert use.name.rpartition(".")[2] in words
        guard = use.defined.guard if use.guarded else "no guard"
        place = f"{use.defined.module}.{use.defined.name}"
        at = full.index(f"{use.name}  {guard}  {place}")
        assert full[at + 1 : at + 1 + len(use.users)] == [f"    src/zarr/{u}" for u in use.users]
