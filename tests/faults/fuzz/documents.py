"""Damaged documents: values of other types, extremes, members removed and added."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any, Final

from tests.faults.fuzz.chains import CHAINS
from tests.faults.fuzz.changes import WIDE_SIZES, changed

if TYPE_CHECKING:
    from random import Random

# Values that a parser expects nowhere.
STRANGE: Final[tuple[Any, ...]] = (
    *(None, True, False, 0.5, -0.0, float("nan"), float("inf"), "", "0", "a/b", "\ud800", "\0"),
    *("int8", "float64", "r16", "<U4", "|O", "NaN", "0x7fc00000", "zstd", "bytes", "regular", "é"),
    *([], {}, [[]], {"name": "x"}, [1, [2]], {"a": {"b": []}}, [None], "x" * 3000, 10**400),
    {"name": "bytes"},
    {"name": "sharding_indexed", "configuration": {"chunk_shape": [1, 1], "codecs": []}},
    {"name": "numcodecs.pickle"},
    {"id": "zlib"},
    [3] * 70,
)

type Path = tuple[Any, ...]


def damaged_document(rng: Random) -> tuple[str, Any]:
    """Return the text of a damaged document of any chain, and its members if it has any."""
    members: Any = copy.deepcopy(dict(CHAINS[rng.choice(list(CHAINS))].document))
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        members = _changed(rng, members)
    text = json.dumps(members)
    if rng.random() < 0.15:
        return changed(rng, text.encode()).decode("latin-1"), None
    return text, members


def _changed(rng: Random, members: Any) -> Any:
    path = rng.choice(_paths(members, ()))
    if not path:
        return members
    parent = members
    for step in path[:-1]:
        parent = parent[step]
    last = path[-1]
    match rng.randrange(8):
        case 0:
            del parent[last]
        case 1 if isinstance(parent, dict):
            parent[rng.choice(("novel", "name", "id", str(last) + "x"))] = parent.pop(last)
        case 2 if isinstance(parent, list):
            parent.insert(rng.randrange(len(parent) + 1), copy.deepcopy(parent[last]))
        case 3:
            paths = _paths(members, ())
            other = members
            for step in rng.choice(paths):
                other = other[step]
            parent[last] = copy.deepcopy(other)
        case 4 | 5:
            number = rng.choice((*WIDE_SIZES, 2, 3, 5, 16, -1, 2**200, -(2**63)))
            parent[last] = rng.choice((number, number, -number, [number], [number, number]))
        case _:
            parent[last] = copy.deepcopy(rng.choice(STRANGE))
    return members


def _paths(value: Any, path: Path) -> list[Path]:
    items: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list) and len(value) < 20:
        items = list(enumerate(value))
    return [path, *(p for key, item in items for p in _paths(item, (*path, key)))]
