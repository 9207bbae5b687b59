"""The conformance suite itself: it must detect broken backends."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pytest

from zarr import crud
from zarr.crud._selection.basic import Box
from zarr.crud.reference import ReferenceBackend
from zarr.crud.testing import BackendSuite

if TYPE_CHECKING:
    from collections.abc import Callable


class Broken(ReferenceBackend):
    """A correct backend, until a subclass breaks one property."""

    name: ClassVar[str] = "broken"


class WrongType(Broken):
    def read_region(self, *args: Any, **options: Any) -> Any:
        found = super().read_region(*args, **options)
        return found.astype("f8") if options["out"] is None and found.dtype == "i2" else found


class Aliasing(Broken):
    """A backend that returns the same array again."""

    def __init__(self) -> None:
        self.kept: dict[Any, Any] = {}

    def read_region(self, document: Any, location: Any, selection: Any, **options: Any) -> Any:
        key = (id(location.store), selection.axes)
        if options["out"] is None:
            if key not in self.kept:
                self.kept[key] = super().read_region(document, location, selection, **options)
            return self.kept[key]
        return super().read_region(document, location, selection, **options)


class ReadOnlyResults(Broken):
    def read_chunk(self, *args: Any, **options: Any) -> Any:
        found = super().read_chunk(*args, **options)
        found.flags.writeable = False
        return found


class SwallowsErrors(Broken):
    def read_region(self, document: Any, location: Any, selection: Any, **options: Any) -> Any:
        try:
            return super().read_region(document, location, selection, **options)
        except BaseException:  # noqa: BLE001
            return np.full(selection.shape, document.array.fill_value, document.dtype)


class WrapsErrors(Broken):
    def write_region(self, *args: Any, **options: Any) -> None:
        try:
            super().write_region(*args, **options)
        except BaseException as err:
            raise RuntimeError(str(err)) from err


class DropsTheEdge(Broken):
    """A backend that omits the last element of every box that it reads."""

    def read_region(self, document: Any, location: Any, selection: Any, **options: Any) -> Any:
        found = super().read_region(document, location, selection, **options)
        if isinstance(selection, Box) and found.size:
            found[(-1,) * found.ndim] = document.array.fill_value
        return found


class ReadsAside(Broken):
    """A backend with a reader whose answers differ from its own."""

    def reader(self, document: Any, location: Any) -> Any:
        class Reader:
            def read_chunk(self, index: Any, /) -> Any:
                return np.full(document.chunk_shape_at(index), 7, document.dtype)

            def read_region(self, selection: Any, /) -> Any:
                return np.full(document.shape, 7, document.dtype) if selection is ... else None

        return Reader()


class ClipsEdgeChunks(Broken):
    def read_chunk(self, document: Any, location: Any, index: Any, **options: Any) -> Any:
        found = super().read_chunk(document, location, index, **options)
        inside = [
            min(c, n - i * c) for i, c, n in zip(index, found.shape, document.shape, strict=True)
        ]
        return found[tuple(slice(0, n) for n in inside)]


class KeepsEmptyChunks(Broken):
    def write_region(self, *args: Any, **options: Any) -> None:
        super().write_region(*args, **options | {"options": crud.Options(write_empty_chunks=True)})


class IgnoresMissing(Broken):
    def read_region(self, *args: Any, **options: Any) -> Any:
        return super().read_region(*args, **options | {"options": crud.Options()})


class RefusesLate(Broken):
    """A backend that reports that it serves, and then refuses."""

    def supports(self, *_: Any, **__: Any) -> str | None:
        return None

    def read_region(self, document: Any, location: Any, selection: Any, **options: Any) -> Any:
        # Frequent among the documents that the suite draws.
        if document.dtype.kind in "fiu":
            raise NotImplementedError
        return super().read_region(document, location, selection, **options)


CATCHES: list[tuple[type[Broken], str, tuple[Any, ...]]] = [
    (WrongType, "test_the_store_answers_for_itself_at_every_read", ()),
    (Aliasing, "test_a_result_belongs_to_the_caller", ()),
    (ReadOnlyResults, "test_a_result_belongs_to_the_caller", ()),
    (SwallowsErrors, "test_a_stores_exception_comes_out_as_the_same_object", ("get",)),
    (SwallowsErrors, "test_a_chunk_of_the_wrong_length_is_an_error", (b"",)),
    (WrapsErrors, "test_a_stores_exception_comes_out_as_the_same_object", ("set",)),
    (DropsTheEdge, "test_any_layout_reads_as_numpy", ()),
    (ReadsAside, "test_an_edge_chunk_keeps_its_nominal_shape", ()),
    (ReadsAside, "test_the_store_answers_for_itself_at_every_read", ()),
    (ClipsEdgeChunks, "test_an_edge_chunk_keeps_its_nominal_shape", ()),
    (KeepsEmptyChunks, "test_any_layout_is_written_as_the_reference_does", ()),
    (IgnoresMissing, "test_missing_chunks_are_filled_or_an_error", ()),
    (Aliasing, "test_the_store_answers_for_itself_at_every_read", ()),
    (RefusesLate, "test_any_layout_reads_as_numpy", ()),
]


class Suite(BackendSuite):
    engine = "broken"


Suite.__test__ = False  # type: ignore[attr-defined]


@pytest.mark.parametrize(("broken", "test", "arguments"), CATCHES)
@pytest.mark.filterwarnings("ignore::zarr.errors.UnstableSpecificationWarning")
@pytest.mark.filterwarnings("ignore:invalid value encountered:RuntimeWarning")
def test_a_broken_backend_is_caught(
    broken: type[Broken], test: str, arguments: tuple[Any, ...]
) -> None:
    """Catches a suite that accepts a broken backend, and so proves nothing about others."""
    check: Callable[..., None] = getattr(Suite(), test)
    with crud.register_backend(Broken()):
        check(*arguments)
    with crud.register_backend(broken()), pytest.raises(BaseException) as caught:  # noqa: PT011
        check(*arguments)
    assert not isinstance(caught.value, KeyboardInterrupt)


@pytest.mark.parametrize("package", ["hypothesis", "pytest"])
def test_without_what_it_needs_the_kit_says_how_to_get_it(package: str) -> None:
    """Catches a bare internal traceback for a package that zarr does not depend on."""
    program = f"""
import sys
sys.modules["{package}"] = None
import zarr.crud
try:
    import zarr.crud.testing
except ModuleNotFoundError as err:
    print(err.name, err, sep=": ")
"""
    run = [sys.executable, "-c", program]
    said = subprocess.run(run, capture_output=True, text=True, check=True).stdout
    assert said == (
        f"{package}: zarr.crud.testing needs the package '{package}', which is not installed; "
        "run `pip install pytest hypothesis`\n"
    )
