"""The walk of a selection in CONTRIBUTING.md names only things that exist."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
CRATE: Final = ROOT / "packages" / "zarrs-bindings" / "src"


def walk() -> str:
    """The section of CONTRIBUTING.md."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    return text.split("### The walk of a selection")[1].split("\n\nUpstream's code")[0]


def found(name: str) -> bool:
    """Whether a dotted name is one of our modules, or something in one."""
    for package in ("zarr", "zarr.crud", "zarr.zarrs", "zarr._engine"):
        parts = f"{package}.{name}".split(".")
        for end in range(len(parts), 1, -1):
            try:
                thing: object = importlib.import_module(".".join(parts[:end]))
            except ImportError:
                continue
            for part in parts[end:]:
                thing = getattr(thing, part, None)
            if thing is not None:
                return True
            break
    return False


def test_every_name_of_the_walk_is_there() -> None:
    """Catches the name of a module that has moved."""
    names = re.findall(r"`([a-z_]\w*(?:\.\w+)+)`", walk())
    assert len(names) > 12
    assert [name for name in names if not found(name)] == []


def test_every_place_in_the_crate_is_there() -> None:
    """Catches the name of a Rust module, function or type that has moved."""
    places = re.findall(r"`((?:[a-z_]\w*::)+\w+(?:::\w+)?)`", walk())
    assert len(places) > 6
    for place in places:
        parts = place.split("::")
        files = list(CRATE.glob(f"{parts[0]}/**/*.rs")) + list(CRATE.glob(f"{parts[0]}.rs"))
        text = "\n".join(file.read_text(encoding="utf-8") for file in files)
        for part in parts[1:]:
            named = re.search(rf"\b(fn|struct|enum|mod|impl|trait) {part}\b", text)
            assert named or any(file.stem == part for file in files), (place, part)
