"""Damaged chunks of every codec chain, and damaged documents: a typed error, or the right shape.

Also chunks that are written with codecs configured in every way: refused, or readable by
zarr-python. `FUZZ=20` tests twenty times as many. `python -m tests.faults.fuzz.parent 0 1000` tests
more, and with `writing` at the end what is written.
"""

from __future__ import annotations

import os
import warnings
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from tests.faults.fuzz.chains import CHAINS
from tests.faults.fuzz.documents import damaged_document
from tests.faults.fuzz.parent import WRITING, fuzz
from zarr import crud
from zarr.core.buffer.cpu import Buffer
from zarr.errors import BoundsCheckError, NodeTypeValidationError
from zarr.storage import MemoryStore

if TYPE_CHECKING:
    from collections.abc import Callable

FACTOR = int(os.environ.get("FUZZ", "1"))
GROUPS = 4

pytestmark = [pytest.mark.filterwarnings("ignore")]


@pytest.mark.parametrize("group", range(GROUPS))
def test_a_damaged_chunk_is_an_error_or_elements(group: int) -> None:
    """Catches crashes, hangs, unbounded memory, memory of others that is shown or overwritten, and
    engines that decode the same bytes differently.
    """
    names = list(CHAINS)[group::GROUPS]
    report = fuzz(names, 0, 12 * FACTOR)
    assert report.findings == []
    assert report.done == len(names) * (12 * FACTOR + 1)
    # Damage is detected, and not everything is refused.
    words = {ours for (_, _, ours), count in report.counted.items() if count > 10}
    assert words == {"a value", "DecodeError"}


@pytest.mark.parametrize("part", range(2))
def test_a_configured_codec_is_refused_or_writes_what_zarr_reads(part: int) -> None:
    """Catches a document that ends the process in a C library, configurations that are refused
    although zarr-python writes with them, and chunks that it cannot read.
    """
    report = fuzz([], part * 300 * FACTOR, (part + 1) * 300 * FACTOR, WRITING)
    assert report.findings == []
    assert report.done == 300 * FACTOR
    counted = {ours: count for (_, _, ours), count in report.counted.items()}
    assert all(counted[word] > 30 for word in ("a value", "DocumentError", "UnsupportedError"))


@pytest.mark.parametrize("part", range(8))
def test_a_damaged_document_is_refused_or_served(part: int) -> None:
    """Catches untyped errors of a parser, and engines that disagree about a document."""
    outcomes = set()
    for number in range(part * 100 * FACTOR, (part + 1) * 100 * FACTOR):
        outcomes |= judged(number)
    assert {"served", "DocumentError"} <= outcomes


def judged(number: int) -> set[str]:
    """Use a damaged document in every way; return the outcome."""
    text, members = damaged_document(Random(number))
    version = members.get("zarr_format") if isinstance(members, dict) else None
    key = ".zarray" if version == 2 else "zarr.json"
    stored = MemoryStore({key: Buffer.from_bytes(text.encode("utf-8", "surrogatepass"))})
    outcomes = {tried(number, lambda: crud.read_metadata(stored))}
    if not isinstance(members, dict):
        return outcomes
    outcomes.add(tried(number, lambda: crud.create(members, MemoryStore())))
    found = {
        engine: {name: tried(number, call) for name, call in calls(members, engine).items()}
        for engine in ("reference", "zarrs")
    }
    outcomes |= {word for words in found.values() for word in words.values()}
    assert found["zarrs"] == found["reference"] or "UnsupportedError" in outcomes, (number, found)
    return outcomes


def calls(members: Any, engine: str) -> dict[str, Callable[[], Any]]:
    """Calls before and after there is a chunk."""
    store, shape = MemoryStore(), members.get("shape")
    common: Any = {"engine": engine, "options": crud.Options(decoded_size_budget=1 << 20)}
    place = (slice(0, 2),) * len(shape) if isinstance(shape, list) else ...
    index = (0,) * len(shape) if isinstance(shape, list) else (0,)
    return {
        "chunk": lambda: crud.read_chunk(members, store, index, **common, detached=True),
        "read": lambda: crud.read_region(members, store, place, **common, detached=True),
        "write": lambda: crud.write_region(members, store, place, 0, **common, detached=True),
        "again": lambda: crud.read_region(members, store, place, **common, detached=True),
    }


def tried(number: int, call: Callable[[], Any]) -> str:
    """Outcome of a call. An error that is not handled fails the test."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            call()
    except (crud.CrudError, BoundsCheckError, NodeTypeValidationError) as err:
        name, told = type(err).__name__, str(err)
    except Exception as err:
        raise AssertionError(f"document {number} is a {type(err).__name__}: {err}") from err
    else:
        return "served"
    assert len(told) < 1000, (number, told)
    return name
