"""Repacking as a whole; the oracle is what upstream reads."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import zarr
from tests.crud.repack.cases import ARRAYS, assert_elements, keys, make
from tests.crud.verbs import contents
from zarr import crud
from zarr.codecs import BytesCodec, Crc32cCodec, GzipCodec, ShardingCodec
from zarr.crud.testing import AsyncOnlyStore
from zarr.storage import LocalStore, MemoryStore

if TYPE_CHECKING:
    from pathlib import Path

    from zarr.abc.store import Store

CHANGES: dict[str, dict[str, Any]] = {
    "same": {},
    "shards": {"shards": (9, 6), "zarr_format": 3},
    "no shards": {"shards": False},
    "one shard": {"shards": (42, 20), "zarr_format": 3},
    "chunks": {"chunks": (4, 3), "shards": False},
    "gzip": {"compressors": [{"name": "gzip", "configuration": {"level": 1}}]},
    "raw": {"compressors": (), "filters": ()},
    "format 3": {"zarr_format": 3},
    "format 2": {"zarr_format": 2, "shards": False},
}
NOTHING_DECODED = {
    *{(name, "same") for name in ARRAYS},
    *{(name, "format 3") for name in ARRAYS},
    *{(name, "one shard") for name in ARRAYS},
    *{(name, "no shards") for name in ARRAYS},
    *{(name, "format 2") for name in ARRAYS},
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("name", ARRAYS)
def test_every_array_has_the_same_elements_afterwards(name: str, change: str) -> None:
    """Catches elements, a fill value, attributes or missing chunks that a repack changes."""
    source, target = MemoryStore(), MemoryStore()
    expected = make(name, source)
    before = contents(source)
    wanted = dict(CHANGES[change])
    if name.startswith("2") and "format" not in change and wanted.get("shards") is False:
        wanted.pop("shards")
    if name == "3-shards-zstd" and wanted.get("shards"):
        wanted["shards"] = (14, 20)
    plan = crud.repack_plan(source, target, path="a", target_path="a", **wanted)
    if (name, change) in NOTHING_DECODED:
        assert plan.bytes_decoded == 0, plan
    report = plan.run(verify=True)
    assert report.ok
    assert report.arrays[0].is_verified
    array = assert_elements(target, expected)
    assert dict(array.attrs) == {"units": "m"}
    assert contents(source) == before
    if report.arrays[0].way != "re-encoded":
        assert len(crud.list_chunks(array.metadata, target, path="a")) == report.arrays[0].written
    assert ".zarr-crud-repack.json" not in " ".join(keys(target))
    # The chunks of rows 3 to 5 are missing in the source.
    if change in {"same", "format 3", "format 2"} and "shards" not in name:
        assert report.arrays[0].missing == 4


def hierarchy(store: Store, version: Any) -> None:
    group = zarr.create_group(store, zarr_format=version, attributes={"title": "t"})
    group.create_group("empty", attributes={"n": 1})
    inner = group.create_group("b/inner")
    names: Any = {"dimension_names": ("y", "x")} if version == 3 else {}
    dimensions: Any = {"_ARRAY_DIMENSIONS": ["y", "x"]} if version == 2 else {}
    for parent, name in ((group, "a"), (inner, "x")):
        array: Any = parent.create_array(
            name,
            shape=(7, 5),
            chunks=(3, 2),
            dtype="f4",
            attributes={"u": "m"} | dimensions,
            **names,
        )
        array[2:] = np.arange(25, dtype="f4").reshape(5, 5)
    group.create_array("zero", shape=(0, 3), chunks=(1, 3), dtype="i2")
    group.create_array("one", shape=(), dtype="i2")[...] = 7


@pytest.mark.parametrize("consolidated", [None, True, False])
@pytest.mark.parametrize("was_consolidated", [True, False])
@pytest.mark.parametrize(("version", "to"), [(2, 2), (2, 3), (3, 3), (3, 2)])
def test_a_hierarchy_keeps_groups_attributes_and_names(
    version: Any, to: Any, was_consolidated: bool, consolidated: bool | None
) -> None:
    """Catches members, attributes, names of dimensions or consolidated metadata that are lost, as
    by upstream's migration, which refuses them.
    """
    source, target = MemoryStore(), MemoryStore()
    hierarchy(source, version)
    if was_consolidated:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            zarr.consolidate_metadata(source)
    report = crud.repack(source, target, zarr_format=to, consolidated=consolidated, verify=True)
    assert {array.path for array in report.arrays} == {"a", "b/inner/x", "one", "zero"}
    assert {array.way for array in report.arrays} == {"copied" if version == to else "regrouped"}
    group: Any = zarr.open_group(target, mode="r")
    assert group.metadata.zarr_format == to
    wanted = was_consolidated if consolidated is None else consolidated
    assert (group.metadata.consolidated_metadata is not None) == wanted
    assert dict(group.attrs) == {"title": "t"}
    assert dict(group["empty"].attrs) == {"n": 1}
    for name in ("a", "b/inner/x"):
        assert np.array_equal(group[name][...], zarr.open_array(source, path=name)[...])
        attributes = dict(group[name].attrs)
        assert attributes.pop("u") == "m"
        if to == 3:
            assert group[name].metadata.dimension_names == ("y", "x")
            assert attributes == {}
        else:
            assert attributes == {"_ARRAY_DIMENSIONS": ["y", "x"]}
    assert group["one"][...] == 7
    assert group["zero"].shape == (0, 3)


@pytest.mark.parametrize("into", ["memory", "local", "async-only"])
def test_every_kind_of_store_is_a_target_and_a_source(
    store: Store, into: str, tmp_path: Path
) -> None:
    """Catches a store that a way cannot read or write."""
    kinds: dict[str, Any] = {
        "memory": MemoryStore,
        "local": lambda: LocalStore(tmp_path / "target"),
        "async-only": AsyncOnlyStore,
    }
    target = kinds[into]()
    expected = make("3", store)
    again = make("3-shards", store, "b")
    changes: list[Any] = [{}, {"shards": (6, 4)}, {"chunks": (2, 5)}]
    others: list[Any] = [{}, {"shards": False}, {"chunks": (2, 2)}]
    for number, wanted in enumerate(changes):
        place = f"n{number}/a"
        report = crud.repack(store, target, path="a", target_path=place, verify=True, **wanted)
        assert report.ok
        assert_elements(target, expected, place)
        other = f"n{number}/b"
        crud.repack(store, target, path="b", target_path=other, verify=True, **others[number])
        assert_elements(target, again, other)


def test_the_index_moves_and_gains_or_loses_a_checksum() -> None:
    """Catches shards whose index is spelled as before."""
    expected: Any = None
    source = MemoryStore()
    expected = make("3-shards", source, sparse=False)
    inner: Any = zarr.open_array(source, path="a").metadata.codecs[0].codecs  # type: ignore[union-attr]
    for location in ("start", "end"):
        indices: list[Any] = [[BytesCodec()], [BytesCodec(endian="big"), Crc32cCodec()]]
        for index in indices:
            target = MemoryStore()
            codec = ShardingCodec(
                chunk_shape=(3, 2),
                codecs=inner,
                index_codecs=index,
                index_location=location,
            )
            report = crud.repack(source, target, path="a", target_path="a", codecs=[codec])
            assert report.arrays[0].way == "regrouped"
            array = assert_elements(target, expected)
            assert array.metadata.codecs[0].index_location == location


def test_a_checksum_is_added_and_removed_without_decoding() -> None:
    """Catches a wrapped chunk that is decoded, or whose checksum is not made."""
    source, middle, target = MemoryStore(), MemoryStore(), MemoryStore()
    expected = make("3-crc", source)
    report = crud.repack(source, middle, path="a", target_path="a", compressors=[GzipCodec()])
    assert report.arrays[0].way == "regrouped"
    assert_elements(middle, expected)
    checked = [GzipCodec(), Crc32cCodec()]
    report = crud.repack(middle, target, path="a", target_path="a", compressors=checked)
    assert report.arrays[0].way == "regrouped"
    before = contents(source)
    assert {key: value for key, value in contents(target).items() if "c/" in key} == {
        key: value for key, value in before.items() if "c/" in key
    }


def test_a_damaged_checksum_is_an_error_when_it_is_removed() -> None:
    """Catches damage that a repack hides by taking away the checksum that shows it."""
    source = MemoryStore()
    make("3-crc", source)
    key = "a/c/0/1"
    data = source._store_dict[key].to_bytes()
    source._store_dict[key] = zarr.core.buffer.cpu.Buffer.from_bytes(data[:-5] + b"?" + data[-4:])
    with pytest.raises(crud.DecodeError, match=f"'{key}'.*checksum") as caught:
        crud.repack(source, MemoryStore(), path="a", compressors=[GzipCodec()])
    assert "array '', chunk (0, 1)" in " ".join(caught.value.__notes__)


def test_shards_lose_their_dead_bytes() -> None:
    """Catches a compaction that keeps unused bytes, or that is not asked for and happens."""
    source, target = MemoryStore(), MemoryStore()
    expected = make("3-shards", source, sparse=False)
    document = crud.read_metadata(source, path="a")
    from zarr.crud._archives.shard_index import ShardIndex, encode_index, read_index

    value = source._store_dict["a/c/0/0"].to_bytes()
    found = read_index(document, value, len(value))
    moved = ShardIndex(found.offsets + np.uint64(1000), found.nbytes)
    size = len(encode_index(document, moved))
    fat = bytes(1000) + value[:-size] + encode_index(document, moved)
    source._store_dict["a/c/0/0"] = zarr.core.buffer.cpu.Buffer.from_bytes(fat)
    crud.repack(source, target, path="a", target_path="same")
    assert target._store_dict["same/c/0/0"].to_bytes() == fat
    report = crud.repack(source, target, path="a", target_path="a", compact=True)
    assert report.arrays[0].way == "regrouped"
    assert len(target._store_dict["a/c/0/0"]) == len(value)
    assert_elements(target, expected)


@pytest.mark.parametrize("name", ["2", "3", "3-shards", "3-crc"])
@pytest.mark.parametrize("wanted", [{}, {"compressors": ()}], ids=["kept", "raw"])
@pytest.mark.parametrize(
    ("region", "way"),
    [
        ((slice(3, 7), slice(2, 5)), "moved"),
        ((slice(6, 7), slice(4, 5)), "moved"),
        ((slice(1, 5), slice(0, 3)), "re-encoded"),
        ((slice(3, 5),), "re-encoded"),
        ((4, slice(None)), "re-encoded"),
    ],
)
def test_a_region_is_an_array_of_its_own(
    name: str, wanted: dict[str, Any], region: Any, way: str
) -> None:
    """Catches elements beside the region, or elements of cut chunks that come to light later."""
    source, target = MemoryStore(), MemoryStore()
    values = make(name, source, sparse=False)
    slices = tuple(slice(p, p + 1) if isinstance(p, int) else p for p in region)
    report = crud.repack(
        source, target, path="a", target_path="a", region=region, verify=True, **wanted
    )
    assert_elements(target, values[slices])
    assert (report.arrays[0].way == "re-encoded") == (way == "re-encoded" or bool(wanted))


def test_a_region_of_a_group_is_refused() -> None:
    """Catches a region that is applied to every array, or ignored."""
    source = MemoryStore()
    hierarchy(source, 3)
    with pytest.raises(crud.UnsupportedError, match="region is for an array"):
        crud.repack_plan(source, MemoryStore(), region=0)


def test_nested_places_are_refused(tmp_path: Path) -> None:
    """Catches a copy into itself, which never ends, or which destroys its source."""
    store = MemoryStore()
    make("3", store, "g/a")
    for path, target in (("g", "g"), ("g", "g/b"), ("g/a", "g")):
        with pytest.raises(crud.InvalidPathError, match=r"name another"):
            crud.repack(store, store, path=path, target_path=target, overwrite=True)
    crud.copy(store, store, path="g", target_path="ga")
    local = tmp_path / "x"
    make("3", LocalStore(local), "g/a")
    (tmp_path / "link").symlink_to(local)
    with pytest.raises(crud.InvalidPathError, match="are both"):
        crud.copy(local, tmp_path / "link")
    with pytest.raises(crud.InvalidPathError, match="within the source"):
        crud.copy(local, local / "g/new")


def test_an_occupied_target_is_refused_unless_it_is_to_be_replaced() -> None:
    """Catches a target that is overwritten or mixed with other data."""
    source, target = MemoryStore(), MemoryStore()
    expected = make("3", source)
    make("2", target)
    before = contents(target)
    for _ in range(2):
        with pytest.raises(zarr.errors.ContainsArrayError, match="overwrite=True"):
            crud.copy(source, target, path="a", target_path="a")
        with pytest.raises(zarr.errors.ContainsGroupError, match="at '' in"):
            crud.copy(source, target)
    with pytest.raises(zarr.errors.ContainsArrayError, match="only a group"):
        crud.copy(source, target, path="a", target_path="a/b")
    with pytest.raises(ValueError, match="overwrite and resume"):
        crud.copy(source, target, overwrite=True, resume=True)
    assert contents(target) == before
    crud.copy(source, target, path="a", target_path="a", overwrite=True)
    assert_elements(target, expected)
    assert not any(".zarray" in key for key in keys(target))


def test_read_only_targets_and_missing_sources_are_refused() -> None:
    """Catches a repack that begins although it cannot end."""
    source = MemoryStore()
    make("3", source)
    with pytest.raises(crud.ReadOnlyError):
        crud.copy(source, MemoryStore(read_only=True))
    target = MemoryStore()
    with pytest.raises(zarr.errors.NodeNotFoundError):
        crud.copy(source, target, path="none")
    assert not target._store_dict


@pytest.mark.parametrize(
    ("wanted", "error", "text"),
    [
        ({"shards": (4, 4)}, crud.DocumentError, "divi"),
        ({"chunks": 0}, ValueError, "chunks is 0"),
        ({"chunks": (3,)}, ValueError, "use 2 numbers"),
        ({"chunks": "x"}, TypeError, "chunks is 'x'"),
        ({"shards": (-3, 2)}, ValueError, "shards is"),
        ({"zarr_format": 4}, ValueError, "zarr_format is 4"),
        ({"zarr_format": 2, "shards": (6, 4)}, crud.UnsupportedError, "format 2 has no"),
        ({"chunks": (1 << 20, 1 << 20)}, crud.DecodedSizeError, "max_memory"),
        ({"max_memory": 0}, ValueError, "max_memory is 0"),
        ({"max_memory": "1 GB"}, TypeError, "max_memory is '1 GB'"),
        ({"compressors": [5]}, TypeError, "a codec is 5"),
        ({"codecs": [], "filters": []}, ValueError, "whole chain"),
        ({"overwrite": "no"}, TypeError, "overwrite is 'no'"),
        ({"compact": None}, TypeError, "compact is None"),
    ],
)
def test_absurd_plans_are_refused(wanted: Any, error: type[Exception], text: str) -> None:
    """Catches an argument that fails half-way, or with an error of something else."""
    source, target = MemoryStore(), MemoryStore()
    make("3", source)
    with pytest.raises(error, match=text):
        crud.repack(source, target, path="a", **wanted)
    assert not target._store_dict


def test_a_damaged_document_is_named_before_anything_is_written() -> None:
    """Catches a hierarchy that is copied without one of its arrays."""
    source, target = MemoryStore(), MemoryStore()
    hierarchy(source, 3)
    source._store_dict["a/zarr.json"] = zarr.core.buffer.cpu.Buffer.from_bytes(b"{")
    with pytest.raises(crud.DocumentError, match=r"a/zarr\.json") as caught:
        crud.copy(source, target)
    assert "array 'a'" in caught.value.__notes__[0]
    assert not target._store_dict
