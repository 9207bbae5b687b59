"""`arr[...]` through an engine: exactly what native zarr returns, raises and stores."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

import zarr
import zarr.zarrs
from tests.conftest import ENGINES
from zarr import crud
from zarr.core.buffer.cpu import NDBuffer
from zarr.crud.testing import assert_same, basic_selections, bits
from zarr.errors import ChunkNotFoundError, NegativeStepError
from zarr.storage import MemoryStore

if TYPE_CHECKING:
    from pathlib import Path

VALUES = np.arange(35, dtype="i2").reshape(7, 5)


def pair(engine: str, **options: Any) -> tuple[Any, Any]:
    """The same array, opened without and with an engine."""
    store = MemoryStore()
    zarr.create_array(store, data=VALUES, chunks=(3, 2))
    native = zarr.open_array(store, **options)
    return native, zarr.open_array(store, engine=engine, **options)


def outcome(call: Any) -> Any:
    """The result of a call, bit for bit, or the type of its exception."""
    try:
        found = call()
    except Exception as err:  # noqa: BLE001  # any error is an outcome to compare
        return next(base for base in type(err).__mro__ if base.__module__ != "zarr.crud._errors")
    return type(found), bits(found), found.flags.f_contiguous if found.ndim > 1 else None


@given(data=st.data())
def test_any_basic_selection_has_the_native_outcome(data: st.DataObject) -> None:
    """Catches other values, shapes, error types or scalars than natively."""
    selection = data.draw(basic_selections((7, 5)))
    for engine in ENGINES:
        native, ours = pair(engine)
        assert outcome(lambda a=ours: a[selection]) == outcome(lambda a=native: a[selection])
        assert outcome(lambda a=ours: a.get_basic_selection(selection)) == outcome(
            lambda a=native: a.get_basic_selection(selection)
        )


@pytest.mark.parametrize(
    "selection",
    [
        ..., (), (5, 4), 5, -1, (np.int64(5), np.int64(4)), (5, np.int64(4)), (..., 5, 4),
        (5, ..., 4), slice(1, 6, 2), (slice(None), 3), (slice(3, 3), 0), (np.uint8(6), ...),
        7, (0, 5), (0, 0, 0), (..., ...), slice(None, None, -1), (0, slice(4, 0, -2)),
        None, 1.5, (0, None), "field", slice(None, None, 0),
    ],
    ids=repr,
)  # fmt: skip
def test_each_form_of_a_selection_has_the_native_outcome(engine: str, selection: Any) -> None:
    """Catches Python and NumPy integers, ellipses or invalid forms that zarr treats differently."""
    native, ours = pair(engine)
    assert outcome(lambda: ours[selection]) == outcome(lambda: native[selection])


@pytest.mark.parametrize("selection", [(5, 4), 5, (slice(1, 6, 2), 3), (7, 0), (..., 2)], ids=repr)
def test_an_orthogonal_selection_of_integers_and_slices_is_served(
    engine: str, selection: Any
) -> None:
    """Catches a scalar from `a.oindex[5, 4]`, which is natively an array of rank 0."""
    native, ours = pair(engine)
    assert outcome(lambda: ours.oindex[selection]) == outcome(lambda: native.oindex[selection])
    if selection != (7, 0):
        ours.oindex[selection] = 3
        native.oindex[selection] = 3
        assert_same(ours[...], native[...])


def test_an_array_of_rank_0_has_the_native_outcome(engine: str) -> None:
    """Catches a selection of the single element that does not have the native outcome."""
    store = MemoryStore()
    zarr.create_array(store, shape=(), dtype="f4", fill_value=2.5)
    native, ours = zarr.open_array(store), zarr.open_array(store, engine=engine)
    for selection in ((), ..., (...,), 0):
        assert outcome(lambda s=selection: ours[s]) == outcome(lambda s=selection: native[s])
    ours[()] = 7
    assert native[()] == 7


@given(data=st.data(), seed=st.integers(0, 1000))
def test_any_assignment_leaves_what_native_zarr_leaves(data: st.DataObject, seed: int) -> None:
    """Catches other stored values than natively, or a chunk that is written for nothing."""
    selection = data.draw(basic_selections((7, 5)))
    shape = VALUES[selection].shape
    value = np.random.default_rng(seed).integers(0, 3, shape)
    for engine in ENGINES:
        native, _ = pair(engine)
        _, ours = pair(engine)
        for array in (native, ours):
            try:
                array[selection] = value if shape else int(value)
            except NegativeStepError:
                assert any(isinstance(item, slice) and (item.step or 1) < 0 for item in selection)
        assert_same(ours[...], native[...])
        assert set(ours.store._store_dict) == set(native.store._store_dict)


def test_the_rust_engine_serves_the_selection(tmp_path: Path) -> None:
    """Catches a fallback, which the counts inside the extension reveal."""
    values = np.arange(1000 * 8, dtype="i4").reshape(1000, 8)
    zarr.create_array(tmp_path, data=values, chunks=(100, 3))
    array: Any = zarr.open_array(tmp_path, engine="zarrs")
    before = zarr.zarrs.counters()["read_region"]
    found = array[3:900:7, 5]
    assert zarr.zarrs.counters()["read_region"] == before + 1
    assert_same(found, values[3:900:7, 5])


def test_reads_of_an_engine_array_reach_its_backend_only(
    monkeypatch: pytest.MonkeyPatch, engine: str
) -> None:
    """Catches the native path in an array with an engine, synchronous or not."""
    _, ours = pair(engine)

    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("the native path was taken")

    monkeypatch.setattr("zarr.core.array._get_selection", refuse)
    monkeypatch.setattr("zarr.core.array._set_selection", refuse)
    ours[2:5, 1] = 3
    assert (ours[2:5, 1] == 3).all()
    assert np.asarray(ours).shape == (7, 5)
    for row in ours:
        assert row.shape == (5,)
        break
    ours.oindex[[0, 2], 1:3] = 4
    assert (ours.oindex[[0, 2], 1:3] == 4).all()
    ours.vindex[[0, 2], [1, 1]] = 5
    assert (ours.vindex[[0, 2], [1, 1]] == 5).all()
    ours[ours[...] == 5] = 6
    assert (ours[ours[...] == 6] == 6).all()
    ours.blocks[1, 1] = 7
    assert (ours.blocks[1, 1] == 7).all()
    ours.append(np.full((2, 5), 8))
    assert ours.shape == (9, 5)
    assert (ours[7:] == 8).all()


def test_out_and_order_are_honoured(engine: str) -> None:
    """Catches a buffer of the caller's that is not filled and cast, or F order that is lost."""
    native, ours = pair(engine, config={"order": "F"})
    assert ours[...].flags.f_contiguous
    assert native[1:4].flags.f_contiguous == ours[1:4].flags.f_contiguous
    for dtype in ("i2", "f8"):
        out = NDBuffer.from_numpy_array(np.zeros((7, 5), dtype))
        ours.get_basic_selection(..., out=out)
        assert_same(out.as_numpy_array(), VALUES.astype(dtype))
    with pytest.raises(ValueError, match="shape of out argument"):
        ours.get_basic_selection(..., out=NDBuffer.from_numpy_array(np.zeros((7, 4))))
    with pytest.raises(TypeError, match="NDBuffer"):
        ours.get_basic_selection(..., out=np.zeros((7, 5)))


def test_the_arrays_options_are_honoured(engine: str) -> None:
    """Catches missing chunks that are no errors, or empty chunks that are not written."""
    store = MemoryStore()
    zarr.create_array(store, shape=(7, 5), chunks=(3, 2), dtype="i2")
    strict: Any = zarr.open_array(store, engine=engine, config={"read_missing_chunks": False})
    with pytest.raises(ChunkNotFoundError):
        strict[0, 0]
    keeping = zarr.open_array(store, engine=engine, config={"write_empty_chunks": True})
    keeping[0:3, 0:2] = 0
    assert "c/0/0" in store._store_dict
    assert (strict[0:3, 0:2] == 0).all()


def test_a_zarr_array_may_be_the_value(engine: str) -> None:
    """Catches a zarr array that cannot be assigned: it is read first, then written."""
    native, ours = pair(engine)
    target: Any = zarr.open_array(
        MemoryStore(), mode="w", shape=(7, 5), chunks=(2, 2), dtype="f4", engine=engine
    )
    target[...] = native
    assert_same(target[...], VALUES.astype("f4"))
    target[...] = ours
    assert_same(target[...], VALUES.astype("f4"))


def test_a_buffer_class_that_is_not_numpys_is_refused(engine: str) -> None:
    """Catches NumPy arrays for a caller who requested a result on another device."""

    class Other(NDBuffer):
        pass

    prototype = zarr.core.buffer.core.BufferPrototype(zarr.core.buffer.cpu.Buffer, Other)
    _, ours = pair(engine)
    with pytest.raises(crud.UnsupportedError, match="NumPy arrays only"):
        ours.get_basic_selection(..., prototype=prototype)


def test_a_write_through_a_read_only_array_is_refused(engine: str, tmp_path: Path) -> None:
    """Catches a write by an engine in spite of `mode="r"`."""
    zarr.create_array(tmp_path, data=VALUES, chunks=(3, 2))
    array: Any = zarr.open_array(tmp_path, mode="r", engine=engine)
    with pytest.raises(ValueError, match="read-only mode"):
        array[0, 0] = 1
    assert_same(array[...], VALUES)


def test_values_of_any_shape_but_the_selections_are_refused(engine: str) -> None:
    """Catches values that are silently cropped, as natively if they are too large."""
    _, ours = pair(engine)
    with pytest.raises(crud.ValueShapeError):
        ours[0:2, 0:3] = np.full((5, 5), 9)
    assert_same(ours[...], VALUES)


@pytest.mark.parametrize(
    "layout", [{"chunks": 4}, *({"chunks": chunk, "shards": 4} for chunk in (1, 2, 4))]
)
@pytest.mark.parametrize("written", [slice(None), slice(0, 1), slice(1, 2)])
def test_cells_beyond_the_shape_come_back_as_natively(
    engine: str, layout: dict[str, Any], written: slice
) -> None:
    """Catches elements beyond the shape that differ from native ones after a shrink and growth."""
    outcomes = []
    for name in ("zarr", engine):
        created = zarr.create_array(MemoryStore(), shape=(4,), dtype="i2", fill_value=0, **layout)
        array: Any = created.with_engine(name)
        array[:] = [1, 2, 3, 4]
        array.resize((2,))
        array[written] = 9
        array.resize((4,))
        outcomes.append(array[:].tolist())
    assert outcomes[0] == outcomes[1]


@pytest.mark.parametrize("zarr_format", [2, 3])
def test_an_old_document_is_repaired_by_the_first_write_only(engine: str, zarr_format: Any) -> None:
    """Catches an old document that is not repaired, or that says length 0 beside the chunks."""
    store = MemoryStore()
    zarr.create_array(store, shape=(0,), chunks=(1,), dtype="i2", zarr_format=zarr_format)
    key = "zarr.json" if zarr_format == 3 else ".zarray"
    text = store._store_dict[key].to_bytes().replace(b" 1\n", b" 0\n")
    assert b" 0\n" in text
    stored = zarr.core.buffer.cpu.Buffer.from_bytes(text)
    store._store_dict[key] = stored
    array: Any = zarr.open_array(store, engine=engine)
    array[...] = np.ones(0)
    assert store._store_dict[key].to_bytes() == text
    array.append(np.ones(2))
    assert_same(np.asarray(zarr.open_array(store)[...]), np.ones(2, "i2"))
    assert store._store_dict[key].to_bytes() != text
