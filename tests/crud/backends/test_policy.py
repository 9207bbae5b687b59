"""The backend that serves if no engine was named, and under `"auto"`."""

from __future__ import annotations

import logging
from typing import Any

import numpy as np
import pytest

import zarr
from tests.crud.backends.test_explain import DELTA, DOCUMENT, SHARDS, VALUES
from tests.crud.backends.test_reader_cache import Noted, stored
from tests.crud.backends.test_registry import Recording
from tests.crud.codecs import SERVED_BY_NOBODY
from tests.crud.test_document import document_members
from tests.crud.without_extension import BROKEN, MISSING, run
from zarr import crud
from zarr.crud.testing import assert_same
from zarr.storage import MemoryStore
from zarr.zarrs import counters

SHARDED = document_members(codecs=[SHARDS])


async def every_function(**engine: Any) -> None:
    """Call each function that chooses a backend, and one asynchronous variant."""
    store = MemoryStore()
    crud.create(SHARDED, store)
    crud.write_region(SHARDED, store, ..., VALUES, **engine)
    crud.write_chunk(SHARDED, store, (0, 0), 1, **engine)
    crud.read_region(SHARDED, store, **engine)
    crud.read_chunk(SHARDED, store, (0, 0), **engine)
    crud.read_subchunk(SHARDED, store, (0, 0), **engine)
    crud.decode_chunk(SHARDED, crud.encode_chunk(SHARDED, 1, **engine), **engine)
    await crud.read_region_async(SHARDED, store, **engine)


@pytest.mark.parametrize("engine", [{}, {"engine": "auto"}], ids=["none", "auto"])
async def test_the_most_preferred_serves_every_function(engine: dict[str, str]) -> None:
    """Catches a choice of the slowest engine, although the fastest is installed."""
    backend = Recording()
    backend.preference = 1000  # type: ignore[misc]
    with crud.register_backend(backend):
        await every_function(**engine)
    assert len(backend.asked) == 8
    before = counters()
    await every_function(**engine)
    after = counters()
    assert {verb for verb in after if after[verb] > before[verb]} >= {
        *("read_region", "write_region", "read_chunk", "write_chunk"),
    }


@pytest.mark.parametrize("engine", ["zarr", "reference"])
async def test_an_engine_that_is_named_is_the_one(engine: str) -> None:
    """Catches a comparison with the oracle, or with zarr's own codecs, that runs another engine."""
    backend = Recording()
    backend.preference = 1000  # type: ignore[misc]
    before = counters()
    with crud.register_backend(backend):
        await every_function(engine=engine)
        with zarr.config.set({"array.engine": "reference"}):
            await every_function()
    assert backend.asked == []
    assert counters() == before


def test_a_plain_read_without_an_engine_takes_the_fast_path() -> None:
    """Catches a plain read that costs more without an engine than with the same one by name."""
    backend, store = Noted(), MemoryStore()
    backend.preference = 1000  # type: ignore[misc]
    document = stored(store)
    with crud.register_backend(backend):
        for engine in (None, "zarr", None):
            found = crud.read_region(document, store, (1, slice(1, 3)), engine=engine)
            assert_same(np.asarray(found), np.asarray([7, 8], "i2"))
    assert backend.ways == ["short (1, slice(1, 3, None))"] * 2


@pytest.mark.filterwarnings("ignore:Numcodecs codecs are not in the Zarr version 3")
@pytest.mark.filterwarnings("ignore:Combining a `sharding_indexed`")
def test_refusals_are_warned_of_where_the_best_was_asked_for(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Catches a missing warning under "auto", or a warning to those who named no engine."""
    caplog.set_level(logging.DEBUG, logger="zarr.crud")
    refused = DOCUMENT | {"codecs": [DELTA, SHARDS], "fill_value": 43}
    store = MemoryStore()
    crud.create(refused, store)
    for engine, level in ((None, logging.DEBUG), ("auto", logging.WARNING)):
        caplog.clear()
        for _ in range(2):
            assert crud.read_region(refused, store, (0, 0), engine=engine) == 43
        assert [record.levelno for record in caplog.records] == [level]


@pytest.mark.parametrize("engine", [None, "auto"])
def test_every_reason_is_named_when_nobody_serves(engine: str | None) -> None:
    """Catches an error without the reasons of all backends."""
    with pytest.raises(crud.UnsupportedError, match=r"zarrs: .*reference: ") as caught:
        crud.read_region(SERVED_BY_NOBODY, MemoryStore(), engine=engine)
    assert "no engine serves read_region" in str(caught.value)


@pytest.mark.parametrize(
    ("prologue", "reason"),
    [(MISSING, "pip install packages/zarrs-bindings"), (BROKEN, "the library is for another")],
    ids=["missing", "broken"],
)
@pytest.mark.parametrize(
    "asked",
    [
        'a = zarr.open_array(store, engine="auto"); a[:]; a[0]; a.engine_info()',
        'for at in (..., 0): zarr.crud.read_region(document, store, at, engine="auto")',
        """
zarr.config.set({"array.engine": "auto"})
zarr.open_array(store)[:]
zarr.crud.read_chunk(document, store, (0, 0))
""",
        """
import asyncio
a = zarr.open_array(store, engine="auto").async_array
asyncio.run(a.getitem(...))
asyncio.run(a.setitem(..., 1))
""",
    ],
    ids=["array", "function", "configuration", "async"],
)
def test_auto_says_once_which_engine_cannot_run_here(
    prologue: str, reason: str, asked: str
) -> None:
    """Catches the slow path under the name of the best engine, without a message."""
    said = [line for line in run(asked, prologue=prologue) if line.startswith("WARNING")]
    assert len(said) == 1
    assert "'auto' runs without the engine 'zarrs', which cannot run here: its " in said[0]
    assert reason in said[0]


def test_auto_in_the_environment_says_it_too() -> None:
    """Catches a missing message for programs that open their arrays themselves."""
    program = "zarr.open_array(store)[:]; print(zarr.open_array(store).engine_info())"
    *said, info = run(program, ZARR_ARRAY__ENGINE="auto")
    assert [line for line in said if "'zarrs', which cannot run here" in line] == said != []
    assert "serves='zarr'" in info
    assert "'zarrs': Verdict(serves=False, reason=\"its compiled extension is not installed" in info
    assert "'reference': Verdict(serves=True, reason=\"'auto' takes zarr-python's own path" in info


@pytest.mark.parametrize("prologue", [MISSING, BROKEN], ids=["missing", "broken"])
def test_without_an_engine_nobody_is_told_of_one_that_cannot_run(prologue: str) -> None:
    """Catches a warning to a caller who never asked for the extension."""
    program = """
zarr.crud.write_region(document, store, ..., 3)
print(zarr.crud.read_region(document, store, (0, 0)), zarr.open_array(store)[0, 1])
verdicts = zarr.crud.explain(document, store)
print(verdicts["reference"].serves, verdicts["zarrs"].serves)
"""
    assert run(program, prologue=prologue) == ["3 3", "True False"]


def test_without_its_extension_a_backend_says_how_to_get_it() -> None:
    """Catches a failing import of `zarr.zarrs`, or a message without command and namesake."""
    program = """
import zarr.zarrs
print(zarr.zarrs.is_available(), zarr.list_engines()["zarrs"])
for act in (
    lambda: zarr.crud.get_backend("zarrs"),
    lambda: zarr.open_array(store, engine="zarrs"),
    lambda: zarr.open_group({}, engine="zarrs"),
    lambda: zarr.crud.read_region(document, store, engine="zarrs"),
    zarr.zarrs.counters,
):
    try:
        act()
    except zarr.crud.BackendUnavailableError as err:
        print(err)
"""
    listed, *errors = run(program)
    assert listed.startswith("False BackendStatus(available=False, reason=")
    assert len(errors) == 5
    for text in (listed, *errors):
        assert "its compiled extension is not installed" in text
        assert "`pip install packages/zarrs-bindings`" in text
        # The test environment has the package, for the benchmark.
        assert "the installed package 'zarrs' is another one" in text
    for error in errors:
        assert error.startswith("the backend 'zarrs' is not available: its ")


def test_what_names_an_engine_that_cannot_run_is_named() -> None:
    """Catches an error that does not name the environment variable, which no traceback shows."""
    program = """
for act in (lambda: zarr.open_array(store)[:], lambda: zarr.crud.read_metadata(store)):
    try:
        act()
    except zarr.crud.BackendUnavailableError as err:
        print(err)
"""
    errors = run(program, ZARR_ARRAY__ENGINE="zarrs")
    assert len(errors) == 2
    for error in errors:
        assert "the environment variable ZARR_ARRAY__ENGINE names" in error
