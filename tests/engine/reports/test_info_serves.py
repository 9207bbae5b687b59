"""`engine_info().serves` and its verdicts: what a read would use now."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest

import zarr
from tests.crud.codecs import SERVED_BY_NOBODY
from tests.engine.backends import Recording
from zarr import crud
from zarr.codecs import numcodecs
from zarr.storage import MemoryStore


class Refusing(Recording):
    """A backend that serves nothing."""

    name: ClassVar[str] = "refusing"

    def supports(self, *_: Any) -> str | None:
        return "it is tired"


def test_what_serves_is_what_a_call_would_take() -> None:
    """Catches an answer that ignores the options, or names an engine that refuses."""
    store = MemoryStore()
    zarr.create_array(store, shape=(7, 5), chunks=(3, 2), dtype="i4")
    with crud.register_backend(Refusing()), zarr.config.set({"array.engine": "refusing"}):
        named = zarr.open_array(store)
        assert named.engine_info().serves is None
        with pytest.raises(crud.UnsupportedError):
            named[0, 0]
        with zarr.config.set({"array.engine": "nobody"}):
            assert zarr.open_array(store).engine_info().serves is None
    other = MemoryStore()
    crud.create(SERVED_BY_NOBODY, other)
    ours = zarr.open_array(other, engine="auto")
    assert ours.engine_info().serves == "zarr"
    with zarr.config.set({"array.engine_options.missing_chunks": "error"}):
        assert ours.engine_info().serves is None
        with pytest.raises(crud.UnsupportedError, match="no engine serves"):
            ours[...]
    with zarr.config.set({"array.engine_options.durability": "fsync"}):
        # That path reads just as well.
        assert ours.engine_info().serves == "zarr"


@pytest.mark.filterwarnings("ignore:Numcodecs codecs are not in the Zarr version 3")
def test_auto_takes_the_reference_where_options_rule_out_zarrs_path() -> None:
    """Catches a verdict that zarr's path precedes the reference, although it does not serve."""
    layout: Any = {"shape": 7, "chunks": 3, "dtype": "T", "compressors": [numcodecs.LZMA()]}
    ours = zarr.create_array(MemoryStore(), engine="auto", **layout)
    ours[:] = "a"
    assert ours.engine_info().serves == "zarr"
    assert "negative preference" in (ours.engine_info().verdicts["reference"].reason or "")
    given = ours.with_config({"engine_options": {"missing_chunks": "error"}})
    assert given.engine_info().serves == "reference"
    assert given.engine_info().verdicts["reference"].reason is None
    assert given[0] == "a"
    assert given.engine_info().operations == {"reference": 1}
