"""Members of groups that are made of what an earlier array has left."""

from __future__ import annotations

import gc
import json
import pickle
import weakref
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import zarr
from zarr._engine.metadata import templates
from zarr.storage import LocalStore, MemoryStore

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.filterwarnings("ignore:Consolidated metadata is currently not part")


def hierarchy(store: Any, zarr_format: Any, dtype: str = "f4") -> None:
    """A group of equal and unequal arrays, with consolidated metadata."""
    group = zarr.create_group(store, zarr_format=zarr_format)
    for n, name in enumerate(("a", "b", "c", "other")):
        array = group.create_array(
            name, shape=(7, 5 + (name == "other")), chunks=(3, 2), dtype=dtype, attributes={"n": n}
        )
        array[...] = n
    zarr.consolidate_metadata(store)


def shown(array: Any) -> Any:
    """Everything that an array tells of itself, but its engine."""
    one = array._async_array
    return (
        *(array.name, array.path, array.store_path, array.metadata, array.attrs.asdict()),
        *(array.shape, array.chunks, one._chunk_grid, one.config.order),
        *(sorted(name.replace("_native_pipeline", "codec_pipeline") for name in one.__dict__),),
    )


@pytest.mark.parametrize("zarr_format", [2, 3])
@pytest.mark.parametrize("dtype", ["f4", "c8", "S3", "U2", "bool"])
@pytest.mark.filterwarnings("ignore:The data type")
def test_a_copied_array_is_what_upstream_makes(zarr_format: Any, dtype: str) -> None:
    """Catches a member of a copy that is another array's."""
    store = MemoryStore()
    hierarchy(store, zarr_format, dtype)
    natively = dict(zarr.open_group(store, mode="r").arrays())
    for _ in range(2):
        group = zarr.open_group(store, mode="r", engine="reference")
        for name, array in group.arrays():
            assert array.engine == "reference"
            assert shown(array) == shown(natively[name])
            assert np.array_equal(array[...], natively[name][...])
            assert pickle.loads(pickle.dumps(array)) == array
            assert shown(array.with_config({"engine": "zarr"})) == shown(natively[name])


def test_each_array_has_its_own_attributes_and_engine(tmp_path: Path) -> None:
    """Catches copies that share what can be changed, or the engine of another group."""
    hierarchy(LocalStore(tmp_path), 3)
    group = zarr.open_group(tmp_path, mode="r+", engine="zarrs")
    for name in ("a", "b"):
        group[name].attrs["own"] = name
    assert group["a"].attrs["own"] == "a"
    natively = zarr.open_group(tmp_path, mode="r", use_consolidated=False)
    assert natively["b"].attrs.asdict() == {"n": 1, "own": "b"}
    for engine in ("reference", "auto", "zarrs", "zarr", "reference"):
        array = zarr.open_group(tmp_path, mode="r", engine=engine)["a"]
        assert array.engine == engine
        assert "codec_pipeline" in array._async_array.__dict__ or engine != "zarr"  # type: ignore[union-attr]
    one, other = (group.get_array(name) for name in ("a", "b"))
    one.resize((9, 5))
    assert (one.shape, other.shape, group.get_array("a").shape) == ((9, 5), (7, 5), (7, 5))
    assert (one.nchunks, other.nchunks) == (9, 9)


def test_the_configuration_of_the_moment_is_the_arrays() -> None:
    """Catches a copy with the settings that were in force when the first array was made."""
    store = MemoryStore()
    hierarchy(store, 3)
    group = zarr.open_group(store, mode="r", engine="zarrs")
    assert group["a"]._async_array.config.order == "C"  # type: ignore[union-attr]
    with zarr.config.set({"array.order": "F", "array.write_empty_chunks": True}):
        config = group["b"]._async_array.config  # type: ignore[union-attr]
        assert (config.order, config.write_empty_chunks, config.engine) == ("F", True, "zarrs")
    with zarr.config.set({"array.engine_options": {"concurrency": 1}}):
        assert group["b"]._async_array.config.engine == "zarrs"  # type: ignore[union-attr]
    assert group["b"]._async_array.config.order == "C"  # type: ignore[union-attr]


def test_a_configured_pipeline_is_made_for_each_array() -> None:
    """Catches a pipeline with a state, or of a store, that arrays share."""
    store = MemoryStore()
    hierarchy(store, 3)
    path = "zarr.core.codec_pipeline.FusedCodecPipeline"
    with zarr.config.set({"codec_pipeline.path": path}):
        group = zarr.open_group(store, mode="r", engine="reference")
        made = [group[name]._async_array.__dict__["_native_pipeline"] for name in "abc"]  # type: ignore[union-attr]
    assert len({id(one) for one in made}) == 3


def test_the_bits_of_a_fill_value_are_kept(tmp_path: Path) -> None:
    """Catches a copy that stores another NaN than its document has."""
    hierarchy(LocalStore(tmp_path), 3)
    document = json.loads((tmp_path / "zarr.json").read_bytes())
    for members in document["consolidated_metadata"]["metadata"].values():
        members["fill_value"] = "0x7fc12345"
    (tmp_path / "zarr.json").write_text(json.dumps(document))
    group = zarr.open_group(tmp_path, mode="r", engine="zarrs")
    for name in "abc":
        assert group[name].metadata.to_dict()["fill_value"] == "0x7fc12345"


def test_no_store_is_kept() -> None:
    """Catches stores, or arrays, that live as long as the process."""
    store = MemoryStore()
    hierarchy(store, 3)
    found = zarr.open_group(store, mode="r", engine="zarrs")["a"]
    gone = weakref.ref(found._async_array)  # type: ignore[union-attr]
    kept = weakref.ref(store)
    del found, store
    gc.collect()
    assert gone() is None
    assert kept() is None


def test_the_number_of_known_documents_is_bounded() -> None:
    """Catches a record that grows with the number of different arrays."""
    document = zarr.create_array({}, shape=7, dtype="i2").metadata.to_dict()
    for length in range(1, 2000):
        assert templates.array_metadata(document | {"shape": [length]}, None).shape == (length,)
    gc.collect()
    assert len(templates._kept) <= 1024
    assert len(templates._by_parts) <= len(templates._kept) + 256
