"""The guide to engines agrees with the engines."""

from __future__ import annotations

import re
from dataclasses import fields
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

import zarr
from tests.docs.coverage import DTYPES, metadata, refused
from tests.docs.engine_table import PAGE, made, table
from tests.docs.summary_table import SUMMARY, summary
from tests.zarrs import codec_arrays
from zarr import crud
from zarr.core.dtype import data_type_registry
from zarr.storage import LocalStore, MemoryStore

# Zarr warns about data types and codecs that have no specification.
pytestmark = pytest.mark.filterwarnings("ignore")

AGAIN = "python -m tests.docs.engine_table"


def test_the_tables_are_what_the_engines_answer() -> None:
    """Catches a stale table; `python -m tests.docs.engine_table` writes it."""
    assert made(PAGE) == table(), AGAIN
    assert made(SUMMARY) == summary(), AGAIN


def test_all_data_types_of_zarr_are_asked_about() -> None:
    """Catches a claim about all data types that omits some."""
    asked = {type(metadata(dtype=dtype).dtype) for dtypes in DTYPES.values() for dtype in dtypes}
    assert asked == set(data_type_registry.contents.values())


def test_the_data_types_of_zarrista_are_those_of_the_summary(tmp_path: Path) -> None:
    """Catches a claim about data types of a fixed size that omits some."""
    assert "of format 3 all of a fixed size, of format 2 numbers" in made(SUMMARY)
    store = LocalStore(tmp_path)
    for name, dtypes in DTYPES.items():
        for dtype in dtypes:
            document = metadata(dtype=dtype)
            verdict = crud.explain(document, store, operation="write_region")["zarrista"]
            native = document.dtype.to_native_dtype()
            is_fixed = not native.hasobject and native.kind != "T"
            assert verdict.serves is is_fixed, (name, verdict.reason)
            if native.kind in "biufc" and native.isbuiltin != 2:
                older = metadata(dtype=dtype, zarr_format=2)
                assert crud.explain(older, store)["zarrista"].serves, name


def read3() -> set[str]:
    """The codecs of format 3 that zarr-python parses and that are installed."""
    missing = {"numcodecs.zfpy"} if find_spec("zfpy") is None else set()
    return codec_arrays.registered3() - {"endian"} - missing


def read2() -> set[str]:
    """Those of format 2."""
    return codec_arrays.registered2() - codec_arrays.UNREADABLE - {"zfpy"}


def test_all_codecs_that_zarr_reads_are_served() -> None:
    """Catches a claim about all codecs that one of them breaks."""
    arrays = {name: codec_arrays.format3(name) for name in read3()}
    arrays |= {f"{name} of format 2": codec_arrays.format2(name) for name in read2()}
    refusing: dict[str, set[str]] = {"reference": set(), "zarrs": set()}
    for name, array in arrays.items():
        verdicts = crud.explain(array.metadata, array.store)
        for engine, names in refusing.items():
            if not verdicts[engine].serves:
                names.add(name)
    assert refusing == {"reference": set(), "zarrs": {"pickle of format 2"}}


def test_what_is_said_to_be_refused_is_refused() -> None:
    """Catches a row of the tables that names an error that is not raised."""
    for name, document in refused().items():
        verdicts = crud.explain(document, MemoryStore())
        assert not verdicts["zarrs"].serves, name
        for engine, verdict in verdicts.items():
            if verdict.serves:
                crud.read_region(document, MemoryStore(), engine=engine, detached=True)
                continue
            with pytest.raises(crud.UnsupportedError):
                crud.read_region(document, MemoryStore(), engine=engine, detached=True)


def test_every_option_of_arrays_is_listed() -> None:
    """Catches an option that the guide does not mention."""
    section = PAGE.read_text().partition("\n## Settings\n")[2].partition("\n## ")[0]
    rows = section.partition("array.engine_options.<option>")[2].partition("\n\n")[0]
    named = re.findall(r"^\| `(\w+)` \|", rows, re.MULTILINE)
    assert sorted(named) == sorted(field.name for field in fields(crud.Options))


def test_the_code_of_the_guide_runs() -> None:
    """Catches stale code. The code for other processes has its own tests."""
    text = PAGE.read_text()
    elsewhere = text.partition("\n## Other processes\n")[2].partition("\n## ")[0]
    code = re.findall(r"```python\n(.*?)```", text.replace(elsewhere, ""), re.DOTALL)
    assert len(code) == 4
    names: dict[str, Any] = {}
    # Restored at the end of this block.
    with zarr.config.set({"array.engine_options": {}}):
        for block in code:
            exec(block, names)
        assert names["array"].engine_info().options.memory_pool == 0
        assert names["array"].engine_info().options.concurrency == 1
    assert not zarr.config.get("array.engine_options")
