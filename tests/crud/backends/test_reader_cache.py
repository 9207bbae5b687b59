"""The fast path of plain reads: the same answers as the slow path, and never stale ones."""

from __future__ import annotations

import gc
import math
import weakref
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import zarr
from zarr import crud
from zarr.core.config import config
from zarr.crud._document.cache import as_document
from zarr.crud._document.document import Document
from zarr.crud.backends import best, registry
from zarr.crud.reference import ReferenceBackend
from zarr.crud.testing import assert_same
from zarr.errors import BoundsCheckError
from zarr.storage import LocalStore, MemoryStore
from zarr.zarrs._backend import ZarrsBackend

if TYPE_CHECKING:
    from pathlib import Path

VALUES = np.arange(1, 36, dtype="i2").reshape(7, 5)
LONG_WAY = crud.Options()


def stored(store: Any, values: Any = VALUES, **members: Any) -> Document:
    """A new document of an array that is written to `store`."""
    zarr.create_array(store, data=values, chunks=(3, 2), overwrite=True, **members)
    return Document(crud.read_metadata(store).text)


def readers(document: Document) -> list[Any]:
    return [kept.ready for kept in document._readers.values()]


class Noted(ReferenceBackend):
    """A backend that records which path each read took."""

    name: ClassVar[str] = "noted"

    def __init__(self) -> None:
        self.ways: list[str] = []

    def read_region(self, *args: Any, **options: Any) -> Any:
        self.ways.append("long")
        return super().read_region(*args, **options)

    def reader(self, document: Any, location: Any) -> Any:
        ways = self.ways

        class Reader:
            def read_chunk(self, index: Any, /) -> Any:
                ways.append(f"chunk {index}")

            def read_region(self, selection: Any, /) -> Any:
                ways.append(f"short {selection}")
                return VALUES[selection] if selection == (1, slice(1, 3)) else None

        return Reader()


INDICES = st.one_of(
    st.integers(-9, 9),
    st.slices(7),
    st.just(...),
    st.sampled_from([True, 1.0, None, "a", np.int64(3), np.uint8(250), slice(None, None, 0)]),
    st.sampled_from([[0, 1], slice(2**70, None), slice(-(2**70), 2**70), 2**70, -(2**70)]),
    st.sampled_from([slice(1.5), slice("a", "b"), slice(None, None, 2**70), slice(6, 0, -2)]),
)


def answer(document: Document, store: Any, selection: Any, options: crud.Options | None) -> Any:
    try:
        return crud.read_region(document, store, selection, engine="zarrs", options=options)
    except Exception as err:  # noqa: BLE001
        return type(err), str(err)


@settings(deadline=None, max_examples=400)
@given(selection=INDICES | st.lists(INDICES, max_size=4).map(tuple))
def test_both_ways_give_the_same_elements_and_errors(selection: Any) -> None:
    """Catches a reader that accepts a wrong selection, clips differently, or has other errors."""
    store = MemoryStore()
    document = stored(store)
    # The second read uses the reader that the first one kept.
    first, second, long = (
        answer(document, store, selection, options) for options in (None, None, LONG_WAY)
    )
    for short in (first, second):
        assert type(short) is type(long)
        if isinstance(long, tuple):
            assert short == long
        else:
            assert_same(short, long)


@pytest.mark.parametrize(
    "index",
    [(2, 2), (3, 0), (-1, 0), (0,), (0, 0, 0), [1, 1], (1.0, 1), 5, (True, 0), (np.uint8(1), 2)],
)
def test_both_ways_give_the_same_chunks_and_errors(index: Any) -> None:
    """Catches a chunk index outside the grid, or an invalid one, that the fast path accepts."""
    store = MemoryStore()
    answers: list[Any] = []
    document = stored(store)
    for options in (None, LONG_WAY):
        try:
            chunk = crud.read_chunk(document, store, index, engine="zarrs", options=options)
            answers.append((chunk.tolist(), chunk.dtype))
        except Exception as err:  # noqa: BLE001
            answers.append((type(err), str(err)))
    assert answers[0] == answers[1]


def test_what_the_reader_leaves_takes_the_slow_path() -> None:
    """Catches a reader that gets another selection, an option, an `out` or another dialect."""
    backend, store = Noted(), MemoryStore()
    document = stored(store)
    with crud.register_backend(backend):
        selections: list[Any] = [(1, slice(1, 3)), (2, 2)]
        for selection in selections:
            found = crud.read_region(document, store, selection, engine="noted")
            assert_same(found, VALUES[selection])
        plain: Any = {"engine": "noted", "selection": (1, slice(1, 3))}
        crud.read_region(document, store, **plain, options=LONG_WAY)
        crud.read_region(document, store, **plain, out=np.empty(2, "i2"))
        crud.read_region(document, store, **plain, kind="orthogonal")
        crud.read_chunk(document, store, (0, 1), engine="noted")
    short = "short (1, slice(1, 3, None))"
    assert backend.ways == [short, "short (2, 2)", *["long"] * 4, "chunk (0, 1)"]


class Position:
    """An integer-like object that counts its conversions; the first may raise."""

    def __init__(self, failure: BaseException | None = None) -> None:
        self.asked, self.failure = 0, failure

    def __index__(self) -> int:
        self.asked += 1
        if self.failure is not None and self.asked == 1:
            raise self.failure
        return 2


def test_code_of_the_callers_runs_once_and_its_exceptions_come_out() -> None:
    """Catches a Ctrl-C that is lost while a slice is converted, or a second conversion."""
    store = MemoryStore()
    document = stored(store)
    crud.read_region(document, store, engine="zarrs")
    position = Position()
    found = crud.read_region(document, store, slice(position, 4), engine="zarrs")
    assert_same(found, VALUES[2:4])
    assert position.asked == 1
    for failure in (KeyboardInterrupt(), SystemExit(3), OSError("so")):
        with pytest.raises(type(failure)) as caught:
            crud.read_region(document, store, slice(Position(failure), 4), engine="zarrs")
        assert caught.value is failure
        with pytest.raises(type(failure)) as caught:
            crud.read_chunk(document, store, (Position(failure), 0), engine="zarrs")  # type: ignore[arg-type]
        assert caught.value is failure


def test_engines_that_are_objects_are_asked_themselves_and_not_kept() -> None:
    """Catches a cached reader for an engine object, which may lack a hash or own stores."""

    class Alike(Noted):
        def __eq__(self, other: object) -> bool:
            return isinstance(other, Alike)

        def __hash__(self) -> int:
            return 1

    class NoHash(Noted):
        def __hash__(self) -> int:
            raise TypeError

    store = MemoryStore()
    document = stored(store)
    engines = [Alike(), Alike(), NoHash()]
    for engine in engines:
        assert crud.read_region(document, store, (0, 0), engine=engine) == 1
    assert [engine.ways for engine in engines] == [["long"]] * 3
    gone = [weakref.ref(engine) for engine in engines]
    del engines, engine
    gc.collect()
    assert [reference() for reference in gone] == [None] * 3


def test_what_a_subclass_refuses_its_base_does_not_read() -> None:
    """Catches an inherited reader that bypasses the refusal of the subclass."""

    class Refusing(Noted):
        name: ClassVar[str] = "refusing"

        def supports(self, *_: Any, **__: Any) -> str | None:
            return "it is Monday"

    store = MemoryStore()
    document = stored(store)
    with (
        crud.register_backend(Refusing()),
        pytest.raises(crud.UnsupportedError, match="it is Monday"),
    ):
        crud.read_region(document, store, (1, slice(1, 3)), engine="refusing")


@pytest.mark.parametrize("call", ["read_region", "read_chunk"])
def test_of_several_errors_the_same_comes_first(call: str, tmp_path: Path) -> None:
    """Catches a look-up of a reader that raises another error, or creates a folder."""
    document = stored(MemoryStore())
    read: Any = getattr(crud, call)
    with pytest.raises(BoundsCheckError):
        read(document, MemoryStore(), (99, 0), engine="nobody")
    for read_only in (True, False):
        store = LocalStore(tmp_path / "missing", read_only=read_only)
        with pytest.raises(BoundsCheckError):
            read(document, store, (99, 0), engine="zarrs")
    assert not (tmp_path / "missing").exists()


def test_auto_leaves_a_backend_of_last_resort_to_the_slow_path(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Catches a fast path by a backend of last resort, to which arrays prefer zarr's own path."""
    backend, store = Noted(), MemoryStore()
    backend.preference = -1  # type: ignore[misc]
    document = stored(store)
    monkeypatch.setattr(registry, "by_preference", lambda: (backend,))
    monkeypatch.setattr(best, "by_preference", lambda: (backend,))
    assert crud.read_region(document, store, (0, 0), engine="auto") == 1
    assert backend.ways == ["long"]


def test_a_subclass_of_a_backend_with_readers_is_asked_itself() -> None:
    """Catches the reader of a base class that bypasses the changes of its subclass."""

    class Doubled(ZarrsBackend):
        name: ClassVar[str] = "doubled"

        def read_region(self, *args: Any, **options: Any) -> Any:
            return 2 * super().read_region(*args, **options)

    store = MemoryStore()
    document = stored(store)
    with crud.register_backend(Doubled()):
        assert_same(crud.read_region(document, store, engine="doubled"), 2 * VALUES)


def test_a_reader_ends_with_the_registration_of_its_backend() -> None:
    """Catches a reader that is used after another backend was registered under its name."""
    store = MemoryStore()
    document = stored(store)
    for _ in range(2):
        backend = Noted()
        with crud.register_backend(backend):
            crud.read_region(document, store, (1, slice(1, 3)), engine="noted")
        assert len(backend.ways) == 1
    with pytest.raises(crud.UnknownBackendError):
        crud.read_region(document, store, (1, slice(1, 3)), engine="noted")


@pytest.mark.parametrize("engine", ["auto", None])
def test_the_engine_is_chosen_at_every_read(engine: str | None) -> None:
    """Catches a registration or a changed setting that does not take effect at once."""
    backend, store = Noted(), MemoryStore()
    backend.preference = 1000  # type: ignore[misc]
    document = stored(store)
    with config.set({"array.engine": "zarrs"}):
        assert_same(crud.read_region(document, store, engine=engine), VALUES)
    with crud.register_backend(backend), config.set({"array.engine": "noted"}):
        crud.read_region(document, store, engine=engine)
    assert backend.ways == ["short Ellipsis", "long"]


def test_a_store_that_moved_is_read_where_it_is(tmp_path: Path) -> None:
    """Catches fill values, or another array's data, from the old root."""
    store = LocalStore(tmp_path / "a")
    document = stored(store)
    assert crud.read_region(document, store, (0, 0), engine="zarrs") == 1
    zarr.core.sync.sync(store.move(tmp_path / "b"))
    stored(LocalStore(tmp_path / "a"), VALUES + 50)
    assert crud.read_region(document, store, (0, 0), engine="zarrs") == 1


def test_a_relative_root_follows_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches a reader of a relative root in another working directory."""
    for number, name in enumerate("ab"):
        (tmp_path / name).mkdir()
        document = stored(LocalStore(tmp_path / name / "x"), VALUES + number)
    store = LocalStore("x")
    for number, name in enumerate("ab"):
        monkeypatch.chdir(tmp_path / name)
        assert crud.read_region(document, store, (0, 0), engine="zarrs") == 1 + number


def test_a_reader_keeps_no_store_alive_and_serves_no_other() -> None:
    """Catches a new store that gets the reader of an old one at the same memory address."""
    store = MemoryStore()
    document = stored(store)
    crud.read_region(document, store, engine="zarrs")
    assert None not in readers(document)
    gone = weakref.ref(store)
    (key,) = document._readers
    del store
    gc.collect()
    assert gone() is None
    other = MemoryStore()
    stored(other, VALUES * 2)
    document._readers[id(other), *key[1:]] = document._readers.pop(key)
    assert_same(crud.read_region(document, other, engine="zarrs"), VALUES * 2)


def test_what_takes_more_than_the_budget_is_refused_as_ever() -> None:
    """Catches a fast path that allocates what the slow path refuses."""
    document = stored(MemoryStore())
    large = as_document({**document, "shape": [2**40, 2**20]})
    store = MemoryStore()
    with pytest.raises(crud.DecodedSizeError, match="the result takes"):
        crud.read_region(large, store, engine="zarrs")
    assert crud.read_region(large, store, (2**39, 2**19), engine="zarrs", detached=True) == 0
    grid: Any = {"name": "regular", "configuration": {"chunk_shape": [2**40, 2**20]}}
    coarse = as_document({**large, "chunk_grid": grid})
    for read in (crud.read_region, crud.read_chunk):
        with pytest.raises(crud.DecodedSizeError, match="one chunk takes"):
            read(coarse, store, (0, 0), engine="zarrs")


@pytest.mark.filterwarnings("ignore::zarr.errors.UnstableSpecificationWarning")
@pytest.mark.parametrize("dtype", [">i4", "U3", ">U3", "S3", "M8[s]", "c8", "?"])
def test_elements_of_every_kind_are_the_same(dtype: str) -> None:
    """Catches elements that are returned in another byte order, or as plain bytes."""
    store, values = MemoryStore(), np.arange(math.prod((7, 5))).reshape(7, 5).astype(dtype)
    document = stored(store, values)
    for selection in (..., (6, 4), (slice(1, 7, 2), -1), ()):
        for options in (None, LONG_WAY):
            found = crud.read_region(document, store, selection, engine="zarrs", options=options)
            assert_same(found, values.astype(document.dtype)[selection])
