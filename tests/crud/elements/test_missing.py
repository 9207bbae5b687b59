"""Missing values in text: refused in every form before anything is written."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import zarr
from tests.crud.writers import WRITERS, append, four
from zarr import crud

pytestmark = [
    pytest.mark.filterwarnings("ignore::zarr.errors.UnstableSpecificationWarning"),
    pytest.mark.parametrize("zarr_format", [2, 3]),
]

nan = float("nan")
TEXT = np.dtypes.StringDType


class Unknown:
    """An object like `pandas.NA`, whose comparisons have no truth value."""

    def __eq__(self, other: object) -> Any:
        return self

    __ne__ = __eq__
    __hash__ = object.__hash__

    def __bool__(self) -> bool:
        raise TypeError("boolean value of NA is ambiguous")


NA = Unknown()
SENTINEL = object()

MISSING: dict[str, Any] = {
    **{
        f"StringDType {name}": np.array(["a", mark], TEXT(na_object=mark))
        for name, mark in (("nan", nan), ("None", None), ("NA", NA), ("sentinel", SENTINEL))
    },
    **{
        f"objects {name}": np.array(["a", mark], object)
        for name, mark in (
            ("nan", nan),
            ("None", None),
            ("NA", NA),
            ("NaT", np.datetime64("NaT", "s")),
        )
    },
    "list None": ["a", None],
    "list nan": ["a", nan],
    "list NA": ["a", NA],
    "None": None,
    "nan": nan,
    "np.nan": np.float64("nan"),
}

PRESENT: dict[str, Any] = {
    "none is missing": np.array(["a", "nan"], TEXT(na_object=nan)),
    "missing is empty": np.array(["a", ""], TEXT(na_object="")),
    "missing is a word": np.array(["a", "gone"], TEXT(na_object="gone")),
    "no coercion": np.array(["a", "b"], TEXT(coerce=False)),
    "objects": np.array(["a", "b"], object),
    "numbers": [1, 2.5],
    "bytes": np.array([b"a", b"bc"]),
}

TEXTS = [TEXT(), "U6", "S6"]


@pytest.mark.parametrize("writer", WRITERS)
@pytest.mark.parametrize("dtype", TEXTS, ids=str)
def test_what_is_missing_is_refused(engine: str, zarr_format: int, writer: str, dtype: Any) -> None:
    """Catches the text "nan" or "None" for a missing value, or a partly written value."""
    array = four(dtype, zarr_format, engine)
    for name, value in MISSING.items():
        with pytest.raises(crud.MissingValueError, match="missing element") as caught:
            WRITERS[writer](array, value)
        assert isinstance(caught.value, TypeError)
        assert array.nchunks_initialized == 0, name


@pytest.mark.parametrize("writer", WRITERS)
@pytest.mark.parametrize("dtype", TEXTS, ids=str)
def test_what_is_there_is_stored_as_numpy_has_it(
    engine: str, zarr_format: int, writer: str, dtype: Any
) -> None:
    """Catches a refusal of text that looks missing, or a conversion that differs from NumPy's."""
    array = four(dtype, zarr_format, engine)
    for name, value in PRESENT.items():
        given = value if hasattr(value, "dtype") else np.asarray(value, dtype)
        rows = given.reshape(2, 1) if writer == "vindex in rows" else value
        WRITERS[writer](array, rows)
        assert array[0:2].tolist() == np.asarray(given, dtype).tolist(), name


def test_what_is_missing_in_a_field_is_refused(engine: str, zarr_format: int) -> None:
    """Catches the text "None" in a field of a structure."""
    array = four([("a", "i4"), ("b", "U4"), ("c", [("d", "S4")])], zarr_format, engine)
    objects = np.array([(1, None, (b"x",))], [("a", "i4"), ("b", "O"), ("c", [("d", "S4")])])
    for value in ([(1, None, (b"x",))], [(1, "x", (None,))], objects):
        with pytest.raises(crud.MissingValueError):
            array[0:1] = value
    assert array.nchunks_initialized == 0
    array[0:1] = [(1, "x", (b"x",))]
    assert array[0:1]["b"].tolist() == ["x"]


@pytest.mark.parametrize("target", ["?", "f8", "i4"])
@pytest.mark.parametrize("mark", [nan, None], ids=str)
def test_missing_text_is_no_number(engine: str, zarr_format: int, target: str, mark: Any) -> None:
    """Catches a missing value that becomes a boolean: NumPy makes NaN `True` and `None` `False`."""
    array = four(target, zarr_format, engine)
    with pytest.raises(crud.MissingValueError):
        array[0:2] = np.array(["1", mark], TEXT(na_object=mark))
    assert array.nchunks_initialized == 0


@pytest.mark.parametrize("route", ["append", "asynchronous append"])
def test_an_array_does_not_grow_by_what_is_missing(
    engine: str, zarr_format: int, route: str
) -> None:
    """Catches a refusal after the document was already written."""
    array = four(TEXT(), zarr_format, engine)
    for value in (["a", None], MISSING["StringDType nan"], np.ma.array(["a"], mask=True)):
        with pytest.raises(crud.MissingValueError):
            append(array, value, route)
    assert zarr.open_array(array.store).shape == array.shape == (4,)


MASKED: dict[str, Any] = {
    "f8": np.ma.array([1.0, 2.0], mask=[False, True]),
    "i2": np.ma.array([1, 2], mask=True),
    "U6": np.ma.array(["a", "b"], mask=[True, False]),
    "u1": np.ma.masked,
}


@pytest.mark.parametrize("writer", WRITERS)
def test_what_is_masked_is_refused(engine: str, zarr_format: int, writer: str) -> None:
    """Catches masked data that is stored although it is missing."""
    for dtype, value in MASKED.items():
        array = four(dtype, zarr_format, engine)
        with pytest.raises(crud.MissingValueError, match="masked"):
            WRITERS[writer](array, value)
        assert array.nchunks_initialized == 0
    pairs = four([("a", "i4"), ("b", "f8")], zarr_format, engine)
    value = np.ma.array([(1, 2.0), (3, 4.0)], [("a", "i4"), ("b", "f8")])
    value["b"][1] = np.ma.masked
    with pytest.raises(crud.MissingValueError, match="masked"):
        WRITERS[writer](pairs, value)


@pytest.mark.parametrize("dtype", ["f8", "i4", "U6"])
def test_what_is_masked_within_lists_is_refused(engine: str, zarr_format: int, dtype: str) -> None:
    """Catches masked data within lists, which NumPy stacks without the masks or converts to NaN."""
    array = four(dtype, zarr_format, engine)
    rows = np.ma.array([1, 2], mask=[True, False])
    for value in ([rows], [[5, np.ma.masked]], (np.ma.masked, 5), [[rows, [3, 4]]]):
        with pytest.raises(crud.MissingValueError, match="masked"):
            array[0:2] = value
    assert array.nchunks_initialized == 0
    array[0:2] = [np.ma.array(1), np.ma.array(2)]
    assert array[0:2].tolist() == np.array([1, 2]).astype(dtype).tolist()


def test_missing_dates_and_numbers_are_kept(engine: str, zarr_format: int) -> None:
    """Catches a refusal of values that the data type can represent."""
    dates = four("M8[s]", zarr_format, engine)
    dates[0:2] = np.array(["2020-01-01", nan], TEXT(na_object=nan))
    assert np.isnat(dates[0:2]).tolist() == [False, True]
    numbers = four("f8", zarr_format, engine)
    numbers[0:2] = [1.0, None]
    assert np.isnan(numbers[0:2]).tolist() == [False, True]
