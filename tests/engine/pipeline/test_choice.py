"""Which backend serves chunks that are given to the codec pipeline of an array."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
import pytest

import zarr
from tests.crud.codecs import SERVED_BY_NOBODY
from tests.engine.indexers import spec_of
from zarr import crud
from zarr._engine.calls.prepare import location_of
from zarr._engine.engines.native_pipeline import native_pipeline
from zarr._engine.pipeline.choice import Chooser
from zarr.core.sync import sync
from zarr.crud._document.cache import as_document
from zarr.crud._pipelines.chunk_codecs import single_chunk
from zarr.crud._pipelines.projections import Projection
from zarr.crud.reference import ReferenceBackend
from zarr.storage import MemoryStore

VALUES = np.arange(35, dtype="i2").reshape(7, 5)


class TopRowOnly(ReferenceBackend):
    """A backend that serves only selections in the first row of chunks."""

    name: ClassVar[str] = "top_row_only"
    preference: ClassVar[int] = 1000

    def supports(self, document: Any, location: Any, operation: Any, *args: Any) -> str | None:
        start = args[0].axes[0][0] if args and args[0] is not None else 0
        return None if start < 3 else "it is lazy"


def array(engine: Any, **config: Any) -> Any:
    """A ragged array with an engine."""
    made: Any = zarr.create_array(MemoryStore(), data=VALUES, chunks=(3, 2))
    return made.with_config({"engine": engine, **config}).async_array


def chooser(made: Any) -> Chooser:
    """The object that chooses for an array."""
    document = as_document(made.metadata)
    return Chooser(made.config.engine, document, location_of(made), native_pipeline(made))


def part(made: Any, key: str) -> Projection:
    """A request for the first element of a chunk."""
    first = (slice(0, 1), slice(0, 1))
    return made.store_path / key, spec_of(made, (3, 2)), first, first, False


@pytest.mark.parametrize("engine", ["reference", "zarrs", "auto", "nobody"])
def test_a_call_without_parts_chooses_nothing(engine: str) -> None:
    """Catches an error for an empty selection, or a fallback for one."""
    pipeline = array(engine).codec_pipeline
    assert sync(pipeline.read([], None)) == ()
    sync(pipeline.write([], None))


@pytest.mark.parametrize(
    ("option", "setting", "missing"),
    [
        ("fill", True, "tell"),
        ("error", False, "tell"),
        ("fill", False, "hide"),
        ("error", True, "raise"),
    ],
)
def test_missing_chunks_are_reported_hidden_or_raised(
    option: str, setting: bool, missing: str, engine: str
) -> None:
    """Catches missing chunks that follow upstream's setting instead of the array's option."""
    made = array(engine, engine_options={"missing_chunks": option})
    made = made.with_config(replace(made.config, read_missing_chunks=setting))
    planned = chooser(made).for_parts("read_region", [part(made, "c/0/0")])
    assert planned is not None
    chosen, parts, is_joined = planned
    assert not is_joined
    assert (chosen.backend.name, chosen.missing, len(parts)) == (engine, missing, 1)
    assert chosen.options.missing_chunks == "error"


def test_one_engine_serves_all_parts_of_a_call(caplog: pytest.LogCaptureFixture) -> None:
    """Catches parts that an engine gets although it refuses them, because it serves the first."""
    named = array(TopRowOnly())
    both = [part(named, "c/0/0"), part(named, "c/1/0")]
    assert chooser(named).for_parts("read_region", both[:1]) is not None
    with pytest.raises(crud.UnsupportedError, match=r"'top_row_only' .*it is lazy"):
        chooser(named).for_parts("read_region", both)
    auto = array("auto")
    both = [part(auto, "c/0/0"), part(auto, "c/1/0")]
    with caplog.at_level(logging.WARNING, "zarr.crud"), crud.register_backend(TopRowOnly()):
        assert chooser(auto).for_parts("read_region", both) is None
    assert "it is lazy" in caplog.text


@pytest.mark.parametrize("key", ["c/-1/0", "c/00/0", "c/0", "zarr.json"])
def test_a_key_of_no_chunk_is_refused_or_left(key: str, caplog: pytest.LogCaptureFixture) -> None:
    """Catches elements of another chunk, or a log record for every key."""
    for engine in ("reference", "zarrs"):
        with pytest.raises(crud.UnsupportedError, match="does not serve this"):
            chooser(array(engine)).for_parts("read_region", [part(array(engine), key)])
    auto = array("auto")
    with caplog.at_level(logging.WARNING, "zarr.crud"):
        assert chooser(auto).for_parts("read_region", [part(auto, key)]) is None
    assert "the request names no chunk of this array" in caplog.text
    assert key not in caplog.text


def test_a_chunk_in_memory_is_checked_against_its_document(engine: str) -> None:
    """Catches a chunk that is decoded with the fill value or data type of the array."""
    made = array(engine)
    ours = chooser(made)
    one = single_chunk(ours.document, (3, 2))
    assert ours.for_chunk("read_chunk", one, spec_of(made, (3, 2))) is not None
    other = replace(spec_of(made, (3, 2)), fill_value=7)
    with pytest.raises(crud.UnsupportedError, match="the fill value 7 are asked for"):
        ours.for_chunk("read_chunk", one, other)
    auto = array("auto")
    assert chooser(auto).for_chunk("read_chunk", one, other) is None
    unserved = as_document(SERVED_BY_NOBODY)
    assert chooser(auto).for_one("read_chunk", unserved, ours.location, spec_of(auto, ())) is None
